/** Counterfactuals as formulas: what stays as it is, unless it is said to change. */
import type { Catalog } from '../../catalog.ts';
import type { CompiledAction } from '../../compile/action.ts';
import type { Value } from '../../data/value.ts';
import type { Observation } from '../../observation.ts';
import type { FactId } from '../../policy/fact.ts';
import { missingOf } from '../../reading.ts';
import { cellKey } from '../../state.ts';
import { type Cost, NO, type Node, YES } from '../solver/diagram.ts';
import type { Wishes } from '../solver/theory.ts';
import { compare } from './comparison.ts';
import { WISHES } from './example.ts';
import { EXTRA, type Stage } from './formula.ts';
import { type Origin, presence } from './origin.ts';
import { factOf, presentOf } from './present.ts';
import { type Content, type Given, type Side, type Sighted, sameReading } from './readings.ts';
import type { Space } from './space.ts';
import { AT, type Choice, type Expression } from './unknown.ts';
import { type Writers, writableOf } from './writers.ts';

const CHANGED = 'changed';

/** The place that a choice says changes; `undefined` for any other choice. */
export const changeOf = ({ key, owner }: Choice): string | undefined =>
  key === changeChoice(owner).key ? owner : undefined;

/** What nobody can change is given as it is. */
export const givenBy = (catalog: Catalog, o: Observation, writers: Writers): Given => ({
  context: (of) => {
    const sight = isHeld(of, o) ? catalog.readerOf(of)(o) : undefined;
    return typeof sight === 'symbol' ? undefined : sight;
  },
  observed: () => undefined,
  argument: () => undefined,
  content: (cell, key) => (writers.has(cell) ? undefined : (o.state.cells.get(cell)?.get(cellKey(key)) ?? null)),
  listNow: (space, key, fact) => {
    const { readerOf } = catalog.actions.get(o.intent.action.id) ?? catalog;
    return { now: readerOf(fact)(o), other: space.choiceIs(changeChoice(key), ['yes']) };
  },
  meets: (space, key) => void space.choiceIs(changeChoice(key), ['yes']),
});

/** Names that the intent gives arguments which the action does not know. */
export const unknownArguments = (action: CompiledAction, o: Observation): readonly string[] =>
  Object.keys(o.intent.action.arguments).filter((name) => !Object.hasOwn(action.action.arguments, name));

/** A question about one observation: what may be otherwise, and that as little as possible is. */
export const heldFixed = (
  o: Observation,
  writers: Writers,
  may: (fact: FactId) => boolean,
): { readonly axioms: (stages: readonly Stage[]) => Node; readonly cost: (space: Space) => Cost } => ({
  axioms: stays(o, writers, may),
  cost: changes,
});

/** Unknowns are what they are now, as far as a path lets them. */
export const currentWishes = (side: Side, origins: ReadonlyMap<string, Origin>, o: Observation): Wishes => {
  const now = new Map<string, Value>();
  for (const origin of origins.values()) {
    const sight = presentOf(side, origin, o);
    const { value } = origin;
    if (sight === undefined || typeof sight === 'symbol') continue;
    if (value.kind === 'quantity') now.set(value.quantity.key, sight);
    if (value.kind === 'word') now.set(value.word.key, sight);
  }
  return {
    quantity: (q, chosen) => {
      const wished = now.get(q.key);
      return typeof wished === 'number' ? wished : q.key === AT.key ? o.at : WISHES.quantity(q, chosen);
    },
    word: (w) => {
      const wished = now.get(w.key);
      return typeof wished === 'string' && wished !== '' ? wished : WISHES.word(w);
    },
  };
};

/** Whether a place changes. */
const changeChoice = (key: string): Choice => presence(key, CHANGED, ['no', 'yes']);

/** Every place is as it is, or changes; time doesn't go back. */
const stays =
  (o: Observation, writers: Writers, may: (fact: FactId) => boolean) =>
  (stages: readonly Stage[]): Node => {
    const [st] = stages;
    if (st === undefined) return YES;
    const { space: s, side, readings } = st;
    const { and, or, not } = s.algebra;
    let holds = YES;
    for (const [key, origin] of [...readings.origins]) {
      const content = readings.contents.get(key);
      const same =
        content === undefined
          ? sameSight(s, readings.of(factRead(origin)), presentOf(side, origin, o))
          : sameContent(s, content, o);
      const changes = s.choiceIs(changeChoice(key), ['yes']);
      const possible = may(factOf(side, origin)) ? mayChange(st, origin, o, writers) : NO;
      holds = and(holds, or(same, and(changes, possible)));
    }
    const unknown = unknownArguments(side.action, o);
    const droppable = unknown.some((name) => may(`argument.${name}`)) ? YES : NO;
    const dropped = s.choiceIs(changeChoice(EXTRA.owner), ['yes']);
    const given = s.choiceIs(EXTRA, ['yes']);
    holds = and(holds, unknown.length > 0 ? or(given, and(dropped, droppable)) : not(given));
    return and(holds, not(s.atMost(AT, undefined, o.at - 1)));
  };

const sameSight = (s: Space, read: Sighted, now: ReturnType<typeof presentOf>): Node => {
  const { and, or } = s.algebra;
  if (typeof now === 'symbol') return read.gaps.get(missingOf(now) ?? 'invalid') ?? NO;
  let same = NO;
  for (const { when, value } of read.cases) same = or(same, and(when, compare(s, 'is', value, constant(now ?? ''))));
  return same;
};

const constant = (value: Value): Expression => ({ kind: 'constant', value });

const factRead = (origin: Origin): FactId =>
  origin.kind === 'context'
    ? origin.of
    : origin.kind === 'observed'
      ? origin.fact
      : origin.kind === 'argument'
        ? `argument.${origin.name}`
        : '';

/** A content is what is stored at its key, whichever that is. */
const sameContent = (s: Space, { origin, key }: Content, o: Observation): Node => {
  const { and, or, not } = s.algebra;
  const unset = s.choiceIs(origin.unset, ['unset']);
  let [stored, same] = [NO, NO];
  for (const [at, value] of o.state.cells.get(origin.cell) ?? []) {
    const parts = partsOf(at, key.length);
    if (parts.length !== key.length) continue;
    let here = YES;
    for (const [i, part] of key.entries()) here = and(here, sameReading(s, part, text(parts[i] ?? '')));
    stored = or(stored, here);
    same = or(same, and(and(here, not(unset)), compare(s, 'is', origin.value, constant(value))));
  }
  return or(same, and(not(stored), unset));
};

const partsOf = (key: string, count: number): readonly string[] =>
  count === 0 ? [] : count === 1 ? [key] : (JSON.parse(key) as readonly string[]);

const text = (value: string): Sighted => ({
  type: { type: 'string' },
  known: YES,
  gaps: new Map(),
  cases: [{ when: YES, value: constant(value) }],
});

/** Only changes cost. */
const changes =
  (space: Space): Cost =>
  (variable, value) => {
    const meaning = space.meaningOf(variable);
    return meaning.kind === 'choice' && changeOf(meaning.choice) !== undefined ? value : 0;
  };

/** Where a place may change at all: a cell that something writes; an argument that is asked for, or is wrong in itself. */
const mayChange = (st: Stage, origin: Origin, o: Observation, writers: Writers): Node => {
  if (origin.kind === 'content') return canHold(st.space, origin, writers);
  if (origin.kind !== 'argument') return YES;
  const isWrong = typeof presentOf(st.side, origin, o) === 'symbol';
  return isWrong || askedFor(st.side).has(origin.name) ? YES : NO;
};

/** Where a content is something that an action could have written. */
const canHold = (s: Space, origin: Extract<Origin, { kind: 'content' }>, writers: Writers): Node => {
  const { and, or, not } = s.algebra;
  const { constants, clears } = writableOf(writers, origin.cell, origin.type);
  const unset = s.choiceIs(origin.unset, ['unset']);
  const held = (constants === 'any' ? [] : constants).map((value) => compare(s, 'is', origin.value, constant(value)));
  const written = and(not(unset), constants === 'any' ? YES : held.reduce<Node>(or, NO));
  return or(written, clears ? unset : NO);
};

/** Arguments that somebody may give otherwise: those that a next step of the action asks for. */
const askedFor = (side: Side): ReadonlySet<string> =>
  new Set(
    side.action.requirements.flatMap(({ remedy }) =>
      remedy.by === 'request' ? [remedy.argument, ...(remedy.or === undefined ? [] : [remedy.or])] : [],
    ),
  );

/**
 * Where a resource is stays as it is. One that nobody knows was misspelt, and another one may be named; in an evaluation another one,
 * which is a sandbox, may be asked about.
 */
const isHeld = (of: string, { intent, mode }: Observation): boolean =>
  HELD.has(of) || (of === 'environment' && intent.resource.environment !== 'unknown' && mode === 'contractual');

const HELD: ReadonlySet<string> = new Set(['mode', 'resource', 'resource_ref', 'binding', 'action', 'catalog']);
