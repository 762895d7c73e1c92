/** The facts that terms name, wherever they stand. */
import { type FactId, isFactTerm, type Term } from '../../policy/fact.ts';

/** Every fact that is named inside a value of a catalog: in a term, a write, a remedy, a condition. */
export const termFacts = (value: unknown): readonly FactId[] => {
  if (Array.isArray(value)) return value.flatMap(termFacts);
  if (typeof value !== 'object' || value === null) return [];
  const own = isFactTerm(value as Term) ? [(value as { readonly fact: unknown }).fact] : [];
  return [...own.filter((id) => typeof id === 'string'), ...Object.values(value).flatMap(termFacts)];
};
