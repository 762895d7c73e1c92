/** Events as marketplaces sent them, and what they once did wrongly: `test/vectors/field/market-*`. */
import { readFileSync } from 'node:fs';
import type { State } from '@tai-autonomics/core';
import { emptyState, readEntitlementEvent } from '@tai-autonomics/core/engine';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { expect, test } from 'vitest';
import { after, decided, type EventParts } from './apply.ts';
import { six } from './six.ts';

const AT = '2026-11-23T08:00:00.000Z';
const vector = (path: string): Required<EventParts> =>
  JSON.parse(readFileSync(new URL(`../vectors/field/${path}`, import.meta.url), 'utf8'));

const applied = (events: readonly unknown[]): State =>
  events.reduce<State>((state, event) => after(state, decided(six, state, event, AT)), emptyState);
const inForce = (state: State) =>
  ['id', 'status', 'plan'].map((part) => state.cells.get(`entitlement_${part}`)?.get(''));
const orders = <A>(all: readonly A[]): readonly (readonly A[])[] =>
  all.length < 2 ? [all] : all.flatMap((one, i) => orders(all.toSpliced(i, 1)).map((rest) => [one, ...rest]));

const late = (n: number) => vector(`market-late-cancel-of-the-old-purchase/${n}.json`);

test('an upgrade by a new purchase stays in force when the old one is cancelled after it, in whatever order they come', () => {
  for (const events of orders([late(1), late(2), late(3)]))
    expect(inForce(applied(events))).toEqual(['ent-2', 'active', 'professional']);
});

test('a renewal of what was never activated does not make a suspended tenant active, in whatever order they come', () => {
  const { record } = late(1);
  const told = (event: string, entitlement_id: string, second: number) => ({
    event: `entitlement.${event}`,
    event_id: `${entitlement_id} ${event}`,
    entitlement_id,
    occurred_at: `2026-11-21T08:00:0${second}Z`,
    record,
  });
  const [suspended, renewed] = [told('suspended', 'ent-9', 2), told('renewed', 'ent-8', 3)];
  for (const events of [
    ...orders([told('activated', 'ent-9', 1), suspended, renewed]),
    ...orders([suspended, renewed]),
  ])
    expect(inForce(applied(events))).toEqual(['ent-9', 'suspended', 'base']);
});

test('an instant of microseconds is read, to the millisecond, and noted', () => {
  const event = vector('market-fractional-seconds/event.json');
  expect(readEntitlementEvent(nodeSha256, event)?.arguments).toMatchObject({
    occurred_at: '2026-11-21T08:00:00.123Z',
    notes: ['instant_truncated'],
  });
  expect(inForce(applied([event]))).toEqual(['ent-1', 'active', 'base']);
});

test.for([
  ['2026-11-21t08:00:00z', '2026-11-21T08:00:00Z'],
  ['2026-11-21 08:00:00.123456+00:00', '2026-11-21T08:00:00.123+00:00'],
  ['2026-11-21 09:00:00-00:00', '2026-11-21T09:00:00-00:00'],
  ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.999Z'],
  ['2017-01-01T00:59:60.5+01:00', '2017-01-01T00:59:59.999+01:00'],
] as const)('an instant in another spelling of RFC 3339 is read, and noted: %s', ([told, read]) => {
  const event = { ...vector('market-fractional-seconds/event.json'), occurred_at: told };
  const intent = readEntitlementEvent(nodeSha256, event)?.arguments;
  expect(intent).toMatchObject({ occurred_at: read, notes: expect.arrayContaining(['instant_respelt']) });
  expect(inForce(applied([event]))).toEqual(['ent-1', 'active', 'base']);
});

test.for([
  '2026-11-21T08:00:60Z',
  '2026-11-30T23:59:60+01:00',
  '2026-11-29T23:59:60Z',
  '2026-11-21_08:00:00Z',
  '2026-11-21T08:00:00+0000',
  '10000-01-01T00:00:00Z',
])('what is no instant of RFC 3339 is passed on as it is: %s', (told) => {
  const event = { ...vector('market-fractional-seconds/event.json'), occurred_at: told };
  const intent = readEntitlementEvent(nodeSha256, event)?.arguments;
  expect(intent?.['occurred_at']).toBe(told);
  expect(inForce(applied([event]))).toEqual([undefined, undefined, undefined]);
});
