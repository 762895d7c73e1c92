/** What a thread that walks ledgers and whoever asks it say to each other: a job is a number. */
import type { either as E } from 'fp-ts';
import type { StoredCheckpoint } from '../ports.ts';
import type { KeptCatalog, KeptFold, WalkedRow, WalkQuestion } from './walk-question.ts';
import type { WalkSource } from './walk-source.ts';

/** To the thread: a question; what it asked for; or that nobody waits for the answer any more. */
export type ToWalker =
  | {
      readonly kind: 'ask';
      readonly job: number;
      readonly question: WalkQuestion;
      readonly ledger: Pick<WalkSource, 'id' | 'size' | 'digests' | 'keptEvery'>;
    }
  | { readonly kind: 'rows'; readonly job: number; readonly given: E.Either<string, readonly WalkedRow[]> }
  | { readonly kind: 'catalog'; readonly job: number; readonly given: E.Either<string, KeptCatalog | undefined> }
  | {
      readonly kind: 'checkpoint';
      readonly job: number;
      readonly given: E.Either<string, StoredCheckpoint | undefined>;
    }
  | { readonly kind: 'fold'; readonly job: number; readonly given: KeptFold | undefined }
  | { readonly kind: 'kept'; readonly job: number; readonly given: undefined }
  | { readonly kind: 'gone'; readonly job: number };

/** From the thread: what it needs to go on, or the answer. */
export type FromWalker =
  | { readonly kind: 'want_rows'; readonly job: number; readonly from: number; readonly to: number }
  | { readonly kind: 'want_checkpoint'; readonly job: number; readonly atMost: number }
  | { readonly kind: 'want_fold'; readonly job: number; readonly format: string }
  | { readonly kind: 'want_kept'; readonly job: number; readonly kept: KeptFold }
  | { readonly kind: 'want_catalog'; readonly job: number; readonly digest: string }
  | { readonly kind: 'answer'; readonly job: number; readonly answer: E.Either<string, unknown> };
