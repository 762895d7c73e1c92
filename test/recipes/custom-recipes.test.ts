/** Recipes of a tenant's own are something that a plan has or has not (P-53). */
import { CUSTOM_RECIPES, customRecipes, library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { recipe } from './made-up.ts';

const own = (count: number) => Array.from({ length: count }, (_, i) => recipe({ recipe_id: `own_${i}` }));

test('a plan that has recipes of a tenant’s own is one that is sold', () => {
  expect(Object.keys(CUSTOM_RECIPES).filter((plan) => !Object.hasOwn(library.plans, plan))).toEqual([]);
});

test.for(Object.keys(library.plans))('%s has as many as it says, and one more is refused with a code', (plan) => {
  const most = CUSTOM_RECIPES[plan] ?? 0;
  expect(customRecipes(plan, own(most))).toEqual(E.right(own(most)));
  const refused = customRecipes(plan, own(most + 1));
  expect(E.isLeft(refused) && refused.left.code).toBe(
    most === 0 ? 'custom_recipes_not_in_plan' : 'custom_recipes_too_many',
  );
});

test('a plan by an inherited name has none', () => {
  expect(E.isLeft(customRecipes('constructor', own(1)))).toBe(true);
  expect(customRecipes('constructor', [])).toEqual(E.right([]));
});
