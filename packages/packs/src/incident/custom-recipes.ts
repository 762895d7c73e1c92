/** Recipes of a tenant's own are something that a plan has or has not (P-53, D-33). */
import type { PlanId, Recipe } from '@tai-autonomics/core/author';
import { either as E } from 'fp-ts';

/** How many recipes of its own a tenant of a plan may have; none where the plan isn't named here. */
export const CUSTOM_RECIPES: Readonly<Record<PlanId, number>> = { enterprise: 1_000 };

/** Why a plan doesn't allow them, and what would. */
export interface CustomRecipesRefused {
  readonly code: 'custom_recipes_not_in_plan' | 'custom_recipes_too_many';
  readonly sentence: string;
}

/** The recipes of a tenant's own under its plan, all of them or none. Without any there is nothing to refuse. */
export const customRecipes = (
  plan: PlanId,
  own: readonly Recipe[],
): E.Either<CustomRecipesRefused, readonly Recipe[]> => {
  const most = Object.hasOwn(CUSTOM_RECIPES, plan) ? (CUSTOM_RECIPES[plan] ?? 0) : 0;
  if (own.length <= most) return E.right(own);
  const having = Object.keys(CUSTOM_RECIPES).join(', ');
  return E.left(
    most === 0
      ? {
          code: 'custom_recipes_not_in_plan',
          sentence: `the plan ${plan} has no recipes of a tenant’s own; these have: ${having}`,
        }
      : {
          code: 'custom_recipes_too_many',
          sentence: `the plan ${plan} has ${most} recipes of a tenant’s own, not ${own.length}`,
        },
  );
};
