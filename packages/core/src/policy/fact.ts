/** Facts: the declared kinds of value that a decision may look at, and who vouches for each. */
import { either as E } from 'fp-ts';
import * as t from 'io-ts';
import {
  anyOf,
  type Codec,
  closed,
  custom,
  decoder,
  dictionary,
  id,
  integer,
  list,
  literal,
  nonEmpty,
  oneOf,
  optional,
  prose,
  sized,
  tagged,
  text,
} from '../data/codec.ts';
import type { Ms } from '../data/instant.ts';
import { TEXT_FORMS, type TextForm } from '../data/text-form.ts';
import {
  type FieldType,
  isWellFormed,
  MAX_FIELDS,
  MAX_SET,
  MAX_STRING,
  MAX_TEXT,
  type RecordsType,
  type Type,
  type Value,
} from '../data/value.ts';
import { isPlainObject } from '../receipt/encoding/json.ts';

/** `deployment_stable`, `argument.roles`, `at`. */
export type FactId = string;
/** A keyed place of the fold. */
export type CellId = string;

/** A constant or what a fact is; used where a value has to be filled in. */
export type Term = Value | { readonly fact: FactId; readonly plus?: number };

/** Stated by an observer about the intent's resource. The only origin that can be missing. */
export interface ObservedFact {
  readonly means: string;
  readonly type: Type;
  readonly origin: 'observed';
  /** Who may state it; all of them that speak must agree. */
  readonly sources: readonly [string, ...string[]];
  /** Older than this at the instant of the decision is stale; exactly this old is not. */
  readonly maxAgeMs: Ms;
  /** `id@version` of the pure code that derives it from raw evidence. */
  readonly detector?: string;
}
/** One cell of the fold. Never missing: a key that was never written reads `otherwise`. */
export interface LedgerFact {
  readonly means: string;
  readonly type: Type;
  readonly origin: 'ledger';
  readonly cell: CellId;
  readonly key: readonly Term[];
  readonly otherwise: Value;
}
/** The catalog's row for the plan that the tenant bought, narrowed by what its entitlement names. */
export interface PlanFact {
  readonly means: string;
  readonly type: Type;
  readonly origin: 'plan';
  readonly column: 'packs' | 'ceiling' | 'quota';
}
/** Stamped by the governor from the credential, the clock and its own mode; never taken from a body. */
export interface ContextFact {
  readonly means: string;
  readonly type: Type;
  readonly origin: 'context';
  readonly of: ContextName;
}
/** An argument of the intent: known, but it vouches for nothing. */
export interface RequestFact {
  readonly means: string;
  readonly type: Type;
  readonly origin: 'request';
  readonly argument: string;
}
/** An argument of the approved step; exists only in a `verify`. */
export interface StepFact {
  readonly means: string;
  readonly type: Type;
  readonly origin: 'step';
  readonly argument: string;
}

/** A declared kind of value, and who vouches for it. */
export type Fact = ObservedFact | LedgerFact | PlanFact | ContextFact | RequestFact | StepFact;
export type ContextName =
  | 'at'
  | 'mode'
  | 'action'
  | 'subject'
  | 'person'
  | 'persons'
  | 'subject_type'
  | 'scope'
  | 'resource'
  | 'resource_ref'
  | 'environment'
  | 'binding'
  | 'receipt_id'
  | 'catalog'
  | 'refusal_asks'
  | 'refusal_binding'
  | 'refusal_requester'
  | 'refusal_person'
  | 'refusal_persons'
  | 'named_kind'
  | 'signed_by';

/** A keyed place of the fold: its key parts by name, and the type of what stands there. */
export interface Cell {
  readonly means: string;
  readonly key: readonly string[];
  readonly type: Type;
}

/** An argument of an action. With `otherwise` it may be left out. */
export interface Argument {
  readonly means: string;
  readonly type: Type;
  readonly otherwise?: Value;
}

/** What a constant can be, as far as a schema says it. */
const CONSTANT = {
  anyOf: [{ type: 'boolean' }, { type: 'integer' }, { type: 'string' }, { type: 'array', items: { type: 'string' } }],
};
/** A constant of any type, as written. An instant is written as RFC 3339 text and read by the type that it meets. */
export const ConstantCodec: Codec<Value> = custom(
  'true, false, an integer, a string or a list of strings',
  CONSTANT,
  (x) => {
    if (typeof x === 'boolean' || isWellFormed(x) || Number.isSafeInteger(x)) return x as Value;
    return Array.isArray(x) && x.every(isWellFormed) ? ([...x].sort() as readonly string[]) : undefined;
  },
);

const factName: Codec<FactId> = text('the name of a fact', /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/);
const factTerm: Codec<{ readonly fact: FactId; readonly plus?: number }> = closed<{
  readonly fact: FactId;
  readonly plus?: number;
}>('a fact', {
  fact: factName,
  plus: optional(integer(Number.MIN_SAFE_INTEGER)),
});
export const TermCodec: Codec<Term> = decoder<Term>(
  'a constant or { "fact": … }',
  anyOf([ConstantCodec, factTerm]),
  (x, context) => {
    if (isPlainObject(x)) return factTerm.validate(x, context);
    const constant = ConstantCodec.decode(x);
    return E.isRight(constant) ? constant : t.failure(x, context, 'a constant or { "fact": … }');
  },
);

/** Whether a term is a fact, not a constant. */
export const isFactTerm = (term: Term): term is { readonly fact: FactId; readonly plus?: number } =>
  typeof term === 'object' && !Array.isArray(term);

const form: Codec<TextForm> = oneOf('a form of texts', TEXT_FORMS);
const string: Codec<string> = text('a string of 1 to 200 characters', /^[^\p{Cc}\p{Cs}]{1,200}$/u);

const FIELD_TYPES = {
  boolean: closed<Extract<Type, { type: 'boolean' }>>('boolean', { type: literal('boolean') }),
  integer: closed<Extract<Type, { type: 'integer' }>>('integer', {
    type: literal('integer'),
    min: optional(integer(Number.MIN_SAFE_INTEGER)),
    max: optional(integer(Number.MIN_SAFE_INTEGER)),
  }),
  string: closed<Omit<Extract<Type, { type: 'string' }>, 'form'>>('string', {
    type: literal('string'),
    maxLength: optional(integer(1, MAX_STRING)),
  }),
  enum: closed<Extract<Type, { type: 'enum' }>>('enum', { type: literal('enum'), values: list(string, 1) }),
  instant: closed<Extract<Type, { type: 'instant' }>>('instant', { type: literal('instant') }),
};
const FieldTypeCodec: Codec<FieldType> = tagged<FieldType>('the type of a field', 'type', FIELD_TYPES);
const FieldsCodec: Codec<RecordsType['fields']> = sized(
  dictionary('fields', /^[a-z][a-z0-9_]{0,63}$/, FieldTypeCodec),
  MAX_FIELDS,
);
const CELL_TYPES = {
  ...FIELD_TYPES,
  set: closed<Omit<Extract<Type, { type: 'set' }>, 'form'>>('set', {
    type: literal('set'),
    of: optional(list(string, 1)),
  }),
};
/** What a cell can hold: what a ledger writes are values and sets, not records. */
const CellTypeCodec: Codec<Type> = tagged<Type>('a type', 'type', CELL_TYPES);
const VALUE_TYPES = {
  ...CELL_TYPES,
  records: closed<RecordsType>('records', {
    type: literal('records'),
    fields: FieldsCodec,
    max: optional(integer(1, MAX_SET)),
  }),
};
/** The declared type of a fact. */
export const TypeCodec: Codec<Type> = tagged<Type>('a type', 'type', VALUE_TYPES);

/** What is seen may be held to a form: a text that is none reads as missing. */
const ObservedTypeCodec: Codec<Type> = tagged<Type>('a type', 'type', {
  ...VALUE_TYPES,
  string: closed<Extract<Type, { type: 'string' }>>('string', {
    type: literal('string'),
    maxLength: optional(integer(1, MAX_STRING)),
    form: optional(form),
  }),
});

const observed: Codec<ObservedFact> = closed<ObservedFact>('an observed fact', {
  means: prose,
  type: ObservedTypeCodec,
  origin: literal('observed'),
  sources: nonEmpty('source', id),
  maxAgeMs: integer(1, 31_622_400_000),
  detector: optional(text('a detector, id@version', /^[a-z][a-z0-9_]*@[1-9][0-9]*$/)),
});
const ledger: Codec<LedgerFact> = closed<LedgerFact>('a ledger fact', {
  means: prose,
  type: CellTypeCodec,
  origin: literal('ledger'),
  cell: id,
  key: list(TermCodec),
  otherwise: ConstantCodec,
});

/** What a pack may declare: observed facts and ledger facts. The other origins are the same for every pack. */
export const PackFacts: Codec<Readonly<Record<FactId, ObservedFact | LedgerFact>>> = dictionary(
  'facts',
  /^[a-z][a-z0-9_]{0,63}$/,
  tagged<ObservedFact | LedgerFact>('a fact', 'origin', { observed, ledger }),
);

export const CellsCodec: Codec<Readonly<Record<CellId, Cell>>> = dictionary(
  'cells',
  /^[a-z][a-z0-9_]{0,63}$/,
  closed<Cell>('a cell', { means: prose, key: list(id), type: CellTypeCodec }),
);

/**
 * A document may be an argument; it is recorded with the intent, and never written to a cell. What is written may be held to
 * a form: arguments come from outside.
 */
const ArgumentTypeCodec: Codec<Type> = tagged<Type>('a type', 'type', {
  ...VALUE_TYPES,
  string: closed<Extract<Type, { type: 'string' }>>('string', {
    type: literal('string'),
    maxLength: optional(integer(1, MAX_TEXT)),
    form: optional(form),
  }),
  set: closed<Extract<Type, { type: 'set' }>>('set', {
    type: literal('set'),
    of: optional(list(string, 1)),
    form: optional(form),
  }),
});

const argument: Codec<Argument> = closed<Argument>('an argument', {
  means: prose,
  type: ArgumentTypeCodec,
  otherwise: optional(ConstantCodec),
});

export const ArgumentsCodec: Codec<Readonly<Record<string, Argument>>> = dictionary(
  'arguments',
  /^[a-z][a-z0-9_]{0,63}$/,
  argument,
);
