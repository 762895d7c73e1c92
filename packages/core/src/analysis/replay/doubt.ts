/** What a decision comes to where some facts were not read: what is certain whatever they are, and which of them matter. */

import type { CompiledAction, CompiledRequirement } from '../../compile/action.ts';
import { FALSE, TRUE } from '../../compile/evaluator.ts';
import { GATES } from '../../gates/gate.ts';
import type { Observation } from '../../observation.ts';
import type { FactId } from '../../policy/fact.ts';
import type { Sight } from '../../reading.ts';
import { owns } from '../../receipt/encoding/own.ts';
import { termFacts } from '../symbolic/term-facts.ts';

/** What is certain of a decision. */
export interface Doubt {
  /** Absent if it depends on what was not read. */
  readonly verdict?: 'approve' | 'refuse';
  /** Codes that are given whatever the facts are; sorted, each once. */
  readonly codes: readonly string[];
  /** The unread facts on which something of the decision depends; empty if all of it is certain. */
  readonly matter: readonly FactId[];
}

const UNREAD: unique symbol = Symbol('unread');
const [REGISTRY, ENTITLEMENT, MODE, PRECONDITION] = [0, 1, 2, 7];

/** Kleene's logic is monotone: a condition that is true or false with a fact unread is so whatever the fact is. */
export const doubtOf = (a: CompiledAction, o: Observation, unreadBehind: (id: FactId) => readonly FactId[]): Doubt => {
  const behind = a.facts.map(unreadBehind);
  const sights = a.readers.map((reader, slot): Sight => ((behind[slot] ?? []).length > 0 ? UNREAD : reader(o)));
  const failing: CompiledRequirement[][] = GATES.map(() => []);
  const open: CompiledRequirement[][] = GATES.map(() => []);
  for (const r of a.requirements) {
    const truth = r.test(sights);
    if (truth === TRUE) continue;
    const isOpen = truth !== FALSE && r.slots.some((slot) => sights[slot] === UNREAD);
    (isOpen ? open : failing)[r.gate]?.push(r);
  }
  const invalid = a.invalidArguments(o).map((name) => a.argumentReason(name));
  const failed = (gate: number): boolean =>
    (failing[gate] ?? []).length > 0 || (gate === PRECONDITION && invalid.length > 0);
  const isHidden = (gate: number): boolean =>
    (gate > REGISTRY && failed(REGISTRY)) || (gate === PRECONDITION && (failed(ENTITLEMENT) || failed(MODE)));
  const shown = GATES.map((_, gate) => gate).filter((gate) => !isHidden(gate));
  // What an earlier gate may hide is given only if that gate has nothing open.
  const isSure = (gate: number): boolean =>
    (gate === REGISTRY || (open[REGISTRY] ?? []).length === 0) &&
    (gate !== PRECONDITION || [ENTITLEMENT, MODE].every((earlier) => (open[earlier] ?? []).length === 0));
  const refused = shown.some(failed);
  const undecided = shown.flatMap((gate) => open[gate] ?? []);
  const given = shown.flatMap((gate) => failing[gate] ?? []);
  const { does, writes } = a.action;
  const named = [
    ...undecided.flatMap(({ slots }) => slots.map((slot) => a.facts[slot] ?? '')),
    ...given.flatMap(filledFrom(a)),
    ...(refused ? [] : termFacts([writes, owns(does, 'with') ? does.with : []])),
  ];
  const codes = shown
    .filter(isSure)
    .flatMap((gate) => [
      ...(failing[gate] ?? []).filter((r) => r.test(sights) === FALSE).map(({ code }) => code),
      ...(gate === PRECONDITION ? invalid.map(({ code }) => code) : []),
    ]);
  const matter = [...new Set(named.flatMap(unreadBehind))].sort();
  return {
    ...(refused ? { verdict: 'refuse' } : undecided.length === 0 ? { verdict: 'approve' } : {}),
    codes: [...new Set(codes)].sort(),
    matter,
  };
};

/** The facts that a next step is filled in from. A wait looks at all that the action waits for, and at what lapses meanwhile. */
const filledFrom =
  (a: CompiledAction) =>
  ({ remedy }: CompiledRequirement): readonly FactId[] =>
    remedy.by === 'time' ? [...a.facts, ...termFacts(remedy)] : termFacts(remedy);
