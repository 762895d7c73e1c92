/** Events that cannot be taken now, and can later; and keys that may not name every tenant. */
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import type { CredentialParts } from '@tai-autonomics/governor';
import { type Caller, memoryCredentials, mintCredential, parseCredentials } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { OPERATOR, replayHeldEvents } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import {
  approved,
  clockAt,
  codes,
  entitlement,
  eventsOf,
  ledgerOf,
  people,
  restart,
  right,
  type Setting,
  START,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { expectVerified } from '../governor/verified.ts';
import { answered, eventOf, posting, pushOf } from './door.ts';

const doorOf = ({ governor }: Setting, parts: Partial<CredentialParts> = {}) => {
  const shop = { subject: { type: 'marketplace', id: 'shop' }, scope: [], ...parts } as CredentialParts;
  const { credential, secretText } = mintCredential(systemRandom, shop);
  const door = createHttpDoor({ governor, credentials: memoryCredentials([credential]) });
  return async (event: unknown, path = '/marketplace') =>
    answered(await door.fetch(posting(path, path === '/pubsub' ? pushOf(event) : event, { key: secretText })));
};
const event = eventOf({ occurred_at: '2026-11-21T09:00:00Z' });
const agentOf = (tenant: string): Caller => people(tenant).agent;

describe('an event of a tenant for which the deployment names no owner', () => {
  test.for(['/marketplace', '/pubsub'])('posted to %s is kept once, and taken when an owner is named', async (path) => {
    const clock = clockAt(START);
    const lacking = await startGovernor({ clock, ownerOf: () => undefined });
    const post = doorOf(lacking);
    for (const expected of [path === '/pubsub' ? 204 : 422, path === '/pubsub' ? 204 : 422])
      expect((await post(event, path)).status).toBe(expected);
    expect(right(await lacking.governor.knows(TENANT))).toBe(false);
    expect(await eventsOf(lacking, OPERATOR)).toEqual(['event_held']);
    expect((await ledgerOf(lacking, OPERATOR))[0]?.disclosed.get('request/intent')).toMatchObject({
      action: { arguments: { event: JSON.stringify(event) } },
    });
    const still = right(await replayHeldEvents(lacking));
    expect(still).toEqual({ decided: 0, left: 1 });

    const mended = await restart(lacking, { ownerOf: () => ({ type: 'user', id: 'olivia' }) });
    expect(right(await replayHeldEvents(mended))).toEqual({ decided: 1, left: 0 });
    expect(await eventsOf(mended)).toEqual(['tenant_opened', 'entitlement_updated']);
    expect(await eventsOf(mended, OPERATOR)).toEqual(['event_held', 'tenant_registered', 'event_released']);
    expect(right(await replayHeldEvents(mended))).toEqual({ decided: 0, left: 0 });
    // Sent again by its marketplace it gets the recorded answer: the event's id is the intent's.
    expect((await doorOf(mended)(event)).json).toMatchObject({ verdict: 'approve', repeated: true });
    await expectVerified(mended);
    await expectVerified(mended, OPERATOR);
  });
});

describe('an event that came before its time', () => {
  test('is refused until then under its id, decided anew after, and answered alike from then on', async () => {
    const clock = clockAt(START);
    const setting = await startGovernor({ clock });
    const { governor } = setting;
    const { shop } = people();
    approved(await governor.submit(shop, entitlement(START)));
    const early = entitlement(START + 60_000, 'base');
    expect(codes(await governor.submit(shop, early))).toEqual(['event_from_future']);
    clock.now += 54_999;
    expect(await governor.submit(shop, early)).toMatchObject({ repeated: true, decision: { verdict: 'refuse' } });
    clock.now = START + 60_000;
    expect(approved(await governor.submit(shop, early)).repeated).toBe(false);
    expect(approved(await governor.submit(shop, early)).repeated).toBe(true);
    expect(right(await governor.tools(agentOf(TENANT))).map(({ tool }) => tool)).not.toContain('rollback_orchestrator');
    const other = { ...early, arguments: { ...early.arguments, plan_id: 'professional' } };
    expect(await governor.submit(shop, other)).toMatchObject({ decided: false, why: 'intent_conflict' });
    expect(await eventsOf(setting)).toEqual([
      'tenant_opened',
      'entitlement_updated',
      'tool_surface_changed',
      'entitlement_update_refused',
      'entitlement_updated',
      'tool_surface_changed',
    ]);
    await expectVerified(setting);
  });

  test('two that ask again at once share one decision', async () => {
    const clock = clockAt(START);
    const setting = await startGovernor({ clock });
    const { shop } = people();
    approved(await setting.governor.submit(shop, entitlement(START)));
    const early = entitlement(START + 60_000, 'base');
    expect(codes(await setting.governor.submit(shop, early))).toEqual(['event_from_future']);
    clock.now += 60_000;
    const answers = await Promise.all([1, 2, 3].map(() => setting.governor.submit(shop, early)));
    expect(new Set(answers.map((answer) => approved(answer).receipt.seq)).size).toBe(1);
  });

  test('a refusal for any other cause is final', async () => {
    const clock = clockAt(START);
    const { governor } = await startGovernor({ clock });
    const { shop } = people();
    approved(await governor.submit(shop, entitlement(START)));
    const both = entitlement(START + 60_000, 'base', { sku_id: 'another' });
    const first = codes(await governor.submit(shop, both));
    expect(first).toEqual(['sku_mismatch', 'event_from_future']);
    clock.now += 120_000;
    expect(codes(await governor.submit(shop, both))).toEqual(first);
  });
});

describe('a marketplace’s key', () => {
  test.for([
    { note: 'limited to another tenant', tenants: ['umbrella'], status: 403 },
    { note: 'limited to another beginning', tenants: ['emea-*', 'apac-*'], status: 403 },
    { note: 'limited to none', tenants: [], status: 403 },
    { note: 'limited to the tenant', tenants: ['umbrella', TENANT], status: 200 },
    { note: 'limited to its beginning', tenants: ['ac*'], status: 200 },
    { note: 'without a limit', tenants: undefined, status: 200 },
  ])('$note: $status', async ({ tenants, status }) => {
    const setting = await startGovernor({ clock: clockAt(START) });
    const parts = { subject: { type: 'marketplace', id: 'shop' } as const, scope: [] };
    const post = doorOf(setting, tenants === undefined ? parts : { ...parts, tenants });
    expect((await post(event)).status).toBe(status);
    expect((await post(event, '/pubsub')).status).toBe(status === 200 ? 204 : status);
    expect(right(await setting.governor.knows(TENANT))).toBe(status === 200);
    if (status === 403) {
      expect(await eventsOf(setting, OPERATOR)).toEqual(['event_rejected']);
      // The key that may takes the same event afterwards.
      expect((await doorOf(setting)(event)).status).toBe(200);
    }
  });

  test.for([
    { note: 'a list of names and beginnings', tenants: ['acme', 'emea-*'], isRight: true },
    { note: 'a repetition', tenants: ['acme', 'acme'], isRight: false },
    { note: 'an empty name', tenants: [''], isRight: false },
    { note: 'a name alone', tenants: 'acme', isRight: false },
    { note: 'a number', tenants: [7], isRight: false },
  ])('is read from a file with $note: $isRight', ({ tenants, isRight }) => {
    const { credential } = mintCredential(systemRandom, { subject: { type: 'marketplace', id: 'shop' }, scope: [] });
    const file = { format: 'tai-autonomics/credentials@1', credentials: [{ ...credential, tenants }] };
    expect(E.isRight(parseCredentials(file))).toBe(isRight);
  });
});
