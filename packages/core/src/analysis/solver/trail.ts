/** What is assigned in a search, in which order and why, and what follows from it. */

import { insert, type Order } from './order.ts';

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

export interface Clause {
  readonly lits: Lit[];
  /** In how many levels its literals were when it was learnt; 0 for clauses that are given. */
  readonly spread: number;
  dropped: boolean;
}

export interface State {
  /** By literal: 1 true, −1 false, 0 open. */
  value: Int8Array;
  /** By literal: the clauses that watch it. */
  readonly watches: Clause[][];
  /** By literal: what is true where it is false, and the clauses of two that say so. */
  readonly others: Lit[][];
  readonly pairs: Clause[][];
  readonly groups: (readonly Lit[])[][];
  level: Int32Array;
  readonly reason: (Clause | undefined)[];
  readonly first: boolean[];
  /** What each variable was last, in this search. */
  readonly last: boolean[];
  readonly seen: boolean[];
  readonly trail: Lit[];
  /** Where each level begins on the trail. */
  readonly levels: number[];
  /** Of what the theory was told: where it stands on the trail, and how much the theory knew before. */
  readonly told: number[];
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

/** Neither true nor false. */
export const OPEN = 0;

/** Has a clause of two literals or more looked at where one of two of them becomes false. */
export const watch = (s: State, clause: Clause): void => {
  const [a, b, third] = clause.lits as [Lit, Lit, Lit?];
  if (third !== undefined) {
    s.watches[a]?.push(clause);
    s.watches[b]?.push(clause);
    return;
  }
  s.others[a]?.push(b);
  s.pairs[a]?.push(clause);
  s.others[b]?.push(a);
  s.pairs[b]?.push(clause);
};

/** Makes a literal true. */
export const assign = (s: State, lit: Lit, reason: Clause | undefined): void => {
  s.value[lit] = 1;
  s.value[lit ^ 1] = -1;
  s.level[lit >> 1] = s.levels.length;
  s.reason[lit >> 1] = reason;
  s.trail.push(lit);
};

/** Takes back what was assigned after a level. */
export const backTo = (s: State, level: number): void => {
  if (s.levels.length <= level) return;
  const from = s.levels[level] as number;
  for (let i = s.trail.length - 1; i >= from; i--) {
    const lit = s.trail[i] as Lit;
    s.value[lit] = OPEN;
    s.value[lit ^ 1] = OPEN;
    s.last[lit >> 1] = (lit & 1) === 0;
    if (s.order.among[lit >> 1] === s.order.round) insert(s.order, lit >> 1);
  }
  let mark: number | undefined;
  while ((s.told[s.told.length - 1] ?? -1) >= from) {
    s.told.pop();
    mark = s.marks.pop();
  }
  if (mark !== undefined) s.theory.back(mark);
  s.nextKnown = Math.min(s.nextKnown, from);
  s.trail.length = from;
  s.levels.length = level;
  s.next = Math.min(s.next, from);
};

/** Everything that follows from what is assigned; a clause of which nothing is true, if that is where it leads. */
export const propagate = (s: State): Clause | undefined => {
  const { trail, theory } = s;
  for (;;) {
    while (s.next < trail.length) {
      const lit = trail[s.next++] as Lit;
      const grouped = (s.groups[lit] as readonly unknown[]).length > 0 ? excludeOthers(s, lit) : undefined;
      const conflict = grouped ?? visitPairs(s, lit ^ 1) ?? visitWatches(s, lit ^ 1);
      if (conflict !== undefined) return conflict;
    }
    while (s.nextKnown < trail.length && !theory.knows(trail[s.nextKnown] as Lit)) s.nextKnown += 1;
    if (s.nextKnown >= trail.length) return undefined;
    const mark = theory.mark();
    s.told.push(s.nextKnown);
    s.marks.push(mark);
    const core = theory.assert(trail[s.nextKnown++] as Lit);
    s.steps += 1 + theory.mark() - mark;
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

const visitPairs = (s: State, lit: Lit): Clause | undefined => {
  const others = s.others[lit] as Lit[];
  const { value } = s;
  s.steps += 1 + others.length;
  for (let i = 0; i < others.length; i++) {
    const other = others[i] as Lit;
    const now = value[other];
    if (now === 1) continue;
    const clause = (s.pairs[lit] as Clause[])[i] as Clause;
    if (now === -1) return clause;
    assign(s, other, clause);
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
  // Saying so where nothing changes takes time (measured).
  if (kept < own.length) own.length = kept;
  return conflict;
};

/** A place after the first two where a literal is not false; 0 for none. */
const freeIn = (value: Int8Array, lits: readonly Lit[]): number => {
  for (let k = 2; k < lits.length; k++) if (value[lits[k] as Lit] !== -1) return k;
  return 0;
};
