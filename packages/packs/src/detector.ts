/** Detectors: pure, versioned code between raw evidence and facts. */
import type { FactId, Value } from '@tai-autonomics/core/author';
import type { either as E } from 'fp-ts';

/**
 * Derives facts from raw evidence. Total: any input gives facts or says in one line what it expected, and the same
 * input gives the same facts for ever; changed behaviour is a new `version`. A fact that the evidence doesn't settle is
 * left out, never guessed.
 */
export interface Detector {
  readonly id: string;
  readonly version: number;
  /** Every fact that it may answer. */
  readonly facts: readonly FactId[];
  /** What its raw evidence holds of the ledger, under `ledger`: this fact, of each value that the other one may have. */
  readonly recalls?: { readonly fact: FactId; readonly of: FactId };
  /** When the raw evidence itself says that it was seen, in milliseconds since the Unix epoch; absent where it can't say. */
  seenAt?(raw: unknown): number | undefined;
  /** An upper bound of the steps that detecting takes, where that is not linear in the size of the evidence. */
  steps?(raw: unknown): number;
  detect(raw: unknown): E.Either<string, Readonly<Record<FactId, Value>>>;
}
