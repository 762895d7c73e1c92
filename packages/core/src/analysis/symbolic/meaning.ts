/** What a variable of a diagram means: the regions into which one unknown, or the relation of two, falls. */

import { type Span, WEEK_MS } from '../../data/windows.ts';
import { owns } from '../../receipt/encoding/own.ts';
import type { Pool } from './pool.ts';
import { type Choice, type Collection, fits, type Quantity, type Word } from './unknown.ts';

/** Where a text is: one by name, or any other that starts so (with the longest prefix of its pool; `''` for none). */
export type Region = { readonly text: string } | { readonly starts: string };

/** What the values of one variable say. */
export type Meaning =
  | { readonly kind: 'choice'; readonly choice: Choice }
  /** Value `i`: x − y (or x alone) is above `bounds[i - 1]` and at most `bounds[i]`. */
  | { readonly kind: 'interval'; readonly x: Quantity; readonly y?: Quantity; readonly bounds: readonly number[] }
  /** Value `i`: the instant lies in `regions[i]` of its week. */
  | { readonly kind: 'phase'; readonly of: Quantity; readonly regions: readonly (readonly Span[])[] }
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

/**
 * The week, divided by what an instant is asked of it: two moments are in one region if no question tells them apart.
 * Regions are unions of spans, in the order of their first.
 */
export const weekRegions = (questions: readonly (readonly Span[])[]): readonly (readonly Span[])[] => {
  const edges = new Set([0, WEEK_MS, ...questions.flat().flatMap(({ from, to }) => [from, to])]);
  const sorted = [...edges].sort((a, b) => a - b);
  const regions = new Map<string, Span[]>();
  for (const [i, from] of sorted.slice(0, -1).entries()) {
    const to = sorted[i + 1] ?? WEEK_MS;
    const answers = questions.map((spans) => Number(spans.some((span) => span.from <= from && to <= span.to))).join('');
    const region = regions.get(answers) ?? [];
    const last = region[region.length - 1];
    if (last?.to === from) region[region.length - 1] = { from: last.from, to };
    else region.push({ from, to });
    regions.set(answers, region);
  }
  return [...regions.values()];
};

/** Whether a region of the week lies in a question's spans: all of it does, or nothing. */
export const liesIn = ([first]: readonly Span[], spans: readonly Span[]): boolean =>
  first !== undefined && spans.some(({ from, to }) => from <= first.from && first.from < to);

/** Whether a region is one text. */
export const isText = (region: Region): region is { readonly text: string } => owns(region, 'text');

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
    case 'phase':
      return meaning.regions.length;
    default:
      return 2;
  }
};

/** Where a bound is among bounds that ascend; -1 where it is none of them. */
export const placeOf = (bounds: readonly number[], c: number): number => {
  let [low, high] = [0, bounds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bounds[middle] as number) < c) low = middle + 1;
    else high = middle;
  }
  return bounds[low] === c ? low : -1;
};
