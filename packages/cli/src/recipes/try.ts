/** `tai recipe test` and `tai recipe diagnose`: which recipe evidence selects. */

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Catalog, Issue } from '@tai-autonomics/core';
import { compileRecipes } from '@tai-autonomics/core/analysis';
import { describeCondition, type Recipe, recipeDigest, recipeName } from '@tai-autonomics/core/author';
import { type Diagnosis, diagnose, printPath, type RecipeBook } from '@tai-autonomics/core/engine';
import { encodeBase64url, isPlainObject } from '@tai-autonomics/core/receipt';
import { systemRandom } from '@tai-autonomics/governor/node';
import { standardWorkFixtures, standardWorkRecipes } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { readJsonFile } from '../input/read-file.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../terminal/io.ts';
import { type Facts, readSeen } from './seen.ts';
import { readRecipes, recipeCatalog, shippedUnder } from './shelf.ts';

/** What both take. */
export interface TryOptions {
  readonly catalog?: string;
  readonly json?: boolean;
}
/** What a diagnosis takes beside. */
export interface DiagnoseOptions extends TryOptions {
  readonly recipe?: readonly string[];
  readonly tenant?: string;
  readonly incident?: string;
  readonly about?: string;
  readonly out?: string;
}

interface Tried {
  readonly recipe: string;
  readonly note: string;
  readonly passed: boolean;
  readonly got: string;
}
interface Fixture {
  readonly note: string;
  readonly selects: boolean;
  readonly facts: Facts;
}

/** Runs the fixtures of recipe files, or of all that ships. */
export const testRecipes = async (io: Io, files: readonly string[], options: TryOptions): Promise<ExitCode> => {
  const catalog = await recipeCatalog(io, options.catalog);
  if (E.isLeft(catalog)) return catalog.left;
  const own = await readRecipes(io, files);
  if (E.isLeft(own)) return unreadable(io, ...own.left);
  // A draft is tried as if it were reviewed, else nobody could try what is to be reviewed.
  const tried = own.right.map(({ recipe, file }) => ({ recipe: asReviewed(recipe), file }));
  const book = bookOf(
    io,
    catalog.right,
    tried.map(({ recipe }) => recipe),
  );
  if (E.isLeft(book)) return book.left;
  const results: Tried[] = [];
  for (const { recipe, file } of tried) {
    const fixtures = await readFixtures(io, catalog.right, recipe, fixturesBeside(file));
    if (E.isLeft(fixtures)) return unreadable(io, ...fixtures.left);
    results.push(...fixtures.right.map((fixture) => tryOne(book.right, recipe, fixture)));
  }
  if (files.length === 0) results.push(...shippedResults(catalog.right, book.right));
  if (options.json === true) printJson(io, results);
  else tellResults(io, results);
  return results.every(({ passed }) => passed) ? EXIT.ok : EXIT.failed;
};

/**
 * Which recipe is indicated for incidents of a kind, with its plan; or all the evidence that is missing. Asked by the name of a
 * recipe: whether it is that one, among all those of its kind. Nothing is asked of any deployment.
 */
export const diagnoseFile = async (
  io: Io,
  kindOrId: string,
  file: string,
  options: DiagnoseOptions,
): Promise<ExitCode> => {
  const catalog = await recipeCatalog(io, options.catalog);
  if (E.isLeft(catalog)) return catalog.left;
  const own = await readRecipes(io, options.recipe ?? []);
  if (E.isLeft(own)) return unreadable(io, ...own.left);
  const book = bookOf(
    io,
    catalog.right,
    own.right.map(({ recipe }) => recipe),
  );
  if (E.isLeft(book)) return book.left;
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return unreadable(io, read.left);
  const seen = readSeen(catalog.right, read.right.value);
  if (E.isLeft(seen)) return unreadable(io, ...seen.left.map(read.right.line));
  const named = book.right.recipes.find(({ recipe_id }) => recipe_id === kindOrId);
  const isKind = book.right.kinds.includes(kindOrId);
  if (!isKind && named === undefined)
    return unreadable(
      io,
      `there is no recipe ${JSON.stringify(kindOrId)}, and none for incidents of that kind; there are kinds ${book.right.kinds.join(', ')}`,
    );
  const kind = isKind ? kindOrId : (named?.kind ?? kindOrId);
  const answer = diagnose(book.right, kind, seen.right, options.tenant === undefined ? {} : { tenant: options.tenant });
  const isOther = !isKind && answer.answer === 'recipe' && answer.recipe.recipe_id !== kindOrId;
  if (options.out !== undefined && answer.answer === 'recipe' && !isOther) {
    const written = await writePlan(io, answer, options);
    if (written !== EXIT.ok) return written;
  }
  if (options.json === true) printJson(io, outwardly(answer));
  else {
    if (isOther) io.out(`${io.paint.red(`${kindOrId} is not indicated`)}; another one is:\n`);
    tellDiagnosis(io, answer);
  }
  if (isOther) return EXIT.failed;
  return answer.answer === 'recipe' ? EXIT.ok : answer.answer === 'none' ? EXIT.failed : EXIT.incomplete;
};

const asReviewed = (recipe: Recipe): Recipe => ({
  ...recipe,
  review: { state: 'reviewed', by: recipe.owner === 'reviewer' ? 'another_reviewer' : 'reviewer' },
});

/** Own recipes stand beside those that ship; one of the same id and version takes the place of the shipped one. */
const bookOf = (io: Io, catalog: Catalog, own: readonly Recipe[]): E.Either<ExitCode, RecipeBook> => {
  const names = new Set(own.map(recipeName));
  const all = [...shippedUnder(catalog).filter((recipe) => !names.has(recipeName(recipe))), ...own];
  const book = compileRecipes(catalog, all);
  if (E.isRight(book)) return book;
  for (const { recipe, path, wrong } of book.left) complain(io, `${recipe}: ${printPath(path)}: ${wrong}`);
  return E.left(EXIT.unreadable);
};

const fixturesBeside = (file: string): string => file.replace(/(\.recipe)?(\.jsonc?)$/, '.fixtures$2');

const readFixtures = async (
  io: Io,
  catalog: Catalog,
  recipe: Recipe,
  file: string,
): Promise<E.Either<readonly string[], readonly Fixture[]>> => {
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return E.left([read.left]);
  const { value, line } = read.right;
  const list = isPlainObject(value) && value['recipe'] === recipe.recipe_id ? value['fixtures'] : undefined;
  const expected = `{ "recipe": "${recipe.recipe_id}", "fixtures": [ { "note", "selects", "facts"?, "evidence"? } ] }`;
  if (!Array.isArray(list)) return E.left([line({ path: [], expected, found: 'something else' })]);
  const issues: Issue[] = [];
  const fixtures = (list as readonly unknown[]).flatMap((one, i): readonly Fixture[] => {
    const [note, selects] = isPlainObject(one) ? [one['note'], one['selects']] : [];
    if (typeof note !== 'string' || typeof selects !== 'boolean') {
      issues.push({ path: ['fixtures', i], expected: 'a fixture with `note` and `selects`', found: 'something else' });
      return [];
    }
    const seen = readSeen(catalog, one, ['fixtures', i]);
    if (E.isLeft(seen)) issues.push(...seen.left);
    return E.isLeft(seen) ? [] : [{ note, selects, facts: seen.right }];
  });
  for (const selects of [true, false])
    if (issues.length === 0 && !fixtures.some((one) => one.selects === selects))
      issues.push({
        path: ['fixtures'],
        expected: `a fixture that ${selects ? 'selects the recipe' : 'nearly selects it, and does not'}`,
        found: 'none',
      });
  return issues.length > 0 ? E.left(issues.map(line)) : E.right(fixtures);
};

const tryOne = (book: RecipeBook, recipe: Recipe, { note, selects, facts }: Fixture): Tried => {
  const answer = diagnose(book, recipe.kind, facts);
  const got =
    answer.answer === 'recipe'
      ? answer.recipe.recipe_id
      : answer.answer === 'none'
        ? 'no recipe'
        : `evidence is missing: ${answer.missing.map(({ fact }) => fact).join(', ')}`;
  return { recipe: recipe.recipe_id, note, passed: (got === recipe.recipe_id) === selects, got };
};

const shippedResults = (catalog: Catalog, book: RecipeBook): readonly Tried[] =>
  standardWorkRecipes.flatMap((recipe) =>
    (standardWorkFixtures[recipe.recipe_id] ?? []).map(({ note, selects, evidence }) => {
      const seen = readSeen(catalog, { evidence });
      return E.isLeft(seen)
        ? { recipe: recipe.recipe_id, note, passed: false, got: 'evidence that nobody can read' }
        : tryOne(book, recipe, { note, selects, facts: seen.right });
    }),
  );

const tellResults = (io: Io, results: readonly Tried[]): void => {
  for (const { recipe, note, passed, got } of results)
    io.out(`${passed ? io.paint.green('✓') : io.paint.red('✗')} ${recipe}: ${note}${passed ? '' : ` (got ${got})`}\n`);
  const passed = results.filter((one) => one.passed).length;
  io.out(`${passed} of ${results.length} fixtures hold\n`);
};

type Found = Extract<Diagnosis, { readonly answer: 'recipe' }>;

/** No two plans are the same: an incident that comes back has another one, and its steps are done again. */
const PLANNED_BYTES = 16;

/** A plan that `tai recipe run` carries out: written once, since another look at the world may plan something else. */
const writePlan = async (io: Io, { recipe, plan }: Found, options: DiagnoseOptions): Promise<ExitCode> => {
  const { incident, about: resource, out = '' } = options;
  if (incident === undefined || resource === undefined)
    return unreadable(io, '--out needs --incident and --about: a plan is for one incident about one resource');
  const run = {
    incident,
    resource,
    recipe: recipe.recipe_id,
    version: recipe.version,
    digest: recipeDigest(recipe),
    plan,
    planned: encodeBase64url(systemRandom(PLANNED_BYTES)),
  };
  try {
    await writeFile(resolve(io.cwd, out), `${JSON.stringify(run, null, 2)}\n`, { flag: 'wx' });
  } catch {
    complain(io, `${out}: is there already, or cannot be written`);
    return EXIT.failed;
  }
  return EXIT.ok;
};

const outwardly = (answer: Diagnosis): unknown => {
  switch (answer.answer) {
    case 'recipe':
      return { ...answer, recipe: recipeName(answer.recipe), digest: recipeDigest(answer.recipe) };
    case 'evidence_missing':
      return { ...answer, between: answer.between.map(recipeName) };
    case 'none':
      return answer;
  }
};

const tellDiagnosis = (io: Io, answer: Diagnosis): void => {
  if (answer.answer === 'none') io.out('no recipe is indicated\n');
  if (answer.answer === 'evidence_missing') {
    io.out(`it depends on evidence that is missing, between ${answer.between.map(recipeName).join(', ')}\n`);
    for (const { fact, why, means, sources } of answer.missing)
      io.out(`  ${fact} (${why}): ${means}${sources.length === 0 ? '' : `; from ${sources.join(', ')}`}\n`);
  }
  if (answer.answer !== 'recipe') return;
  io.out(`${io.paint.green(recipeName(answer.recipe))}: ${answer.recipe.title}\n`);
  io.out(`  since ${describeCondition(answer.recipe.symptom)}\n`);
  for (const [i, { action, means, arguments: args, undo }] of answer.plan.entries()) {
    io.out(`  ${i + 1}. ${action} ${JSON.stringify(args)}: ${means}\n`);
    io.out(
      `     ${undo.by === 'action' ? `undone by ${undo.action} ${JSON.stringify(undo.arguments)}` : `not undone: ${undo.why}`}\n`,
    );
  }
  io.out(`  then ${describeCondition(answer.recipe.verify)}\n`);
};
