/** Events of several entitlements arrive late, twice and in any order, and nobody can tell in which order they came. */

import type { State } from '@tai-autonomics/core';
import { ROLES } from '@tai-autonomics/core/author';
import { emptyState, eventRank, parseInstant, visibleTools } from '@tai-autonomics/core/engine';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { START } from '../governor/kit.ts';
import { runs } from '../runs.ts';
import { after, decided, digestOf, type EventParts, eventOf } from './apply.ts';
import { impersonal, MINUTE_MS, minute, openShop, type Shop, stateAfter } from './shop.ts';
import { SIX, six } from './six.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});

const VERBS = ['activated', 'upgraded', 'downgraded', 'renewed', 'expired', 'suspended', 'cancelled'] as const;

interface Drawn {
  readonly verb: (typeof VERBS)[number];
  readonly entitlement: string;
  readonly minute: number;
  /** How long after its event it expires, in minutes; few, so that some are delivered after their expiry. */
  readonly lasts: number;
  readonly packs: readonly string[];
  readonly roles: readonly string[];
  readonly fault: 'none' | 'unknown_pack' | 'unknown_role' | 'expired' | 'future';
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  verb: fc.constantFrom(...VERBS),
  entitlement: fc.constantFrom('ent-1', 'ent-2', 'ent-3'),
  // Few instants, so that events of one instant are common.
  minute: fc.integer({ min: 5, max: 8 }),
  lasts: fc.integer({ min: 1, max: 60 }),
  packs: fc.subarray([...SIX]),
  roles: fc.subarray([...ROLES]),
  fault: fc.oneof(
    { arbitrary: fc.constant('none' as const), weight: 4 },
    { arbitrary: fc.constantFrom('unknown_pack', 'unknown_role', 'expired', 'future'), weight: 1 },
  ),
});

const partsOf = (d: Drawn, id: string): EventParts => ({
  // What is not active may have expired: only an activation can have expired before it occurred.
  event: `entitlement.${d.fault === 'expired' ? 'activated' : d.verb}`,
  event_id: id,
  entitlement_id: d.entitlement,
  occurred_at: minute(d.fault === 'future' ? 91 : d.minute),
  record: {
    enabled_packs: d.fault === 'unknown_pack' ? [...d.packs, 'packless'] : d.packs,
    iam_roles: d.fault === 'unknown_role' ? [...d.roles, 'root'] : d.roles,
    expiry: minute(d.fault === 'expired' || d.verb === 'expired' ? d.minute : d.minute + d.lasts),
  },
});

/** Events with ids of their own, and one way in which they arrive: each at least once, in some order, each some time later. */
const arrivals = fc
  .array(drawn, { minLength: 1, maxLength: 6 })
  .map((all) => all.map((d, i) => ({ fault: d.fault, parts: partsOf(d, `event ${i}`) })))
  .chain((events) =>
    fc
      .tuple(
        fc.constant(events),
        fc
          .array(fc.integer({ min: 0, max: events.length - 1 }), { maxLength: 4 })
          .chain((again) =>
            fc.shuffledSubarray([...events.keys(), ...again], { minLength: events.length + again.length }),
          ),
      )
      .chain(([all, order]) =>
        fc.tuple(
          fc.constant(all),
          fc.constant(order),
          fc.array(fc.integer({ min: 8, max: 90 }), { minLength: order.length, maxLength: order.length }),
        ),
      ),
  );

type Event = { readonly fault: Drawn['fault']; readonly parts: EventParts };

/** Lawful events, oldest first. */
const inTime = (events: readonly Event[]): readonly EventParts[] =>
  events
    .filter(({ fault }) => fault === 'none')
    .map(({ parts }) => ({
      parts,
      at: parseInstant(parts.occurred_at ?? '') ?? 0,
      rank: eventRank(nodeSha256, parts.event_id ?? ''),
    }))
    .sort((a, b) => a.at - b.at || a.rank - b.rank)
    .map(({ parts }) => parts);

/** What is in force, said plainly: of what was bought last, or else of what is known longest, the newest event. */
const inForce = (events: readonly Event[]): EventParts | undefined => {
  const all = inTime(events);
  const bought = all.filter(({ event }) => event === 'entitlement.activated').at(-1) ?? all[0];
  return all.filter(({ entitlement_id }) => entitlement_id === bought?.entitlement_id).at(-1);
};

const applyAt =
  (at: string) =>
  (state: State, { parts }: Event): State =>
    after(state, decided(six, state, eventOf(parts), at));

const valueIn = (state: State, cell: string) => state.cells.get(cell)?.get('');

test('any permutation, repetition and delay of events ends in the state of delivery on time', () => {
  fc.assert(
    fc.property(arrivals, ([events, order, minutes]) => {
      const onTime = inTime(events).reduce(
        (now, parts) => applyAt(parts.occurred_at ?? '')(now, { fault: 'none', parts }),
        emptyState,
      );
      const late = order.reduce((now, i, k) => applyAt(minute(minutes[k] ?? 8))(now, events[i] as Event), emptyState);
      expect(digestOf(late)).toBe(digestOf(onTime));
    }),
    { numRuns: runs(500) },
  );
});

test('what is in force is what was bought last, as the newest event of it says', () => {
  const SAYS = { expired: 'active', suspended: 'suspended', cancelled: 'cancelled' } as Readonly<
    Record<string, string>
  >;
  fc.assert(
    fc.property(arrivals, ([events, order]) => {
      const state = order.reduce((now, i) => applyAt(minute(90))(now, events[i] as Event), emptyState);
      const said = inForce(events);
      const { enabled_packs = [], iam_roles = [], expiry } = (said?.record ?? {}) as Record<string, readonly string[]>;
      expect({
        id: valueIn(state, 'entitlement_id'),
        status: valueIn(state, 'entitlement_status'),
        packs: valueIn(state, 'entitlement_packs'),
        roles: valueIn(state, 'entitlement_roles'),
        expires: valueIn(state, 'entitlement_expires_at'),
      }).toEqual(
        said === undefined
          ? { id: undefined, status: undefined, packs: undefined, roles: undefined, expires: undefined }
          : {
              id: said.entitlement_id,
              status: SAYS[said.event?.split('.')[1] ?? ''] ?? 'active',
              packs: [...new Set([...enabled_packs, 'receipt_verifier'])].sort(),
              roles: [...iam_roles].sort(),
              expires: parseInstant(String(expiry)),
            },
      );
    }),
    { numRuns: runs(500) },
  );
});

test('an event of an entitlement that is not in force changes nothing of what is, unless it is an activation', () => {
  let elsewhere = 0;
  fc.assert(
    fc.property(arrivals, ([events, order]) => {
      let state = emptyState;
      for (const event of order.map((i) => events[i] as Event)) {
        const next = applyAt(minute(90))(state, event);
        const isOther = event.parts.entitlement_id !== valueIn(state, 'entitlement_id');
        if (isOther && valueIn(state, 'entitlement_purchased_at') !== undefined) {
          if (event.parts.event !== 'entitlement.activated') {
            elsewhere += 1;
            for (const cell of ['id', 'status', 'plan', 'sku', 'packs', 'roles', 'expires_at'])
              expect(valueIn(next, `entitlement_${cell}`)).toEqual(valueIn(state, `entitlement_${cell}`));
          }
        }
        state = next;
      }
    }),
    { numRuns: runs(300) },
  );
  expect(elsewhere).toBeGreaterThan(0);
});

describe('the real governor', () => {
  let tenants = 0;
  const deliver = async (events: readonly Event[], order: readonly number[], minutes: readonly number[] = []) => {
    tenants += 1;
    const tenant = `tenant-${tenants}`;
    // The clock of a ledger never goes back.
    for (const [k, i] of order.entries()) {
      shop.clock.now = START + Math.max(...minutes.slice(0, k + 1), 30) * MINUTE_MS;
      await shop.post(tenant, (events[i] as Event).parts);
    }
    return tenant;
  };

  test('any permutation, repetition and delay of events ends in the same state', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ([events, order, minutes]) => {
        const [one, other] = [
          await deliver(events, [...events.keys()]),
          await deliver(
            events,
            order,
            minutes.map((m) => Math.min(m, 89)),
          ),
        ];
        const [ledger, shuffled] = [await shop.ledger(one), await shop.ledger(other)];
        expect(digestOf(impersonal(stateAfter(shuffled)))).toBe(digestOf(impersonal(stateAfter(ledger))));
        expect(await shop.tools(other)).toEqual(await shop.tools(one));
        // Nothing but a lawful event opens a tenant.
        expect(shuffled.length > 0).toBe(inForce(events) !== undefined);
      }),
      { numRuns: runs(40) },
    );
  });

  test('tool_surface_changed follows an event exactly if the visible tools are others than before', async () => {
    let changed = 0;
    let unchanged = 0;
    await fc.assert(
      fc.asyncProperty(arrivals, async ([events, order]) => {
        const ledger = await shop.ledger(await deliver(events, order));
        for (const [i, { receipt, disclosed }] of ledger.entries()) {
          if (receipt.event !== 'entitlement_updated') continue;
          const [before, now] = [i, i + 1].map((count) => visibleTools(six, stateAfter(ledger, count)));
          const names = (tools: typeof before): readonly string[] => (tools ?? []).map(({ tool }) => tool);
          const [had, has] = [names(before), names(now)];
          const next = ledger[i + 1];
          const isSame = had.join() === has.join();
          if (isSame) unchanged += 1;
          else changed += 1;
          expect(next?.receipt.event === 'tool_surface_changed').toBe(!isSame);
          if (isSame || next === undefined) continue;
          expect(disclosed.has('consequence/body')).toBe(false);
          expect(next.disclosed.get('consequence/body')).toEqual({
            added: has.filter((tool) => !had.includes(tool)),
            removed: had.filter((tool) => !has.includes(tool)),
          });
        }
      }),
      { numRuns: runs(40) },
    );
    expect(changed).toBeGreaterThan(0);
    expect(unchanged).toBeGreaterThan(0);
  });
});
