/** Observers of one machine, git and files, and the handlers that a sandbox may have. */

export { withSelfHosted } from '../deployment/self-hosted.ts';
export { BY_CALLER } from '../intent/by-caller.ts';
export { resourceFile } from '../resources/resource-file.ts';
export { type CommandLine, commandOutput } from './command.ts';
export { type CommandRan, commandHandler, runCommand } from './command-handler.ts';
export {
  type ConfigurationRestored,
  restoreConfiguration,
  restoreConfigurationHandler,
} from './configuration-handler.ts';
export { type ConfigurationObserverOptions, configurationObserver } from './configuration-observer.ts';
export {
  isReleasePlace,
  type ReleasePlace,
  releaseIn,
  withRelease,
} from './desired-state.ts';
export { type DesiredStateObserverOptions, desiredStateObserver } from './desired-state-observer.ts';
export { documentFile } from './document-file.ts';
export { type DocumentObserverOptions, documentObserver } from './document-observer.ts';
export { type GitRollback, gitRollback, gitRollbackHandler } from './git-handler.ts';
export { type GitDeployment, type GitObserverOptions, type GitTag, gitObserver } from './git-observer.ts';
export {
  declaredPolicy,
  fileIamService,
  type IamObserverOptions,
  type IamPolicyPlace,
  type IamReader,
  type IamRestored,
  type IamService,
  iamObserver,
  iamPolicyFile,
  iamPolicyHandler,
  type Policy,
  restoreIamPolicy,
} from './iam-policy.ts';
export { readJsonFile } from './json-file.ts';
export {
  isListingPlace,
  type ListingObserverOptions,
  type ListingPlace,
  listingObserver,
} from './listing.ts';
export {
  directoryMarketplace,
  type ListingRef,
  type ListingText,
  listingText,
  type Marketplace,
  memoryMarketplace,
} from './marketplace.ts';
export { type Places, placeFor } from './places.ts';
export type { DetectorOptions, ObserverOptions, RawDetector } from './raw-evidence.ts';
export {
  setThrottle,
  type ThrottleLimits,
  type ThrottleSet,
  throttleFileHandler,
  throttleFileObserver,
  throttleFileReader,
} from './throttle-file.ts';
