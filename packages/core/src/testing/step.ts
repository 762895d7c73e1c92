/**
 * Carries a told next lawful step out on an observation, purely: the world, the clock and other people are simulated, the
 * policy is not. What nobody was told to do can't be carried out.
 */

import { either as E } from 'fp-ts';
import type { Catalog } from '../catalog.ts';
import { type Ms, parseInstant } from '../data/instant.ts';
import { express, type Value, type Wire } from '../data/value.ts';
import { decide } from '../decide.ts';
import type { Refuse } from '../decision.ts';
import { explain } from '../explain.ts';
import type { Choose, NextStep } from '../next-step.ts';
import type { Evidence, Observation } from '../observation.ts';
import { owns } from '../receipt/encoding/own.ts';
import { refusedBy, SOME_RECEIPT } from '../refusal.ts';
import { namedAs } from '../stamps.ts';
import { evolve, type State } from '../state.ts';

/** What is done about a refusal, as a test writes it. It must be among the next steps that were told. */
export type Step =
  /** Whoever may submits the intent; `choose` fills in what was left to choose, where the bounds don't. */
  | { readonly submit: string; readonly choose?: Readonly<Record<string, Wire>> }
  /** Sources state facts, freshly: information that was asked for, or a world that changed. */
  | { readonly supply: Readonly<Record<string, unknown>> }
  /** The same is asked with other arguments, and without those that the step says to leave out. */
  | { readonly ask: Readonly<Record<string, unknown>> }
  /** Time passes until the instant that was told. */
  | 'wait';

type Carried = E.Either<string, Observation>;
type Next<K extends NextStep['kind']> = Extract<NextStep, { kind: K }>;

/** The observation after a step of a refusal, or why it can't be carried out. */
export const applyStep = (catalog: Catalog, o: Observation, refusal: Refuse, step: Step): Carried => {
  if (step === 'wait') return waited(o, refusal);
  if (owns(step, 'supply')) return supplied(catalog, o, refusal, step.supply);
  if (owns(step, 'ask')) return asked(o, refusal, step.ask);
  const next = nextsOf(refusal, 'authority').find(({ submit }) => submit.action === step.submit);
  if (next === undefined) return E.left(`no next step is to submit ${step.submit}`);
  const { notBefore } = next;
  const at = notBefore === undefined ? o.at : Math.max(o.at, parseInstant(notBefore) ?? o.at);
  return submitted(catalog, { ...o, at }, next, step.choose ?? {});
};

const waited = (o: Observation, refusal: Refuse): Carried => {
  const instants = nextsOf(refusal, 'time').map(({ notBefore }) => parseInstant(notBefore) ?? o.at);
  if (instants.length === 0) return E.left('no next step says to wait');
  const at: Ms = Math.max(o.at, ...instants);
  return E.right({ ...o, at });
};

const nextsOf = <K extends NextStep['kind']>(refusal: Refuse, kind: K): readonly Next<K>[] =>
  refusal.reasons.map(({ next }) => next).filter((next): next is Next<K> => next.kind === kind);

const supplied = (
  catalog: Catalog,
  o: Observation,
  refusal: Refuse,
  values: Readonly<Record<string, unknown>>,
): Carried => {
  const told = new Set([
    ...nextsOf(refusal, 'information').map(({ fact }) => fact),
    ...nextsOf(refusal, 'world').flatMap(({ observe }) => observe),
  ]);
  const evidence: Evidence[] = [];
  for (const [fact, value] of Object.entries(values)) {
    const declared = catalog.facts.get(fact);
    if (!told.has(fact) || declared?.origin !== 'observed') return E.left(`no next step speaks of \`${fact}\``);
    const wire = declared.type.type === 'instant' ? express(declared.type, value as Value) : value;
    const about = o.intent.resource.id;
    for (const source of declared.sources) evidence.push({ fact, about, value: wire, source, observedAt: o.at });
  }
  return E.right({ ...o, evidence: [...o.evidence.filter(({ fact }) => !Object.hasOwn(values, fact)), ...evidence] });
};

const asked = (o: Observation, refusal: Refuse, values: Readonly<Record<string, unknown>>): Carried => {
  const steps = nextsOf(refusal, 'request');
  const told = new Set(steps.flatMap(({ argument, nearest = argument }) => [argument, nearest]));
  const untold = Object.keys(values).find((name) => !told.has(name));
  if (untold !== undefined) return E.left(`no next step asks for another \`${untold}\``);
  const left = new Set(steps.filter(({ leaveOut }) => leaveOut).map(({ argument }) => argument));
  const kept = Object.entries(o.intent.action.arguments).filter(([name]) => !left.has(name));
  const { resource: another, ...args } = values;
  const isOther = another !== undefined && steps.some(({ argument }) => argument === 'resource');
  const action = { ...o.intent.action, arguments: { ...Object.fromEntries(kept), ...(isOther ? args : values) } };
  // Whoever names another resource names one that there is.
  const resource = isOther ? { id: String(another), ref: String(another) } : o.intent.resource;
  return E.right({ ...o, intent: { ...o.intent, action, resource } });
};

const submitted = (
  catalog: Catalog,
  o: Observation,
  next: Next<'authority'>,
  chosen: Readonly<Record<string, Wire>>,
  i = 0,
): Carried => {
  const { who, submit } = next;
  const args: Record<string, Wire> = { ...submit.arguments, ...(submit.refusal === true ? SOME_RECEIPT : {}) };
  for (const choice of submit.choose) {
    const value = chosen[choice.argument] ?? inBounds(choice);
    if (value === undefined) return E.left(`nothing was chosen for ${choice.argument} of ${submit.action}`);
    args[choice.argument] = value;
  }
  const { ref, state } = stranger(next, o.state, i);
  const same = submit.resource === o.intent.resource.id;
  const target = catalog.actions.get(submit.action);
  const asked: Observation = {
    ...o,
    intent: {
      subject: { type: who.type, id: ref, ref, scope: [] },
      action: { id: submit.action, arguments: args },
      resource: same ? o.intent.resource : { id: submit.resource, ref: submit.resource },
      binding: 'binding of the step',
      ...(submit.refusal === true ? { refusal: refusedBy(o, submit.action) } : {}),
      ...(target === undefined ? {} : namedAs(target.action, args, o.intent.subject)),
    },
    evidence: [],
    state,
  };
  const decision = decide(catalog, asked);
  if (decision.verdict === 'refuse') return E.left(`the step itself is refused: ${explain(decision).join('\n')}`);
  const entry = { kind: 'decision', seq: 0, verdict: 'approve', writes: decision.writes } as const;
  const after = { ...o, state: evolve(o.state, entry) };
  return i + 1 < (next.times ?? 1) ? submitted(catalog, after, next, chosen, i + 1) : E.right(after);
};

/** A value inside its bounds: the latest instant, else the earliest; the least integer. `undefined` for what only a person can choose. */
const inBounds = ({ type, from, to, oneOf }: Choose): Wire | undefined => {
  if (oneOf?.[0] !== undefined) return oneOf[0];
  if (type.type === 'instant' || type.type === 'integer') return to ?? from;
  if (type.type === 'enum') return type.values[0];
  return type.type === 'string' ? 'chosen' : undefined;
};

/** Somebody of the tenant who is not the subject, with the relation that it takes. */
const stranger = (
  { who: { type, relation }, except = [] }: Next<'authority'>,
  state: State,
  i: number,
): { ref: string; state: State } => {
  const nth = (n: number): string => `${relation ?? type}${n === 0 ? '' : ` ${n + 1}`} of the test`;
  const others = Array.from({ length: i + 1 + except.length }, (_, n) => nth(n)).filter((ref) => !except.includes(ref));
  const ref = others[i] ?? nth(i);
  if (relation === undefined) return { ref, state };
  const write = { cell: 'relations', key: [ref], change: { add: [relation] } } as const;
  return { ref, state: evolve(state, { kind: 'consequence', seq: 0, of: 0, writes: [write] }) };
};
