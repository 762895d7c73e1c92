/** Conditions that decide nothing: never true, or never false. */
import type { Catalog } from '../catalog.ts';
import { expandCondition } from '../compile/expand.ts';
import { complaints } from '../compile/scope.ts';
import { type Comparison, type Condition, comparisonOf } from '../condition.ts';
import { type Path, printPath } from '../issue.ts';
import { requirementsOf } from '../policies.ts';
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

/** One verdict for two actions: a requirement of a policy document is judged over all that it is added to. */
const both = (a: Satisfiability | undefined, b: Satisfiability): Satisfiability => {
  if (a === undefined || a === b) return b;
  return a === 'not_decided' || b === 'not_decided' ? 'not_decided' : 'sometimes';
};

/** The conditions of a catalog by their places, and what is known of each part of them. */
interface Judged {
  readonly roots: ReadonlyMap<string, Part>;
  readonly verdicts: ReadonlyMap<string, Satisfiability>;
}

const judge = (catalog: Catalog, budget: Budget | undefined): Judged => {
  const roots = new Map<string, Part>();
  const verdicts = new Map<string, Satisfiability>();
  for (const pack of catalog.source.packs) {
    for (const [id, written] of Object.entries(pack.actions)) {
      const action = catalog.actions.get(id);
      if (action === undefined) continue;
      const placed = requirementsOf(catalog.source, id, { action: written, pack });
      const own = placed.map(({ requirement, path }) => partOf(requirement.when, [...path, 'when']));
      const parts = own.flatMap(flat);
      const unfolded = parts.map(({ condition, path }) =>
        expandCondition(condition, catalog.source, path, complaints()),
      );
      for (const [k, verdict] of satisfiabilityOf(catalog, action, unfolded, budget).entries()) {
        const at = printPath(parts[k]?.path ?? []);
        verdicts.set(at, both(verdicts.get(at), verdict));
      }
      for (const root of own) roots.set(printPath(root.path), root);
    }
  }
  return { roots, verdicts };
};

const noteOf = (part: Part, verdict: 'never' | 'always', note: Note): void => {
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
};

/** Notes the innermost conditions that are the same for all observations. */
export const lintConditions = (catalog: Catalog, note: Note, budget: Budget | undefined): void => {
  const { roots, verdicts } = judge(catalog, budget);
  const verdictOf = (part: Part): Satisfiability | undefined => verdicts.get(printPath(part.path));
  const isConstant = (part: Part): boolean => verdictOf(part) === 'never' || verdictOf(part) === 'always';
  const isTold = (part: Part): boolean => part.parts.some((inner) => isTold(inner) || isConstant(inner));
  for (const part of [...roots.values()].flatMap(flat)) {
    const verdict = verdictOf(part);
    if (verdict === 'not_decided')
      note('not_decided', 'warning', part.path, 'the budget was not enough for this condition');
    if ((verdict !== 'never' && verdict !== 'always') || isTold(part)) continue;
    // What an `each` says depends on the other rows of the catalog: that it holds today is no mistake.
    if (!('each' in part.condition && verdict === 'always')) noteOf(part, verdict, note);
  }
};
