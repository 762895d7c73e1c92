/**
 * The condition language: closed, typed and total. A condition is data, written as JSON:
 *
 * ```json
 * { "all": [ { "fact": "deployment_stable", "is": true },
 *            { "fact": "approval_expires_at", "after": { "fact": "at" } } ] }
 * ```
 *
 * The left side is always a fact; the right side is a constant or another fact, `plus` a constant for integers and
 * instants. That keeps every question about a policy inside a decidable fragment.
 */

import { either as E } from 'fp-ts';
import * as t from 'io-ts';
import {
  anyOf,
  type Codec,
  closed,
  custom,
  type Describe,
  decoder,
  integer,
  list,
  oneOf,
  optional,
  recursive,
  text,
} from '../data/codec.ts';
import { suggestion } from '../data/issue.ts';
import type { Value } from '../data/value.ts';
import { type Window, WindowsCodec } from '../data/windows.ts';
import { isPlainObject } from '../receipt/encoding/json.ts';
import { own, owns } from '../receipt/encoding/own.ts';
import { ConstantCodec, type FactId } from './fact.ts';

/** A constant, or what another fact is (`plus` so many units, for integers and for instants in milliseconds). */
export type Operand = Value | FactOperand | CatalogOperand | RowOperand;
/** Another fact, `plus` so many units (milliseconds for an instant). */
export interface FactOperand {
  readonly fact: FactId;
  readonly plus?: number;
}
/** The names that the catalog knows of a kind. Replaced by a constant when the catalog is compiled. */
export interface CatalogOperand {
  readonly catalog: 'packs' | 'plans' | 'roles' | 'actions';
}
/** A column of the row that an `each` is at. Replaced by a constant when the catalog is compiled. */
export interface RowOperand {
  readonly row: string;
}

/** A comparison of the condition language. */
export type Op = keyof typeof OPS;

/** One comparison, as it is written: the fact and exactly one operator. */
export type Comparison = { readonly fact: FactId } & {
  readonly [K in Exclude<Op, 'during'>]?: Operand | readonly Value[];
} & { readonly during?: readonly Window[] };
/** What stands on the right of a comparison. */
export type Right = Operand | readonly Value[] | readonly Window[];

/** A condition as it is written in a pack. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  /** Holds if `holds` does for every row of a table of the catalog; unfolded when the catalog is compiled. */
  | { readonly each: 'plan' | 'pack'; readonly holds: Condition }
  | Quantified
  | Comparison;

/**
 * Of every record of a list, or of some: the inner condition calls its fields `field.<name>`, and may name other facts
 * too. One level deep: a record holds no lists. Of an empty list every condition holds for every record, none for some.
 */
export type Quantified =
  | { readonly fact: FactId; readonly every: Condition }
  | { readonly fact: FactId; readonly some: Condition };

const FACT_FORM = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/;

const WORDS = ['all', 'any', 'not', 'each', 'fact'] as const;

/** How the fields of a record are called inside an `every` or `some`. */
export const FIELD_PREFIX = 'field.';

/** Each comparison, and the types that it is defined on. */
export const OPS = {
  is: 'any',
  oneOf: 'any',
  atLeast: 'integer',
  atMost: 'integer',
  above: 'integer',
  below: 'integer',
  before: 'instant',
  after: 'instant',
  notBefore: 'instant',
  notAfter: 'instant',
  /** In the last so many milliseconds before `at`; not in the future. */
  within: 'instant',
  /** In one of these windows of the week. */
  during: 'instant',
  contains: 'set',
  containsAll: 'set',
  subsetOf: 'set',
  disjointFrom: 'set',
  startsWith: 'string',
} as const;

/**
 * A fact's name: `deployment_stable`; `argument.roles` for an argument; `step.target_version` in a `verify`; `field.role`
 * inside an `every` or `some`.
 */
const FactName: Codec<FactId> = custom(
  'the name of a fact',
  { type: 'string', maxLength: 96, pattern: FACT_FORM.source },
  (x) => (typeof x === 'string' && x.length <= 96 && FACT_FORM.test(x) ? x : undefined),
);

const factOperand: Codec<FactOperand> = closed<FactOperand>('a fact', {
  fact: FactName,
  plus: optional(integer(Number.MIN_SAFE_INTEGER)),
});
const catalogOperand: Codec<CatalogOperand> = closed('a list of the catalog', {
  catalog: oneOf('packs, plans, roles or actions', ['packs', 'plans', 'roles', 'actions'] as const),
});
const rowOperand: Codec<RowOperand> = closed('a column of a row', {
  row: text('a column', /^[a-z_]{1,32}$/),
});

const operands: Describe = anyOf([ConstantCodec, factOperand, catalogOperand, rowOperand]);
/** A constant, `{ "fact": … }`, `{ "catalog": … }` or `{ "row": … }`. */
const OperandCodec: Codec<Operand> = decoder<Operand>('a constant or { "fact": … }', operands, (x, context) => {
  if (!isPlainObject(x)) return ConstantCodec.validate(x, context);
  if (Object.hasOwn(x, 'catalog')) return catalogOperand.validate(x, context);
  if (Object.hasOwn(x, 'row')) return rowOperand.validate(x, context);
  return factOperand.validate(x, context);
});

const constants: Codec<readonly Value[]> = list(ConstantCodec, 1);
/** What `oneOf` takes: constants, or the names that the catalog knows. */
const words: Codec<Operand | readonly Value[]> = decoder<Operand | readonly Value[]>(
  'a list of constants',
  anyOf([constants, catalogOperand]),
  (x, context) =>
    isPlainObject(x) && Object.hasOwn(x, 'catalog')
      ? catalogOperand.validate(x, context)
      : constants.validate(x, context),
);
const opNames = Object.keys(OPS) as readonly Op[];

/** The one operator of a comparison, and its right side. */
export const comparisonOf = (c: Comparison): { readonly fact: FactId; readonly op: Op; readonly to: Right } => {
  for (const op of opNames) {
    const to = own(c, op);
    if (to !== undefined) return { fact: c.fact, op, to };
  }
  return { fact: c.fact, op: 'oneOf', to: [] };
};

/** Whether a condition speaks of the records of a list. */
export const isQuantified = (c: Condition): c is Quantified => owns(c, 'every') || owns(c, 'some');
/** What is said of the records. */
export const innerOf = (c: Quantified): Condition => (owns(c, 'every') ? c.every : c.some);

/** Whether an operand is another fact. */
export const isFactOperand = (o: Right): o is FactOperand => typeof o === 'object' && owns(o, 'fact');

/** The facts that a condition looks at, in the order of their first mention. */
export const factsOf = (condition: Condition): readonly FactId[] => {
  const seen = new Set<FactId>();
  const walk = (c: Condition): void => {
    if (owns(c, 'all')) c.all.forEach(walk);
    else if (owns(c, 'any')) c.any.forEach(walk);
    else if (owns(c, 'not')) walk(c.not);
    else if (owns(c, 'each')) walk(c.holds);
    else if (isQuantified(c)) {
      seen.add(c.fact);
      for (const id of factsOf(innerOf(c))) if (!id.startsWith(FIELD_PREFIX)) seen.add(id);
    } else {
      const { fact, op, to } = comparisonOf(c);
      seen.add(fact);
      if (op === 'within') seen.add('at');
      if (isFactOperand(to)) seen.add(to.fact);
    }
  };
  walk(condition);
  return [...seen];
};

const rightOf = (op: Op): Codec<unknown> => (op === 'oneOf' ? words : op === 'during' ? WindowsCodec : OperandCodec);
const comparisons: Describe = (definitions) => ({
  type: 'object',
  title: 'a comparison',
  properties: {
    fact: FactName.describe(definitions),
    ...Object.fromEntries(opNames.map((op) => [op, rightOf(op).describe(definitions)])),
  },
  required: ['fact'],
  minProperties: 2,
  maxProperties: 2,
  additionalProperties: false,
});

const comparison: Codec<Comparison> = decoder<Comparison>('a comparison', comparisons, (x, context) => {
  const keys = Object.keys(x as object).filter((key) => key !== 'fact');
  const [op] = keys;
  if (keys.length !== 1 || op === undefined)
    return E.left([
      {
        value: op === undefined ? undefined : keys.join(', '),
        context,
        message: `a fact with exactly one of ${[...opNames, 'every', 'some'].join(', ')}`,
      },
    ]);
  if (!Object.hasOwn(OPS, op)) {
    const here = t.appendContext(context, op, t.never, op);
    return E.left([
      { value: op, context: here, message: `an operator${suggestion(op, [...opNames, 'every', 'some'])}` },
    ]);
  }
  const members = { fact: FactName, [op]: rightOf(op as Op) };
  return (closed('a comparison', members as never) as Codec<Comparison>).validate(x, context);
});

/** Parses a condition as it is written; types are checked later, when the catalog's facts are known. */
export const ConditionCodec: Codec<Condition> = recursive<Condition>('a condition', () => {
  const all: Codec<Condition> = closed('all', { all: list(ConditionCodec) });
  const any: Codec<Condition> = closed('any', { any: list(ConditionCodec) });
  const not: Codec<Condition> = closed('not', { not: ConditionCodec });
  const each: Codec<Condition> = closed('each', {
    each: oneOf('plan or pack', ['plan', 'pack'] as const),
    holds: ConditionCodec,
  });
  const every: Codec<Condition> = closed<{ readonly fact: FactId; readonly every: Condition }>('every', {
    fact: FactName,
    every: ConditionCodec,
  });
  const some: Codec<Condition> = closed<{ readonly fact: FactId; readonly some: Condition }>('some', {
    fact: FactName,
    some: ConditionCodec,
  });
  return decoder<Condition>('a condition', anyOf([all, any, not, each, every, some, comparison]), (x, context) => {
    if (!isPlainObject(x)) return t.failure(x, context, 'a condition (an object)');
    if (Object.hasOwn(x, 'all')) return all.validate(x, context);
    if (Object.hasOwn(x, 'any')) return any.validate(x, context);
    if (Object.hasOwn(x, 'not')) return not.validate(x, context);
    if (Object.hasOwn(x, 'each')) return each.validate(x, context);
    if (Object.hasOwn(x, 'every')) return every.validate(x, context);
    if (Object.hasOwn(x, 'some')) return some.validate(x, context);
    if (Object.hasOwn(x, 'fact')) return comparison.validate(x, context);
    const [word = ''] = Object.keys(x);
    return t.failure(x, context, `all, any, not, each or a comparison of a fact${suggestion(word, WORDS)}`);
  });
});
