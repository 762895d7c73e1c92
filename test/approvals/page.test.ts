/** The page of approvers at its own interface: who gets a session, what a session may ask, and what another site can't. */

import { createApproverPage } from '@tai-autonomics/adapter-http/node';
import { approvalBytes, approverKeyBytes, formatInstant, type ShownRefusal } from '@tai-autonomics/core/engine';
import { memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codes, eventsOf, people, rollback, TENANT } from '../governor/kit.ts';
import { runs } from '../runs.ts';
import { createAuthenticator } from './authenticator.ts';
import { type Office, openOffice, secrets } from './office.ts';

const { agent, approver } = people();
const URL_OF = 'https://approvals.example.com';
const NO_BYTES = new Uint8Array(0);

interface Asking {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Readonly<Record<string, unknown>>;
}

const ask = async ({ page }: Pick<Office, 'page'>, path: string, asking: Asking = {}): Promise<Answered> => {
  const { method = asking.body === undefined ? 'GET' : 'POST', body, headers } = asking;
  const response = await page.fetch(
    new Request(`${URL_OF}${path}`, {
      method,
      headers: {
        'tai-approvals': '1',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : { text } };
};

const signIn = (office: Pick<Office, 'page'>, secret: string): Promise<Answered> =>
  ask(office, '/approvals/session', { body: {}, headers: { authorization: `Bearer ${secret}` } });

/** The cookie of a session, as a browser sends it back. */
const cookieOf = ({ headers }: Answered): string => (headers.get('set-cookie') ?? '').split(';')[0] ?? '';

const intent = (office: Office, cookie: string, body: unknown, headers = {}): Promise<Answered> =>
  ask(office, '/approvals/intents', { body, headers: { cookie, ...headers } });

interface Listed {
  readonly ledger: string;
  readonly approver: string;
  readonly key?: string;
  readonly signed: boolean;
  readonly pending: readonly (ShownRefusal & {
    readonly submit: readonly { readonly action: string; readonly resource: string; readonly arguments: object }[];
  })[];
}

const list = async (office: Office, cookie: string): Promise<Listed> => {
  const { json } = await intent(office, cookie, { action: 'pending_approvals', resource: '*', arguments: {} });
  return (json['outcome'] as { readonly result: Listed }).result;
};

test('an approver signs in, registers a passkey, and approves what it sees; then the requester goes on', async () => {
  const office = await openOffice();
  const cookie = cookieOf(await signIn(office, secrets.approver));
  const passkey = createAuthenticator(URL_OF);
  const before = await list(office, cookie);
  expect([before.key, before.signed]).toEqual([undefined, false]);
  const proof = passkey.sign(approverKeyBytes(before.ledger, before.approver, passkey.key) ?? NO_BYTES);
  const registered = await intent(office, cookie, {
    action: 'register_approver_key',
    resource: '*',
    arguments: { key: passkey.key, signature: proof },
  });
  expect(registered.json).toMatchObject({ verdict: 'approve' });
  const { ledger, approver: ref, pending, key } = await list(office, cookie);
  expect(key).toBe(passkey.key);
  const [one] = pending;
  const [submit] = one?.submit ?? [];
  if (one === undefined || submit === undefined) throw new Error('nothing waits');
  const { receipt, leaf, requester, action, arguments: args, resource, plan, catalog } = one;
  const shown = { receipt, leaf, requester, action, arguments: args, resource, plan, catalog };
  const expiresAt = formatInstant(office.setting.clock.now + 3_600_000);
  const said = { ledger, approver: ref, by: submit.action, shown, nonce: 'n1', expiresAt };
  const signature = passkey.sign(approvalBytes(said) ?? NO_BYTES);
  const given = { ...submit.arguments, expires_at: expiresAt, nonce: 'n1', signature };
  const asked = { action: submit.action, resource: submit.resource, arguments: given };
  expect((await intent(office, cookie, asked)).json).toMatchObject({ verdict: 'approve' });
  expect(codes(await office.setting.governor.submit(agent, rollback))).toEqual([]);
});

test('only a person gets a session: no agent, no marketplace, no wrong key', async () => {
  const office = await openOffice();
  expect((await signIn(office, secrets.agent)).status).toBe(403);
  expect((await signIn(office, secrets.shop)).status).toBe(403);
  expect(
    (await signIn(office, `${secrets.approver.slice(0, -1)}${secrets.approver.endsWith('A') ? 'E' : 'A'}`)).status,
  ).toBe(401);
  for (const answer of [await signIn(office, secrets.agent), await ask(office, '/approvals/session')])
    expect(answer.headers.get('set-cookie')).toBeNull();
});

test('the cookie is for this host alone, and no script reads it', async () => {
  const office = await openOffice();
  const answer = await signIn(office, secrets.approver);
  expect(answer.headers.get('set-cookie')).toMatch(
    /^__Host-tai-approvals=[^;]+; Max-Age=3600; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
  );
  expect(JSON.stringify(answer.json)).not.toContain(secrets.approver.slice(-43));
  const ended = await ask(office, '/approvals/session/end', { body: {}, headers: { cookie: cookieOf(answer) } });
  expect(ended.headers.get('set-cookie')).toMatch(/^__Host-tai-approvals=; Max-Age=0;/);
});

test('a session ends after an hour, with its key, and when its key gets another secret', async () => {
  const parts = { tenant: TENANT, subject: { type: 'user', id: 'arthur' }, scope: [] } as const;
  const { credential, secretText } = mintCredential(systemRandom, parts);
  const clock = { now: 1_000_000 };
  let kept = [credential];
  const { setting } = await openOffice();
  const page = createApproverPage({
    governor: setting.governor,
    credentials: { find: (keyId) => memoryCredentials(kept).find(keyId) },
    clock: () => clock.now,
  });
  const cookie = cookieOf(await signIn({ page }, secretText));
  const status = async (): Promise<number> =>
    (await ask({ page }, '/approvals/session', { headers: { cookie } })).status;
  expect(await status()).toBe(200);
  clock.now += 3_599_999;
  expect(await status()).toBe(200);
  for (const other of [
    [],
    [{ ...credential, disabled: true }],
    [{ ...credential, expiresAt: formatInstant(clock.now) }],
    [{ ...credential, hash: 'B'.repeat(43) }],
    [{ ...credential, subject: { type: 'agent' as const, id: 'arthur' } }],
  ]) {
    kept = other as typeof kept;
    expect(await status()).toBe(401);
  }
  kept = [credential];
  expect(await status()).toBe(200);
  clock.now += 1;
  expect(await status()).toBe(401);
});

test('a session that is changed anywhere, is of another process or stands there twice is none', async () => {
  const office = await openOffice();
  const cookie = cookieOf(await signIn(office, secrets.approver));
  const status = async (text: string, at: Pick<Office, 'page'> = office): Promise<number> =>
    (await ask(at, '/approvals/session', { headers: { cookie: text } })).status;
  expect(await status(`other=1; ${cookie}`)).toBe(200);
  expect(await status(`${cookie}; ${cookie}`)).toBe(401);
  expect(await status(cookie, await openOffice())).toBe(401);
  const start = cookie.indexOf('=') + 1;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: start, max: cookie.length - 2 }),
      fc.constantFrom(...'0aZ._-'),
      async (at, letter) => {
        fc.pre(cookie[at] !== letter);
        expect(await status(`${cookie.slice(0, at)}${letter}${cookie.slice(at + 1)}`)).toBe(401);
      },
    ),
    { numRuns: runs(100) },
  );
});

test('a session is no key: it asks for approvals alone, and as nobody but its own subject', async () => {
  const office = await openOffice();
  const cookie = cookieOf(await signIn(office, secrets.owner));
  const grant = {
    action: 'grant_role',
    resource: 'people',
    arguments: { subject: 'agent:bot', roles: ['write_config'] },
  };
  expect((await intent(office, cookie, grant)).status).toBe(403);
  const signatures = { action: 'require_signatures', resource: '*', arguments: { required: true } };
  expect((await intent(office, cookie, signatures)).status).toBe(403);
  const listing = { action: 'pending_approvals', resource: '*', arguments: {} };
  for (const more of [{ subject: 'user:arthur' }, { tenant: 'umbrella' }, { at: '2026-11-21T09:00:00Z' }])
    expect((await intent(office, cookie, { ...listing, ...more })).status).toBe(400);
  // The owner reads what waits, and is no approver.
  const [one] = (await list(office, cookie)).pending;
  const expires_at = formatInstant(office.setting.clock.now + 1_000);
  const [submit] = one?.submit ?? [];
  const asked = { action: submit?.action, resource: submit?.resource, arguments: { ...submit?.arguments, expires_at } };
  expect(JSON.stringify((await intent(office, cookie, asked)).json)).toContain('insufficient_privilege');
});

test('another site cannot ask: nothing is recorded without the page’s header, from elsewhere, or as a form', async () => {
  const office = await openOffice();
  const cookie = cookieOf(await signIn(office, secrets.approver));
  const before = await eventsOf(office.setting);
  const listing = { action: 'pending_approvals', resource: '*', arguments: {} };
  const headers: readonly Readonly<Record<string, string>>[] = [
    { 'tai-approvals': '' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
  ];
  for (const other of headers) expect((await intent(office, cookie, listing, other)).status).toBe(403);
  expect((await intent(office, cookie, listing, { 'content-type': 'text/plain' })).status).toBe(415);
  const options = await ask(office, '/approvals/intents', {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.test' },
  });
  expect([options.status, options.headers.get('access-control-allow-origin')]).toEqual([204, null]);
  expect(await eventsOf(office.setting)).toEqual(before);
  expect((await intent(office, cookie, listing, { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
});

test('a key in the header is no session: the page’s intents come with a cookie', async () => {
  const office = await openOffice();
  const listing = { action: 'pending_approvals', resource: '*', arguments: {} };
  const headers = { authorization: `Bearer ${secrets.approver}` };
  expect((await ask(office, '/approvals/intents', { body: listing, headers })).status).toBe(401);
});

test('the files of the page run in no frame, load nothing from elsewhere, and hold no script or style of their own line', async () => {
  const office = await openOffice();
  for (const path of ['', '/style.css', '/page.js', '/keys.js', '/statement.js']) {
    const { status, headers, json } = await ask(office, `/approvals${path}`);
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const text = String(json['text']);
    expect(text).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\bhttps?:\/\/(?!localhost)[a-z]/,
    );
    if (path === '') expect(text).not.toMatch(/<script(?![^>]* src=)|<style| style=| on[a-z]+=/);
  }
  for (const path of ['/approvals/../../package.json', '/approvals/page.ts', '/approvals/__proto__', '/approvals/'])
    expect((await ask(office, path)).status).toBe(404);
});

test('what waits is read by an approver of the tenant, and by nobody else', async () => {
  const { setting } = await openOffice();
  const nobody = { tenant: TENANT, subject: { type: 'user', id: 'nina' }, scope: [] } as const;
  const answer = await setting.governor.submit(nobody, { action: 'pending_approvals', resource: '*' });
  expect(codes(answer)).toEqual(['insufficient_privilege']);
  expect(codes(await setting.governor.submit(approver, { action: 'pending_approvals', resource: '*' }))).toEqual([]);
});

test('the page writes a statement byte for byte as it is verified, whatever is in it', async () => {
  const path = new URL('../../packages/adapter-http/page/statement.js', import.meta.url).href;
  const theirs = (await import(path)) as {
    readonly approvalBytes: (said: object) => Uint8Array;
    readonly approverKeyBytes: (...said: readonly string[]) => Uint8Array;
  };
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 3 });
  const values = fc.dictionary(fc.string({ maxLength: 8 }), json, { maxKeys: 4 });
  const said = fc.record({
    ledger: text,
    approver: text,
    by: text,
    nonce: text,
    expiresAt: text,
    shown: fc.record({
      receipt: fc.nat(),
      leaf: text,
      requester: fc.record({ type: text, id: text, ref: text }),
      action: text,
      arguments: values,
      resource: text,
      plan: fc.array(fc.record({ step: text, with: values }), { maxLength: 3 }),
      catalog: text,
    }),
  });
  fc.assert(
    fc.property(said, (one) => {
      const ours = approvalBytes(one as unknown as Parameters<typeof approvalBytes>[0]);
      fc.pre(ours !== undefined);
      expect(Buffer.from(theirs.approvalBytes(one)).toString()).toBe(Buffer.from(ours).toString());
    }),
    { numRuns: runs(500) },
  );
  expect(theirs.approverKeyBytes('l', 's', 'k')).toEqual(approverKeyBytes('l', 's', 'k'));
});
