/** What a table of cases has seen of the policy that it is about: which requirement was never true, which never false. */

import type { Catalog } from '../catalog.ts';
import type { CompiledAction, CompiledRequirement } from '../compile/action.ts';
import { createTester } from '../compile/condition-tester.ts';
import { FALSE, TRUE, type Truth } from '../compile/evaluator.ts';
import type { Decision } from '../decision.ts';
import { GATES, type GateId } from '../gates/gate.ts';
import { OWN_CODES } from '../gates/precondition.ts';
import type { Observation } from '../observation.ts';
import type { Condition } from '../policy/condition.ts';
import { describeCondition } from '../policy/condition-text.ts';
import type { Sight } from '../reading.ts';
import { owns } from '../receipt/encoding/own.ts';

/** How often a gate passed, failed and was not evaluated. */
export interface GateCoverage {
  readonly gate: GateId;
  readonly passed: number;
  readonly failed: number;
  readonly notEvaluated: number;
}
/** How often a requirement was true, false and unknown, where its gate was evaluated. */
export interface RequirementCoverage {
  readonly action: string;
  readonly gate: GateId;
  readonly code: string;
  readonly means: string;
  readonly holds: number;
  readonly fails: number;
  readonly unknown: number;
}
/** How often one comparison of an action's own requirement was true, false and unknown, where there are several. */
export interface ConditionCoverage {
  readonly action: string;
  readonly code: string;
  /** In words. */
  readonly condition: string;
  readonly holds: number;
  readonly fails: number;
  readonly unknown: number;
}
/** In how many cases a code was a reason. `own`: an action asks for it itself, not a gate for every action. */
export interface CodeCoverage {
  readonly code: string;
  readonly own: boolean;
  readonly cases: number;
}
/** In how many cases an action was asked for. */
export interface ActionCoverage {
  readonly action: string;
  readonly cases: number;
}
/** What was seen of the actions that a table is about. */
export interface Coverage {
  readonly actions: readonly ActionCoverage[];
  readonly gates: readonly GateCoverage[];
  readonly requirements: readonly RequirementCoverage[];
  readonly conditions: readonly ConditionCoverage[];
  readonly codes: readonly CodeCoverage[];
}

interface Tally {
  holds: number;
  fails: number;
  unknown: number;
}

/** Collects coverage, one decided observation after another. */
export interface CoverageLog {
  readonly saw: (o: Observation, decision: Decision) => void;
  readonly report: () => Coverage;
}

interface Part {
  readonly requirement: number;
  readonly code: string;
  readonly condition: string;
  readonly test: (o: Observation) => Truth;
  readonly seen: Tally;
}

/** What was seen of one action. */
interface Log {
  readonly requirements: readonly Tally[];
  readonly parts: readonly Part[];
}

/** Starts a log of coverage: over a pack's actions, or over the actions that are asked for. */
export const createCoverage = (catalog: Catalog, pack?: string): CoverageLog => {
  const seen = new Map<CompiledAction, Log>();
  const gates = GATES.map((gate) => ({ gate, passed: 0, failed: 0, notEvaluated: 0 }));
  const codes = new Map<string, number>();
  const asked = new Map<string, number>();
  const meet = (a: CompiledAction): Log => {
    const known = seen.get(a) ?? {
      requirements: a.requirements.map(() => ({ holds: 0, fails: 0, unknown: 0 })),
      parts: partsIn(catalog, a),
    };
    seen.set(a, known);
    return known;
  };
  for (const a of catalog.actions.values()) if (a.pack === pack) meet(a);
  return {
    saw: (o, decision) => {
      for (const [g, { result }] of decision.trace.entries()) {
        const gate = gates[g];
        if (gate === undefined) continue;
        if (result === 'passed') gate.passed += 1;
        else if (result === 'failed') gate.failed += 1;
        else gate.notEvaluated += 1;
      }
      const reasons = decision.verdict === 'refuse' ? decision.reasons : [];
      for (const code of new Set(reasons.map((r) => r.code))) codes.set(code, (codes.get(code) ?? 0) + 1);
      const action = catalog.actions.get(o.intent.action.id);
      if (action === undefined || (pack !== undefined && action.pack !== pack)) return;
      asked.set(action.id, (asked.get(action.id) ?? 0) + 1);
      const sights: readonly Sight[] = action.readers.map((reader) => reader(o));
      const log = meet(action);
      const isLooked = (r: CompiledRequirement): boolean => decision.trace[r.gate]?.result !== 'not_evaluated';
      for (const [i, r] of action.requirements.entries()) {
        const entry = log.requirements[i];
        if (entry !== undefined && isLooked(r)) count(entry, r.test(sights));
      }
      for (const part of log.parts) {
        const requirement = action.requirements[part.requirement];
        if (requirement !== undefined && isLooked(requirement)) count(part.seen, part.test(o));
      }
    },
    report: () => {
      const about = codesAbout([...seen.keys()]);
      return {
        actions: [...seen.keys()].map(({ id }) => ({ action: id, cases: asked.get(id) ?? 0 })),
        gates,
        requirements: [...seen].flatMap(([a, log]) =>
          a.requirements.map((r, i) => ({
            action: a.id,
            gate: GATES[r.gate] ?? 'precondition',
            code: r.code,
            means: r.means,
            ...(log.requirements[i] ?? { holds: 0, fails: 0, unknown: 0 }),
          })),
        ),
        conditions: [...seen].flatMap(([a, { parts }]) =>
          parts.map(({ code, condition, seen: parted }) => ({ action: a.id, code, condition, ...parted })),
        ),
        codes: [...new Set([...about.keys(), ...codes.keys()])]
          .sort()
          .map((code) => ({ code, own: about.get(code) === true, cases: codes.get(code) ?? 0 })),
      };
    },
  };
};

/**
 * What nobody tested, one line each: actions that were never asked for, requirements and their conditions that were never
 * true or never false, codes that were never given. `own` leaves out what the gates require of every action alike.
 */
export const gapsOf = (
  { actions, requirements, conditions, codes }: Coverage,
  which: 'own' | 'all',
): readonly string[] => {
  const silent = new Set(actions.filter(({ cases }) => cases === 0).map(({ action }) => action));
  const name = (r: RequirementCoverage): string => `${r.action}: ${r.gate}: ${r.code} (${r.means})`;
  const looked = requirements.filter((r) => !silent.has(r.action) && (which === 'all' || isOwn(r)));
  const parts = conditions.filter((c) => !silent.has(c.action));
  const of = ({ action, code, condition }: ConditionCoverage): string => `${action}: ${code}: ${condition}`;
  return [
    ...[...silent].map((action) => `never asked: ${action}`),
    ...looked.filter(({ holds }) => holds === 0).map((r) => `never true: ${name(r)}`),
    // That a fact is known is never false: where it is not, it is unknown.
    ...looked.filter((r) => r.fails === 0 && r.code !== 'evidence_missing').map((r) => `never false: ${name(r)}`),
    ...parts.filter(({ holds }) => holds === 0).map((c) => `never true: ${of(c)}`),
    ...parts.filter(({ fails }) => fails === 0).map((c) => `never false: ${of(c)}`),
    ...codes
      .filter(({ cases, own }) => cases === 0 && (own || which === 'all'))
      .map(({ code }) => `never given: ${code}`),
  ];
};

/** Whether the action's author wrote it: it stands in the last gate, and is not that gate's own. */
const isOwn = ({ gate, code }: Pick<RequirementCoverage, 'gate' | 'code'>): boolean =>
  gate === 'precondition' && !OWN_CODES.has(code);

/** Own requirements of more than one comparison, taken apart. Of one alone the requirement says it already. */
const partsIn = (catalog: Catalog, a: CompiledAction): readonly Part[] => {
  const tester = createTester(catalog, a);
  const tables = new Set(a.action.requires.filter(({ when }) => isOfTable(when)).map(({ means }) => means));
  return a.requirements.flatMap(({ gate, when, code, means }, requirement): readonly Part[] => {
    const isWritten = GATES[gate] === 'precondition' && code !== 'cell_out_of_range';
    const parts = isWritten && !tables.has(means) ? partsOf(when) : [];
    if (parts.length < 2) return [];
    const made = parts.map((part) => [describeCondition(part), tester(part)] as const);
    return [...new Map(made)].map(([condition, test]) => ({
      requirement,
      code,
      condition,
      test,
      seen: { holds: 0, fails: 0, unknown: 0 },
    }));
  });
};

/** Whether a condition was written once for all rows of a table: what it says of each row is the table's, not the author's. */
const isOfTable = (c: Condition): boolean => {
  if (owns(c, 'all')) return c.all.some(isOfTable);
  if (owns(c, 'any')) return c.any.some(isOfTable);
  return owns(c, 'not') ? isOfTable(c.not) : owns(c, 'each');
};

/** The comparisons of a condition; what is said of the records of a list is one. */
const partsOf = (c: Condition): readonly Condition[] => {
  if (owns(c, 'all')) return c.all.flatMap(partsOf);
  if (owns(c, 'any')) return c.any.flatMap(partsOf);
  return owns(c, 'not') ? partsOf(c.not) : [c];
};

const count = (seen: Tally, truth: Truth): void => {
  if (truth === TRUE) seen.holds += 1;
  else if (truth === FALSE) seen.fails += 1;
  else seen.unknown += 1;
};

/** The codes that a table over these actions can produce, and whether an action asks for them itself. */
const codesAbout = (actions: readonly CompiledAction[]): ReadonlyMap<string, boolean> => {
  const codes = new Map<string, boolean>();
  const add = (code: string, own: boolean): void => void codes.set(code, own || codes.get(code) === true);
  for (const a of actions) {
    for (const r of a.requirements) add(r.code, isOwn({ gate: GATES[r.gate] ?? 'precondition', code: r.code }));
    if (Object.keys(a.action.arguments).length > 0) add(a.action.invalid ?? 'arguments_invalid', true);
  }
  return codes;
};
