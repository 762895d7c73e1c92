/** What a variable of a diagram means: the regions into which one unknown, or the relation of two, falls. */
import type { Pool } from './pool.ts';
import { type Choice, type Collection, fits, type Quantity, type Word } from './unknown.ts';

/** Where a text is: one by name, or any other that starts so (with the longest prefix of its pool; `''` for none). */
export type Region = { readonly text: string } | { readonly starts: string };

/** What the values of one variable say. */
export type Meaning =
  | { readonly kind: 'choice'; readonly choice: Choice }
  /** Value `i`: x − y (or x alone) is above `bounds[i - 1]` and at most `bounds[i]`. */
  | { readonly kind: 'interval'; readonly x: Quantity; readonly y?: Quantity; readonly bounds: readonly number[] }
  | { readonly kind: 'word'; readonly word: Word; readonly regions: readonly Region[] }
  /** Value 1: two words, neither of them a text by name, are the same text. */
  | { readonly kind: 'same'; readonly a: Word; readonly b: Word }
  | { readonly kind: 'member'; readonly of: Collection; readonly text: string }
  /** Value 1: a word that is not a text by name is in the collection. */
  | { readonly kind: 'in'; readonly word: Word; readonly of: Collection }
  /** Value 1: apart from texts by name, the collection has nothing. */
  | { readonly kind: 'none'; readonly of: Collection }
  /** Value 1: apart from texts by name, all of `a` is in `b`. */
  | { readonly kind: 'within'; readonly a: Collection; readonly b: Collection }
  /** Value 1: apart from texts by name, nothing is in both. */
  | { readonly kind: 'apart'; readonly a: Collection; readonly b: Collection };

/** The regions of a word: what merely has no prefix first, then prefixes, then texts by name. */
export const regionsOf = (pool: Pool, word: Word): readonly Region[] => [
  { starts: '' },
  ...pool.prefixes
    .filter((prefix) => prefix.length < word.maxLength && fits(word, prefix))
    .map((starts) => ({ starts })),
  ...pool.texts.filter((text) => fits(word, text)).map((text) => ({ text })),
];

/** Whether a region is one text. */
export const isText = (region: Region): region is { readonly text: string } => 'text' in region;

/** Whether every text of a region starts with a prefix of the pool. */
export const startsWith = (region: Region, prefix: string): boolean =>
  isText(region) ? region.text.startsWith(prefix) : region.starts.startsWith(prefix);

/** How many values a variable of this meaning has. */
export const arityOf = (meaning: Meaning): number => {
  switch (meaning.kind) {
    case 'choice':
      return meaning.choice.labels.length;
    case 'interval':
      return meaning.bounds.length + 1;
    case 'word':
      return meaning.regions.length;
    default:
      return 2;
  }
};
