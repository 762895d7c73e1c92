/** An assignment as an observation: the example that a proof or a comparison shows, in a form that `tai decide` reads. */
import type { SubjectType } from '../action.ts';
import { ROLES, type Role } from '../action.ts';
import { isFactTerm, type ObservedFact, type Term } from '../fact.ts';
import type { Evidence, Mode, Observation } from '../observation.ts';
import { argumentReader, type Sight } from '../reading.ts';
import { cellKey } from '../state.ts';
import { express, sameValue, type Type, type Value } from '../value.ts';
import { EXTRA, EXTRA_NAME } from './formula.ts';
import { type Origin, valueUnder } from './origin.ts';
import type { Side } from './readings.ts';
import type { Wishes } from './theory.ts';
import { type Assignment, AT, type Quantity, type Word } from './unknown.ts';

/** 2026-01-26T12:00:00Z: when examples happen unless something says otherwise. */
const EXAMPLE_AT = 1_769_428_800_000;
const TEXTS: Readonly<Record<string, string>> = {
  subject: 'somebody',
  resource: 'something',
  resource_ref: 'something',
  binding: 'binding',
};

/** Examples are ordinary where they may be: a day of 2026, nobody in particular, the number 0. */
export const WISHES: Wishes = {
  quantity: (q: Quantity, chosen) =>
    q.key === AT.key ? EXAMPLE_AT : q.max === AT.max ? (chosen.get(AT.key) ?? EXAMPLE_AT) : 0,
  word: (w: Word) => TEXTS[w.key],
};

type Of<K extends Origin['kind']> = Extract<Origin, { kind: K }>;

const contextOf = (origins: ReadonlyMap<string, Origin>, a: Assignment) => {
  const value = <V extends Value>(of: Of<'context'>['of'], otherwise: V): V => {
    const origin = origins.get(`context ${of}`);
    return origin === undefined ? otherwise : (valueUnder(origin.value, a) as V);
  };
  return value;
};

/** A second value of a type, for sources that disagree; the first one itself where the type has no other. */
const another = (type: Type, value: Value): Value => {
  switch (type.type) {
    case 'boolean':
      return value !== true;
    case 'integer':
    case 'instant':
      return typeof value === 'number'
        ? value > (type.type === 'integer' ? (type.min ?? 0) : 0)
          ? value - 1
          : value + 1
        : value;
    case 'enum':
      return type.values.find((other) => other !== value) ?? value;
    case 'set':
      return sameValue(value, []) ? [type.of?.[0] ?? 'text'] : [];
    default:
      return value === 'text' ? 't' : 'text';
  }
};

const stated = (type: Type, value: Value): unknown =>
  type.type === 'set' ? { complete: true, items: express(type, value) } : express(type, value);

/** Evidence that reads as a gap, or as a value. */
export const evidenceFor = (
  fact: string,
  declared: ObservedFact,
  seen: string | boolean,
  value: Value,
  o: { readonly at: number; readonly about: string },
): readonly Evidence[] => {
  const [source] = declared.sources;
  const e: Evidence = { fact, about: o.about, value: stated(declared.type, value), source, observedAt: o.at };
  switch (seen) {
    case 'known':
      return [e];
    case 'stale':
      return [{ ...e, observedAt: o.at - declared.maxAgeMs - 1 }];
    case 'untrusted':
      return [{ ...e, source: declared.sources.includes('nobody') ? 'nobody_else' : 'nobody' }];
    case 'conflicting':
      return [e, { ...e, value: stated(declared.type, another(declared.type, value)) }];
    default:
      return [];
  }
};

const readTerm = (side: Side, term: Term, o: Observation): Sight => {
  if (!isFactTerm(term)) return term;
  const argument = term.fact.startsWith('argument.') ? term.fact.slice(9) : undefined;
  const declared = argument === undefined ? undefined : side.action.action.arguments[argument];
  return argument !== undefined && declared !== undefined
    ? argumentReader(argument, declared)(o)
    : side.catalog.readerOf(term.fact)(o);
};

/** Puts contents into cells. What a key is read from was met before it, so it is in its place already. */
const withContents = (
  side: Side,
  contents: readonly Of<'content'>[],
  a: Assignment,
  bare: Observation,
): Observation => {
  const cells = new Map<string, Map<string, Value>>();
  const o: Observation = { ...bare, state: { cells, open: new Map() } };
  for (const { cell, key, unset, value } of contents) {
    if (a.choice(unset) !== 'set') continue;
    const parts = key.map((term) => readTerm(side, term, o));
    if (parts.some((part) => typeof part === 'symbol')) continue;
    const at = cells.get(cell) ?? new Map<string, Value>();
    at.set(cellKey(parts.map(String)), valueUnder(value, a));
    cells.set(cell, at);
  }
  return o;
};

/** The observation that an assignment describes. */
export const exampleOf = (side: Side, origins: ReadonlyMap<string, Origin>, a: Assignment): Observation => {
  const value = contextOf(origins, a);
  const at = value('at', EXAMPLE_AT);
  const { action } = side.action;
  const subject = value('subject', 'somebody');
  const id = value('resource', 'something');
  const evidence: Evidence[] = [];
  const args: Record<string, unknown> = {};
  const contents: Of<'content'>[] = [];
  for (const origin of origins.values()) {
    const seen = origin.kind === 'context' ? origin.value : valueUnder(origin.value, a);
    if (origin.kind === 'observed')
      evidence.push(
        ...evidenceFor(origin.fact, origin.declared, a.choice(origin.gap), seen as Value, { at, about: id }),
      );
    if (origin.kind === 'content') contents.push(origin);
    if (origin.kind !== 'argument') continue;
    const shown = a.choice(origin.presence);
    if (shown === 'given') args[origin.name] = express(origin.declared.type, seen as Value);
    if (shown === 'invalid') args[origin.name] = null;
  }
  if (a.choice(EXTRA) === 'yes') args[EXTRA_NAME] = true;
  const bare: Observation = {
    id: 'observation',
    at,
    mode: value<Mode>('mode', 'contractual'),
    intent: {
      subject: {
        type: value<SubjectType>('subject_type', action.who[0]),
        id: subject,
        ref: subject,
        scope: [...value<readonly string[]>('scope', [])].filter((r): r is Role => ROLES.includes(r as Role)),
      },
      action: { id: side.action.id, arguments: args },
      resource: { id, ref: value('resource_ref', id) },
      binding: value('binding', 'binding'),
    },
    evidence,
    state: { cells: new Map(), open: new Map() },
  };
  return withContents(side, contents, a, bare);
};
