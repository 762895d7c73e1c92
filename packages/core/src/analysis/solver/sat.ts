/**
 * Search with learnt conflicts: which of many clauses' variables are true, so that every clause is, and what a theory
 * says of them holds (Marques-Silva & Sakallah 1999, Moskewicz et al. 2001; MiniSat's way with assumptions).
 *
 * A literal is twice its variable, plus one where it is negated.
 */

import { bump, insert, luby, type Order, removeFirst } from './order.ts';

/** A variable or its negation. */
export type Lit = number;

/** What a theory knows of literals: asserted one after the other, and taken back in the other order. */
export interface Theory {
  readonly knows: (lit: Lit) => boolean;
  /** Literals, this one among them, that can't all hold, if there are. */
  readonly assert: (lit: Lit) => readonly Lit[] | undefined;
  /** How much was asserted so far, and back to there. */
  readonly mark: () => number;
  readonly back: (mark: number) => void;
}

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
}

interface Clause {
  readonly lits: Lit[];
  /** In how many levels its literals were when it was learnt; 0 for clauses that are given. */
  readonly spread: number;
  dropped: boolean;
}

interface State {
  /** By literal: 1 true, −1 false, 0 open. */
  readonly value: number[];
  /** By literal: the clauses that watch it. */
  readonly watches: Clause[][];
  readonly groups: (readonly Lit[])[][];
  readonly level: number[];
  readonly reason: (Clause | undefined)[];
  readonly first: boolean[];
  readonly seen: boolean[];
  readonly trail: Lit[];
  /** Where each level begins on the trail. */
  readonly levels: number[];
  readonly marks: number[];
  readonly order: Order;
  readonly theory: Theory;
  learnt: Clause[];
  core: readonly Lit[];
  next: number;
  nextKnown: number;
  /** The clauses alone can't hold. */
  broken: boolean;
  steps: number;
}

const OPEN = 0;
const RESTART = 128;
const KEPT_MAX = 3_000;

/** No clauses yet. */
export const createSat = (theory: Theory): Sat => {
  const s: State = {
    value: [],
    watches: [],
    groups: [],
    level: [],
    reason: [],
    first: [],
    seen: [],
    trail: [],
    levels: [],
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
  };
};

const addVariable = (s: State, first: boolean): number => {
  const variable = s.level.length;
  s.value.push(OPEN, OPEN);
  s.watches.push([], []);
  s.groups.push([], []);
  s.level.push(0);
  s.reason.push(undefined);
  s.first.push(first);
  s.seen.push(false);
  s.order.place.push(-1);
  s.order.weight.push(0);
  s.order.among.push(0);
  return variable;
};

const addClause = (s: State, given: readonly Lit[]): void => {
  backTo(s, 0);
  const lits = [...new Set(given)].filter((lit) => s.value[lit] !== -1);
  if (lits.some((lit) => s.value[lit] === 1 || lits.includes(lit ^ 1))) return;
  const [only] = lits;
  if (only === undefined) s.broken = true;
  else if (lits.length === 1) assign(s, only, undefined);
  else watch(s, { lits, spread: 0, dropped: false });
};

const watch = (s: State, clause: Clause): void => {
  s.watches[clause.lits[0] as Lit]?.push(clause);
  s.watches[clause.lits[1] as Lit]?.push(clause);
};

const assign = (s: State, lit: Lit, reason: Clause | undefined): void => {
  s.value[lit] = 1;
  s.value[lit ^ 1] = -1;
  s.level[lit >> 1] = s.levels.length;
  s.reason[lit >> 1] = reason;
  s.trail.push(lit);
};

const backTo = (s: State, level: number): void => {
  if (s.levels.length <= level) return;
  const from = s.levels[level] as number;
  for (let i = s.trail.length - 1; i >= from; i--) {
    const lit = s.trail[i] as Lit;
    s.value[lit] = OPEN;
    s.value[lit ^ 1] = OPEN;
    if (s.order.among[lit >> 1] === s.order.round) insert(s.order, lit >> 1);
  }
  if (s.nextKnown > from) {
    s.theory.back(s.marks[from] as number);
    s.nextKnown = from;
  }
  s.trail.length = from;
  s.levels.length = level;
  s.next = Math.min(s.next, from);
};

/** Everything that follows from what is assigned; a clause of which nothing is true, if that is where it leads. */
const propagate = (s: State): Clause | undefined => {
  const { trail, theory } = s;
  for (;;) {
    while (s.next < trail.length) {
      const lit = trail[s.next++] as Lit;
      const conflict = excludeOthers(s, lit) ?? visitWatches(s, lit ^ 1);
      if (conflict !== undefined) return conflict;
    }
    if (s.nextKnown >= trail.length) return undefined;
    const lit = trail[s.nextKnown] as Lit;
    s.marks[s.nextKnown] = theory.mark();
    s.nextKnown += 1;
    const core = theory.knows(lit) ? theory.assert(lit) : undefined;
    s.steps += 1;
    if (core !== undefined) return { lits: [...new Set(core)].map((other) => other ^ 1), spread: 0, dropped: false };
  }
};

const excludeOthers = (s: State, lit: Lit): Clause | undefined => {
  for (const group of s.groups[lit] as readonly (readonly Lit[])[])
    for (const other of group) {
      if (other === lit || s.value[other] === -1) continue;
      const reason: Clause = { lits: [other ^ 1, lit ^ 1], spread: 0, dropped: false };
      if (s.value[other] === 1) return reason;
      assign(s, other ^ 1, reason);
    }
  return undefined;
};

const visitWatches = (s: State, lit: Lit): Clause | undefined => {
  const { value, watches } = s;
  const own = watches[lit] as Clause[];
  let kept = 0;
  let conflict: Clause | undefined;
  s.steps += own.length;
  for (let i = 0; i < own.length; i++) {
    const clause = own[i] as Clause;
    if (clause.dropped) continue;
    const { lits } = clause;
    if (conflict === undefined) {
      if (lits[0] === lit) {
        lits[0] = lits[1] as Lit;
        lits[1] = lit;
      }
      if (value[lits[0] as Lit] !== 1) {
        const free = freeIn(value, lits);
        if (free > 0) {
          lits[1] = lits[free] as Lit;
          lits[free] = lit;
          watches[lits[1]]?.push(clause);
          continue;
        }
        if (value[lits[0] as Lit] === -1) conflict = clause;
        else assign(s, lits[0] as Lit, clause);
      }
    }
    own[kept++] = clause;
  }
  own.length = kept;
  return conflict;
};

/** A place after the first two where a literal is not false; 0 for none. */
const freeIn = (value: readonly number[], lits: readonly Lit[]): number => {
  for (let k = 2; k < lits.length; k++) if (value[lits[k] as Lit] !== -1) return k;
  return 0;
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
    if (s.value[2 * variable] === OPEN) return 2 * variable + (s.first[variable] === true ? 0 : 1);
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
