import type { NotDecided } from '@tai-autonomics/governor';
import { describe, expect, test } from 'vitest';
import { answered, getting, keys, openDoor, posting } from './door.ts';
import { fakeGovernor, notDecided } from './fake-governor.ts';

const approve = { action: 'approve', resource: 'svc' };
const refuse = { action: 'refuse', resource: 'svc' };
const key = keys.agent;

describe('an action', () => {
  test('that is approved is 200 with its plan, its receipt and its outcome, and no writes', async () => {
    const { status, json, text } = await answered(
      await openDoor(fakeGovernor()).fetch(posting('/v1/actions', approve, { key })),
    );
    expect(status).toBe(200);
    expect(json).toMatchObject({ verdict: 'approve', actionPlan: [], receipt: { seq: 0 }, repeated: false });
    expect(json['outcome']).toMatchObject({ status: 'success', result: { ok: 1 } });
    expect(text).not.toContain('secret_cell');
  });

  test('that is refused is 200 too, with every reason and its next lawful step', async () => {
    const { status, json } = await answered(
      await openDoor(fakeGovernor()).fetch(posting('/v1/actions', refuse, { key })),
    );
    expect(status).toBe(200);
    expect(json).toMatchObject({
      verdict: 'refuse',
      reasons: [
        { gate: 'role', code: 'insufficient_privilege', next: { kind: 'authority', submit: { action: 'grant_role' } } },
      ],
      receipt: { origin: 'test/acme' },
    });
    expect(json).not.toHaveProperty('outcome');
  });

  test('that a next step names is posted as it stands, with the list of what there was to choose', async () => {
    const governor = fakeGovernor();
    const door = openDoor(governor);
    const { json } = await answered(await door.fetch(posting('/v1/actions', refuse, { key })));
    const [{ next }] = json['reasons'] as [{ next: { submit: object } }];
    expect(next.submit).toHaveProperty('choose', []);
    expect((await door.fetch(posting('/v1/actions', next.submit, { key }))).status).toBe(200);
    expect(governor.asked[1]?.asked).toEqual({
      action: 'grant_role',
      resource: '*',
      arguments: { subject: 'sub_x', roles: ['read_iam'] },
    });
  });

  test('is told when the caller has gone, so that a read is given up', async () => {
    const told: (AbortSignal | undefined)[] = [];
    const inner = fakeGovernor();
    const governor = fakeGovernor(undefined, {
      submit: (caller, asked, signal) => {
        told.push(signal);
        return inner.submit(caller, asked);
      },
    });
    const leaving = new AbortController();
    const request = new Request(posting('/v1/actions', approve, { key }), { signal: leaving.signal });
    await openDoor(governor).fetch(request);
    expect(told.map((signal) => signal?.aborted)).toEqual([false]);
    leaving.abort();
    expect(told.map((signal) => signal?.aborted)).toEqual([true]);
  });

  test('that is previewed is marked, has no receipt, and is not submitted', async () => {
    const governor = fakeGovernor();
    const { status, json } = await answered(
      await openDoor(governor).fetch(posting('/v1/actions', { ...refuse, preview: true }, { key })),
    );
    expect(status).toBe(200);
    expect(json).toMatchObject({ preview: true, verdict: 'refuse' });
    expect(json).not.toHaveProperty('receipt');
    expect(governor.asked).toEqual([]);
  });

  test('is asked for by the subject and the tenant of the key, whatever the headers say', async () => {
    const governor = fakeGovernor();
    const headers = {
      'x-tenant': 'umbrella',
      'x-tenant-id': 'umbrella',
      'x-subject': 'root',
      forwarded: 'for=1.2.3.4',
    };
    await openDoor(governor).fetch(posting('/v1/actions', approve, { key, headers }));
    expect(governor.asked).toEqual([
      {
        caller: { tenant: 'acme', subject: { type: 'agent', id: 'bot' }, scope: ['read_deployment', 'write_rollback'] },
        asked: approve,
      },
    ]);
  });

  test('carries its arguments, its incident and its trace', async () => {
    const governor = fakeGovernor();
    const body = { ...approve, arguments: { to: 'v1', n: 0.5 }, incident: 'INC-7' };
    const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
    await openDoor(governor).fetch(posting('/v1/actions', body, { key, headers }));
    expect(governor.asked[0]?.asked).toEqual({ ...body, trace: '4bf92f3577b34da6a3ce929d0e0e4736' });
  });
});

describe('a trace', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  test.for([
    { note: 'of a later version, with more fields', header: `01-${id}-00f067aa0ba902b7-01-more`, trace: id },
    { note: 'of version 00 with more fields', header: `00-${id}-00f067aa0ba902b7-01-more`, trace: undefined },
    { note: 'of the version that does not exist', header: `ff-${id}-00f067aa0ba902b7-01`, trace: undefined },
    { note: 'of zeros', header: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, trace: undefined },
    { note: 'with a parent of zeros', header: `00-${id}-${'0'.repeat(16)}-01`, trace: undefined },
    { note: 'in capitals', header: `00-${id.toUpperCase()}-00f067aa0ba902b7-01`, trace: undefined },
    { note: 'that is not one', header: 'hello', trace: undefined },
  ])('$note is taken or ignored, never refused', async ({ header, trace }) => {
    const governor = fakeGovernor();
    const response = await openDoor(governor).fetch(
      posting('/v1/actions', approve, { key, headers: { traceparent: header } }),
    );
    expect(response.status).toBe(200);
    expect(governor.asked[0]?.asked.trace).toBe(trace);
  });
});

describe('an id', () => {
  test.for([
    { note: 'in the header', headers: { 'idempotency-key': 'k-1' }, body: approve, id: 'k-1' },
    { note: 'in the header, in quotes', headers: { 'idempotency-key': '"k \\"1\\""' }, body: approve, id: 'k "1"' },
    { note: 'in the body', headers: {}, body: { ...approve, id: 'k 2' }, id: 'k 2' },
    { note: 'in both', headers: { 'idempotency-key': 'k-1' }, body: { ...approve, id: 'k-1' }, id: 'k-1' },
  ])('$note reaches the governor', async ({ headers, body, id }) => {
    const governor = fakeGovernor();
    await openDoor(governor).fetch(posting('/v1/actions', body, { key, headers: headers as Record<string, string> }));
    expect(governor.asked[0]?.asked.id).toBe(id);
  });

  test.for([
    { note: 'that differs between header and body', header: 'k-1', body: { ...approve, id: 'k-2' } },
    { note: 'that is empty', header: '', body: approve },
    { note: 'that is empty in quotes', header: '""', body: approve },
    { note: 'that is two', header: 'k-1, k-2', body: approve },
    { note: 'whose quotes do not close', header: '"k', body: approve },
    { note: 'of 201 characters', header: 'k'.repeat(201), body: approve },
  ])('$note is malformed', async ({ header, body }) => {
    const governor = fakeGovernor();
    const { status, json } = await answered(
      await openDoor(governor).fetch(posting('/v1/actions', body, { key, headers: { 'idempotency-key': header } })),
    );
    expect([status, json['code']]).toEqual([400, 'malformed']);
    expect(governor.asked).toEqual([]);
  });

  test('used twice gives the recorded answer, and with another request a conflict', async () => {
    const door = openDoor(fakeGovernor());
    const sent = { key, headers: { 'idempotency-key': 'k' } };
    const first = await answered(await door.fetch(posting('/v1/actions', refuse, sent)));
    const again = await answered(await door.fetch(posting('/v1/actions', refuse, sent)));
    const other = await answered(await door.fetch(posting('/v1/actions', approve, sent)));
    expect(again.json).toEqual({ ...first.json, repeated: true });
    expect([other.status, other.json['code']]).toEqual([409, 'intent_conflict']);
  });
});

const notDecidedRows: readonly {
  readonly note: NotDecided['why'];
  readonly status: number;
  readonly retryMs?: number;
  readonly retry: string | null;
}[] = [
  { note: 'store_unavailable', status: 503, retry: '1' },
  { note: 'overloaded', status: 429, retryMs: 2_001, retry: '3' },
  { note: 'clock_skew', status: 503, retryMs: 0, retry: '1' },
  { note: 'not_ready', status: 503, retryMs: 1_000, retry: '1' },
  { note: 'malformed', status: 400, retry: null },
  { note: 'intent_conflict', status: 409, retry: null },
  { note: 'purged', status: 410, retry: null },
  { note: 'unknown_tenant', status: 404, retry: null },
  { note: 'moved', status: 421, retry: null },
];

describe('what is not decided', () => {
  test.for(notDecidedRows)('$note is a problem', async ({ note, status, retryMs, retry }) => {
    const governor = fakeGovernor(() => notDecided(note, retryMs));
    const answer = await answered(await openDoor(governor).fetch(posting('/v1/actions', approve, { key })));
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ type: `/problems/${note}`, status, code: note });
    expect(answer.headers.get('retry-after')).toBe(retry);
    expect(answer.text).not.toContain('ledger.db');
  });
});

describe('what a caller can read', () => {
  test.for([
    {
      note: 'its tools',
      path: '/v1/tools',
      key: keys.agent,
      status: 200,
      json: { tools: [{ tool: 'show', actions: [{ effect: 'read' }] }] },
    },
    {
      note: 'who it is',
      path: '/v1/whoami',
      key: keys.agent,
      status: 200,
      json: {
        tenant: 'acme',
        subject: { type: 'agent', id: 'bot' },
        ref: 'sub_acme_agent_bot',
        scope: ['read_deployment', 'write_rollback'],
        mode: 'eval',
      },
    },
    {
      note: 'that a marketplace is of no tenant',
      path: '/v1/whoami',
      key: keys.shop,
      status: 200,
      json: { subject: { type: 'marketplace', id: 'shop' }, scope: [] },
    },
    {
      note: 'no ledger before there is one',
      path: '/v1/ledger',
      key: keys.stranger,
      status: 404,
      json: { code: 'unknown_tenant' },
    },
    {
      note: 'the end of its ledger',
      path: '/v1/ledger',
      key: keys.agent,
      status: 200,
      json: { origin: 'test/acme', size: 1 },
    },
    { note: 'that the process lives', path: '/health', key: undefined, status: 200, json: { status: 'ok' } },
    {
      note: 'that it is ready',
      path: '/health/ready',
      key: undefined,
      status: 200,
      json: { status: 'ready', mode: 'eval' },
    },
  ])('$note', async ({ path, key: own, status, json }) => {
    const door = openDoor(fakeGovernor());
    await door.fetch(posting('/v1/actions', approve, { key }));
    const answer = await answered(await door.fetch(getting(path, own === undefined ? {} : { key: own })));
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject(json);
  });

  test('a marketplace is told no tenant and no ref', async () => {
    const { json } = await answered(await openDoor(fakeGovernor()).fetch(getting('/v1/whoami', { key: keys.shop })));
    expect(Object.keys(json).toSorted()).toEqual(['mode', 'notice', 'scope', 'subject']);
  });

  test('a checkpoint is the signed note, byte for byte', async () => {
    const door = openDoor(fakeGovernor());
    await door.fetch(posting('/v1/actions', approve, { key }));
    const { status, text, headers } = await answered(
      await door.fetch(getting('/v1/ledger/checkpoint', { key }, 'POST')),
    );
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(text).toBe('test/acme\n1\nroot\n\n— key signature\n');
  });

  test('an empty ledger has nothing to sign', async () => {
    const response = await openDoor(fakeGovernor()).fetch(getting('/v1/ledger/checkpoint', { key }, 'POST'));
    expect(response.status).toBe(404);
  });

  test('it is not ready: 503 with the reasons, while it still lives', async () => {
    const door = openDoor(fakeGovernor(undefined, { ready: async () => ['the store is away'] }));
    const answer = await answered(await door.fetch(getting('/health/ready')));
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ code: 'not_ready', reasons: ['the store is away'] });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect((await door.fetch(getting('/health'))).status).toBe(200);
  });
});
