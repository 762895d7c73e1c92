/** Matchers over decisions, as `expect.extend` of vitest (and of jest) takes them. Pure: they import no test runner. */

import { either as E } from 'fp-ts';
import { foundIn } from '../cases/run-cases.ts';
import type { Catalog } from '../catalog.ts';
import { suggestion } from '../data/issue.ts';
import { decide } from '../decide.ts';
import type { Decision } from '../decision.ts';
import { explain } from '../explain.ts';
import { GATES, type GateId } from '../gates/gate.ts';
import type { NextStep } from '../next-step.ts';
import type { Observation } from '../observation.ts';
import { owns } from '../receipt/encoding/own.ts';
import { applyStep, type Step } from './step.ts';
import type { Trial } from './trial.ts';

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
 * The matchers as methods, to be merged into a runner's own type. For vitest that is done here:
 *
 * ```ts
 * import { matchers } from '@tai-autonomics/core/testing/vitest';
 * ```
 */
export interface DecisionMatchers<R = void> {
  readonly toApprove: () => R;
  readonly toRefuse: (wanted?: RefusalWanted) => R;
  readonly toBecomeLawfulAfter: (...steps: readonly Step[]) => R;
}

function toApprove(this: unknown, received: unknown): Matched {
  const subject = subjectOf(received);
  if (E.isLeft(subject)) return unreadable(this, subject.left);
  const { decision } = subject.right;
  return answer(decision.verdict === 'approve', 'an approval', explain(decision).join('\n'));
}

function toRefuse(this: unknown, received: unknown, wanted: RefusalWanted = {}): Matched {
  const subject = subjectOf(received);
  if (E.isLeft(subject)) return unreadable(this, subject.left);
  const { decision, trial } = subject.right;
  const unknown = unknownIn(wanted, trial?.catalog);
  if (unknown !== undefined) return unreadable(this, unknown);
  const found = foundIn(decision);
  const pass =
    decision.verdict === 'refuse' &&
    found.verdict === 'refuse' &&
    (wanted.code === undefined || found.codes.includes(wanted.code)) &&
    (wanted.gate === undefined || decision.reasons[0].gate === wanted.gate) &&
    same(wanted.codes, found.codes) &&
    same(wanted.next, found.next);
  return answer(pass, `a refusal ${JSON.stringify(wanted)}`, explain(decision).join('\n'));
}

function toBecomeLawfulAfter(this: unknown, received: unknown, ...steps: readonly Step[]): Matched {
  const wanted = `an approval after ${JSON.stringify(steps)}`;
  const subject = subjectOf(received);
  if (E.isLeft(subject)) return unreadable(this, subject.left);
  const { trial } = subject.right;
  if (trial === undefined) return unreadable(this, 'a decision alone can be followed by nothing: give the trial');
  const { catalog } = trial;
  const strange = steps.map((step) => unknownStep(step, catalog)).find((why) => why !== undefined);
  if (strange !== undefined) return unreadable(this, strange);
  let { observation } = trial;
  let { decision } = subject.right;
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
}

/**
 * What `expect.extend` takes. `toBecomeLawfulAfter` passes if the trial is refused, each step is among the next steps that
 * were told at that point, each step is itself lawful, and the trial is approved after the last one and not before.
 *
 * What can't be read fails every matcher, with `.not` as well as without: a scene, something that is neither a trial nor a
 * decision, and a code, gate, action or fact that the catalog doesn't have.
 *
 * @example
 * expect.extend(matchers);
 * expect(ask({ state: { approval_requester: null } })).toBecomeLawfulAfter({ submit: 'approve_action' });
 */
export const matchers: {
  readonly toApprove: (this: unknown, received: unknown) => Matched;
  readonly toRefuse: (this: unknown, received: unknown, wanted?: RefusalWanted) => Matched;
  readonly toBecomeLawfulAfter: (this: unknown, received: unknown, ...steps: readonly Step[]) => Matched;
} = { toApprove, toRefuse, toBecomeLawfulAfter };

type ReadTrial = { readonly catalog: Catalog; readonly observation: Observation };
interface Subject {
  readonly decision: Decision;
  readonly trial?: ReadTrial;
}

const isObject = (x: unknown): x is object => typeof x === 'object' && x !== null;
const isTrial = (x: object): x is Trial => owns(x, 'unreadable') || (owns(x, 'catalog') && owns(x, 'observation'));
const isDecision = (x: object): x is Decision => {
  const verdict = owns(x, 'verdict') ? (x as { readonly verdict: unknown }).verdict : undefined;
  return verdict === 'approve' || (verdict === 'refuse' && owns(x, 'reasons'));
};

const subjectOf = (received: unknown): E.Either<string, Subject> => {
  if (!isObject(received)) return E.left(`a ${typeof received} is neither a trial nor a decision`);
  if (isDecision(received)) return E.right({ decision: received });
  if (!isTrial(received)) return E.left('this is neither a trial nor a decision');
  return owns(received, 'unreadable')
    ? E.left(received.unreadable.join('\n'))
    : E.right({ decision: decide(received.catalog, received.observation), trial: received });
};

const WANTED: readonly string[] = ['code', 'codes', 'gate', 'next'];
const KINDS: readonly string[] = ['authority', 'request', 'information', 'world', 'time', 'none'];

/** Why nothing can be compared with what is wanted of a refusal; `undefined` if it can. */
const unknownIn = (wanted: RefusalWanted, catalog: Catalog | undefined): string | undefined => {
  const member = Object.keys(wanted).find((name) => !WANTED.includes(name));
  if (member !== undefined) return `a refusal has no \`${member}\`${suggestion(member, WANTED)}`;
  const codes = [...(wanted.code === undefined ? [] : [wanted.code]), ...(wanted.codes ?? [])];
  const code = catalog === undefined ? undefined : codes.find((one) => !catalog.codes.has(one));
  if (code !== undefined) return `the catalog has no code \`${code}\`${suggestion(code, catalog?.codes.keys() ?? [])}`;
  const { gate } = wanted;
  if (gate !== undefined && !GATES.includes(gate)) return `there is no gate \`${gate}\`${suggestion(gate, GATES)}`;
  const kind = (wanted.next ?? []).find((one) => !KINDS.includes(one));
  return kind === undefined ? undefined : `no next step is of kind \`${kind}\`${suggestion(kind, KINDS)}`;
};

/** Why a step is none that this catalog could ever tell; `undefined` if it is one. */
const unknownStep = (step: Step, catalog: Catalog): string | undefined => {
  if (step === 'wait') return undefined;
  if (!isObject(step)) return `${JSON.stringify(step)} is no step`;
  if (owns(step, 'submit'))
    return catalog.actions.has(step.submit)
      ? undefined
      : `the catalog has no action \`${step.submit}\`${suggestion(step.submit, catalog.actions.keys())}`;
  if (owns(step, 'supply')) {
    const fact = Object.keys(step.supply).find((name) => !catalog.facts.has(name));
    return fact === undefined
      ? undefined
      : `the catalog has no fact \`${fact}\`${suggestion(fact, catalog.facts.keys())}`;
  }
  return owns(step, 'ask') ? undefined : `${JSON.stringify(step)} is no step`;
};

/** Fails, however it was asked: a runner says in `this.isNot` whether it was with `.not`. */
const unreadable = (asked: unknown, why: string): Matched => ({
  pass: isObject(asked) && (asked as { readonly isNot?: unknown }).isNot === true,
  message: () => `there is nothing to decide:\n${why}`,
});

const answer = (pass: boolean, wanted: string, found: string): Matched => ({
  pass,
  message: () => `expected ${pass ? 'anything but ' : ''}${wanted}, found\n${found}`,
});

const same = (wanted: readonly string[] | undefined, found: readonly string[]): boolean =>
  wanted === undefined || (wanted.length === found.length && wanted.every((word, i) => word === found[i]));
