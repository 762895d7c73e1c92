/** Looks through a catalog for what can't be meant: unreachable, contradictory, unused, untrue. */
import { either as E } from 'fp-ts';
import { compileCatalog } from '../../catalog.ts';
import { printPath } from '../../data/issue.ts';
import type { ActionId } from '../../policy/action.ts';
import type { Budget } from '../solver/question.ts';
import { lintClear } from './clear.ts';
import { lintConditions } from './conditions.ts';
import { type LintFinding, RULES } from './finding.ts';
import { lintPlans } from './plans.ts';
import { lintSteps } from './steps.ts';
import { lintUse, type Observers } from './use.ts';
import { lintWords } from './words.ts';

/** What the linter may know beyond the catalog. */
export interface LintOptions {
  /** Which facts each source supplies here; without it the linter doesn't ask who observes. */
  readonly observers?: Observers;
  /** Actions whose conditions and next steps are looked at, which is most of the work; all of them where absent. */
  readonly only?: ReadonlySet<ActionId>;
  readonly budget?: Budget;
}

/**
 * Lints a catalog as it is written. A catalog that doesn't load has its mistakes as findings and nothing else; in one
 * that does, errors come first. No finding is a guess: what a budget was not enough for is a finding `not_decided`.
 */
export const lint = (source: unknown, { observers, only, budget }: LintOptions = {}): readonly LintFinding[] => {
  const compiled = compileCatalog(source);
  if (E.isLeft(compiled))
    return compiled.left.map(({ path, expected, found }) => ({
      rule: 'does_not_load',
      severity: 'error',
      path,
      message: `expected ${expected}, found ${found}`,
    }));
  const catalog = compiled.right;
  const findings: LintFinding[] = [];
  const note = (
    rule: LintFinding['rule'],
    severity: LintFinding['severity'],
    path: LintFinding['path'],
    message: string,
  ): void => {
    // A document's requirement is looked at once for each action that it is added to.
    const isSaid = findings.some(
      (f) => f.rule === rule && f.message === message && printPath(f.path) === printPath(path),
    );
    if (!isSaid) findings.push({ rule, severity, path, message });
  };
  lintPlans(catalog.source, note);
  lintConditions(catalog, note, budget, only);
  lintSteps(catalog, note, budget, only);
  lintUse(catalog, note, observers);
  lintClear(catalog, note);
  lintWords(catalog.source, [], note);
  return findings.sort(order);
};

const order = (a: LintFinding, b: LintFinding): number =>
  Number(a.severity === 'warning') - Number(b.severity === 'warning') || RULES.indexOf(a.rule) - RULES.indexOf(b.rule);
