/** Conditions that decide nothing: never true, or never false. */

import type { Catalog } from '../../catalog.ts';
import { expandCondition } from '../../compile/expand.ts';
import { complaints } from '../../compile/scope.ts';
import { type Path, printPath } from '../../data/issue.ts';
import { type Comparison, type Condition, comparisonOf, innerOf, isQuantified } from '../../policy/condition.ts';
import type { FactId } from '../../policy/fact.ts';
import { requirementsOf } from '../../policy/with-policy.ts';
import { owns } from '../../receipt/encoding/own.ts';
import type { Budget } from '../solver/question.ts';
import type { Note } from './finding.ts';
import { type Asked, type PlacedCondition, type Satisfiability, satisfiabilityOf } from './satisfiability.ts';

/** A condition as it is written, and its parts. What an `each` says of one row is not judged alone. */
interface Part extends PlacedCondition {
  readonly parts: readonly Part[];
  /** The list of whose records it speaks. */
  readonly list?: FactId;
}

/** The conditions of a catalog by their places, and what is known of each part of them. */
interface Judged {
  readonly roots: ReadonlyMap<string, Part>;
  readonly verdicts: ReadonlyMap<string, Satisfiability>;
}

/** Notes the innermost conditions that are the same for all observations. */
export const lintConditions = (
  catalog: Catalog,
  note: Note,
  budget: Budget | undefined,
  only?: ReadonlySet<string>,
): void => {
  const { roots, verdicts } = judge(catalog, budget, only);
  const verdictOf = (part: Part): Satisfiability | undefined => verdicts.get(printPath(part.path));
  const isConstant = (part: Part): boolean => verdictOf(part) === 'never' || verdictOf(part) === 'always';
  const isTold = (part: Part): boolean => part.parts.some((inner) => isTold(inner) || isConstant(inner));
  for (const part of [...roots.values()].flatMap(flat)) {
    const verdict = verdictOf(part);
    if (verdict === 'not_decided')
      note('not_decided', 'warning', part.path, 'the budget was not enough for this condition');
    if ((verdict !== 'never' && verdict !== 'always') || isTold(part)) continue;
    // What an `each` says depends on the other rows of the catalog: that it holds today is no mistake.
    if (!(owns(part.condition, 'each') && verdict === 'always')) noteOf(part, verdict, note);
  }
};

const judge = (catalog: Catalog, budget: Budget | undefined, only: ReadonlySet<string> | undefined): Judged => {
  const roots = new Map<string, Part>();
  const verdicts = new Map<string, Satisfiability>();
  for (const [i, pack] of catalog.source.packs.entries()) {
    for (const [id, written] of Object.entries(pack.actions)) {
      const action = catalog.actions.get(id);
      if (action === undefined || only?.has(id) === false) continue;
      const placed = requirementsOf(catalog.source, id, { action: written, pack, path: ['packs', i, 'actions', id] });
      const own = placed.map(({ requirement, path }) => partOf(requirement.when, [...path, 'when']));
      // Each requirement is a question of its own: what it doesn't look at needs no place in the formulas.
      for (const parts of own.map(flat)) {
        const unfolded = parts.map(({ condition, path, list }) =>
          askedOf(expandCondition(condition, catalog.source, path, complaints()), list),
        );
        for (const [k, verdict] of satisfiabilityOf(catalog, action, unfolded, budget).entries()) {
          const at = printPath(parts[k]?.path ?? []);
          verdicts.set(at, both(verdicts.get(at), verdict));
        }
      }
      for (const root of own) roots.set(printPath(root.path), root);
    }
  }
  return { roots, verdicts };
};

const partOf = (condition: Condition, path: Path, list?: FactId): Part => {
  const inside = list === undefined ? {} : { list };
  const parts = (all: readonly Condition[], ...under: Path): readonly Part[] =>
    all.map((c, i) => partOf(c, [...path, ...under, i], list));
  if (owns(condition, 'all')) return { condition, path, ...inside, parts: parts(condition.all, 'all') };
  if (owns(condition, 'any')) return { condition, path, ...inside, parts: parts(condition.any, 'any') };
  if (owns(condition, 'not'))
    return { condition, path, ...inside, parts: [partOf(condition.not, [...path, 'not'], list)] };
  if (!isQuantified(condition)) return { condition, path, ...inside, parts: [] };
  const kind = owns(condition, 'every') ? 'every' : 'some';
  return { condition, path, parts: [partOf(innerOf(condition), [...path, kind], condition.fact)] };
};

const flat = (part: Part): readonly Part[] => [part, ...part.parts.flatMap(flat)];

/** What is said of records is true of some record or not of every one. */
const askedOf = (c: Condition, list: FactId | undefined): Asked =>
  list === undefined ? { true: c, false: c } : { true: { fact: list, some: c }, false: { fact: list, every: c } };

/** One verdict for two actions: a requirement of a policy document is judged over all that it is added to. */
const both = (a: Satisfiability | undefined, b: Satisfiability): Satisfiability => {
  if (a === undefined || a === b) return b;
  return a === 'not_decided' || b === 'not_decided' ? 'not_decided' : 'sometimes';
};

const noteOf = (part: Part, verdict: 'never' | 'always', note: Note): void => {
  const isEmpty =
    (owns(part.condition, 'all') && part.condition.all.length === 0) ||
    (owns(part.condition, 'any') && part.condition.any.length === 0);
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

const shown = (condition: Condition): string => {
  if (isQuantified(condition)) return `\`${condition.fact} ${owns(condition, 'every') ? 'every' : 'some'} …\``;
  if (owns(condition, 'fact')) {
    const { fact, op, to } = comparisonOf(condition as Comparison);
    return `\`${fact} ${op} ${JSON.stringify(to)}\``;
  }
  return `the condition \`${Object.keys(condition)[0] ?? ''}\``;
};
