/**
 * What a next step writes and what holds once it is carried out, so that L1, L2 and L3 can be stated exactly.
 *
 * | step `s` | `writes(s)`: what may change | `post(s)`: what holds then |
 * |---|---|---|
 * | authority | the cells that the submitted intent writes; `at`, to its `notBefore` | they hold what it writes, for any choice within the bounds that the step gives; submitted by as many different subjects as it says |
 * | request of an argument | that argument | the requirement that asked for it holds; an argument that is wrong in itself is of its type, an unknown one is gone |
 * | request of a credential | the subject: type, pseudonym, scope | the requirement that asked for it holds, for a subject of the same tenant |
 * | request of a resource | where the resource is | it is one that is known, in an evaluation a sandbox, and like this one in all else |
 * | information | all evidence of the fact about the resource | one of the sources states a value of the type, at the instant of the decision |
 * | world | evidence of the observed facts and cells of the ledger facts that `until` looks at | `until` holds |
 * | time | `at`; evidence is seen at that instant | `at` is not before the step's instant, and before the one at which it is too late, if it names one |
 * | none | nothing | nothing |
 *
 * Posts hold *together* at one common instant: time passes first, then the steps are carried out in the order in which
 * they are told. What is chosen freely, an argument, a credential, a state of the world, is chosen so that it offends no
 * requirement of the action that looks at it: "all else equal" would be a trap otherwise.
 * Conditions are evaluated by the reference, not by the compiler: the laws do not assume what they prove.
 */

import {
  type Catalog,
  type CatalogSource,
  type Choose,
  decide,
  type Evidence,
  type NextStep,
  type Observation,
  type Reason,
} from '@tai-autonomics/core';
import {
  type Action,
  admit,
  type Condition,
  type FactId,
  ROLES,
  SUBJECT_TYPES,
  type Type,
  type Value,
} from '@tai-autonomics/core/author';
import { cellKey, evolve, isInstant, parseInstant } from '@tai-autonomics/core/engine';
import type { Dice } from '../generators/dice.ts';
import { refOf } from '../generators/observation.ts';
import { stated, typed, WORDS, wire } from '../generators/values.ts';
import { placeOf, referenceWrites, worldOf } from '../reference/decide.ts';
import { mentioned, truthOf, unfold } from '../reference/decide-condition.ts';
import { gatesOf } from '../reference/decide-gates.ts';
import { factOf, readFact } from '../reference/decide-reading.ts';

/** A catalog, and values that are known to be good: tried before others where a condition has to be made true. */
export interface Ground {
  readonly catalog: Catalog;
  readonly good: ReadonlyMap<FactId, Value>;
}

/** The observation after a step, or why no such observation was found. */
export type Carried = { readonly after: Observation } | { readonly none: string };
type Next<K extends NextStep['kind']> = Extract<NextStep, { kind: K }>;

const TRIES = 400;
const sourceOf = ({ catalog }: Ground): CatalogSource => catalog.source;

const isTrue = (g: Ground, o: Observation, c: Condition): boolean => {
  const at = placeOf(sourceOf(g), o.intent.action.id);
  return at !== undefined && truthOf(unfold(at.source, c), worldOf(at, o)) === 'true';
};

/** The requirements of the observation's action: condition, code and words. */
const requirementsOf = (g: Ground, o: Observation) => {
  const at = placeOf(sourceOf(g), o.intent.action.id);
  return at === undefined ? [] : gatesOf(at).flatMap(([gate, all]) => all.map((r) => ({ ...r, gate })));
};

const conditionOf = (g: Ground, o: Observation, reason: Reason): Condition | undefined =>
  requirementsOf(g, o).find((r) => r.code === reason.code && r.means === reason.means && r.gate === reason.gate)?.when;

const typeOf = (g: Ground, o: Observation, id: FactId): Type =>
  factOf(sourceOf(g), o.intent.action.id, id)?.type ?? { type: 'string' };

/** What a fact is read from: itself, and the facts of a ledger fact's key. */
const behind = (g: Ground, o: Observation, id: FactId): readonly FactId[] => {
  const fact = factOf(sourceOf(g), o.intent.action.id, id);
  const key =
    fact?.origin === 'ledger' ? fact.key.flatMap((t) => (typeof t === 'object' && 'fact' in t ? [t.fact] : [])) : [];
  return [id, ...key.flatMap((other) => behind(g, o, other))];
};

/** The conditions of all the action's requirements that look at one of these facts. */
const looksAt = (g: Ground, o: Observation, ids: readonly FactId[]): readonly Condition[] =>
  requirementsOf(g, o)
    .map(({ when }) => when)
    .filter((c) =>
      mentioned(unfold(sourceOf(g), c)).some((id) => behind(g, o, id).some((other) => ids.includes(other))),
    );

// --- time

/** Later: evidence is seen anew at that instant. */
export const later = (o: Observation, at: number): Observation => ({
  ...o,
  at: Math.max(o.at, at),
  evidence: o.evidence.map((e) => ({ ...e, observedAt: e.observedAt + Math.max(0, at - o.at) })),
});

// --- authority

const YEAR_MS = 31_536_000_000;
const choice = (d: Dice, { type, from, to, oneOf }: Choose, at: number): Value | undefined => {
  if (oneOf !== undefined) return d.pick(oneOf);
  if (type.type === 'instant') {
    const high = typeof to === 'string' ? (parseInstant(to) as number) : undefined;
    const low = typeof from === 'string' ? (parseInstant(from) as number) : Math.min(at, high ?? at);
    const most = high ?? low + YEAR_MS;
    return low > most ? undefined : d.pick([low, most, low + Math.floor((most - low) / 2)]);
  }
  if (type.type === 'integer')
    return Math.max(type.min ?? 0, typeof from === 'number' ? from : typeof to === 'number' ? to : 0);
  return type.type === 'string' ? 'chosen' : typed(d, type, at);
};

const submittedBy = (d: Dice, g: Ground, o: Observation, { who, submit }: Next<'authority'>, by: string): Carried => {
  const target = placeOf(sourceOf(g), submit.action);
  if (target === undefined) return { none: `no action ${submit.action}` };
  const about = submit.refusal === true;
  const args: Record<string, unknown> = { ...submit.arguments, ...(about ? { receipt: 7, leaf: 'leaf-7' } : {}) };
  for (const choose of submit.choose) {
    const value = choice(d, choose, o.at);
    if (value === undefined) return { none: `no value for ${choose.argument} within its bounds` };
    args[choose.argument] = wire(choose.type, value);
  }
  const asked: Observation = {
    ...o,
    intent: {
      subject: { type: who.type, id: by, ref: `sub_${by}`, scope: [] },
      action: { id: submit.action, arguments: args },
      resource: { id: submit.resource, ref: refOf(submit.resource) },
      binding: 'another binding',
      ...(about
        ? { refusal: { requester: o.intent.subject.ref, binding: o.intent.binding, asks: [submit.action] } }
        : {}),
    },
  };
  const writes = referenceWrites(target, asked, target.action.writes);
  return { after: { ...o, state: evolve(o.state, { kind: 'decision', seq: 0, verdict: 'approve', writes }) } };
};

/** Each of as many different subjects as the step says, one after the other: anybody but those whom it excepts. */
const submitted = (d: Dice, g: Ground, o: Observation, next: Next<'authority'>): Carried =>
  SOMEBODIES.filter((by) => !(next.except ?? []).includes(`sub_${by}`))
    .slice(0, next.times ?? 1)
    .reduce<Carried>((carried, by) => then(carried, (x) => submittedBy(d, g, x, next, by)), { after: o });

/** Approvers and strangers. Those who are known come first, so that a step that forgets to except them is caught. */
const SOMEBODIES = ['bob', 'carol', ...Array.from({ length: 8 }, (_, i) => `somebody_${i}`)];

// --- variables that may be set so that conditions hold

type Variable = { readonly id: FactId; readonly set: (o: Observation, value: Value) => Observation };

const factVariable = (g: Ground, o: Observation, id: FactId): Variable | undefined => {
  const fact = factOf(sourceOf(g), o.intent.action.id, id);
  if (fact?.origin === 'observed') {
    const statement = (now: Observation, value: Value): Evidence => ({
      fact: id,
      about: now.intent.resource.id,
      value: stated(fact.type, value),
      source: fact.sources[0],
      observedAt: now.at,
    });
    const others = (now: Observation): readonly Evidence[] =>
      now.evidence.filter((e) => e.fact !== id || e.about !== now.intent.resource.id);
    return { id, set: (now, value) => ({ ...now, evidence: [...others(now), statement(now, value)] }) };
  }
  if (fact?.origin !== 'ledger') return undefined;
  return {
    id,
    set: (now, value) => {
      const parts = fact.key.map((term) => {
        if (typeof term !== 'object' || !('fact' in term)) return String(term);
        const seen = readFact(sourceOf(g), term.fact, now);
        return 'known' in seen ? String(seen.known) : '';
      });
      const cell = new Map(now.state.cells.get(fact.cell)).set(cellKey(parts), value);
      return { ...now, state: { ...now.state, cells: new Map(now.state.cells).set(fact.cell, cell) } };
    },
  };
};

const argumentVariable = (g: Ground, o: Observation, name: string): Variable => ({
  id: `argument.${name}`,
  set: (now, value) => {
    const given = { ...now.intent.action.arguments, [name]: wire(typeOf(g, o, `argument.${name}`), value) };
    return { ...now, intent: { ...now.intent, action: { ...now.intent.action, arguments: given } } };
  },
});

/** Constants that conditions compare with, and the facts' own values: where a condition can turn. */
const candidates = (d: Dice, g: Ground, o: Observation, id: FactId, about: readonly Condition[]): readonly Value[] => {
  const type = typeOf(g, o, id);
  const found: Value[] = [];
  const good = g.good.get(id);
  if (good !== undefined) found.push(good);
  const walk = (c: Condition): void => {
    if ('all' in c) for (const part of c.all) walk(part);
    else if ('any' in c) for (const part of c.any) walk(part);
    else if ('not' in c) walk(c.not);
    else if (!('each' in c)) {
      for (const right of [{ fact: c.fact }, ...Object.values(c).flat(1)]) {
        const seen =
          typeof right === 'object' && right !== null && 'fact' in right
            ? readFact(sourceOf(g), right.fact as string, o)
            : undefined;
        const raw =
          seen !== undefined && 'known' in seen ? (isInstant(seen.known) ? wire(type, seen.known) : seen.known) : right;
        const value = admit(type)(raw) ?? admit(type)([raw]);
        if (value === undefined) continue;
        found.push(value, ...(typeof value === 'number' ? [value + 1, value - 1] : []));
      }
    }
  };
  for (const c of about) walk(unfold(sourceOf(g), c));
  if (type.type === 'set') found.push([]);
  if (type.type === 'enum') found.push(...type.values);
  if (type.type === 'string') found.push(...WORDS, ...g.catalog.plans.keys());
  return [...found, ...d.times(3, () => typed(d, type, o.at))].filter(
    (value) => type.type !== 'instant' || isInstant(value),
  );
};

/** Sets the variables, and nothing else, so that all conditions hold. */
const solved = (
  d: Dice,
  g: Ground,
  o: Observation,
  variables: readonly Variable[],
  conditions: readonly Condition[],
): Carried => {
  const holds = (now: Observation): boolean => conditions.every((c) => isTrue(g, now, c));
  const good = variables.reduce((now, v) => (g.good.has(v.id) ? v.set(now, g.good.get(v.id) as Value) : now), o);
  if (holds(good)) return { after: good };
  const values = new Map(variables.map((v) => [v.id, candidates(d, g, o, v.id, conditions)]));
  const parts = conditions.flatMap((c) => partsOf(unfold(sourceOf(g), c)));
  const score = (now: Observation): number => parts.filter((c) => isTrue(g, now, c)).length;
  for (let i = 0; i < TRIES; i++) {
    const now = variables.reduce((so, v) => {
      const list = values.get(v.id) as readonly Value[];
      return v.set(so, list[variables.length === 1 ? i % list.length : d.below(list.length)] as Value);
    }, o);
    if (holds(now)) return { after: now };
  }
  // Dice alone seldom fall right for three at once: one variable after the other, as many parts as can be had.
  const better = variables.reduce(
    (so, v) =>
      best(
        (values.get(v.id) as readonly Value[]).map((x) => v.set(so, x)),
        score,
      ),
    o,
  );
  if (holds(better)) return { after: better };
  return { none: `no ${variables.map(({ id }) => id).join(', ')} makes ${JSON.stringify(conditions)} hold` };
};

const partsOf = (c: Condition): readonly Condition[] => ('all' in c ? c.all.flatMap(partsOf) : [c]);

/** The one that scores highest; the first of those that do. */
const best = <A>(all: readonly A[], score: (one: A) => number): A =>
  all.map((one) => ({ one, points: score(one) })).reduce((a, b) => (b.points > a.points ? b : a)).one;

// --- requests

/** Somebody else's credential, or the same with more: all that the action asks of one. */
const credential = (g: Ground, o: Observation, conditions: readonly Condition[]): Carried => {
  const { subject } = o.intent;
  const relations = [...(o.state.cells.get('relations')?.keys() ?? [])];
  for (const ref of [subject.ref, ...relations, 'sub_another']) {
    for (const type of [subject.type, ...SUBJECT_TYPES]) {
      for (const scope of [subject.scope, [...ROLES].sort()]) {
        const now: Observation = { ...o, intent: { ...o.intent, subject: { type, id: ref.slice(4), ref, scope } } };
        if (conditions.every((c) => isTrue(g, now, c))) return { after: now };
      }
    }
  }
  return { none: 'no credential of the tenant will do' };
};

const withoutArguments = (o: Observation, names: ReadonlySet<string>): Observation => {
  const kept = Object.entries(o.intent.action.arguments).filter(([name]) => !names.has(name));
  return { ...o, intent: { ...o.intent, action: { ...o.intent.action, arguments: Object.fromEntries(kept) } } };
};

/** Another receipt names another refusal: here one that asks to be approved by whatever approves, and was never answered. */
const aboutAnotherRefusal = (o: Observation): Observation => ({
  ...o,
  intent: {
    ...o.intent,
    refusal: {
      requester: 'sub_requester',
      binding: 'another refusal',
      asks: ['approve_action', 'approve_lockout', 'approve_remediation'],
    },
  },
});

/** Whoever names somebody else names a user whom the deployment knows. */
const namingAnother = (o: Observation): Observation => ({ ...o, intent: { ...o.intent, named: 'user' } });

/** The key that the subject registered. */
const keyOf = ({ state, intent }: Observation): unknown =>
  state.cells.get('approver_keys')?.get(intent.subject.ref) ?? 'none';

const requested = (d: Dice, g: Ground, o: Observation, reasons: readonly Reason[], together: boolean): Carried => {
  const declared: Action['arguments'] = placeOf(sourceOf(g), o.intent.action.id)?.action.arguments ?? {};
  const asked = [...new Set(reasons.map(({ next }) => (next as Next<'request'>).argument))];
  const isUnknown = (name: string): boolean => !Object.hasOwn(declared, name);
  const extra = Object.keys(o.intent.action.arguments).filter(isUnknown);
  const known = asked.some(isUnknown) ? withoutArguments(o, new Set(extra)) : o;
  const about = asked.includes('receipt') ? aboutAnotherRefusal(known) : known;
  const signed: Observation = asked.includes('signature')
    ? { ...about, intent: { ...about.intent, signedBy: String(about.intent.action.arguments['key'] ?? keyOf(about)) } }
    : about;
  const now = asked.some((name) => (declared[name]?.type as { readonly form?: string } | undefined)?.form === 'subject')
    ? namingAnother(signed)
    : signed;
  const names = asked.filter((name) => !isUnknown(name));
  if (names.length === 0) return { after: now };
  const own = reasons.map((reason) => conditionOf(g, o, reason)).filter((c) => c !== undefined);
  const looking = together
    ? looksAt(
        g,
        o,
        names.map((name) => `argument.${name}`),
      )
    : [];
  const isOfType = names.map(
    (name): Condition => ({ any: [{ fact: `argument.${name}`, is: { fact: `argument.${name}` } }] }),
  );
  const conditions = [...isOfType, ...own, ...looking];
  return solved(
    d,
    g,
    now,
    names.map((name) => argumentVariable(g, o, name)),
    conditions,
  );
};

// --- information

/** One statement by one source of a value of the type: any value. */
export const informed = (d: Dice, g: Ground, o: Observation, id: FactId): Observation => {
  const type = typeOf(g, o, id);
  const variable = factVariable(g, o, id);
  return variable === undefined ? o : variable.set(o, typed(d, type, o.at));
};

// --- all of them

const ofKind = <K extends NextStep['kind']>(
  reasons: readonly Reason[],
  kind: K,
): readonly (Reason & { readonly next: Next<K> })[] =>
  reasons.filter((reason): reason is Reason & { readonly next: Next<K> } => reason.next.kind === kind);

const then = (before: Carried, step: (o: Observation) => Carried): Carried =>
  'after' in before ? step(before.after) : before;

/** The same, once every instant has come that a step says to wait for; the last one that all of them allow, if there is one. */
export const waited = (o: Observation, reasons: readonly Reason[], end: 'first' | 'last' = 'first'): Observation => {
  const times = ofKind(reasons, 'time').map(({ next }) => next);
  const submits = ofKind(reasons, 'authority').flatMap(({ next: { notBefore } }) =>
    notBefore === undefined ? [] : [notBefore],
  );
  const first = Math.max(
    o.at,
    ...submits.map((text) => parseInstant(text) as number),
    ...times.map(({ notBefore }) => parseInstant(notBefore) as number),
  );
  const ends = times.flatMap(({ before }) => (before === undefined ? [] : [(parseInstant(before) as number) - 1]));
  return later(o, end === 'last' && ends.length > 0 ? Math.max(first, Math.min(...ends)) : first);
};

/** Whether steps say to wait for instants that are not the same for all of them. */
const waitsApart = (reasons: readonly Reason[]): boolean => {
  const times = ofKind(reasons, 'time').map(({ next }) => next);
  const first = Math.max(0, ...times.map(({ notBefore }) => parseInstant(notBefore) as number));
  return times.some(({ before }) => before !== undefined && (parseInstant(before) as number) <= first);
};

/** Carries the next steps of all these reasons out, together, at one instant: an observation in which every post holds. */
export const carriedOut = (
  d: Dice,
  g: Ground,
  o: Observation,
  reasons: readonly Reason[],
  together = true,
  end: 'first' | 'last' = 'first',
): Carried => {
  if (waitsApart(reasons)) return { none: 'no instant is one that all of them wait for' };
  const then0 = waited(o, reasons, end);
  // What is told at a later instant is told anew: bounds are relative to it.
  const now = then0.at === o.at ? reasons : freshly(g, then0, reasons);
  let carried: Carried = { after: then0 };
  for (const { next } of ofKind(now, 'authority')) carried = then(carried, (x) => submitted(d, g, x, next));
  for (const { next } of ofKind(now, 'information'))
    carried = then(carried, (x) => ({ after: informed(d, g, x, next.fact) }));
  const worlds = ofKind(now, 'world').map(({ next }) => next.until);
  if (worlds.length > 0) {
    const ids = [...new Set(worlds.flatMap(mentioned))];
    const looking = together ? looksAt(g, o, ids) : [];
    const free = ids.flatMap((id) => factVariable(g, o, id) ?? []);
    carried = then(carried, (x) => solved(d, g, x, free, [...worlds, ...looking]));
  }
  const requests = ofKind(now, 'request');
  const credentials = requests.filter(({ next }) => next.argument === 'credential');
  const others = requests.filter(({ next }) => !['credential', 'resource'].includes(next.argument));
  // Another resource is one that the directory knows, and which is like the other in all else.
  if (requests.some(({ next }) => next.argument === 'resource'))
    carried = then(carried, (x) => ({
      after: {
        ...x,
        intent: {
          ...x.intent,
          resource: { ...x.intent.resource, environment: x.mode === 'eval' ? 'sandbox' : 'production' },
        },
      },
    }));
  if (credentials.length > 0) {
    const own = credentials.map((reason) => conditionOf(g, o, reason)).filter((c) => c !== undefined);
    const looking = together ? looksAt(g, o, ['subject', 'subject_type', 'scope']) : [];
    carried = then(carried, (x) => credential(g, x, [...own, ...looking]));
  }
  return others.length === 0 ? carried : then(carried, (x) => requested(d, g, x, others, together));
};

const freshly = (g: Ground, o: Observation, reasons: readonly Reason[]): readonly Reason[] => {
  const now = decide(g.catalog, o);
  const told = now.verdict === 'refuse' ? now.reasons : [];
  return told.filter((r) => reasons.some((old) => isSame(old, r)));
};

/** Whether two reasons are the same requirement's. */
export const isSame = (a: Reason, b: Reason): boolean =>
  a.gate === b.gate && a.code === b.code && a.means === b.means && a.facts.join() === b.facts.join();

/** The reasons of a decision; none for an approval. */
export const reasonsOf = (catalog: Catalog, o: Observation): readonly Reason[] => {
  const decision = decide(catalog, o);
  return decision.verdict === 'refuse' ? decision.reasons : [];
};
