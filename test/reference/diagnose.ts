/** Diagnosis, slowly and plainly: every symptom evaluated by the book, every two recipes compared by trying every observation. */
import type { Condition, Recipe } from '@tai-autonomics/core/author';
import type { World } from '../recipes/made-up.ts';
import { worlds } from '../recipes/made-up.ts';

type Truth = true | false | 'unknown';

/** Kleene's logic over a world with gaps. */
export const truthIn = (world: World, c: Condition): Truth => {
  if ('all' in c) {
    const parts = c.all.map((part) => truthIn(world, part));
    return parts.includes(false) ? false : parts.includes('unknown') ? 'unknown' : true;
  }
  if ('any' in c) {
    const parts = c.any.map((part) => truthIn(world, part));
    return parts.includes(true) ? true : parts.includes('unknown') ? 'unknown' : false;
  }
  if ('not' in c) {
    const part = truthIn(world, c.not);
    return part === 'unknown' ? part : !part;
  }
  const { fact, ...rest } = c as { readonly fact: keyof World; readonly [op: string]: unknown };
  const value = world[fact];
  if (value === undefined) return 'unknown';
  const [[op, to]] = Object.entries(rest) as [[string, never]];
  const is: Record<string, () => boolean> = {
    is: () => value === to,
    oneOf: () => (to as readonly unknown[]).includes(value),
    atLeast: () => Number(value) >= Number(to),
    below: () => Number(value) < Number(to),
  };
  return is[op]?.() ?? false;
};

const trueWorlds = (c: Condition): readonly World[] => worlds(false).filter((world) => truthIn(world, c) === true);

/** Where they meet, whether the first is inside the second, and the other way round. */
const lieOf = (one: Condition, other: Condition) => {
  const [own, others] = [trueWorlds(one), trueWorlds(other)];
  return {
    meet: own.some((world) => truthIn(world, other) === true),
    inside: own.every((world) => truthIn(world, other) === true),
    around: others.every((world) => truthIn(world, one) === true),
  };
};

/** Whether two recipes tie. */
export const ties = (one: Condition, other: Condition): boolean => {
  const { meet, inside, around } = lieOf(one, other);
  return meet && inside === around;
};

/** Whether the first symptom is true in a part of where the second one is, and not everywhere there. */
export const isNarrower = (one: Condition, other: Condition): boolean => {
  const { meet, inside, around } = lieOf(one, other);
  return meet && inside && !around;
};

/** The answer: a recipe's id, `none`, or the facts that are missing. */
export const diagnosed = (recipes: readonly Recipe[], kind: string, world: World): string | readonly string[] => {
  const mine = recipes.filter((recipe) => recipe.kind === kind);
  const are = (truth: Truth) => mine.filter(({ symptom }) => truthIn(world, symptom) === truth);
  const chosen = are(true).find((one) => !are(true).some((other) => isNarrower(other.symptom, one.symptom)));
  const open = are('unknown').filter((one) => chosen === undefined || isNarrower(one.symptom, chosen.symptom));
  if (chosen !== undefined && open.length === 0) return chosen.recipe_id;
  if (open.length === 0) return 'none';
  const asking = chosen === undefined ? open : [chosen, ...open];
  return [...new Set(asking.flatMap(({ symptom }) => factsIn(symptom)))]
    .filter((fact) => world[fact] === undefined)
    .sort();
};

const factsIn = (c: Condition): readonly (keyof World)[] => {
  if ('all' in c) return c.all.flatMap(factsIn);
  if ('any' in c) return c.any.flatMap(factsIn);
  if ('not' in c) return factsIn(c.not);
  return [(c as { readonly fact: keyof World }).fact];
};
