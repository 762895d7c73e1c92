/** The recipes that a command works with: those that ship, standard work beside them, and files of one's own. */
import { type Catalog, compileCatalog } from '@tai-autonomics/core';
import { parseRecipe, type Recipe } from '@tai-autonomics/core/author';
import { library, recipes, standardWorkRecipes, withStandardWork } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { catalogOf } from '../commands/policy/decide.ts';
import { type ReadDocument, readJsonFile } from '../input/read-file.ts';
import type { ExitCode, Io } from '../terminal/io.ts';

/** A recipe of one's own, and the file in which it stands. */
export interface OwnRecipe {
  readonly recipe: Recipe;
  readonly file: string;
  readonly document: ReadDocument;
}

/** Everything that ships. */
export const shippedRecipes: readonly Recipe[] = [...recipes, ...standardWorkRecipes];

let beside: Catalog | undefined;

/** The catalog that recipes are read under: another one that is named, or the shipped one with standard work beside it. */
export const recipeCatalog = async (io: Io, file: string | undefined): Promise<E.Either<ExitCode, Catalog>> => {
  if (file !== undefined) return catalogOf(io, file);
  if (beside === undefined) {
    const compiled = compileCatalog(withStandardWork(library));
    if (E.isRight(compiled)) beside = compiled.right;
  }
  return beside === undefined ? catalogOf(io, file) : E.right(beside);
};

/** The recipes that ship and that a catalog can carry out. */
export const shippedUnder = (catalog: Catalog): readonly Recipe[] =>
  shippedRecipes.filter(({ steps }) => steps.every(({ action }) => catalog.actions.has(action)));

/** Reads recipes from files, or says a line for each mistake. */
export const readRecipes = async (
  io: Io,
  files: readonly string[],
): Promise<E.Either<readonly string[], readonly OwnRecipe[]>> => {
  const own: OwnRecipe[] = [];
  const wrong: string[] = [];
  for (const file of files) {
    const read = await readJsonFile(io, file);
    if (E.isLeft(read)) {
      wrong.push(read.left);
      continue;
    }
    const parsed = parseRecipe(read.right.value);
    if (E.isLeft(parsed)) wrong.push(...parsed.left.map(read.right.line));
    else own.push({ recipe: parsed.right, file, document: read.right });
  }
  return wrong.length > 0 ? E.left(wrong) : E.right(own);
};
