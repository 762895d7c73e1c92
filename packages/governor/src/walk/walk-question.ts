/** What is asked of a whole ledger, as data that crosses to a thread of its own, and what each question is answered with. */
import type { ReplayCounts } from '@tai-autonomics/core/analysis';
import type { Json } from '@tai-autonomics/core/receipt';
import type { Exported } from '../bundle/export/export-bundle.ts';
import type { Survey } from '../bundle/export/export-survey.ts';
import type { Selection } from '../bundle/export/selection.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import type { LedgerId, Row } from '../ports.ts';
import type { ChosenReceipts } from './choose-receipts.ts';

/** A catalog as it is kept. */
export type KeptCatalog = Pick<LoadedCatalog, 'digest' | 'text'>;

/** One question about a ledger. */
export type WalkQuestion =
  /** A figure of a period; kept, and carried on by what was written since. */
  | { readonly ask: 'figure'; readonly figure: string; readonly since: number; readonly until: number }
  /** Receipts from a place on, by what they are about; an index says which blocks of the ledger to look at. */
  | ({ readonly ask: 'receipts'; readonly cursor: number; readonly limit: number } & ChosenReceipts)
  /** Places of refusals that ask for an approval, before a place, the newest first; of each binding the newest. */
  | { readonly ask: 'waiting'; readonly before: number; readonly most: number }
  /** How many verdicts a candidate flips; kept, and carried on. */
  | { readonly ask: 'simulated'; readonly under: KeptCatalog }
  /** What is decided otherwise, or can't be told, from a place on, and was not so before; of the same computation. */
  | { readonly ask: 'news'; readonly under: KeptCatalog; readonly from: number }
  /** Which verdicts a candidate flips. */
  | { readonly ask: 'flips'; readonly under: KeptCatalog; readonly limit: number }
  /** What the verifier says of the receipts `from ≤ seq < to`. */
  | {
      readonly ask: 'verified';
      readonly from: number;
      readonly to: number;
      readonly coverage: 'whole' | 'partial';
      readonly checkpoint?: string;
      readonly claimedKeys?: readonly string[];
      /** base64url of the leaf before `from`, where the ledger says it. */
      readonly before?: string;
    }
  /** What the verifier says of a bundle in a file. */
  | { readonly ask: 'bundle'; readonly path: string; readonly trust: string }
  /** A bundle of the sealed part, as a text; `keys` are those that sealed it, base64url, the newest first. */
  | {
      readonly ask: 'exported';
      readonly origin: string;
      readonly keys: readonly [string, ...string[]];
      readonly selection: Selection;
    }
  /** The first look of an export over the sealed part; `trees` is a folder for hashes. */
  | {
      readonly ask: 'surveyed';
      readonly ledger: LedgerId;
      readonly origin: string;
      readonly selection: Selection;
      readonly trees?: string;
    }
  /** Events that the operator's ledger keeps and that were not taken yet, in the order in which they came. */
  | { readonly ask: 'held' }
  /** Whether an event of this digest was kept, and taken after that. */
  | { readonly ask: 'released'; readonly digest: string };

/** What each question is answered with. */
export interface WalkAnswers {
  readonly figure: {
    readonly figure: Json;
    readonly receipts: number;
    readonly first?: number;
    readonly last?: number;
  };
  readonly receipts: { readonly receipts: readonly Readonly<Record<string, unknown>>[]; readonly next?: number };
  readonly waiting: {
    readonly places: readonly number[];
    /** Where to go on: there may be more before this place; 0 where there are none. */
    readonly next: number;
  };
  readonly simulated: {
    readonly size: number;
    readonly flips: number;
    /** In how many ways decisions can't be told. */
    readonly undecided: number;
  };
  readonly news: { readonly news: number };
  readonly flips: {
    readonly counts: Omit<ReplayCounts, 'scope'>;
    readonly flips: readonly Readonly<Record<string, unknown>>[];
    readonly undecided: readonly Readonly<Record<string, unknown>>[];
  };
  readonly verified: Readonly<Record<string, unknown>>;
  readonly bundle: Readonly<Record<string, unknown>>;
  readonly exported: { readonly text: string; readonly written: Exported };
  /** The nodes of its proofs are by `level index`. */
  readonly surveyed: Omit<Survey, 'nodes'> & { readonly nodes: ReadonlyMap<string, Uint8Array> };
  readonly held: { readonly held: readonly HeldEvent[] };
  readonly released: { readonly released: boolean };
}

/** An event as it was kept. */
export interface HeldEvent {
  readonly digest: string;
  readonly event: string;
  /** The marketplace that sent it. */
  readonly sender: string;
}

/** The answer to one question. */
export type AnswerTo<Q extends WalkQuestion> = WalkAnswers[Q['ask']];

/** A fold of a ledger, as it outlives its process. */
export interface KeptFold {
  readonly format: string;
  /** Receipts that it has seen. */
  readonly size: number;
  /** base64url of the leaf of the last of them. */
  readonly leaf: string;
  readonly bytes: Uint8Array;
}

/** A row on its way to who walks. */
export interface WalkedRow {
  readonly row: Omit<Row, 'intent'>;
  /** Whether it is the one that this ledger has at its place, as far as this process knows the ledger. */
  readonly isOurs: boolean;
  /** Its inclusion proof, where the question asks for one. */
  readonly proof?: string;
}
