/** The door before the real governor, over a ledger in memory: what a marketplace and an agent live through. */
import { join } from 'node:path';
import type { HttpDoor } from '@tai-autonomics/adapter-http';
import { memoryStore } from '@tai-autonomics/adapter-storage';
import {
  anyResource,
  anySubject,
  createGovernor,
  type Governor,
  loadCatalog,
  type Seen,
} from '@tai-autonomics/governor';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import { library, receiptVerifier } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { scratchFolder } from '../governor-parts/scratch.ts';
import { type Answered, answered, eventOf, getting, keys, openDoor, posting, pushOf } from './door.ts';

const right = <L, A>(answer: E.Either<L, A>): A => {
  if (E.isLeft(answer)) throw new Error(JSON.stringify(answer.left));
  return answer.right;
};

const START = Date.parse('2026-11-21T09:00:00Z');

/** A dirty deployment: nobody may roll it back. */
const seen = (at: number): readonly Seen[] => [
  { fact: 'deployment_stable', value: false, observedAt: at },
  { fact: 'rollback_target_known', value: true, observedAt: at },
  { fact: 'rollback_target_version', value: 'v1', observedAt: at },
];

interface World {
  readonly door: HttpDoor;
  readonly governor: Governor;
  push(event: unknown): Promise<number>;
  ask(key: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  size(tenant: string): Promise<number>;
  tools(key: string): Promise<readonly string[]>;
}

const open = async (context: TestContext): Promise<World> => {
  const key = right(await openKeyFile(join(scratchFolder(context), 'key.json'), systemRandom));
  let now = START;
  const clock = (): number => {
    now += 1;
    return now;
  };
  const governor = right(
    await createGovernor({
      standing: { mode: 'eval', session: 'pilot' },
      domain: 'door.test',
      catalogs: [right(loadCatalog(library))],
      store: memoryStore(),
      signer: key.signer,
      secret: key.secret,
      clock,
      random: systemRandom,
      resources: anyResource('sandbox'),
      subjects: anySubject,
      observers: [
        {
          source: 'git',
          facts: ['deployment_stable', 'rollback_target_known', 'rollback_target_version'],
          timeoutMs: 1_000,
          observe: async (_about, facts) => seen(clock()).filter(({ fact }) => facts.includes(fact)),
        },
      ],
      handlers: [],
      ownerOf: (tenant) => (tenant === 'acme' ? { type: 'user', id: 'olivia' } : undefined),
    }),
  );
  onTestFinished(() => governor.close());
  const door = openDoor(governor, { aliases: library.aliases });
  return {
    door,
    governor,
    push: async (event) => (await door.fetch(posting('/pubsub', pushOf(event), { key: keys.shop }))).status,
    ask: async (asker, body, headers = {}) =>
      answered(await door.fetch(posting('/v1/actions', body, { key: asker, headers }))),
    size: async (tenant) => right(await governor.head(tenant))?.size ?? 0,
    tools: async (asker) => {
      const { json } = await answered(await door.fetch(getting('/v1/tools', { key: asker })));
      return (json['tools'] as readonly { readonly tool: string }[]).map(({ tool }) => tool);
    },
  };
};

const professional = {
  sku_id: 'rollback-guard-professional',
  plan_id: 'professional',
  enabled_packs: ['receipt_verifier', 'rollback_guard'],
  iam_roles: ['read_deployment', 'write_rollback', 'read_audit_trail'],
};
const activation = eventOf();
const upgrade = eventOf(
  { event: 'entitlement.upgraded', event_id: 'evt-2', occurred_at: '2026-11-21T08:30:00Z' },
  professional,
);
const rollback = { action: 'trigger_rollback', resource: 'payments' };
const codesOf = ({ json }: Answered): readonly string[] =>
  (json['reasons'] as readonly { readonly code: string }[]).map(({ code }) => code);

describe('a marketplace', () => {
  test('activates a tenant by a push, and repeats itself without a second receipt', async (context) => {
    const { push, size, tools, ask } = await open(context);
    expect((await ask(keys.agent, rollback)).json['code']).toBe('unknown_tenant');
    expect(await push(activation)).toBe(204);
    const after = await size('acme');
    expect(after).toBeGreaterThan(0);
    expect(await push(activation)).toBe(204);
    expect(await size('acme')).toBe(after);
    expect(await tools(keys.agent)).toEqual(
      [...receiptVerifier.tools.map(({ tool }) => tool), 'andon', 'incidents'].sort(),
    );
  });

  test('upgrades it, and an older event that arrives later changes nothing', async (context) => {
    const { push, size, tools } = await open(context);
    expect([await push(activation), await push(upgrade)]).toEqual([204, 204]);
    expect(await tools(keys.agent)).toContain('rollback_orchestrator');
    const before = await size('acme');
    const late = eventOf({ event_id: 'evt-0', occurred_at: '2026-11-21T07:00:00Z' });
    expect(await push(late)).toBe(204);
    expect(await size('acme')).toBe(before + 1);
    expect(await tools(keys.agent)).toContain('rollback_orchestrator');
  });

  test('that posts directly reads what was decided: approved, repeated, superseded', async (context) => {
    const { door } = await open(context);
    const post = async (event: unknown) =>
      answered(await door.fetch(posting('/marketplace', event, { key: keys.shop })));
    const first = await post(upgrade);
    expect(first.json).toMatchObject({
      verdict: 'approve',
      receipt: { event: 'entitlement_updated' },
      repeated: false,
    });
    expect(await post(upgrade)).toMatchObject({ status: 200, json: { ...first.json, repeated: true } });
    expect((await post(activation)).json).toMatchObject({ verdict: 'approve' });
    const older = await post(eventOf({ event_id: 'evt-0', occurred_at: '2026-11-21T07:00:00Z' }));
    expect([older.status, codesOf(older)]).toEqual([200, ['entitlement_superseded']]);
  });

  test('sends what belongs to nobody: it is in the operator’s ledger, once; what is kept is acknowledged, and nothing else', async (context) => {
    const { push, size } = await open(context);
    const strange = eventOf({}, { tenant_id: 'umbrella' });
    const operator = eventOf({}, { tenant_id: OPERATOR });
    for (const _ of [1, 2])
      for (const [event, status] of [
        ['hello', 400],
        [strange, 204],
        [operator, 422],
      ] as const)
        expect(await push(event)).toBe(status);
    expect([await size(OPERATOR), await size('umbrella')]).toEqual([3, 0]);
  });
});

describe('an agent', () => {
  test('of a tenant without the pack is told that there is no such tool, with a receipt', async (context) => {
    const { push, ask, size } = await open(context);
    await push(activation);
    const before = await size('acme');
    const refused = await ask(keys.agent, rollback);
    expect([refused.status, refused.json['verdict'], codesOf(refused)]).toEqual([200, 'refuse', ['tool_not_found']]);
    expect(refused.json['receipt']).toMatchObject({ seq: before });
  });

  test('is refused with every reason and its next lawful step, and carries one out', async (context) => {
    const { push, ask, door } = await open(context);
    await push(activation);
    await push(upgrade);
    const refused = await ask(keys.agent, rollback);
    expect(codesOf(refused)).toEqual(
      expect.arrayContaining(['insufficient_privilege', 'deployment_not_stable', 'rollback_policy_not_approved']),
    );
    const steps = (refused.json['reasons'] as readonly { readonly next: Readonly<Record<string, unknown>> }[]).map(
      ({ next }) => next,
    );
    const grant = steps.find(
      ({ kind, submit }) => kind === 'authority' && (submit as { action: string }).action === 'grant_role',
    );
    const { action, resource, arguments: args } = (grant?.['submit'] ?? {}) as Readonly<Record<string, unknown>>;
    const { json: self } = await answered(await door.fetch(getting('/v1/whoami', { key: keys.agent })));
    expect(args).toMatchObject({ subject: self['ref'] });
    expect((await ask(keys.agent, { action, resource, arguments: args })).json['verdict']).toBe('refuse');
    expect((await ask(keys.owner, { action, resource, arguments: args })).json['verdict']).toBe('approve');
    expect(codesOf(await ask(keys.agent, rollback))).not.toContain('insufficient_privilege');
  });

  test('asks twice under one key and gets one answer; another request under that key is a conflict', async (context) => {
    const { push, ask, size } = await open(context);
    await push(upgrade);
    const headers = { 'idempotency-key': 'try-1' };
    const first = await ask(keys.agent, rollback, headers);
    const before = await size('acme');
    const again = await ask(keys.agent, rollback, headers);
    expect(again.json).toEqual({ ...first.json, repeated: true });
    const other = await ask(keys.agent, { ...rollback, resource: 'billing' }, headers);
    expect([other.status, other.json['code']]).toEqual([409, 'intent_conflict']);
    expect(await size('acme')).toBe(before);
  });

  test('previews without leaving a receipt', async (context) => {
    const { push, ask, size } = await open(context);
    await push(upgrade);
    const before = await size('acme');
    const { json } = await ask(keys.agent, { ...rollback, preview: true });
    expect(json).toMatchObject({ preview: true, verdict: 'refuse' });
    expect(await size('acme')).toBe(before);
  });

  test('verifies its ledger up to a checkpoint that it asked for', async (context) => {
    const { push, ask, door, governor } = await open(context);
    await push(activation);
    const { text, status } = await answered(
      await door.fetch(getting('/v1/ledger/checkpoint', { key: keys.agent }, 'POST')),
    );
    const head = right(await governor.head('acme'));
    expect([status, text.split('\n').slice(0, 2)]).toEqual([200, [head?.origin, String(head?.size)]]);
    const verified = await ask(keys.agent, { action: 'verify_receipts', resource: '*' });
    // Whom to trust is not for the deployment to say.
    const labels = { linked: 'yes', signed: 'yes', trusted: 'unknown' };
    expect(verified.json['outcome']).toMatchObject({ status: 'success', result: { labels, receipts: head?.size } });
  });
});
