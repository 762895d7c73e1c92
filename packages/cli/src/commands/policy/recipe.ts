/** `tai recipe`: standard work, from the skeleton of a recipe to its run. */
import { checkRecipes } from '@tai-autonomics/core/analysis';
import { type Recipe, recipeDigest, recipeName } from '@tai-autonomics/core/author';
import { printPath } from '@tai-autonomics/core/engine';
import { customRecipes, recipeCommands, recipeExplanation, runbookOf, undoCommands } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { repeated } from '../../input/written-catalog.ts';
import { type RunRecipeOptions, runPlan } from '../../recipes/run.ts';
import { readRecipes, recipeCatalog, shippedRecipes, shippedUnder } from '../../recipes/shelf.ts';
import { fixturesSkeleton, recipeSkeleton } from '../../recipes/skeleton.ts';
import { type DiagnoseOptions, diagnoseFile, type TryOptions, testRecipes } from '../../recipes/try.ts';
import { CATALOG, DIR, type Register } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { writeNewFiles } from '../../terminal/new-files.ts';

interface RecipeOptions {
  readonly json?: boolean;
}
interface CheckOptions extends TryOptions {
  readonly plan?: string;
}

export const registerRecipe: Register = (program, io, exit) => {
  const recipe = program.command('recipe').description('standard work: what is done about which kind of incident');
  recipe
    .command('list')
    .description('list the recipes, each with its kind of incident')
    .option('--json', 'the recipes whole, as JSON')
    .action((options: RecipeOptions) => exit(list(io, options)));
  recipe
    .command('new')
    .description('write a skeleton: a recipe, and evidence to try it on')
    .argument('<name>', 'the recipe’s id, snake_case; no file is overwritten')
    .option('--json', 'what was written as JSON')
    .action(async (name: string, options: RecipeOptions) => exit(await create(io, name, options)));
  recipe
    .command('check')
    .description('check that recipes name what there is, and do not tie')
    .argument('[files...]', 'recipes of your own (JSON, comments allowed), beside those that ship')
    .option('--plan <plan>', 'as a tenant of this plan, which says how many recipes of its own it may have')
    .option(...CATALOG)
    .option('--json', 'the findings as JSON')
    .action(async (files: readonly string[], options: CheckOptions) => exit(await check(io, files, options)));
  recipe
    .command('test')
    .description('try recipes on their fixtures')
    .argument('[files...]', 'recipes, each with its fixtures beside it; those that ship where absent')
    .option(...CATALOG)
    .option('--json', 'the results as JSON')
    .action(async (files: readonly string[], options: TryOptions) => exit(await testRecipes(io, files, options)));
  recipe
    .command('render')
    .description('print the runbook of a recipe, in Markdown')
    .argument('<id>', 'the id of the recipe')
    .option('--json', 'the recipe with its commands and its explanation, as JSON')
    .action((id: string, options: RecipeOptions) => exit(render(io, id, options)));
  recipe
    .command('diagnose')
    .description('say which recipe evidence indicates, and what it would do')
    .argument('<kind>', 'the kind of incident, or a recipe’s id: is it the one that is indicated?')
    .argument('<evidence>', 'a file with `facts`, `evidence` or both (JSON, comments allowed)')
    .addOption(repeated('--recipe <file>', 'a recipe of your own, beside those that ship; may be repeated'))
    .option('--tenant <tenant>', 'offer only the versions that this tenant is offered')
    .option('--incident <id>', 'the incident that the plan is for')
    .option('--about <resource>', 'the resource that the plan is for')
    .option('--out <file>', 'write the plan, for `tai recipe run`; no file is overwritten')
    .option(...CATALOG)
    .option('--json', 'the diagnosis as JSON')
    .action(async (kind: string, file: string, options: DiagnoseOptions) =>
      exit(await diagnoseFile(io, kind, file, options)),
    );
  recipe
    .command('run')
    .description('carry a plan out, step by step, or go on with it')
    .argument('<plan>', 'the plan that `tai recipe diagnose --out` wrote')
    .requiredOption('--tenant <tenant>', 'the tenant')
    .requiredOption('--as <type:id>', 'who asks: agent:… or service:…')
    .option('--scope <roles>', 'the roles that who asks carries at most, with commas')
    .option('--give-up', 'ask for nothing more, and take back what was done')
    .option(...DIR)
    .option('--json', 'how it stands, as JSON')
    .action(async (file: string, options: RunRecipeOptions) => exit(await runPlan(io, file, options)));
};

const list = (io: Io, { json = false }: RecipeOptions): ExitCode => {
  if (json) printJson(io, shippedRecipes);
  else
    for (const { recipe_id, version, kind, title } of shippedRecipes)
      io.out(`${recipe_id}@${version} (${kind}): ${title}\n`);
  return EXIT.ok;
};

const create = (io: Io, name: string, { json = false }: RecipeOptions): Promise<ExitCode> =>
  writeNewFiles(io, name, json, () => [
    [`${name}.recipe.jsonc`, recipeSkeleton(name)],
    [`${name}.fixtures.jsonc`, fixturesSkeleton(name)],
  ]);

const render = (io: Io, id: string, { json = false }: RecipeOptions): ExitCode => {
  const recipe = shippedRecipes.find(({ recipe_id }) => recipe_id === id);
  if (recipe === undefined) {
    const known = shippedRecipes.map(({ recipe_id }) => recipe_id).join(', ');
    return unreadable(io, `there is no recipe ${JSON.stringify(id)}; there are ${known}`);
  }
  if (json) printJson(io, rendered(recipe));
  else io.out(runbookOf(recipe));
  return EXIT.ok;
};

const rendered = (recipe: Recipe): unknown => ({
  ...recipe,
  digest: recipeDigest(recipe),
  explained: recipeExplanation(recipe),
  commands: recipeCommands(recipe),
  undo_commands: undoCommands(recipe),
});

const check = async (io: Io, files: readonly string[], options: CheckOptions): Promise<ExitCode> => {
  const catalog = await recipeCatalog(io, options.catalog);
  if (E.isLeft(catalog)) return catalog.left;
  const own = await readRecipes(io, files);
  if (E.isLeft(own)) return unreadable(io, ...own.left);
  const mine = own.right.map(({ recipe }) => recipe);
  const allowed = options.plan === undefined ? E.right(mine) : customRecipes(options.plan, mine);
  if (E.isLeft(allowed)) {
    complain(io, `${allowed.left.code}: ${allowed.left.sentence}`);
    return EXIT.failed;
  }
  const names = new Set(mine.map(recipeName));
  const shipped = shippedUnder(catalog.right).filter((recipe) => !names.has(recipeName(recipe)));
  const all = [...shipped, ...mine];
  const { findings } = checkRecipes(catalog.right, all);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (options.json === true) printJson(io, findings);
  else {
    for (const { recipe, path, severity, wrong, example } of findings) {
      const place = own.right.find((one) => recipeName(one.recipe) === recipe)?.document.place(path);
      io.out(`${place ?? `${recipe}: ${printPath(path)}`}: ${severity}: ${wrong}\n`);
      if (example !== undefined) io.out(`  for example where ${JSON.stringify(example)}\n`);
    }
    io.out(`${all.length} recipes, ${errors} errors, ${findings.length - errors} warnings\n`);
  }
  return errors === 0 ? EXIT.ok : EXIT.failed;
};
