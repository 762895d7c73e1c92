/** Equal keys read one content: what two facts read of one cell may be the same place of it. */

import { NO, type Node, YES } from '../solver/diagram.ts';
import { compare } from './comparison.ts';
import { presence } from './origin.ts';
import { type Content, type Sighted, sameReading } from './readings.ts';
import type { Space } from './space.ts';

/** What holds of every observation, and which contents count for nothing themselves: their place may be counted already. */
export interface Congruence {
  readonly holds: Node;
  readonly shared: ReadonlySet<string>;
}

/** Contents of one cell at equal keys are equal; a place of a cell that several facts read counts once. */
export const congruenceOf = (s: Space, contents: readonly Content[]): Congruence => {
  const { and, or, not } = s.algebra;
  const shared = new Set<string>();
  let holds = YES;
  for (const [i, b] of contents.entries()) {
    const isUnset = s.choiceIs(b.origin.unset, ['unset']);
    let elsewhere = NO;
    for (const a of contents.slice(0, i)) {
      if (a.origin.cell !== b.origin.cell || a.key.length !== b.key.length) continue;
      const equal = samePlace(s, a, b);
      const other = s.choiceIs(a.origin.unset, ['unset']);
      const values = compare(s, 'is', a.origin.value, b.origin.value);
      const same = or(and(other, isUnset), and(and(not(other), not(isUnset)), values));
      holds = and(holds, or(not(equal), same));
      elsewhere = or(elsewhere, equal);
      shared.add(b.origin.unset.key);
    }
    if (!shared.has(b.origin.unset.key)) continue;
    const counted = s.choiceIs(presence(b.origin.unset.owner, 'counted', ['no', 'yes']), ['yes']);
    holds = and(holds, or(or(isUnset, elsewhere), counted));
  }
  return { holds, shared };
};

/** Where two contents are one place of a cell. */
export const samePlace = (s: Space, a: Content, b: Content): Node => {
  let equal = YES;
  for (const [k, part] of a.key.entries()) equal = s.algebra.and(equal, sameReading(s, part, b.key[k] as Sighted));
  return equal;
};
