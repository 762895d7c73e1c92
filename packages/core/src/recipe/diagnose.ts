/**
 * Diagnosis: the most specific recipe whose symptom holds, or the whole list of what has to be seen first. Pure: the same
 * library and the same observation give the same answer (D-04, D-50).
 */
import type { Catalog } from '../catalog.ts';
import { compileCondition, FALSE, type Test, TRUE, type Truth } from '../compile/evaluator.ts';
import { complaints, createSlots, type Slots } from '../compile/scope.ts';
import { express, type Type, type Value, type Wire } from '../data/value.ts';
import type { Observation } from '../observation.ts';
import { type Condition, comparisonOf, isQuantified } from '../policy/condition.ts';
import { type FactId, isFactTerm, type Term } from '../policy/fact.ts';
import { GAPS, laidOut, type Missing, missingOf, type Sight } from '../reading.ts';
import { owns } from '../receipt/encoding/own.ts';
import { inCohort } from './cohort.ts';
import { compareVersions } from './compare-versions.ts';
import type { Recipe, RecipeArguments } from './recipe.ts';

/** One step as it is to be asked for: every argument filled in. */
export interface PlannedStep {
  readonly means: string;
  readonly action: string;
  readonly arguments: Readonly<Record<string, Wire>>;
  /** It is asked for in the incident, as the last step always is. */
  readonly incident?: true;
  readonly undo:
    | {
        readonly by: 'action';
        readonly action: string;
        readonly arguments: Readonly<Record<string, Wire>>;
        readonly incident?: true;
      }
    | { readonly by: 'nothing'; readonly why: string };
}

/** Evidence that has to be there first: which fact, why it can't be used, and whose word counts for how long. */
export interface EvidenceWanted {
  readonly fact: FactId;
  readonly why: Missing;
  readonly means: string;
  /** Empty for what nobody observes. */
  readonly sources: readonly string[];
  readonly maxAgeMs?: number;
}

/** What is known of an incident's remedy. */
export type Diagnosis =
  /** Exactly this recipe, with its plan and what the facts of its symptom were. */
  | {
      readonly answer: 'recipe';
      readonly recipe: Recipe;
      readonly plan: readonly PlannedStep[];
      readonly seen: Readonly<Record<FactId, Wire>>;
    }
  /** It depends on what isn't known: all of it, so that nobody has to ask twice. */
  | {
      readonly answer: 'evidence_missing';
      readonly missing: readonly EvidenceWanted[];
      readonly between: readonly Recipe[];
    }
  /** No recipe of that kind has a symptom that holds or could hold. */
  | { readonly answer: 'none' };

/** What is asked: for which kind of incident, over what is seen. */
export interface DiagnosisOptions {
  /** Whose incident: only versions whose cohort it is in are offered. Absent: all of them, as their author sees them. */
  readonly tenant?: string;
}

/** What is seen: an observation, or facts that somebody wrote down; what is not among those is missing. */
export type SeenFacts = Observation | ReadonlyMap<FactId, Value>;

/** Recipes, compiled for diagnosis. Made by `compileRecipes` alone, which refuses what can't be decided. */
export interface RecipeBook {
  /** Those that can be selected: reviewed by somebody else than their owner. */
  readonly recipes: readonly Recipe[];
  readonly kinds: readonly string[];
  readonly answer: (kind: string, seen: SeenFacts, options: DiagnosisOptions) => Diagnosis;
}

/** A part of symptoms, once for all that have it: a thousand recipes ask a few questions. */
interface Part {
  readonly test: Test;
  /** The places of the facts that it looks at. */
  readonly places: readonly number[];
}

/** The recipes of one kind. */
interface Shelf {
  readonly catalog: Catalog;
  readonly facts: readonly FactId[];
  readonly parts: readonly Part[];
  /** Facts that entries are found by: for each of its values, the entries that need it. */
  readonly found: readonly { readonly place: number; readonly by: ReadonlyMap<Value, readonly Entry[]> }[];
  /** Entries that can be found by no fact. */
  readonly others: readonly Entry[];
}

interface Entry {
  readonly recipe: Recipe;
  readonly place: number;
  /** The parts of its symptom, by their places among those of the shelf: it holds where all of them do. */
  readonly parts: readonly number[];
  /** The places of the facts that fill its arguments in. */
  readonly filled: readonly number[];
  readonly narrower: ReadonlySet<number>;
  /** Newer versions of the same recipe: where one is offered, this one isn't. */
  readonly newer: readonly Recipe[];
}

/** A place that wasn't looked at yet. */
type Sights = (Sight | undefined)[];

/**
 * Shelves for recipes that were checked under this catalog: `symptoms` are theirs, unfolded; `narrower` are the places of the
 * more specific ones. Drafts and what its owner reviewed are left out.
 */
export const shelve = (
  catalog: Catalog,
  recipes: readonly Recipe[],
  symptoms: readonly Condition[],
  narrower: readonly (readonly number[])[],
): RecipeBook => {
  const offered = recipes.flatMap((recipe, place) => (isReviewed(recipe) ? [{ recipe, place }] : []));
  const kinds = [...new Set(offered.map(({ recipe }) => recipe.kind))].sort();
  const shelves = new Map(
    kinds.map((kind) => {
      const parts = createParts(catalog);
      const own = offered.filter(({ recipe }) => recipe.kind === kind);
      const entries = own.map(({ recipe, place }): Entry => {
        const newer = own.map((other) => other.recipe).filter((other) => isNewer(other, recipe));
        return {
          recipe,
          place,
          newer,
          narrower: new Set(narrower[place]),
          parts: partsOf(symptoms[place] ?? NEVER).map(parts.placeOf),
          filled: filledIn(recipe, parts.slots),
        };
      });
      return [kind, shelfOf(catalog, parts, entries, symptoms)] as const;
    }),
  );
  const answer: RecipeBook['answer'] = (kind, seen, options) => {
    const shelf = shelves.get(kind);
    return shelf === undefined ? { answer: 'none' } : diagnoseOn(shelf, readerOf(catalog, seen), options);
  };
  return { recipes: offered.map(({ recipe }) => recipe), kinds, answer };
};

/** Whether somebody else than its owner reviewed it. */
export const isReviewed = ({ review, owner }: Pick<Recipe, 'review' | 'owner'>): boolean =>
  review.state === 'reviewed' && review.by !== owner;

/**
 * Diagnoses an incident of a kind from what is seen. Unknown evidence that could change the answer is listed whole: with all of
 * it supplied, whatever it says, the next answer asks for nothing more.
 */
export const diagnose = (book: RecipeBook, kind: string, seen: SeenFacts, options: DiagnosisOptions = {}): Diagnosis =>
  book.answer(kind, seen, options);

const readerOf = (catalog: Catalog, seen: SeenFacts): ((fact: FactId) => Sight) => {
  if (!owns(seen, 'evidence')) return (fact) => (seen as ReadonlyMap<FactId, Value>).get(fact) ?? GAPS.missing;
  const o = laidOut(seen as Observation);
  return (fact) => catalog.readerOf(fact)(o);
};

const isNewer = (one: Recipe, other: Recipe): boolean =>
  one.recipe_id === other.recipe_id && compareVersions(one.version, other.version) > 0;

const diagnoseOn = (shelf: Shelf, read: (fact: FactId) => Sight, { tenant }: DiagnosisOptions): Diagnosis => {
  const look = createLook(shelf, read);
  const { sightAt } = look;
  const yes: Entry[] = [];
  const maybe: Entry[] = [];
  for (const entries of candidates(shelf, sightAt))
    for (const entry of entries) {
      const truth = look.truthOf(entry);
      if (truth === FALSE || !isOffered(entry, tenant)) continue;
      (truth === TRUE ? yes : maybe).push(entry);
    }
  const chosen = yes.find((one) => !yes.some(({ place }) => one.narrower.has(place)));
  const open = chosen === undefined ? maybe : maybe.filter(({ place }) => chosen.narrower.has(place));
  const asking = chosen === undefined ? open : [chosen, ...open];
  if (chosen === undefined && open.length === 0) return { answer: 'none' };
  const gaps = gapsOf(shelf, asking, sightAt, open.length === 0);
  if (chosen === undefined || open.length > 0 || gaps.length > 0)
    return {
      answer: 'evidence_missing',
      missing: gaps.map((place) => wantedAt(shelf, place, sightAt(place))).sort((a, b) => (a.fact < b.fact ? -1 : 1)),
      between: asking.map(({ recipe }) => recipe),
    };
  return found(shelf, chosen, sightAt);
};

/** One look at the world: each fact is read once, and each part is tested once, when it is first asked for. */
interface Look {
  readonly sightAt: (place: number) => Sight;
  readonly truthOf: (entry: Entry) => Truth;
}

const createLook = ({ facts, parts }: Shelf, read: (fact: FactId) => Sight): Look => {
  const sights: Sights = new Array<Sight | undefined>(facts.length).fill(undefined);
  const truths = new Array<Truth | undefined>(parts.length).fill(undefined);
  const sightAt = (place: number): Sight => {
    const known = sights[place] ?? read(facts[place] ?? '');
    sights[place] = known;
    return known;
  };
  const truthAt = (part: number): Truth => {
    const tested = truths[part];
    if (tested !== undefined) return tested;
    const { test, places } = parts[part] ?? NO_PART;
    for (const place of places) sightAt(place);
    const truth = test(sights as readonly Sight[]);
    truths[part] = truth;
    return truth;
  };
  const truthOf = (entry: Entry): Truth => {
    let all: Truth = TRUE;
    for (const part of entry.parts) {
      const truth = truthAt(part);
      if (truth === FALSE) return FALSE;
      if (truth !== TRUE) all = truth;
    }
    return all;
  };
  return { sightAt, truthOf };
};

/** The places that these entries look at and that nothing is known of; of what only fills arguments in where they are `sure`. */
const gapsOf = (
  shelf: Shelf,
  asking: readonly Entry[],
  sightAt: (place: number) => Sight,
  sure: boolean,
): readonly number[] => {
  const [parts, places] = [new Set<number>(), new Set<number>()];
  for (const entry of asking) {
    if (!sure) for (const part of entry.parts) parts.add(part);
    for (const place of entry.filled) places.add(place);
  }
  for (const part of parts) for (const place of shelf.parts[part]?.places ?? []) places.add(place);
  return [...places].filter((place) => typeof sightAt(place) === 'symbol');
};

/** The entries whose symptom isn't seen to be false by the fact that they are found by. */
const candidates = (shelf: Shelf, sightAt: (place: number) => Sight): readonly (readonly Entry[])[] => {
  const all: (readonly Entry[])[] = [shelf.others];
  for (const { place, by } of shelf.found) {
    const sight = sightAt(place);
    if (typeof sight === 'symbol') all.push(...by.values());
    else all.push(by.get(sight) ?? []);
  }
  return all;
};

/** Whether this is the newest version that is offered to the tenant; without a tenant, the newest of all. */
const isOffered = ({ recipe, newer }: Entry, tenant: string | undefined): boolean => {
  if (tenant === undefined) return newer.length === 0;
  return inCohort(recipe, tenant) && !newer.some((other) => inCohort(other, tenant));
};

const wantedAt = ({ catalog, facts }: Shelf, place: number, sight: Sight): EvidenceWanted => {
  const id = facts[place] ?? '';
  const fact = catalog.facts.get(id);
  return {
    fact: id,
    why: missingOf(sight) ?? 'missing',
    means: fact?.means ?? id,
    ...(fact?.origin === 'observed' ? { sources: fact.sources, maxAgeMs: fact.maxAgeMs } : { sources: [] }),
  };
};

const found = (shelf: Shelf, { recipe, parts }: Entry, sightAt: (place: number) => Sight): Diagnosis => {
  const typeOf = (id: FactId): Type => shelf.catalog.facts.get(id)?.type ?? STRING;
  const sightOf = (id: FactId): Sight => sightAt(shelf.facts.indexOf(id));
  const filled = (action: string, args: RecipeArguments): Readonly<Record<string, Wire>> =>
    Object.fromEntries(
      Object.entries(args).map(([name, term]) => {
        const type = shelf.catalog.actions.get(action)?.action.arguments[name]?.type ?? STRING;
        return [name, wireOf(term, type, sightOf)];
      }),
    );
  return {
    answer: 'recipe',
    recipe,
    plan: recipe.steps.map(({ means, action, arguments: args, incident, undo }) => ({
      means,
      action,
      arguments: filled(action, args),
      ...(incident === undefined ? {} : { incident }),
      undo: undo.by === 'nothing' ? undo : { ...undo, arguments: filled(undo.action, undo.arguments) },
    })),
    seen: Object.fromEntries(
      [...new Set(parts.flatMap((part) => shelf.parts[part]?.places ?? []))].flatMap((place) => {
        const [id, sight] = [shelf.facts[place] ?? '', sightAt(place)];
        return typeof sight === 'symbol' ? [] : [[id, express(typeOf(id), sight)] as const];
      }),
    ),
  };
};

const wireOf = (term: Term, type: Type, sightOf: (id: FactId) => Sight): Wire => {
  if (!isFactTerm(term)) return term;
  const sight = sightOf(term.fact);
  if (typeof sight === 'symbol') return null;
  return express(type, typeof sight === 'number' ? sight + (term.plus ?? 0) : sight);
};

/** Parts and facts by their places; both are found again by what is written. */
interface Parts {
  readonly slots: Slots;
  readonly parts: readonly Part[];
  readonly placeOf: (part: Condition) => number;
}

const createParts = (catalog: Catalog): Parts => {
  const slots = createSlots();
  const parts: Part[] = [];
  const known = new Map<string, number>();
  const scope = { fact: (id: FactId) => catalog.facts.get(id), names: () => [], reader: catalog.readerOf };
  const partOf = (part: Condition): Part => {
    const places = new Set<number>();
    // Places are the shelf's; what this part looks at is remembered beside.
    const heard: Slots = {
      facts: slots.facts,
      slotOf: (id) => {
        const place = slots.slotOf(id);
        places.add(place);
        return place;
      },
    };
    return { test: compileCondition(part, [], { scope, slots: heard, to: complaints() }), places: [...places] };
  };
  const placeOf = (part: Condition): number => {
    const written = JSON.stringify(part);
    const place = known.get(written) ?? parts.push(partOf(part)) - 1;
    known.set(written, place);
    return place;
  };
  return { slots, parts, placeOf };
};

/** The parts of the outermost `all`, or the symptom itself. */
const partsOf = (symptom: Condition): readonly Condition[] => (owns(symptom, 'all') ? symptom.all : [symptom]);

const filledIn = ({ steps }: Recipe, slots: Slots): readonly number[] => {
  const terms = steps.flatMap(({ arguments: args, undo }) => [
    ...Object.values(args),
    ...(undo.by === 'action' ? Object.values(undo.arguments) : []),
  ]);
  return [...new Set(terms.flatMap((term) => (isFactTerm(term) ? [slots.slotOf(term.fact)] : [])))];
};

/** Entries by a part of their symptom that compares a fact with a constant: where the fact is another, the symptom is false. */
const shelfOf = (
  catalog: Catalog,
  { slots, parts }: Parts,
  entries: readonly Entry[],
  symptoms: readonly Condition[],
): Shelf => {
  const found = new Map<number, Map<Value, Entry[]>>();
  const others: Entry[] = [];
  for (const entry of entries) {
    const key = keyOf(catalog, symptoms[entry.place] ?? NEVER);
    if (key === undefined) {
      others.push(entry);
      continue;
    }
    const place = slots.slotOf(key.fact);
    const by = found.get(place) ?? new Map<Value, Entry[]>();
    found.set(place, by);
    const same = by.get(key.value);
    if (same === undefined) by.set(key.value, [entry]);
    else same.push(entry);
  }
  return { catalog, facts: slots.facts, parts, found: [...found].map(([place, by]) => ({ place, by })), others };
};

/** The part that tells most: of all facts with a constant, a text or a number before a boolean. */
const keyOf = (catalog: Catalog, symptom: Condition): { readonly fact: FactId; readonly value: Value } | undefined => {
  const keys = partsOf(symptom).flatMap((part) => {
    if (!owns(part, 'fact') || isQuantified(part)) return [];
    const { fact, op, to } = comparisonOf(part);
    const kind = catalog.facts.get(fact)?.type.type;
    // An instant is written in many ways, so it is no key.
    return op === 'is' &&
      typeof to !== 'object' &&
      (kind === 'boolean' || kind === 'integer' || kind === 'enum' || kind === 'string')
      ? [{ fact, value: to as Value }]
      : [];
  });
  return keys.find(({ value }) => typeof value !== 'boolean') ?? keys[0];
};

const NEVER: Condition = { any: [] };
const NO_PART: Part = { test: () => FALSE, places: [] };
const STRING: Type = { type: 'string' };
