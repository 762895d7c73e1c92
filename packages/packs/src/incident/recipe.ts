/** Which recipes of the library can be selected, and what carries one out: how the pack of incidents reads recipes. */
import type { Pack } from '@tai-autonomics/core';
import type { ActionId, Recipe } from '@tai-autonomics/core/author';

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
