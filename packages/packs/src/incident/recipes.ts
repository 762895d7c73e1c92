/** The library of recipes that ships. */
import type { Recipe } from '@tai-autonomics/core/author';
import { configurationRecipes } from './recipes/configuration.ts';
import { guardedRecipes } from './recipes/guarded.ts';

/** The recipes of this product, each executable with the packs that ship. */
export const recipes: readonly Recipe[] = [...configurationRecipes, ...guardedRecipes];
