/** A buyer’s token is resolved by its marketplace alone; the account is bound by an operator’s word, and what was bought is applied then. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { awsBuyers, azureBuyers, type Buyer, googleBuyers } from '@tai-autonomics/adapter-http/marketplaces';
import { createOperatorDoor, type OperatedDeployment } from '@tai-autonomics/adapter-http/operator';
import type { Governor } from '@tai-autonomics/governor';
import { memoryOperatorKeys, mintOperatorKey } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { heldMessages, OPERATOR, wasReleased } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventsOf, right, type Setting, startGovernor } from '../governor/kit.ts';
import { answered, getting, posting } from '../http/door.ts';

type Said = { readonly url: string; readonly headers: Readonly<Record<string, unknown>>; readonly body: string };

/** An API over loopback that answers always the same. */
const serving = async (status: number, json: unknown) => {
  const asked: Said[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    asked.push({ url: request.url ?? '', headers: request.headers, body });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(json));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

const token = async () => E.right('of-the-publisher');
const credentials = async () => E.right({ accessKeyId: 'AKID', secretAccessKey: 'secret' });
const AT = Date.parse('2026-11-25T12:00:00Z');
const clock = () => AT;
const limits = { timeoutMs: 2_000, tries: 1, pauseMs: 1 };

describe('Microsoft', () => {
  test('resolves a token to a subscription and the buyer’s directory', async () => {
    const answer = {
      id: '37f9dea2-4345-438f-b0bd-03d40d28c7e0',
      offerId: 'rollback-guard',
      planId: 'silver',
      subscription: { beneficiary: { tenantId: 'aaaabbbb-0000-cccc-1111-dddd2222eeee' } },
    };
    const { endpoint, asked } = await serving(200, answer);
    const buyer = await azureBuyers({ token, endpoint, limits })('from+the/page==');
    expect(right(buyer)).toEqual({
      account: 'aaaabbbb-0000-cccc-1111-dddd2222eeee',
      purchase: answer.id,
      product: 'rollback-guard/silver',
    } satisfies Buyer);
    expect(asked[0]).toMatchObject({
      url: '/api/saas/subscriptions/resolve?api-version=2018-08-31',
      headers: { 'x-ms-marketplace-token': 'from+the/page==', authorization: 'Bearer of-the-publisher' },
    });
  });

  test.for([
    { note: 'that it does not know', status: 400, json: { code: 'BadArgument' } },
    { note: 'that it answers without a subscription', status: 200, json: {} },
  ])('a token $note is refused', async ({ status, json }) => {
    const { endpoint } = await serving(status, json);
    expect(await azureBuyers({ token, endpoint, limits })('t')).toMatchObject({ left: { fault: 'refused' } });
  });

  test('what is no token is not sent', async () => {
    const { endpoint, asked } = await serving(200, {});
    for (const bad of ['', 'a b', 'a\r\nx-planted: 1', 'x'.repeat(9_000)])
      expect(E.isLeft(await azureBuyers({ token, endpoint, limits })(bad))).toBe(true);
    expect(asked).toEqual([]);
  });
});

describe('AWS', () => {
  const answer = { CustomerIdentifier: 'ifAPi5AcF3', CustomerAWSAccountId: '123456789012', ProductCode: 'a1b2c3prod' };
  const resolve = (endpoint: string, products: readonly string[]) =>
    awsBuyers({ products, credentials, clock, endpoint, limits })('registration');

  test('resolves a token to an account and a product, by a signed call', async () => {
    const { endpoint, asked } = await serving(200, answer);
    expect(right(await resolve(endpoint, ['a1b2c3prod']))).toEqual({
      account: '123456789012',
      purchase: '123456789012/a1b2c3prod',
      product: 'a1b2c3prod',
    });
    expect(asked[0]).toMatchObject({
      headers: {
        'x-amz-target': 'AWSMPMeteringService.ResolveCustomer',
        authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKID\//),
      },
      body: '{"RegistrationToken":"registration"}',
    });
  });

  test('a buyer of somebody else’s product is refused', async () => {
    const { endpoint } = await serving(200, answer);
    expect(await resolve(endpoint, ['another'])).toMatchObject({ left: { fault: 'refused' } });
  });
});

describe('Google', () => {
  const ISSUER = 'https://www.googleapis.com/robot/v1/metadata/x509/cloud-commerce-partner@system.gserviceaccount.com';
  const signed = async (claims: object, at = AT) => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const { endpoint } = await serving(200, { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }] });
    const text = await new SignJWT({ iss: ISSUER, aud: 'shop.example', sub: 'ACC-2f7c', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setIssuedAt(at / 1_000)
      .setExpirationTime(at / 1_000 + 300)
      .sign(privateKey);
    return googleBuyers({ audience: 'shop.example', jwks: `${endpoint}/jwk`, clock })(text);
  };

  test('resolves a token that its marketplace signed for this page', async () => {
    expect(right(await signed({}))).toEqual({ account: 'ACC-2f7c' });
  });

  test.for([
    { note: 'for another page', claims: { aud: 'other.example' } },
    { note: 'of another issuer', claims: { iss: 'https://accounts.google.com' } },
    { note: 'without an account', claims: { sub: '' } },
    { note: 'of yesterday', claims: {}, at: AT - 86_400_000 },
  ])('a token $note is refused', async ({ claims, at }) => {
    expect(await signed(claims, at)).toMatchObject({ left: { fault: 'refused' } });
  });
});

describe('the operator’s door', () => {
  const olga = mintOperatorKey(systemRandom, { operator: 'olga', may: ['marketplaces'] });
  const open = async (instead: (setting: Setting) => Governor = ({ governor }) => governor) => {
    const setting = await startGovernor();
    onTestFinished(() => setting.governor.close());
    const bound: string[] = [];
    const forgotten: string[] = [];
    const marketplaces: NonNullable<OperatedDeployment['marketplaces']> = {
      buyers: () => ({
        azure: async (text) =>
          text === 'good'
            ? E.right({ account: 'dir', purchase: 'sub-1', product: 'o/p' })
            : E.left({ fault: 'refused', detail: 'it is no token' }),
      }),
      bind: async (...all) => {
        bound.push(all.join(' '));
        return E.right(undefined);
      },
      kept: () => heldMessages(setting),
      wasReleased: (digest) => wasReleased(setting, digest),
      forget: (digest) => void forgotten.push(digest),
    };
    const door = createOperatorDoor({
      governor: instead(setting),
      keys: memoryOperatorKeys([olga.key]),
      deployment: { marketplaces } as unknown as OperatedDeployment,
      random: systemRandom,
      clock,
    });
    const ask = async (path: string, body?: object, id?: string) => {
      const sent = { key: olga.secretText, headers: id === undefined ? {} : { 'idempotency-key': id } };
      return answered(await door.fetch(body === undefined ? getting(path, sent) : posting(path, body, sent)));
    };
    return { setting, ask, bound, forgotten };
  };
  const BUYERS = '/operator/v1/marketplaces/azure/buyers';

  test('resolves without a receipt, and binds with one; the token is in no receipt', async () => {
    const { setting, ask, bound } = await open();
    expect((await ask(BUYERS, { token: 'good' })).json).toMatchObject({ account: 'dir', purchase: 'sub-1' });
    expect(await eventsOf(setting, OPERATOR)).toEqual([]);
    const done = await ask(BUYERS, { token: 'good', tenant: 'acme' });
    expect(done.json).toMatchObject({ bound: 'sub-1', tenant: 'acme', receipt: { event: 'operation_recorded' } });
    expect(bound).toEqual(['azure sub-1 acme']);
  });

  test.for([
    { note: 'a token that the marketplace refuses', path: BUYERS, body: { token: 'bad', tenant: 'acme' }, status: 409 },
    { note: 'neither token nor account', path: BUYERS, body: { tenant: 'acme' }, status: 400 },
    {
      note: 'an account that no file can name',
      path: BUYERS,
      body: { account: '__proto__', tenant: 'acme' },
      status: 400,
    },
    { note: 'both', path: BUYERS, body: { token: 'good', account: 'a', tenant: 'acme' }, status: 400 },
    { note: 'a tenant in another spelling', path: BUYERS, body: { token: 'good', tenant: 'ac\u200bme' }, status: 400 },
    {
      note: 'a marketplace that is not connected',
      path: BUYERS.replace('azure', 'aws'),
      body: { token: 'good', tenant: 'acme' },
      status: 409,
    },
  ])('$note binds nobody, and leaves no receipt', async ({ path, body, status }) => {
    const { setting, ask, bound } = await open();
    expect((await ask(path, body)).status).toBe(status);
    expect([bound, await eventsOf(setting, OPERATOR)]).toEqual([[], []]);
  });

  test('dismisses a message that is kept, with the reason, once; another one is none of its business', async () => {
    const { setting, ask, forgotten } = await open();
    const digest = 'A'.repeat(43);
    const asked = { digest, event: JSON.stringify({ marketplace: 'google', message: '{}' }) };
    const google = { tenant: OPERATOR, subject: { type: 'marketplace', id: 'google' }, scope: [] } as const;
    await setting.governor.submit(google, { action: 'hold_event', resource: 'marketplace', arguments: asked });
    expect((await ask('/operator/v1/messages')).json['messages']).toEqual([{ digest, marketplace: 'google' }]);
    const path = `/operator/v1/messages/${digest}/dismiss`;
    expect((await ask(path, {})).status).toBe(400);
    const done = await ask(path, { why: 'the offer was a test, and is gone' });
    expect(done.json).toMatchObject({
      released: { event: 'event_released' },
      receipt: { event: 'operation_recorded' },
    });
    expect(await eventsOf(setting, OPERATOR)).toEqual(['event_held', 'operation_recorded', 'event_released']);
    expect(forgotten).toEqual([digest]);
    expect((await ask('/operator/v1/messages')).json['messages']).toEqual([]);
    expect((await ask(path, { why: 'again' })).status).toBe(409);
  });

  const digest = 'B'.repeat(43);
  const path = `/operator/v1/messages/${digest}/dismiss`;
  const why = { why: 'the offer was a test' };
  const hold = ({ governor }: Setting) =>
    governor.submit(
      { tenant: OPERATOR, subject: { type: 'marketplace', id: 'google' }, scope: [] },
      {
        action: 'hold_event',
        resource: 'marketplace',
        arguments: { digest, event: JSON.stringify({ marketplace: 'google', message: '{}' }) },
      },
    );

  test('a dismissal whose answer was lost has the same answer again; another one, or of what was never kept, has not', async () => {
    const { setting, ask } = await open();
    expect((await ask(path, why, 'x')).status).toBe(409);
    await hold(setting);
    const first = await ask(path, why, 'once');
    const again = await ask(path, why, 'once');
    expect([first.json['repeated'], again.json['repeated']]).toEqual([false, true]);
    expect(again.json).toEqual({ ...first.json, repeated: true });
    expect((await ask(path, why, 'another')).json).toMatchObject({ code: 'not_done' });
    expect((await ask(path, { why: 'another reason' }, 'once')).json).toMatchObject({ code: 'intent_conflict' });
  });

  test('a message whose release is refused is not said to be dismissed', async () => {
    const refusing = ({ governor }: Setting): Governor => ({
      ...governor,
      submit: (caller, asked) =>
        governor.submit(
          asked.action === 'release_event' ? { ...caller, subject: { type: 'marketplace', id: 'm' } } : caller,
          asked,
        ),
    });
    const { setting, ask, forgotten } = await open(refusing);
    await hold(setting);
    expect(await ask(path, why)).toMatchObject({ status: 409, json: { code: 'not_done' } });
    expect(forgotten).toEqual([]);
    expect(right(await heldMessages(setting))).toHaveLength(1);
  });
});
