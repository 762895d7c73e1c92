/** Node's own hash, signature, text coding, clock, randomness and processes, in the shapes that core and the governor take. */
export { oneLine } from '../bounds/bounded-text.ts';
export type {
  Bounds,
  Ending,
  EnforcedLimit,
  Execution,
  Measured,
  MeasuredLimit,
  Output,
} from '../executor/execution.ts';
export { createExecutor, type Executor, type ExecutorOptions, type RunBounds } from '../executor/executor.ts';
export { createClockDoubt, type TwoClocks } from './clock-doubt.ts';
export { nodeEd25519, nodeHmacSha256, nodeSha256 } from './crypto.ts';
export { isCode, replaceFile } from './durable-file.ts';
export { changeableByOthers, createPrivate, readPrivate, replacePrivate } from './private-file.ts';
export { onPartChanged, type PartStatus, partStatuses, type SupervisedPart, supervise } from './supervised.ts';
export { systemClock, systemRandom } from './system.ts';
export { nodeTextCodec } from './text-codec.ts';
