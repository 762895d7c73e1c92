/** Which level of re-derivation each receipt reached, as runs of neighbours with the same answer. */
import type { ReceiptOutcome } from '@tai-autonomics/core/receipt';

/** How far a receipt was re-derived. `ledger` is level 2, `readings` level 1. */
export type Reached = 'ledger' | 'readings' | 'withheld' | 'not_available' | 'falsified' | 'not_run';

/** Receipts `from` to `to`, both included, that reached the same. */
export interface ReachedRange {
  readonly from: number;
  readonly to: number;
  readonly reached: Reached;
  /** What is withheld, or why not. */
  readonly why?: string;
}

/** Most runs that are kept. */
const RANGES_MAX = 10_000;

/** Collects runs while receipts go by. */
export interface ReachedRanges {
  readonly ranges: readonly ReachedRange[];
  /** Runs beyond the first ten thousand: counted, not kept. */
  readonly left: number;
  push(outcome: Pick<ReceiptOutcome, 'seq' | 'rederived'>): void;
}

/** Runs of nothing yet. */
export const createReachedRanges = (): ReachedRanges => {
  const ranges: ReachedRange[] = [];
  let last: ReachedRange | undefined;
  let left = 0;
  return {
    ranges,
    get left() {
      return left;
    },
    push: ({ seq, rederived }) => {
      const { reached, why } = readOf(rederived);
      if (last !== undefined && last.to + 1 === seq && last.reached === reached && last.why === why) {
        last = { ...last, to: seq };
        if (left === 0) ranges[ranges.length - 1] = last;
        return;
      }
      last = { from: seq, to: seq, reached, ...(why === undefined ? {} : { why }) };
      if (ranges.length < RANGES_MAX) ranges.push(last);
      else left += 1;
    },
  };
};

const readOf = (rederived: ReceiptOutcome['rederived']): Pick<ReachedRange, 'reached' | 'why'> => {
  switch (rederived.status) {
    case 'ok':
      return { reached: rederived.level === 2 ? 'ledger' : 'readings' };
    case 'withheld':
      return { reached: 'withheld', why: rederived.names.join(', ') };
    case 'not_available':
    case 'falsified':
      return { reached: rederived.status, why: rederived.why };
    case 'not_run':
      return { reached: 'not_run' };
  }
};
