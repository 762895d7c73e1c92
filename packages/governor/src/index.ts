/**
 * The governor: the imperative shell around core's `decide`. `openDeployment` has every default of one machine;
 * `createGovernor` takes every port from its host. Behind this front door stand `governor/bundle`, `/local`, `/keys`, `/node`, `/json`, `/operator`.
 */

export type * from './api.ts';
export { catalogDigest, type LoadedCatalog, loadCatalog } from './catalogs/loaded-catalog.ts';
export { formatCredentials, parseCredentials } from './credentials/credential-file.ts';
export {
  type Credential,
  type CredentialParts,
  type CredentialStore,
  callerOf,
  hasExpired,
  type KeyFault,
  type MarketplaceCredential,
  type MintedCredential,
  mayName,
  memoryCredentials,
  mintCredential,
  type TenantCredential,
  verifyKey,
} from './credentials/credentials.ts';
export {
  type Deployment,
  type DeploymentOptions,
  type DeploymentStorage,
  type OpenedDeployment,
  openDeployment,
} from './deployment/deployment.ts';
export { createGovernor } from './governor.ts';
export { INCIDENT_ID, traceIdOf } from './intent/correlation.ts';
export type { GovernorOptions, Standing } from './options.ts';
export type * from './ports.ts';
export { anyResource, type ResourcesByTenant, resourceDirectory } from './resources/directory.ts';
export type { OnSignal, Signal, SignalTable } from './signals/signal.ts';
export { anySubject, subjectsOf } from './subjects/subject-directory.ts';
export type { Answered } from './telemetry/answered.ts';
export { inTraceOf } from './telemetry/tracing.ts';
