/**
 * Standard work as data: what is seen, what is done about it, how it is known to be over, and how it is undone (D-23).
 * A recipe names actions and facts that exist; it adds none of its own.
 */
import type { Pack } from '@tai-autonomics/core';
import type { ActionId, Condition, Value } from '@tai-autonomics/core/author';
import { owns } from '@tai-autonomics/core/receipt';

/** The five categories of the library. */
export const CATEGORIES = ['infrastructure', 'data', 'entitlement', 'troubleshooting', 'optimization'] as const;
/** What goes wrong: the five categories of recipes. */
export type Category = (typeof CATEGORIES)[number];

/** How an approved step is taken back: by another action, or not at all, and then it says why. */
export type Undo =
  | { readonly by: 'action'; readonly action: ActionId; readonly arguments: Readonly<Record<string, Value>> }
  | { readonly by: 'nothing'; readonly why: string };

/** One step: an action about the incident's resource, asked as any other intent is. */
export interface RecipeStep {
  readonly means: string;
  readonly action: ActionId;
  readonly arguments: Readonly<Record<string, Value>>;
  readonly undo: Undo;
}

/** A recipe as it is written. */
export interface Recipe {
  readonly recipe_id: string;
  /** MAJOR.MINOR.PATCH. An incident keeps the version that it was diagnosed with. */
  readonly version: string;
  readonly title: string;
  readonly category: Category;
  /** The kind of incident that it is for: only recipes of one kind compete. */
  readonly kind: string;
  readonly explanation: string;
  /** What has to be seen. Its facts are the evidence that is needed, all of it up front (D-04). */
  readonly symptom: Condition;
  /** In order; undone in reverse. */
  readonly steps: readonly [RecipeStep, ...RecipeStep[]];
  /** What has to be seen afterwards, observed anew. */
  readonly verify: Condition;
  readonly prevention: string;
  readonly owner: string;
  /** Only what somebody else than its owner reviewed can be selected (D-31). */
  readonly review: { readonly state: 'draft' } | { readonly state: 'reviewed'; readonly by: string };
}

/** A recipe by its id and version, as an incident keeps it. */
export const recipeName = ({ recipe_id, version }: Pick<Recipe, 'recipe_id' | 'version'>): string =>
  `${recipe_id}@${version}`;

/** The recipes that can be selected. */
export const reviewed = (recipes: readonly Recipe[]): readonly Recipe[] =>
  recipes.filter(({ review, owner }) => review.state === 'reviewed' && review.by !== owner);

/** The recipes whose every step is an action of these packs: what a catalog without a pack can still carry out. */
export const recipesFor = (packs: readonly Pick<Pack, 'actions'>[], recipes: readonly Recipe[]): readonly Recipe[] => {
  const known = new Set(packs.flatMap(({ actions }) => Object.keys(actions)));
  return recipes.filter(({ steps }) => steps.every(({ action }) => known.has(action)));
};

/** The action whose success carries a recipe out: that of its last step. */
export const remedyOf = ({ steps }: Recipe): ActionId => (steps.at(-1) ?? steps[0]).action;

/** Whether one recipe asks for everything that the other one does, and for more: it is tried first. */
export const isMoreSpecific = (one: Recipe, other: Recipe): boolean => {
  const [own, others] = [partsOf(one.symptom), partsOf(other.symptom)];
  return one.kind === other.kind && own.length > others.length && others.every((part) => own.includes(part));
};

/** What a symptom asks for, part by part: the parts of its outermost `all`, or itself alone. */
const partsOf = (symptom: Condition): readonly string[] =>
  (owns(symptom, 'all') ? symptom.all : [symptom]).map((part) => JSON.stringify(part));
