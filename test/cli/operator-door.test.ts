/** `tai serve --operator-port`: the operator's door beside the others, over a real deployment, by the client. */
import { join } from 'node:path';
import { createClient } from '@tai-autonomics/adapter-http/client';
import { EXIT, main } from '@tai-autonomics/cli';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Running, startTai } from './process.ts';
import { folder } from './scratch.ts';
import { captureIo } from './terminal.ts';

const { dir, remove } = folder();
let serving: Running;
let url = '';
let operators = '';
let key = '';

const run = async (...argv: readonly string[]) => {
  const { io, out, err } = captureIo(dir);
  return { code: await main(argv, io), out: out(), err: err() };
};
const keyOf = (holder: string): string =>
  new RegExp(`^  ${holder} +(tai_\\S+)$`, 'm').exec(serving.printed())?.[1] ?? '';

beforeAll(async () => {
  serving = startTai(dir, 'serve', '--port', '0', '--operator-port', '0', '--log', 'off');
  url = (await serving.says(/^serving on (\S+)$/m))[1] ?? '';
  operators = (await serving.says(/^ {2}operator +(\S+)\/docs/m))[1] ?? '';
  key = JSON.parse((await run('operator', 'new-key', '--as', 'olga', '--json')).out)['key'] as string;
  const event = {
    event: 'entitlement.activated',
    event_id: 'e-1',
    entitlement_id: 'ent-1',
    occurred_at: '2026-01-05T08:00:00Z',
  };
  const record = {
    tenant_id: 'acme',
    sku_id: 'rollback-guard-base',
    plan_id: 'base',
    enabled_packs: ['receipt_verifier'],
    iam_roles: ['read_deployment'],
    expiry: '2100-01-01T00:00:00Z',
  };
  await fetch(`${url}/marketplace`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keyOf('marketplace')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...event, record }),
  });
});
afterAll(() => {
  serving.child.kill('SIGKILL');
  remove();
});

test('it is another listener: neither has the routes of the other, and neither takes its keys', async () => {
  expect(new URL(operators).port).not.toBe(new URL(url).port);
  const at = async (base: string, path: string, bearer: string): Promise<number> =>
    (await fetch(`${base}${path}`, { headers: { authorization: `Bearer ${bearer}` } })).status;
  expect(await at(url, '/operator/v1/tenants', key)).toBe(404);
  expect(await at(operators, '/v1/whoami', keyOf('agent'))).toBe(404);
  expect(await at(operators, '/operator/v1/tenants', keyOf('owner'))).toBe(401);
  expect(await at(url, '/v1/whoami', key)).toBe(401);
  expect(await at(operators, '/operator/v1/tenants', key)).toBe(200);
});

test('a tenant is suspended and resumed, a key is made and counts at once, and all of it is in the ledgers', async () => {
  const operator = createClient({ url: operators, key });
  const asked = { action: 'suspend_tenant', arguments: { why: 'payment', finding: 'two invoices are open' } };
  const path = { tenant: 'acme' };
  const suspended = await operator.call('POST /operator/v1/tenants/{tenant}/actions', { path, body: asked });
  expect(suspended).toMatchObject({
    ok: true,
    answer: { verdict: 'approve', receipt: { event: 'tenant_suspended' }, operation: { event: 'operation_recorded' } },
  });
  const agent = { subject: { type: 'agent', id: 'second' }, tenant: 'acme', scope: ['read_deployment'] } as const;
  const made = await operator.call('POST /operator/v1/credentials', { body: agent });
  if (!made.ok) throw new Error(made.problem.detail);
  const second = createClient({ url, key: made.answer.key ?? '' });
  expect(await second.call('GET /v1/whoami', {})).toMatchObject({ ok: true, answer: { subject: { id: 'second' } } });
  const body = { action: 'resume_tenant' };
  expect(await operator.call('POST /operator/v1/tenants/{tenant}/actions', { path, body })).toMatchObject({ ok: true });
  const tenants = await operator.call('GET /operator/v1/tenants', {});
  expect(tenants).toMatchObject({ ok: true, answer: { open: [{ tenant: 'acme' }], unnamed: 0 } });
});

test('the next key is made and takes over in every ledger; asked once more, there is none', async () => {
  const operator = createClient({ url: operators, key });
  expect(await operator.call('POST /operator/v1/keys/next', {})).toMatchObject({ ok: true });
  expect(await operator.call('POST /operator/v1/keys/rotate', {})).toMatchObject({
    ok: true,
    answer: { moved: 2, left: 0 },
  });
  const listed = await operator.call('GET /operator/v1/keys', {});
  expect(listed).toMatchObject({ ok: true, answer: { tenants: [{ tenant: 'acme', named: [{}] }] } });
});

test('a rotation that is asked for again is the same one: a key that was made since goes on waiting', async () => {
  const post = async (path: string, id: string): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${key}`, 'idempotency-key': id };
    return (await fetch(`${operators}/operator/v1/keys/${path}`, { method: 'POST', headers })).json() as never;
  };
  const { next } = await post('next', 'n-1');
  expect(await post('next', 'n-1')).toMatchObject({ next, repeated: true });
  expect(await post('rotate', 'r-1')).toMatchObject({ moved: 2, repeated: false });
  expect(await post('rotate', 'r-1')).toMatchObject({ moved: 2, repeated: true });
  const later = await post('next', 'n-2');
  expect(await post('rotate', 'r-1')).toMatchObject({ code: 'intent_conflict' });
  expect(await post('next', 'n-1')).toMatchObject({ code: 'intent_conflict' });
  const listed = JSON.parse((await run('keys', 'list', '--json')).out) as Record<string, unknown>;
  expect([listed['active'], listed['next']]).toEqual([next, later['next']]);
});

test('a key that was disabled opens nothing any more', async () => {
  const made = JSON.parse((await run('operator', 'new-key', '--as', 'paul', '--json')).out) as Record<string, string>;
  const paul = createClient({ url: operators, key: made['key'] ?? '' });
  expect(await paul.call('GET /operator/v1/whoami', {})).toMatchObject({ ok: true, answer: { operator: 'paul' } });
  expect((await run('operator', 'disable-key', made['keyId'] ?? '')).code).toBe(EXIT.ok);
  expect(await paul.call('GET /operator/v1/whoami', {})).toMatchObject({ ok: false, problem: { status: 401 } });
  expect((await run('operator', 'keys')).out).toMatch(/paul +all +- +disabled/);
});

test('at SIGTERM both doors are closed, and what they wrote verifies', async () => {
  serving.child.kill('SIGTERM');
  expect(await serving.ended).toBe(EXIT.ok);
  await run('export', '--tenant', '(operator)', '--output', join(dir, 'bundle'));
  expect((await run('verify', join(dir, 'bundle'))).out).toMatch(/rederivation +passed/);
});
