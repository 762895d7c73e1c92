/**
 * io-ts codecs that are as strict as a policy needs them (STYLE: io-ts alone lets unknown keys, inherited
 * properties, NaN and `undefined` through). Every codec here rebuilds its value from own, enumerable members only.
 */

import { either as E, function as F } from 'fp-ts';
import * as t from 'io-ts';
import type { SchemaPart } from '../receipt/encoding/json.ts';
import { BANNED_MEMBERS, isPlainObject } from '../receipt/encoding/json.ts';
import { bare, owns } from '../receipt/encoding/own.ts';
import { type Issue, picture, suggestion } from './issue.ts';

/**
 * Reads anything into an A, or says everything that is wrong with it (an io-ts decoder: what is parsed here is never
 * encoded), and describes what it reads.
 */
export interface Codec<A> extends t.Decoder<unknown, A> {
  readonly describe: Describe;
}

/** What a codec reads, as JSON Schema. What refers to itself puts itself into `definitions` and is referred to. */
export type Describe = (definitions: Map<string, SchemaPart>) => SchemaPart;

/** Marks a member that may be absent. */
export interface Optional<A> {
  readonly optional: Codec<A>;
}

/** The members of a record type, each with its codec; optional members must be marked. */
export type Members<A> = {
  readonly [K in keyof A]-?: Record<never, never> extends Pick<A, K> ? Optional<Exclude<A[K], undefined>> : Codec<A[K]>;
};

/** A member that may be absent (absent, not `undefined`). */
export const optional = <A>(codec: Codec<A>): Optional<A> => ({ optional: codec });

/** A record with exactly these members: an unknown, missing or `undefined` one is refused. */
export const closed = <A>(name: string, members: Members<A>): Codec<A> => {
  const entries = Object.entries(members) as readonly (readonly [string, Codec<unknown> | Optional<unknown>])[];
  const known = new Set(entries.map(([key]) => key));
  const typeOf = (member: Codec<unknown> | Optional<unknown>) => (owns(member, 'optional') ? member.optional : member);
  const describe: Describe = (definitions) => ({
    type: 'object',
    title: name,
    properties: Object.fromEntries(entries.map(([key, member]) => [key, typeOf(member).describe(definitions)])),
    required: entries.filter(([, member]) => !owns(member, 'optional')).map(([key]) => key),
    additionalProperties: false,
  });
  return codec<A>(name, describe, (x, context) => {
    if (!isPlainObject(x)) return fail(context, x, `an object (${name})`);
    const errors: t.ValidationError[] = [];
    const out = bare<unknown>();
    for (const key of Object.keys(x)) {
      if (known.has(key)) continue;
      errors.push({
        value: key,
        context: under(context, key, t.never, x[key]),
        message: `no member \`${key}\` in ${name}${suggestion(key, known)}`,
      });
    }
    for (const [key, member] of entries) {
      const has = Object.hasOwn(x, key);
      if (owns(member, 'optional') && !has) continue;
      const type = typeOf(member);
      const value = has ? x[key] : undefined;
      const here = under(context, key, type, value);
      const result = value === undefined ? fail(here, value, type.name) : type.validate(value, here);
      if (E.isLeft(result)) errors.push(...result.left);
      else out[key] = result.right;
    }
    return errors.length > 0 ? E.left(errors) : E.right(out as A);
  });
};

/** A record from names to values; banned and ill-formed names are refused. */
export const dictionary = <A>(name: string, key: RegExp, value: Codec<A>): Codec<Readonly<Record<string, A>>> =>
  codec(name, dictionaryOf(key, value), (x, context) => {
    if (!isPlainObject(x)) return fail(context, x, `an object (${name})`);
    const errors: t.ValidationError[] = [];
    const out = bare<A>();
    for (const k of Object.keys(x)) {
      const here = under(context, k, value, x[k]);
      if (BANNED_MEMBERS.has(k) || !key.test(k)) {
        errors.push({ value: k, context: here, message: `a name of the form ${key.source}` });
        continue;
      }
      const result = value.validate(x[k], here);
      if (E.isLeft(result)) errors.push(...result.left);
      else out[k] = result.right;
    }
    return errors.length > 0 ? E.left(errors) : E.right(out);
  });

/** A list of at least one of these. */
export const nonEmpty = <A>(what: string, item: Codec<A>): Codec<readonly [A, ...A[]]> => {
  const name = `a list of at least one ${what}`;
  const items = list(item) as Codec<readonly A[]> as Codec<readonly [A, ...A[]]>;
  return codec(name, list(item, 1).describe, (x, context) =>
    Array.isArray(x) && x.length > 0 ? items.validate(x, context) : fail(context, x, name),
  );
};

/** A record with one name at least and so many at most. */
export const sized = <A extends object>(dictionary: Codec<A>, most: number): Codec<A> => {
  const name = `${dictionary.name}, 1 to ${most} of them`;
  const describe: Describe = (definitions) => ({
    ...dictionary.describe(definitions),
    minProperties: 1,
    maxProperties: most,
  });
  return codec(name, describe, (x, context) => {
    const count = isPlainObject(x) ? Object.keys(x).length : 1;
    return count < 1 || count > most ? fail(context, x, name) : dictionary.validate(x, context);
  });
};

/** A list; `least` members at least. */
export const list = <A>(item: Codec<A>, least = 0): Codec<readonly A[]> =>
  codec(`a list${least > 0 ? ` of at least ${least}` : ''} (${item.name})`, listOf(item, least), (x, context) => {
    if (!Array.isArray(x) || x.length < least)
      return fail(context, x, `a list${least > 0 ? ` of at least ${least}` : ''} (${item.name})`);
    const errors: t.ValidationError[] = [];
    const out: A[] = [];
    for (let i = 0; i < x.length; i++) {
      const result = item.validate(x[i], under(context, String(i), item, x[i]));
      if (E.isLeft(result)) errors.push(...result.left);
      else out.push(result.right);
    }
    return errors.length > 0 ? E.left(errors) : E.right(out);
  });

/** Chooses the codec by one member's value, so that an error speaks of the variant that was meant. */
export const tagged = <A>(name: string, tag: string, variants: Readonly<Record<string, Codec<A>>>): Codec<A> =>
  codec(name, anyOf(Object.values(variants)), (x, context) => {
    if (!isPlainObject(x)) return fail(context, x, `an object (${name})`);
    const value = Object.hasOwn(x, tag) ? x[tag] : undefined;
    const variant = typeof value === 'string' && Object.hasOwn(variants, value) ? variants[value] : undefined;
    if (variant !== undefined) return variant.validate(x, context);
    const known = Object.keys(variants);
    const hint = typeof value === 'string' ? suggestion(value, known) : '';
    return fail(under(context, tag, t.string, value), value, `one of ${known.join(', ')}${hint}`);
  });

/** A string of a form. */
export const text = (name: string, form: RegExp): Codec<string> =>
  codec(name, constantly({ type: 'string', pattern: form.source }), (x, context) =>
    typeof x === 'string' && form.test(x) && !BANNED_MEMBERS.has(x) ? E.right(x) : fail(context, x, name),
  );

/** One of a few words. */
export const oneOf = <A extends string>(name: string, words: readonly A[]): Codec<A> =>
  codec<A>(name, constantly({ enum: words }), (x, context) =>
    typeof x === 'string' && (words as readonly string[]).includes(x)
      ? E.right(x as A)
      : fail(context, x, `one of ${words.join(', ')}${typeof x === 'string' ? suggestion(x, words) : ''}`),
  );

/** A safe integer in a range. */
export const integer = (min: number, max: number = Number.MAX_SAFE_INTEGER): Codec<number> =>
  codec(`an integer from ${min}`, constantly({ type: 'integer', minimum: min, maximum: max }), (x, context) =>
    Number.isSafeInteger(x) && (x as number) >= min && (x as number) <= max
      ? E.right(x as number)
      : fail(context, x, `an integer from ${min} to ${max}`),
  );

/** This value and no other. */
export const literal = <A extends string | boolean>(value: A): Codec<A> =>
  codec(String(value), constantly({ const: value }), (x, context) =>
    x === value ? E.right(value) : fail(context, x, String(value)),
  );

/** Decides by hand; for what no combinator says. The schema says as much of it as a schema can. */
export const custom = <A>(name: string, schema: SchemaPart, read: (x: unknown) => A | undefined): Codec<A> =>
  codec(name, constantly(schema), (x, context) => {
    const value = read(x);
    return value === undefined ? fail(context, x, name) : E.right(value);
  });

/** Two codecs, the second for what the first one built. */
export const recursive = <A>(name: string, build: () => Codec<A>): Codec<A> => {
  let made: Codec<A> | undefined;
  const defined = name.replace(/^an? /, '').replaceAll(' ', '_');
  const describe: Describe = (definitions) => {
    if (!definitions.has(defined)) {
      definitions.set(defined, {});
      made ??= build();
      definitions.set(defined, made.describe(definitions));
    }
    return { $ref: `#/$defs/${defined}` };
  };
  return codec(name, describe, (x, context) => {
    made ??= build();
    // Deeper than any policy that a person can read: refuse before the stack does.
    return context.length > 64 ? fail(context, x, `${name} nested at most 64 deep`) : made.validate(x, context);
  });
};

/** Runs a codec at a door. Everything that is wrong is listed, in the order of the document's members. */
export const parseWith = <A>(type: Codec<A>, x: unknown): E.Either<readonly [Issue, ...Issue[]], A> => {
  const result = type.decode(x);
  if (E.isRight(result)) return result;
  const issues = result.left.map(
    (error): Issue => ({
      path: pathOf(error.context),
      expected: error.message ?? type.name,
      found: picture(error.value),
    }),
  );
  return E.left([issues[0] ?? { path: [], expected: type.name, found: picture(x) }, ...issues.slice(1)]);
};

/** A codec from a validating function, for what no combinator says. */
export const decoder = <A>(name: string, describe: Describe, validate: t.Validate<unknown, A>): Codec<A> =>
  codec(name, (definitions) => ({ title: name, ...describe(definitions) }), validate);

/** One of several, whichever it is. */
export const anyOf =
  (codecs: readonly Codec<unknown>[]): Describe =>
  (definitions) => ({ anyOf: codecs.map(({ describe }) => describe(definitions)) });

/** A document as an editor writes it: with a member `$schema`, which says nothing and is left out. */
export const document = <A extends object>(whole: Codec<A>): Codec<A> => {
  const describe: Describe = (definitions) => {
    const part = whole.describe(definitions);
    return { ...part, properties: { $schema: { type: 'string' }, ...(part['properties'] as SchemaPart) } };
  };
  return codec(whole.name, describe, (x, context) => {
    if (!isPlainObject(x) || !Object.hasOwn(x, '$schema') || typeof x['$schema'] !== 'string')
      return whole.validate(x, context);
    const { $schema: _, ...rest } = x;
    return whole.validate(rest, context);
  });
};

const codec = <A>(name: string, describe: Describe, validate: t.Validate<unknown, A>): Codec<A> =>
  Object.assign(new t.Type<A, unknown>(name, (x): x is A => E.isRight(validate(x, [])), validate, F.identity), {
    describe,
  });

const constantly = (part: SchemaPart): Describe => F.constant(part);

const listOf =
  (item: Codec<unknown>, least: number): Describe =>
  (definitions) => ({
    type: 'array',
    items: item.describe(definitions),
    ...(least > 0 ? { minItems: least } : {}),
  });

const dictionaryOf =
  (key: RegExp, value: Codec<unknown>): Describe =>
  (definitions) => ({
    type: 'object',
    propertyNames: { pattern: key.source },
    additionalProperties: value.describe(definitions),
  });

const fail = (context: t.Context, value: unknown, expected: string): t.Validation<never> =>
  t.failure(value, context, expected);

export const boolean: Codec<boolean> = codec('true or false', constantly({ type: 'boolean' }), (x, c) =>
  typeof x === 'boolean' ? E.right(x) : fail(c, x, 'true or false'),
);

export const id: Codec<string> = text('a snake_case name', /^[a-z][a-z0-9_]{0,63}$/);
/** MAJOR.MINOR.PATCH, without leading zeros. */
export const semver: Codec<string> = text('a version, MAJOR.MINOR.PATCH', /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/);
export const prose: Codec<string> = text('a sentence of 1 to 2000 characters', /^[^\p{Cc}\p{Cs}]{1,2000}$/u);

const under = (context: t.Context, key: string, type: t.Decoder<unknown, unknown>, actual: unknown): t.Context =>
  t.appendContext(context, key, type, actual);

const pathOf = (context: t.Context): Issue['path'] =>
  context.slice(1).map(({ key }) => (/^(0|[1-9]\d*)$/.test(key) ? Number(key) : key));
