/** What of two decisions about the same thing differs. */
import type { Decision } from '../decision.ts';
import { codesOf } from '../record.ts';
import { signature } from './origin.ts';

/** What of two decisions differs. `reasons`: the same codes with other next steps or words, or not as often. */
export type Aspect = 'verdict' | 'codes' | 'reasons' | 'order' | 'plan' | 'writes';

/** Two decisions, the one before and the one after, and what is otherwise. */
export interface Compared {
  readonly verdict: readonly ['approve' | 'refuse', 'approve' | 'refuse'];
  /** Codes that are given after and not before, and the other way round. */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  /** Codes that are given both times, with another next step, other words, or not as often. */
  readonly changed: readonly string[];
  /** Empty exactly if the two say the same. */
  readonly differs: readonly Aspect[];
}

const without = (all: readonly string[], others: readonly string[]): readonly string[] =>
  all.filter((code) => !others.includes(code));

/** The reasons of one code, as they are listed. */
const saidOf = (d: Decision, code: string): string =>
  d.verdict === 'approve' ? '[]' : signature(d.reasons.filter((r) => r.code === code));

const aspectsOf = (a: Decision, b: Decision, changed: readonly string[]): readonly Aspect[] => {
  if (a.verdict === 'approve' && b.verdict === 'approve') {
    const plan: readonly Aspect[] = signature(a.actionPlan) === signature(b.actionPlan) ? [] : ['plan'];
    return [...plan, ...(signature(a.writes) === signature(b.writes) ? [] : (['writes'] as const))];
  }
  const verdict: readonly Aspect[] = a.verdict === b.verdict ? [] : ['verdict'];
  const codes: readonly Aspect[] = signature(codesOf(a)) === signature(codesOf(b)) ? [] : ['codes'];
  const found: readonly Aspect[] = [...verdict, ...codes, ...(changed.length === 0 ? [] : (['reasons'] as const))];
  return found.length > 0 || signature(a) === signature(b) ? found : ['order'];
};

/** Compares two decisions: verdict, reasons in their order with their next steps, plan and writes. */
export const compareDecisions = (before: Decision, after: Decision): Compared => {
  const [left, right] = [codesOf(before), codesOf(after)];
  const changed = left.filter((code) => right.includes(code) && saidOf(before, code) !== saidOf(after, code));
  return {
    verdict: [before.verdict, after.verdict],
    gained: without(right, left),
    lost: without(left, right),
    changed,
    differs: aspectsOf(before, after, changed),
  };
};
