/** What an observation has at each place now, and how it looks after a change. */

import { express, type Value } from '../../data/value.ts';
import type { Environment, Evidence, Observation } from '../../observation.ts';
import type { SubjectType } from '../../policy/action.ts';
import { type FactId, isFactTerm, type Term } from '../../policy/fact.ts';
import type { Role } from '../../policy/role.ts';
import { argumentReader, GAPS, type Sight } from '../../reading.ts';
import { stampsOf } from '../../stamps.ts';
import { cellKey, type State } from '../../state.ts';
import { evidenceFor } from './evidence-for.ts';
import { type Origin, signature } from './origin.ts';
import type { Side } from './readings.ts';

type Of<K extends Origin['kind']> = Extract<Origin, { kind: K }>;

/** A place and what it should hold; `undefined` for a cell that should be cleared. */
export interface Placed {
  readonly origin: Origin;
  readonly sight: Sight | undefined;
}

/** The key of a content in an observation; `undefined` where a part of it is not known. */
export const keyNow = (side: Side, { key }: { readonly key: readonly Term[] }, o: Observation): string | undefined => {
  const parts = key.map((term) => readTerm(side, term, o));
  return parts.some((part) => typeof part === 'symbol') ? undefined : cellKey(parts.map(String));
};

/** What a place holds; `undefined` for a cell that was never written, or whose key is not known. */
export const presentOf = (side: Side, origin: Origin, o: Observation): Sight | undefined => {
  switch (origin.kind) {
    case 'context':
    case 'observed': {
      const id = origin.kind === 'context' ? origin.of : origin.fact;
      return side.catalog.readerOf(id)(o);
    }
    case 'argument':
      return argumentReader(origin.name, origin.declared)(o);
    case 'content': {
      const key = keyNow(side, origin, o);
      return key === undefined ? undefined : o.state.cells.get(origin.cell)?.get(key);
    }
  }
};

/** The fact that reads a place: one that the action looks at, if there is one. */
export const factOf = (side: Side, origin: Origin): FactId => {
  if (origin.kind === 'context') return origin.of;
  if (origin.kind === 'observed') return origin.fact;
  if (origin.kind === 'argument') return `argument.${origin.name}`;
  const { facts } = side.catalog;
  const reads = (id: FactId): boolean => {
    const fact = facts.get(id);
    return fact?.origin === 'ledger' && fact.cell === origin.cell && signature(fact.key) === signature(origin.key);
  };
  return side.action.facts.find(reads) ?? [...facts.keys()].find(reads) ?? origin.cell;
};

/**
 * The observation after changes, at the later of the two instants, with evidence seen at that instant and all else
 * equal. `all` are the places that the action reads; those that are not changed keep what they hold.
 */
export const changedObservation = (
  side: Side,
  o: Observation,
  all: readonly Origin[],
  changes: readonly Placed[],
  drop: readonly string[],
): Observation => {
  const timely = withArguments(moved(o, changes), changes, drop);
  const sightOf = (origin: Origin): Sight =>
    changes.find((change) => change.origin === origin)?.sight ?? presentOf(side, origin, o) ?? GAPS.missing;
  const observed = all.filter(({ kind }) => kind === 'observed').map((origin) => ({ origin, sight: sightOf(origin) }));
  let after = withEvidence(o, timely, observed);
  for (const { origin, sight } of changes) {
    if (origin.kind !== 'content' || typeof sight === 'symbol') continue;
    const key = keyNow(side, origin, after);
    if (key !== undefined) after = { ...after, state: withCell(after.state, origin.cell, key, sight) };
  }
  return after;
};

/** What a term is in an observation, as the action reads it. */
const readTerm = (side: Side, term: Term, o: Observation): Sight =>
  isFactTerm(term) ? side.action.readerOf(term.fact)(o) : term;

const withArguments = (o: Observation, changes: readonly Placed[], drop: readonly string[]): Observation => {
  const { action } = o.intent;
  const kept = Object.entries(action.arguments).filter(([name]) => !drop.includes(name));
  const given = changes.flatMap(({ origin, sight }): readonly (readonly [string, unknown])[] =>
    origin.kind === 'argument' && sight !== undefined && typeof sight !== 'symbol'
      ? [[origin.name, express(origin.declared.type, sight)]]
      : [],
  );
  return { ...o, intent: { ...o.intent, action: { ...action, arguments: Object.fromEntries([...kept, ...given]) } } };
};

const moved = (o: Observation, changes: readonly Placed[]): Observation => {
  const value = (of: Of<'context'>['of']): Value | undefined => {
    const found = changes.find(({ origin }) => origin.kind === 'context' && origin.of === of)?.sight;
    return typeof found === 'symbol' ? undefined : found;
  };
  const { subject } = o.intent;
  const type = (value('subject_type') as SubjectType | undefined) ?? subject.type;
  const scope = (value('scope') as readonly Role[] | undefined) ?? subject.scope;
  const ref = value('subject') as string | undefined;
  // Another pseudonym is somebody else.
  const environment = value('environment') as Environment | undefined;
  const { nearest: _, ...known } = o.intent.resource;
  const resource = environment === undefined ? o.intent.resource : { ...known, environment };
  const who = ref === undefined ? { id: subject.id, ref: subject.ref } : { id: ref, ref };
  const person = (value('person') as string | undefined) ?? o.intent.person ?? subject.ref;
  const persons = (value('persons') as readonly string[] | undefined) ?? o.intent.persons;
  const {
    requester = '',
    namesake = requester,
    person: behind = namesake,
    persons: all,
    binding = '',
    asks = [],
  } = o.intent.refusal ?? {};
  const refused = (value('refusal_persons') as readonly string[] | undefined) ?? all;
  const refusal = {
    requester: (value('refusal_requester') as string | undefined) ?? requester,
    person: (value('refusal_person') as string | undefined) ?? behind,
    ...(refused === undefined ? {} : { persons: refused }),
    binding: (value('refusal_binding') as string | undefined) ?? binding,
    asks: (value('refusal_asks') as readonly string[] | undefined) ?? asks,
  };
  const named = (value('named_kind') as string | undefined) ?? o.intent.named ?? 'nobody';
  const signedBy = (value('signed_by') as string | undefined) ?? o.intent.signedBy ?? '';
  const { named: _named, signedBy: _signedBy, person: _person, persons: _persons, ...bare } = o.intent;
  const isNamed =
    refusal.requester !== '' ||
    refusal.person !== '' ||
    (refused ?? []).length > 0 ||
    refusal.binding !== '' ||
    refusal.asks.length > 0;
  return {
    ...o,
    at: (value('at') as number | undefined) ?? o.at,
    intent: {
      ...bare,
      subject: { type, ...who, scope },
      ...(person === who.ref ? {} : { person }),
      ...(persons === undefined ? {} : { persons }),
      resource,
      ...(isNamed ? { refusal } : {}),
      ...stampsOf(named, signedBy),
    },
  };
};

/** Evidence about the resource, stated anew at the instant: what was known stays known, what changed reads as it should. */
const withEvidence = (before: Observation, o: Observation, observed: readonly Placed[]): Observation => {
  const about = o.intent.resource.id;
  const anew = observed.flatMap(({ origin, sight }): readonly Evidence[] =>
    origin.kind === 'observed' && sight !== undefined
      ? evidenceFor(origin.fact, [{ declared: origin.declared, sight }], { at: o.at, about })
      : [],
  );
  const facts = new Set(observed.map(({ origin }) => (origin.kind === 'observed' ? origin.fact : '')));
  const rest = before.evidence.filter((e) => e.about !== about || !facts.has(e.fact));
  return { ...o, evidence: [...rest, ...anew] };
};

const withCell = (state: State, cell: string, key: string, value: Value | undefined): State => {
  const held = new Map(state.cells.get(cell));
  if (value === undefined) held.delete(key);
  else held.set(key, value);
  return { ...state, cells: new Map(state.cells).set(cell, held) };
};
