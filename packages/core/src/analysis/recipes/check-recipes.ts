/**
 * What is wrong with recipes under a catalog, before anybody needs one: what they name has to exist, what they ask for has to be
 * decidable, and of two that can be indicated together one has to come first (standard work: D-23, D-31).
 */
import type { Catalog } from '../../catalog.ts';
import type { Path } from '../../data/issue.ts';
import { express, type Wire } from '../../data/value.ts';
import type { Observation } from '../../observation.ts';
import { type Condition, factsOf } from '../../policy/condition.ts';
import { compileRecipe, hostOf } from '../../recipe/compile-recipe.ts';
import { type Recipe, recipeName } from '../../recipe/recipe.ts';
import { isMoreSpecific } from '../../recipe/specificity.ts';
import { satisfiabilityOf } from '../lint/satisfiability.ts';
import { type Budget, DEFAULT_BUDGET } from '../solver/question.ts';
import { createOverlaps } from './overlap.ts';

/** A recipe, what is wrong with it, and where in it. */
export interface RecipeFinding {
  readonly recipe: string;
  readonly path: Path;
  /** An error refuses the whole library; a warning is worth a look. */
  readonly severity: 'error' | 'warning';
  readonly wrong: string;
  /** Facts under which it shows, as `tai recipe diagnose` reads them. */
  readonly example?: Readonly<Record<string, Wire>>;
}

/** What a check found: everything that is wrong, and which symptoms are narrower than which, by place in the library. */
export interface RecipesChecked {
  readonly findings: readonly RecipeFinding[];
  /** For each recipe the places of the recipes that are more specific: they come first where both are indicated. */
  readonly narrower: readonly (readonly number[])[];
}

/**
 * Checks recipes under a catalog. One is *more specific* than another of its kind if its symptom is never true where the other's
 * is false, and the other's is somewhere true where its own is false: decided over all typed observations, and it has to show in
 * what is written (`isMoreSpecific`), by which incidents are checked. Two that can be true together and are not so ordered tie. Without a tie the recipes that are true in an observation form a chain, so that exactly
 * one of them is the most specific. What the budget was not enough for is an error, never a guess.
 */
export const checkRecipes = (
  catalog: Catalog,
  recipes: readonly Recipe[],
  budget: Budget = DEFAULT_BUDGET,
): RecipesChecked => {
  const findings: RecipeFinding[] = [];
  const unfolded = recipes.map((recipe, i) => {
    const { issues, symptom, verify } = compileRecipe(catalog, recipe);
    const note: Note = (path, wrong, severity = 'error', example) =>
      void findings.push({
        recipe: recipeName(recipe),
        path,
        severity,
        wrong,
        ...(example === undefined ? {} : { example }),
      });
    for (const { path, expected, found } of issues) note(path, `expected ${expected}, found ${found}`);
    if (recipes.findIndex((other) => recipeName(other) === recipeName(recipe)) < i)
      note(['recipe_id'], 'another recipe has the same id and version');
    const isTyped = issues.length === 0;
    if (isTyped) checkConditions(catalog, { symptom, verify }, budget, note);
    return { recipe, symptom, verify, isTyped, note };
  });
  const narrower = compareAll(catalog, unfolded, budget);
  return { findings, narrower };
};

type Note = (
  path: Path,
  wrong: string,
  severity?: RecipeFinding['severity'],
  example?: Readonly<Record<string, Wire>>,
) => void;

interface Unfolded {
  readonly recipe: Recipe;
  readonly symptom: Condition;
  readonly verify: Condition;
  readonly isTyped: boolean;
  readonly note: Note;
}

/** A symptom that is the same everywhere selects nothing or everything; a verification that is, verifies nothing. */
const checkConditions = (
  catalog: Catalog,
  { symptom, verify }: Pick<Unfolded, 'symptom' | 'verify'>,
  budget: Budget,
  note: Note,
): void => {
  const host = hostOf(catalog);
  if (host === undefined) return;
  const told = satisfiabilityOf(
    catalog,
    host,
    [symptom, verify].map((c) => ({ true: c, false: c })),
    budget,
  );
  for (const [i, path] of (['symptom', 'verify'] as const).entries()) {
    const verdict = told[i];
    if (verdict === 'never') note([path], `the ${CALLED[path]} is never true`);
    else if (verdict === 'always') note([path], `the ${CALLED[path]} is true wherever it is known`);
    else if (verdict === 'not_decided') note([path], `the budget was not enough for this ${CALLED[path]}`);
  }
  if (!looksOutside(catalog, symptom)) note(['symptom'], 'it looks at nothing that anybody observes');
  if (!looksOutside(catalog, verify))
    note(['verify'], 'it looks at nothing that anybody observes: nothing would be verified');
  const [before] = satisfiabilityOf(catalog, host, [{ true: { all: [symptom, verify] }, false: verify }], budget);
  const [after] = satisfiabilityOf(
    catalog,
    host,
    [{ true: symptom, false: { any: [{ not: symptom }, verify] } }],
    budget,
  );
  if (before === 'sometimes' && after === 'always')
    note(['verify'], 'it is true wherever the symptom is: it holds before anything is done', 'warning');
};

const looksOutside = (catalog: Catalog, c: Condition): boolean =>
  factsOf(c).some((fact) => catalog.facts.get(fact)?.origin === 'observed');

/** Compares every two recipes of one kind; versions of one recipe follow one another and are not compared. */
const compareAll = (catalog: Catalog, all: readonly Unfolded[], budget: Budget): readonly (readonly number[])[] => {
  const narrower = all.map((): number[] => []);
  const host = hostOf(catalog);
  if (host === undefined) return narrower;
  const overlapOf = createOverlaps(catalog, host, budget);
  for (const [i, one] of all.entries()) {
    for (const [k, other] of all.slice(0, i).entries()) {
      if (one.recipe.kind !== other.recipe.kind || one.recipe.recipe_id === other.recipe.recipe_id) continue;
      if (!one.isTyped || !other.isTyped) continue;
      const overlap = overlapOf(one.symptom, other.symptom);
      if (overlap.is === 'narrower') narrower[k]?.push(i);
      if (overlap.is === 'wider') narrower[i]?.push(k);
      const [small, large] = overlap.is === 'narrower' ? [one, other] : [other, one];
      if ((overlap.is === 'narrower' || overlap.is === 'wider') && !isMoreSpecific(small.recipe, large.recipe))
        small.note(
          ['symptom'],
          `it is narrower than that of ${recipeName(large.recipe)}, but not by its parts: write all of those, and then what it asks for beyond them`,
        );
      if (overlap.is === 'tied')
        one.note(
          ['symptom'],
          `it ties with ${recipeName(other.recipe)}: both can be indicated, and neither is more specific`,
          'error',
          factsIn(catalog, overlap.example, [one.symptom, other.symptom]),
        );
      if (overlap.is === 'not_decided')
        one.note(['symptom'], `the budget was not enough to compare it with ${recipeName(other.recipe)}`);
    }
  }
  return narrower;
};

/** What the facts of conditions are in an observation. */
const factsIn = (catalog: Catalog, o: Observation, conditions: readonly Condition[]): Readonly<Record<string, Wire>> =>
  Object.fromEntries(
    [...new Set(conditions.flatMap(factsOf))].flatMap((id) => {
      const sight = catalog.readerOf(id)(o);
      const type = catalog.facts.get(id)?.type;
      return typeof sight === 'symbol' || type === undefined ? [] : [[id, express(type, sight)] as const];
    }),
  );

const CALLED = { symptom: 'symptom', verify: 'verification' } as const;
