/**
 * Writers of fixed shapes: each checks a value and gives its RFC 8785 text in one walk, with the member names in
 * canonical order beforehand. About five times faster than the generic canonicaliser, and proved equal to it by a test.
 */
import { quote } from './canonical.ts';
import type { FormatPath } from './format-issue.ts';
import { isPlainObject } from './json.ts';

/** Where a writer leaves what is wrong; the first flaw stands. */
export interface Flaws {
  first: { readonly path: FormatPath; readonly expected: string; readonly found: unknown } | undefined;
}

/** Checked text of a value, or `undefined` with the flaw noted. `path` is extended only where something is wrong. */
export type Writer = (x: unknown, flaws: Flaws) => string | undefined;

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

/** A string that a pattern has passed. The pattern must exclude everything that JSON escapes. */
export const patterned =
  (pattern: RegExp, expected: string): Writer =>
  (x, flaws) =>
    typeof x === 'string' && pattern.test(x) ? `"${x}"` : flaw(flaws, expected, x);

/** A string for which a test holds. The test must exclude everything that JSON escapes. */
export const tested =
  (test: (x: string) => boolean, expected: string): Writer =>
  (x, flaws) =>
    typeof x === 'string' && test(x) ? `"${x}"` : flaw(flaws, expected, x);

/** Any well-formed string of `least` to `most` UTF-16 code units. */
export const freeText =
  (least: number, most: number): Writer =>
  (x, flaws) =>
    (typeof x === 'string' && x.length >= least && x.length <= most ? quote(x) : undefined) ??
    flaw(flaws, `a string of ${least} to ${most} characters without lone surrogates`, x);

/** Exactly one of these strings. */
export const oneOf = (...values: readonly string[]): Writer => {
  const texts = new Map(values.map((value) => [value, `"${value}"`]));
  return (x, flaws) => (typeof x === 'string' ? texts.get(x) : undefined) ?? flaw(flaws, values.join(' or '), x);
};

/** A safe integer from `least`; never −0. */
export const integer =
  (least: number): Writer =>
  (x, flaws) =>
    Number.isSafeInteger(x) && (x as number) >= least && !Object.is(x, -0)
      ? String(x)
      : flaw(flaws, `an integer from ${least}`, x);

/** `true`. */
export const onlyTrue: Writer = (x, flaws) => (x === true ? 'true' : flaw(flaws, 'true', x));

/** A list of at most `most` items. */
export const listOf =
  (item: Writer, most: number): Writer =>
  (x, flaws) => {
    if (!Array.isArray(x) || x.length > most) return flaw(flaws, `a list of at most ${most}`, x);
    let text = '[';
    for (let i = 0; i < x.length; i++) {
      const written = item(x[i], flaws);
      if (written === undefined) return within(flaws, i);
      text += i === 0 ? written : `,${written}`;
    }
    return `${text}]`;
  };

/** A list of strings in ascending order of UTF-16 code units, each once. */
export const sortedSetOf = (item: Writer, most: number): Writer => {
  const list = listOf(item, most);
  return (x, flaws) => {
    const text = list(x, flaws);
    if (text === undefined) return undefined;
    const items = x as readonly string[];
    for (let i = 1; i < items.length; i++) {
      if ((items[i - 1] ?? '') >= (items[i] ?? '')) return flaw(flaws, 'a sorted list without repetition', items[i]);
    }
    return text;
  };
};

/** A closed object: own members only, none that is not listed, a listed one never `undefined`. */
export const closedObject = (...members: readonly Member[]): Writer => {
  const prepared: readonly PreparedMember[] = members
    .map((member) => ({ ...member, first: `{"${member.name}":`, next: `,"${member.name}":` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const known = new Set(members.map((member) => member.name));
  return (x, flaws) => {
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
  };
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
