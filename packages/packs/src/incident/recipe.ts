/** Which recipes of the library can be selected, and which of them comes first: how the pack of incidents reads recipes. */
import type { Pack } from '@tai-autonomics/core';
import type { ActionId, Condition, Recipe } from '@tai-autonomics/core/author';
import { owns } from '@tai-autonomics/core/receipt';

/** The recipes that can be selected (D-31). */
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
