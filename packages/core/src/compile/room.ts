/** Open sets hold so many members at most: what is added has to have room. */

import { frozen } from '../data/frozen.ts';
import { MAX_SET } from '../data/value.ts';
import type { Reason } from '../decision.ts';
import type { NextStep } from '../next-step.ts';
import type { Change, Remedy, Requirement, Write } from '../policy/action.ts';
import { type CellId, isFactTerm, type Term } from '../policy/fact.ts';
import type { Sight } from '../reading.ts';
import { own, owns } from '../receipt/encoding/own.ts';
import { FALSE, type Test, TRUE, UNKNOWN } from './evaluator.ts';
import { afterwards, OUT_OF_RANGE, placed, readerOf, type Written } from './range.ts';
import type { Slots } from './scope.ts';

/** A set that grows, and all that may be in it afterwards: what it holds, unless that is replaced, and what is added. */
interface Room {
  readonly cell: CellId;
  readonly terms: readonly Term[];
}

/** A requirement that is tested by counting. */
interface RoomRequirement extends Requirement {
  readonly gate: number;
  readonly test: Test;
  readonly slots: readonly number[];
  readonly reason: Reason;
}

/** A set has no more members than it may have: what no condition can say, for none counts. */
export const roomRequirements = (w: Written, slots: Slots): readonly RoomRequirement[] =>
  roomsOf(w).map(({ cell, terms }) => {
    const facts = terms.filter(isFactTerm).map(({ fact }) => fact);
    const parts = terms.map((term) => (isFactTerm(term) ? slots.slotOf(term.fact) : [term].flat().map(String)));
    const means = `\`${cell}\` has at most ${MAX_SET} members`;
    const next = { kind: 'none', why: `${means}, and takes no more` } as const satisfies NextStep;
    const reason: Reason = frozen({ gate: 'precondition', code: OUT_OF_RANGE, means, facts, next });
    const test: Test = (s) => {
      const members = new Set<string>();
      for (const part of parts) {
        const sight: Sight = typeof part === 'number' ? (s[part] as Sight) : part;
        if (typeof sight === 'symbol') return UNKNOWN;
        for (const member of [sight].flat()) members.add(String(member));
      }
      return members.size <= MAX_SET ? TRUE : FALSE;
    };
    const remedy: Remedy = { by: 'nobody', why: next.why };
    const places = parts.filter((part) => typeof part === 'number');
    return { gate: 7, test, slots: places, reason, when: { all: [] }, code: OUT_OF_RANGE, means, remedy };
  });

/** The open sets that the approval adds to. What reads each of them has to be known, for nothing else says how many there are. */
const roomsOf = (w: Written): readonly Room[] => {
  for (const { write, path } of afterwards(w.action))
    if (isGrowing(w, write))
      w.to.add([...w.path, ...path], 'no `add` to an open set after the approval', `\`${write.cell}\``);
  const all = placed(w.action.writes, 'writes');
  return [...new Set(all.filter(({ write }) => isGrowing(w, write)).map(({ write }) => write.cell))].flatMap((cell) => {
    const writes = all.filter(({ write }) => write.cell === cell);
    const from = writes.findLastIndex(({ write: { change, when } }) => when === undefined && isWhole(change));
    const replaced = writes[from]?.write.change;
    const terms = writes.slice(from + 1).flatMap(({ write, path }): readonly Term[] => {
      const { change } = write;
      const added = owns(change, 'add') ? [change.add] : owns(change, 'set') ? [change.set] : [];
      if (replaced !== undefined || !owns(change, 'add')) return added;
      const held = readerOf(w, write, undefined);
      if (held !== undefined) return [{ fact: held }, ...added];
      const expected = `a fact of the ledger that reads \`${cell}\` at this key, so that its members can be counted`;
      w.to.add([...w.path, ...path], expected, 'none');
      return [];
    });
    return [{ cell, terms: [...(replaced !== undefined && owns(replaced, 'set') ? [replaced.set] : []), ...terms] }];
  });
};

/** Whether nothing is left of what the place held. */
const isWhole = (change: Change): boolean => owns(change, 'set') || owns(change, 'clear');

/** Whether a write adds to an open set on which something may be decided. */
const isGrowing = ({ cells, scope }: Written, { cell, change }: Write): boolean => {
  if (!owns(change, 'add')) return false;
  const type = cells.get(cell)?.type;
  if (type?.type !== 'set' || (own(type, 'of')?.length ?? MAX_SET + 1) <= MAX_SET) return false;
  return [...scope.names()].some((id) => {
    const fact = scope.fact(id);
    return fact?.origin === 'ledger' && fact.cell === cell;
  });
};
