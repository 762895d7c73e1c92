/** Matchers over decisions, as `expect.extend` of vitest (and of jest) takes them. Pure: they import no test runner. */

import { either as E } from 'fp-ts';
import { foundIn } from '../cases/run-cases.ts';
import { decide } from '../decide.ts';
import type { Decision } from '../decision.ts';
import { explain } from '../explain.ts';
import type { GateId } from '../gates/gate.ts';
import type { NextStep } from '../next-step.ts';
import { owns } from '../receipt/encoding/own.ts';
import { applyStep, type Step } from './step.ts';
import { decisionOf, type Trial } from './trial.ts';

/** What a matcher answers. */
export interface Matched {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What a refusal must be. `code`: among its reasons. `codes`: its reasons, all of them, in the order of the gates. */
export interface RefusalWanted {
  readonly code?: string;
  readonly codes?: readonly string[];
  /** The gate that determines. */
  readonly gate?: GateId;
  /** The kinds of next steps, one a reason. */
  readonly next?: readonly NextStep['kind'][];
}

/**
 * The matchers as methods, to be merged into a runner's own type:
 *
 * ```ts
 * declare module 'vitest' { interface Matchers<T> extends DecisionMatchers {} }
 * ```
 */
export interface DecisionMatchers<R = void> {
  readonly toApprove: () => R;
  readonly toRefuse: (wanted?: RefusalWanted) => R;
  readonly toBecomeLawfulAfter: (...steps: readonly Step[]) => R;
}

const toApprove = (x: Trial | Decision): Matched => {
  const decision = decided(x);
  return answer(decision?.verdict === 'approve', 'an approval', because(x, decision));
};

const toRefuse = (x: Trial | Decision, wanted: RefusalWanted = {}): Matched => {
  const decision = decided(x);
  const found = decision === undefined ? undefined : foundIn(decision);
  const pass =
    decision?.verdict === 'refuse' &&
    found?.verdict === 'refuse' &&
    (wanted.code === undefined || found.codes.includes(wanted.code)) &&
    (wanted.gate === undefined || decision.reasons[0].gate === wanted.gate) &&
    same(wanted.codes, found.codes) &&
    same(wanted.next, found.next);
  return answer(pass, `a refusal ${JSON.stringify(wanted)}`, because(x, decision));
};

const toBecomeLawfulAfter = (trial: Trial, ...steps: readonly Step[]): Matched => {
  const wanted = `an approval after ${JSON.stringify(steps)}`;
  if (!owns(trial, 'catalog')) return answer(false, wanted, because(trial, undefined));
  const { catalog } = trial;
  let { observation } = trial;
  let decision = decide(catalog, observation);
  if (decision.verdict === 'approve')
    return answer(false, `a refusal that becomes ${wanted}`, explain(decision).join('\n'));
  for (const step of steps) {
    if (decision.verdict === 'approve') return answer(false, wanted, `an approval before ${JSON.stringify(step)}`);
    const next = applyStep(catalog, observation, decision, step);
    if (E.isLeft(next)) return answer(false, wanted, `${next.left}\n${explain(decision).join('\n')}`);
    observation = next.right;
    decision = decide(catalog, observation);
  }
  return answer(decision.verdict === 'approve', wanted, explain(decision).join('\n'));
};

/**
 * What `expect.extend` takes. `toBecomeLawfulAfter` passes if the trial is refused, each step is among the next steps that
 * were told at that point, each step is itself lawful, and the trial is approved after the last one and not before.
 *
 * @example
 * expect.extend(matchers);
 * expect(ask({ state: { approval_requester: null } })).toBecomeLawfulAfter({ submit: 'approve_action' });
 */
export const matchers: {
  readonly toApprove: (received: Trial | Decision) => Matched;
  readonly toRefuse: (received: Trial | Decision, wanted?: RefusalWanted) => Matched;
  readonly toBecomeLawfulAfter: (received: Trial, ...steps: readonly Step[]) => Matched;
} = { toApprove, toRefuse, toBecomeLawfulAfter };

const decided = (x: Trial | Decision): Decision | undefined => (isDecision(x) ? x : decisionOf(x));

const isDecision = (x: Trial | Decision): x is Decision => owns(x, 'verdict');

const answer = (pass: boolean, wanted: string, found: string): Matched => ({
  pass,
  message: () => `expected ${pass ? 'anything but ' : ''}${wanted}, found\n${found}`,
});

const because = (x: Trial | Decision, decision: Decision | undefined): string =>
  decision === undefined
    ? owns(x, 'unreadable')
      ? `there is nothing to decide:\n${x.unreadable.join('\n')}`
      : ''
    : explain(decision).join('\n');

const same = (wanted: readonly string[] | undefined, found: readonly string[]): boolean =>
  wanted === undefined || (wanted.length === found.length && wanted.every((word, i) => word === found[i]));
