/** What a next step leads to: the observation after it was carried out, as far as a step alone decides it. */
import type { Catalog } from '../catalog.ts';
import { parseInstant } from '../data/instant.ts';
import { express, type Type, type Wire } from '../data/value.ts';
import { decide } from '../decide.ts';
import type { Reason } from '../decision.ts';
import type { Choose, NextStep } from '../next-step.ts';
import type { Observation } from '../observation.ts';
import type { Action } from '../policy/action.ts';
import type { FactId } from '../policy/fact.ts';
import { refusedBy, SOME_RECEIPT } from '../refusal.ts';
import { namingArgument } from '../stamps.ts';
import { evolve } from '../state.ts';
import { type Node, YES } from './solver/diagram.ts';
import type { Budget } from './solver/question.ts';
import { evidenceFor, someValue } from './symbolic/evidence-for.ts';
import { EXTRA, requirementTruths } from './symbolic/formula.ts';
import { type Goal, whatWouldApproveAmong } from './what-would-approve.ts';

/** Which end of its bounds a choice takes, or what is chosen. */
export type End = 'least' | 'most' | ((choose: Choose) => Wire);
type Next<K extends NextStep['kind']> = Extract<NextStep, { kind: K }>;

const DAY_MS = 86_400_000;

/**
 * Carries the next step of one reason out. Choices take one end of their bounds; what a request or a change of the world
 * leaves open is chosen so that the reason is gone. `undefined` where that can't be, or the step can't be carried out.
 */
export const takeStep = (
  catalog: Catalog,
  o: Observation,
  reason: Reason,
  end: End,
  budget?: Budget,
): Observation | undefined => {
  const { next, facts } = reason;
  switch (next.kind) {
    case 'authority':
      return submittedByAll(catalog, o, next, end);
    case 'time':
      return later(o, Math.max(o.at, waitsUntil(next, end)));
    case 'information':
      return informed(catalog, o, next);
    case 'request': {
      const action = catalog.actions.get(o.intent.action.id)?.action;
      return found(catalog, o, reason, movedBy(next.argument, action), budget);
    }
    case 'world':
      return found(catalog, o, reason, (fact) => facts.includes(fact), budget);
    case 'none':
      return undefined;
  }
};

/**
 * The facts that are asked anew when another value of an argument is asked for, or with another credential: the argument
 * itself, and what goes with it.
 */
export const movedBy = (asked: string, action: Action | undefined): ((fact: FactId) => boolean) => {
  const naming = action === undefined ? undefined : namingArgument(action);
  return (fact) =>
    asked === 'credential'
      ? CREDENTIAL.has(fact)
      : fact === `argument.${asked}` ||
        (asked === 'receipt' && REFUSAL.has(fact)) ||
        (asked === naming && fact === 'named_kind') ||
        (asked === 'signature' && (fact === 'signed_by' || fact === 'argument.nonce')) ||
        (asked === 'resource' && fact === 'environment');
};

/** Whether a reason is given. */
export const isGiven = (catalog: Catalog, o: Observation, reason: Reason): boolean => {
  const decision = decide(catalog, o);
  return decision.verdict === 'refuse' && decision.reasons.some((other) => isSame(other, reason));
};

/** The submission that a step names, by somebody, with what that one chooses. */
export const submissionIn = (
  o: Observation,
  { who, submit }: Pick<Next<'authority'>, 'who' | 'submit'>,
  end: End,
  by: string,
): Observation => {
  const given = submit.choose.map((choose) => [choose.argument, chosen(choose, end, o.at)] as const);
  const { id, ref } = o.intent.resource;
  const named = submit.refusal === true ? SOME_RECEIPT : {};
  return {
    ...o,
    intent: {
      subject: { type: who.type, id: by, ref: by, scope: [] },
      action: { id: submit.action, arguments: { ...submit.arguments, ...named, ...Object.fromEntries(given) } },
      resource: { id: submit.resource, ref: submit.resource === id ? ref : submit.resource },
      binding: 'another',
      ...(submit.refusal === true ? { refusal: refusedBy(o, submit.action) } : {}),
    },
  };
};

/** Submitted by as many different subjects as the step says. */
const submittedByAll = (
  catalog: Catalog,
  o: Observation,
  next: Next<'authority'>,
  end: End,
): Observation | undefined => {
  const { times = 1, except = [], notBefore } = next;
  let after: Observation | undefined = notBefore === undefined ? o : later(o, parseInstant(notBefore) ?? 0);
  const names = Array.from({ length: times + except.length }, (_, i) => (i === 0 ? 'authority' : `authority ${i + 1}`));
  const others = names.filter((name) => !except.includes(name)).slice(0, times);
  for (const name of others) after = after === undefined ? undefined : submitted(catalog, after, next, end, name);
  return after;
};

const submitted = (
  catalog: Catalog,
  o: Observation,
  { who, submit }: Next<'authority'>,
  end: End,
  by: string,
): Observation | undefined => {
  const target = catalog.actions.get(submit.action);
  if (target === undefined) return undefined;
  const asked = submissionIn(o, { who, submit }, end, by);
  if (target.invalidArguments(asked).length > 0) return undefined;
  const writes = target.writes(asked);
  return { ...o, state: evolve(o.state, { kind: 'decision', seq: 0, verdict: 'approve', writes }) };
};

const chosen = (choose: Choose, end: End, at: number): Wire => {
  if (typeof end === 'function') return end(choose);
  const { type, from, to, oneOf } = choose;
  if (oneOf !== undefined) return (end === 'least' ? oneOf[0] : oneOf[oneOf.length - 1]) ?? '';
  const bound = end === 'least' ? (from ?? to) : (to ?? from);
  return bound ?? ordinary(type, at);
};

const ordinary = (type: Type, at: number): Wire =>
  type.type === 'instant'
    ? express(type, at + DAY_MS)
    : type.type === 'string'
      ? 'chosen'
      : express(type, someValue(type));

/** The same, with evidence about the resource seen at a later instant. */
const later = (o: Observation, at: number): Observation => {
  const by = Math.max(0, at - o.at);
  return { ...o, at: o.at + by, evidence: o.evidence.map((e) => ({ ...e, observedAt: e.observedAt + by })) };
};

/** The first instant that will do, or the last one. */
const waitsUntil = ({ notBefore, before }: Next<'time'>, end: End): number => {
  const last = before === undefined ? undefined : parseInstant(before);
  return end === 'most' && last !== undefined ? last - 1 : (parseInstant(notBefore) ?? 0);
};

const informed = (catalog: Catalog, o: Observation, { fact }: Next<'information'>): Observation | undefined => {
  const declared = catalog.facts.get(fact);
  if (declared?.origin !== 'observed') return undefined;
  const about = o.intent.resource.id;
  const stated = evidenceFor(fact, [{ declared, sight: someValue(declared.type) }], { at: o.at, about });
  return { ...o, evidence: [...o.evidence.filter((e) => e.fact !== fact || e.about !== about), ...stated] };
};

/** Whatever the step leaves open is chosen so that the reason is gone, if that can be. */
const found = (
  catalog: Catalog,
  o: Observation,
  reason: Reason,
  may: (fact: string) => boolean,
  budget: Budget | undefined,
): Observation | undefined => {
  const options = { most: 1, ...(budget === undefined ? {} : { budget }) };
  const answer = whatWouldApproveAmong(catalog, o, may, options, goneOf(reason));
  return answer.answer === 'sets' ? answer.sets[0]?.after : undefined;
};

/** That what a reason asks for holds, whatever else is refused. */
const goneOf = (reason: Reason): Goal => ({
  met: (catalog, o) => !isGiven(catalog, o, reason),
  formula: (st) => {
    const { and } = st.space.algebra;
    const asked = st.side.action.requirements.filter(
      ({ code, means }) => code === reason.code && means === reason.means,
    );
    const { next } = reason;
    const isStrange = next.kind === 'request' && reason.facts.length === 0;
    const none = isStrange ? [st.space.algebra.not(st.space.choiceIs(EXTRA, ['yes']))] : [];
    // A requirement may hold without an argument that it reads; a reason of the arguments themselves has none.
    const read = asked.length > 0 ? [] : reason.facts.filter((fact) => fact.startsWith('argument.'));
    const known = read.map((fact) => st.readings.of(fact).known);
    return [...asked.map((r) => requirementTruths(st, r).yes), ...known, ...none].reduce<Node>(and, YES);
  },
});

const isSame = (a: Reason, b: Reason): boolean => a.gate === b.gate && a.code === b.code && a.means === b.means;

/** What another receipt would name. */
const REFUSAL: ReadonlySet<FactId> = new Set([
  'refusal_asks',
  'refusal_binding',
  'refusal_requester',
  'refusal_person',
  'refusal_persons',
]);
const CREDENTIAL: ReadonlySet<FactId> = new Set(['subject', 'person', 'persons', 'subject_type', 'scope']);
