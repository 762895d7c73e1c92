/** Words and collections that are compared with each other share the texts that any of them is compared with. */
import type { Collection, Word } from './unknown.ts';

/** Texts by name, and prefixes; both sorted. */
export interface Pool {
  readonly texts: readonly string[];
  readonly prefixes: readonly string[];
  readonly words: readonly Word[];
  readonly collections: readonly Collection[];
}

interface Group {
  readonly texts: Set<string>;
  readonly prefixes: Set<string>;
  readonly words: Map<string, Word>;
  readonly collections: Map<string, Collection>;
}

/** Collects what belongs together. */
export interface Pools {
  word(word: Word): void;
  collection(collection: Collection): void;
  text(of: Word | Collection, text: string): void;
  prefix(of: Word, prefix: string): void;
  join(a: Word | Collection, b: Word | Collection): void;
  /** Of which pool something is, once everything was said. */
  of(member: Word | Collection): Pool;
}

/** No pools yet. */
export const createPools = (): Pools => {
  const groups = new Map<string, Group>();
  const frozen = new Map<Group, Pool>();
  const groupOf = (member: Word | Collection): Group => {
    const known = groups.get(member.key);
    if (known !== undefined) return known;
    const made: Group = { texts: new Set(), prefixes: new Set(), words: new Map(), collections: new Map() };
    groups.set(member.key, made);
    return made;
  };
  const collection = (c: Collection): void => {
    const group = groupOf(c);
    if (group.collections.has(c.key)) return;
    group.collections.set(c.key, c);
    for (const text of c.of ?? []) group.texts.add(text);
  };
  const word = (w: Word): void => void groupOf(w).words.set(w.key, w);
  return {
    word,
    collection,
    text: (member, text) => void groupOf(member).texts.add(text),
    prefix: (w, prefix) => {
      const group = groupOf(w);
      group.prefixes.add(prefix);
      // The prefix itself is a text of its own: then what merely starts with it has room for any number of others.
      group.texts.add(prefix);
    },
    join: (a, b) => {
      const [one, other] = [groupOf(a), groupOf(b)];
      if (one === other) return;
      merge(one, other);
      for (const key of [...other.words.keys(), ...other.collections.keys(), a.key, b.key]) groups.set(key, one);
    },
    of: (member) => {
      const group = groupOf(member);
      const known = frozen.get(group) ?? freeze(group);
      frozen.set(group, known);
      return known;
    },
  };
};

const merge = (into: Group, from: Group): void => {
  for (const text of from.texts) into.texts.add(text);
  for (const prefix of from.prefixes) into.prefixes.add(prefix);
  for (const [key, word] of from.words) into.words.set(key, word);
  for (const [key, collection] of from.collections) into.collections.set(key, collection);
};

const freeze = (group: Group): Pool => ({
  texts: [...group.texts].sort(),
  prefixes: [...group.prefixes].sort(),
  words: [...group.words.values()],
  collections: [...group.collections.values()],
});
