/**
 * The next instant at which a condition holds, all else as it is: what a step that says to wait waits for.
 *
 * As time goes by, a condition turns only where `at` passes something that it is compared with, or where a window opens
 * or closes. Between two instants of the first kind it is the same in every week. So it is enough to look at each of
 * them, and at the windows' edges of the two weeks that follow each.
 */

import { LAST_INSTANT, type Ms, parseInstant } from '../data/instant.ts';
import { recordsOf } from '../data/record-list.ts';
import { phaseOf, type Span, spansOf, WEEK_MS } from '../data/windows.ts';
import type { Observation } from '../observation.ts';
import {
  type Comparison,
  type Condition,
  comparisonOf,
  FIELD_PREFIX,
  factsOf,
  innerOf,
  isFactOperand,
  isQuantified,
} from '../policy/condition.ts';
import { type FactId, isFactTerm } from '../policy/fact.ts';
import type { Sight } from '../reading.ts';
import { owns } from '../receipt/encoding/own.ts';
import { compileCondition, type Test, TRUE } from './evaluator.ts';
import { complaints, createSlots, type Scope } from './scope.ts';

/** From when on a condition holds, and, if that is ever, when it first does no more. */
export interface Opening {
  readonly notBefore: Ms;
  readonly before?: Ms;
}

/** What is read of a fact; of a record's field, what each record of the list says. */
type Look = (id: FactId) => readonly Sight[];

/** A comparison, and the list of which it says something, if it does. */
interface Placed {
  readonly comparison: Comparison;
  readonly list?: FactId;
}

const AT = 'at';

/** Finds the opening of a condition in an observation; `undefined` where none comes before the end of the year 9999. */
export const compileOpening = (when: Condition, scope: Scope): ((o: Observation) => Opening | undefined) => {
  const slots = createSlots();
  // What is wrong with the condition has been said where it was compiled for its gate.
  const test: Test = compileCondition(when, [], { scope, slots, to: complaints() });
  const place = slots.slotOf(AT);
  const readers = slots.facts.map((id) => (scope.fact(id) === undefined ? (): Sight => '' : scope.reader(id)));
  const comparisons = comparisonsOf(when);
  const edges = edgesOf(comparisons);
  return (o) => {
    const sights = readers.map((reader) => reader(o));
    const look = (list: FactId | undefined): Look => {
      const held = list === undefined ? undefined : sights[slots.slotOf(list)];
      return (id) => {
        if (!id.startsWith(FIELD_PREFIX)) return [sights[slots.slotOf(id)] ?? ''];
        const field = id.slice(FIELD_PREFIX.length);
        return typeof held === 'object' ? recordsOf(held).map((record) => record[field] ?? '') : [];
      };
    };
    const turns = comparisons.flatMap(({ comparison, list }) => turnsOf(comparison, look(list)));
    const instants = candidates(o.at, turns, edges);
    const holdsAt = (instant: Ms): boolean => {
      sights[place] = instant;
      return test(sights) === TRUE;
    };
    const opens = instants.findIndex(holdsAt);
    const notBefore = instants[opens];
    if (notBefore === undefined) return undefined;
    const before = instants.slice(opens + 1).find((instant) => !holdsAt(instant));
    return before === undefined ? { notBefore } : { notBefore, before };
  };
};

/** Whether a condition speaks of the time, and of nothing else that changes as time goes by: no cell is kept by instant. */
export const speaksOfTime = (when: Condition, scope: Scope): boolean => {
  const facts = factsOf(when);
  const seen = new Set<FactId>();
  const isKeyedByTime = (id: FactId): boolean => {
    const fact = seen.has(id) ? undefined : scope.fact(id);
    seen.add(id);
    return (
      fact?.origin === 'ledger' &&
      fact.key.some((term) => isFactTerm(term) && (term.fact === AT || isKeyedByTime(term.fact)))
    );
  };
  return facts.includes(AT) && !facts.some(isKeyedByTime);
};

const comparisonsOf = (c: Condition): readonly Placed[] => {
  if (owns(c, 'all')) return c.all.flatMap(comparisonsOf);
  if (owns(c, 'any')) return c.any.flatMap(comparisonsOf);
  if (owns(c, 'not')) return comparisonsOf(c.not);
  if (owns(c, 'each')) return [];
  if (isQuantified(c)) return comparisonsOf(innerOf(c)).map(({ comparison }) => ({ comparison, list: c.fact }));
  return [{ comparison: c }];
};

/** The edges of the windows that `at` is compared with, as places of the week. */
const edgesOf = (comparisons: readonly Placed[]): readonly Ms[] => {
  const spans = comparisons.flatMap(({ comparison: { fact, during } }): readonly Span[] =>
    fact === AT && during !== undefined ? spansOf(during) : [],
  );
  return [...new Set(spans.flatMap(({ from, to }) => [from, to % WEEK_MS]))];
};

/** Where `at` passes what a comparison compares it with; one millisecond later is always a candidate too. */
const turnsOf = (c: Comparison, look: Look): readonly Ms[] => {
  const { fact, op, to } = comparisonOf(c);
  const shifted = (sights: readonly Sight[], ...by: readonly number[]): readonly Ms[] =>
    sights.flatMap((sight) => (typeof sight === 'number' ? by.map((n) => sight + n) : []));
  if (op === 'within') return shifted(look(fact), 0, Number(to) + 1);
  if (isFactOperand(to)) {
    const { fact: other, plus = 0 } = to;
    if (fact === AT) return shifted(look(other), plus, plus + 1);
    return other === AT ? shifted(look(fact), -plus, -plus + 1) : [];
  }
  if (fact !== AT || op === 'during') return [];
  const instants = [to].flat().map((text) => (typeof text === 'string' ? parseInstant(text) : undefined));
  return shifted(
    instants.filter((instant) => instant !== undefined),
    0,
    1,
  );
};

/** Instants at which the condition may turn, from one instant on, in their order. */
const candidates = (at: Ms, turns: readonly Ms[], edges: readonly Ms[]): readonly Ms[] => {
  const starts = [...new Set([at, ...turns.filter((turn) => turn > at)])];
  const all = starts.flatMap((start) => {
    const next = edges.map((edge) => start + ((edge - phaseOf(start) + WEEK_MS) % WEEK_MS));
    return [start, ...next, ...next.map((edge) => edge + WEEK_MS)];
  });
  return [...new Set(all)].filter((instant) => instant <= LAST_INSTANT).sort((a, b) => a - b);
};
