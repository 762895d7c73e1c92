/** `tai serve --operator-port`: the operator's door beside the others, over a real deployment, by the client. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@tai-autonomics/adapter-http/client';
import { OPERATOR_OPENAPI } from '@tai-autonomics/adapter-http/operator';
import { EXIT, main } from '@tai-autonomics/cli';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

describe('what is refused repeats nothing of the request, and says no folder of the machine', () => {
  const MARK = 'planted-value';
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${operators}/operator/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const isSilent = (text: string): boolean => !text.includes(MARK) && !text.includes(dir) && !text.includes('deadbeef');

  const refused = [
    { path: `tenants/${MARK}/actions`, body: { action: 'resume_tenant' } },
    { path: 'tenants/acme/actions', body: { action: MARK } },
    { path: 'tenants/acme/actions', body: { action: 'suspend_tenant', arguments: { why: MARK } } },
    { path: `tenants/${MARK}/catalog`, body: {} },
    { path: 'tenants/acme/catalog', body: { catalog: MARK, actions: { [MARK.repeat(20)]: MARK } } },
    { path: 'credentials', body: { subject: { type: MARK, id: MARK } } },
    { path: 'credentials', body: { subject: { type: 'agent', id: 'x' }, tenant: ` ${MARK}` } },
    { path: 'credentials', body: { subject: { type: 'agent', id: 'x' }, tenant: 'acme', scope: [MARK] } },
    { path: 'credentials', body: { subject: { type: 'marketplace', id: 'x' }, tenants: [`${MARK} `] } },
    { path: 'credentials', body: { subject: { type: 'agent', id: 'x' }, tenant: 'acme', expiresAt: MARK } },
    { path: 'credentials/plantedvalue/disable', body: undefined },
    { path: 'credentials/plantedvalue/rotate', body: { overlapUntil: MARK } },
    { path: 'keys/deadbeef/revoke', body: { tenant: MARK } },
    { path: 'keys/deadbeef/revoke', body: { tenant: `${MARK} ` } },
    { path: 'marketplaces/google/buyers', body: { account: MARK, tenant: `${MARK} ` } },
    { path: 'marketplaces/google/buyers', body: { account: '__proto__', tenant: MARK } },
    { path: 'marketplaces/google/buyers', body: { token: MARK } },
    { path: `messages/${'A'.repeat(43)}/dismiss`, body: { why: MARK } },
  ];

  test('each route that takes anything is among them', () => {
    const taking = Object.entries(OPERATOR_OPENAPI['paths'] as Readonly<Record<string, object>>).flatMap(
      ([path, item]) => ('post' in item ? [path.replace('/operator/v1/', '')] : []),
    );
    const unasked = taking.filter(
      (path) => !refused.some((one) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(one.path)),
    );
    expect([taking.length > 8, unasked]).toEqual([true, ['keys/next', 'keys/rotate']]);
  });

  test.for(refused)('$path $body', async ({ path, body }) => {
    const { status, text } = await post(path, body);
    expect([status >= 400 || text.includes('"verdict":"refuse"'), isSilent(text)], `${status} ${text}`).toEqual([
      true,
      true,
    ]);
    expect(text).not.toContain('__proto__');
  });

  test('an account that is another tenant’s', async () => {
    const buyers = 'marketplaces/google/buyers';
    expect(await post(buyers, { account: MARK, tenant: 'acme' })).toMatchObject({ status: 200 });
    const { status, text } = await post(buyers, { account: MARK, tenant: 'umbrella' });
    expect([status, isSilent(text)], text).toEqual([409, true]);
    expect(text).toContain('it is bound to another tenant; change marketplace-accounts.json for that');
  });

  test('the operator’s own ledger is no tenant that buys, and no account is bound to it', async () => {
    const bound = { account: 'an-account', tenant: '(operator)' };
    const { status, text } = await post('marketplaces/google/buyers', bound);
    expect([status, text]).toEqual([400, expect.stringContaining('this is the operator’s own ledger, and no tenant')]);
    const ran = await run('marketplace', 'resolve', '--at', 'google', '--account', 'x', '--tenant', '(operator)');
    expect([ran.code, ran.err]).toEqual([EXIT.unreadable, expect.stringContaining('the operator’s own ledger')]);
    expect(readFileSync(join(dir, '.tai', 'marketplace-accounts.json'), 'utf8')).not.toContain('(operator)');
    const shop = { subject: { type: 'marketplace', id: 'x' }, tenants: ['acme', '(operator)'] };
    expect(await post('credentials', shop)).toMatchObject({ status: 400 });
    const suspend = ['suspend', '--tenant', '(operator)', '--why', 'payment', '--finding', 'x'];
    const suspended = await run('operator', ...suspend);
    expect([suspended.code, suspended.err]).toEqual([
      EXIT.unreadable,
      expect.stringContaining('is the operator’s own ledger'),
    ]);
    expect(await post('credentials', { subject: { type: 'agent', id: 'y' }, tenant: 'acme' })).toMatchObject({
      status: 200,
    });
  });

  test('a file of accounts or of keys that cannot be read', async () => {
    for (const [file, path, body] of [
      ['marketplace-accounts.json', 'marketplaces/google/buyers', { account: 'other', tenant: 'acme' }],
      ['keys', 'keys/next', undefined],
      ['keys', 'keys/rotate', undefined],
      ['credentials.json', 'credentials', { subject: { type: 'agent', id: 'x' }, tenant: 'acme' }],
    ] as const) {
      const [place, aside] = [join(dir, '.tai', file), join(dir, '.tai', 'aside')];
      renameSync(place, aside);
      writeFileSync(place, '{', { mode: 0o600 });
      const { status, text } = await post(path, body);
      rmSync(place);
      renameSync(aside, place);
      expect([path, status, isSilent(text)], text).toEqual([path, 409, true]);
    }
  });

  test('a member or a name in the query that nobody knows is refused, and nothing is done', async () => {
    expect(await post('keys/next', { planted: 1 })).toMatchObject({ status: 400 });
    expect(await post('credentials/0000/disable?planted=1', undefined)).toMatchObject({ status: 400 });
    const asked = await fetch(`${operators}/operator/v1/tenants?planted=1`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(asked.status).toBe(400);
  });
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
