/** What the compiler must know of the public types, and what it must refuse. */

import type { Decision, NextStep, Observation } from '@tai-autonomics/core';
import { decide } from '@tai-autonomics/core';
import type { Condition, Value } from '@tai-autonomics/core/author';
import { all, conditionsOn } from '@tai-autonomics/core/author';
import { expectTypeOf, test } from 'vitest';

test('a decision is exactly one of approve and refuse', () => {
  expectTypeOf<Decision['verdict']>().toEqualTypeOf<'approve' | 'refuse'>();
  expectTypeOf<Extract<Decision, { verdict: 'approve' }>>().not.toHaveProperty('reasons');
  expectTypeOf<Extract<Decision, { verdict: 'refuse' }>>().not.toHaveProperty('actionPlan');
});

test('a refusal has at least one reason', () => {
  expectTypeOf<Extract<Decision, { verdict: 'refuse' }>['reasons'][0]>().toHaveProperty('next');
  // @ts-expect-error a refusal without a reason
  const none: Extract<Decision, { verdict: 'refuse' }>['reasons'] = [];
  expectTypeOf(none).not.toBeAny();
});

test('a next step is one of six kinds', () => {
  expectTypeOf<NextStep['kind']>().toEqualTypeOf<'authority' | 'request' | 'information' | 'world' | 'time' | 'none'>();
});

test('an observation has no clock but its own instant, and cannot be changed', () => {
  expectTypeOf<Observation['at']>().toBeNumber();
  const change = (o: Observation): void => {
    // @ts-expect-error an observation is read-only
    o.at = 0;
  };
  expectTypeOf(change).toBeFunction();
  expectTypeOf(decide).parameter(1).toEqualTypeOf<Observation>();
});

test('a condition compares a fact with a constant or another fact', () => {
  const lawful: Condition = { fact: 'at', before: { fact: 'expires_at', plus: 1000 } };
  expectTypeOf(lawful).toMatchTypeOf<Condition>();
  // @ts-expect-error there is no condition on the absence of a fact
  const absent: Condition = { absent: 'deployment_stable' };
  expectTypeOf(absent).not.toBeAny();
});

test('a value is never null, undefined or nested', () => {
  expectTypeOf<null>().not.toMatchTypeOf<Value>();
  expectTypeOf<undefined>().not.toMatchTypeOf<Value>();
});

test('a condition that would not load does not compile', () => {
  const fact = conditionsOn(
    {
      stable: { type: { type: 'boolean' } },
      share: { type: { type: 'integer' } },
      status: { type: { type: 'enum', values: ['passed', 'failed'] } },
      until: { type: { type: 'instant' } },
      zones: { type: { type: 'set', of: ['eu', 'us'] } },
      checks: { type: { type: 'records', fields: { status: { type: 'enum', values: ['passed', 'failed'] } } } },
    },
    { name: { type: { type: 'string' } } },
  );
  expectTypeOf(all(fact('stable').is(true), fact('argument.name').startsWith('v'))).toEqualTypeOf<Condition>();
  const ill = (): unknown => [
    // @ts-expect-error no order of booleans
    fact('stable').atLeast(1),
    // @ts-expect-error a text is no boolean
    fact('stable').is('true'),
    // @ts-expect-error a fact that nobody declared
    fact('stabel'),
    // @ts-expect-error a mode that there is not
    fact('mode').is('trial'),
    // @ts-expect-error an instant is not compared with a text
    fact('at').before(fact('subject')),
    // @ts-expect-error a word that there is not
    fact('status').is('green'),
    // @ts-expect-error a number is compared with a number
    fact('share').atMost(fact('until')),
    // @ts-expect-error nothing is added to a word
    fact('status').plus(1),
    // @ts-expect-error a whole set is no one of
    fact('zones').oneOf([['eu']]),
    // @ts-expect-error a member that the set cannot have
    fact('zones').contains('mars'),
    // @ts-expect-error a prefix is a constant
    fact('argument.name').startsWith(fact('status')),
    // @ts-expect-error of a list one says what every record is, or some
    fact('checks').is([]),
    // @ts-expect-error a field that the records do not have
    fact('checks').every((field) => field('state').is('passed')),
    // @ts-expect-error an instant is no duration
    fact('until').within('2026-12-01T12:00:00Z'),
  ];
  expectTypeOf(ill).toBeFunction();
});
