/** `tai recipe`: the library of recipes, as a list, as runbooks, and checked. */
import { compileCatalog } from '@tai-autonomics/core';
import { checkRecipes } from '@tai-autonomics/core/analysis';
import { printPath } from '@tai-autonomics/core/engine';
import { library, recipeCommands, recipes, runbookOf } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import type { Register } from '../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../terminal/io.ts';

interface RecipeOptions {
  readonly json?: boolean;
}

export const registerRecipe: Register = (program, io, exit) => {
  const recipe = program.command('recipe').description('standard work: what is done about which kind of incident');
  recipe
    .command('list')
    .description('list the recipes, each with its kind of incident')
    .option('--json', 'the recipes whole, as JSON')
    .action((options: RecipeOptions) => exit(list(io, options)));
  recipe
    .command('render')
    .description('print the runbook of a recipe, in Markdown')
    .argument('<id>', 'the id of the recipe')
    .option('--json', 'the recipe with its commands, as JSON')
    .action((id: string, options: RecipeOptions) => exit(render(io, id, options)));
  recipe
    .command('check')
    .description('check that recipes name what there is, and do not tie')
    .option('--json', 'the findings as JSON')
    .action((options: RecipeOptions) => exit(check(io, options)));
};

const list = (io: Io, { json = false }: RecipeOptions): ExitCode => {
  if (json) printJson(io, recipes);
  else
    for (const { recipe_id, version, kind, title } of recipes) io.out(`${recipe_id}@${version} (${kind}): ${title}\n`);
  return EXIT.ok;
};

const render = (io: Io, id: string, { json = false }: RecipeOptions): ExitCode => {
  const recipe = recipes.find(({ recipe_id }) => recipe_id === id);
  if (recipe === undefined) {
    const known = recipes.map(({ recipe_id }) => recipe_id).join(', ');
    return unreadable(io, `there is no recipe ${JSON.stringify(id)}; there are ${known}`);
  }
  if (json) printJson(io, { ...recipe, commands: recipeCommands(recipe) });
  else io.out(runbookOf(recipe));
  return EXIT.ok;
};

const check = (io: Io, { json = false }: RecipeOptions): ExitCode => {
  const catalog = compileCatalog(library);
  if (E.isLeft(catalog)) return unreadable(io, 'the shipped catalog does not load');
  const { findings } = checkRecipes(catalog.right, recipes);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (json) printJson(io, findings);
  else {
    for (const { recipe, path, severity, wrong } of findings)
      io.out(`${recipe}: ${printPath(path)}: ${severity}: ${wrong}\n`);
    io.out(`${recipes.length} recipes, ${errors} errors, ${findings.length - errors} warnings\n`);
  }
  return errors === 0 ? EXIT.ok : EXIT.failed;
};
