/** The operator's door: whose keys count, what is recorded before it is done, and what is asked twice. */
import { createOperatorDoor, OPERATOR_OPENAPI, type OperatedDeployment } from '@tai-autonomics/adapter-http/operator';
import {
  type Credential,
  formatCredentials,
  memoryCredentials,
  parseCredentials,
  verifyKey,
} from '@tai-autonomics/governor';
import { memoryOperatorKeys, mintOperatorKey, type OperatorRight } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { declaredOrThrow } from './declared.ts';
import { answered, getting, openDoor, posting, keys as tenantKeys } from './door.ts';
import { type FakeGovernor, fakeGovernor, notDecided } from './fake-governor.ts';
import { faultsOf } from './schema.ts';

const AT = Date.parse('2026-11-21T08:00:00Z');
const olga = mintOperatorKey(systemRandom, { operator: 'olga' });
const reader = mintOperatorKey(systemRandom, { operator: 'dashboard', may: ['read'] });
const gone = mintOperatorKey(systemRandom, { operator: 'gone', disabled: true });
const late = mintOperatorKey(systemRandom, { operator: 'late', expiresAt: '2026-11-21T08:00:00Z' });

interface Kit {
  readonly governor: FakeGovernor;
  readonly credentials: () => readonly Credential[];
  readonly ask: (
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    id?: string,
    key?: string,
  ) => ReturnType<typeof answered>;
}

const kit = (change: Partial<OperatedDeployment> = {}, governor: FakeGovernor = knowing()): Kit => {
  let credentials: readonly Credential[] = [];
  const deployment: OperatedDeployment = {
    tenants: async () => E.right({ open: [], notOpen: ['acme'], unnamed: 2 }),
    catalogs: {
      read: async () => E.right(undefined),
      write: async () => E.right('digest'),
    },
    credentials: {
      read: async () => E.right(credentials),
      change: async (make) => {
        const made = make(credentials);
        if (E.isLeft(made)) return E.left([made.left]);
        const lawful = parseCredentials(JSON.parse(formatCredentials(made.right)));
        if (E.isLeft(lawful)) throw new Error(JSON.stringify(lawful.left));
        credentials = made.right;
        return made;
      },
    },
    sealing: {
      list: async () => E.right({ active: 'A', older: [], tenants: [] }),
      held: async () => E.right({ active: 'A', older: [] }),
      next: async () => E.right('N'),
      rotate: async () => E.left(['no key waits; tai keys new makes one']),
      revoke: async ({ keyId, lastGood = 7 }) =>
        E.right({ revoked: keyId, lastGoodSize: lastGood, origin: 'o', seq: 3, line: 'revoked' }),
    },
    ...change,
  };
  const door = createOperatorDoor({
    governor,
    keys: memoryOperatorKeys([olga.key, reader.key, gone.key, late.key]),
    deployment,
    random: systemRandom,
    clock: () => AT,
  });
  return {
    governor,
    credentials: () => credentials,
    ask: async (method, path, body, id, key = olga.secretText) => {
      const headers = id === undefined ? {} : { 'idempotency-key': id };
      const sent = { key, headers };
      const request =
        method === 'GET'
          ? getting(path, sent)
          : body === undefined
            ? getting(path, sent, 'POST')
            : posting(path, body, sent);
      const response = await door.fetch(request);
      await declaredOrThrow(OPERATOR_OPENAPI, request, response);
      return answered(response);
    },
  };
};

const knowing = (): FakeGovernor => fakeGovernor(undefined, { knows: async (tenant) => E.right(tenant === 'acme') });

test('what is asked about a tenant whose ledger goes on elsewhere is 421, and declared', async () => {
  const governor = fakeGovernor(({ tenant }) => (tenant === 'acme' ? notDecided('moved') : undefined), {
    knows: async () => E.right(true),
  });
  const { ask } = kit({}, governor);
  expect(await ask('POST', '/operator/v1/tenants/acme/actions', { action: 'resume_tenant' })).toMatchObject({
    status: 421,
    json: { code: 'moved' },
  });
  expect(await ask('POST', '/operator/v1/tenants/acme/catalog', library)).toMatchObject({ status: 421 });
});

const bot = { subject: { type: 'agent', id: 'bot' }, tenant: 'acme', scope: ['read_deployment'] };

test.for([
  '/srv/tai/.tai/ledger.db: was deleted',
  '/home/a person/.tai/ledger.db: cannot be read',
  "ENOENT: no such file or directory, open '/srv/tai/ledger.db'",
  'C:\\srv\\tai\\ledger.db: was deleted',
  'it is being changed; if no command runs, remove /srv/tai/x.lock and try again',
])('%s: what a folder of the machine is called is said to nobody, with a key or without', async (line) => {
  const governor = fakeGovernor(undefined, { ready: async () => [line] });
  const { ask } = kit({ tenants: async () => E.left(line) }, governor);
  for (const path of ['/health/ready', '/operator/v1/tenants']) {
    const { status, text } = await ask('GET', path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toMatch(/srv|a person|\.tai/);
    expect(text).toMatch(/ledger\.db|x\.lock/);
  }
  expect((await answered(await openDoor(governor).fetch(getting('/health/ready')))).text).not.toMatch(/srv|a person/);
});

describe('whose keys count', () => {
  const paths = OPERATOR_OPENAPI['paths'] as Readonly<
    Record<string, Readonly<Record<string, { readonly security?: readonly unknown[] }>>>
  >;

  test('every route but four takes an operator’s key, and no key of a tenant, of a marketplace or of nobody', async () => {
    const { ask, governor } = kit();
    let open = 0;
    for (const [path, item] of Object.entries(paths))
      for (const [method, { security }] of Object.entries(item)) {
        if (security?.length === 0) open += 1;
        else
          for (const key of [
            tenantKeys.owner,
            tenantKeys.agent,
            tenantKeys.shop,
            gone.secretText,
            late.secretText,
            'taiop_0000_x',
            '',
          ])
            expect([path, (await ask(method.toUpperCase() as 'GET', path, {}, undefined, key)).status]).toEqual([
              path,
              401,
            ]);
      }
    expect(open).toBe(4);
    expect(governor.asked).toEqual([]);
  });

  test('an operator’s key is nobody’s at the doors of tenants', async () => {
    const { status } = await openDoor(knowing()).fetch(getting('/v1/whoami', { key: olga.secretText }));
    expect(status).toBe(401);
  });

  test.for<{ readonly right: OperatorRight; readonly path: string; readonly body?: unknown }>([
    { right: 'tenants', path: '/operator/v1/tenants/acme/actions', body: { action: 'resume_tenant' } },
    { right: 'catalogs', path: '/operator/v1/tenants/acme/catalog', body: {} },
    { right: 'credentials', path: '/operator/v1/credentials', body: bot },
    { right: 'keys', path: '/operator/v1/keys/next' },
  ])('a key that may only read may not change $right', async ({ path, body }) => {
    const { ask, governor } = kit();
    const { status, json } = await ask('POST', path, body, undefined, reader.secretText);
    expect([status, json['code']]).toEqual([403, 'forbidden']);
    expect(governor.asked).toEqual([]);
    expect((await ask('GET', '/operator/v1/tenants', undefined, undefined, reader.secretText)).status).toBe(200);
  });
});

describe('a tenant', () => {
  test('is suspended in its own ledger, after the operator’s says so, both as that operator', async () => {
    const { ask, governor } = kit();
    const body = { action: 'suspend_tenant', arguments: { why: 'payment', finding: 'two invoices' } };
    const { status, json } = await ask('POST', '/operator/v1/tenants/acme/actions', body, 'once');
    expect([status, json['verdict']]).toEqual([200, 'approve']);
    expect(json['operation']).toMatchObject({ origin: `test/${OPERATOR}` });
    expect(json['receipt']).toMatchObject({ origin: 'test/acme' });
    const subject = { type: 'system', id: 'olga' };
    expect(governor.asked.map(({ caller, asked }) => [caller.tenant, caller.subject, asked.action, asked.id])).toEqual([
      [OPERATOR, subject, 'record_operation', 'once'],
      ['acme', subject, 'suspend_tenant', 'once'],
    ]);
    const again = await ask('POST', '/operator/v1/tenants/acme/actions', body, 'once');
    expect(again.json['repeated']).toBe(true);
    const other = await ask('POST', '/operator/v1/tenants/acme/actions', { action: 'resume_tenant' }, 'once');
    expect([other.status, other.json['code']]).toEqual([409, 'intent_conflict']);
  });

  test.for([
    { note: 'an action that is no operator’s', path: 'acme', body: { action: 'rotate_key' }, status: 400 },
    {
      note: 'a member that nobody knows',
      path: 'acme',
      body: { action: 'resume_tenant', tenant: 'umbrella' },
      status: 400,
    },
    {
      note: 'the operator’s own ledger',
      path: encodeURIComponent(OPERATOR),
      body: { action: 'suspend_tenant' },
      status: 400,
    },
    { note: 'a tenant without a ledger', path: 'nobody', body: { action: 'resume_tenant' }, status: 404 },
    { note: 'a tenant with a control character', path: 'a%0Ab', body: { action: 'resume_tenant' }, status: 400 },
  ])('$note is $status, and nothing is recorded', async ({ path, body, status }) => {
    const { ask, governor } = kit();
    expect((await ask('POST', `/operator/v1/tenants/${path}/actions`, body)).status).toBe(status);
    expect(governor.asked).toEqual([]);
  });
});

describe('a credential', () => {
  test('is made after it is recorded, shown once, and counts', async () => {
    const { ask, governor, credentials } = kit();
    const first = await ask('POST', '/operator/v1/credentials', bot, 'make-bot');
    expect(first.status).toBe(200);
    const { key, keyId } = first.json as { readonly key: string; readonly keyId: string };
    expect(E.isRight(await verifyKey(memoryCredentials(credentials()), key))).toBe(true);
    const [{ asked } = { asked: undefined }] = governor.asked;
    expect(asked?.action).toBe('record_operation');
    expect(JSON.stringify(asked)).not.toContain(key.slice(-20));
    const again = await ask('POST', '/operator/v1/credentials', bot, 'make-bot');
    expect(again.json).toMatchObject({ keyId, repeated: true });
    expect(again.json['key']).toBeUndefined();
    expect(credentials()).toHaveLength(1);
  });

  test('that was recorded and not made, since the process died in between, is made when it is asked for again', async () => {
    let dies = true;
    const governor = knowing();
    const whole = kit({}, governor);
    const dying = kit(
      {
        credentials: {
          read: async () => E.right([]),
          change: async () => {
            dies = false;
            throw new Error('the process dies');
          },
        },
      },
      governor,
    );
    expect((await dying.ask('POST', '/operator/v1/credentials', bot, 'x')).status).toBe(500);
    expect(dies).toBe(false);
    const after = await whole.ask('POST', '/operator/v1/credentials', bot, 'x');
    expect(after.json).toMatchObject({ repeated: true, key: expect.stringMatching(/^tai_/) });
  });

  test('is not made, changed or ended where the record is refused or cannot be written', async () => {
    const refusing = fakeGovernor((_caller, asked) =>
      asked.action === 'record_operation' ? { decided: false, why: 'store_unavailable', detail: 'd' } : undefined,
    );
    const { ask, credentials } = kit({}, refusing);
    expect((await ask('POST', '/operator/v1/credentials', bot)).status).toBe(503);
    expect(credentials()).toEqual([]);
  });

  test('rotates: the old one ends, at once or later, and one that is disabled gets no successor', async () => {
    const { ask, credentials } = kit();
    const { json } = await ask('POST', '/operator/v1/credentials', bot);
    const old = json['keyId'] as string;
    const later = await ask('POST', `/operator/v1/credentials/${old}/rotate`, { overlapUntil: '2026-11-28T08:00:00Z' });
    expect(later.json).toMatchObject({ subject: bot.subject, key: expect.stringMatching(/^tai_/) });
    expect(credentials()[0]).toMatchObject({ keyId: old, expiresAt: '2026-11-28T08:00:00.000Z' });
    expect((await ask('POST', `/operator/v1/credentials/${old}/disable`)).json).toMatchObject({ state: 'disabled' });
    expect((await ask('POST', `/operator/v1/credentials/${old}/rotate`, {})).status).toBe(409);
    expect((await ask('POST', '/operator/v1/credentials/0000/disable')).json).toMatchObject({ code: 'no_key' });
    const listed = await ask('GET', '/operator/v1/credentials');
    expect(listed.json['credentials']).toMatchObject([{ state: 'disabled' }, { state: 'live' }]);
    expect(listed.text).not.toContain('hash');
  });

  test.for([
    { note: 'a key of the operator’s ledger', body: { ...bot, tenant: OPERATOR } },
    { note: 'a marketplace with a tenant', body: { subject: { type: 'marketplace', id: 'm' }, tenant: 'acme' } },
    { note: 'the system', body: { ...bot, subject: { type: 'system', id: 'governor' } } },
    { note: 'a role that nobody has', body: { ...bot, scope: ['root'] } },
    { note: 'an end that has come', body: { ...bot, expiresAt: '2026-11-21T07:00:00Z' } },
    { note: 'a hash of one’s own', body: { ...bot, hash: 'A'.repeat(43) } },
  ])('$note is 400, and nothing is recorded', async ({ body }) => {
    const { ask, governor } = kit();
    expect((await ask('POST', '/operator/v1/credentials', body)).status).toBe(400);
    expect(governor.asked).toEqual([]);
  });
});

test('a catalog that does not load is said to be none, and nothing is recorded; one that loads is kept and asked for', async () => {
  const { ask, governor } = kit();
  expect((await ask('POST', '/operator/v1/tenants/acme/catalog', { packs: 1 })).json).toMatchObject({
    code: 'not_done',
  });
  expect(governor.asked).toEqual([]);
  const { status, json } = await ask('POST', '/operator/v1/tenants/acme/catalog', library);
  expect([status, json['verdict']]).toEqual([200, 'approve']);
  expect(governor.asked.map(({ asked }) => asked.action)).toEqual(['record_operation', 'activate_catalog']);
});

test.for(['record_operation', 'hold_event', 'release_event', 'roll_back_catalog'])(
  'the operator’s own ledger gets no catalog that lacks %s, and nothing is recorded; a tenant’s does',
  async (action) => {
    const { ask, governor } = kit();
    const packs = library.packs.map((pack) => {
      const { [action]: _, ...actions } = pack.actions;
      return { ...pack, actions };
    });
    const lacking = { ...library, packs };
    const own = `/operator/v1/tenants/${encodeURIComponent(OPERATOR)}/catalog`;
    expect((await ask('POST', own, lacking)).json).toMatchObject({
      code: 'not_done',
      detail: expect.stringContaining(`lacks ${action}`),
    });
    expect(governor.asked).toEqual([]);
    expect((await ask('POST', '/operator/v1/tenants/acme/catalog', lacking)).status).toBe(200);
    expect((await ask('POST', own, library)).status).toBe(200);
  },
);

test('keys that seal ledgers: listed, made, rotated and revoked; what is in the way is said, with the receipt', async () => {
  const { ask } = kit();
  expect((await ask('GET', '/operator/v1/keys')).json).toMatchObject({ active: 'A' });
  expect((await ask('POST', '/operator/v1/keys/next')).json).toMatchObject({ next: 'N', repeated: false });
  expect((await ask('POST', '/operator/v1/keys/rotate')).json).toMatchObject({
    code: 'not_done',
    detail: 'no key waits; tai keys new makes one',
    receipt: { origin: `test/${OPERATOR}` },
  });
  expect(
    (await ask('POST', '/operator/v1/keys/0123abcd/revoke', { tenant: 'acme', lastGoodSize: 5 })).json,
  ).toMatchObject({
    lastGoodSize: 5,
  });
});

test('keys that seal ledgers: whoever asks again makes, rotates and revokes nothing that was not asked for', async () => {
  let ring: { active: string; next?: string } = { active: 'A' };
  const did: string[] = [];
  const { ask } = kit({
    sealing: {
      list: async () => E.left(['unused']),
      held: async () => E.right({ ...ring, older: [] }),
      next: async () => {
        did.push('next');
        if (ring.next !== undefined) return E.left(['one waits']);
        ring = { ...ring, next: `after ${ring.active}` };
        return E.right(`after ${ring.active}`);
      },
      rotate: async (key, repeated) => {
        did.push(`rotate to ${key}${repeated ? ' again' : ''}`);
        if (ring.next === key) ring = { active: key };
        return ring.active === key ? E.right({ moved: 1, left: 0, vkeys: [] }) : E.left(['another key']);
      },
      revoke: async ({ keyId, id }) => {
        did.push(`revoke as ${id}`);
        return E.right({ revoked: keyId, lastGoodSize: 1, origin: 'o', seq: 1, line: '' });
      },
    },
  });
  const post = async (path: string, id: string, body?: object) => {
    const { status, json } = await ask('POST', `/operator/v1/keys/${path}`, body, id);
    return [status, json['repeated'] ?? json['code'], json['next']];
  };
  expect(await post('next', 'n')).toEqual([200, false, 'after A']);
  expect(await post('next', 'n')).toEqual([200, true, 'after A']);
  expect(await post('rotate', 'r')).toEqual([200, false, undefined]);
  expect(await post('rotate', 'r')).toEqual([200, true, undefined]);
  expect(await post('next', 'n')).toEqual([409, 'intent_conflict', undefined]);
  expect(await post('next', 'm')).toEqual([200, false, 'after after A']);
  expect(await post('rotate', 'r')).toEqual([409, 'intent_conflict', undefined]);
  expect(ring).toEqual({ active: 'after A', next: 'after after A' });
  await post('0123abcd/revoke', 'v', { tenant: 'acme' });
  expect(did).toEqual(['next', 'rotate to after A', 'rotate to after A again', 'next', 'revoke as v']);
});

type Schema = Readonly<Record<string, unknown>>;

/** What the document says otherwise of an answer; a status that it does not name is a fault. */
const schemaFaults = (name: string, { status, headers, json }: Awaited<ReturnType<typeof answered>>) => {
  const [method = '', path = ''] = name.split(' ');
  const operation = (OPERATOR_OPENAPI['paths'] as never as Record<string, Record<string, Schema>>)[path]?.[
    method.toLowerCase()
  ];
  const said = (operation?.['responses'] as Record<string, Schema> | undefined)?.[status];
  const type = headers.get('content-type')?.split(';')[0] ?? '';
  const schema = (said?.['content'] as Record<string, { readonly schema: Schema }> | undefined)?.[type]?.schema;
  return schema === undefined
    ? [`${status} ${type} is not in the interface`]
    : faultsOf(OPERATOR_OPENAPI, schema, json);
};

test('what it answers is what its document says', async () => {
  const { ask } = kit();
  const made = (await ask('POST', '/operator/v1/credentials', bot)).json['keyId'] as string;
  const asked: readonly (readonly ['GET' | 'POST', string, string, unknown?])[] = [
    ['GET', '/operator/v1/whoami', '/operator/v1/whoami'],
    ['GET', '/operator/v1/tenants', '/operator/v1/tenants'],
    [
      'POST',
      '/operator/v1/tenants/{tenant}/actions',
      '/operator/v1/tenants/acme/actions',
      { action: 'approve_nothing' },
    ],
    ['POST', '/operator/v1/tenants/{tenant}/actions', '/operator/v1/tenants/acme/actions', { action: 'resume_tenant' }],
    ['POST', '/operator/v1/tenants/{tenant}/catalog', '/operator/v1/tenants/acme/catalog', library],
    ['GET', '/operator/v1/catalogs/{digest}', `/operator/v1/catalogs/${'A'.repeat(43)}`],
    ['GET', '/operator/v1/credentials', '/operator/v1/credentials'],
    ['POST', '/operator/v1/credentials', '/operator/v1/credentials', bot],
    ['POST', '/operator/v1/credentials/{key}/rotate', `/operator/v1/credentials/${made}/rotate`, {}],
    ['POST', '/operator/v1/credentials/{key}/disable', `/operator/v1/credentials/${made}/disable`],
    ['GET', '/operator/v1/keys', '/operator/v1/keys'],
    ['POST', '/operator/v1/keys/next', '/operator/v1/keys/next'],
    ['POST', '/operator/v1/keys/rotate', '/operator/v1/keys/rotate'],
    ['POST', '/operator/v1/keys/{key}/revoke', '/operator/v1/keys/0123abcd/revoke', { tenant: 'acme' }],
  ];
  for (const [method, template, path, body] of asked) {
    const said = await ask(method, path, body);
    expect([template, said.status, schemaFaults(`${method} ${template}`, said)]).toEqual([template, said.status, []]);
  }
});

test('its interface is served as it is, and as a page', async () => {
  const { ask } = kit();
  expect((await ask('GET', '/openapi.json')).json).toEqual(JSON.parse(JSON.stringify(OPERATOR_OPENAPI)));
  expect((await ask('GET', '/docs')).text).toContain('/operator/v1/tenants');
});
