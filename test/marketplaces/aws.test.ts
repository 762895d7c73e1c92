/** AWS Marketplace: what SNS signed, what EventBridge sends, and the entitlements that are read back. */
import { readdirSync, readFileSync } from 'node:fs';
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import { awsHeaders, awsVendor, snsReader } from '@tai-autonomics/adapter-http/marketplaces';
import { memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clockAt, TENANT } from '../governor/kit.ts';
import { answered, posting } from '../http/door.ts';
import { ACCOUNT, entitled, type FakeAws, PRODUCT, serveAws } from './fake-aws.ts';
import { bytesOf, entitledTo, keptIn, NOW, openDesk } from './kit.ts';
import { CERTIFICATE, CERTIFICATE_URL, type SnsCase, signed, snsCases, TOPIC } from './sns-cases.ts';

const folder = new URL('../vectors/marketplaces/sns/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const LATER = () => Date.parse('2027-01-01T00:00:00Z');

let aws: FakeAws;
beforeAll(async () => {
  aws = await serveAws();
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.entitlements.length = 0;
  aws.asked.length = 0;
  aws.status = 200;
});

const clock = clockAt(NOW);
const vendor = (products = [PRODUCT]) =>
  awsVendor({
    products,
    endpoint: aws.endpoint,
    clock,
    credentials: async () =>
      E.right({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' }),
    limits: { timeoutMs: 2_000, tries: 2, pauseMs: 1 },
  });
const TABLES = {
  tenants: { [ACCOUNT]: TENANT },
  plans: { [`${PRODUCT}/pro`]: 'professional', [`${PRODUCT}/base`]: 'base' },
};
const bodyOf = (action: string, more: object = {}) => ({
  action,
  'customer-identifier': 'ifAPi5AcF3',
  'product-code': PRODUCT,
  ...more,
});

describe('a message of SNS', () => {
  test('is stored for each case, as it is made', () => {
    expect(files.map((name) => name.replace('.json', ''))).toEqual(Object.keys(snsCases).sort());
    for (const [name, made] of Object.entries(snsCases))
      expect(JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))).toEqual(made);
  });

  test.for(files)('%s', async (name) => {
    const { is, message }: SnsCase = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    const asked: string[] = [];
    const fetch = async (url: string) => {
      asked.push(url);
      return E.right(new Uint8Array(Buffer.from(CERTIFICATE)));
    };
    const read = await snsReader({ topics: [TOPIC], clock: LATER, fetch }).read(bytesOf(message));
    expect(E.isRight(read) ? read.right.kind : read.left).toBe(is);
    // Nothing is asked but SNS’s own certificate, whatever a message says.
    expect(asked.filter((url) => url !== CERTIFICATE_URL)).toEqual([]);
    if (name.startsWith('topic') || name.startsWith('certificate')) expect(asked).toEqual([]);
  });

  test('counts as long as its certificate does, and waits while that cannot be had', async () => {
    const message = bytesOf(snsCases['notification-version-2']?.message);
    const certificate = async () => E.right(new Uint8Array(Buffer.from(CERTIFICATE)));
    const read = (at: number, fetch: () => Promise<E.Either<string, Uint8Array>>) =>
      snsReader({ topics: [TOPIC], clock: () => at, fetch }).read(message);
    expect(await read(Date.parse('2026-01-01T00:00:00Z'), certificate)).toEqual(E.left('forged'));
    expect(await read(LATER(), async () => E.left('down'))).toEqual(E.left('unavailable'));
    expect(await read(LATER(), async () => E.right(bytesOf('no certificate')))).toEqual(E.left('forged'));
  });
});

describe('a route of AWS', () => {
  const { credential, secretText: key } = mintCredential(systemRandom, {
    subject: { type: 'marketplace', id: 'aws' },
    scope: [],
  });
  const open = async (isDown = false) => {
    const setting = await openDesk(vendor(), TABLES, clock);
    const asked: string[] = [];
    const fetch = async (url: string) => {
      asked.push(url);
      return isDown ? E.left('down') : E.right(new Uint8Array(Buffer.from(CERTIFICATE)));
    };
    const sns = snsReader({ topics: [TOPIC], clock: LATER, fetch });
    const { governor } = setting;
    const door = createHttpDoor({
      governor,
      credentials: memoryCredentials([credential]),
      marketplace: { desks: { aws: setting.desk }, sns },
    });
    const post = async (path: string, body: unknown, sent: Parameters<typeof posting>[2] = {}) =>
      answered(await door.fetch(posting(path, body, sent)));
    return { setting, post, asked };
  };
  const text = { headers: { 'content-type': 'text/plain; charset=UTF-8' } };

  test('takes a signed notification as text, without a key', async () => {
    aws.entitlements.push(entitled('pro'));
    const { setting, post } = await open();
    const message = signed({
      ...snsCases['notification-version-2']?.message,
      Message: JSON.stringify(bodyOf('entitlement-updated')),
    } as Record<string, string>);
    expect((await post('/marketplaces/aws/sns', message, text)).status).toBe(204);
    expect(await entitledTo(setting)).toMatchObject({ entitlement_plan: 'professional', entitlement_status: 'active' });
  });

  test('confirms a subscription of its topic, and no other', async () => {
    const { post, asked } = await open();
    expect(
      (await post('/marketplaces/aws/sns', snsCases['confirmation-of-a-subscription']?.message, text)).status,
    ).toBe(204);
    expect(asked.at(-1)).toContain('Action=ConfirmSubscription');
    expect(
      (await post('/marketplaces/aws/sns', snsCases['confirmation-that-leads-elsewhere']?.message, text)).status,
    ).toBe(401);
  });

  test('refuses what is forged, and asks for what it cannot check now to be sent again', async () => {
    const { setting, post } = await open();
    expect((await post('/marketplaces/aws/sns', snsCases['message-changed']?.message, text)).status).toBe(401);
    expect(await keptIn(setting)).toBe(0);
    expect(
      (await (await open(true)).post('/marketplaces/aws/sns', snsCases['notification-version-2']?.message, text))
        .status,
    ).toBe(503);
  });

  test('takes an event of EventBridge with a key, and none without', async () => {
    aws.entitlements.push(entitled('base'));
    const { setting, post } = await open();
    const event = {
      version: '0',
      id: 'abcd1234',
      'detail-type': 'Purchase Agreement Created - Manufacturer',
      source: 'aws.agreement-marketplace',
      detail: { agreement: { id: 'agmt-9xyz', intent: 'NEW' }, acceptor: { accountId: ACCOUNT } },
    };
    expect((await post('/marketplaces/aws/events', event)).status).toBe(401);
    expect((await post('/marketplaces/aws/events', event, { key })).status).toBe(204);
    expect(await entitledTo(setting)).toMatchObject({ entitlement_plan: 'base' });
    expect(await keptIn(setting)).toBe(0);
  });
});

describe('what AWS’s customers have', () => {
  test('is asked with a signature, page by page, and ends with its date', async () => {
    aws.entitlements.push(
      entitled('base'),
      entitled('unnamed'),
      entitled('other', { CustomerAWSAccountId: '999999999999', CustomerIdentifier: 'another' }),
    );
    const setting = await openDesk(vendor(), TABLES, clock);
    expect(await setting.desk.take(bytesOf(bodyOf('subscribe-success')))).toMatchObject({ standing: { is: 'done' } });
    expect(aws.asked[0]?.headers).toMatchObject({
      'x-amz-target': 'AWSMPEntitlementService.GetEntitlements',
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-security-token': 'session',
    });
    expect(String(aws.asked[0]?.headers['authorization'])).toContain('/us-east-1/aws-marketplace/aws4_request');
    expect(await entitledTo(setting)).toMatchObject({
      entitlement_id: expect.stringContaining('aws:'),
      entitlement_plan: 'base',
    });
    expect(setting.alarms[0]?.why).toBe(
      'no tenant is named for `999999999999/a1b2c3prod` or `999999999999` or `another`',
    );
  });

  test('is over when it has expired, or when nothing is left', async () => {
    aws.entitlements.push(entitled('pro'));
    const setting = await openDesk(vendor(), TABLES, clock);
    await setting.desk.sync();
    expect(await entitledTo(setting)).toMatchObject({ entitlement_status: 'active' });
    aws.entitlements.length = 0;
    clock.now += 1_000;
    expect(await setting.desk.take(bytesOf(bodyOf('unsubscribe-success')))).toMatchObject({ standing: { is: 'done' } });
    expect(await entitledTo(setting)).toEqual({ entitlement_status: 'cancelled' });
    aws.entitlements.push(entitled('pro', { ExpirationDate: NOW / 1_000 - 5 }));
    clock.now += 1_000;
    await setting.desk.sync();
    expect(await entitledTo(setting)).toEqual({ entitlement_status: 'cancelled' });
  });

  test.for<Record<string, unknown>>([
    { Dimension: undefined },
    { ExpirationDate: 'soon' },
    { ProductCode: PRODUCT, CustomerAWSAccountId: 7, CustomerIdentifier: '' },
  ])('is as it was while an entitlement cannot be read: %j', async (wrong) => {
    aws.entitlements.push(entitled('pro'));
    const setting = await openDesk(vendor(), TABLES, clock);
    await setting.desk.sync();
    const before = await entitledTo(setting);
    aws.entitlements.splice(0, 1, entitled('pro', wrong));
    clock.now += 1_000;
    expect(await setting.desk.take(bytesOf(bodyOf('entitlement-updated')))).toMatchObject({
      standing: { is: 'stuck' },
    });
    expect(await entitledTo(setting)).toEqual(before);
  });

  test('is ended by a sync when it has vanished without a message', async () => {
    aws.entitlements.push(entitled('pro'));
    const setting = await openDesk(vendor(), TABLES, clock);
    await setting.desk.sync();
    aws.entitlements.length = 0;
    clock.now += 1_000;
    await setting.desk.sync();
    expect(await entitledTo(setting)).toEqual({ entitlement_status: 'cancelled' });
  });

  test('of a product that isn’t read back is kept, and told', async () => {
    const setting = await openDesk(vendor(), TABLES, clock);
    expect(
      await setting.desk.take(bytesOf({ ...bodyOf('subscribe-success'), 'product-code': 'usage-only' })),
    ).toMatchObject({ answer: 'kept', standing: { is: 'stuck' } });
    expect(await keptIn(setting)).toBe(1);
  });

  test('is known by older names, once the entitlements have said whose they are', async () => {
    aws.entitlements.push(entitled('base'));
    const setting = await openDesk(vendor(), TABLES, clock);
    const old = { action: 'entitlement-updated', CustomerIdentifier: 'ifAPi5AcF3', ProductCode: PRODUCT };
    expect(await setting.desk.take(bytesOf(old))).toMatchObject({ standing: { is: 'done' } });
    expect(await entitledTo(setting)).toMatchObject({ entitlement_plan: 'base' });
  });
});

test('the signature is that of the documentation’s own example', () => {
  const { authorization } = awsHeaders(
    {
      method: 'GET',
      url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    },
    '',
    {
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
      region: 'us-east-1',
      service: 'iam',
      at: Date.parse('2015-08-30T12:36:00Z'),
    },
  );
  expect(authorization).toContain('Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7');
});
