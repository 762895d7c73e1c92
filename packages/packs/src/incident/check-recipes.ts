/** What is wrong with recipes, before anybody needs one: what they name has to exist, and of two that fit one has to come first. */
import type { Pack } from '@tai-autonomics/core';
import { isMoreSpecific, type Recipe, recipeName, reviewed } from './recipe.ts';

/** A recipe, what is wrong with it, and where. */
export interface RecipeFinding {
  readonly recipe: string;
  readonly path: string;
  readonly wrong: string;
}

/**
 * Everything that is wrong, in the order of the recipes. Facts are the catalog's to check: it doesn't compile with a symptom over
 * an unknown one, and `tai lint` finds a symptom that is always or never true.
 */
export const checkRecipes = (
  recipes: readonly Recipe[],
  packs: readonly Pick<Pack, 'actions'>[],
): readonly RecipeFinding[] => {
  const actions = new Map(packs.flatMap((pack) => Object.entries(pack.actions)));
  const names = recipes.map(({ recipe_id }) => recipe_id);
  return recipes.flatMap((recipe, i) => [
    ...(names.indexOf(recipe.recipe_id) === i ? [] : [found(recipe, 'recipe_id', 'another recipe has the same id')]),
    ...stepFindings(recipe, actions),
    ...reviewFindings(recipe),
    ...ties(recipe, recipes.slice(0, i)),
  ]);
};

const found = (recipe: Recipe, path: string, wrong: string): RecipeFinding => ({
  recipe: recipeName(recipe),
  path,
  wrong,
});

/** Each step is an action that an agent may ask for, with arguments that it has; and so is what takes it back. */
const stepFindings = (
  recipe: Recipe,
  actions: ReadonlyMap<string, Pack['actions'][string]>,
): readonly RecipeFinding[] =>
  recipe.steps.flatMap((step, i) => {
    const asked = (action: string, given: object, path: string): readonly RecipeFinding[] => {
      const known = actions.get(action);
      if (known === undefined) return [found(recipe, path, `there is no action \`${action}\``)];
      const strange = Object.keys(given).filter((name) => !Object.hasOwn(known.arguments, name));
      return [
        ...strange.map((name) => found(recipe, path, `\`${action}\` has no argument \`${name}\``)),
        ...(known.who.includes('agent') ? [] : [found(recipe, path, `no agent may ask for \`${action}\``)]),
      ];
    };
    const { undo } = step;
    const isLast = i === recipe.steps.length - 1;
    const isRemedy = actions.get(step.action)?.arguments['incident'] !== undefined;
    return [
      ...asked(step.action, step.arguments, `steps[${i}]`),
      ...(isLast && actions.has(step.action) && !isRemedy
        ? [found(recipe, `steps[${i}]`, `\`${step.action}\` is no remedy: it takes no incident`)]
        : []),
      ...(undo.by === 'action' ? asked(undo.action, undo.arguments, `steps[${i}].undo`) : []),
    ];
  });

const reviewFindings = (recipe: Recipe): readonly RecipeFinding[] =>
  recipe.review.state === 'reviewed' && reviewed([recipe]).length === 0
    ? [found(recipe, 'review.by', 'its owner reviewed it: somebody else has to')]
    : [];

/** Of two recipes for one kind one has to ask for everything that the other one does, and for more. */
const ties = (recipe: Recipe, before: readonly Recipe[]): readonly RecipeFinding[] =>
  before
    .filter((other) => other.kind === recipe.kind && other.recipe_id !== recipe.recipe_id)
    .filter((other) => !isMoreSpecific(recipe, other) && !isMoreSpecific(other, recipe))
    .map((other) => found(recipe, 'symptom', `it ties with ${recipeName(other)}: neither asks for all of the other’s`));
