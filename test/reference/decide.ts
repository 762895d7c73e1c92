/**
 * decide, a second time: slow, obvious, from the documents and the docstrings. It interprets the catalog as it is
 * written, for every observation anew, and shares no code with the compiler. For tests only.
 */

import type {
  CatalogSource,
  Choose,
  Decision,
  GateResult,
  NextStep,
  Observation,
  Reason,
  Submit,
} from '@tai-autonomics/core';
import {
  type Action,
  type Condition,
  describeType,
  type FactId,
  type ObservedFact,
  type Requirement,
  type Role,
  STATUSES,
  type Term,
  type Type,
  type Value,
  type Wire,
  type Write,
} from '@tai-autonomics/core/author';
import type { CellChange, CellWrite, Missing } from '@tai-autonomics/core/engine';
import { mentioned, truthOf, unfold, type World } from './decide-condition.ts';
import { countedBy, gatesOf, type Place } from './decide-gates.ts';
import { platformFacts } from './decide-platform.ts';
import { factOf, readFact, readTerm, wireOf } from './decide-reading.ts';
import { waitFor } from './decide-wait.ts';

/** Where an action stands, or nothing. */
export const placeOf = (source: CatalogSource, id: string): Place | undefined => {
  const pack = source.packs.find(({ actions }) => Object.hasOwn(actions, id));
  const action = pack?.actions[id];
  if (pack === undefined || action === undefined) return undefined;
  const { approval, outcome } = countedBy({ source, pack, id, action });
  const { does } = action;
  const after =
    'after' in does
      ? Object.entries(does.after).map(([status, then]) => [status, { ...then, writes: [...then.writes, ...outcome] }])
      : [];
  const whole = 'after' in does ? { ...does, after: Object.fromEntries(after) as typeof does.after } : does;
  return { source, pack, id, action: { ...action, writes: [...action.writes, ...approval], does: whole } };
};

const factOfTerm = (term: Term): FactId | undefined =>
  typeof term === 'object' && 'fact' in term ? term.fact : undefined;
const names = (terms: readonly Term[]): readonly FactId[] => terms.map(factOfTerm).filter((id) => id !== undefined);

/** The facts that must be observed before these can be known. */
const observedBehind = (at: Place, ids: readonly FactId[]): readonly FactId[] =>
  ids.flatMap((id) => {
    const fact = factOf(at.source, at.id, id);
    if (fact?.origin === 'observed') return [id];
    return fact?.origin === 'ledger' ? observedBehind(at, names(fact.key)) : [];
  });

/** The world as one observation shows it. */
export const worldOf = (at: Place, o: Observation): World => ({
  at: o.at,
  read: (id) => readFact(at.source, id, o),
  typeOf: (id) => factOf(at.source, at.id, id)?.type ?? { type: 'string' },
});

// --- next steps

const fill = (at: Place, o: Observation, term: Term, type: Type): Wire | undefined => {
  const seen = readTerm(at.source, term, type, o);
  return 'known' in seen && seen.known !== '' ? wireOf(type, seen.known) : undefined;
};

const submitOf = (
  at: Place,
  o: Observation,
  ask: Extract<Requirement['remedy'], { by: 'authority' }>['submit'],
): Submit => {
  const target = placeOf(at.source, ask.action)?.action as Action;
  const given = Object.keys(ask.arguments).sort();
  const argumentOf = (name: string): Action['arguments'][string] =>
    target.arguments[name] as Action['arguments'][string];
  const filled = given.map((name) => [name, fill(at, o, ask.arguments[name] as Term, argumentOf(name).type)] as const);
  const open = filled.filter(([, value]) => value === undefined);
  const unfilled = open.map(
    ([name]): Choose => ({ argument: name, type: argumentOf(name).type, means: argumentOf(name).means }),
  );
  const chosen = (ask.choose ?? []).map((c): Choose => {
    const { type, means } = argumentOf(c.argument);
    const from = c.from === undefined ? undefined : fill(at, o, c.from, type);
    const to = c.to === undefined ? undefined : fill(at, o, c.to, type);
    const among = c.oneOf === undefined ? {} : { oneOf: c.oneOf };
    return {
      argument: c.argument,
      type,
      means,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...among,
    };
  });
  const resource = fill(at, o, ask.resource ?? { fact: 'resource' }, { type: 'string' });
  return {
    action: ask.action,
    resource: String(resource ?? o.intent.resource.id),
    arguments: Object.fromEntries(filled.filter(([, value]) => value !== undefined)) as Submit['arguments'],
    ...(ask.refusal === true ? { refusal: true } : {}),
    choose: [...unfilled, ...chosen],
  };
};

/** How many are missing, where more than one is. */
const timesOf = (at: Place, o: Observation, { times }: Extract<Requirement['remedy'], { by: 'authority' }>) => {
  if (times === undefined) return {};
  const counts = truthOf(times.while, worldOf(at, o)) === 'true';
  const seen = readTerm(at.source, times.counted, { type: 'integer' }, o);
  const there = counts && 'known' in seen ? (seen.known as number) : 0;
  const missing = Math.min(times.upTo, times.upTo - there);
  const who = times.except === undefined ? undefined : readTerm(at.source, times.except, { type: 'set' }, o);
  const done = counts && who !== undefined && 'known' in who ? (who.known as readonly string[]) : [];
  return { ...(missing < 2 ? {} : { times: missing }), ...(done.length === 0 ? {} : { except: done }) };
};

const boundOf = (wire: unknown, none: number): number =>
  typeof wire === 'string' ? Date.parse(wire) : typeof wire === 'number' ? wire : none;
/** How far the bounds of a choice are apart in the wrong direction; 0 where something can be chosen. */
const gapOf = ({ type, from, to }: Choose): number => {
  const [least, most] = type.type === 'integer' ? [type.min, type.max] : [];
  const low = Math.max(boundOf(from, Number.NEGATIVE_INFINITY), least ?? Number.NEGATIVE_INFINITY);
  const high = Math.min(boundOf(to, Number.POSITIVE_INFINITY), most ?? Number.POSITIVE_INFINITY);
  return (from ?? to) === undefined ? 0 : Math.max(0, low - high);
};

/** The submission; later, if nothing can be chosen yet; or that nothing ever can. */
const authorityOf = (
  at: Place,
  o: Observation,
  remedy: Extract<Requirement['remedy'], { by: 'authority' }>,
): NextStep => {
  const { who } = remedy;
  const submit = submitOf(at, o, remedy.submit);
  const gaps = submit.choose.filter((c) => gapOf(c) > 0);
  if (gaps.length === 0) return { kind: 'authority', who, submit, ...timesOf(at, o, remedy) };
  const wait = Math.max(...gaps.map((c) => (c.type.type === 'instant' ? gapOf(c) : 0)));
  const later = { ...o, at: Math.min(o.at + wait, Date.UTC(9999, 11, 31, 23, 59, 59, 999)) };
  const then = submitOf(at, later, remedy.submit);
  const never = then.choose.find((c) => gapOf(c) > 0);
  if (never !== undefined) {
    const { argument, from, to } = never;
    const said = [from === undefined ? '' : `: it is not before ${from}`, to === undefined ? '' : `, not after ${to}`];
    return { kind: 'none', why: `no value of \`${argument}\` would do${said.join('')}` };
  }
  const notBefore = new Date(later.at).toISOString();
  return { kind: 'authority', who, submit: then, notBefore, ...timesOf(at, o, remedy) };
};

/** Until when to wait for all that the action waits for, or for this alone; and what runs out meanwhile. */
const waitOf = (at: Place, o: Observation, when: Condition): NextStep => {
  const w = worldOf(at, o);
  const all = gatesOf(at).flatMap(([, requirements]) => requirements);
  const waits = all.filter(({ remedy }) => remedy.by === 'time' && remedy.notBefore === undefined);
  const together: Condition = { all: waits.map((r) => unfold(at.source, r.when)) };
  const opens = waitFor(together, w) ?? waitFor(when, w);
  if (opens === undefined) return { kind: 'none', why: 'no later instant will do, as long as all else stays' };
  const { notBefore, before } = opens;
  const then: World = { ...w, at: notBefore, read: (id) => (id === 'at' ? { known: notBefore } : w.read(id)) };
  const isTrue = (r: Requirement, world: World): boolean => truthOf(unfold(at.source, r.when), world) === 'true';
  const lapses = [...new Set(all.filter((r) => isTrue(r, w) && !isTrue(r, then)).map(({ code }) => code))];
  const text = (instant: number): string => new Date(instant).toISOString();
  return {
    kind: 'time',
    notBefore: text(notBefore),
    ...(before === undefined ? {} : { before: text(before) }),
    ...(lapses.length === 0 ? {} : { lapses }),
  };
};

const nextStep = (at: Place, o: Observation, r: Requirement, when: Condition): NextStep => {
  const { remedy } = r;
  switch (remedy.by) {
    case 'authority':
      return authorityOf(at, o, remedy);
    case 'request': {
      const argument = at.action.arguments[remedy.argument];
      const asked =
        argument === undefined ? '' : `; ${remedy.argument}: ${argument.means} (${describeType(argument.type)})`;
      const other = remedy.or === undefined ? {} : { or: remedy.or };
      return { kind: 'request', argument: remedy.argument, ...other, means: `${r.means}${asked}` };
    }
    case 'world': {
      const observe = mentioned(when).filter((id) => factOf(at.source, at.id, id)?.origin === 'observed');
      return {
        kind: 'world',
        until: when,
        means: r.means,
        observe,
        ...(remedy.action === undefined ? {} : { action: remedy.action }),
      };
    }
    case 'time': {
      if (remedy.notBefore === undefined) return waitOf(at, o, when);
      const seen = readTerm(at.source, remedy.notBefore, { type: 'instant' }, o);
      const instant = 'known' in seen && typeof seen.known === 'number' ? seen.known : o.at;
      return { kind: 'time', notBefore: new Date(instant).toISOString() };
    }
    case 'nobody':
      return { kind: 'none', why: remedy.why };
  }
};

// --- gates

const information = (at: Place, id: FactId, why: Missing): Reason => {
  const { means, sources, maxAgeMs } = factOf(at.source, at.id, id) as ObservedFact;
  const next: NextStep = { kind: 'information', fact: id, why, means, sources, maxAgeMs };
  return { gate: 'precondition', code: `evidence_${why}`, means: `this is known: ${means}`, facts: [id], next };
};

/** A question for every fact that is missing. */
const questions = (at: Place, o: Observation, ids: readonly FactId[]): readonly Reason[] =>
  ids.flatMap((id) => {
    const seen = readFact(at.source, id, o);
    return 'missing' in seen && factOf(at.source, at.id, id)?.origin === 'observed'
      ? [information(at, id, seen.missing)]
      : [];
  });

/** Gate 5 says which roles are wanting, and asks for no others. */
const withRoles = (at: Place, o: Observation, when: Condition, reason: Reason): Reason => {
  if (!at.source.packs.some(({ actions }) => Object.hasOwn(actions, 'set_limits'))) return reason;
  if (reason.gate !== 'role' || !('containsAll' in when) || !('fact' in when)) return reason;
  const seen = readFact(at.source, when.fact, o);
  const has = 'known' in seen && typeof seen.known === 'object' ? seen.known : [];
  const required = [...(when.containsAll as readonly Role[])].sort();
  const [held, missing] = [required.filter((r) => has.includes(r)), required.filter((r) => !has.includes(r))];
  const { next } = reason;
  const asks = next.kind === 'authority' && next.submit.action === 'grant_role';
  const step = asks
    ? { ...next, submit: { ...next.submit, arguments: { ...next.submit.arguments, roles: missing } } }
    : next;
  return { ...reason, next: step, roles: { required, held, missing } };
};

const unmet = (at: Place, o: Observation, gate: Reason['gate'], r: Requirement): readonly Reason[] => {
  const when = unfold(at.source, r.when);
  const facts = mentioned(when);
  switch (truthOf(when, worldOf(at, o))) {
    case 'true':
      return [];
    case 'false':
      return [withRoles(at, o, when, { gate, code: r.code, means: r.means, facts, next: nextStep(at, o, r, when) })];
    case 'unknown':
      return questions(at, o, [...facts, ...observedBehind(at, facts)]);
  }
};

/** How many letters have to be put in, taken out or changed. */
const editsBetween = (a: string, b: string): number => {
  const table = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j));
  const at = (i: number, j: number): number => table[i]?.[j] as number;
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++)
      (table[i] as number[])[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + Number(a[i - 1] !== b[j - 1]),
      );
  return at(a.length, b.length);
};
/** The first of the nearest names, at most a third of its letters away. */
const nearestTo = (name: string, known: readonly string[]): { readonly nearest?: string } => {
  const far = known.map((other) => editsBetween(name, other));
  const least = Math.min(...far);
  const found = known[far.indexOf(least)];
  return found !== undefined && least <= Math.max(1, Math.floor(name.length / 3)) ? { nearest: found } : {};
};

const wrongArguments = (at: Place, o: Observation): readonly Reason[] => {
  const code = at.action.invalid ?? 'arguments_invalid';
  const declared = at.action.arguments;
  const ill = Object.keys(declared).filter((name) => 'invalid' in readFact(at.source, `argument.${name}`, o));
  const unknown = Object.keys(o.intent.action.arguments).filter((name) => !Object.hasOwn(declared, name));
  const reason = (argument: string, means: string, facts: readonly FactId[]): Reason => ({
    gate: 'precondition',
    code,
    means: `${argument}: ${means}`,
    facts,
    next: { kind: 'request', argument, means: `${argument}: ${means}` },
  });
  return [
    ...ill.sort().map((name) => {
      const { means, type } = declared[name] as Action['arguments'][string];
      return reason(name, `${means}; ${describeType(type)}`, [`argument.${name}`]);
    }),
    ...unknown.sort().map((name, i) => {
      const isShown = /^[\w.-]{1,64}$/.test(name);
      const unshown = reason(isShown ? name : 'an argument', 'the action has no such argument', []);
      const near = isShown && ill.length + i < 8 ? nearestTo(name, Object.keys(declared).sort()) : {};
      return { ...unshown, next: { ...unshown.next, leaveOut: true, ...near } as NextStep };
    }),
  ];
};

const writeTerms = (writes: readonly Write[]): readonly Term[] =>
  writes.flatMap(
    ({ key, change }) => [...key, ...Object.values(change).filter((x) => typeof x === 'object')] as readonly Term[],
  );

/** What an approval would use has to be known. */
const used = (at: Place): readonly FactId[] => {
  const { does, writes } = at.action;
  const after = 'after' in does ? STATUSES.flatMap((status) => does.after[status].writes) : [];
  const terms = [...writeTerms(writes), ...writeTerms(after), ...('with' in does ? Object.values(does.with) : [])];
  return [...new Set(observedBehind(at, names(terms)))].sort();
};

const precondition = (at: Place, o: Observation): readonly Reason[] => [
  ...wrongArguments(at, o),
  ...gatesOf(at)
    .flatMap(([gate, all]) => (gate === 'precondition' ? all : []))
    .flatMap((r) => unmet(at, o, 'precondition', r)),
  ...questions(at, o, used(at)),
];

const once = (reasons: readonly Reason[]): readonly Reason[] => {
  const asked = new Set<FactId>();
  return reasons.filter(
    ({ next }) => next.kind !== 'information' || (!asked.has(next.fact) && asked.add(next.fact).size > 0),
  );
};

// --- approvals

const value = (at: Place, o: Observation, term: Term, type: Type): Value => {
  const seen = readTerm(at.source, term, type, o);
  return 'known' in seen ? seen.known : '';
};

const typeOfTerm = (at: Place, term: Term): Type => {
  const id = factOfTerm(term);
  return id === undefined
    ? { type: typeof term === 'number' ? 'integer' : 'string' }
    : (factOf(at.source, at.id, id)?.type ?? { type: 'string' });
};

const cellTypeOf = (at: Place, cell: string): Type => {
  const own = at.source.packs.find(({ cells }) => Object.hasOwn(cells, cell))?.cells[cell]?.type;
  const platform = Object.values(platformFacts).find((fact) => fact.origin === 'ledger' && fact.cell === cell)?.type;
  return own ?? platform ?? { type: 'string' };
};

const changeOf = (at: Place, o: Observation, w: Write): CellChange => {
  const { change } = w;
  if ('clear' in change || 'plus' in change) return change;
  if ('set' in change) {
    const type = cellTypeOf(at, w.cell);
    const to = value(at, o, change.set, type);
    return typeof to === 'object' ? { replace: to } : type.type === 'instant' ? { at: to as number } : { set: to };
  }
  const [word, term] = 'add' in change ? (['add', change.add] as const) : (['remove', change.remove] as const);
  const is = Array.isArray(term) ? [...(term as readonly string[])].sort() : value(at, o, term, typeOfTerm(at, term));
  const members = typeof is === 'object' ? is : [String(is)];
  return word === 'add' ? { add: members } : { remove: members };
};

/** What an action's writes come to. */
export const referenceWrites = (at: Place, o: Observation, writes: readonly Write[]): readonly CellWrite[] =>
  writes
    .filter(({ when }) => when === undefined || truthOf(when, worldOf(at, o)) === 'true')
    .map((w) => ({
      cell: w.cell,
      key: w.key.map((term) => String(value(at, o, term, { type: 'string' }))),
      change: changeOf(at, o, w),
    }));

const stepsOf = (at: Place, o: Observation): Extract<Decision, { verdict: 'approve' }>['actionPlan'] => {
  const { does } = at.action;
  if (does.effect === 'internal') return [];
  const filled = Object.entries(does.with).map(([name, term]) => {
    if (factOfTerm(term) === undefined) return [name, Array.isArray(term) ? [...term].sort() : term];
    const type = typeOfTerm(at, term);
    return [name, wireOf(type, value(at, o, term, type))];
  });
  const limits = ('limits' in does ? does.limits : undefined) ?? at.pack.compute_limits;
  return [{ step: does.step, with: Object.fromEntries(filled), limits }];
};

// --- the decision

const UNKNOWN_ACTION: Reason = {
  gate: 'registry',
  code: 'tool_not_found',
  means: 'the tool exists for this tenant',
  facts: ['action'],
  next: { kind: 'none', why: 'no pack of this catalog has such an action' },
};

/** The same decision as `decide`, in canonical form. */
export const referenceDecide = (source: CatalogSource, o: Observation): Decision => {
  const at = placeOf(source, o.intent.action.id);
  const gates = at === undefined ? [] : gatesOf(at);
  const failing = gates.map(([gate, requirements]): readonly Reason[] =>
    gate === 'precondition'
      ? once(precondition(at as Place, o))
      : requirements.flatMap((r) => unmet(at as Place, o, gate, r)),
  );
  if (at === undefined) failing.push([UNKNOWN_ACTION]);
  const failed = (g: number): boolean => (failing[g]?.length ?? 0) > 0;
  const isHidden = (g: number): boolean => (g > 0 && failed(0)) || (g === 7 && (failed(1) || failed(2)));
  const trace = ['registry', 'entitlement', 'mode', 'assurance', 'role', 'stop', 'capacity', 'precondition'].map(
    (gate, g) => ({ gate, result: isHidden(g) ? 'not_evaluated' : failed(g) ? 'failed' : 'passed' }) as GateResult,
  );
  const [first, ...rest] = failing.flatMap((reasons, g) => (isHidden(g) ? [] : reasons));
  if (first !== undefined) return { verdict: 'refuse', reasons: [first, ...rest], trace };
  return {
    verdict: 'approve',
    writes: referenceWrites(at as Place, o, (at as Place).action.writes),
    actionPlan: stepsOf(at as Place, o),
    trace,
  };
};
