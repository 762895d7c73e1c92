export type * from './api.ts';
export {
  certificateMessage,
  type InsuranceCertificate,
  type SignedCertificate,
  verifyCertificate,
} from './assurance/certificate.ts';
export { type BundleSink, folderSink, tarSink } from './bundle/archive/bundle-sink.ts';
export type { BundleSource } from './bundle/archive/bundle-source.ts';
export { type Bundle, readBundle } from './bundle/bundle.ts';
export { type BundleFault, type BundleFaultKind, printBundleFault } from './bundle/bundle-fault.ts';
export { type Exported, exportBundle } from './bundle/export/export-bundle.ts';
export type { LedgerSource } from './bundle/export/export-survey.ts';
export type { Bound, Selection } from './bundle/export/selection.ts';
export type { DetectedCounts } from './bundle/verify/detected-facts.ts';
export type { VerifyProgress } from './bundle/verify/feeding.ts';
export { exportKeyName, type ManifestVerdict } from './bundle/verify/manifest-check.ts';
export type { Reached, ReachedRange } from './bundle/verify/reached-ranges.ts';
export { trustFileFor } from './bundle/verify/trust-file.ts';
export {
  type BesideReceipt,
  type BundleReport,
  type VerifyBundleOptions,
  verifyBundle,
} from './bundle/verify/verify-bundle.ts';
export { catalogDigest, type LoadedCatalog, loadCatalog } from './catalogs/loaded-catalog.ts';
export { formatCredentials, parseCredentials } from './credentials/credential-file.ts';
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
} from './credentials/credentials.ts';
export type {
  Bounds,
  Ending,
  EnforcedLimit,
  Execution,
  Measured,
  MeasuredLimit,
  Output,
} from './executor/execution.ts';
export { createExecutor, type Executor, type ExecutorOptions, type RunBounds } from './executor/executor.ts';
export { createGovernor } from './governor.ts';
export {
  type JsonDocument,
  type JsonFault,
  type JsonOptions,
  type JsonPath,
  type JsonPosition,
  parseStrictJson,
  printFault,
  printPath,
} from './json/strict-json.ts';
export { createIdentity, type Identity } from './ledger/identity.ts';
export { OPERATOR } from './ledger/operator.ts';
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
export { nodeEd25519, nodeHmacSha256, nodeSha256 } from './node/crypto.ts';
export { systemClock, systemRandom } from './node/system.ts';
export { nodeTextCodec } from './node/text-codec.ts';
export type { GovernorOptions, Standing, VerifiedCertificate } from './options.ts';
export {
  type ReplayBundleOptions,
  type ReplayedBundle,
  type ReplaySettings,
  replayBundle,
  replayLedger,
} from './policy/replay.ts';
export { type ShadowDifference, type ShadowOptions, shadowDifference } from './policy/shadow.ts';
export type * from './ports.ts';
export { type OpenedKey, openKeyFile } from './seal/key-file.ts';
export { addNextKey, forgetOlderKeys, type KeyRing, promoteNextKey, readKeyRing } from './seal/key-ring.ts';
export { type HeldEventsHost, holdEvent, type Replayed, replayHeldEvents } from './upkeep/held-events.ts';
