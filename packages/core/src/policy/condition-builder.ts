/**
 * Conditions in TypeScript. What is built is the value that a pack file holds as JSON, nothing else; the compiler knows
 * the declared type of each fact, so that what would not load does not compile.
 */

import type { RecordsType, Type } from '../data/value.ts';
import type { Window } from '../data/windows.ts';
import type { Mode } from '../observation.ts';
import type { NamedKind, SUBJECT_TYPES } from './action.ts';
import {
  type CatalogOperand,
  type Comparison,
  type Condition,
  type FactOperand,
  FIELD_PREFIX,
  OPS,
  type Op,
  type Quantified,
  type RowOperand,
} from './condition.ts';
import type { ContextName, FactId } from './fact.ts';
import type { Role } from './role.ts';

type KindOf<T extends Type> = T extends { readonly type: 'enum' } ? 'string' : T['type'];
type ValueOf<T extends Type> = T extends { readonly type: 'boolean' }
  ? boolean
  : T extends { readonly type: 'integer' }
    ? number
    : T extends { readonly type: 'enum'; readonly values: readonly (infer Word)[] }
      ? Word
      : T extends { readonly type: 'set' }
        ? readonly string[]
        : string;
type MemberOf<T extends Type> = T extends { readonly type: 'set'; readonly of: readonly (infer Word)[] }
  ? Word
  : string;

/** A fact that another one can be compared with: it is of this kind. */
export interface Named<Kind extends string> {
  readonly [OPERAND]: { readonly operand: FactOperand; readonly kind?: Kind };
}

type Right<O extends Op, T extends Type> = O extends 'oneOf'
  ? readonly ValueOf<T>[] | CatalogOperand
  : O extends 'within'
    ? number
    : O extends 'during'
      ? readonly Window[]
      : O extends 'startsWith'
        ? string
        : O extends 'contains'
          ? MemberOf<T> | Named<'string'> | RowOperand
          :
              | ValueOf<T>
              | Named<KindOf<T>>
              | (KindOf<T> extends 'string' | 'set' ? RowOperand : never)
              | (KindOf<T> extends 'set' ? CatalogOperand : never);
type Applies<O extends Op, T extends Type> = (typeof OPS)[O] extends 'any'
  ? [O, KindOf<T>] extends ['oneOf', 'set']
    ? never
    : O
  : (typeof OPS)[O] extends KindOf<T>
    ? O
    : never;
type Comparisons<T extends Type> = { readonly [O in Op as Applies<O, T>]: (to: Right<O, T>) => Comparison };
type Shifted<T extends Type> =
  KindOf<T> extends 'integer' | 'instant'
    ? { /** The fact, so many units more (milliseconds for an instant). */ plus(by: number): Named<KindOf<T>> }
    : unknown;

type Fields<T extends RecordsType> = <K extends keyof T['fields'] & string>(name: K) => FactTerm<T['fields'][K]>;
/** What can be said of a list: the inner condition names the fields of a record, and any other facts. */
export interface ListTerm<T extends RecordsType> {
  every(inner: (field: Fields<T>) => Condition): Quantified;
  some(inner: (field: Fields<T>) => Condition): Quantified;
}
/** What can be said of a fact of a type: the operators that the type has. */
export type FactTerm<T extends Type> = T extends RecordsType
  ? ListTerm<T>
  : Named<KindOf<T>> & Comparisons<T> & Shifted<T>;

type Declared = Readonly<Record<string, { readonly type: Type }>>;
type StampedType<C extends ContextName> = C extends 'at'
  ? { readonly type: 'instant' }
  : C extends 'mode'
    ? { readonly type: 'enum'; readonly values: readonly Mode[] }
    : C extends 'subject_type'
      ? { readonly type: 'enum'; readonly values: typeof SUBJECT_TYPES }
      : C extends 'scope'
        ? { readonly type: 'set'; readonly of: readonly Role[] }
        : C extends 'refusal_asks'
          ? { readonly type: 'set' }
          : C extends 'named_kind'
            ? { readonly type: 'enum'; readonly values: readonly ('nobody' | NamedKind)[] }
            : { readonly type: 'string' };
/** What the governor stamps on every observation. */
type Stamped = { readonly [C in ContextName]: { readonly type: StampedType<C> } };
type Names<F extends Declared, A extends Declared> =
  | (keyof F & FactId)
  | keyof Stamped
  | `argument.${keyof A & string}`;
type TypeOf<K extends FactId, F extends Declared, A extends Declared> = K extends keyof F
  ? F[K]['type']
  : K extends keyof Stamped
    ? Stamped[K]['type']
    : K extends `argument.${infer Name extends keyof A & string}`
      ? A[Name]['type']
      : never;

const OPERAND: unique symbol = Symbol('operand');

/**
 * Names facts of a pack, and arguments of an action as `argument.<name>`, each with the operators that its type has.
 * Declare them `as const` (or where they are passed), so that the compiler sees the types.
 *
 * @example
 * const fact = conditionsOn({
 *   deployment_stable: { type: { type: 'boolean' } },
 *   error_rate: { type: { type: 'integer', min: 0, max: 10_000 } },
 *   ci_checks: { type: { type: 'records', fields: { status: { type: 'enum', values: ['passed', 'failed'] } } } },
 * });
 * const when = all(
 *   fact('deployment_stable').is(true),
 *   fact('error_rate').atMost(100),
 *   fact('ci_checks').every((field) => field('status').is('passed')),
 * );
 */
export const conditionsOn = <const F extends Declared, const A extends Declared = Record<never, never>>(
  _facts: F,
  _arguments?: A,
): (<K extends Names<F, A>>(id: K) => FactTerm<TypeOf<K, F, A>>) =>
  // The declarations are for the compiler alone.
  ((id: FactId) => term({ fact: id })) as never;

/** True if every part is, false if one part is false, else unknown. Of no parts: true. */
export const all = (...parts: readonly Condition[]): Condition => ({ all: parts });
/** True if one part is, false if every part is false, else unknown. Of no parts: false. */
export const any = (...parts: readonly Condition[]): Condition => ({ any: parts });
/** True if the part is false, false if it is true; what is unknown stays unknown. */
export const not = (part: Condition): Condition => ({ not: part });
/** For each row of a table of the catalog, which `row` names the columns of. */
export const each = (table: 'plan' | 'pack', holds: Condition): Condition => ({ each: table, holds });
/** A column of the row that an `each` is at. */
export const row = (column: string): RowOperand => ({ row: column });
/** The names that the catalog knows of a kind. */
export const namesOf = (catalog: CatalogOperand['catalog']): CatalogOperand => ({ catalog });

/** Every operator on every fact: which of them a type has is said by the types alone. */
const term = (operand: FactOperand): object => {
  const { fact } = operand;
  const compare = (op: string) => (to: unknown) => ({ fact, [op]: right(to) });
  const quantify = (kind: 'every' | 'some') => (inner: (field: (name: string) => object) => Condition) => ({
    fact,
    [kind]: inner((name) => term({ fact: `${FIELD_PREFIX}${name}` })),
  });
  return {
    [OPERAND]: { operand },
    ...Object.fromEntries(Object.keys(OPS).map((op) => [op, compare(op)])),
    plus: (by: number) => term({ fact, plus: by }),
    every: quantify('every'),
    some: quantify('some'),
  };
};

const right = (to: unknown): unknown =>
  typeof to === 'object' && to !== null && Object.hasOwn(to, OPERAND) ? (to as Named<string>)[OPERAND].operand : to;
