/**
 * Step 10: how old the newest thing in the bundle is at a time that the auditor gives. Only witnesses say when; what a
 * receipt says of its own time is its issuer's word, told beside it. Nothing here falsifies: a clock is no evidence.
 */
import { receiptInstantMs } from '../receipt-instant.ts';
import type { Freshness, StepResult, StepStatus } from './report.ts';
import type { Verification } from './session.ts';

/** The step, and the times that it compared. */
export interface FreshnessVerdict {
  readonly step: StepResult;
  readonly freshness?: Freshness;
}

/** How far two honest clocks may be apart. */
const SKEW_MS = 300_000;

/** Judges freshness. `witnessed`: when the quorum was met last, in POSIX seconds. */
export const judgeFreshness = (v: Verification, witnessed: number | undefined): FreshnessVerdict => {
  const asked = v.options.freshness;
  if (asked === undefined)
    return { step: { step: 'freshness', status: 'not_run', sentence: 'No time was given to compare with.' } };
  const receiptAtMs = receiptInstantMs(v.chain.lastAt);
  const freshness: Freshness = {
    ...asked,
    ...(witnessed !== undefined && { witnessedAtMs: witnessed * 1000 }),
    ...(receiptAtMs !== undefined && { receiptAtMs }),
  };
  const [status, sentence] = judge(freshness);
  return { step: { step: 'freshness', status, sentence }, freshness };
};

const judge = ({ atMs, maxAgeMs, witnessedAtMs, receiptAtMs }: Freshness): readonly [StepStatus, string] => {
  const claimed =
    receiptAtMs === undefined ? '' : ` The newest receipt here says that it is of ${distance(receiptAtMs, atMs)}.`;
  if (witnessedAtMs === undefined)
    return ['incomplete', `No trusted witness says when, so nothing shows that this is the newest.${claimed}`];
  const cosigned = `The checkpoint was cosigned ${distance(witnessedAtMs, atMs)}`;
  if (witnessedAtMs > atMs + SKEW_MS) return ['incomplete', `${cosigned}: a clock is wrong.${claimed}`];
  if (receiptAtMs !== undefined && receiptAtMs > witnessedAtMs + SKEW_MS)
    return ['incomplete', `${cosigned}, before its newest receipt says that it is of: a clock is wrong.${claimed}`];
  if (atMs - witnessedAtMs > maxAgeMs)
    return ['incomplete', `Stale. ${cosigned}, and ${span(maxAgeMs)} were allowed; what came since is not in it.`];
  return ['passed', `${cosigned}; ${span(maxAgeMs)} were allowed.`];
};

const distance = (at: number, from: number): string =>
  at <= from ? `${span(from - at)} before the time given` : `${span(at - from)} after the time given`;

const span = (ms: number): string => {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`;
};
