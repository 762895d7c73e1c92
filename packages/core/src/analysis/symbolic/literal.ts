/** What a path says of one unknown, as conditions that a person can read and a catalog could hold. */

import { formatInstant } from '../../data/instant.ts';
import { windowsOf } from '../../data/windows.ts';
import type { Condition, Operand, Right } from '../../policy/condition.ts';
import type { FactId } from '../../policy/fact.ts';
import type { Literal, Path } from '../solver/diagram.ts';
import { isText, type Meaning } from './meaning.ts';
import type { Space } from './space.ts';
import { AT, type Quantity } from './unknown.ts';

/** The fact that reads an unknown, by the unknown's key. */
export type Names = (key: string) => FactId | undefined;

/** Everything that a path says of one unknown. */
export const saidOf = (space: Space, path: Path, key: string, names: Names): readonly Condition[] =>
  path
    .filter(({ variable }) => keysIn(space.meaningOf(variable)).includes(key))
    .flatMap((literal) => conditionsOf(space, literal, key, names));

/** The unknowns that a literal speaks of. */
const keysIn = (m: Meaning): readonly string[] => {
  switch (m.kind) {
    case 'choice':
      return [m.choice.key];
    case 'interval':
      return [m.x.key, ...(m.y === undefined ? [] : [m.y.key])];
    case 'word':
      return [m.word.key];
    case 'same':
    case 'within':
    case 'apart':
      return [m.a.key, m.b.key];
    case 'in':
      return [m.word.key, m.of.key];
    default:
      return [m.of.key];
  }
};

/** What one literal says of an unknown; nothing where it speaks of what no fact shows. */
const conditionsOf = (space: Space, { variable, value }: Literal, key: string, names: Names): readonly Condition[] => {
  const m = space.meaningOf(variable);
  switch (m.kind) {
    case 'choice': {
      const fact = names(m.choice.key);
      return compared(fact, 'is', m.choice.labels[value]);
    }
    case 'interval':
      return intervalConditions(m, value, key, names);
    case 'phase':
      return compared(names(m.of.key), 'during', windowsOf(m.regions[value] ?? []));
    case 'word': {
      const region = m.regions[value];
      if (region === undefined) return [];
      if (isText(region)) return compared(names(m.word.key), 'is', region.text);
      return region.starts === '' ? [] : compared(names(m.word.key), 'startsWith', region.starts);
    }
    case 'same': {
      const other = names(m.b.key);
      return negated(value === 1, compared(names(m.a.key), 'is', other === undefined ? undefined : { fact: other }));
    }
    case 'member':
      return negated(value === 1, compared(names(m.of.key), 'contains', m.text));
    case 'in': {
      const word = names(m.word.key);
      return negated(
        value === 1,
        compared(names(m.of.key), 'contains', word === undefined ? undefined : { fact: word }),
      );
    }
    case 'within': {
      const other = names(m.b.key);
      return negated(
        value === 1,
        compared(names(m.a.key), 'subsetOf', other === undefined ? undefined : { fact: other }),
      );
    }
    default:
      return [];
  }
};

/** `fact op right`; nothing if one side has no fact. */
const compared = (left: FactId | undefined, op: string, right: Right | undefined): readonly Condition[] =>
  left === undefined || right === undefined ? [] : [{ fact: left, [op]: right } as Condition];

/** An interval of x − y (or of x), told of the unknown that is asked about. */
const intervalConditions = (
  m: Extract<Meaning, { kind: 'interval' }>,
  value: number,
  key: string,
  names: Names,
): readonly Condition[] => {
  const { x, y, bounds } = m;
  const [above, most] = [bounds[value - 1], bounds[value]];
  const time = isInstantLike(x);
  if (y === undefined) return bounded(names(x.key), undefined, time, { most, above });
  if (names(x.key) === undefined || names(y.key) === undefined) return [];
  if (key !== y.key) return bounded(names(x.key), names(y.key), time, { most, above });
  // a < x − y ≤ b is −b − 1 < y − x ≤ −a − 1.
  const turned = {
    most: above === undefined ? undefined : -above - 1,
    above: most === undefined ? undefined : -most - 1,
  };
  return bounded(names(y.key), names(x.key), time, turned);
};

const isInstantLike = (q: Quantity): boolean => q.max === AT.max;

/** `left − right` is at most, or above, a number; as a comparison of `left`. */
const bounded = (
  left: FactId | undefined,
  right: FactId | undefined,
  time: boolean,
  { most, above }: { readonly most: number | undefined; readonly above: number | undefined },
): readonly Condition[] => {
  const by = (c: number): Operand | undefined =>
    right === undefined ? (time ? formatInstant(Math.max(0, c)) : c) : { fact: right, ...(c === 0 ? {} : { plus: c }) };
  if (most !== undefined && above !== undefined && above + 1 === most) return compared(left, 'is', by(most));
  const upper = most === -1 ? (['before', 'below', 0] as const) : (['notAfter', 'atMost', most ?? 0] as const);
  const lower = above === -1 ? (['notBefore', 'atLeast', 0] as const) : (['after', 'above', above ?? 0] as const);
  return [
    ...(above === undefined ? [] : compared(left, lower[time ? 0 : 1], by(lower[2]))),
    ...(most === undefined ? [] : compared(left, upper[time ? 0 : 1], by(upper[2]))),
  ];
};

const negated = (holds: boolean, conditions: readonly Condition[]): readonly Condition[] =>
  holds ? conditions : conditions.map((not) => ({ not }));
