/** `tai serve` in a process of its own: from nothing to a door that answers, and a clean end. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { request as rawRequest } from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import { EXIT, main } from '@tai-autonomics/cli';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TAI } from '../programs/program.ts';
import { type Running, startTai } from './process.ts';
import { folder, scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

const { dir, remove } = folder();
let serving: Running;
let url = '';
let session = '';

const run = async (...argv: readonly string[]): Promise<{ readonly code: number; readonly err: string }> => {
  const { io, err } = captureIo(dir);
  return { code: await main(argv, io), err: err() };
};

const keyOf = (holder: string): string =>
  new RegExp(`^  ${holder} +(tai_\\S+)$`, 'm').exec(serving.printed())?.[1] ?? '';

const post = (path: string, holder: string, body: object): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keyOf(holder)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

beforeAll(async () => {
  serving = startTai(
    dir,
    'serve',
    '--port',
    '0',
    '--allowed-host',
    'tai.example.com',
    '--allowed-origin',
    'app.example.com',
  );
  url = (await serving.says(/^serving on (\S+)$/m))[1] ?? '';
  await serving.says(/stop with Ctrl-C\n/);
});
afterAll(() => {
  serving.child.kill('SIGKILL');
  remove();
});

test('it makes an evaluation deployment, and shows the keys of which it keeps the hashes alone', () => {
  expect(serving.printed()).toContain('NON-CONTRACTUAL');
  const kept = readFileSync(join(dir, '.tai/credentials.json'), 'utf8');
  for (const holder of ['marketplace', 'owner', 'approver', 'agent']) {
    const [, id, secret] = /^tai_([a-z0-9]+)_([\w-]{43})$/.exec(keyOf(holder)) ?? [];
    expect(kept).toContain(`"${id}"`);
    expect(kept).not.toContain(secret);
  }
  expect(statSync(join(dir, '.tai/keys/eval-ledger.key')).mode & 0o777).toBe(0o600);
});

test('it is ready, opens the tenant for the marketplace, and decides with a receipt', async () => {
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
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
  expect((await post('/marketplace', 'marketplace', { ...event, record })).status).toBe(200);
  const answer = await post('/v1/actions', 'agent', { action: 'trigger_rollback', resource: 'service/checkout' });
  expect(await answer.json()).toMatchObject({ verdict: 'refuse', reasons: [{ code: 'tool_not_found' }], receipt: {} });
});

/** The status of an MCP request under any name: `fetch` would not let a test choose these headers. */
const mcpAs = (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const request = rawRequest(
      `${url}/mcp`,
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${keyOf('agent')}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    request.on('error', reject);
    request.end('{"jsonrpc":"2.0","id":1,"method":"ping"}');
  });

test('MCP is served under the names that were allowed and those of loopback, and under no other', async () => {
  const { port } = new URL(url);
  const served = await mcpAs({});
  expect(served).not.toBe(403);
  for (const headers of [
    { host: 'tai.example.com' },
    { host: `tai.example.com:${port}` },
    { host: `localhost:${port}`, origin: 'http://localhost:3000' },
    { host: 'tai.example.com', origin: 'https://app.example.com' },
  ])
    expect(await mcpAs(headers), JSON.stringify(headers)).toBe(served);
  // What a page of somebody else's sends, whose name was rebound to this address.
  for (const headers of [
    { host: 'evil.example.com' },
    { host: `evil.example.com:${port}` },
    { host: 'tai.example.com.evil.example.com' },
    { host: 'app.example.com' },
    { host: 'tai.example.com', origin: 'https://evil.example.com' },
    { host: 'tai.example.com', origin: 'https://tai.example.com' },
    { host: '127.0.0.1', origin: 'null' },
  ])
    expect(await mcpAs(headers), JSON.stringify(headers)).toBe(403);
});

test.each([
  'https://tai.example.com',
  'tai.example.com:443',
  'tai.example.com/mcp',
  '',
  'a,,b',
  'TAI.example.com',
  '*',
])('a name that no request could have is refused: %j', async (name) => {
  for (const option of ['--allowed-host', '--allowed-origin']) {
    const { code, err } = await run('serve', '--dir', 'elsewhere', option, name);
    expect(code).toBe(EXIT.unreadable);
    expect(err).toContain(`${option}: expected host names with commas`);
  }
  expect(existsSync(join(dir, 'elsewhere'))).toBe(false);
});

test('meanwhile, tai serve on its folder says which process holds the ledger, and what to do', async () => {
  const { code, err } = await run('serve', '--port', '0');
  expect(code).toBe(EXIT.unreadable);
  expect(err).toMatch(/^tai: .*ledger\.db.*\n$/);
  expect(err).toContain(`process ${serving.child.pid} holds it, since 20`);
  expect(err).toContain('stop it, or ask it through its HTTP or MCP door');
});

/** The status of a session of the approvers' page. */
const sessionStatus = async (at: string, cookie: string): Promise<number> =>
  (await fetch(`${at}/approvals/session`, { headers: { cookie, 'tai-approvals': '1' } })).status;

test('at SIGTERM it ends with 0, and leaves a ledger that opens again', async () => {
  const headers = {
    authorization: `Bearer ${keyOf('approver')}`,
    'content-type': 'application/json',
    'tai-approvals': '1',
  };
  const signedIn = await fetch(`${url}/approvals/session`, { method: 'POST', headers, body: '{}' });
  session = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  expect(await sessionStatus(url, session)).toBe(200);
  serving.child.kill('SIGTERM');
  expect(await serving.ended).toBe(0);
  const store = await openSqliteStore(join(dir, '.tai/ledger.db'));
  if (store._tag === 'Left') throw new Error(store.left.detail);
  // The tenant's, and the operator's, which names it.
  expect(await store.right.ledgers()).toMatchObject({
    right: [expect.stringMatching(/./), expect.stringMatching(/./)],
  });
  await store.right.close();
});

test('another process with the same keys takes the sessions of approvers that the first one began', async () => {
  // What was written last is days old, as it is after a pause, or for a clock that is ahead: that is said.
  const long = new Date(Date.now() - 3.5 * 86_400_000);
  for (const name of ['ledger.db', ...readdirSync(join(dir, '.tai/keys')).map((key) => `keys/${key}`)])
    utimesSync(join(dir, '.tai', name), long, long);
  const next = startTai(dir, 'serve', '--port', '0');
  const [, at = ''] = await next.says(/^serving on (\S+)$/m);
  expect(next.printed()).toContain('was written last on ');
  expect(next.printed()).toContain(', 3 days before the clock; if the clock is ahead, stop now');
  expect(await sessionStatus(at, session)).toBe(200);
  expect(await sessionStatus(at, `${session.slice(0, -2)}xx`)).toBe(401);
  next.child.kill('SIGTERM');
  expect(await next.ended).toBe(0);
});

test('a ledger file that is none: said in one line, exit 2, and left as it was', async () => {
  const ledger = join(dir, '.tai/ledger.db');
  writeFileSync(ledger, 'not a ledger, but a note of some length that somebody misplaced'.repeat(20));
  const before = readFileSync(ledger);
  const { code, err } = await run('mcp', '--tenant', 'acme');
  expect(code).toBe(EXIT.unreadable);
  expect(err).toMatch(/^tai: ledger file .*ledger\.db: this is not a ledger file .*\n$/);
  expect(readFileSync(ledger)).toEqual(before);
});

test('who stops it as soon as it says that it serves sees it end with 0', () => {
  // The signal goes out within the write itself: a process that listens later is ended by it.
  const atOnce = `
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text, ...rest) => {
      if (String(text).includes('serving on')) process.kill(process.pid, 'SIGTERM');
      return write(text, ...rest);
    };`;
  const loaded = `data:text/javascript,${encodeURIComponent(atOnce)}`;
  const { status, signal } = spawnSync(process.execPath, ['--import', loaded, TAI, 'serve', '--port', '0'], {
    cwd: scratch(),
    stdio: 'pipe',
  });
  expect({ status, signal }).toEqual({ status: EXIT.ok, signal: null });
});
