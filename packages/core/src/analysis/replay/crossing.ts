/**
 * From the readings that one catalog recorded to the facts of another: what they say of each, and which facts they say
 * nothing of. A ledger fact is one place of a cell, so it is known by whatever name it was read; an observed fact is known
 * if it was looked for where the other catalog looks.
 */

import type { Catalog } from '../../catalog.ts';
import type { CompiledAction } from '../../compile/action.ts';
import { sameJson } from '../../data/same-json.ts';
import { sameValue, type Value } from '../../data/value.ts';
import { depthOf, keyOf, otherwiseOf, stateOfReadings, valueOfKind } from '../../ledger/decision-disclosures.ts';
import type { RecordedObservation } from '../../ledger/receipted-decision.ts';
import type { Observation } from '../../observation.ts';
import type { CellId } from '../../policy/fact.ts';
import { type Fact, type FactId, isFactTerm, type LedgerFact } from '../../policy/fact.ts';
import { owns } from '../../receipt/encoding/own.ts';

/** An observation of another catalog, as far as the record of a decision goes. */
export interface Crossed {
  readonly observation: Observation;
  /** Facts of the action under the other catalog that were not read. */
  readonly unread: ReadonlySet<FactId>;
}

/** What is known of one place of a cell: what stands there, that nothing does, or that it is this or nothing. */
type Content = { readonly set: Value } | { readonly unset: true } | { readonly either: Value | undefined };
type Places = Map<CellId, Map<string, Content>>;

interface Placed {
  readonly id: FactId;
  readonly fact: LedgerFact;
  readonly otherwise: Value | undefined;
}

/** The way of one action from one catalog to the other, made once. */
export interface Crossing {
  /** `looked`: the observers were asked. `hidden`: some of the evidence that was recorded is not here. */
  readonly cross: (recorded: RecordedObservation, looked: boolean, hidden: boolean) => Crossed;
  /** What a fact of the other catalog is read through. */
  readonly through: (id: FactId) => ReadonlySet<FactId>;
}

/** An observed fact of the other catalog: whether it was looked for, and which sources were not asked for it. */
interface Looked {
  readonly id: FactId;
  readonly asked: boolean;
  readonly sources: readonly string[];
  readonly strangers: readonly string[];
}

/** What a fact is read through: itself if it is observed or kept, and what its key or the plan's row are read from. */
const PLAN_CELLS = ['entitlement_plan', 'entitlement_packs', 'entitlement_roles'];

/** The way of an action from the catalog that decided (`catalogs[0]`) to another. */
export const createCrossing = (catalogs: readonly [Catalog, Catalog], id: string): Crossing => {
  const [before, after] = catalogs;
  const [from, to] = [before.actions.get(id), after.actions.get(id)];
  const sources = ledgerFacts(before, from?.recorded ?? []);
  const targets = ledgerFacts(after, to?.recorded ?? []);
  const observed = (to?.observes ?? []).map((fact) => lookedFor(catalogs, from, fact));
  const read = new Set(sources.map((source) => source.id));
  // What both catalogs read alike needs no crossing.
  const alike = targets.every((target) => read.has(target.id) && isAlike(catalogs, id, target.id));
  const ways = new Map<FactId, ReadonlySet<FactId>>();
  const through = (fact: FactId): ReadonlySet<FactId> => {
    const known = ways.get(fact);
    if (known !== undefined) return known;
    const way = throughOf(after, fact);
    ways.set(fact, way);
    return way;
  };
  const placesOf = ({ observation, readings }: RecordedObservation): readonly [Observation, Places] => {
    const places: Places = new Map();
    const cells = new Map<CellId, Map<string, Value>>();
    const o = { ...observation, state: { cells, open: observation.state.open } };
    const leftOut = new Set(sources.filter((source) => !isRecorded(source, readings)).map((source) => source.id));
    for (const { id: source, fact, otherwise } of sources) {
      const value = valueOfKind(fact.type, readings[source]);
      // Where a part of the key was left out of the record, nothing says which place was read.
      const isPlaced = leftOut.size === 0 || !isThroughAny(throughOf(before, source), leftOut);
      const key = value === undefined || !isPlaced ? undefined : keyOf(before, fact, o);
      if (value === undefined || key === undefined) continue;
      const content = noted(places.get(fact.cell)?.get(key), value, otherwise);
      put(places, fact.cell, key, content);
      if (owns(content, 'set')) put(cells, fact.cell, key, content.set);
    }
    return [o, places];
  };
  return {
    through,
    cross: (recorded, looked, hidden) => {
      const { observation, readings } = recorded;
      const unread = new Set<FactId>();
      for (const fact of observed) if (!looked || !isRead(after, fact, observation, hidden)) unread.add(fact.id);
      if (alike && targets.every((target) => isRecorded(target, readings))) {
        for (const { id: target } of unread.size === 0 ? [] : targets)
          if (isThroughAny(through(target), unread)) unread.add(target);
        return { observation: { ...observation, state: stateOfReadings(before, readings, observation) }, unread };
      }
      const [o, places] = placesOf(recorded);
      for (const { id: target, fact, otherwise } of targets) {
        if (isThroughAny(through(target), unread)) {
          unread.add(target);
          continue;
        }
        const key = keyOf(after, fact, o);
        // A key that can't be made reads nothing, whatever stands in the cell.
        if (key === undefined) continue;
        const content = places.get(fact.cell)?.get(key);
        if (content === undefined) unread.add(target);
        else if (owns(content, 'either')) {
          const same = content.either !== undefined && otherwise !== undefined && sameValue(content.either, otherwise);
          if (!same) unread.add(target);
        }
      }
      return { observation: o, unread };
    },
  };
};

const isThroughAny = (way: ReadonlySet<FactId>, facts: ReadonlySet<FactId>): boolean => {
  if (facts.size === 0) return false;
  for (const fact of way) if (facts.has(fact)) return true;
  return false;
};

/** The ledger facts among these, each behind those that its key is read through. */
const ledgerFacts = (catalog: Catalog, ids: readonly FactId[]): readonly Placed[] =>
  ids
    .flatMap((id) => {
      const fact = catalog.facts.get(id);
      return fact?.origin === 'ledger'
        ? [{ id, fact, otherwise: otherwiseOf(fact), depth: depthOf(catalog, fact) }]
        : [];
    })
    .sort((a, b) => a.depth - b.depth);

const lookedFor = (
  [before, after]: readonly [Catalog, Catalog],
  action: CompiledAction | undefined,
  id: FactId,
): Looked => {
  const [was, is] = [before.facts.get(id), after.facts.get(id)];
  if (was?.origin !== 'observed' || is?.origin !== 'observed') return { id, asked: false, sources: [], strangers: [] };
  const asked = action?.observes.includes(id) === true && was.detector === is.detector;
  return { id, asked, sources: is.sources, strangers: is.sources.filter((source) => !was.sources.includes(source)) };
};

/** Whether a reading of a ledger fact is there: one of another kind than its type is none. */
const isRecorded = ({ id, fact }: Placed, readings: RecordedObservation['readings']): boolean =>
  valueOfKind(fact.type, readings[id]) !== undefined;

/** Whether both catalogs declare a ledger fact, and all that its key is read from in an action, alike. */
const isAlike = (catalogs: readonly [Catalog, Catalog], action: string, id: FactId): boolean => {
  const [before, after] = [declared(catalogs[0], action, id), declared(catalogs[1], action, id)];
  if (before === undefined || after === undefined || !sameJson(before, after)) return false;
  if (!owns(after, 'origin') || after.origin !== 'ledger') return true;
  return after.key.every((term) => !isFactTerm(term) || isAlike(catalogs, action, term.fact));
};

/** A fact of a catalog, or an argument of one of its actions. */
const declared = (catalog: Catalog, action: string, id: FactId): Fact | Argument | undefined => {
  const fact = catalog.facts.get(id);
  if (fact !== undefined || !id.startsWith(ARGUMENT)) return fact;
  const given = catalog.actions.get(action)?.action.arguments ?? {};
  const name = id.slice(ARGUMENT.length);
  return owns(given, name) ? given[name] : undefined;
};
const ARGUMENT = 'argument.';
type Argument = CompiledAction['action']['arguments'][string];

const throughOf = (catalog: Catalog, id: FactId, seen: Set<FactId> = new Set()): ReadonlySet<FactId> => {
  const fact = catalog.facts.get(id);
  if (fact === undefined || seen.has(id)) return seen;
  if (fact.origin === 'observed' || fact.origin === 'ledger') seen.add(id);
  if (fact.origin === 'ledger') for (const term of fact.key) if (isFactTerm(term)) throughOf(catalog, term.fact, seen);
  if (fact.origin === 'plan') for (const cell of PLAN_CELLS) throughOf(catalog, cell, seen);
  return seen;
};

/** Reading what a fact reads of an empty place says only that the place is empty, or holds just that. */
const noted = (known: Content | undefined, value: Value, otherwise: Value | undefined): Content => {
  if (otherwise === undefined || !sameValue(value, otherwise)) return { set: value };
  if (known === undefined) return { either: otherwise };
  const same = owns(known, 'either') && known.either !== undefined && sameValue(known.either, otherwise);
  return !owns(known, 'either') || same ? known : { unset: true };
};

const put = <A>(into: Map<CellId, Map<string, A>>, cell: CellId, key: string, value: A): void => {
  const known = into.get(cell);
  if (known === undefined) into.set(cell, new Map([[key, value]]));
  else known.set(key, value);
};

/** Whether an observed fact reads from the record as it would have read then. */
const isRead = (
  after: Catalog,
  { id, asked, sources, strangers }: Looked,
  o: Observation,
  hidden: boolean,
): boolean => {
  if (!asked) return false;
  const spoke = (source: string): boolean => o.evidence.some((e) => e.fact === id && e.source === source);
  if (hidden) return sources.every(spoke) && typeof after.readerOf(id)(o) !== 'symbol';
  return strangers.length === 0 || strangers.every(spoke);
};
