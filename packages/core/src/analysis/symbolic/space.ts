/**
 * The space of observations, divided: for every unknown the regions that the constants it is compared with make, for
 * every two that are compared the regions of their relation. Nothing that a condition says tells two values of one
 * region apart, so a formula over regions is exact.
 *
 * Formulas are built twice by the same code: once to hear which constants and pairs there are (every literal is then
 * `YES`), then, after `seal`, in a circuit.
 */

import type { Span } from '../../data/windows.ts';
import { owns } from '../../receipt/encoding/own.ts';
import { type Circuit, createCircuit } from '../solver/circuit.ts';
import { type Algebra, NO, type Node, type VariableIndex, YES } from '../solver/diagram.ts';
import {
  arityOf,
  isText,
  liesIn,
  type Meaning,
  placeOf,
  type Region,
  regionsOf,
  startsWith,
  weekRegions,
} from './meaning.ts';
import { createPools, type Pool, type Pools } from './pool.ts';
import { createSeating, type Seating } from './seating.ts';
import { type Choice, type Collection, fits, isMember, type Quantity, type Word } from './unknown.ts';

export interface Space extends Seating {
  readonly algebra: Algebra;
  /** The choice has one of these labels. */
  choiceIs(choice: Choice, labels: readonly (string | boolean)[]): Node;
  /** x ≤ c, or x − y ≤ c. */
  atMost(x: Quantity, y: Quantity | undefined, c: number): Node;
  /** x, as an instant, lies in one of these parts of its week. */
  inWeek(x: Quantity, spans: readonly Span[]): Node;
  wordIs(word: Word, text: string): Node;
  wordStarts(word: Word, prefix: string): Node;
  sameWord(a: Word, b: Word): Node;
  member(of: Collection, text: string): Node;
  wordIn(word: Word, of: Collection): Node;
  /** Of what has no name in the pool: nothing; all of `a` in `b`; nothing in both. */
  othersNone(of: Collection): Node;
  othersWithin(a: Collection, b: Collection): Node;
  othersApart(a: Collection, b: Collection): Node;
  /** Says what holds of every observation, for this is how one is written down. Counts once the space is sealed. */
  require(node: Node): void;
  readonly required: Node;
  /** The texts by name that matter to a word or a collection; none before `seal`. */
  textsOf(member: Word | Collection): readonly string[];
  /** Ends the hearing. Literals are regions from here on. */
  seal(): void;
  readonly isSealed: boolean;
  readonly circuit: Circuit;
  meaningOf(variable: VariableIndex): Meaning;
  /** The variable of a word's regions; `undefined` where it has one region. */
  variableOf(key: string): VariableIndex | undefined;
}

interface Heard {
  readonly choices: Map<string, Choice>;
  readonly intervals: Map<string, { readonly x: Quantity; readonly y?: Quantity; readonly bounds: Set<number> }>;
  readonly phases: Map<string, { readonly of: Quantity; readonly asked: Map<string, readonly Span[]> }>;
  readonly words: Map<string, Word>;
  readonly collections: Map<string, Collection>;
  readonly relations: Map<string, Meaning>;
  /** Keys in the order of their first mention. */
  readonly order: string[];
}

/** A variable to be, where it was first mentioned, and of which unknowns it speaks. */
interface Planned {
  readonly key: string;
  readonly meaning: Meaning;
  readonly at: number;
  readonly of: readonly string[];
  /** Says nothing of a value: whether there is one, whether it changes. */
  readonly aside: boolean;
}

/** What the parts of a space share. */
interface Ground {
  readonly heard: Heard;
  readonly pools: Pools;
  readonly circuit: Circuit;
  readonly variables: Map<string, VariableIndex>;
  readonly meanings: Meaning[];
  sealed: boolean;
  required: Node;
}

/** Key of the variable of a word's regions. */
export const wordKey = (word: Word): string => `word ${word.key}`;

/** A space in which nothing was heard yet. */
export const createSpace = (): Space => {
  const g: Ground = {
    heard: createHeard(),
    pools: createPools(),
    circuit: createCircuit(),
    variables: new Map(),
    meanings: [],
    sealed: false,
    required: YES,
  };
  const rows = createSeating(() => g.sealed);
  return {
    algebra: g.circuit,
    circuit: g.circuit,
    ...scalars(g),
    ...words(g),
    ...collections(g),
    witnesses: rows.witnesses,
    joinRows: rows.joinRows,
    get hasRows() {
      return rows.hasRows;
    },
    require: (node) => {
      if (g.sealed) g.required = g.circuit.and(g.required, node);
    },
    get required() {
      return g.required;
    },
    textsOf: (member) => (g.sealed ? g.pools.of(member).texts : []),
    seal: () => {
      for (const { key, meaning } of meaningsOf(g.heard, g.pools.of)) {
        g.variables.set(key, g.circuit.variable(arityOf(meaning)));
        g.meanings.push(meaning);
      }
      g.sealed = true;
    },
    get isSealed() {
      return g.sealed;
    },
    meaningOf: (variable) => g.meanings[variable] as Meaning,
    variableOf: (key) => g.variables.get(key),
  };
};

const createHeard = (): Heard => ({
  choices: new Map(),
  intervals: new Map(),
  phases: new Map(),
  words: new Map(),
  collections: new Map(),
  relations: new Map(),
  order: [],
});

const scalars = (g: Ground): Pick<Space, 'choiceIs' | 'atMost' | 'inWeek'> => {
  const atMost: Space['atMost'] = (x, y, c) => {
    if (y !== undefined && x.key === y.key) return c >= 0 ? YES : NO;
    if (y !== undefined && x.key > y.key) return g.circuit.not(atMost(y, x, -c - 1));
    const [min, max] = rangeOf(x, y);
    if (c < min || c >= max) return c < min ? NO : YES;
    const key = intervalKey(x, y);
    if (g.sealed) return bounded(g, key, c);
    remember(g.heard, g.heard.intervals, key, { x, ...(y === undefined ? {} : { y }), bounds: new Set<number>() });
    g.heard.intervals.get(key)?.bounds.add(c);
    return YES;
  };
  return {
    atMost,
    inWeek: (x, spans) => {
      const key = `phase ${x.key}`;
      if (g.sealed) return literal(g, key, (m, value) => m.kind === 'phase' && liesIn(m.regions[value] ?? [], spans));
      remember(g.heard, g.heard.phases, key, { of: x, asked: new Map() });
      g.heard.phases.get(key)?.asked.set(JSON.stringify(spans), spans);
      return YES;
    },
    choiceIs: (choice, labels) => {
      if (g.sealed)
        return literal(g, choice.key, (_, value) => labels.includes(choice.labels[value] as string | boolean));
      remember(g.heard, g.heard.choices, choice.key, choice);
      return YES;
    },
  };
};

/** The literal of a bound that was heard. */
const bounded = (g: Ground, key: string, c: number): Node => {
  const variable = g.variables.get(key);
  const meaning = variable === undefined ? undefined : g.meanings[variable];
  if (variable === undefined || meaning?.kind !== 'interval') return NO;
  return g.circuit.literal(
    variable,
    Array.from({ length: placeOf(meaning.bounds, c) + 1 }, (_, value) => value),
  );
};

/** x − y is between these whatever happens. */
const rangeOf = (x: Quantity, y: Quantity | undefined): readonly [number, number] =>
  y === undefined ? [x.min, x.max] : [x.min - y.max, x.max - y.min];

const intervalKey = (x: Quantity, y: Quantity | undefined): string => `interval ${x.key} ${y?.key ?? ''}`;

const literal = (g: Ground, key: string, allowed: (meaning: Meaning, value: number) => boolean): Node => {
  const variable = g.variables.get(key);
  const meaning = variable === undefined ? undefined : g.meanings[variable];
  if (variable === undefined || meaning === undefined) return NO;
  const values = Array.from({ length: arityOf(meaning) }, (_, value) => value);
  return g.circuit.literal(
    variable,
    values.filter((value) => allowed(meaning, value)),
  );
};

/** Remembers under a key, once. */
const remember = <A>(heard: Heard, map: Map<string, A>, key: string, value: A): void => {
  if (map.has(key)) return;
  map.set(key, value);
  heard.order.push(key);
};

const words = (g: Ground): Pick<Space, 'wordIs' | 'wordStarts' | 'sameWord'> => {
  const { and, or } = g.circuit;
  const sameWord: Space['sameWord'] = (a, b) => {
    if (a.key === b.key) return YES;
    if (a.key > b.key) return sameWord(b, a);
    touchBoth(g, a, b);
    const atom = relation(g, `same ${a.key} ${b.key}`, { kind: 'same', a, b });
    if (!g.sealed) return atom;
    const { texts, prefixes } = g.pools.of(a);
    let same = NO;
    for (const text of texts) same = or(same, and(isNamed(g, a, text), isNamed(g, b, text)));
    let alike = NO;
    for (const prefix of ['', ...prefixes]) {
      const starts = (w: Word): Node => regionIs(g, w, (r) => !isText(r) && r.starts === prefix);
      alike = or(alike, and(starts(a), starts(b)));
    }
    return or(same, and(alike, atom));
  };
  return {
    sameWord,
    wordIs: (w, text) => {
      touchWord(g, w);
      if (!fits(w, text)) return NO;
      if (g.sealed) return isNamed(g, w, text);
      g.pools.text(w, text);
      return YES;
    },
    wordStarts: (w, prefix) => {
      touchWord(g, w);
      if (prefix === '') return YES;
      if (g.sealed) return regionIs(g, w, (region) => startsWith(region, prefix));
      g.pools.prefix(w, prefix);
      return YES;
    },
  };
};

const touchBoth = (g: Ground, a: Word | Collection, b: Word | Collection): void => {
  for (const member of [a, b]) {
    if (owns(member, 'maxLength')) touchWord(g, member);
    else touchCollection(g, member);
  }
  if (!g.sealed) g.pools.join(a, b);
};

const touchWord = (g: Ground, w: Word): void => {
  if (g.sealed) return;
  g.pools.word(w);
  remember(g.heard, g.heard.words, wordKey(w), w);
};
const touchCollection = (g: Ground, c: Collection): void => {
  if (g.sealed) return;
  g.pools.collection(c);
  remember(g.heard, g.heard.collections, `collection ${c.key}`, c);
};

/** A relation of what has no name. Heard under its key; a literal afterwards. */
const relation = (g: Ground, key: string, meaning: Meaning): Node => {
  if (g.sealed) return literal(g, key, (_, value) => value === 1);
  remember(g.heard, g.heard.relations, key, meaning);
  return YES;
};

const isNamed = (g: Ground, w: Word, text: string): Node => regionIs(g, w, (r) => isText(r) && r.text === text);

const regionIs = (g: Ground, w: Word, allowed: (region: Region) => boolean): Node =>
  literal(g, wordKey(w), (meaning, value) => {
    const region = meaning.kind === 'word' ? meaning.regions[value] : undefined;
    return region !== undefined && allowed(region);
  });

const collections = (g: Ground): Pick<Space, 'member' | 'wordIn' | 'othersNone' | 'othersWithin' | 'othersApart'> => {
  const { and, or } = g.circuit;
  const member: Space['member'] = (of, text) => {
    touchCollection(g, of);
    if (!isMember(of, text)) return NO;
    if (g.sealed) return literal(g, memberKey(of, text), (_, value) => value === 1);
    g.pools.text(of, text);
    return YES;
  };
  const othersNone: Space['othersNone'] = (of) => {
    touchCollection(g, of);
    return of.of !== undefined ? YES : relation(g, `none ${of.key}`, { kind: 'none', of });
  };
  const othersApart: Space['othersApart'] = (a, b) => {
    if (a.key === b.key) return othersNone(a);
    if (a.key > b.key) return othersApart(b, a);
    touchBoth(g, a, b);
    if (a.of !== undefined || b.of !== undefined) return YES;
    return relation(g, `apart ${a.key} ${b.key}`, { kind: 'apart', a, b });
  };
  return {
    member,
    othersNone,
    othersApart,
    wordIn: (w, of) => {
      touchBoth(g, w, of);
      const atom = of.of !== undefined ? NO : relation(g, `in ${w.key} ${of.key}`, { kind: 'in', word: w, of });
      if (!g.sealed) return YES;
      let inside = and(
        regionIs(g, w, (r) => !isText(r)),
        atom,
      );
      for (const text of g.pools.of(of).texts) inside = or(inside, and(isNamed(g, w, text), member(of, text)));
      return inside;
    },
    othersWithin: (a, b) => {
      touchBoth(g, a, b);
      if (a.of !== undefined || a.key === b.key) return YES;
      if (b.of !== undefined) return othersNone(a);
      return relation(g, `within ${a.key} ${b.key}`, { kind: 'within', a, b });
    },
  };
};

const memberKey = (of: Collection, text: string): string => `member ${of.key} ${text}`;

/**
 * The order in which the diagram looks: by first mention, with everything that speaks of one unknown side by side, and
 * the members of collections that are compared too. Far apart, every such pair could double the diagram.
 */
const meaningsOf = (heard: Heard, poolOf: (member: Word | Collection) => Pool): readonly Planned[] => {
  const plan = planned(heard, poolOf);
  const anchors = new Map<string, number>();
  for (const { of, at, aside } of plan)
    if (!aside) for (const owner of of) anchors.set(owner, Math.min(anchors.get(owner) ?? at, at));
  const place = ({ of, at }: Planned): number => (of.length === 1 ? (anchors.get(of[0] ?? '') ?? at) : at);
  const rank = ({ of, aside }: Planned): number => (of.length !== 1 ? 2 : aside ? 0 : 1);
  return [...plan].sort((a, b) => place(a) - place(b) || rank(a) - rank(b) || a.at - b.at);
};

const planned = (heard: Heard, poolOf: (member: Word | Collection) => Pool): readonly Planned[] => {
  const plan = new Map<string, Planned>();
  const put = (key: string, at: number, meaning: Meaning, of: readonly string[], aside = false): void => {
    if (!plan.has(key)) plan.set(key, { key, meaning, at, of, aside });
  };
  for (const [at, key] of heard.order.entries()) {
    const choice = heard.choices.get(key);
    if (choice !== undefined) put(key, at, { kind: 'choice', choice }, [choice.owner], choice.owner !== choice.key);
    const interval = heard.intervals.get(key);
    if (interval !== undefined) {
      const { x, y } = interval;
      const bounds = [...interval.bounds].sort((a, b) => a - b);
      if (y === undefined) put(key, at, { kind: 'interval', x, bounds }, [x.key]);
      else put(key, at, { kind: 'interval', x, y, bounds }, [x.key, y.key]);
    }
    const phase = heard.phases.get(key);
    if (phase !== undefined)
      put(key, at, { kind: 'phase', of: phase.of, regions: weekRegions([...phase.asked.values()]) }, [phase.of.key]);
    const word = heard.words.get(key);
    if (word !== undefined) put(key, at, { kind: 'word', word, regions: regionsOf(poolOf(word), word) }, [word.key]);
    const collection = heard.collections.get(key);
    if (collection !== undefined) {
      const { texts, collections } = poolOf(collection);
      for (const text of texts)
        for (const of of collections)
          if (isMember(of, text)) put(memberKey(of, text), at, { kind: 'member', of, text }, [of.key]);
    }
    const relation = heard.relations.get(key);
    if (relation !== undefined) put(key, at, relation, []);
  }
  return [...plan.values()];
};
