export {
  type Bounds,
  type Ending,
  type EnforcedLimit,
  type Execution,
  type Measured,
  type MeasuredLimit,
  type Output,
} from './execution.ts';
export { createExecutor, type Executor, type ExecutorOptions, type RunBounds } from './executor.ts';
export { type OpenedKey, openKeyFile } from './key-file.ts';
export { type GitRollback, gitRollback, gitRollbackHandler } from './local/git-handler.ts';
export {
  type GitDeployment,
  type GitObserverOptions,
  type GitTag,
  gitObserver,
  type RawDetector,
} from './local/git-observer.ts';
export { nodeEd25519, nodeHmacSha256, nodeSha256 } from './node-crypto.ts';
export type * from './ports.ts';
export { systemClock, systemRandom } from './system.ts';
export type * from './governed.ts';
export { OPERATOR } from './operator.ts';
