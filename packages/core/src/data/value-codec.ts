/** The codec of a declared type: reads what `admit` reads, and says of anything else where it is not of the type. */
import { either as E } from 'fp-ts';
import * as t from 'io-ts';
import { type Codec, closed, custom, decoder, list, literal } from './codec.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { admit, describeType, type RecordsType, type Type, type Value } from './value.ts';

const STATED = '{ "complete": true, "items": … }';

/** The io-ts codec of a type. */
export const codecOf = (type: Type): Codec<Value> => {
  if (type.type === 'records') return listCodec(type, recordCodec(type));
  if (type.type !== 'set') return custom(describeType(type), { ...jsonSchemaOf(type) }, admit(type));
  const member: Type = type.of === undefined ? { type: 'string' } : { type: 'enum', values: type.of };
  return listCodec(type, codecOf(member));
};

/** The codec of a statement about a fact: a set and a list of records come with the word that they are complete. */
export const statementCodecOf = (type: Type): Codec<Value> => {
  const items = codecOf(type);
  if (type.type !== 'set' && type.type !== 'records') return items;
  const whole = closed<{ readonly complete: true; readonly items: Value }>(STATED, {
    complete: literal(true),
    items,
  });
  return decoder(STATED, whole.describe, (x, context) =>
    Array.isArray(x)
      ? t.failure(x, context, STATED)
      : E.map(({ items: read }: { readonly items: Value }) => read)(whole.validate(x, context)),
  );
};

/** Members of a list one by one, then the list itself: how many there are, and that none is there twice. */
const listCodec = (type: Type, item: Codec<unknown>): Codec<Value> => {
  const items = list(item);
  const admitted = admit(type);
  return decoder(describeType(type), items.describe, (x, context) => {
    const each = items.validate(x, context);
    if (E.isLeft(each)) return Array.isArray(x) ? each : t.failure(x, context, describeType(type));
    const value = admitted(x);
    return value === undefined ? t.failure(x, context, describeType(type)) : t.success(value);
  });
};

const recordCodec = ({ fields }: RecordsType): Codec<unknown> =>
  closed<object>('a record', Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, codecOf(field)])));
