/** Every smallest set of changes that turns a refusal into an approval, or the proof that there is none. */

import type { Catalog } from '../catalog.ts';
import type { CompiledAction } from '../compile/action.ts';
import { admit, express, type Type, type Value, type Wire } from '../data/value.ts';
import { decide } from '../decide.ts';
import type { Observation } from '../observation.ts';
import type { ActionId } from '../policy/action.ts';
import type { Condition } from '../policy/condition.ts';
import type { FactId } from '../policy/fact.ts';
import { type Missing, missingOf, type Sight } from '../reading.ts';
import type { Node, Path } from './solver/diagram.ts';
import { type Budget, DEFAULT_BUDGET, pose, type Question, SPENT, UNCONFIRMED } from './solver/question.ts';
import { approvalOf, EXTRA, type Stage } from './symbolic/formula.ts';
import { saidOfList } from './symbolic/list-conditions.ts';
import { type Names, saidOf } from './symbolic/literal.ts';
import type { Origin } from './symbolic/origin.ts';
import { changedObservation, factOf, type Placed, presentOf } from './symbolic/present.ts';
import type { Side } from './symbolic/readings.ts';
import { mostOf } from './symbolic/rows.ts';
import { changeOf, currentWishes, givenBy, heldFixed, unknownArguments } from './symbolic/stay.ts';
import type { Assignment } from './symbolic/unknown.ts';
import { valueUnder } from './symbolic/value-under.ts';
import { type Writers, writersOf, writersTo } from './symbolic/writers.ts';

/** Who can bring a change about. `world`: change the world, then have it observed. */
export type By = 'authority' | 'information' | 'world' | 'time' | 'request';

/** One fact that would have to be otherwise. */
export interface ChangeNeeded {
  readonly fact: FactId;
  readonly by: By;
  /** What is read now. */
  readonly from: { readonly known: Wire } | { readonly missing: Missing | 'invalid' };
  /** A value that would do; absent where an argument has to be left out. */
  readonly to?: Wire;
  /** What such a value has to satisfy, together with the other changes of the set. */
  readonly where: readonly Condition[];
  /** The actions that write it, for `authority`. */
  readonly actions?: readonly ActionId[];
  /** Who may state it, for `information` and `world`. */
  readonly sources?: readonly string[];
}
/** A set of changes of which none can be left out, and the observation after them, which is approved. */
export interface ChangeSet {
  readonly changes: readonly [ChangeNeeded, ...ChangeNeeded[]];
  readonly after: Observation;
}
/** What would turn a refusal into an approval. Sets are ordered by their size; every smaller set is shown not to do. */
export type WhatWouldApprove =
  | { readonly answer: 'approved' }
  | { readonly answer: 'sets'; readonly sets: readonly ChangeSet[]; readonly truncated: boolean }
  /** No values of what anybody can change give an approval. */
  | { readonly answer: 'none'; readonly why: string; readonly regions: number }
  | { readonly answer: 'not_decided'; readonly why: string; readonly sets: readonly ChangeSet[] };
/** How many sets are listed, and what may be spent. */
export interface WhatWouldApproveOptions {
  readonly most?: number;
  readonly budget?: Budget;
}

interface Case {
  readonly catalog: Catalog;
  readonly action: CompiledAction;
  readonly side: Side;
  readonly o: Observation;
  readonly q: Question<number>;
  readonly names: Names;
  readonly writers: Writers;
  readonly goal: Goal;
}

/** What is wanted: as a formula, and of one observation. */
export interface Goal {
  readonly formula: (st: Stage) => Node;
  readonly met: (catalog: Catalog, o: Observation) => boolean;
}

const MOST = 16;

const NOBODY =
  'no values of what anybody can change give an approval: not of evidence, cells, arguments, credential or time';

/**
 * Which changes would turn a refusal into an approval: every set of which none can be left out, smallest first.
 *
 * What can change: evidence and the world behind it; cells, to what some action of the catalog writes; arguments that a
 * next step of the action asks for, or that are wrong in themselves; the credential: whose, of which kind, with which
 * scope; and time, forwards. Everything else is held, the binding too: what is asked otherwise may need its approval anew.
 */
export const whatWouldApprove = (
  catalog: Catalog,
  observation: Observation,
  options: WhatWouldApproveOptions = {},
): WhatWouldApprove => whatWouldApproveAmong(catalog, observation, () => true, options);

/** The same, where only some facts may change, or where something else than an approval is wanted. */
export const whatWouldApproveAmong = (
  catalog: Catalog,
  observation: Observation,
  may: (fact: FactId) => boolean,
  { most = MOST, budget = DEFAULT_BUDGET }: WhatWouldApproveOptions = {},
  goal: Goal = APPROVAL,
): WhatWouldApprove => {
  const action = catalog.actions.get(observation.intent.action.id);
  if (action === undefined) return { answer: 'none', why: 'no pack of this catalog has such an action', regions: 1 };
  if (goal.met(catalog, observation)) return { answer: 'approved' };
  const writers = writersOf(catalog);
  const side: Side = { catalog, action, given: givenBy(catalog, observation, writers) };
  const q = pose(
    [side],
    budget,
    ([st]) => (st === undefined ? 0 : goal.formula(st)),
    heldFixed(observation, writers, may),
  );
  const names = namesOf(side, q.origins);
  return search({ catalog, action, side, o: observation, q, names, writers, goal }, most);
};

/** Keys of unknowns, by the fact that reads them. */
const namesOf = (side: Side, origins: ReadonlyMap<string, Origin>): Names => {
  const facts = new Map([...origins.values()].map((origin) => [keyOf(origin), factOf(side, origin)]));
  return (key) => facts.get(key);
};

/** The unknown that stands at a place. */
const keyOf = ({ value }: Origin): string => {
  switch (value.kind) {
    case 'choice':
      return value.choice.key;
    case 'quantity':
      return value.quantity.key;
    case 'word':
      return value.word.key;
    case 'collection':
      return value.collection.key;
    case 'rows':
      return value.rows.key;
    case 'constant':
      return '';
  }
};

const search = (c: Case, most: number): WhatWouldApprove => {
  const { and, not } = c.q.space.algebra;
  const sets: ChangeSet[] = [];
  let left = c.q.built;
  for (;;) {
    const solved = c.q.solver.solve(left, 'cheapest');
    if (solved === 'spent') return { answer: 'not_decided', why: SPENT, sets };
    if (solved === 'none')
      return sets.length > 0
        ? { answer: 'sets', sets, truncated: false }
        : { answer: 'none', why: NOBODY, regions: c.q.solver.regions(c.q.built) };
    if (sets.length >= most) return { answer: 'sets', sets, truncated: true };
    const changed = new Set<string>();
    let all = not(0);
    for (const { variable, value } of solved.path) {
      const meaning = c.q.space.meaningOf(variable);
      const place = meaning.kind === 'choice' && value === 1 ? changeOf(meaning.choice) : undefined;
      if (place === undefined) continue;
      changed.add(place);
      all = and(all, c.q.space.circuit.literal(variable, [1]));
    }
    const set = setOf(c, solved.path, changed);
    if (set === undefined) return { answer: 'not_decided', why: UNCONFIRMED, sets };
    sets.push(set);
    // No superset of a set that does is small.
    left = and(left, not(all));
  }
};

const setOf = (c: Case, path: Path, changed: ReadonlySet<string>): ChangeSet | undefined => {
  const a = c.q.assignment(path, currentWishes(c.side, c.q.origins, c.o));
  if (a === undefined) return undefined;
  const origins = [...c.q.origins].filter(([key]) => changed.has(key));
  const drop = changed.has(EXTRA.owner) ? unknownArguments(c.action, c.o) : [];
  const observe = (placed: readonly Placed[]): Observation =>
    changedObservation(c.side, c.o, [...c.q.origins.values()], placed, drop);
  const isMet = (placed: readonly Placed[]): boolean => c.goal.met(c.catalog, observe(placed));
  for (const value of [(x: Origin) => valueFor(c, x, path, a), (x: Origin) => plainValue(x, a)]) {
    const found = origins.map(([, origin]): Placed => ({ origin, sight: value(origin) }));
    if (!isMet(found)) continue;
    const placed = nearest(c, found, isMet);
    const after = observe(placed);
    const dropped = drop.map(
      (name): ChangeNeeded => ({ fact: `argument.${name}`, by: 'request', from: { missing: 'invalid' }, where: [] }),
    );
    const [first, ...rest] = [...placed.map((p) => describe(c, p, path, after)), ...dropped];
    return first === undefined ? undefined : { changes: [first, ...rest], after };
  }
  return undefined;
};

/** The same, but a set keeps what it has now as far as the path lets it. */
const valueFor = (c: Case, origin: Origin, path: Path, a: Assignment): Value | undefined => {
  const value = plainValue(origin, a);
  const now = presentOf(c.side, origin, c.o);
  if (origin.value.kind !== 'collection' || typeof value !== 'object' || typeof now !== 'object') return value;
  const { key } = origin.value.collection;
  const out = path.flatMap(({ variable, value: v }) => {
    const m = c.q.space.meaningOf(variable);
    return m.kind === 'member' && m.of.key === key && v === 0 ? [m.text] : [];
  });
  return [...new Set([...value, ...now.filter((text) => !out.includes(text))])].sort();
};

/** The value that a changed place gets; `undefined` for a cell that is cleared. An argument left out has its default. */
const plainValue = (origin: Origin, a: Assignment): Value | undefined => {
  if (origin.kind === 'content' && a.choice(origin.unset) === 'unset') return undefined;
  if (origin.kind === 'argument' && a.choice(origin.presence) === 'absent') {
    const { otherwise, type } = origin.declared;
    const fallback = otherwise === undefined ? undefined : admit(type)(otherwise);
    if (fallback !== undefined) return fallback;
  }
  return valueUnder(origin.value, a);
};

/** A list keeps the records that it has now, as far as what is wanted lets it, and gets no more of others than it needs. */
const nearest = (
  { side, o }: Case,
  all: readonly Placed[],
  isMet: (placed: readonly Placed[]) => boolean,
): readonly Placed[] => {
  let placed = all;
  for (const [i, { origin }] of all.entries()) {
    const now = presentOf(side, origin, o);
    if (origin.value.kind !== 'rows' || typeof now !== 'object') continue;
    const most = mostOf(origin.value.rows);
    const held = (): readonly string[] => listOf(placed[i]?.sight);
    const attempt = (list: readonly string[]): void => {
      const other = placed.with(i, { origin, sight: [...list].sort() });
      if (list.length <= most && isMet(other)) placed = other;
    };
    for (const record of now) if (!held().includes(record)) attempt([...held(), record]);
    for (const record of held()) if (!now.includes(record)) attempt(held().filter((other) => other !== record));
  }
  return placed;
};
const listOf = (sight: Sight | undefined): readonly string[] => (typeof sight === 'object' ? sight : []);

const describe = (c: Case, { origin, sight }: Placed, path: Path, after: Observation): ChangeNeeded => {
  const now = presentOf(c.side, origin, c.o);
  const fact = factOf(c.side, origin);
  const type = typeOf(c.catalog, origin);
  const declared = c.catalog.facts.get(fact);
  const unwritten = declared?.origin === 'ledger' ? (admit(declared.type)(declared.otherwise) ?? '') : '';
  const read = now ?? unwritten;
  const then = sight ?? unwritten;
  return {
    fact,
    by: byOf(origin, now),
    from: typeof read === 'symbol' ? { missing: missingOf(read) ?? 'invalid' } : { known: express(type, read) },
    ...(typeof then === 'symbol' ? {} : { to: express(type, then) }),
    where:
      origin.value.kind === 'rows'
        ? saidOfList(c.catalog, c.action, fact, after)
        : saidOf(c.q.space, path, keyOf(origin), c.names),
    ...(origin.kind === 'content' && typeof now !== 'symbol' && typeof sight !== 'symbol'
      ? { actions: writersTo(c.writers, origin.cell, origin.type, [now, sight]) }
      : {}),
    ...(origin.kind === 'observed' ? { sources: origin.declared.sources } : {}),
  };
};

const typeOf = (catalog: Catalog, origin: Origin): Type => {
  switch (origin.kind) {
    case 'observed':
    case 'argument':
      return origin.declared.type;
    case 'content':
      return origin.type;
    case 'context':
      return catalog.facts.get(origin.of)?.type ?? { type: 'string' };
  }
};

const byOf = (origin: Origin, now: Sight | undefined): By => {
  switch (origin.kind) {
    case 'content':
      return 'authority';
    case 'observed':
      return typeof now === 'symbol' ? 'information' : 'world';
    case 'argument':
      return 'request';
    case 'context':
      return origin.of === 'at' ? 'time' : 'request';
  }
};

const APPROVAL: Goal = { formula: approvalOf, met: (catalog, o) => decide(catalog, o).verdict === 'approve' };
