/** What an invariant refers to: actions, facts and codes of a catalog, in the types that they have. */

import { type Issue, suggestion } from '../data/issue.ts';
import type { ActionId } from '../policy/action.ts';
import type { CatalogSource } from '../policy/catalog-source.ts';
import type { Condition } from '../policy/condition.ts';
import type { Fact, FactId } from '../policy/fact.ts';
import type { Invariant } from '../policy/invariant.ts';
import { argumentReader, type Reader } from '../reading.ts';
import type { CompiledAction } from './action.ts';
import { compileCondition } from './evaluator.ts';
import { aboutWritten, expandCondition } from './expand.ts';
import { actionScope, checkKept, complaints, createSlots } from './scope.ts';

/** What a compiled catalog has that an invariant can speak of. */
interface Subject {
  readonly source: CatalogSource;
  readonly actions: ReadonlyMap<ActionId, CompiledAction>;
  readonly facts: ReadonlyMap<FactId, Fact>;
  readonly codes: ReadonlyMap<string, unknown>;
  readonly readerOf: (id: FactId) => Reader;
}

/** The actions that an invariant is about; none for one that the catalog doesn't have. */
export const actionsAbout = (catalog: Subject, { action }: Invariant): readonly CompiledAction[] => {
  if (action === '*') return [...catalog.actions.values()];
  const one = catalog.actions.get(action);
  return one === undefined ? [] : [one];
};

/** Everything that is wrong with an invariant under a catalog; of actions that it doesn't fit, the first one's. */
export const invariantIssues = (catalog: Subject, invariant: Invariant): readonly Issue[] => {
  const { action, when, unless } = invariant;
  const issues: Issue[] = [];
  if (action !== '*' && !catalog.actions.has(action))
    issues.push({
      path: ['action'],
      expected: `an action of the catalog${suggestion(action, catalog.actions.keys())}`,
      found: `\`${action}\``,
    });
  if (invariant.verdict === 'always_refuse_with' && !catalog.codes.has(invariant.code))
    issues.push({
      path: ['code'],
      expected: `a code of the catalog${suggestion(invariant.code, catalog.codes.keys())}`,
      found: `\`${invariant.code}\``,
    });
  for (const about of actionsAbout(catalog, invariant)) {
    const wrong = [
      ...(when === undefined ? [] : conditionIssues(catalog, about, when, ['when'])),
      ...(unless === undefined ? [] : conditionIssues(catalog, about, unless, ['unless'])),
    ];
    issues.push(...wrong);
    if (wrong.length > 0) break;
  }
  return issues;
};

const conditionIssues = (
  catalog: Subject,
  action: CompiledAction,
  condition: Condition,
  path: Issue['path'],
): readonly Issue[] => {
  const to = complaints();
  const outer = {
    fact: (id: string) => catalog.facts.get(id),
    names: () => catalog.facts.keys(),
    reader: catalog.readerOf,
  };
  const scope = actionScope(outer, action.action.arguments, argumentReader);
  const about = aboutWritten(condition, path, to);
  const slots = createSlots();
  compileCondition(expandCondition(condition, catalog.source, path, about), path, { scope, slots, to: about });
  checkKept(slots.facts, action.action.arguments, scope, path, to);
  return to.issues;
};
