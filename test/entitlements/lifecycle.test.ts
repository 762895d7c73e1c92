/** What a tenant has, from the first activation to the last cancellation, through the real governor. */

import type { Decision } from '@tai-autonomics/core';
import { ROLES } from '@tai-autonomics/core/author';
import { receiptVerifier } from '@tai-autonomics/packs';
import { beforeEach, describe, expect, test } from 'vitest';
import { approved, codes, decided as decidedBy, ledgerOf, named, reasonsOf } from '../governor/kit.ts';
import { connectInMemory } from '../mcp/clients.ts';
import { digestOf, type EventParts } from './apply.ts';
import { EXPIRY, MINUTE_MS, minute, olivia, openShop, robot, type Shop, stateAfter } from './shop.ts';
import { SIX } from './six.ts';

const ACME = 'acme';
/** What an agent sees whatever was bought: the verifier's tools, the stop, and incidents. */
const ALWAYS = [...receiptVerifier.tools.map(({ tool }) => tool), 'andon', 'incidents'].sort();
const ROLLBACK = ['configuration_restorer', 'deployment_validator', 'rollback_orchestrator', 'rollback_status'];
const base = { enabled_packs: ['receipt_verifier'], iam_roles: ['read_deployment'] };
const guarded = {
  enabled_packs: ['receipt_verifier', 'rollback_guard'],
  iam_roles: ['read_audit_trail', 'read_deployment', 'write_rollback'],
};

let shop: Shop;
let posted: number;
beforeEach(async () => {
  shop = await openShop();
  posted = 0;
});

/** Posts an event of the next minute. */
const post = (verb: string, recorded: object = {}, parts: EventParts = {}) => {
  posted += 1;
  const place = { event_id: `event ${posted}`, occurred_at: minute(posted) };
  return shop.post(ACME, { event: `entitlement.${verb}`, ...place, ...parts, record: recorded });
};
const digest = async (): Promise<string> => digestOf(stateAfter(await shop.ledger(ACME)));
const lookStatus = () =>
  shop.governor.submit(robot(ACME, 'read_deployment'), { action: 'check_rollback_status', resource: 'shop' });
const grant = async (...roles: readonly string[]): Promise<void> => {
  const subject = named(robot(ACME));
  const asked = { action: 'grant_role', resource: 'people', arguments: { subject, roles } };
  approved(await shop.governor.submit(olivia(ACME), asked));
};

describe('tools appear and disappear with what is bought', () => {
  test('activate, upgrade, renew, downgrade, upgrade again, cancel', async () => {
    const surfaces: [string, number, readonly string[]][] = [];
    for (const [verb, recorded] of [
      ['activated', base],
      ['upgraded', guarded],
      ['renewed', guarded],
      ['downgraded', base],
      ['upgraded', guarded],
      ['cancelled', base],
    ] as const) {
      const answer = approved(await post(verb, recorded));
      surfaces.push([verb, answer.consequences.length, await shop.tools(ACME)]);
    }
    expect(surfaces).toEqual([
      ['activated', 0, ALWAYS],
      ['upgraded', 1, [...ALWAYS, ...ROLLBACK].sort()],
      ['renewed', 0, [...ALWAYS, ...ROLLBACK].sort()],
      ['downgraded', 1, ALWAYS],
      ['upgraded', 1, [...ALWAYS, ...ROLLBACK].sort()],
      ['cancelled', 1, ALWAYS],
    ]);
  });

  test('an empty entitlement lists what is always on, and nothing else', async () => {
    approved(await post('activated', { enabled_packs: [], iam_roles: [] }));
    expect(await shop.tools(ACME)).toEqual(ALWAYS);
    const names = (await shop.ledger(ACME))
      .flatMap(({ receipt }) => receipt.writes)
      .filter(({ cell }) => cell === 'entitlement_packs');
    expect(names).toEqual([
      { cell: 'entitlement_packs', key: [], replace: [] },
      { cell: 'entitlement_packs', key: [], add: ['receipt_verifier'] },
    ]);
  });

  test('a listener hears of each change of the surface once, and of nothing else', async () => {
    let heard = 0;
    shop.governor.onToolsChanged(ACME, () => {
      heard += 1;
    });
    const counts: number[] = [];
    for (const recorded of [base, guarded, guarded, base, base]) {
      approved(await post('renewed', recorded));
      counts.push(heard);
    }
    expect(counts).toEqual([0, 1, 1, 2, 2]);
  });
});

describe('what is bought is in force from its event until its expiry', () => {
  beforeEach(async () => {
    approved(await post('activated', guarded));
    await grant('read_deployment');
  });

  test('suspend, resume, cancel, buy again', async () => {
    const found: (readonly string[])[] = [codes(await lookStatus())];
    for (const verb of ['suspended', 'activated', 'cancelled', 'activated']) {
      approved(await post(verb, guarded));
      found.push(codes(await lookStatus()));
    }
    expect(found).toEqual([[], ['suspended'], [], ['no_entitlement'], []]);
  });

  test('at the very instant of its expiry it has expired, and a renewal brings it back', async () => {
    approved(await post('renewed', { ...guarded, expiry: minute(60) }));
    shop.clock.now += 30 * MINUTE_MS - 1;
    expect(codes(await lookStatus())).toEqual([]);
    shop.clock.now += 1;
    expect(codes(await lookStatus())).toEqual(['expired']);
    const [reason] = reasonsOf(await lookStatus());
    expect(reason?.next).toMatchObject({ kind: 'authority', who: { type: 'marketplace' } });
    // Its tools stay visible: whoever calls them is told how to renew.
    expect(await shop.tools(ACME)).toEqual([...ALWAYS, ...ROLLBACK].sort());
    approved(await post('renewed', guarded));
    expect(codes(await lookStatus())).toEqual([]);
  });

  test('an event that says so expires it, but not with an expiry after the event, however late it comes', async () => {
    const early = await post('expired', { ...guarded, expiry: minute(31) });
    expect(codes(early)).toEqual(['not_expired_yet']);
    expect(reasonsOf(early)[0]?.next).toMatchObject({ kind: 'request', argument: 'expiry' });
    shop.clock.now += MINUTE_MS;
    expect(codes(await post('expired', { ...guarded, expiry: minute(31) }))).toEqual(['not_expired_yet']);
    expect(codes(await lookStatus())).toEqual([]);
    approved(await post('expired', { ...guarded, expiry: minute(31) }, { occurred_at: minute(31) }));
    expect(codes(await lookStatus())).toEqual(['expired']);
  });

  test('a downgrade takes the role away at once, and an upgrade gives back what was granted', async () => {
    approved(await post('downgraded', { ...guarded, iam_roles: [] }));
    expect(codes(await lookStatus())).toEqual(['insufficient_privilege']);
    approved(await post('upgraded', guarded));
    expect(codes(await lookStatus())).toEqual([]);
  });

  test('a purchase alone never adds an effective role', async () => {
    const subject = named(robot(ACME));
    const asked = { action: 'revoke_role', resource: 'people', arguments: { subject, roles: ['read_deployment'] } };
    approved(await shop.governor.submit(olivia(ACME), asked));
    approved(await post('upgraded', guarded));
    expect(codes(await lookStatus())).toEqual(['insufficient_privilege']);
  });
});

describe('a bad event is refused with a receipt, and nothing changes', () => {
  beforeEach(async () => {
    approved(await post('activated', guarded));
  });

  test.for([
    {
      note: 'an unknown pack',
      recorded: { enabled_packs: ['receipt_verifier', 'rolback_guard'] },
      found: ['unknown_pack', 'pack_not_in_plan'],
    },
    { note: 'a pack that nobody buys', recorded: { enabled_packs: ['platform'] }, found: ['pack_not_in_plan'] },
    {
      note: 'an unknown role',
      recorded: { iam_roles: ['read_deployment', 'root'] },
      found: ['unknown_role', 'role_not_in_plan'],
    },
    { note: 'an unknown plan', recorded: { plan_id: 'platinum' }, found: ['unknown_plan'] },
    { note: 'the SKU of another plan', recorded: { sku_id: 'rollback-guard-base' }, found: ['sku_mismatch'] },
    {
      note: 'a pack that the plan does not sell',
      recorded: { plan_id: 'base', sku_id: 'rollback-guard-base', ...guarded, iam_roles: [] },
      found: ['pack_not_in_plan'],
    },
    {
      note: 'a role that the plan does not allow',
      recorded: { plan_id: 'base', sku_id: 'rollback-guard-base', enabled_packs: [], iam_roles: ['write_iam'] },
      found: ['role_not_in_plan'],
    },
    { note: 'an expiry that had passed when it occurred', recorded: { expiry: minute(2) }, found: ['expired'] },
    { note: 'an older event', parts: { occurred_at: minute(0) }, found: ['entitlement_superseded'] },
    { note: 'an event of the future', parts: { occurred_at: minute(31) }, found: ['event_from_future'] },
    { note: 'a record without an expiry', recorded: { expiry: undefined }, found: ['invalid_entitlement_structure'] },
    {
      note: 'packs that are no list',
      recorded: { enabled_packs: 'rollback_guard' },
      found: ['invalid_entitlement_structure'],
    },
  ])('$note', async ({ recorded = {}, parts = {}, found }) => {
    const [before, tools] = [await digest(), await shop.tools(ACME)];
    const answer = decidedBy(await post('upgraded', recorded, parts));
    expect(codes(answer)).toEqual(found);
    expect(answer.receipt.event).toBe('entitlement_update_refused');
    expect(answer.consequences).toEqual([]);
    expect(await digest()).toBe(before);
    expect(await shop.tools(ACME)).toEqual(tools);
  });

  test('the same event twice is answered alike and recorded once', async () => {
    const [first, again] = [
      await post('renewed', guarded),
      await post('renewed', guarded, { event_id: 'event 2', occurred_at: minute(2) }),
    ];
    expect(decidedBy(again)).toEqual({ ...decidedBy(first), repeated: true });
    expect((await shop.ledger(ACME)).filter(({ receipt }) => receipt.event === 'entitlement_updated')).toHaveLength(2);
  });

  test('one id for two events is a conflict, and not decided', async () => {
    const other = await shop.post(ACME, { event_id: 'event 1', record: base });
    expect(other).toMatchObject({ decided: false, why: 'intent_conflict' });
  });

  test('tenants do not touch each other', async () => {
    const before = await digest();
    approved(await shop.post('globex', { record: base }));
    expect(await digest()).toBe(before);
    expect(await shop.tools('globex')).toEqual(ALWAYS);
  });
});

describe('disclose_catalog', () => {
  const callNothing = async (): Promise<Decision> => {
    const asked = { action: 'no_such_action', resource: 'shop' };
    return decidedBy(await shop.governor.submit(robot(ACME), asked)).decision;
  };
  const callOwned = () =>
    shop.governor.submit(robot(ACME), { id: 'call', action: 'trigger_rollback', resource: 'shop' });
  const disclose = (disclosed: unknown, as = olivia(ACME)) =>
    shop.governor.submit(as, {
      action: 'set_disclosure',
      resource: 'settings',
      arguments: { disclose_catalog: disclosed },
    });
  const hidden = { kind: 'none', why: expect.stringContaining('no such tool exists for this tenant') };

  beforeEach(async () => {
    approved(await post('activated', base));
  });

  test('off: a tool that was not bought and one that does not exist look the same', async () => {
    const [refused] = reasonsOf(await callOwned());
    expect(refused).toMatchObject({ code: 'tool_not_found', next: hidden });
    expect(await callNothing()).toEqual(decidedBy(await callOwned()).decision);
  });

  test('on: the refusal names the plan that sells the tool; off again: not even in a repeated answer', async () => {
    approved(await disclose(true));
    const open = reasonsOf(await callOwned())[0];
    expect(open).toMatchObject({
      code: 'tool_not_found',
      next: { kind: 'authority', who: { type: 'marketplace' }, submit: { action: 'apply_entitlement' } },
    });
    approved(await disclose(false));
    const again = await callOwned();
    expect(again).toMatchObject({ repeated: true });
    expect(reasonsOf(again)[0]).toMatchObject({ next: hidden });
  });

  test('who may read the audit trail is told, with the role in the plan, granted and carried; two of three are not enough', async () => {
    const call = async (...scope: readonly 'read_audit_trail'[]): Promise<string | undefined> => {
      const asked = { action: 'look_nothing', resource: 'shop' };
      const answer = await shop.governor.submit(robot(ACME, ...scope), asked);
      const [reason] = reasonsOf(answer);
      return reason?.next.kind === 'none' ? reason.next.why : undefined;
    };
    const cause = 'no pack of this catalog has such an action';
    expect(await call('read_audit_trail')).not.toBe(cause);
    approved(await post('upgraded', guarded));
    expect(await call('read_audit_trail')).not.toBe(cause);
    await grant('read_audit_trail');
    expect(await call()).not.toBe(cause);
    expect(await call('read_audit_trail')).toBe(cause);
    approved(await post('downgraded', base));
    expect(await call('read_audit_trail')).not.toBe(cause);
  });

  test.for(['2025-11-25', '2026-07-28'] as const)(
    'over MCP, revision %s, the error names the plan if it is on',
    async (revision) => {
      const { client, close } = await connectInMemory({ governor: shop.governor, caller: robot(ACME) }, revision);
      const call = async (name: string): Promise<unknown> =>
        client.callTool({ name, arguments: { resource: 'shop' } }).catch(({ data }: { data: unknown }) => data);
      expect(await call('rollback_orchestrator')).toMatchObject({ next: { kind: 'none' } });
      approved(await disclose(true));
      expect(await call('rollback_orchestrator')).toMatchObject({
        receipt: { seq: expect.any(Number) },
        next: { kind: 'authority', submit: { action: 'apply_entitlement' } },
      });
      expect(await call('no_such_tool')).toMatchObject({ next: { kind: 'none' } });
      await close();
    },
  );

  test('only an owner sets it, with a truth and nothing else; each try leaves a receipt', async () => {
    expect(codes(await disclose(true, robot(ACME)))).toContain('insufficient_privilege');
    expect(codes(await disclose(true, { ...olivia(ACME), subject: { type: 'user', id: 'eve' } }))).toEqual([
      'insufficient_privilege',
    ]);
    for (const wrong of ['true', 1, null, {}, [true]])
      expect(codes(await disclose(wrong))).toEqual(['arguments_invalid']);
    const events = (await ledgerOf(shop, ACME)).slice(2).map(({ receipt }) => receipt.event);
    expect(events).toEqual(Array.from({ length: 7 }, () => 'action_refused'));
    expect(reasonsOf(await callOwned())[0]).toMatchObject({ next: hidden });
  });
});

describe('the founding document’s own event', () => {
  const founding = (expiry: unknown): EventParts => ({
    event: 'entitlement.activated',
    event_id: 'evt-founding',
    occurred_at: '2026-01-26T10:00:00Z',
    record: {
      plan_id: 'professional-tier',
      sku_id: 'rollback-guard-professional',
      enabled_packs: ['rollback_guard'],
      disabled_packs: ['receipt_verifier', 'storm_discipline'],
      iam_roles: ['read:deployment', 'write:rollback', 'read:audit:trail', 'read_deployment'],
      expiry,
    },
  });

  beforeEach(async () => {
    shop.clock.now = Date.parse('2026-01-26T12:00:00Z');
  });

  test('its expiry 1740534000 is in 2025: on its own date it is refused as expired (X-32)', async () => {
    approved(await shop.post(ACME, { event_id: 'before', occurred_at: '2026-01-26T09:00:00Z' }));
    const before = await digest();
    const answer = decidedBy(await shop.post(ACME, founding(1_740_534_000)));
    expect(codes(answer)).toEqual(['expired']);
    expect(answer.receipt.event).toBe('entitlement_update_refused');
    expect(await digest()).toBe(before);
  });

  test('it opens no tenant', async () => {
    expect(await shop.post(ACME, founding(1_740_534_000))).toMatchObject({ decided: false, why: 'unknown_tenant' });
    expect(await shop.tools(ACME)).toEqual([]);
  });

  test('with the year that was meant it is applied, and the receipt’s intent says what was read as what', async () => {
    approved(await shop.post(ACME, founding(1_772_070_000)));
    const [, entry] = await shop.ledger(ACME);
    expect(entry?.disclosed.get('request/intent')).toMatchObject({
      action: {
        arguments: {
          change: 'activated',
          plan_id: 'professional',
          iam_roles: ['read_deployment', 'write_rollback', 'read_audit_trail'],
          expiry: '2026-02-26T01:40:00.000Z',
          notes: [
            'disabled_packs_ignored',
            'epoch_seconds_read',
            'plan_alias_read',
            'repetition_dropped',
            'role_spelling_read',
          ],
        },
      },
    });
    expect(await shop.tools(ACME)).toEqual([...ALWAYS, ...ROLLBACK].sort());
  });
});

test('an instant finer than a millisecond is cut off there, and the receipt’s intent says so', async () => {
  approved(await post('activated', { expiry: '2036-01-26T09:00:00.123456789Z' }));
  const [, entry] = await shop.ledger(ACME);
  expect(entry?.disclosed.get('request/intent')).toMatchObject({
    action: { arguments: { expiry: '2036-01-26T09:00:00.123Z', notes: ['instant_truncated'] } },
  });
});

test('the plan that sells everything shows every tool of every pack', async () => {
  approved(await post('activated', { enabled_packs: SIX, expiry: EXPIRY }));
  const packs = new Set<string>();
  const tools = await shop.governor.tools({ ...robot(ACME, ...ROLES), subject: { type: 'user', id: 'u' } });
  if (tools._tag === 'Right') for (const { pack } of tools.right) packs.add(pack);
  expect([...SIX].filter((pack) => !packs.has(pack))).toEqual([]);
});
