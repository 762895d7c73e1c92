/** Recipes become a book to diagnose with, if nothing is wrong with any of them. */
import { either as E } from 'fp-ts';
import type { Catalog } from '../../catalog.ts';
import { compileRecipe } from '../../recipe/compile-recipe.ts';
import { type RecipeBook, shelve } from '../../recipe/diagnose.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import type { Budget } from '../solver/question.ts';
import { checkRecipes, type RecipeFinding } from './check-recipes.ts';

/**
 * Compiles recipes under a catalog. Left: every error of `checkRecipes`, drafts included; then nothing of it can be used.
 *
 * @example
 * const book = compileRecipes(catalog, []); // Either<[RecipeFinding, ...], RecipeBook>
 */
export const compileRecipes = (
  catalog: Catalog,
  recipes: readonly Recipe[],
  budget?: Budget,
): E.Either<readonly [RecipeFinding, ...RecipeFinding[]], RecipeBook> => {
  const { findings, narrower } = checkRecipes(catalog, recipes, budget);
  const [first, ...rest] = findings.filter(({ severity }) => severity === 'error');
  if (first !== undefined) return E.left([first, ...rest]);
  const symptoms = recipes.map((recipe) => compileRecipe(catalog, recipe).symptom);
  return E.right(shelve(catalog, recipes, symptoms, narrower));
};
