/** Conditions in words, as coverage reports and authors read them. */
import { type Condition, describeCondition } from '@tai-autonomics/core/author';
import { expect, test } from 'vitest';

const stable: Condition = { fact: 'stable', is: true };
const late: Condition = { fact: 'seen_at', within: 90_000 };

test.for<readonly [Condition, string]>([
  [stable, 'stable is true'],
  [{ fact: 'name', is: '' }, 'name is empty'],
  [{ fact: 'roles', containsAll: ['a', 'b'] }, 'roles contains all of a, b'],
  [{ fact: 'roles', subsetOf: [] }, 'roles has nothing but nothing'],
  [{ fact: 'level', atMost: { fact: 'most' } }, 'level is at most most'],
  [{ fact: 'level', above: { fact: 'least', plus: 2 } }, 'level is above least + 2'],
  [{ fact: 'level', below: { fact: 'most', plus: -1 } }, 'level is below most − 1'],
  [late, 'seen_at is in the last 90 s'],
  [{ fact: 'seen_at', within: 3_600_000 }, 'seen_at is in the last 1 h'],
  [{ fact: 'seen_at', within: 172_800_000 }, 'seen_at is in the last 2 d'],
  [{ fact: 'seen_at', within: 120_000 }, 'seen_at is in the last 2 min'],
  [{ fact: 'seen_at', within: 1_500 }, 'seen_at is in the last 1500 ms'],
  [{ fact: 'plan', oneOf: { catalog: 'plans' } }, 'plan is one of the plans of the catalog'],
  [{ all: [] }, 'always'],
  [{ any: [] }, 'never'],
  [{ all: [stable] }, 'stable is true'],
  [{ all: [stable, { any: [late, stable] }] }, 'stable is true and (seen_at is in the last 90 s or stable is true)'],
  [{ not: stable }, 'not stable is true'],
  [{ not: { any: [stable, late] } }, 'not (stable is true or seen_at is in the last 90 s)'],
  [{ each: 'plan', holds: { fact: 'x', is: { row: 'sku_id' } } }, 'for each plan: x is the row’s sku_id'],
  [{ fact: 'rows', every: stable }, 'every record of rows has (stable is true)'],
  [{ fact: 'rows', some: stable }, 'some record of rows has (stable is true)'],
])('%j', ([condition, words]) => {
  expect(describeCondition(condition)).toBe(words);
});
