/**
 * Recorded decisions under another catalog: which would have been otherwise, and why. Decision-local: each is decided
 * again from what its own receipt recorded, in the world as it was; knock-on effects are not simulated.
 */
import type { Catalog } from '../../catalog.ts';
import { sameJson } from '../../data/same-json.ts';
import type { Decision } from '../../decision.ts';
import { ENGINES, type Engine, type Engines } from '../../ledger/engines.ts';
import { wireWrite } from '../../ledger/entry.ts';
import {
  ALWAYS,
  type Disclosed,
  isRecord,
  type RecordedObservation,
  recordedDecision,
  recordedObservation,
  withheldOf,
} from '../../ledger/receipted-decision.ts';
import type { FactId } from '../../policy/fact.ts';
import type { Json, Receipt, ReceiptOf } from '../../receipt/index.ts';
import { type Compared, compareDecisions } from '../diff/compare-decisions.ts';
import { type Crossed, type Crossing, createCrossing } from './crossing.ts';
import { type Doubt, doubtOf } from './doubt.ts';

/** Which decision: its place in the ledger, and what was asked as far as it is disclosed. */
export interface ReplayedPlace {
  readonly seq: number;
  /** RFC 3339. */
  readonly at: string;
  readonly action?: string;
  readonly resource?: string;
}
/** What became of one recorded decision under the other catalog. */
export type Replayed = ReplayedPlace &
  (
    | { readonly answer: 'same'; readonly verdict: readonly ['approve' | 'refuse', 'approve' | 'refuse'] }
    /** `flipped`: another verdict. `changed`: the same one with other reasons, next steps, plan or writes. */
    | ({ readonly answer: 'flipped' | 'changed'; readonly before: Decision; readonly after: Decision } & Compared)
    /** The verdict is another one whatever was not read; `gained` are the codes that are certain. */
    | {
        readonly answer: 'flipped';
        readonly verdict: Compared['verdict'];
        readonly gained: readonly string[];
        readonly before: Decision;
        readonly unread: readonly FactId[];
      }
    /** It depends on facts that were not read, or on disclosures that are not here. Never a guess. */
    | {
        readonly answer: 'not_decided';
        readonly verdict: readonly ['approve' | 'refuse'];
        readonly why: string;
        readonly unread: readonly FactId[];
        readonly withheld: readonly string[];
      }
  );

/** How many decisions came to what. */
export interface ReplayCounts {
  /** Each decision alone, from its own record; not what would have followed from another answer. */
  readonly scope: 'decision_local';
  readonly decisions: number;
  readonly same: number;
  readonly changed: number;
  /** Refused then, approved under the other catalog. */
  readonly approved: number;
  /** Approved then, refused under the other catalog. */
  readonly refused: number;
  readonly notDecided: number;
}

/** What a replay is given. */
export interface ReplayOptions {
  /** The catalog to decide under. */
  readonly under: Catalog;
  /** The catalogs that decided, by digest, as receipts name them. */
  readonly catalogs: Pick<ReadonlyMap<string, Catalog>, 'get'>;
  /** What each released meaning is; all that this library knows, where absent. A decision keeps its own. */
  readonly engines?: Engines;
}

/** A replay in progress. It keeps counts and nothing of what it saw, however long the ledger is. */
export interface Replayer {
  /** One receipt with what is disclosed of it; in any order. `undefined` for what is no decision. */
  readonly step: (receipt: Receipt, disclosed: ReadonlyMap<string, Json>) => Replayed | undefined;
  readonly counts: ReplayCounts;
}

type Counts = { -readonly [K in keyof ReplayCounts]: ReplayCounts[K] };

interface Replaying {
  readonly options: ReplayOptions;
  readonly crossings: Map<string, Map<string, Crossing>>;
}

const FORMLESS = 'what it discloses is not of its form';
const UNREAD = 'it depends on facts that were not read';

/**
 * Starts a replay under another catalog. Each decision is decided again from its own record: intent, instant, mode,
 * evidence and readings stay what they were, the binding of an approval too. What the other catalog reads and was not
 * read is `not_decided` unless nothing depends on it. It checks no bytes: what is fed is taken to be the ledger's.
 */
export const createReplayer = (options: ReplayOptions): Replayer => {
  const replaying: Replaying = { options, crossings: new Map() };
  const counts: Counts = {
    scope: 'decision_local',
    decisions: 0,
    same: 0,
    changed: 0,
    approved: 0,
    refused: 0,
    notDecided: 0,
  };
  return {
    counts,
    step: (receipt, disclosed) => {
      if (receipt.kind !== 'decision') return undefined;
      const replayed = replay(replaying, receipt, disclosed);
      count(counts, replayed);
      return replayed;
    },
  };
};

const replay = (r: Replaying, receipt: ReceiptOf<'decision'>, disclosed: Disclosed): Replayed => {
  const { seq, at, engine, catalog } = receipt;
  const meaning = (r.options.engines ?? ENGINES).get(engine.semantics);
  if (meaning === undefined)
    return notDecided({ seq, at }, receipt, `semantics ${engine.semantics} is not part of this library`);
  const decided = r.options.catalogs.get(catalog.digest);
  if (decided === undefined) return notDecided({ seq, at }, receipt, `the catalog ${catalog.digest} is not here`);
  return replayWith(r, meaning, decided, receipt, disclosed);
};

const notDecided = (
  place: ReplayedPlace,
  receipt: ReceiptOf<'decision'>,
  why: string,
  unread: readonly FactId[] = [],
  withheld: readonly string[] = [],
): Replayed => ({ ...place, answer: 'not_decided', verdict: [receipt.verdict], why, unread, withheld });

const replayWith = (
  r: Replaying,
  { decide }: Engine,
  catalog: Catalog,
  receipt: ReceiptOf<'decision'>,
  disclosed: Disclosed,
): Replayed => {
  const { seq, at } = receipt;
  if (!ALWAYS.every((name) => disclosed.has(name))) {
    const missing = ALWAYS.filter((name) => !disclosed.has(name));
    return notDecided({ seq, at }, receipt, 'not disclosed', [], missing);
  }
  const recorded = recordedObservation(receipt, disclosed);
  if (recorded === undefined) return notDecided({ seq, at }, receipt, FORMLESS);
  const { action, resource } = recorded.observation.intent;
  const place: ReplayedPlace = { seq, at, action: action.id, resource: resource.id };
  const crossing = crossingOf(r, receipt.catalog.digest, catalog, action.id);
  const hidden = isSomeHidden(receipt, disclosed);
  const crossed = crossing.cross(recorded, wasLooked(disclosed.get('decision/body'), recorded), hidden);
  const doubt = doubted(r.options.under, action.id, crossing, crossed);
  const after = doubt === undefined ? decide(r.options.under, crossed.observation) : undefined;
  if (after !== undefined && isSame(receipt, disclosed, after))
    return { ...place, answer: 'same', verdict: [receipt.verdict, after.verdict] };
  const before = recordedDecision(receipt, disclosed);
  if (before === undefined) return notDecided({ seq, at }, receipt, FORMLESS);
  if (after !== undefined) return compared(place, before, after);
  const { verdict, codes, matter } = doubt ?? { codes: [], matter: [] };
  if (verdict !== undefined && verdict !== before.verdict)
    return { ...place, answer: 'flipped', verdict: [before.verdict, verdict], gained: codes, before, unread: matter };
  const why = hidden ? `${UNREAD}, or are not disclosed` : UNREAD;
  return notDecided(place, receipt, why, matter, hidden ? withheldOf(receipt, disclosed, ALWAYS) : []);
};

const crossingOf = ({ options, crossings }: Replaying, digest: string, catalog: Catalog, action: string): Crossing => {
  let ways = crossings.get(digest);
  if (ways === undefined) {
    ways = new Map();
    crossings.set(digest, ways);
  }
  const known = ways.get(action);
  if (known !== undefined) return known;
  const made = createCrossing([catalog, options.under], action);
  // An action that neither catalog knows can have any name: only what one of them has is kept.
  if (catalog.actions.has(action) || options.under.actions.has(action)) ways.set(action, made);
  return made;
};

/** Evidence that was recorded and is not here: another disclosure than the three that every decision has. */
const isSomeHidden = (receipt: Receipt, disclosed: Disclosed): boolean => receipt._sd.length > disclosed.size;

/** Whether observers were asked: gate 8 was evaluated, or they had something to say. */
const wasLooked = (body: Json | undefined, { observation }: RecordedObservation): boolean => {
  if (observation.evidence.length > 0) return true;
  const trace = (isRecord(body) ? body['trace'] : undefined) as Decision['trace'] | undefined;
  const last = Array.isArray(trace) ? trace[trace.length - 1] : undefined;
  return last !== undefined && last.result !== 'not_evaluated';
};

/** What is certain although facts were not read; `undefined` if nothing of the decision depends on them. */
const doubted = (under: Catalog, action: string, { through }: Crossing, crossed: Crossed): Doubt | undefined => {
  const compiled = under.actions.get(action);
  if (compiled === undefined || crossed.unread.size === 0) return undefined;
  const doubt = doubtOf(compiled, crossed.observation, (id) =>
    [...through(id)].filter((other) => crossed.unread.has(other)),
  );
  return doubt.matter.length === 0 ? undefined : doubt;
};

/** Whether a receipt records just this decision. The trace follows from the reasons, so it is not compared. */
const isSame = (receipt: ReceiptOf<'decision'>, disclosed: Disclosed, after: Decision): boolean => {
  const body = disclosed.get('decision/body');
  if (after.verdict !== receipt.verdict || !isRecord(body)) return false;
  if (after.verdict === 'refuse') return sameJson(after.reasons, body['reasons']);
  return sameJson(after.actionPlan, body['actionPlan']) && sameJson(after.writes.map(wireWrite), receipt.writes);
};

const compared = (place: ReplayedPlace, before: Decision, after: Decision): Replayed => {
  const found = compareDecisions(before, after);
  if (found.differs.length === 0) return { ...place, answer: 'same', verdict: found.verdict };
  return { ...place, answer: before.verdict === after.verdict ? 'changed' : 'flipped', ...found, before, after };
};

const count = (counts: Counts, replayed: Replayed): void => {
  counts.decisions += 1;
  if (replayed.answer === 'same') counts.same += 1;
  else if (replayed.answer === 'changed') counts.changed += 1;
  else if (replayed.answer === 'not_decided') counts.notDecided += 1;
  else if (replayed.verdict[1] === 'approve') counts.approved += 1;
  else counts.refused += 1;
};
