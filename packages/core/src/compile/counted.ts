/** An action with what the gates count: their writes stand after its own, so whoever asks what it writes sees them. */

import type { Counts, Placed } from '../gates/gate.ts';
import { gates } from '../gates/index.ts';
import type { Action, RunsStep, Write } from '../policy/action.ts';
import { owns } from '../receipt/encoding/own.ts';

/** The action as it is carried out: with the gates' writes on its approval and on each of its outcomes. */
export const counted = (placed: Placed): Action => {
  const { action } = placed;
  const { approval, outcome } = countsOf(placed);
  if (approval.length === 0 && outcome.length === 0) return action;
  const { does } = action;
  return {
    ...action,
    writes: [...action.writes, ...approval],
    does: owns(does, 'after') ? { ...does, after: afterWith(does.after, outcome) } : does,
  };
};

/** What all gates count of an action, in their order. */
const countsOf = (placed: Placed): Counts => {
  const all = gates.flatMap(({ counts }) => (counts === undefined ? [] : [counts(placed)]));
  return { approval: all.flatMap((c) => c.approval), outcome: all.flatMap((c) => c.outcome) };
};

const afterWith = (after: RunsStep['after'], writes: readonly Write[]): RunsStep['after'] => {
  const more = (status: keyof RunsStep['after']) => ({
    ...after[status],
    writes: [...after[status].writes, ...writes],
  });
  return {
    success: more('success'),
    failed: more('failed'),
    timeout: more('timeout'),
    memory_exceeded: more('memory_exceeded'),
    unknown: more('unknown'),
  };
};
