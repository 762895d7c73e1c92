/**
 * Writers of fixed shapes: each checks a value and gives its RFC 8785 text in one walk, with the member names in
 * canonical order beforehand. About five times faster than the generic canonicaliser, and proved equal to it by a test.
 */
import { quote } from './canonical.ts';
import type { FormatPath } from './format-issue.ts';
import { isPlainObject, type SchemaPart } from './json.ts';

/** Where a writer leaves what is wrong; the first flaw stands. */
export interface Flaws {
  first: { readonly path: FormatPath; readonly expected: string; readonly found: unknown } | undefined;
}

/** Checked text of a value, or `undefined` with the flaw noted. `path` is extended only where something is wrong. */
export interface Writer {
  (x: unknown, flaws: Flaws): string | undefined;
  /** What it writes, as JSON Schema 2020-12; order and sums across members are beyond a schema. */
  readonly schema: SchemaPart;
}

/** A member: its name, how it is written, and whether it must be there. */
export interface Member {
  readonly name: string;
  readonly write: Writer;
  readonly optional?: true;
}

/** With its name as it stands first, and after another member. */
interface PreparedMember extends Member {
  readonly first: string;
  readonly next: string;
}

/** A writer by hand. */
export const writer = (schema: SchemaPart, write: (x: unknown, flaws: Flaws) => string | undefined): Writer =>
  Object.assign(write, { schema });

/** A string that a pattern has passed. The pattern must exclude everything that JSON escapes. */
export const patterned = (pattern: RegExp, expected: string): Writer =>
  writer({ type: 'string', pattern: pattern.source }, (x, flaws) =>
    typeof x === 'string' && pattern.test(x) ? `"${x}"` : flaw(flaws, expected, x),
  );

/** A string for which a test holds. The test must exclude everything that JSON escapes; the form says most of it. */
export const tested = (test: (x: string) => boolean, expected: string, form: RegExp): Writer =>
  writer({ type: 'string', pattern: form.source }, (x, flaws) =>
    typeof x === 'string' && test(x) ? `"${x}"` : flaw(flaws, expected, x),
  );

/** Any well-formed string of `least` to `most` UTF-16 code units. */
export const freeText = (least: number, most: number): Writer =>
  writer(
    // A schema counts characters, of which there are never more than code units.
    { type: 'string', ...(least > 0 ? { minLength: 1 } : {}), maxLength: most },
    (x, flaws) =>
      (typeof x === 'string' && x.length >= least && x.length <= most ? quote(x) : undefined) ??
      flaw(flaws, `a string of ${least} to ${most} characters without lone surrogates`, x),
  );

/** Exactly one of these strings. */
export const oneOf = (...values: readonly string[]): Writer => {
  const texts = new Map(values.map((value) => [value, `"${value}"`]));
  return writer(
    { enum: values },
    (x, flaws) => (typeof x === 'string' ? texts.get(x) : undefined) ?? flaw(flaws, values.join(' or '), x),
  );
};

/** A safe integer from `least`; never −0. */
export const integer = (least: number): Writer =>
  writer({ type: 'integer', minimum: least, maximum: Number.MAX_SAFE_INTEGER }, (x, flaws) =>
    Number.isSafeInteger(x) && (x as number) >= least && !Object.is(x, -0)
      ? String(x)
      : flaw(flaws, `an integer from ${least}`, x),
  );

/** `true`. */
export const onlyTrue: Writer = writer({ const: true }, (x, flaws) => (x === true ? 'true' : flaw(flaws, 'true', x)));

/** A list of at most `most` items. */
export const listOf = (item: Writer, most: number): Writer =>
  writer({ type: 'array', items: item.schema, maxItems: most }, (x, flaws) => {
    if (!Array.isArray(x) || x.length > most) return flaw(flaws, `a list of at most ${most}`, x);
    let text = '[';
    for (let i = 0; i < x.length; i++) {
      const written = item(x[i], flaws);
      if (written === undefined) return within(flaws, i);
      text += i === 0 ? written : `,${written}`;
    }
    return `${text}]`;
  });

/** A list of strings in ascending order of UTF-16 code units, each once. */
export const sortedSetOf = (item: Writer, most: number): Writer => {
  const list = listOf(item, most);
  return writer({ ...list.schema, uniqueItems: true }, (x, flaws) => {
    const text = list(x, flaws);
    if (text === undefined) return undefined;
    const items = x as readonly string[];
    for (let i = 1; i < items.length; i++) {
      if ((items[i - 1] ?? '') >= (items[i] ?? '')) return flaw(flaws, 'a sorted list without repetition', items[i]);
    }
    return text;
  });
};

/** A closed object: own members only, none that is not listed, a listed one never `undefined`. */
export const closedObject = (...members: readonly Member[]): Writer => {
  const prepared: readonly PreparedMember[] = members
    .map((member) => ({ ...member, first: `{"${member.name}":`, next: `,"${member.name}":` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const known = new Set(members.map((member) => member.name));
  const schema: SchemaPart = {
    type: 'object',
    properties: Object.fromEntries(members.map(({ name, write }) => [name, write.schema])),
    required: members.filter(({ optional }) => optional !== true).map(({ name }) => name),
    additionalProperties: false,
  };
  return writer(schema, (x, flaws) => {
    if (!isPlainObject(x)) return flaw(flaws, 'an object', x);
    let text = '';
    let count = 0;
    for (const member of prepared) {
      const value = x[member.name];
      if (value === undefined) {
        if (member.optional === true) continue;
        flaw(flaws, 'a value', undefined);
        return within(flaws, member.name);
      }
      const written = member.write(value, flaws);
      if (written === undefined) return within(flaws, member.name);
      text = (count === 0 ? member.first : text + member.next) + written;
      count += 1;
    }
    // Counted against own members: an inherited one, or one that holds `undefined`, makes the counts differ.
    const names = Object.keys(x);
    if (names.length === count) return count === 0 ? '{}' : `${text}}`;
    const stranger = names.find((name) => !known.has(name));
    return flaw(flaws, `no member but ${[...known].join(', ')}`, stranger);
  });
};

const flaw = (flaws: Flaws, expected: string, found: unknown): undefined => {
  flaws.first ??= { path: [], expected, found };
  return undefined;
};

/** Puts a step before the path of the flaw that was just noted, on the way out. */
const within = (flaws: Flaws, step: string | number): undefined => {
  if (flaws.first !== undefined) flaws.first = { ...flaws.first, path: [step, ...flaws.first.path] };
  return undefined;
};
