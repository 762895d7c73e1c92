/** What the compiler must know of the public types, and what it must refuse. */
import type { Condition, Decision, NextStep, Observation, Value } from '@tai-autonomics/core';
import { decide } from '@tai-autonomics/core';
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

test('an observation has no clock but its own instant, and can not be changed', () => {
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
