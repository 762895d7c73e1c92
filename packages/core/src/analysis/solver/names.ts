/** Texts without a name of their own: which of them are equal, which collections hold them, and whether that can be. */
import { type Collection, fits, type Word } from '../symbolic/unknown.ts';

/** What is said of words and collections, apart from texts by name. */
export type NameFact =
  | { readonly kind: 'starts'; readonly word: Word; readonly prefix: string }
  | { readonly kind: 'same'; readonly a: Word; readonly b: Word; readonly holds: boolean }
  | { readonly kind: 'in'; readonly word: Word; readonly of: Collection; readonly holds: boolean }
  | { readonly kind: 'none'; readonly of: Collection; readonly holds: boolean }
  | { readonly kind: 'within'; readonly a: Collection; readonly b: Collection; readonly holds: boolean }
  | { readonly kind: 'apart'; readonly a: Collection; readonly b: Collection; readonly holds: boolean };

type Relation<K extends NameFact['kind']> = Extract<NameFact, { kind: K }>;

/** Words that are one text, the prefix that it has, and the collections that hold it. */
interface Element {
  readonly words: readonly Word[];
  readonly prefix: string;
  readonly holders: ReadonlySet<string>;
}

/** A text for every word, and for every collection what it holds beyond texts by name. */
export interface Names {
  readonly words: ReadonlyMap<string, string>;
  readonly collections: ReadonlyMap<string, readonly string[]>;
}

const SUFFIXES = 'abcdefghijklmnopqrstuvwxyz';

/** Whether all of this can be. Exact: what is said of collections is Horn, so the least holders are the best ones. */
export const canBe = (facts: readonly NameFact[]): boolean =>
  elementsOf(facts) !== undefined && witnessesOf(facts) !== undefined;

/** Chooses texts: what is wished for where nothing forbids it, otherwise the first that nobody else has. */
export const solveNames = (
  facts: readonly NameFact[],
  taken: ReadonlySet<string>,
  prefixes: readonly string[],
  wish: (word: Word) => string | undefined,
): Names | undefined => {
  const [elements, witnesses] = [elementsOf(facts), witnessesOf(facts)];
  if (elements === undefined || witnesses === undefined) return undefined;
  const used = new Set(taken);
  const words = new Map<string, string>();
  const collections = new Map<string, string[]>();
  const isFree = (text: string, e: Element): boolean =>
    !used.has(text) &&
    e.words.every((word) => fits(word, text)) &&
    !prefixes.some((p) => p.length > e.prefix.length && text.startsWith(p));
  for (const e of [...elements, ...witnesses]) {
    const wished = e.words.map(wish).find((text) => text?.startsWith(e.prefix) === true && isFree(text, e));
    const text = wished ?? first(textsFrom(e.prefix), (candidate) => isFree(candidate, e));
    if (text === undefined) return undefined;
    used.add(text);
    for (const word of e.words) words.set(word.key, text);
    for (const key of e.holders) collections.set(key, [...(collections.get(key) ?? []), text]);
  }
  return { words, collections };
};

/** How many texts without a name each collection has to hold at most: of facts that can be. */
export const othersHeld = (facts: readonly NameFact[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { holders } of [...(elementsOf(facts) ?? []), ...(witnessesOf(facts) ?? [])])
    for (const key of holders) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
};

/** The elements that words stand for; `undefined` if what is said contradicts itself. */
const elementsOf = (facts: readonly NameFact[]): readonly Element[] | undefined => {
  const starts = only(facts, 'starts');
  const prefixes = new Map(starts.map(({ word, prefix }) => [word.key, prefix]));
  const classes = classesOf(facts);
  for (const { a, b, holds } of only(facts, 'same')) {
    const both = prefixes.has(a.key) && prefixes.get(a.key) === prefixes.get(b.key);
    if (!holds && both && classes.get(a.key) === classes.get(b.key)) return undefined;
  }
  const elements: Element[] = [];
  for (const key of new Set(classes.values())) {
    const members = starts.filter(({ word }) => classes.get(word.key) === key);
    const said = only(facts, 'in').filter(({ word }) => classes.get(word.key) === key);
    const holders = holdersOf(
      facts,
      said.filter(({ holds }) => holds).map(({ of }) => of.key),
    );
    if (holders === undefined || said.some(({ of, holds }) => !holds && holders.has(of.key))) return undefined;
    elements.push({ words: members.map(({ word }) => word), prefix: prefixes.get(key) ?? '', holders });
  }
  return elements;
};

const only = <K extends NameFact['kind']>(facts: readonly NameFact[], kind: K): readonly Relation<K>[] =>
  facts.filter((fact): fact is Relation<K> => fact.kind === kind);

/** Words by their key, equal ones under one root. Only words that are not texts by name, with equal prefixes, count. */
const classesOf = (facts: readonly NameFact[]): ReadonlyMap<string, string> => {
  const prefixes = new Map(only(facts, 'starts').map(({ word, prefix }) => [word.key, prefix]));
  const parent = new Map([...prefixes.keys()].map((key) => [key, key]));
  const root = (key: string): string => {
    let at = key;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    return at;
  };
  for (const { a, b, holds } of only(facts, 'same')) {
    if (holds && prefixes.has(a.key) && prefixes.get(a.key) === prefixes.get(b.key))
      parent.set(root(a.key), root(b.key));
  }
  return new Map([...prefixes.keys()].map((key) => [key, root(key)]));
};

/** Everything that holds an element if these collections do; `undefined` if no element can be in all of them. */
const holdersOf = (facts: readonly NameFact[], start: Iterable<string>): ReadonlySet<string> | undefined => {
  const holders = new Set(start);
  const within = only(facts, 'within').filter(({ holds }) => holds);
  for (let size = -1; size !== holders.size; ) {
    size = holders.size;
    for (const { a, b } of within) if (holders.has(a.key)) holders.add(b.key);
  }
  const empty = only(facts, 'none').some(({ of, holds }) => holds && holders.has(of.key));
  const torn = only(facts, 'apart').some(({ a, b, holds }) => holds && holders.has(a.key) && holders.has(b.key));
  return empty || torn ? undefined : holders;
};

/** One element for each thing that is said to be somewhere, or not to be inside or apart. */
const witnessesOf = (facts: readonly NameFact[]): readonly Element[] | undefined => {
  const witnesses: Element[] = [];
  for (const fact of facts) {
    if (fact.kind === 'starts' || fact.kind === 'same' || fact.kind === 'in' || fact.holds) continue;
    const start =
      fact.kind === 'none' ? [fact.of.key] : fact.kind === 'within' ? [fact.a.key] : [fact.a.key, fact.b.key];
    const holders = holdersOf(facts, start);
    if (holders === undefined || (fact.kind === 'within' && holders.has(fact.b.key))) return undefined;
    witnesses.push({ words: [], prefix: '', holders });
  }
  return witnesses;
};

const first = (texts: Iterable<string>, suits: (text: string) => boolean): string | undefined => {
  for (const text of texts) if (suits(text)) return text;
  return undefined;
};

/** Texts that start with a prefix, shortest first: enough of them for any number of words, in one character if need be. */
function* textsFrom(prefix: string): Generator<string> {
  if (prefix === '') yield 'text';
  for (const a of SUFFIXES) yield `${prefix}${a}`;
  // Letters of many scripts: no control characters, no surrogates.
  for (let code = 0xa1; code < 0xd800; code++) yield `${prefix}${String.fromCharCode(code)}`;
}
