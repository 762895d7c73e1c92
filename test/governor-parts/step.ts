import type { ActionStep } from '@tai-autonomics/core';

/** A step with wide limits, or with the ones given. */
export const stepOf = (
  step: string,
  args: ActionStep['with'] = {},
  limits: Partial<ActionStep['limits']> = {},
): ActionStep => ({
  step,
  with: args,
  limits: { timeoutMs: 60_000, memoryBytes: 256 * 1_048_576, cpuPercent: 100, ...limits },
});
