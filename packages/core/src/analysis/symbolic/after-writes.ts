/** What facts read after writes: the content that was there before, written over, in the order of the writes. */

import { admit, type Type, type Value } from '../../data/value.ts';
import type { Change, Write } from '../../policy/action.ts';
import { type FactId, isFactTerm, type LedgerFact, type Term } from '../../policy/fact.ts';
import { owns } from '../../receipt/encoding/own.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import { type Stage, shifted, truthsOf } from './formula.ts';
import { type Readings, type Sighted, sameReading } from './readings.ts';
import type { Expression } from './unknown.ts';

/** One write as it happens. */
interface Happening {
  readonly cell: string;
  readonly key: readonly Sighted[];
  readonly when: Node;
  readonly change: Change;
  /** What is set, added or removed. */
  readonly value?: Sighted;
}
/** What happened so far, in order. */
export type Written = readonly Happening[];
/** Where something was read that can't be said in a formula: it grows while readings are taken. */
export interface Lost {
  where: Node;
}

/** A content: never written in a case without a value. */
type Cases = readonly { readonly when: Node; readonly value?: Expression }[];

/** The same with an action's writes on top. All their conditions are of the state before them; so is what they set. */
export const writtenBy = (st: Stage, writes: readonly Write[], before: Written, lost: Lost): Written => {
  const now = readingsAfter(st, before, lost);
  const stage: Stage = { ...st, readings: now };
  const happenings = writes.map(({ cell, key, change, when }): Happening => {
    const type = st.side.catalog.cells.get(cell)?.type ?? STRING;
    const term = owns(change, 'set')
      ? change.set
      : owns(change, 'add')
        ? change.add
        : owns(change, 'remove')
          ? change.remove
          : undefined;
    const isText = typeof term === 'string' && type.type === 'set';
    return {
      cell,
      key: key.map((part) => sightedOf(now, part, STRING)),
      when: when === undefined ? YES : truthsOf(stage, when).yes,
      change,
      ...(term === undefined ? {} : { value: sightedOf(now, term, isText ? STRING : type) }),
    };
  });
  return [...before, ...happenings];
};

/** The readings of a side after what was written. */
export const readingsAfter = (st: Stage, written: Written, lost: Lost): Readings => {
  const { readings, side } = st;
  const of = (id: FactId): Sighted => {
    const fact = side.stands?.has(id) ? undefined : side.catalog.facts.get(id);
    return fact?.origin === 'ledger' ? ledgerAfter(st, fact, written, readings.of(id), lost) : readings.of(id);
  };
  return { ...readings, of };
};

/** Whether what is written can change which place a fact reads, or a plan's row: that is not followed. */
export const isFollowed = (st: Stage, ids: readonly FactId[], cells: ReadonlySet<string>): boolean =>
  ids.every((id) => {
    const fact = st.side.catalog.facts.get(id);
    if (fact?.origin === 'plan') return !PLAN_CELLS.some((cell) => cells.has(cell));
    if (fact?.origin !== 'ledger') return true;
    return fact.key.every((term) => {
      const other = isFactTerm(term) ? st.side.catalog.facts.get(term.fact) : undefined;
      return other?.origin !== 'ledger' || !cells.has(other.cell);
    });
  });

/** What a term reads, where a value of a type is expected. */
export const sightedOf = (readings: Readings, term: Term, type: Type): Sighted => {
  if (!isFactTerm(term)) return constantly(type, term === '' ? '' : (admit(type)(term) ?? String(term)));
  const sighted = readings.of(term.fact);
  const { plus } = term;
  if (plus === undefined) return sighted;
  return { ...sighted, cases: sighted.cases.map(({ when, value }) => ({ when, value: shifted(value, plus) })) };
};

/** One value everywhere. */
export const constantly = (type: Type, value: Value): Sighted => ({
  type,
  known: YES,
  gaps: new Map(),
  cases: [{ when: YES, value: { kind: 'constant', value } }],
});

const ledgerAfter = (st: Stage, fact: LedgerFact, written: Written, before: Sighted, lost: Lost): Sighted => {
  const { and, not } = st.space.algebra;
  const mine = written.filter(({ cell }) => cell === fact.cell);
  if (mine.length === 0) return before;
  const content = [...st.readings.contents.values()].find(
    ({ origin }) => origin.cell === fact.cell && origin.key === fact.key,
  );
  if (content === undefined) return before;
  const isUnset = st.space.choiceIs(content.origin.unset, ['unset']);
  let cases: Cases = [{ when: isUnset }, { when: not(isUnset), value: content.origin.value }];
  for (const happening of mine) {
    let applied = happening.when;
    for (const [i, part] of content.key.entries())
      applied = and(applied, sameReading(st.space, part, happening.key[i] ?? part));
    cases = changed(st, cases, happening, applied, lost);
  }
  const otherwise = fact.otherwise === '' ? '' : (admit(fact.type)(fact.otherwise) ?? fact.otherwise);
  return {
    ...before,
    cases: cases.map(({ when, value }) => ({
      when: and(before.known, when),
      value: value ?? { kind: 'constant', value: otherwise },
    })),
  };
};

const changed = (st: Stage, cases: Cases, { change, value }: Happening, applied: Node, lost: Lost): Cases => {
  const { and, not } = st.space.algebra;
  if (applied === NO) return cases;
  const kept = cases.map((c) => ({ ...c, when: and(c.when, not(applied)) }));
  if (owns(change, 'clear')) return [...kept, { when: applied }];
  if (owns(change, 'set')) return [...kept, ...(value?.cases ?? []).map((c) => ({ ...c, when: and(applied, c.when) }))];
  if (!owns(change, 'plus')) return [...kept, ...regrouped(st, cases, value, owns(change, 'add'), applied, lost)];
  const zero: Expression = { kind: 'constant', value: 0 };
  return [...kept, ...cases.map((c) => ({ when: and(applied, c.when), value: shifted(c.value ?? zero, change.plus) }))];
};

/** A set with members added or taken out. Where it is not known which ones, the reading is lost. */
const regrouped = (
  st: Stage,
  cases: Cases,
  members: Sighted | undefined,
  isAdded: boolean,
  applied: Node,
  lost: Lost,
): Cases => {
  const { and, or } = st.space.algebra;
  return (members?.cases ?? []).flatMap((m) => {
    const when = and(applied, m.when);
    return labelled(st, m.value).flatMap(([texts, isIt]) =>
      cases.map((c) => {
        const here = and(and(when, isIt), c.when);
        if (texts === undefined) lost.where = or(lost.where, here);
        return { when: here, value: withMembers(c.value ?? NOTHING, texts ?? [], isAdded) };
      }),
    );
  });
};

/** The texts that an expression is, each where it is that one; `undefined` for what may be any. */
const labelled = (st: Stage, e: Expression): readonly (readonly [readonly string[] | undefined, Node])[] => {
  if (e.kind === 'constant') return [[typeof e.value === 'object' ? e.value : [String(e.value)], YES]];
  if (e.kind !== 'choice') return [[undefined, YES]];
  return e.choice.labels.map((label) => [[String(label)], st.space.choiceIs(e.choice, [label])]);
};

const withMembers = (e: Expression, texts: readonly string[], isAdded: boolean): Expression => {
  const without = (all: readonly string[]): readonly string[] => all.filter((text) => !texts.includes(text));
  const joined = (all: readonly string[]): readonly string[] => [...new Set([...all, ...texts])].sort();
  if (e.kind === 'constant' && typeof e.value === 'object')
    return { kind: e.kind, value: isAdded ? joined(e.value) : without(e.value) };
  if (e.kind !== 'collection') return e;
  const { added = [], removed = [] } = e;
  return isAdded
    ? { ...e, added: joined(added), removed: without(removed) }
    : { ...e, added: without(added), removed: joined(removed) };
};

const NOTHING: Expression = { kind: 'constant', value: [] };
const STRING: Type = { type: 'string' };
const PLAN_CELLS = ['entitlement_plan', 'entitlement_packs', 'entitlement_roles'] as const;
