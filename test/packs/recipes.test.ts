/** The library of recipes: each names what there is, is selected by its own evidence alone, and is told as one runbook. */

import { EXIT, main } from '@tai-autonomics/cli';
import { decide } from '@tai-autonomics/core';
import { checkRecipes, incidentPack, library, type Recipe, recipes, runbookOf } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { captureIo } from '../cli/terminal.ts';
import { compiled, lawful, merged, observed, shipped } from '../fixtures/tenant.ts';

const [first] = recipes as readonly [Recipe, ...Recipe[]];
const step = first.steps[0];
const wrong = (recipe: Partial<Recipe>): readonly string[] =>
  checkRecipes([first, { ...first, recipe_id: 'another', kind: 'another', ...recipe }], library.packs).map(
    ({ path, wrong: why }) => `${path}: ${why}`,
  );

test('the library that ships has nothing wrong with it, and every kind its recipe', () => {
  expect(checkRecipes(recipes, library.packs)).toEqual([]);
  expect(new Set(recipes.map(({ kind }) => kind)).size).toBe(recipes.length);
});

test.for([
  [
    'an action that there is not',
    { steps: [{ ...step, action: 'restart_all' }] },
    'steps[0]: there is no action `restart_all`',
  ],
  ['an argument that it has not', { steps: [{ ...step, arguments: { force: true } }] }, 'has no argument `force`'],
  ['an action of owners', { steps: [{ ...step, action: 'clear_andon' }] }, 'no agent may ask for `clear_andon`'],
  ['a last step that is no remedy', { steps: [{ ...step, action: 'clear_storm' }] }, 'takes no incident'],
  [
    'an undo that there is not',
    { steps: [{ ...step, undo: { by: 'action', action: 'undo_all', arguments: {} } }] },
    'steps[0].undo: there is no action `undo_all`',
  ],
  ['a review of its own', { review: { state: 'reviewed', by: first.owner } }, 'review.by: its owner reviewed it'],
  ['the symptom of another one', { kind: first.kind }, 'it ties with restore_drifted_configuration@1.0.0'],
  ['the id of another one', { recipe_id: first.recipe_id }, 'recipe_id: another recipe has the same id'],
] as const)('a recipe with %s is told, with its place', ([, recipe, why]) => {
  expect(wrong(recipe as Partial<Recipe>).join('\n')).toContain(why);
});

test('of two recipes the more specific one is indicated, and the other one is not', () => {
  const special: Recipe = {
    ...first,
    recipe_id: 'restore_allowed_configuration',
    symptom: { all: [first.symptom, { fact: 'environment', is: 'production' }] },
  };
  expect(checkRecipes([first, special], library.packs)).toEqual([]);
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
  expect(await run('check')).toEqual([EXIT.ok, `${recipes.length} recipes, 0 findings\n`]);
});
