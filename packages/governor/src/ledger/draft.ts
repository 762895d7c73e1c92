/** A group of receipts that is being written on speculative state. It becomes true when the store acknowledges it, or is dropped whole. */

import type { State } from '@tai-autonomics/core';
import type { OutcomeStatus } from '@tai-autonomics/core/author';
import {
  type CellWrite,
  ENGINE,
  type Engine,
  type Engines,
  type Entry,
  entryOf,
  formatInstant,
  type Ms,
  nextSemantics,
  SEMANTICS_CELL,
  wireWrite,
} from '@tai-autonomics/core/engine';
import {
  appendReceipt,
  buildDisclosure,
  encodeBase64url,
  type FormatIssue,
  type Json,
  type LedgerEntry,
  type LedgerHead,
  type Receipt,
  type ReceiptBinding,
  SALT_BYTES,
  type Sha256,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import { nodeTextCodec } from '../node/text-codec.ts';
import type { IntentKey, Random, Row, StoredDisclosure } from '../ports.ts';
import { type Annals, followAnnals } from './annals.ts';
import type { Recent } from './recent-entries.ts';

/** What every receipt of a deployment says of itself. */
export interface Sealing {
  readonly sha256: Sha256;
  readonly random: Random;
  /** The versions of deciding and folding that are here. */
  readonly engines: Engines;
  /** By what the ledger says before it. */
  readonly binding: (state: State) => ReceiptBinding;
}

/** The part of a receipt that its author knows. */
export type Body =
  | {
      readonly kind: 'decision';
      readonly verdict: 'approve' | 'refuse';
      readonly codes: readonly string[];
      readonly deadline?: Ms;
    }
  | {
      readonly kind: 'outcome';
      readonly of: Place;
      readonly status: OutcomeStatus;
    }
  | { readonly kind: 'consequence'; readonly of: Place };

/** A receipt's place in its ledger. */
export interface Place {
  readonly seq: number;
  /** base64url. */
  readonly leaf: string;
}

/** What is to be recorded. */
export interface Recorded {
  readonly body: Body;
  /** The one that decided it, or that took the decision which it follows from. */
  readonly catalog: LoadedCatalog;
  readonly event: string;
  readonly id: string;
  readonly subject: string;
  readonly writes: readonly CellWrite[];
  readonly disclosures: ReadonlyMap<string, Json>;
  readonly intent?: IntentKey;
  readonly incident?: string | undefined;
  readonly trace?: string | undefined;
}

export interface Written extends Place {
  readonly event: string;
  readonly receipt: Receipt;
}

export interface Draft {
  readonly head: LedgerHead;
  readonly state: State;
  readonly annals: Annals;
  /** What decides the next receipt; absent if the ledger moved to a version that is not here. */
  readonly engine: Engine | undefined;
  readonly at: Ms;
  readonly rows: readonly Row[];
  /** What the rows say, for the fold. */
  readonly entries: readonly Entry[];
  /** All entries of the ledger from a place on, the draft's own included; `undefined` if they are not all in memory. */
  since(seq: number): readonly Entry[] | undefined;
  /** Adds one receipt, or nothing if it can't be one. */
  record(recorded: Recorded): E.Either<FormatIssue, Written>;
}

/** The meaning of the receipt that comes next, by what the ledger says. */
export const semanticsOf = (state: State, { semantics }: Annals): number =>
  nextSemantics(state, semantics === 0 ? undefined : semantics);

/** Starts a draft on a durable head and state. `at` is the one instant of the whole group. */
export const createDraft = (
  sealing: Sealing,
  start: { readonly head: LedgerHead; readonly state: State; readonly annals: Annals; readonly recent: Recent },
  at: Ms,
): Draft => {
  const rows: Row[] = [];
  const entries: Entry[] = [];
  const { recent } = start;
  const from = start.head.size;
  let { head, state, annals } = start;
  const { sha256, engines, binding } = sealing;
  const record: Draft['record'] = (r) => {
    const semantics = semanticsOf(state, annals);
    const engine = engines.get(semantics);
    if (engine === undefined) return missing(engines, semantics);
    const built = buildDisclosures(sealing, r.disclosures);
    if (E.isLeft(built)) return built;
    const disclosures = built.right;
    const digests = disclosures.map(({ digest }) => digest).sort();
    const entry = ledgerEntry(r, { at, semantics, binding: binding(state), digests });
    const appended = appendReceipt(sha256, head, entry, nodeTextCodec);
    if (E.isLeft(appended)) return appended;
    const { receipt, bytes, leaf } = appended.right;
    const said = entryOf(receipt);
    const after = engine.evolve(state, said);
    const followed = followAnnals(annals, receipt);
    // Whoever moves a ledger to what nobody here can decide has ended it.
    const next = semanticsOf(after, followed);
    if (!engines.has(next)) return missing(engines, next);
    const stored = disclosures.map(({ name, text }) => ({ name, text }));
    rows.push({
      seq: receipt.seq,
      leaf,
      bytes,
      disclosures: stored,
      ...(r.intent === undefined ? {} : { intent: r.intent }),
    });
    entries.push(said);
    head = appended.right.head;
    state = after;
    annals = followed;
    return E.right({ seq: receipt.seq, leaf: encodeBase64url(leaf), event: r.event, receipt });
  };
  return {
    get head() {
      return head;
    },
    get state() {
      return state;
    },
    get annals() {
      return annals;
    },
    get engine() {
      return engines.get(semanticsOf(state, annals));
    },
    at,
    rows,
    entries,
    since: (seq) => {
      const earlier = recent.since(seq, from);
      return earlier === undefined ? undefined : [...earlier, ...entries.slice(Math.max(0, seq - from))];
    },
    record,
  };
};

const missing = (engines: Engines, semantics: number): E.Either<FormatIssue, never> => {
  const expected = `a version of the engine that is here: ${[...engines.keys()].join(', ')}`;
  return E.left({ path: ['writes', SEMANTICS_CELL], expected, found: String(semantics) });
};

type BuiltDisclosure = StoredDisclosure & { readonly digest: string };

const buildDisclosures = (
  { sha256, random }: Sealing,
  values: ReadonlyMap<string, Json>,
): E.Either<FormatIssue, readonly BuiltDisclosure[]> => {
  const built: BuiltDisclosure[] = [];
  for (const [name, value] of values) {
    const made = buildDisclosure(sha256, random(SALT_BYTES), name, value, nodeTextCodec);
    if (E.isLeft(made)) return made;
    built.push(made.right);
  }
  return E.right(built);
};

interface Stamp {
  readonly at: Ms;
  readonly semantics: number;
  readonly binding: ReceiptBinding;
  readonly digests: readonly string[];
}

/** Assigned, not spread: seven times as fast (measured). */
const ledgerEntry = (r: Recorded, { at, semantics, binding, digests }: Stamp): LedgerEntry => {
  const { catalog, digest } = r.catalog;
  const { id, version } = catalog.source.catalog;
  const entry: Record<string, unknown> = {
    at: formatInstant(at),
    event: r.event,
    id: r.id,
    subject: r.subject,
    catalog: { id, version, digest },
    engine: { ...ENGINE, semantics },
    writes: r.writes.map(wireWrite),
    _sd: digests,
  };
  Object.assign(entry, binding, r.body);
  if (r.body.kind === 'decision' && r.body.deadline !== undefined) entry['deadline'] = formatInstant(r.body.deadline);
  if (r.incident !== undefined) entry['incident'] = r.incident;
  if (r.trace !== undefined) entry['trace'] = r.trace;
  return entry as unknown as LedgerEntry;
};
