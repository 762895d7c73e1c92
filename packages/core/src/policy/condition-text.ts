/** Conditions in words. */

import { describeWindows, type Window } from '../data/windows.ts';
import { owns } from '../receipt/encoding/own.ts';
import {
  type Comparison,
  type Condition,
  comparisonOf,
  innerOf,
  isQuantified,
  type Op,
  type Right,
} from './condition.ts';

const DAY_MS = 86_400_000;

/** A condition as one clause: `deployment_stable is true and (a or b)`. */
export const describeCondition = (c: Condition): string => {
  if (owns(c, 'all')) return joined(c.all, 'and', 'always');
  if (owns(c, 'any')) return joined(c.any, 'or', 'never');
  if (owns(c, 'not'))
    return owns(c.not, 'fact') ? `not ${describeCondition(c.not)}` : `not (${describeCondition(c.not)})`;
  if (owns(c, 'each')) return `for each ${c.each}: ${describeCondition(c.holds)}`;
  if (!isQuantified(c)) return comparison(c);
  return `${owns(c, 'every') ? 'every record' : 'some record'} of ${c.fact} has (${describeCondition(innerOf(c))})`;
};

const joined = (parts: readonly Condition[], word: 'and' | 'or', none: string): string =>
  parts.length === 0
    ? none
    : parts
        .map((part) =>
          parts.length > 1 && (owns(part, 'all') || owns(part, 'any'))
            ? `(${describeCondition(part)})`
            : describeCondition(part),
        )
        .join(` ${word} `);

const comparison = (c: Comparison): string => {
  const { fact, op, to } = comparisonOf(c);
  if (op === 'during') return `${fact} ${WORDS[op]} ${describeWindows(to as readonly Window[])}`;
  return `${fact} ${WORDS[op]} ${op === 'within' ? duration(Number(to)) : operand(to)}`;
};

/** A duration in its largest whole unit. */
const duration = (ms: number): string => {
  for (const [unit, size] of [
    ['d', DAY_MS],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const)
    if (ms !== 0 && ms % size === 0) return `${ms / size} ${unit}`;
  return `${ms} ms`;
};

const operand = (to: Right): string => {
  if (typeof to !== 'object') return to === '' ? 'empty' : String(to);
  if (Array.isArray(to)) return to.length === 0 ? 'nothing' : to.join(', ');
  if (owns(to, 'catalog')) return `the ${to.catalog} of the catalog`;
  if (owns(to, 'row')) return `the row’s ${to.row}`;
  const { fact, plus = 0 } = to as { readonly fact: string; readonly plus?: number };
  return plus === 0 ? fact : `${fact} ${plus > 0 ? '+' : '−'} ${Math.abs(plus)}`;
};

const WORDS: { readonly [O in Op]: string } = {
  is: 'is',
  oneOf: 'is one of',
  atLeast: 'is at least',
  atMost: 'is at most',
  above: 'is above',
  below: 'is below',
  before: 'is before',
  after: 'is after',
  notBefore: 'is not before',
  notAfter: 'is not after',
  within: 'is in the last',
  during: 'is on',
  contains: 'contains',
  containsAll: 'contains all of',
  subsetOf: 'has nothing but',
  disjointFrom: 'has nothing of',
  startsWith: 'starts with',
};
