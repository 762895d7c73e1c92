/** Conditions that decide nothing: never true, or never false. */
import type { Catalog } from '../catalog.ts';
import { expandCondition } from '../compile/expand.ts';
import { complaints } from '../compile/scope.ts';
import { type Comparison, type Condition, comparisonOf } from '../condition.ts';
import type { Path } from '../issue.ts';
import type { Note } from './finding.ts';
import type { Budget } from './question.ts';
import { type PlacedCondition, type Satisfiability, satisfiabilityOf } from './satisfiability.ts';

/** A condition as it is written, and its parts. What an `each` says of one row is not judged alone. */
interface Part extends PlacedCondition {
  readonly parts: readonly Part[];
}

const partOf = (condition: Condition, path: Path): Part => {
  if ('all' in condition)
    return { condition, path, parts: condition.all.map((c, i) => partOf(c, [...path, 'all', i])) };
  if ('any' in condition)
    return { condition, path, parts: condition.any.map((c, i) => partOf(c, [...path, 'any', i])) };
  if ('not' in condition) return { condition, path, parts: [partOf(condition.not, [...path, 'not'])] };
  return { condition, path, parts: [] };
};
const flat = (part: Part): readonly Part[] => [part, ...part.parts.flatMap(flat)];

const shown = (condition: Condition): string => {
  if ('fact' in condition) {
    const { fact, op, to } = comparisonOf(condition as Comparison);
    return `\`${fact} ${op} ${JSON.stringify(to)}\``;
  }
  return `the condition \`${Object.keys(condition)[0] ?? ''}\``;
};

/** Notes the innermost conditions that are the same for all observations, and actions that are never approved. */
export const lintConditions = (catalog: Catalog, note: Note, budget: Budget | undefined): void => {
  catalog.source.packs.forEach((pack, i) => {
    for (const [id, { requires }] of Object.entries(pack.actions)) {
      const action = catalog.actions.get(id);
      const path: Path = ['packs', i, 'actions', id];
      if (action === undefined) continue;
      const roots = requires.map(({ when }, k) => partOf(when, [...path, 'requires', k, 'when']));
      const parts = roots.flatMap(flat);
      const unfolded = parts.map(({ condition, path: at }) =>
        expandCondition(condition, catalog.source, at, complaints()),
      );
      const verdicts = new Map<Part, Satisfiability>();
      satisfiabilityOf(catalog, action, unfolded, budget).forEach((verdict, k) => {
        const part = parts[k];
        if (part !== undefined) verdicts.set(part, verdict);
      });
      const isTold = (part: Part): boolean => part.parts.some((inner) => isTold(inner) || isConstant(inner));
      const isConstant = (part: Part): boolean => verdicts.get(part) === 'never' || verdicts.get(part) === 'always';
      for (const part of parts) {
        const verdict = verdicts.get(part);
        if (verdict === 'not_decided')
          note('not_decided', 'warning', part.path, 'the budget was not enough for this condition');
        // What an `each` says depends on the other rows of the catalog: that it holds today is no mistake.
        if (!isConstant(part) || isTold(part) || ('each' in part.condition && verdict === 'always')) continue;
        const isEmpty =
          ('all' in part.condition && part.condition.all.length === 0) ||
          ('any' in part.condition && part.condition.any.length === 0);
        const what = isEmpty ? 'the empty condition' : shown(part.condition);
        if (verdict === 'never') note('condition_never_true', 'error', part.path, `${what} is never true`);
        else
          note(
            'condition_always_true',
            'warning',
            part.path,
            `${what} is true wherever it is known: it requires nothing else`,
          );
      }
    }
  });
};
