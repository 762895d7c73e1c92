/** Tenants: opened by a valid activation alone, apart from each other, and nameless in their receipts. */
import type { Asked, Caller } from '@tai-autonomics/governor';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import {
  approve,
  approved,
  clockAt,
  codes,
  decided,
  entitlement,
  eventsOf,
  ledgerOf,
  makeReady,
  named,
  people,
  right,
  rollback,
  SERVICE,
  type Setting,
  START,
  startGovernor,
  TENANT,
} from './kit.ts';
import { expectVerified } from './verified.ts';

const { agent, owner, approver, shop, service } = people();
const health: Asked = { action: 'check_health', resource: 'here' };

describe('a tenant that nobody opened', () => {
  const expired = entitlement(START, 'professional', { expiry: '2026-11-21T08:59:59Z' });
  test.for<{ readonly note: string; readonly caller: Caller; readonly asked: Asked; readonly says: string }>([
    { note: 'an agent asks', caller: agent, asked: rollback, says: 'no valid activation' },
    { note: 'a user asks for a role', caller: owner, asked: { action: 'grant_role', resource: 'x' }, says: 'no valid' },
    { note: 'a user applies an entitlement', caller: owner, asked: entitlement(START), says: 'no valid activation' },
    { note: 'the marketplace asks for something else', caller: shop, asked: health, says: 'no valid activation' },
    { note: 'an activation has expired', caller: shop, asked: expired, says: 'the activation is refused: expired' },
    {
      note: 'an activation names what is not sold',
      caller: shop,
      asked: entitlement(START, 'base', { enabled_packs: ['receipt_verifier', 'rollback_guard'] }),
      says: 'the activation is refused: pack_not_in_plan',
    },
    {
      note: 'an activation lacks a member',
      caller: shop,
      asked: { ...entitlement(START), arguments: { status: 'active' } },
      says: 'the activation is refused: invalid_entitlement_structure',
    },
  ])('stays unknown when $note, and nothing is recorded', async ({ caller, asked, says }) => {
    const setting = await startGovernor();
    const answer = await setting.governor.submit(caller, asked);
    expect(answer).toMatchObject({ decided: false, why: 'unknown_tenant', detail: expect.stringContaining(says) });
    expect(right(await setting.store.ledgers())).toEqual([]);
    expect(right(await setting.governor.knows(TENANT))).toBe(false);
    expect(right(await setting.governor.tools(agent))).toEqual([]);
    expect(right(await setting.governor.head(TENANT))).toBeUndefined();
  });

  test('stays unknown when nobody is named as its owner', async () => {
    const setting = await startGovernor({ ownerOf: () => undefined });
    expect(await setting.governor.submit(shop, entitlement(START))).toMatchObject({ why: 'unknown_tenant' });
    expect(right(await setting.store.ledgers())).toEqual([]);
  });

  test('is opened by an activation that ends while it waits, and has no tool of what it bought', async () => {
    const clock = clockAt(START);
    const ownerOf = (): { readonly type: 'user'; readonly id: string } => {
      clock.now += 2;
      return { type: 'user', id: 'olivia' };
    };
    const setting = await startGovernor({ clock, ownerOf });
    approved(await setting.governor.submit(shop, entitlement(START, 'base', { expiry: '2026-11-21T09:00:00.001Z' })));
    expect(codes(await setting.governor.submit(agent, rollback))).toEqual(['tool_not_found']);
  });
});

describe('a valid activation', () => {
  test('opens the tenant in one append, with an owner who alone can grant', async () => {
    const setting = await startGovernor();
    approved(await setting.governor.submit(shop, entitlement(START)));
    const [first] = await ledgerOf(setting);
    expect(first?.receipt).toMatchObject({ seq: 0, event: 'tenant_opened', verdict: 'approve' });
    expect(first?.disclosed.get('request/intent')).toMatchObject({ subject: { type: 'system' } });
    const subject = named(agent);
    const grant: Asked = {
      action: 'grant_role',
      resource: 'people',
      arguments: { subject, roles: ['write_rollback'] },
    };
    for (const other of [approver, agent, service, shop]) {
      expect(codes(await setting.governor.submit(other, grant))).toContain('insufficient_privilege');
    }
    approved(await setting.governor.submit(owner, grant));
    await expectVerified(setting);
  });

  test('in a burst of activations opens it once, and the newest is in force', async () => {
    const setting = await startGovernor();
    const events = [3, 1, 2].map((n) => entitlement(START - n * 1_000, n === 1 ? 'professional' : 'base'));
    for (const answer of await Promise.all(events.map((event) => setting.governor.submit(shop, event))))
      decided(answer);
    expect((await eventsOf(setting)).filter((event) => event === 'tenant_opened').length).toBe(1);
    const tools = right(await setting.governor.tools(agent)).map(({ tool }) => tool);
    expect(tools).toContain('rollback_orchestrator');
    await expectVerified(setting);
  });
});

describe('the operator’s ledger', () => {
  const operator: Caller = { ...shop, tenant: OPERATOR };
  const rejected: Asked = {
    id: 'digest',
    action: 'reject_event',
    resource: 'marketplace',
    arguments: { digest: 'D'.repeat(43), why: 'malformed' },
  };

  test('takes what belongs to nobody without being opened, and seals like any other', async () => {
    const setting = await startGovernor();
    expect(approved(await setting.governor.submit(operator, rejected)).receipt).toMatchObject({
      seq: 0,
      event: 'event_rejected',
    });
    expect(await expectVerified(setting, OPERATOR)).toBe(1);
  });

  test('cannot be bought', async () => {
    const setting = await startGovernor();
    approved(await setting.governor.submit(operator, rejected));
    expect(await setting.governor.submit(operator, entitlement(START))).toMatchObject({ why: 'unknown_tenant' });
    expect((await ledgerOf(setting, OPERATOR)).length).toBe(1);
  });
});

describe('receipts in clear', () => {
  test('name no subject, no tenant, no resource, no intent id, no argument and no secret', async () => {
    const setting = await startGovernor();
    await makeReady(setting);
    await approve(setting);
    approved(await setting.governor.submit(agent, { ...rollback, id: 'rollback-of-friday' }));
    const stop: Asked = {
      action: 'raise_andon',
      resource: SERVICE,
      arguments: { severity: 'low', finding: 'a smell of smoke' },
    };
    approved(await setting.governor.submit({ ...agent, subject: { type: 'agent', id: 'watchdog' } }, stop));
    const names = ['olivia', 'arthur', 'watchdog', TENANT, SERVICE, 'rollback-of-friday', 'smoke'];
    const ledger = await ledgerOf(setting);
    const clear = ledger.map(({ row }) => Buffer.from(row.bytes).toString('utf8')).join('\n');
    expect(names.filter((name) => clear.includes(name))).toEqual([]);
    // They are where they can be deleted; the tenant's name is not even there.
    const disclosed = JSON.stringify(ledger.map((entry) => [...entry.disclosed.values()]));
    expect(names.filter((name) => !disclosed.includes(name))).toEqual([TENANT]);
    const everything = Buffer.concat(
      ledger.flatMap(({ row }) => [row.bytes, Buffer.from(JSON.stringify(row.disclosures))]),
    );
    const secret = Buffer.from(setting.options.secret);
    const spellings = [
      secret,
      ...(['base64url', 'base64', 'hex'] as const).map((as) => Buffer.from(secret.toString(as))),
    ];
    expect(spellings.some((spelling) => everything.includes(spelling))).toBe(false);
  });

  test('of two tenants have no pseudonym in common, for the same people and the same service', async () => {
    const setting = await startGovernor();
    const texts: string[] = [];
    for (const tenant of [TENANT, 'umbrella']) {
      await makeReady(setting, tenant);
      await approve(setting, rollback, tenant, people(tenant).agent);
      decided(await setting.governor.submit(people(tenant).agent, rollback));
      texts.push(
        (await ledgerOf(setting, tenant)).map(({ row }) => Buffer.from(row.bytes).toString('utf8')).join('\n'),
      );
    }
    const [one = new Set(), other = new Set()] = texts.map(
      (text) =>
        new Set([...text.matchAll(/\b(?:sub|res)_[A-Za-z0-9_-]{22}|"id":"[A-Za-z0-9_-]{43}"/g)].map(([name]) => name)),
    );
    // The agreement that both signed is a document outside of either ledger, cited by its digest.
    const agreement = `"id":"${'B'.repeat(43)}"`;
    const common = [...one].filter((name) => other.has(name) && name !== agreement);
    expect([one.size > 4, common]).toEqual([true, []]);
    expect(setting.identity.origin(TENANT)).not.toBe(setting.identity.origin('umbrella'));
  });

  test('of subjects of different kinds with one id have different pseudonyms', async () => {
    const { governor } = await startGovernor();
    const kinds = ['agent', 'user', 'service', 'marketplace', 'system'] as const;
    expect(new Set(kinds.map((type) => governor.refOf(TENANT, { type, id: 'x' }))).size).toBe(kinds.length);
    const odd = ['\ud800', '\ud801', ''].map((id) => governor.refOf(TENANT, { type: 'user', id }));
    expect(new Set(odd).size).toBe(3);
  });
});

type Deed = (setting: Setting, tenant: string) => Promise<unknown>;
const deeds: Readonly<Record<string, Deed>> = {
  rollback: (s, tenant) => s.governor.submit(people(tenant).agent, rollback),
  approve: (s, tenant) => approve(s, rollback, tenant, people(tenant).agent).catch(() => undefined),
  stop: (s, tenant) =>
    s.governor.submit(people(tenant).agent, {
      action: 'raise_andon',
      resource: '*',
      arguments: { severity: 'high', finding: 'x' },
    }),
  go: async (s, tenant) => {
    const { owner } = people(tenant);
    const shown = { finding: { finding: 'ok' }, evidence: { evidence: 'd1' } };
    await s.governor.submit(owner, { action: 'record_stop_cause', resource: '*', arguments: shown.finding });
    await s.governor.submit(owner, { action: 'confirm_recovery', resource: '*', arguments: shown.evidence });
    return s.governor.submit(owner, { action: 'clear_andon', resource: '*', arguments: shown.finding });
  },
  downgrade: (s, tenant) => s.governor.submit(people(tenant).shop, entitlement(s.clock.now, 'base')),
  upgrade: (s, tenant) => s.governor.submit(people(tenant).shop, entitlement(s.clock.now)),
};
type DeedName = keyof typeof deeds & string;

const story = async (moves: readonly (readonly [string, DeedName])[]): Promise<readonly unknown[]> => {
  const setting = await startGovernor();
  for (const tenant of [TENANT, 'umbrella']) await makeReady(setting, tenant);
  for (const [n, [tenant, name]] of moves.entries()) {
    setting.clock.now = START + (n + 1) * 1_000;
    // Only one tenant's deeds are looked at, so each of them happens at the same instant in both stories.
    if (tenant !== '') await deeds[name]!(setting, tenant);
  }
  await expectVerified(setting);
  return (await ledgerOf(setting)).map(({ receipt }) => {
    const { at, event, id, writes } = receipt;
    const what = receipt.kind === 'decision' ? [receipt.verdict, receipt.codes] : [receipt.kind];
    return { at, event, writes, what, id: event === 'action_executed' ? '' : typeof id };
  });
};

test('nothing that happens in one tenant changes anything in another', async () => {
  const name = fc.constantFrom(...(Object.keys(deeds) as DeedName[]));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(TENANT, 'umbrella'), name), { maxLength: 14 }),
      async (moves) => {
        const alone = moves.map(([tenant, deed]) => [tenant === TENANT ? tenant : '', deed] as const);
        expect(await story(moves)).toEqual(await story(alone));
      },
    ),
    { numRuns: runs(12) },
  );
});
