/** Events arrive late, twice and in any order. The newest is in force, and nobody can tell in which order they came. */

import type { State } from '@tai-autonomics/core';
import { ROLES } from '@tai-autonomics/core/author';
import { emptyState, eventRank, parseInstant, visibleTools } from '@tai-autonomics/core/engine';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { after, decided, digestOf, type EventParts, eventOf } from './apply.ts';
import { impersonal, minute, openShop, type Shop, stateAfter } from './shop.ts';
import { SIX, six } from './six.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});

const VERBS = ['activated', 'upgraded', 'downgraded', 'renewed', 'suspended', 'cancelled'] as const;

interface Drawn {
  readonly verb: (typeof VERBS)[number];
  readonly minute: number;
  readonly packs: readonly string[];
  readonly roles: readonly string[];
  readonly fault: 'none' | 'unknown_pack' | 'unknown_role' | 'expired' | 'future';
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  verb: fc.constantFrom(...VERBS),
  // Few instants, so that events of one instant are common.
  minute: fc.integer({ min: 0, max: 3 }),
  packs: fc.subarray([...SIX]),
  roles: fc.subarray([...ROLES]),
  fault: fc.oneof(
    { arbitrary: fc.constant('none' as const), weight: 4 },
    { arbitrary: fc.constantFrom('unknown_pack', 'unknown_role', 'expired', 'future'), weight: 1 },
  ),
});

const partsOf = (d: Drawn, id: string): EventParts => ({
  // What is not active may have expired: only an activation can come too late.
  event: `entitlement.${d.fault === 'expired' ? 'activated' : d.verb}`,
  event_id: id,
  occurred_at: minute(d.fault === 'future' ? 31 : d.minute),
  record: {
    enabled_packs: d.fault === 'unknown_pack' ? [...d.packs, 'packless'] : d.packs,
    iam_roles: d.fault === 'unknown_role' ? [...d.roles, 'root'] : d.roles,
    expiry: d.fault === 'expired' ? minute(29) : '2027-11-21T09:00:00.000Z',
  },
});

/** Events with ids of their own, and one way in which they arrive: each at least once, in some order. */
const arrivals = fc
  .array(drawn, { minLength: 1, maxLength: 5 })
  .map((all) => all.map((d, i) => ({ fault: d.fault, parts: partsOf(d, `event ${i}`) })))
  .chain((events) =>
    fc.tuple(
      fc.constant(events),
      fc
        .array(fc.integer({ min: 0, max: events.length - 1 }), { maxLength: 4 })
        .chain((again) =>
          fc.shuffledSubarray([...events.keys(), ...again], { minLength: events.length + again.length }),
        ),
    ),
  );

type Event = { readonly fault: Drawn['fault']; readonly parts: EventParts };

const newestOf = (events: readonly Event[]): EventParts | undefined =>
  events
    .filter(({ fault }) => fault === 'none')
    .map(({ parts }) => ({
      parts,
      at: parseInstant(parts.occurred_at ?? '') ?? 0,
      rank: eventRank(nodeSha256, parts.event_id ?? ''),
    }))
    .sort((a, b) => b.at - a.at || b.rank - a.rank)[0]?.parts;

test('any permutation and repetition of events folds to the state of the newest lawful one alone', () => {
  const at = minute(30);
  const apply = (state: State, { parts }: Event): State => after(state, decided(six, state, eventOf(parts), at));
  fc.assert(
    fc.property(arrivals, ([events, order]) => {
      const state = order.reduce((now, i) => apply(now, events[i] as Event), emptyState);
      const newest = newestOf(events);
      const alone = newest === undefined ? emptyState : apply(emptyState, { fault: 'none', parts: newest });
      expect(digestOf(state)).toBe(digestOf(alone));
    }),
    { numRuns: runs(300) },
  );
});

describe('the real governor', () => {
  let tenants = 0;
  const deliver = async (events: readonly Event[], order: readonly number[]): Promise<string> => {
    tenants += 1;
    const tenant = `tenant-${tenants}`;
    for (const i of order) await shop.post(tenant, (events[i] as Event).parts);
    return tenant;
  };

  test('any permutation and repetition of events ends in the same state', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ([events, order]) => {
        const [one, other] = [await deliver(events, [...events.keys()]), await deliver(events, order)];
        const [ledger, shuffled] = [await shop.ledger(one), await shop.ledger(other)];
        expect(digestOf(impersonal(stateAfter(shuffled)))).toBe(digestOf(impersonal(stateAfter(ledger))));
        expect(await shop.tools(other)).toEqual(await shop.tools(one));
        // Nothing but a lawful event opens a tenant.
        expect(shuffled.length > 0).toBe(newestOf(events) !== undefined);
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
