export { type Bundle, readBundle } from './bundle/bundle.ts';
export { type BundleFault, type BundleFaultKind, printBundleFault } from './bundle/bundle-fault.ts';
export { type BundleSink, folderSink, tarSink } from './bundle/bundle-sink.ts';
export type { BundleSource } from './bundle/bundle-source.ts';
export type { DetectedCounts } from './bundle/detected-facts.ts';
export { type Exported, exportBundle } from './bundle/export-bundle.ts';
export type { LedgerSource } from './bundle/export-survey.ts';
export type { VerifyProgress } from './bundle/feeding.ts';
export { exportKeyName, type ManifestVerdict } from './bundle/manifest-check.ts';
export type { Reached, ReachedRange } from './bundle/reached-ranges.ts';
export type { Bound, Selection } from './bundle/selection.ts';
export { trustFileFor } from './bundle/trust-file.ts';
export {
  type BesideReceipt,
  type BundleReport,
  type VerifyBundleOptions,
  verifyBundle,
} from './bundle/verify-bundle.ts';
export {
  certificateMessage,
  type InsuranceCertificate,
  type SignedCertificate,
  verifyCertificate,
} from './certificate.ts';
export { formatCredentials, parseCredentials } from './credential-file.ts';
export {
  type Credential,
  type CredentialParts,
  type CredentialStore,
  callerOf,
  type KeyFault,
  type KeyHolder,
  type MarketplaceCredential,
  type MintedCredential,
  mayName,
  memoryCredentials,
  mintCredential,
  type TenantCredential,
  verifyKey,
} from './credentials.ts';
export type {
  Bounds,
  Ending,
  EnforcedLimit,
  Execution,
  Measured,
  MeasuredLimit,
  Output,
} from './execution.ts';
export { createExecutor, type Executor, type ExecutorOptions, type RunBounds } from './executor.ts';
export type * from './governed.ts';
export { createGovernor } from './governor.ts';
export type { GovernorOptions, Standing, VerifiedCertificate } from './governor-options.ts';
export { type HeldEventsHost, holdEvent, type Replayed, replayHeldEvents } from './held-events.ts';
export { createIdentity, type Identity } from './identity.ts';
export { type OpenedKey, openKeyFile } from './key-file.ts';
export { addNextKey, forgetOlderKeys, type KeyRing, promoteNextKey, readKeyRing } from './key-ring.ts';
export { catalogDigest, type LoadedCatalog, loadCatalog } from './loaded-catalog.ts';
export { type DocumentObserverOptions, documentObserver } from './local/document-observer.ts';
export { type GitRollback, gitRollback, gitRollbackHandler } from './local/git-handler.ts';
export { type GitDeployment, type GitObserverOptions, type GitTag, gitObserver } from './local/git-observer.ts';
export {
  declaredPolicy,
  fileIamService,
  type IamObserverOptions,
  type IamPolicyPlace,
  type IamRestored,
  type IamService,
  iamObserver,
  iamPolicyFile,
  iamPolicyHandler,
  type Policy,
  restoreIamPolicy,
} from './local/iam-policy.ts';
export { readJsonFile } from './local/json-file.ts';
export type { DetectorOptions, ObserverOptions, RawDetector } from './local/raw-evidence.ts';
export {
  setThrottle,
  type ThrottleLimits,
  type ThrottleSet,
  throttleFileHandler,
  throttleFileObserver,
  throttleFileReader,
} from './local/throttle-file.ts';
export { nodeEd25519, nodeHmacSha256, nodeSha256 } from './node-crypto.ts';
export { nodeTextCodec } from './node-text-codec.ts';
export { OPERATOR } from './operator.ts';
export type * from './ports.ts';
export {
  type ReplayBundleOptions,
  type ReplayedBundle,
  type ReplaySettings,
  replayBundle,
  replayLedger,
} from './replay.ts';
export { type ShadowDifference, type ShadowOptions, shadowDifference } from './shadow.ts';
export {
  type JsonDocument,
  type JsonFault,
  type JsonOptions,
  type JsonPath,
  type JsonPosition,
  parseStrictJson,
  printFault,
  printPath,
} from './strict-json.ts';
export { systemClock, systemRandom } from './system.ts';
