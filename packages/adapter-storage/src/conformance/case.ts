/** The shape of one conformance case. */
import type { LedgerStore } from '@tai-autonomics/governor';

/** One promise of the port as a sentence, and a program that fails (by a thrown assertion) when it is broken. */
export interface ConformanceCase {
  readonly note: string;
  /** `open` answers a new, empty store at each call. */
  readonly run: (open: () => Promise<LedgerStore>) => Promise<void>;
}
