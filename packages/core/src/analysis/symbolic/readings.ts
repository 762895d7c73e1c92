/** What a decision reads of each fact, as cases over unknowns. The counterpart of reading.ts and compile/plan.ts. */

import type { Catalog } from '../../catalog.ts';
import type { CompiledAction } from '../../compile/action.ts';
import { admit, type Type, type Value } from '../../data/value.ts';
import type { Plan } from '../../policy/catalog-source.ts';
import {
  type Argument,
  type ContextFact,
  type FactId,
  isFactTerm,
  type LedgerFact,
  type PlanFact,
  type Term,
} from '../../policy/fact.ts';
import { type Missing, missingOf, type Sight } from '../../reading.ts';
import { owns } from '../../receipt/encoding/own.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import { compare } from './comparison.ts';
import { isSingle } from './evidence-for.ts';
import { ARGUMENT, CONTENT, OBSERVED, type Origin, presence, signature, unknownOf } from './origin.ts';
import type { Space } from './space.ts';
import type { Choice, Expression } from './unknown.ts';

/** Why there is no value: one of the four gaps, or an argument that is absent or ill-typed. */
export type Gap = Missing | 'invalid';
/** What is read: a value in each case, or a gap. Cases exclude each other; together they are `known`. */
export interface Sighted {
  readonly type: Type;
  readonly known: Node;
  readonly gaps: ReadonlyMap<Gap, Node>;
  readonly cases: readonly { readonly when: Node; readonly value: Expression }[];
}

/** An action of a catalog, and what of the observation is held fixed; everything else is unknown. */
export interface Side {
  readonly catalog: Catalog;
  readonly action: CompiledAction;
  readonly given: Given;
  /** Arguments of the same action in another catalog: here they are unknown ones. */
  readonly foreign?: ReadonlyMap<string, Argument>;
  /** What another side says that this one reads: the submission of a next step is made of what the refused one read. */
  readonly stands?: ReadonlyMap<FactId, Substitute>;
}
/** What stands for a fact, under a name of its own; with its origin where it is an unknown that no observation holds. */
export interface Substitute {
  readonly name: string;
  readonly sighted: Sighted;
  readonly origin?: Origin;
}
/** What is fixed; `undefined` for what may be anything. */
export interface Given {
  readonly context: (of: ContextFact['of']) => Value | undefined;
  readonly observed: (fact: FactId) => Sight | undefined;
  readonly argument: (name: string) => Sight | undefined;
  /** `null`: never written. */
  readonly content: (cell: string, key: readonly string[]) => Value | null | undefined;
  /** What a list of records is now, and where it is something else: a few witnesses can't be held against a whole list. */
  readonly listNow?: (
    space: Space,
    key: string,
    fact: FactId,
  ) => { readonly now: Sight; readonly other: Node } | undefined;
  /** Called before the variables of an unknown are made: what belongs to it should stand beside it in the diagram. */
  readonly meets?: (space: Space, key: string) => void;
}

/** Reads facts of one side, and remembers every unknown that it met. */
export interface Readings {
  readonly of: (fact: FactId) => Sighted;
  readonly origins: ReadonlyMap<string, Origin>;
  /** Contents of cells with what their keys read. */
  readonly contents: ReadonlyMap<string, Content>;
}

/** What a cell holds at a key. */
export interface Content {
  readonly origin: Extract<Origin, { kind: 'content' }>;
  readonly key: readonly Sighted[];
}

/** What the parts of the readings share. */
interface Desk {
  readonly space: Space;
  readonly side: Side;
  readonly origins: Map<string, Origin>;
  readonly contents: Map<string, Content>;
  readonly read: (fact: FactId) => Sighted;
}

const ARGUMENT_PREFIX = 'argument.';

/** Where two readings are the same value. */
export const sameReading = (s: Space, a: Sighted, b: Sighted): Node => {
  const { and, or } = s.algebra;
  let same = NO;
  for (const x of a.cases)
    for (const y of b.cases) same = or(same, and(and(x.when, y.when), compare(s, 'is', x.value, y.value)));
  return same;
};

/** Whether an argument is given. */
export const givenness = (name: string, declared: Argument): Choice =>
  presence(argumentKey(name, declared), 'given', ARGUMENT);

/** Readings of one side in a space. Made anew once the space is sealed. */
export const createReadings = (space: Space, side: Side): Readings => {
  const made = new Map<FactId, Sighted>();
  const read = (id: FactId): Sighted => {
    const before = made.get(id);
    if (before !== undefined) return before;
    const standing = side.stands?.get(id);
    if (standing?.origin !== undefined) desk.origins.set(standing.name, standing.origin);
    if (standing !== undefined) return standing.sighted;
    const sighted = id.startsWith(ARGUMENT_PREFIX)
      ? readArgument(desk, id.slice(ARGUMENT_PREFIX.length))
      : readFact(desk, id);
    made.set(id, sighted);
    return sighted;
  };
  const desk: Desk = { space, side, origins: new Map(), contents: new Map(), read };
  return { of: read, origins: desk.origins, contents: desk.contents };
};

const anything = (): undefined => undefined;
/** Nothing is fixed. */
export const FREE: Given = { context: anything, observed: anything, argument: anything, content: anything };

const argumentKey = (name: string, { type, otherwise }: Argument): string =>
  `argument ${name} ${signature([type, otherwise ?? null])}`;

const readArgument = (d: Desk, name: string): Sighted => {
  const declared = d.side.action.action.arguments[name];
  if (declared === undefined) return fixed(STRING, '');
  const given = d.side.given.argument(name);
  if (given !== undefined) return fixed(declared.type, given);
  const { type, otherwise } = declared;
  const key = argumentKey(name, declared);
  d.side.given.meets?.(d.space, key);
  const shown = givenness(name, declared);
  const value = unknownOf(key, type);
  d.origins.set(key, { kind: 'argument', name, declared, presence: shown, value });
  const is = (...labels: readonly string[]): Node => d.space.choiceIs(shown, labels);
  const fallback = otherwise === undefined ? undefined : admit(type)(otherwise);
  const absent = fallback === undefined ? [] : [{ when: is('absent'), value: constant(fallback) }];
  const invalid = fallback === undefined ? is('absent', 'invalid') : is('invalid');
  return {
    type,
    known: d.space.algebra.not(invalid),
    gaps: new Map([['invalid', invalid]]),
    cases: [...absent, ...casesOf(d, key, `${ARGUMENT_PREFIX}${name}`, is('given'), value)],
  };
};

const fixed = (type: Type, sight: Sight): Sighted =>
  typeof sight === 'symbol'
    ? { type, known: NO, gaps: new Map([[missingOf(sight) ?? 'invalid', YES]]), cases: [] }
    : known(type, constant(sight));

const known = (type: Type, value: Expression): Sighted => ({
  type,
  known: YES,
  gaps: new Map(),
  cases: [{ when: YES, value }],
});

const constant = (value: Value): Expression => ({ kind: 'constant', value });

/** An unknown; a list of records that may stay as it is, as that list too. */
const casesOf = (d: Desk, key: string, fact: FactId, when: Node, value: Expression): Sighted['cases'] => {
  const list = value.kind === 'rows' ? d.side.given.listNow?.(d.space, key, fact) : undefined;
  if (list === undefined || typeof list.now === 'symbol') return [{ when, value }];
  const { and, not } = d.space.algebra;
  return [
    { when: and(when, not(list.other)), value: constant(list.now) },
    { when: and(when, list.other), value },
  ];
};

const readFact = (d: Desk, id: FactId): Sighted => {
  const fact = d.side.catalog.facts.get(id);
  switch (fact?.origin) {
    case 'observed':
      return readObserved(d, id);
    case 'ledger':
      return readLedger(d, fact);
    case 'plan':
      return readPlan(d, fact);
    case 'context':
      return readContext(d, fact);
    default:
      return fixed(STRING, '');
  }
};

const readObserved = (d: Desk, fact: FactId): Sighted => {
  const declared = d.side.catalog.facts.get(fact);
  if (declared?.origin !== 'observed') return fixed(STRING, '');
  const given = d.side.given.observed(fact);
  if (given !== undefined) return fixed(declared.type, given);
  const { type, sources, maxAgeMs } = declared;
  const key = `observed ${fact} ${signature([type, [...sources].sort(), maxAgeMs])}`;
  d.side.given.meets?.(d.space, key);
  const labels = isSingle(type) ? OBSERVED.filter((label) => label !== 'conflicting') : OBSERVED;
  const gap = presence(key, 'seen', labels, { stale: maxAgeMs + 1 });
  const value = unknownOf(key, type);
  d.origins.set(key, { kind: 'observed', fact, declared, gap, value });
  const is = (label: string): Node => d.space.choiceIs(gap, [label]);
  return {
    type,
    known: is('known'),
    gaps: new Map((['missing', 'stale', 'untrusted', 'conflicting'] as const).map((why) => [why, is(why)])),
    cases: casesOf(d, key, fact, is('known'), value),
  };
};

const readLedger = (d: Desk, fact: LedgerFact): Sighted => {
  const otherwise = admit(fact.type)(fact.otherwise) ?? fact.otherwise;
  return { ...readContent(d, fact.cell, fact.key, otherwise), type: fact.type };
};

const readContent = (d: Desk, cell: string, terms: readonly Term[], otherwise: Value | undefined): Sighted => {
  const { and, not, or } = d.space.algebra;
  const type = d.side.catalog.cells.get(cell)?.type ?? STRING;
  const parts = terms.map((term) => keyPart(d, term));
  const names = terms.map((term, i) => partName(d, term, parts[i] as Sighted));
  const gaps = new Map<Gap, Node>();
  let open = YES;
  for (const part of parts) {
    for (const [why, when] of part.gaps) gaps.set(why, or(gaps.get(why) ?? NO, and(open, when)));
    open = and(open, part.known);
  }
  const shut = names.every((name) => name.startsWith('='));
  const given = shut
    ? d.side.given.content(
        cell,
        names.map((name) => name.slice(1)),
      )
    : undefined;
  const absent = (when: Node): Sighted['cases'] =>
    otherwise === undefined ? [] : [{ when, value: constant(otherwise) }];
  if (given === null) return { type, known: open, gaps, cases: absent(open) };
  if (given !== undefined) return { type, known: open, gaps, cases: [{ when: open, value: constant(given) }] };
  const key = `content ${cell} ${JSON.stringify(names)} ${signature(type)}`;
  d.side.given.meets?.(d.space, key);
  const unset = presence(key, 'set', CONTENT);
  const origin = { kind: 'content', cell, key: terms, type, unset, value: unknownOf(key, type) } as const;
  d.origins.set(key, origin);
  d.contents.set(key, { origin, key: parts });
  const isUnset = d.space.choiceIs(unset, ['unset']);
  return {
    type,
    known: open,
    gaps,
    cases: [...absent(and(open, isUnset)), { when: and(open, not(isUnset)), value: origin.value }],
  };
};

const keyPart = (d: Desk, term: Term): Sighted =>
  isFactTerm(term) ? d.read(term.fact) : known(STRING, constant(String(term)));

/** One text where a key part can be nothing else; its fact otherwise, as it is declared. */
const partName = (d: Desk, term: Term, part: Sighted): string => {
  const [only, ...others] = part.cases;
  const isFixed = only?.value.kind === 'constant' && others.length === 0 && part.known === YES;
  if (isFixed && only.value.kind === 'constant') return `=${String(only.value.value)}`;
  if (!isFactTerm(term)) return `=${String(term)}`;
  const standing = d.side.stands?.get(term.fact);
  if (standing !== undefined) return standing.name;
  const { facts } = d.side.catalog;
  const declared = facts.get(term.fact) ?? d.side.action.action.arguments[term.fact.slice(ARGUMENT_PREFIX.length)];
  return declared !== undefined && owns(declared, 'origin') && declared.origin === 'context'
    ? term.fact
    : `${term.fact} ${signature(declared ?? null)}`;
};

const readPlan = (d: Desk, { column, type }: PlanFact): Sighted => {
  const { and, not, or } = d.space.algebra;
  const bought = readContent(d, 'entitlement_plan', [], undefined);
  const named =
    column === 'quota'
      ? undefined
      : readContent(d, `entitlement_${column === 'packs' ? 'packs' : 'roles'}`, [], undefined);
  const cases: { when: Node; value: Expression }[] = [];
  let some = NO;
  for (const [id, plan] of d.side.catalog.plans) {
    const when = sameReading(d.space, bought, known(STRING, constant(id)));
    some = or(some, when);
    if (column === 'quota') {
      cases.push({ when, value: constant(plan.quota) });
      continue;
    }
    const row = columnOf(plan, column);
    let held = NO;
    for (const c of named?.cases ?? []) {
      held = or(held, c.when);
      const value: Expression =
        c.value.kind === 'collection'
          ? { ...c.value, within: row }
          : constant(c.value.kind === 'constant' ? setOf(c.value.value).filter((text) => row.includes(text)) : []);
      cases.push({ when: and(when, c.when), value });
    }
    cases.push({ when: and(when, not(held)), value: constant([]) });
  }
  cases.push({ when: not(some), value: constant(column === 'quota' ? 0 : []) });
  return { type, known: YES, gaps: new Map(), cases };
};

/** What one plan's row gives: a constant, or what the entitlement names of a list. */
const columnOf = (plan: Plan, column: 'packs' | 'ceiling'): readonly string[] =>
  column === 'packs' ? plan.packs : plan.iam_roles;

const setOf = (value: Value): readonly string[] => (typeof value === 'object' ? value : []);

const readContext = (d: Desk, { of, type }: ContextFact): Sighted => {
  if (of === 'action') return known(type, constant(d.side.action.id));
  const given = d.side.given.context(of);
  if (given !== undefined) return known(type, constant(given));
  d.side.given.meets?.(d.space, of);
  const value = unknownOf(of, type, true);
  d.origins.set(of, { kind: 'context', of, value });
  return known(type, value);
};

const STRING: Type = { type: 'string' };
