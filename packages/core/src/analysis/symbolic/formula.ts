/** Conditions and whole actions as formulas: where a requirement is true or false, and which reasons are given where. */

import type { CompiledRequirement } from '../../compile/action.ts';
import { admitConstant, rightType } from '../../compile/evaluator.ts';
import type { RecordsType, Type, Value } from '../../data/value.ts';
import { spansOf, type Window } from '../../data/windows.ts';
import type { Reason } from '../../decision.ts';
import type { GateId } from '../../gates/gate.ts';
import { GATES } from '../../gates/gate.ts';
import {
  type Comparison,
  type Condition,
  comparisonOf,
  FIELD_PREFIX,
  factsOf,
  innerOf,
  isFactOperand,
  isQuantified,
  type Operand,
  type Quantified,
} from '../../policy/condition.ts';
import type { Missing } from '../../reading.ts';
import { owns } from '../../receipt/encoding/own.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import { compare, during } from './comparison.ts';
import { presence, signature } from './origin.ts';
import { givenness, type Readings, type Side, type Sighted } from './readings.ts';
import { overKnown, overRecords, recordsIn, type Saying, type Witnessing } from './rows.ts';
import type { Space } from './space.ts';
import type { Choice, Expression } from './unknown.ts';

/** Where a condition is true and where it is false; elsewhere it is unknown. */
export interface Truths {
  readonly yes: Node;
  readonly no: Node;
}

/** One side in its space. */
export interface Stage {
  readonly space: Space;
  readonly side: Side;
  readonly readings: Readings;
}

/** A reason that is given somewhere: where, and what it is in every observation alike. */
export interface Event {
  readonly gate: GateId;
  readonly code: string;
  readonly when: Node;
  /** The requirement whose reason it is; absent for arguments and missing evidence, whose reason is `reason`. */
  readonly requirement?: CompiledRequirement;
  readonly reason?: Reason;
}

/** The name of that argument in examples. */
export const EXTRA_NAME = 'unexpected';

const REGISTRY = 0;
const ENTITLEMENT = 1;
const MODE = 2;

export const shifted = (e: Expression, by: number): Expression => {
  if (e.kind === 'quantity') return { kind: e.kind, quantity: e.quantity, plus: e.plus + by };
  return e.kind === 'constant' && typeof e.value === 'number' ? { kind: e.kind, value: e.value + by } : e;
};

/** Where a condition is true and false (Kleene). `each` must have been unfolded. */
export const truthsOf = (st: Stage, c: Condition): Truths => {
  const { and, or } = st.space.algebra;
  if (owns(c, 'all')) {
    const parts = c.all.map((part) => truthsOf(st, part));
    return {
      yes: parts.reduce((all, { yes }) => and(all, yes), YES),
      no: parts.reduce((any, { no }) => or(any, no), NO),
    };
  }
  if (owns(c, 'any')) {
    const parts = c.any.map((part) => truthsOf(st, part));
    return {
      yes: parts.reduce((any, { yes }) => or(any, yes), NO),
      no: parts.reduce((all, { no }) => and(all, no), YES),
    };
  }
  if (owns(c, 'not')) {
    const { yes, no } = truthsOf(st, c.not);
    return { yes: no, no: yes };
  }
  if (owns(c, 'each')) return { yes: NO, no: YES };
  return isQuantified(c) ? quantifiedTruths(st, c) : comparisonTruths(st, c);
};

/** Whether the intent has an argument that the action does not know. */
export const EXTRA: Choice = presence('unknown argument', 'given', ['no', 'yes']);

/** Is true where its condition is; what an approval would only use must be known. */
export const requirementTruths = (st: Stage, r: CompiledRequirement): Truths => {
  const { and } = st.space.algebra;
  const truths = truthsOf(st, r.when);
  const mustBeKnown = owns(r.when, 'all') && r.when.all.length === 0;
  if (!mustBeKnown) return truths;
  const facts = r.slots.map((slot) => st.side.action.facts[slot] ?? '');
  return { yes: facts.reduce((all, fact) => and(all, st.readings.of(fact).known), YES), no: NO };
};

/** Where an action is approved: every requirement is true, and so is what is said of the arguments. */
export const approvalOf = (st: Stage): Node => {
  const { and, not } = st.space.algebra;
  let approved = YES;
  for (const given of strangers(st).values()) approved = and(approved, not(given));
  for (const name of Object.keys(st.side.action.action.arguments))
    approved = and(approved, st.readings.of(`argument.${name}`).known);
  for (const r of st.side.action.requirements) approved = and(approved, requirementTruths(st, r).yes);
  return approved;
};

/** Every reason that `decide` can give, in the order in which it lists them; where there is none, it approves. */
export const eventsOf = (st: Stage): readonly Event[] => {
  const { and, or, not } = st.space.algebra;
  const events: Event[] = [];
  const passed: Node[] = [];
  const asked = new Map<Reason, Node>();
  for (const [g, gate] of GATES.entries()) {
    const before = g === REGISTRY ? [] : g < PRECONDITION ? [REGISTRY] : [REGISTRY, ENTITLEMENT, MODE];
    const reached = before.reduce<Node>((all, i) => and(all, passed[i] ?? YES), YES);
    const own: Event[] = gate === 'precondition' ? [...argumentEvents(st, reached)] : [];
    for (const r of st.side.action.requirements.filter((r) => r.gate === g)) {
      const { yes, no } = requirementTruths(st, r);
      const unknown = and(reached, and(not(yes), not(no)));
      own.push({ gate, code: r.code, when: and(reached, no), requirement: r });
      own.push(...informing(st, r, unknown, asked));
    }
    events.push(...own);
    passed.push(not(own.reduce<Node>((any, { when }) => or(any, when), NO)));
  }
  return events;
};

/** Of a list each of whose records is there or not: `every` is an `all` over them, `some` an `any`. */
const quantifiedTruths = (st: Stage, c: Quantified): Truths => {
  const { and, or } = st.space.algebra;
  const list = st.readings.of(c.fact);
  const { type } = list;
  const judge = (record: Witnessing): { readonly met: Node; readonly kept: Node } => {
    const inner = truthsOf({ ...st, readings: withFields(st.readings, record) }, innerOf(c));
    return owns(c, 'every') ? { met: inner.no, kept: inner.yes } : { met: inner.yes, kept: inner.no };
  };
  let [yes, no] = [NO, NO];
  for (const { when, value } of type.type === 'records' ? list.cases : []) {
    const { some, all } =
      value.kind === 'rows'
        ? overRecords(st.space, value.rows, sayingOf(st, c), judge)
        : overKnown(st.space, recordsIn(type as RecordsType, value.kind === 'constant' ? value.value : []), judge);
    yes = or(yes, and(when, owns(c, 'every') ? all : some));
    no = or(no, and(when, owns(c, 'every') ? some : all));
  }
  return { yes: and(list.known, yes), no: and(list.known, no) };
};

/** What tells two conditions on lists apart: their text, and where they name facts outside, what is read there. */
const sayingOf = ({ readings }: Stage, c: Quantified): Saying => {
  const outside = factsOf(innerOf(c)).filter((id) => !isField(id));
  const read = outside.map((id) => readings.of(id).cases.map(({ value }) => value));
  return { text: signature([c, read]), isOfRecords: outside.length === 0 };
};
const isField = (id: string): boolean => id.startsWith(FIELD_PREFIX);

/** The readings of an inner condition: a record's fields beside everything else. */
const withFields = (readings: Readings, { fields }: Witnessing): Readings => ({
  ...readings,
  of: (id) => {
    const field = id.startsWith(FIELD_PREFIX) ? fields.get(id.slice(FIELD_PREFIX.length)) : undefined;
    return field === undefined
      ? readings.of(id)
      : { type: field.type, known: YES, gaps: new Map(), cases: [{ when: YES, value: field.value }] };
  },
});

const comparisonTruths = (st: Stage, c: Comparison): Truths => {
  const { space: s, readings } = st;
  const { fact, op, to } = comparisonOf(c);
  const left = readings.of(fact);
  if (op === 'oneOf') {
    const values = (to as readonly Value[]).map((value) => admitConstant(op, left.type, value));
    return related(st, left, constantly(left.type, ''), (a) =>
      values
        .filter((value) => value !== undefined)
        .reduce<Node>((any, value) => s.algebra.or(any, compare(s, 'is', a, { kind: 'constant', value })), NO),
    );
  }
  if (op === 'within') {
    const duration = Number(to);
    return related(st, left, readings.of('at'), (a, at) =>
      s.algebra.and(compare(s, 'notAfter', a, at), compare(s, 'notBefore', a, shifted(at, -duration))),
    );
  }
  if (op === 'during') {
    const spans = spansOf(to as readonly Window[]);
    return related(st, left, constantly(left.type, ''), (a) => during(s, a, spans));
  }
  if (isFactOperand(to)) {
    const plus = to.plus ?? 0;
    return related(st, left, readings.of(to.fact), (a, b) => compare(s, op, a, shifted(b, plus)));
  }
  const type = rightType(op, left.type);
  const value = admitConstant(op, type, to as Exclude<Operand, object> | readonly string[]);
  return value === undefined
    ? { yes: NO, no: left.known }
    : related(st, left, constantly(type, value), (a, b) => compare(s, op, a, b));
};

/** Both are known, and the comparison holds, or not. */
const related = (st: Stage, left: Sighted, right: Sighted, test: (a: Expression, b: Expression) => Node): Truths => {
  const { and, or, not } = st.space.algebra;
  let holds = NO;
  for (const a of left.cases)
    for (const b of right.cases) holds = or(holds, and(and(a.when, b.when), test(a.value, b.value)));
  const known = and(left.known, right.known);
  return { yes: and(known, holds), no: and(known, not(holds)) };
};

const constantly = (type: Type, value: Value): Sighted => ({
  type,
  known: YES,
  gaps: new Map(),
  cases: [{ when: YES, value: { kind: 'constant', value } }],
});

/** Arguments that the action doesn't know: where each is given. */
const strangers = (st: Stage): ReadonlyMap<string, Node> =>
  new Map([
    [EXTRA_NAME, st.space.choiceIs(EXTRA, ['yes'])],
    ...[...(st.side.foreign ?? [])].map(
      ([name, declared]) => [name, st.space.choiceIs(givenness(name, declared), ['given', 'invalid'])] as const,
    ),
  ]);

const argumentEvents = (st: Stage, reached: Node): readonly Event[] => {
  const { and } = st.space.algebra;
  const { action } = st.side;
  const invalid = (name: string, when: Node): Event => {
    const reason = action.argumentReason(name);
    return { gate: 'precondition', code: reason.code, when: and(reached, when), reason };
  };
  return [
    ...Object.keys(action.action.arguments)
      .sort()
      .map((name) => invalid(name, st.readings.of(`argument.${name}`).gaps.get('invalid') ?? NO)),
    ...[...strangers(st)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, when]) => invalid(name, when)),
  ];
};

/** An unknown requirement asks for each fact that is missing, unless it was asked for already. */
const informing = (st: Stage, r: CompiledRequirement, unknown: Node, asked: Map<Reason, Node>): readonly Event[] => {
  const { and, or, not } = st.space.algebra;
  const gate = GATES[r.gate] as GateId;
  let explained = NO;
  const events: Event[] = [];
  for (const slot of r.slots) {
    const sighted = st.readings.of(st.side.action.facts[slot] ?? '');
    explained = or(explained, sighted.gaps.get('invalid') ?? NO);
    for (const [why, gap] of sighted.gaps) {
      const reason = why === 'invalid' ? undefined : st.side.action.informed[slot]?.[why as Missing];
      if (reason === undefined) continue;
      explained = or(explained, gap);
      const before = asked.get(reason) ?? NO;
      const now = and(unknown, gap);
      events.push({ gate, code: reason.code, when: and(now, not(before)), reason });
      asked.set(reason, or(before, now));
    }
  }
  return [...events, { gate, code: r.code, when: and(unknown, not(explained)), requirement: r }];
};

const PRECONDITION = GATES.length - 1;
