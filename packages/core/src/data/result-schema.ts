/** What an action answers with, as JSON Schema 2020-12: the part of it that a pack needs to say what its reads find. */
import { either as E } from 'fp-ts';
import {
  anyOf,
  boolean,
  type Codec,
  closed,
  custom,
  decoder,
  dictionary,
  list,
  optional,
  prose,
  recursive,
} from './codec.ts';

const TYPES = ['object', 'array', 'string', 'integer', 'boolean', 'null'] as const;
/** A kind of JSON value. Results, like receipts, have no fractions. */
export type ResultType = (typeof TYPES)[number];

/** A schema of results. Without `type` it is any JSON value. Plain JSON: it can be sent to a client as it is. */
export interface ResultSchema {
  readonly type?: ResultType | readonly ResultType[];
  readonly description?: string;
  /** Members of an object by name; others may be there unless `additionalProperties` is false. */
  readonly properties?: Readonly<Record<string, ResultSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | ResultSchema;
  readonly items?: ResultSchema;
  readonly enum?: readonly string[];
}

const MEMBER = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const isType = (x: unknown): x is ResultType => (TYPES as readonly unknown[]).includes(x);
const SOME_TYPES = { anyOf: [{ enum: TYPES }, { type: 'array', items: { enum: TYPES }, minItems: 1 }] };
const type: Codec<ResultType | readonly ResultType[]> = custom(
  `one or some of ${TYPES.join(', ')}`,
  SOME_TYPES,
  (x) => {
    if (isType(x)) return x;
    return Array.isArray(x) && x.length > 0 && x.every(isType) ? x : undefined;
  },
);
const member: Codec<string> = custom('the name of a member', { type: 'string', pattern: MEMBER.source }, (x) =>
  typeof x === 'string' && MEMBER.test(x) ? x : undefined,
);
const word: Codec<string> = custom('a word', { type: 'string', maxLength: 200 }, (x) =>
  typeof x === 'string' && x.length <= 200 ? x : undefined,
);

/** Parses a schema of results, nested at most 64 deep; a member of JSON Schema that is not listed here is refused. */
export const ResultSchemaCodec: Codec<ResultSchema> = recursive<ResultSchema>('a schema of results', () => {
  const open = decoder<boolean | ResultSchema>(
    'true, false or a schema',
    anyOf([boolean, ResultSchemaCodec]),
    (x, context) => (typeof x === 'boolean' ? E.right(x) : ResultSchemaCodec.validate(x, context)),
  );
  return closed<ResultSchema>('a schema of results', {
    type: optional(type),
    description: optional(prose),
    properties: optional(dictionary('properties', MEMBER, ResultSchemaCodec)),
    required: optional(list(member)),
    additionalProperties: optional(open),
    items: optional(ResultSchemaCodec),
    enum: optional(list(word, 1)),
  });
});
