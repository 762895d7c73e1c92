/** The library of recipes: each names what there is, is selected by its own evidence alone, and is told as one runbook. */

import { EXIT, main } from '@tai-autonomics/cli';
import { decide } from '@tai-autonomics/core';
import { checkRecipes } from '@tai-autonomics/core/analysis';
import { parseRecipe, type Recipe } from '@tai-autonomics/core/author';
import { incidentPack, library, recipes, runbookOf } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { captureIo } from '../cli/terminal.ts';
import { compiled, lawful, merged, observed, shipped } from '../fixtures/tenant.ts';

const [first] = recipes as readonly [Recipe, ...Recipe[]];

test('the library that ships has no error in it, and every kind its recipe', () => {
  const { findings } = checkRecipes(shipped, recipes);
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(new Set(recipes.map(({ kind }) => kind)).size).toBe(recipes.length);
  for (const recipe of recipes) expect(parseRecipe(structuredClone(recipe))).toEqual(E.right(recipe));
});

test('of two recipes the more specific one is indicated, and the other one is not', () => {
  const special: Recipe = {
    ...first,
    recipe_id: 'restore_allowed_configuration',
    symptom: { all: [first.symptom, { fact: 'environment', is: 'production' }] },
  };
  const pack = incidentPack([...recipes, special]);
  const catalog = compiled({
    ...library,
    packs: library.packs.map((one) => (one.pack_id === pack.pack_id ? pack : one)),
  });
  const indicated = (recipe: string): string =>
    decide(
      catalog,
      observed(catalog, merged(lawful['check_incident'], { intent: { action: { arguments: { recipe } } } })),
    ).verdict;
  expect([indicated(first.recipe_id), indicated(special.recipe_id)]).toEqual(['refuse', 'approve']);
});

test('what nobody else reviewed cannot be selected', () => {
  const draft: Recipe = { ...first, recipe_id: 'a_draft', kind: 'a_kind', review: { state: 'draft' } };
  const known = (pack: ReturnType<typeof incidentPack>): unknown =>
    pack.actions['check_incident']?.arguments['recipe']?.type;
  expect(known(incidentPack([...recipes, draft]))).toEqual(known(incidentPack(recipes)));
});

test('a runbook has every action of its recipe, as a command that can be pasted; the same recipe, the same text', () => {
  for (const recipe of recipes) {
    const page = runbookOf(recipe);
    expect(page).toBe(runbookOf(structuredClone(recipe)));
    for (const { action } of recipe.steps) {
      expect(shipped.actions.has(action)).toBe(true);
      expect(page).toContain(`tai submit ${action} `);
    }
  }
});

test('tai recipe lists, renders and checks them', async () => {
  const run = async (...argv: readonly string[]): Promise<readonly [number, string]> => {
    const { io, printed } = captureIo('.');
    return [await main(['recipe', ...argv], io), printed()];
  };
  expect(await run('list')).toEqual([EXIT.ok, expect.stringContaining('(configuration_drift)')]);
  expect(await run('render', first.recipe_id)).toEqual([EXIT.ok, runbookOf(first)]);
  expect(await run('render', 'none')).toEqual([EXIT.unreadable, expect.stringContaining('there is no recipe "none"')]);
  expect(await run('check')).toEqual([EXIT.ok, expect.stringMatching(/^83 recipes, 0 errors/m)]);
});
