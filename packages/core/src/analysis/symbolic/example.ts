/** An assignment as an observation: the example that a proof or a comparison shows, in a form that `tai decide` reads. */

import { express, type Value } from '../../data/value.ts';
import type { Environment, Evidence, Mode, Observation } from '../../observation.ts';
import type { SubjectType } from '../../policy/action.ts';
import { isRole } from '../../policy/role.ts';
import { GAPS } from '../../reading.ts';
import { stampsOf } from '../../stamps.ts';
import type { Wishes } from '../solver/theory.ts';
import { evidenceFor, type Moment, type Wanted } from './evidence-for.ts';
import { EXTRA, EXTRA_NAME } from './formula.ts';
import type { Origin } from './origin.ts';
import { keyNow } from './present.ts';
import type { Side } from './readings.ts';
import { type Assignment, AT, type Quantity, type Word } from './unknown.ts';
import { valueUnder } from './value-under.ts';

type Of<K extends Origin['kind']> = Extract<Origin, { kind: K }>;

/** The places of an observation that one side reads. */
export interface Places {
  readonly side: Side;
  readonly origins: ReadonlyMap<string, Origin>;
}

/** 2026-01-26T12:00:00Z: when examples happen unless something says otherwise. */
const EXAMPLE_AT = 1_769_428_800_000;

/** Examples are ordinary where they may be: a day of 2026, nobody in particular, the number 0. */
export const WISHES: Wishes = {
  quantity: (q: Quantity, chosen) =>
    q.key === AT.key ? EXAMPLE_AT : q.max === AT.max ? (chosen.get(AT.key) ?? EXAMPLE_AT) : 0,
  word: (w: Word) => TEXTS[w.key],
};

/** The observation that an assignment describes. Where two catalogs read one place, both read what they should. */
export const exampleOf = (places: readonly [Places, ...Places[]], a: Assignment): Observation => {
  const value = contextOf(new Map(places.flatMap(({ origins }) => [...origins])), a);
  const [{ side }] = places;
  const at = value('at', EXAMPLE_AT);
  const subject = value('subject', 'somebody');
  const person = value('person', subject);
  const persons = value<readonly string[]>('persons', [person]);
  const id = value('resource', 'something');
  const catalog = value('catalog', '');
  const environment = value<Environment>('environment', 'production');
  const bare: Observation = {
    id: value('receipt_id', 'observation'),
    at,
    mode: value<Mode>('mode', 'contractual'),
    ...(catalog === '' ? {} : { catalog }),
    intent: {
      subject: {
        type: value<SubjectType>('subject_type', side.action.action.who[0]),
        id: subject,
        ref: subject,
        scope: [...value<readonly string[]>('scope', [])].filter(isRole),
      },
      action: { id: side.action.id, arguments: argumentsOf(places, a) },
      resource: {
        id,
        ref: value('resource_ref', id),
        ...(environment === 'production' ? {} : { environment }),
      },
      binding: value('binding', 'binding'),
      ...refusalUnder(value),
      ...(person === subject ? {} : { person }),
      ...(isAlone(persons, person) ? {} : { persons }),
      ...stampsOf(value('named_kind', 'nobody'), value('signed_by', '')),
    },
    evidence: evidenceOf(places, a, { at, about: id }),
    state: { cells: new Map(), open: new Map() },
  };
  return withContents(places, a, bare);
};

type ContextValue = ReturnType<typeof contextOf>;

/** A refusal is named where any side reads one; whoever asks for none reads nothing. */
const refusalUnder = (value: ContextValue): Pick<Observation['intent'], 'refusal'> => {
  const asks = value<readonly string[]>('refusal_asks', []);
  const [requester, binding] = [value('refusal_requester', ''), value('refusal_binding', '')];
  const person = value('refusal_person', requester);
  const persons = value<readonly string[]>('refusal_persons', person === '' ? [] : [person]);
  const isNone = asks.length === 0 && requester === '' && binding === '' && person === '' && persons.length === 0;
  return isNone
    ? {}
    : {
        refusal: {
          requester,
          ...(person === requester ? {} : { person }),
          ...(isAlone(persons, person) ? {} : { persons }),
          binding,
          asks,
        },
      };
};

/** Whether a set says no more than the one slot. */
const isAlone = (persons: readonly string[], person: string): boolean => persons.length === 1 && persons[0] === person;

const contextOf = (origins: ReadonlyMap<string, Origin>, a: Assignment) => {
  const value = <V extends Value>(of: Of<'context'>['of'], otherwise: V): V => {
    const origin = origins.get(of);
    return origin === undefined ? otherwise : (valueUnder(origin.value, a) as V);
  };
  return value;
};

/** An argument that two catalogs type differently is what either of them can read. */
const argumentsOf = (places: readonly Places[], a: Assignment): Readonly<Record<string, unknown>> => {
  const args: Record<string, unknown> = {};
  for (const { origin } of originsOf(places)) {
    if (origin.kind !== 'argument') continue;
    const shown = a.choice(origin.presence);
    if (shown === 'given') args[origin.name] = express(origin.declared.type, valueUnder(origin.value, a));
    else if (shown === 'invalid' && !Object.hasOwn(args, origin.name)) args[origin.name] = null;
  }
  return a.choice(EXTRA) === 'yes' ? { ...args, [EXTRA_NAME]: true } : args;
};

/** Every place once, with the sides that read it. */
const originsOf = (places: readonly Places[]): readonly { readonly side: Side; readonly origin: Origin }[] => [
  ...new Map(
    places.flatMap(({ side, origins }) => [...origins].map(([key, origin]) => [key, { side, origin }] as const)),
  ).values(),
];

const evidenceOf = (places: readonly Places[], a: Assignment, o: Moment): readonly Evidence[] => {
  const wanted = new Map<string, Wanted[]>();
  for (const { origin } of originsOf(places)) {
    if (origin.kind !== 'observed') continue;
    const seen = a.choice(origin.gap);
    const { declared, fact } = origin;
    const sight = seen === 'known' ? valueUnder(origin.value, a) : GAPS[seen as keyof typeof GAPS];
    wanted.set(fact, [...(wanted.get(fact) ?? []), { declared, sight }]);
  }
  return [...wanted].flatMap(([fact, all]) => evidenceFor(fact, all, o));
};

/** Puts contents into cells. What a key is read from was met before it, so it is in its place already. */
const withContents = (places: readonly Places[], a: Assignment, bare: Observation): Observation => {
  const cells = new Map<string, Map<string, Value>>();
  const o: Observation = { ...bare, state: { cells, open: new Map() } };
  for (const { side, origin } of originsOf(places)) {
    if (origin.kind !== 'content' || a.choice(origin.unset) !== 'set') continue;
    const key = keyNow(side, origin, o);
    if (key === undefined) continue;
    const at = cells.get(origin.cell) ?? new Map<string, Value>();
    at.set(key, valueUnder(origin.value, a));
    cells.set(origin.cell, at);
  }
  return o;
};

const TEXTS: Readonly<Record<string, string>> = {
  subject: 'somebody',
  resource: 'something',
  resource_ref: 'something',
  binding: 'binding',
  receipt_id: 'observation',
};
