/**
 * Search with learnt conflicts: which of many clauses' variables are true, so that every clause is, and what a theory
 * says of them holds (Marques-Silva & Sakallah 1999, Moskewicz et al. 2001; MiniSat's way with assumptions).
 *
 * A literal is twice its variable, plus one where it is negated.
 */

import { bump, insert, luby, removeFirst } from './order.ts';
import { assign, backTo, type Clause, type Lit, OPEN, propagate, type State, type Theory, watch } from './trail.ts';

export interface Sat {
  /** Adds a variable that is tried with this value first. */
  readonly variable: (first: boolean) => number;
  /** One of these is true. */
  readonly clause: (lits: readonly Lit[]) => void;
  /** At most one of these is true. */
  readonly atMostOne: (lits: readonly Lit[]) => void;
  /** Looks for values of these variables under which the assumptions hold; what else is not said of them is left open. */
  readonly solve: (assumed: readonly Lit[], among: Iterable<number>, steps: number) => 'yes' | 'no' | 'spent';
  /** After `yes`: whether a literal is true. */
  readonly isTrue: (lit: Lit) => boolean;
  /** After `no`: assumptions that can't all hold. */
  readonly core: () => readonly Lit[];
  /** Assumes these alone, and says whether that already contradicts itself. What follows from them is true afterwards. */
  readonly follow: (assumed: readonly Lit[]) => boolean;
  readonly steps: () => number;
  /** How many variables there are. */
  readonly size: () => number;
}

const RESTART = 128;
const KEPT_MAX = 3_000;

/** No clauses yet. */
export const createSat = (theory: Theory): Sat => {
  const s: State = {
    value: new Int8Array(1_024),
    watches: [],
    others: [],
    pairs: [],
    groups: [],
    level: new Int32Array(512),
    reason: [],
    first: [],
    last: [],
    seen: [],
    trail: [],
    levels: [],
    told: [],
    marks: [],
    order: { heap: [], place: [], weight: [], among: [], round: 0, by: 1 },
    theory,
    learnt: [],
    core: [],
    next: 0,
    nextKnown: 0,
    broken: false,
    steps: 0,
  };
  return {
    variable: (first) => addVariable(s, first),
    clause: (lits) => addClause(s, lits),
    atMostOne: (lits) => {
      backTo(s, 0);
      for (const lit of lits) s.groups[lit]?.push(lits);
      for (const lit of lits)
        if (s.value[lit] === 1) for (const o of lits) if (o !== lit) addClause(s, [lit ^ 1, o ^ 1]);
    },
    solve: (assumed, among, steps) => solve(s, assumed, among, steps),
    isTrue: (lit) => s.value[lit] === 1,
    core: () => s.core,
    follow: (assumed) => {
      backTo(s, 0);
      if (propagate(s) !== undefined) s.broken = true;
      for (const lit of assumed) {
        if (s.broken || s.value[lit] === -1) return false;
        s.levels.push(s.trail.length);
        if (s.value[lit] === OPEN) assign(s, lit, undefined);
        if (propagate(s) !== undefined) return false;
      }
      return !s.broken;
    },
    steps: () => s.steps,
    size: () => s.reason.length,
  };
};

const addVariable = (s: State, first: boolean): number => {
  const variable = s.reason.length;
  if (variable >= s.level.length) {
    const [value, level] = [s.value, s.level];
    s.value = new Int8Array(2 * value.length);
    s.value.set(value);
    s.level = new Int32Array(2 * level.length);
    s.level.set(level);
  }
  s.watches.push([], []);
  s.others.push([], []);
  s.pairs.push([], []);
  s.groups.push([], []);
  s.reason.push(undefined);
  s.first.push(first);
  s.last.push(first);
  s.seen.push(false);
  s.order.place.push(-1);
  s.order.weight.push(0);
  s.order.among.push(0);
  return variable;
};

const addClause = (s: State, given: readonly Lit[]): void => {
  backTo(s, 0);
  const all = new Set(given);
  const lits = [...all].filter((lit) => s.value[lit] !== -1);
  if (lits.some((lit) => s.value[lit] === 1 || all.has(lit ^ 1))) return;
  const [only] = lits;
  if (only === undefined) s.broken = true;
  else if (lits.length === 1) assign(s, only, undefined);
  else watch(s, { lits, spread: 0, dropped: false });
};

const solve = (s: State, assumed: readonly Lit[], among: Iterable<number>, steps: number): 'yes' | 'no' | 'spent' => {
  backTo(s, 0);
  s.core = [];
  aim(s, among);
  const last = s.steps + steps;
  let [restarts, left] = [1, RESTART];
  for (;;) {
    const conflict = s.broken ? undefined : propagate(s);
    if (s.broken || conflict?.lits.every((lit) => s.level[lit >> 1] === 0) === true) {
      s.broken = true;
      return 'no';
    }
    if (conflict !== undefined) {
      learn(s, conflict);
      left -= 1;
      continue;
    }
    if (s.steps > last) return 'spent';
    if (left <= 0) {
      restarts += 1;
      left = RESTART * luby(restarts);
      backTo(s, 0);
      forget(s);
      continue;
    }
    const next = nextAssumption(s, assumed) ?? nextDecision(s);
    if (next === undefined) return 'yes';
    if (next === 'core') return 'no';
    s.levels.push(s.trail.length);
    assign(s, next, undefined);
  }
};

/** Decisions are made among these variables alone. */
const aim = (s: State, among: Iterable<number>): void => {
  const { order } = s;
  for (const variable of order.heap) order.place[variable] = -1;
  order.heap.length = 0;
  order.round += 1;
  for (const variable of among) {
    order.among[variable] = order.round;
    s.last[variable] = s.first[variable] === true;
    if (s.value[2 * variable] === OPEN) insert(order, variable);
  }
};

const nextAssumption = (s: State, assumed: readonly Lit[]): Lit | 'core' | undefined => {
  while (s.levels.length < assumed.length) {
    const lit = assumed[s.levels.length] as Lit;
    if (s.value[lit] === OPEN) return lit;
    if (s.value[lit] === -1) {
      s.core = [lit, ...assumedFor(s, lit)];
      return 'core';
    }
    s.levels.push(s.trail.length);
  }
  return undefined;
};

/** The assumptions because of which a literal is false. */
const assumedFor = (s: State, lit: Lit): readonly Lit[] => {
  const found: Lit[] = [];
  const touched: number[] = [lit >> 1];
  s.seen[lit >> 1] = true;
  for (let i = s.trail.length - 1; i >= (s.levels[0] ?? s.trail.length); i--) {
    const at = s.trail[i] as Lit;
    if (s.seen[at >> 1] !== true) continue;
    const reason = s.reason[at >> 1];
    if (reason === undefined) found.push(at);
    for (const other of reason?.lits ?? [])
      if (s.level[other >> 1] !== 0 && s.seen[other >> 1] !== true) {
        s.seen[other >> 1] = true;
        touched.push(other >> 1);
      }
  }
  for (const variable of touched) s.seen[variable] = false;
  return found;
};

const nextDecision = (s: State): Lit | undefined => {
  for (;;) {
    const variable = removeFirst(s.order);
    if (variable === undefined) return undefined;
    if (s.value[2 * variable] === OPEN) return 2 * variable + (s.last[variable] === true ? 0 : 1);
  }
};

/** Learns why a conflict came about, up to the first literal that alone led there, and goes back to where that matters. */
const learn = (s: State, conflict: Clause): void => {
  const { seen, level, reason, trail } = s;
  const now = Math.max(...conflict.lits.map((lit) => level[lit >> 1] as number));
  backTo(s, now);
  const lits: Lit[] = [0];
  const touched: number[] = [];
  let [open, place] = [0, trail.length - 1];
  let clause: Clause | undefined = conflict;
  let uip: Lit | undefined;
  for (;;) {
    for (const lit of clause?.lits ?? []) {
      const variable = lit >> 1;
      if (lit === uip || seen[variable] === true || level[variable] === 0) continue;
      seen[variable] = true;
      touched.push(variable);
      bump(s.order, variable);
      if (level[variable] === now) open += 1;
      else lits.push(lit);
    }
    while (seen[(trail[place] as Lit) >> 1] !== true) place -= 1;
    uip = trail[place--] as Lit;
    seen[uip >> 1] = false;
    open -= 1;
    if (open <= 0) break;
    clause = reason[uip >> 1];
  }
  lits[0] = uip ^ 1;
  const kept = lits.filter((lit, i) => i === 0 || !isImplied(s, lit));
  for (const variable of touched) seen[variable] = false;
  s.order.by /= 0.95;
  let [back, second] = [0, 1];
  for (let i = 1; i < kept.length; i++)
    if ((level[(kept[i] as Lit) >> 1] as number) > back) {
      back = level[(kept[i] as Lit) >> 1] as number;
      second = i;
    }
  const spread = new Set(kept.map((lit) => level[lit >> 1])).size;
  backTo(s, back);
  const learnt: Clause = { lits: kept, spread, dropped: false };
  if (kept.length > 1) {
    [kept[1], kept[second]] = [kept[second] as Lit, kept[1] as Lit];
    watch(s, learnt);
    s.learnt.push(learnt);
  }
  assign(s, kept[0] as Lit, kept.length > 1 ? learnt : undefined);
};

/** Whether a literal of a clause follows from its other ones. */
const isImplied = (s: State, lit: Lit): boolean => {
  const reason = s.reason[lit >> 1];
  const isKept = (other: Lit): boolean => s.seen[other >> 1] === true || s.level[other >> 1] === 0;
  return reason?.lits.every((other) => other >> 1 === lit >> 1 || isKept(other)) === true;
};

/** Drops half of what was learnt once it is too much: what spread widest first. */
const forget = (s: State): void => {
  if (s.learnt.length < KEPT_MAX) return;
  const sorted = [...s.learnt].sort((a, b) => a.spread - b.spread);
  const half = sorted.length >> 1;
  const isReason = (clause: Clause): boolean => s.reason[(clause.lits[0] as Lit) >> 1] === clause;
  for (const [i, clause] of sorted.entries())
    if (i >= half && clause.spread > 2 && !(isReason(clause) && s.value[clause.lits[0] as Lit] === 1))
      clause.dropped = true;
  s.learnt = sorted.filter(({ dropped }) => !dropped);
};
