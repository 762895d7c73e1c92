/** An executor of an evaluation: whatever was approved, by whichever catalog, no handler runs on what is not a sandbox (M-01). */
import type { ResourceDirectory } from '../ports.ts';
import { notStarted } from './execution-process.ts';
import type { Executor } from './executor.ts';

const NOT_A_SANDBOX = 'not started: this is an evaluation, and the resource is not a sandbox';

/** The executor, which starts nothing in an evaluation unless the directory says, now, that the resource is a sandbox. */
export const sandboxed = (executor: Executor, resources: Pick<ResourceDirectory, 'find'>): Executor => ({
  has: executor.has,
  turn: executor.turn,
  run: async (step, of, mode, bounds) =>
    mode === 'eval' && resources.find(of)?.environment !== 'sandbox'
      ? notStarted({ status: 'failed', detail: NOT_A_SANDBOX })
      : executor.run(step, of, mode, bounds),
});
