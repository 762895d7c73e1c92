/** Runs a table of cases: each is parsed, decided and compared. The same code runs `tai test`, the packs' own tables and a user's. */
import { either as E } from 'fp-ts';
import type { Catalog } from '../catalog.ts';
import { type Issue, printIssue, suggestion } from '../data/issue.ts';
import { decide } from '../decide.ts';
import type { Decision } from '../decision.ts';
import type { NextStep } from '../next-step.ts';
import type { Observation } from '../observation.ts';
import { parseObservation } from '../observation-codec.ts';
import type { Case, CaseTable, Expected } from './case-table.ts';
import { type Coverage, createCoverage } from './coverage.ts';
import { type Document, isDocument, layered } from './document.ts';

/** A decision, as far as a case can speak of it. */
export type Found =
  | { readonly verdict: 'approve'; readonly step?: string; readonly with?: Document }
  | { readonly verdict: 'refuse'; readonly codes: readonly string[]; readonly next: readonly NextStep['kind'][] };

/** What became of one case. `wrong` is empty if it passed, else one line for each difference. */
export interface CaseResult {
  readonly note: string;
  readonly passed: boolean;
  readonly wrong: readonly string[];
  /** Absent where what was given is no observation. */
  readonly found?: Found;
}

/** What became of a table. */
export interface CaseReport {
  readonly passed: number;
  readonly failed: number;
  readonly results: readonly CaseResult[];
  readonly coverage: Coverage;
}

/** Decides every case of a table under a catalog. Total: what can't be read is a case that failed. */
export const runCases = (catalog: Catalog, table: CaseTable): CaseReport => {
  const coverage = createCoverage(catalog, table.pack);
  const results = table.cases.map((row) => runCase(catalog, table.given, row, coverage.saw));
  const passed = results.filter((result) => result.passed).length;
  return { passed, failed: results.length - passed, results, coverage: coverage.report() };
};

/**
 * A scene with what differs laid over it. A `null` that takes nothing away is an issue, unless it names a cell or a fact
 * that could have been there: a misspelt name would leave the scene as it was, and a case would pass for another reason.
 */
export const parseDiffering = (
  catalog: Catalog,
  scene: unknown,
  differs: unknown,
): E.Either<readonly [Issue, ...Issue[]], Observation> => {
  const known = { state: [...catalog.cells.keys()], facts: [...catalog.facts.keys()] };
  const issues: Issue[] = [];
  const look = (lower: unknown, upper: unknown, path: readonly string[]): void => {
    if (!isDocument(upper)) return;
    for (const [name, value] of Object.entries(upper)) {
      const at = [...path, name];
      const below = isDocument(lower) && Object.hasOwn(lower, name) ? lower[name] : undefined;
      const [top, second = ''] = at;
      const names = top === 'state' || top === 'facts' ? known[top] : undefined;
      const isKnown = below !== undefined || (at.length > 1 && names?.includes(second) === true);
      if (value === null && !isKnown)
        issues.push({
          path: at,
          expected: `something of the scene to take away${at.length === 2 && names !== undefined ? suggestion(second, names) : ''}`,
          found: `\`${name}\`: null`,
        });
      else look(below, value, at);
    }
  };
  look(scene, differs, []);
  const [first, ...rest] = issues;
  return first === undefined ? parseScene(catalog, layered(scene, differs)) : E.left([first, ...rest]);
};

/** What a case can speak of in a decision. */
export const foundIn = (decision: Decision): Found => {
  if (decision.verdict === 'refuse')
    return {
      verdict: 'refuse',
      codes: decision.reasons.map(({ code }) => code),
      next: decision.reasons.map(({ next }) => next.kind),
    };
  const [step] = decision.actionPlan;
  return step === undefined ? { verdict: 'approve' } : { verdict: 'approve', step: step.step, with: step.with };
};

/**
 * An observation as a case writes it: `facts` becomes evidence, stated freshly by the first source that may. A fact that
 * no pack observes is an issue, so that a misspelt one is not mistaken for missing evidence.
 */
const parseScene = (catalog: Catalog, scene: unknown): E.Either<readonly [Issue, ...Issue[]], Observation> => {
  if (!isDocument(scene) || !Object.hasOwn(scene, 'facts')) return parseObservation(catalog, scene);
  const { facts, evidence = [], ...rest } = scene;
  if (!isDocument(facts))
    return E.left([{ path: ['facts'], expected: 'an object from fact to value', found: typeof facts }]);
  const observed = [...catalog.facts].filter(([, fact]) => fact.origin === 'observed').map(([id]) => id);
  const unknown = Object.keys(facts).filter((fact) => !observed.includes(fact));
  const issues = unknown.map(
    (fact): Issue => ({
      path: ['facts', fact],
      expected: `an observed fact${suggestion(fact, observed)}`,
      found: `\`${fact}\``,
    }),
  );
  const [first, ...more] = issues;
  if (first !== undefined) return E.left([first, ...more]);
  const stated = Object.entries(facts).map(([fact, value]) => statement(catalog, fact, value));
  return parseObservation(catalog, {
    ...rest,
    evidence: Array.isArray(evidence) ? [...stated, ...evidence] : evidence,
  });
};

/** Runs one case, and tells the log what it saw. */
const runCase = (
  catalog: Catalog,
  scene: Document | undefined,
  { note, given, expect }: Case,
  saw: (o: Observation, decision: Decision) => void,
): CaseResult => {
  const observation = parseDiffering(catalog, scene ?? {}, given ?? {});
  if (E.isLeft(observation)) return { note, passed: false, wrong: observation.left.map(printIssue) };
  const decision = decide(catalog, observation.right);
  saw(observation.right, decision);
  const found = foundIn(decision);
  const wrong = differences(expect, found);
  return { note, passed: wrong.length === 0, wrong, found };
};

/** What differs, one line each. */
const differences = (expected: Expected, found: Found): readonly string[] => {
  const differ = (what: string, wanted: unknown, is: unknown): readonly string[] =>
    wanted === undefined || text(wanted) === text(is) ? [] : [`expected ${what} ${text(wanted)}, found ${text(is)}`];
  if (expected.verdict === 'approve') {
    if (found.verdict === 'refuse') return [`expected approve, found refuse: ${found.codes.join(', ')}`];
    const named = Object.keys(expected.with ?? {});
    const given = Object.fromEntries(named.map((name) => [name, found.with?.[name] ?? null]));
    return [...differ('step', expected.step, found.step), ...differ('with', expected.with, given)];
  }
  if (found.verdict === 'approve') return [`expected refuse: ${expected.codes.join(', ')}, found approve`];
  return [...differ('codes', expected.codes, found.codes), ...differ('next', expected.next, found.next)];
};

const text = (x: unknown): string => JSON.stringify(x);

const statement = (catalog: Catalog, fact: string, value: unknown): Document => {
  const declared = catalog.facts.get(fact);
  return { fact, value, source: declared?.origin === 'observed' ? declared.sources[0] : 'nobody' };
};
