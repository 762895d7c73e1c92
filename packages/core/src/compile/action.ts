/** An action, its requirements specialised: what `decide` runs. */

import { frozen } from '../data/frozen.ts';
import type { Ms } from '../data/instant.ts';
import { nearest, type Path } from '../data/issue.ts';
import { sameJson } from '../data/same-json.ts';
import { describeType } from '../data/value.ts';
import type { ActionStep, Reason } from '../decision.ts';
import { isAble } from '../gates/abilities.ts';
import type { Gate, GateId, Placed } from '../gates/gate.ts';
import { gates } from '../gates/index.ts';
import { ownRequirements } from '../gates/precondition.ts';
import type { NextStep } from '../next-step.ts';
import type { Observation } from '../observation.ts';
import type { Action, ActionId, Limits, Remedy, Requirement, RunsStep, Status } from '../policy/action.ts';
import { STATUSES } from '../policy/action.ts';
import type { PackId } from '../policy/catalog-source.ts';
import { type Condition, factsOf } from '../policy/condition.ts';
import { type Cell, type CellId, type FactId, isFactTerm, type Term } from '../policy/fact.ts';
import { type PlacedRequirement, requirementsOf } from '../policy/with-policy.ts';
import { argumentReader, type Missing, type Reader, type Sight } from '../reading.ts';
import { bareCopy, owns } from '../receipt/encoding/own.ts';
import type { CellWrite } from '../state.ts';
import { compileCondition, type Test, TRUE, type Truth, UNKNOWN } from './evaluator.ts';
import { aboutWritten, expandCondition } from './expand.ts';
import { OUT_OF_RANGE, rangeRequirements, type Written } from './range.ts';
import { reasonOf } from './reason.ts';
import { compileRemedy, type Drawer, type Template } from './remedy.ts';
import { compileRoles } from './roles-wanted.ts';
import { roomRequirements } from './room.ts';
import { actionScope, checkKept, complaints, createSlots, namedBehind, type Scope, type Slots } from './scope.ts';
import { compileStep, compileWrites } from './write.ts';

/** One requirement as it runs. */
export interface CompiledRequirement {
  readonly gate: number;
  readonly test: Test;
  /** The places of the facts that it looks at. */
  readonly slots: readonly number[];
  /** The reason for FALSE. */
  readonly reason: Reason | ((o: Observation) => Reason);
  readonly when: Condition;
  readonly code: string;
  readonly means: string;
  readonly remedy: Remedy;
}

/** Compiles one action where it stands in its catalog. What is wrong goes to the bench's complaints. */
export const compileAction = (b: Bench): CompiledAction => {
  const scope = actionScope(b.scope, b.action.arguments, argumentReader);
  const slots = createSlots();
  const gated = compileRequirements(b, scope, slots);
  const known = mustBeKnown(b, scope, slots);
  const requirements = [...gated.requirements, ...known, ...roomRequirements(writtenBy(b, scope), slots)];
  const starts = [...gated.starts.slice(0, -1), requirements.length];
  const filledIn = named(remedyTerms(b));
  const looked = [...slots.facts, ...named(termsOf(b.action)), ...filledIn];
  checkKept(looked, b.action.arguments, scope, b.path, b.drawer.to);
  const recorded = new Set<FactId>();
  for (const id of looked) behind(id, scope, recorded);
  return {
    id: b.id,
    pack: b.pack.pack_id,
    action: b.action,
    facts: slots.facts,
    readers: slots.facts.map((id) => (scope.fact(id) === undefined ? (): Sight => '' : scope.reader(id))),
    reads: [gated.reads[0], gated.reads[1], slots.facts.length],
    requirements,
    starts,
    informed: slots.facts.map((id) => informedOf(id, scope)),
    ...argumentsOf(b),
    writes: compileWrites(b.action.writes, b.cells, scope, [...b.path, 'writes'], b.drawer.to),
    ...compileDoes(b, scope),
    observes: [...new Set([...observedBehind(slots.facts, scope), ...observedBehind(filledIn, scope)])],
    recorded: [...recorded].sort(),
    readerOf: scope.reader,
  };
};

/** Whether it is required already: the same, or one of the alternatives that it allows. */
const isRequired = (when: Condition, by: readonly CompiledRequirement[]): boolean =>
  [when, ...(owns(when, 'any') ? when.any : [])].some((one) => by.some((other) => sameJson(other.when, one)));

/** Precomputed `evidence_*` reasons of an observed fact. */
export type Informed = { readonly [M in Missing]: Reason };

/** An action with its requirements specialised: what `decide` runs. */
export interface CompiledAction {
  readonly id: ActionId;
  readonly pack: PackId;
  readonly action: Action;
  /** The facts that its requirements look at, by place; read in this order. */
  readonly facts: readonly FactId[];
  readonly readers: readonly Reader[];
  /** How many places must be read before the first gate, before gate 2 and before gate 8 run. */
  readonly reads: readonly [number, number, number];
  readonly requirements: readonly CompiledRequirement[];
  /** The requirements of gate `g` are those from `starts[g]` up to `starts[g + 1]`. */
  readonly starts: readonly number[];
  readonly informed: readonly (Informed | undefined)[];
  /** Names of arguments that are missing, unknown or ill-typed. */
  readonly invalidArguments: (o: Observation) => readonly string[];
  /** Of an unknown one, it names the nearest one where that is asked for: looking for it takes its time. */
  readonly argumentReason: (name: string, withNearest?: boolean) => Reason;
  readonly writes: (o: Observation) => readonly CellWrite[];
  readonly plan: (o: Observation) => readonly ActionStep[];
  readonly after: { readonly [S in Status]: (o: Observation) => readonly CellWrite[] };
  /** Whether what `verify` wants is seen: the decided observation, then the one made afterwards. */
  readonly verify: (decided: Observation, seen: Observation) => Truth;
  /** Observed facts that a decision needs, or that a next step is filled in from; and those that a verification needs. */
  readonly observes: readonly FactId[];
  readonly verifies: readonly FactId[];
  /** Ledger facts that a decision reads, for any purpose; a receipt records their readings. */
  readonly recorded: readonly FactId[];
  /** Reads a fact as this action does: a fact that is kept by an argument, with the argument's own type and default. */
  readonly readerOf: (id: FactId) => Reader;
  readonly limits: Limits;
}

/** What an action is compiled with: where it stands, and itself with what the gates count. */
export interface Bench extends Placed {
  /** The action as it is written. */
  readonly placed: Placed;
  readonly scope: Scope;
  readonly cells: ReadonlyMap<CellId, Cell>;
  readonly drawer: Omit<Drawer, 'scope'>;
  readonly path: Path;
  readonly unfolded: (written: Condition, unfold: () => Condition) => Condition;
  readonly remedied: (r: Requirement, compile: () => Template | NextStep) => Template | NextStep;
}

type Running = Pick<CompiledAction, 'plan' | 'after' | 'verify' | 'verifies' | 'limits'>;

const compileRequirements = (
  b: Bench,
  scope: Scope,
  slots: Slots,
): Pick<CompiledAction, 'requirements' | 'starts' | 'reads'> => {
  const { to } = b.drawer;
  const requirements: CompiledRequirement[] = [];
  const starts: number[] = [];
  const reads: number[] = [];
  const drawer = { ...b.drawer, scope, waits: waitsOf(b), lapses: lapsesOf(requirements, slots, scope) };
  gates.forEach((gate, g) => {
    starts.push(requirements.length);
    if (g === 1 || g === 7) reads.push(slots.facts.length);
    const ranged = gate.gate === 'precondition' ? rangeRequirements(writtenBy(b, scope)) : [];
    for (const { requirement: r, path } of [...placedBy(gate, b), ...ranged]) {
      const place = [...path, 'when'];
      const about = aboutWritten(r.when, place, to);
      const when = b.unfolded(r.when, () => frozen(bareCopy(expandCondition(r.when, b.source, place, about))));
      // What the action requires by a code of its own is not required twice.
      if (r.code === OUT_OF_RANGE && isRequired(when, requirements)) continue;
      const test = compileCondition(when, place, { scope, slots, to: about });
      const facts = factsOf(when);
      const remedy = () => compileRemedy(frozen(r), when, b.action.arguments, [...path, 'remedy'], drawer);
      // What a gate asks an authority for is the same of every action; all else may speak of the action's arguments.
      const next = g < 7 && r.remedy.by === 'authority' ? b.remedied(r, remedy) : remedy();
      const { code, means } = r;
      const roles =
        gate.gate === 'role' && isAble(b.source, 'name_missing_roles') ? compileRoles(when, scope) : undefined;
      const reason = reasonOf(gate.gate, r, frozen(facts), next, roles);
      const observed = observedBehind(facts, scope);
      const places = [...facts, ...observed].map(slots.slotOf);
      requirements.push({ gate: g, test, slots: places, reason, when, code, means, remedy: r.remedy });
      if (g < 7 && observed.length > 0) {
        to.add(path, 'ledger, plan and context facts in the gates before the last', facts.join(', '));
      }
    }
  });
  starts.push(requirements.length);
  return { requirements, starts, reads: [reads[0] ?? 0, reads[1] ?? 0, slots.facts.length] };
};

/** What an action waits for: what time alone brings. */
const waitsOf = (b: Bench): readonly Condition[] =>
  requirementsOf(b.source, b.id, b)
    .filter(({ requirement: { remedy } }) => remedy.by === 'time' && remedy.notBefore === undefined)
    .map(({ requirement: { when } }) => expandCondition(when, b.source, [], complaints()));

/** What holds now and will not any more at an instant, all else as it is. */
const lapsesOf =
  (requirements: readonly CompiledRequirement[], slots: Slots, scope: Scope) =>
  (o: Observation, instant: Ms): readonly string[] => {
    const now = slots.facts.map((id) => (scope.fact(id) === undefined ? '' : scope.reader(id)(o)));
    const then = slots.facts.map((id, i): Sight => (id === 'at' ? instant : (now[i] as Sight)));
    const over = requirements.filter(({ test }) => test(now) === TRUE && test(then) !== TRUE);
    return [...new Set(over.map(({ code }) => code))];
  };

/** What a gate requires, each where it is written. */
const placedBy = (gate: Gate, { id, pack, source, path, placed }: Bench): readonly PlacedRequirement[] => {
  const isLast = gate.gate === 'precondition';
  const own = (isLast ? ownRequirements(placed) : gate.requires(placed)).map((requirement, i) => ({
    requirement,
    path: [...path, `(gate ${gate.gate})`, i],
  }));
  return isLast ? [...own, ...requirementsOf(source, id, { action: placed.action, pack, path })] : own;
};

/** The observed facts without which these facts can't be known: themselves, and what the keys of ledger facts are read from. */
const observedBehind = (ids: readonly FactId[], scope: Scope): readonly FactId[] => {
  const seen = namedBehind(ids, scope.fact);
  return seen.filter((id) => scope.fact(id)?.origin === 'observed');
};

const named = (terms: readonly Term[]): readonly FactId[] => terms.filter(isFactTerm).map(({ fact }) => fact);

/** What an approval would use must be known: a fact that only a write or a step names becomes a requirement of gate 8. */
const mustBeKnown = (b: Bench, scope: Scope, slots: Slots): readonly CompiledRequirement[] =>
  [...observedBehind(named(termsOf(b.action)), scope)].sort().map((id) => {
    const slot = slots.slotOf(id);
    const means = scope.fact(id)?.means ?? id;
    const next = { kind: 'none', why: 'the fact is known' } as const satisfies NextStep;
    const reason: Reason = frozen({ gate: 'precondition', code: 'evidence_missing', means, facts: [id], next });
    const test: Test = (s) => (typeof (s[slot] as Sight) === 'symbol' ? UNKNOWN : TRUE);
    const remedy: Remedy = { by: 'nobody', why: next.why };
    return { gate: 7, test, slots: [slot], reason, when: { all: [] }, code: 'evidence_missing', means, remedy };
  });

const writtenBy = ({ action, cells, source, path, drawer }: Bench, scope: Scope): Written => ({
  action,
  cells,
  source,
  path,
  scope,
  to: drawer.to,
});

const termsOf = (action: Action): readonly Term[] => {
  const ofWrites = (writes: Action['writes']): readonly Term[] =>
    writes.flatMap(({ key, change, when }) => [
      ...key,
      ...(when === undefined ? [] : factsOf(when).map((fact) => ({ fact }))),
      ...(owns(change, 'set')
        ? [change.set]
        : owns(change, 'add')
          ? [change.add]
          : owns(change, 'remove')
            ? [change.remove]
            : []),
    ]);
  const { does } = action;
  return [
    ...ofWrites(action.writes),
    ...(does.effect === 'internal' ? [] : Object.values(does.with)),
    ...(owns(does, 'after') ? STATUSES.flatMap((status) => ofWrites(does.after[status].writes)) : []),
  ];
};

const remedyTerms = ({ placed }: Bench): readonly Term[] =>
  gates
    .flatMap((gate) => gate.requires(placed))
    .flatMap(({ remedy }) => {
      if (remedy.by === 'time') return remedy.notBefore === undefined ? [] : [remedy.notBefore];
      if (remedy.by !== 'authority') return [];
      const { arguments: args, resource, choose = [] } = remedy.submit;
      const bounds = choose.flatMap(({ from, to }) => [from, to]);
      const { times } = remedy;
      const counted =
        times === undefined ? [] : [times.counted, times.except, ...factsOf(times.while).map((fact) => ({ fact }))];
      return [...Object.values(args), resource, ...bounds, ...counted].filter((term) => term !== undefined);
    });

/** Ledger facts behind a fact: its own cell, the keys' facts, and what a plan fact is read from. */
const behind = (id: FactId, scope: Scope, seen: Set<FactId>): void => {
  const fact = scope.fact(id);
  if (fact === undefined || seen.has(id)) return;
  if (fact.origin === 'ledger') {
    seen.add(id);
    for (const term of fact.key) if (isFactTerm(term)) behind(term.fact, scope, seen);
  }
  if (fact.origin === 'plan')
    for (const source of ['entitlement_plan', 'entitlement_packs', 'entitlement_roles']) behind(source, scope, seen);
};

const informedOf = (id: FactId, scope: Scope): Informed | undefined => {
  const fact = scope.fact(id);
  if (fact?.origin !== 'observed') return undefined;
  const reason = (why: Missing): Reason => ({
    gate: 'precondition' satisfies GateId,
    code: `evidence_${why}`,
    means: `this is known: ${fact.means}`,
    facts: [id],
    next: { kind: 'information', fact: id, why, means: fact.means, sources: fact.sources, maxAgeMs: fact.maxAgeMs },
  });
  return frozen({
    missing: reason('missing'),
    stale: reason('stale'),
    untrusted: reason('untrusted'),
    conflicting: reason('conflicting'),
  });
};

const argumentsOf = (b: Bench): Pick<CompiledAction, 'invalidArguments' | 'argumentReason'> => {
  // In the order of their names: a catalog is the same value in any order of its members.
  const args = Object.entries(b.action.arguments)
    .map(([name, a]) => [name, argumentReader(name, a)] as const)
    .sort(([x], [y]) => (x < y ? -1 : 1));
  const reasons = new Map<string, Reason>();
  const code = b.action.invalid ?? 'arguments_invalid';
  const reasonFor = (argument: string, means: string) => {
    const next = { kind: 'request', argument, means } as const satisfies NextStep;
    return { gate: 'precondition', code, means, facts: [], next } as const satisfies Reason;
  };
  for (const [name, a] of Object.entries(b.action.arguments)) {
    const reason = reasonFor(name, `${name}: ${a.means}; ${describeType(a.type)}`);
    reasons.set(name, frozen({ ...reason, facts: [`argument.${name}`] }));
  }
  const names = args.map(([name]) => name);
  return {
    invalidArguments: (o) => {
      const invalid: string[] = [];
      for (const [name, reader] of args) if (typeof reader(o) === 'symbol') invalid.push(name);
      const known = invalid.length;
      for (const name of Object.keys(o.intent.action.arguments)) if (!reasons.has(name)) invalid.push(name);
      return invalid.length - known < 2 ? invalid : [...invalid.slice(0, known), ...invalid.slice(known).sort()];
    },
    argumentReason: (name, withNearest = true) => {
      const declared = reasons.get(name);
      if (declared !== undefined) return declared;
      const isShown = /^[\w.-]{1,64}$/.test(name);
      const shown = isShown ? name : 'an argument';
      const reason = reasonFor(shown, `${shown}: the action has no such argument`);
      const near = isShown && withNearest ? nearest(name, names) : undefined;
      const next = { ...reason.next, leaveOut: true } as const;
      return { ...reason, next: near === undefined ? next : { ...next, nearest: near } };
    },
  };
};

const compileDoes = (b: Bench, scope: Scope): Running => {
  const { does } = b.action;
  const { to } = b.drawer;
  const limits = (owns(does, 'limits') ? does.limits : undefined) ?? b.pack.compute_limits;
  const nothing = (): readonly CellWrite[] => [];
  const idle = { success: nothing, failed: nothing, timeout: nothing, memory_exceeded: nothing, unknown: nothing };
  if (does.effect === 'internal') return { plan: () => [], after: idle, verify: () => TRUE, verifies: [], limits };
  const step = compileStep(does.step, does.with, limits, scope, [...b.path, 'does', 'with'], to);
  const plan = (o: Observation): readonly ActionStep[] => [step.resolve(o)];
  if (does.effect === 'read') return { plan, after: idle, verify: () => TRUE, verifies: [], limits };
  const writesAfter = (status: Status): ((o: Observation) => readonly CellWrite[]) =>
    compileWrites(does.after[status].writes, b.cells, scope, [...b.path, 'does', 'after', status, 'writes'], to);
  const after = {
    success: writesAfter('success'),
    failed: writesAfter('failed'),
    timeout: writesAfter('timeout'),
    memory_exceeded: writesAfter('memory_exceeded'),
    unknown: writesAfter('unknown'),
  };
  return { plan, after, limits, ...compileVerify(does, scope, step, b) };
};

const compileVerify = (
  does: RunsStep,
  scope: Scope,
  step: ReturnType<typeof compileStep>,
  b: Bench,
): Pick<CompiledAction, 'verify' | 'verifies'> => {
  const slots = createSlots();
  const { to } = b.drawer;
  const path = [...b.path, 'does', 'verify'];
  const within: Scope = {
    fact: (id) => {
      const argument = id.startsWith('step.') ? step.readers.get(id.slice(5)) : undefined;
      return argument === undefined
        ? scope.fact(id)
        : { means: id, type: argument.type, origin: 'step', argument: id.slice(5) };
    },
    names: () => [...[...step.readers.keys()].map((name) => `step.${name}`), ...scope.names()],
    reader: (id) => (id.startsWith('step.') ? step.readers.get(id.slice(5))?.reader : undefined) ?? scope.reader(id),
  };
  const about = aboutWritten(does.verify, path, to);
  const when = expandCondition(does.verify, b.source, path, about);
  const test = compileCondition(when, path, { scope: within, slots, to: about });
  for (const id of slots.facts) {
    const origin = within.fact(id)?.origin;
    // A ledger fact could have changed since the decision; an outcome must follow from its own evidence alone.
    if (origin === 'ledger' || origin === 'plan')
      to.add(path, 'what is observed, or an argument of the step', `\`${id}\``);
  }
  const readers = slots.facts.map((id) => ({
    before: id.startsWith('step.'),
    reader: within.fact(id) === undefined ? undefined : within.reader(id),
  }));
  return {
    verify: (decided, seen) => test(readers.map(({ before, reader }) => reader?.(before ? decided : seen) ?? '')),
    verifies: observedBehind(slots.facts, scope),
  };
};
