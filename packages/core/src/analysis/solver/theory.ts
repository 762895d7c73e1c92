/** Which paths of a diagram some observation takes: regions are independent only as far as nobody compares the unknowns. */

import { MAX_SET } from '../../data/value.ts';
import { isText, type Meaning } from '../symbolic/meaning.ts';
import { type Space, wordKey } from '../symbolic/space.ts';
import {
  type Assignment,
  AT,
  type Choice,
  type Collection,
  lengthOf,
  oddnessOf,
  oddText,
  type Quantity,
  type Word,
} from '../symbolic/unknown.ts';
import type { Difference } from './bounds.ts';
import type { Literal, Path } from './diagram.ts';
import { canHold, contradictionOf, type During, solveDifferences } from './differences.ts';
import { canBe, type NameFact, othersHeld, solveNames } from './names.ts';

/** A member that is of no form. */
const ODD_MEMBER = 'a text';

/** What unknowns should be where nothing says otherwise. */
export interface Wishes {
  readonly quantity: (q: Quantity, chosen: ReadonlyMap<string, number>) => number;
  readonly word: (w: Word) => string | undefined;
}

/** A path on which every word that is compared has a region: where it did not look, the one without a prefix is tried. */
export const complete = (space: Space, path: Path): Path => {
  const given = new Set(path.map(({ variable }) => variable));
  const added = new Map<number, Literal>();
  for (const { variable } of path) {
    const meaning = space.meaningOf(variable);
    const words: readonly Word[] =
      meaning.kind === 'same' ? [meaning.a, meaning.b] : meaning.kind === 'in' ? [meaning.word] : [];
    for (const word of words) {
      const region = space.variableOf(wordKey(word));
      if (region !== undefined && !given.has(region)) added.set(region, { variable: region, value: 0 });
    }
  }
  return [...path, ...added.values()];
};

/**
 * A part of the path that no observation takes; `undefined` if one takes all of it, `spent` where it took too long to
 * tell. The path must be complete.
 */
export const conflict = (space: Space, path: Path): Path | 'spent' | undefined => {
  const differences = (part: Path): readonly Difference[] =>
    part.flatMap(({ variable, value }) => differencesOf(space.meaningOf(variable), value));
  const names = (part: Path): readonly NameFact[] =>
    part.map(({ variable, value }) => nameOf(space.meaningOf(variable), value)).filter((fact) => fact !== undefined);
  const during = (part: Path): readonly During[] =>
    part.map(({ variable, value }) => duringOf(space.meaningOf(variable), value)).filter((d) => d !== undefined);
  const numeric = path.filter((literal) => differences([literal]).length > 0 || during([literal]).length > 0);
  const said = numeric.flatMap((literal) => differences([literal]).map((difference) => ({ literal, difference })));
  const found = contradictionOf(
    said.map(({ difference }) => difference),
    during(numeric),
  );
  if (found === 'spent') return found;
  // What took too long to tell stays in: a core may be larger than it has to be, never smaller than it may.
  if (found === 'during') return smallest(numeric, (part) => canHold(differences(part), during(part)) !== false);
  if (found !== undefined) return [...new Set(found.flatMap((of) => said[of]?.literal ?? []))];
  const named = path.filter((literal) => names([literal]).length > 0);
  const be = (part: Path): boolean => canBe(names(part));
  return be(named) ? overfull(space, path, names(named)) : smallest(named, be);
};

/** Values for everything on a complete path that has no conflict; what it doesn't look at is as it is wished. */
export const assign = (
  space: Space,
  path: Path,
  wishes: Wishes,
  quantities: readonly Quantity[],
): Assignment | undefined => {
  const said = path.map(({ variable, value }) => ({ meaning: space.meaningOf(variable), value }));
  const differences = said.flatMap(({ meaning, value }) => differencesOf(meaning, value));
  const facts = said.map(({ meaning, value }) => nameOf(meaning, value)).filter((fact) => fact !== undefined);
  const { texts, prefixes } = takenTexts(space, path);
  const during = said.map(({ meaning, value }) => duringOf(meaning, value)).filter((d) => d !== undefined);
  const all = quantitiesOf(differences, [...quantities, ...during.map(({ of }) => of)]);
  const numbers = solveDifferences(differences, all, wishes.quantity, during);
  const labels = new Map<string, string | boolean>();
  for (const { meaning, value } of said)
    if (meaning.kind === 'choice') labels.set(meaning.choice.key, meaning.choice.labels[value] ?? false);
  const wish = (w: Word): string | undefined => (labels.get(lengthOf(w).key) === 'long' ? oddText(w) : wishes.word(w));
  const names = solveNames(facts, texts, [...prefixes], wish);
  if (numbers === undefined || names === undefined) return undefined;
  const words = new Map(names.words);
  const members = new Map([...names.collections].map(([key, held]) => [key, [...held]]));
  for (const { meaning, value } of said) {
    const region = meaning.kind === 'word' ? meaning.regions[value] : undefined;
    if (meaning.kind === 'word' && region !== undefined && isText(region)) words.set(meaning.word.key, region.text);
    if (meaning.kind === 'member' && value === 1)
      members.set(meaning.of.key, [...(members.get(meaning.of.key) ?? []), meaning.text]);
  }
  const free = (c: Choice): string | boolean => c.labels[Math.max(0, c.costs.indexOf(0))] ?? false;
  return {
    choice: (c) => labels.get(c.key) ?? free(c),
    quantity: (q) => numbers.get(q.key) ?? wishes.quantity(q, numbers),
    word: (w) => words.get(w.key) ?? wish(w) ?? 'text'.slice(0, w.maxLength),
    collection: (c) => {
      const odd = labels.get(oddnessOf(c).key) === 'odd' ? [ODD_MEMBER] : [];
      return [...new Set([...(members.get(c.key) ?? []), ...odd])].sort();
    },
  };
};

/** What one literal says of numbers. */
export const differencesOf = (meaning: Meaning, value: number): readonly Difference[] => {
  if (meaning.kind === 'choice') {
    const { labels, latest } = meaning.choice;
    const least = latest?.[String(labels[value])];
    return least === undefined ? [] : [{ y: AT, c: -least }];
  }
  if (meaning.kind !== 'interval') return [];
  const { x, y, bounds } = meaning;
  const [above, most] = [bounds[value - 1], bounds[value]];
  return [
    ...(most === undefined ? [] : [{ x, ...(y === undefined ? {} : { y }), c: most }]),
    ...(above === undefined ? [] : [{ ...(y === undefined ? {} : { x: y }), y: x, c: -above - 1 }]),
  ];
};

/** What one literal says of texts without a name. */
const nameOf = (meaning: Meaning, value: number): NameFact | undefined => {
  const holds = value === 1;
  switch (meaning.kind) {
    case 'word': {
      const region = meaning.regions[value];
      return region === undefined || isText(region)
        ? undefined
        : { kind: 'starts', word: meaning.word, prefix: region.starts };
    }
    case 'same':
      return { kind: 'same', a: meaning.a, b: meaning.b, holds };
    case 'in':
      return { kind: 'in', word: meaning.word, of: meaning.of, holds };
    case 'none':
      return { kind: 'none', of: meaning.of, holds };
    case 'within':
      return { kind: 'within', a: meaning.a, b: meaning.b, holds };
    case 'apart':
      return { kind: 'apart', a: meaning.a, b: meaning.b, holds };
    default:
      return undefined;
  }
};

/** What one literal says of the week of an instant. */
const duringOf = (meaning: Meaning, value: number): During | undefined =>
  meaning.kind === 'phase' ? { of: meaning.of, spans: meaning.regions[value] ?? [] } : undefined;

/** The smallest part of a path that already cannot be, by leaving out one literal after another. */
const smallest = (path: Path, possible: (part: Path) => boolean): Path => {
  let core = path;
  for (const literal of path) {
    const rest = core.filter((other) => other !== literal);
    if (!possible(rest)) core = rest;
  }
  return core;
};

/** More members of one collection than any can have, each of them by name; `spent` where the others may be too many. */
const overfull = (space: Space, path: Path, facts: readonly NameFact[]): Path | 'spent' | undefined => {
  const held = new Map<string, Literal[]>();
  for (const literal of path) {
    const meaning = space.meaningOf(literal.variable);
    if (meaning.kind === 'member' && literal.value === 1)
      held.set(meaning.of.key, [...(held.get(meaning.of.key) ?? []), literal]);
  }
  for (const members of held.values()) if (members.length > MAX_SET) return members.slice(0, MAX_SET + 1);
  for (const [key, others] of othersHeld(facts)) {
    const members = held.get(key) ?? [];
    if (members.length + others <= MAX_SET) continue;
    if (members.length < MAX_SET) return 'spent';
    const named = path.filter(({ variable, value }) => nameOf(space.meaningOf(variable), value) !== undefined);
    return [...members, ...named];
  }
  return undefined;
};

/** Texts that stand somewhere by name: nobody else may be one of them, whether the path looks at them or not. */
const takenTexts = (space: Space, path: Path): { readonly texts: Set<string>; readonly prefixes: Set<string> } => {
  const [texts, prefixes] = [new Set<string>(), new Set<string>()];
  for (const { variable } of path) {
    const meaning = space.meaningOf(variable);
    for (const member of speaksOf(meaning)) for (const text of space.textsOf(member)) texts.add(text);
    if (meaning.kind !== 'word') continue;
    for (const region of meaning.regions) if (!isText(region) && region.starts !== '') prefixes.add(region.starts);
  }
  return { texts, prefixes };
};

/** The words and collections of which a literal speaks. */
const speaksOf = (meaning: Meaning): readonly (Word | Collection)[] => {
  switch (meaning.kind) {
    case 'word':
      return [meaning.word];
    case 'member':
    case 'none':
      return [meaning.of];
    case 'in':
      return [meaning.word, meaning.of];
    case 'same':
    case 'within':
    case 'apart':
      return [meaning.a, meaning.b];
    default:
      return [];
  }
};

const quantitiesOf = (differences: readonly Difference[], more: readonly Quantity[]): readonly Quantity[] => {
  const all = new Map<string, Quantity>([[AT.key, AT]]);
  for (const q of more) all.set(q.key, q);
  for (const { x, y } of differences) for (const q of [x, y]) if (q !== undefined) all.set(q.key, q);
  return [...all.values()];
};
