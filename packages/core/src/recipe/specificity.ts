/** Which of two recipes comes first where both are indicated: one rule, for the diagnosis and for the pack of incidents. */
import type { Condition } from '../policy/condition.ts';
import { owns } from '../receipt/encoding/own.ts';
import type { Recipe } from './recipe.ts';

/**
 * Whether one recipe asks for everything that the other one of its kind does, and for more: it is tried first. By the parts of
 * the outermost `all`, as they are written; `checkRecipes` refuses a symptom that is narrower in any other way.
 */
export const isMoreSpecific = (
  one: Pick<Recipe, 'kind' | 'symptom'>,
  other: Pick<Recipe, 'kind' | 'symptom'>,
): boolean => {
  const [own, others] = [writtenParts(one.symptom), writtenParts(other.symptom)];
  return one.kind === other.kind && own.size > others.size && [...others].every((part) => own.has(part));
};

const writtenParts = (symptom: Condition): ReadonlySet<string> =>
  new Set((owns(symptom, 'all') ? symptom.all : [symptom]).map((part) => JSON.stringify(part)));
