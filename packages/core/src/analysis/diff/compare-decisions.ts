/** What of two decisions about the same thing differs. */

import { sameJson } from '../../data/same-json.ts';
import type { Decision, Reason } from '../../decision.ts';
import { codesOf } from '../../ledger/decision-disclosures.ts';

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

/** Compares two decisions: verdict, reasons in their order with their next steps, plan and writes. */
export const compareDecisions = (before: Decision, after: Decision): Compared => {
  const [left, right] = [codesOf(before), codesOf(after)];
  const [gained, lost] = [without(right, left), without(left, right)];
  const changed = left.filter((code) => right.includes(code) && !sameJson(saidOf(before, code), saidOf(after, code)));
  return {
    verdict: [before.verdict, after.verdict],
    gained,
    lost,
    changed,
    differs: aspectsOf(before, after, gained.length + lost.length === 0, changed),
  };
};

const without = (all: readonly string[], others: readonly string[]): readonly string[] =>
  all.filter((code) => !others.includes(code));

/** The reasons of one code, as they are listed. */
const saidOf = (d: Decision, code: string): readonly Reason[] =>
  d.verdict === 'approve' ? [] : d.reasons.filter((r) => r.code === code);

const aspectsOf = (a: Decision, b: Decision, sameCodes: boolean, changed: readonly string[]): readonly Aspect[] => {
  if (a.verdict === 'approve' && b.verdict === 'approve') {
    const plan: readonly Aspect[] = sameJson(a.actionPlan, b.actionPlan) ? [] : ['plan'];
    return [...plan, ...(sameJson(a.writes, b.writes) ? [] : (['writes'] as const))];
  }
  const verdict: readonly Aspect[] = a.verdict === b.verdict ? [] : ['verdict'];
  const codes: readonly Aspect[] = sameCodes ? [] : ['codes'];
  const found: readonly Aspect[] = [...verdict, ...codes, ...(changed.length === 0 ? [] : (['reasons'] as const))];
  return found.length > 0 || sameJson(a, b) ? found : ['order'];
};
