import { readFileSync } from 'node:fs';
import type { Asked, Caller, NotDecided, Submitted } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import { describe, expect, test, vi } from 'vitest';
import { answered, eventOf, getting, keys, openDoor, posting, pushOf } from './door.ts';
import { type FakeGovernor, fakeGovernor, notDecided } from './fake-governor.ts';

const key = keys.shop;
const digestOf = (text: string): string => Buffer.from(nodeSha256(Buffer.from(text))).toString('base64url');
const rejectionsOf = (governor: FakeGovernor) =>
  governor.asked.filter(({ caller }) => caller.tenant === OPERATOR).map(({ asked }) => asked);

describe('a marketplace event', () => {
  test('is asked for in the tenant that it names, under its own id, by the marketplace of the key', async () => {
    const governor = fakeGovernor();
    const { status, json } = await answered(
      await openDoor(governor).fetch(posting('/marketplace', eventOf(), { key })),
    );
    expect([status, json['verdict']]).toEqual([200, 'approve']);
    expect(json['receipt']).toMatchObject({ origin: 'test/acme', seq: 0 });
    expect(governor.asked).toMatchObject([
      {
        caller: { tenant: 'acme', subject: { type: 'marketplace', id: 'shop' }, scope: [] },
        asked: {
          id: 'evt-1',
          action: 'apply_entitlement',
          resource: 'entitlement',
          arguments: { status: 'active', plan_id: 'base' },
        },
      },
    ]);
  });

  test('that is refused is 200 all the same: it has its receipt', async () => {
    const governor = fakeGovernor((caller, asked) => ({
      decided: true,
      decision: {
        verdict: 'refuse',
        reasons: [
          {
            gate: 'precondition',
            code: 'entitlement_superseded',
            means: '',
            facts: [],
            next: { kind: 'none', why: '' },
          },
        ],
        trace: [],
      },
      receipt: { origin: caller.tenant, seq: 4, leaf: '', event: asked.action },
      consequences: [],
      repeated: false,
    }));
    const { status, json } = await answered(
      await openDoor(governor).fetch(posting('/marketplace', eventOf(), { key })),
    );
    expect(status).toBe(200);
    expect(json).toMatchObject({
      verdict: 'refuse',
      reasons: [{ code: 'entitlement_superseded' }],
      receipt: { seq: 4 },
    });
  });

  test('names a plan in another spelling, if the catalog has it', async () => {
    const governor = fakeGovernor();
    const door = openDoor(governor, { aliases: { plans: { 'base-tier': 'base' } } });
    await door.fetch(posting('/marketplace', eventOf({}, { plan_id: 'base-tier' }), { key }));
    expect(governor.asked[0]?.asked.arguments?.['plan_id']).toBe('base');
  });

  test('posted with the key of a tenant is forbidden, and asks nothing', async () => {
    const governor = fakeGovernor();
    for (const path of ['/marketplace', '/pubsub'])
      expect((await openDoor(governor).fetch(posting(path, eventOf(), { key: keys.owner }))).status).toBe(403);
    expect(governor.asked).toEqual([]);
  });

  test('does not let a marketplace ask for anything else', async () => {
    const governor = fakeGovernor();
    const door = openDoor(governor);
    const action = { action: 'apply_entitlement', resource: 'entitlement' };
    expect((await door.fetch(posting('/v1/actions', action, { key }))).status).toBe(403);
    for (const path of ['/v1/tools', '/v1/ledger']) expect((await door.fetch(getting(path, { key }))).status).toBe(403);
    expect(governor.asked).toEqual([]);
  });
});

const known = JSON.stringify(eventOf());
const refusing =
  (why: NotDecided['why']) =>
  (caller: Caller): Submitted | undefined =>
    caller.tenant === OPERATOR ? undefined : notDecided(why);

/** What no tenant's ledger can hold. `status` is what whoever sends it sees: a push of it is not acknowledged. */
const rejected: readonly {
  readonly note: string;
  readonly event: unknown;
  readonly why: string;
  readonly status: number;
  readonly answer?: (caller: Caller, asked: Asked) => Submitted | undefined;
}[] = [
  { note: 'not JSON', event: 'hello', why: 'malformed', status: 400 },
  { note: 'cut off', event: known.slice(0, -1), why: 'malformed', status: 400 },
  { note: 'with a member twice', event: known.replace('{', '{"event":"x",'), why: 'malformed', status: 400 },
  { note: 'with __proto__', event: known.replace('{', '{"__proto__":{},'), why: 'malformed', status: 400 },
  { note: 'nested too deep', event: `${'['.repeat(40)}${']'.repeat(40)}`, why: 'malformed', status: 400 },
  { note: 'larger than a body may be', event: eventOf({ more: 'x'.repeat(70_000) }), why: 'malformed', status: 413 },
  { note: 'a list', event: [], why: 'malformed', status: 422 },
  { note: 'without an id', event: eventOf({ event_id: 7 }), why: 'malformed', status: 422 },
  { note: 'without a record', event: { event: 'entitlement.activated', event_id: 'e' }, why: 'malformed', status: 422 },
  {
    note: 'of a type that nobody knows',
    event: eventOf({ event: 'entitlement.exploded' }),
    why: 'unknown_event',
    status: 422,
  },
  { note: 'of the type toString', event: eventOf({ event: 'toString' }), why: 'unknown_event', status: 422 },
  { note: 'without a tenant', event: eventOf({}, { tenant_id: null }), why: 'unknown_tenant', status: 422 },
  {
    note: 'that names the operator as its tenant',
    event: eventOf({}, { tenant_id: OPERATOR }),
    why: 'unknown_tenant',
    status: 422,
  },
  {
    note: 'of a tenant whose name is not in NFC',
    event: eventOf({}, { tenant_id: 'cafe\u0301' }),
    why: 'malformed',
    status: 400,
  },
  {
    note: 'of a tenant with an invisible character in its name',
    event: eventOf({}, { tenant_id: 'ac\u200dme' }),
    why: 'malformed',
    status: 400,
  },
  {
    note: 'of a tenant that nothing has opened',
    event: eventOf(),
    why: 'unknown_tenant',
    status: 422,
    answer: refusing('unknown_tenant'),
  },
  {
    note: 'whose id was used for another event',
    event: eventOf(),
    why: 'refused',
    status: 409,
    answer: refusing('intent_conflict'),
  },
  { note: 'that fits no receipt', event: eventOf(), why: 'malformed', status: 400, answer: refusing('malformed') },
];

test('a message of another format is not acknowledged, however often it is pushed; its digest is recorded once', async () => {
  const native = JSON.parse(readFileSync('test/vectors/field/market-gcp-native-push/message.json', 'utf8')) as object;
  for (const foreign of [
    native,
    {},
    { event: null },
    { eventType: 'x', entitlement: {} },
    { ...eventOf(), event: 7 },
  ]) {
    const governor = fakeGovernor();
    const door = openDoor(governor);
    for (const path of ['/pubsub', '/pubsub', '/marketplace']) {
      const body = path === '/pubsub' ? pushOf(foreign) : foreign;
      const response = await door.fetch(posting(path, body, { key }));
      expect([response.status, await response.text()]).toEqual([422, expect.stringContaining('needs an adapter')]);
    }
    expect(await governor.head(OPERATOR)).toMatchObject({ right: { size: 1 } });
  }
});

describe('an event that no tenant’s ledger can hold', () => {
  test.for(rejected)(
    'pushed, is recorded in the operator’s and not acknowledged: $note',
    async ({ event, why, status, answer }) => {
      const governor = fakeGovernor(answer);
      const door = openDoor(governor);
      const text = typeof event === 'string' ? event : JSON.stringify(event);
      for (let n = 0; n < 2; n++) {
        const answer = await answered(await door.fetch(posting('/pubsub', pushOf(event), { key })));
        expect([answer.status, answer.json['why']]).toEqual([status, why]);
      }
      const digest = digestOf(text);
      const rejection = { id: digest, action: 'reject_event', resource: 'marketplace', arguments: { digest, why } };
      expect(rejectionsOf(governor)).toEqual([rejection, rejection]);
      // The digest is the id: the second time adds nothing.
      expect(await governor.head(OPERATOR)).toMatchObject({ right: { size: 1 } });
    },
  );

  test.for(rejected)('posted, is recorded too and refused: $note', async ({ event, why, status, answer }) => {
    const governor = fakeGovernor(answer);
    const { json, ...response } = await answered(
      await openDoor(governor).fetch(posting('/marketplace', event, { key })),
    );
    expect(response.status).toBe(status);
    // What is too large to be read is not an event, and a direct sender learns it at once.
    if (status === 413) return expect(governor.asked).toEqual([]);
    expect(json).toMatchObject({ status, why, receipt: { origin: `test/${OPERATOR}` } });
    return expect(rejectionsOf(governor)).toMatchObject([{ arguments: { why } }]);
  });

  test('that was rejected for another cause before is answered alike', async () => {
    const governor = fakeGovernor(({ tenant }) =>
      tenant === OPERATOR ? notDecided('intent_conflict') : notDecided('unknown_tenant'),
    );
    for (const [path, body] of [
      ['/pubsub', pushOf(eventOf())],
      ['/marketplace', eventOf()],
    ] as const) {
      const { status, json } = await answered(await openDoor(governor).fetch(posting(path, body, { key })));
      expect([status, json['why']]).toEqual([422, 'unknown_tenant']);
      expect(json).not.toHaveProperty('receipt');
    }
  });
});

test('an event whose answer was erased is acknowledged: it was decided, and is not sent for ever', async () => {
  const receipt = { origin: 'test/acme', seq: 4, leaf: 'A'.repeat(43), event: 'entitlement_applied' };
  const governor = fakeGovernor(() => ({ ...notDecided('purged'), receipt }));
  const door = openDoor(governor);
  expect((await door.fetch(posting('/pubsub', pushOf(eventOf()), { key }))).status).toBe(204);
  const { status, json } = await answered(await door.fetch(posting('/marketplace', eventOf(), { key })));
  expect([status, json['code'], json['receipt']]).toEqual([410, 'purged', receipt]);
  expect(rejectionsOf(governor)).toEqual([]);
});

test('a rejection that was erased is still one', async () => {
  const governor = fakeGovernor(({ tenant }) => notDecided(tenant === OPERATOR ? 'purged' : 'unknown_tenant'));
  expect((await openDoor(governor).fetch(posting('/pubsub', pushOf(eventOf()), { key }))).status).toBe(422);
});

test('an event that the operator’s ledger refuses to keep is not acknowledged: it must be sent again', async () => {
  const governor = fakeGovernor(({ tenant }, { action, id = '' }) =>
    tenant === OPERATOR
      ? {
          decided: true,
          decision: {
            verdict: 'refuse',
            reasons: [
              { gate: 'registry', code: 'action_not_found', means: '', facts: [], next: { kind: 'none', why: '' } },
            ],
            trace: [],
          },
          receipt: { origin: tenant, seq: 0, leaf: id, event: action },
          consequences: [],
          repeated: false,
        }
      : { ...notDecided('unknown_tenant'), keep: true },
  );
  for (const [path, body] of [
    ['/pubsub', pushOf(eventOf())],
    ['/marketplace', eventOf()],
  ] as const)
    expect((await openDoor(governor).fetch(posting(path, body, { key }))).status).toBe(503);
});

describe('an envelope', () => {
  test.for([
    { note: 'is empty', envelope: {}, status: 422 },
    { note: 'is a list', envelope: [], status: 422 },
    { note: 'is not JSON', envelope: 'data', status: 400 },
    { note: 'has no message', envelope: { subscription: 's' }, status: 422 },
    { note: 'has a message that is a string', envelope: { message: 'data' }, status: 422 },
    { note: 'has no data', envelope: { message: { attributes: {} } }, status: 422 },
    { note: 'has empty data', envelope: { message: { data: '' } }, status: 422 },
    { note: 'has data that is not base64', envelope: { message: { data: 'a*b' } }, status: 422 },
    { note: 'has data that is a number', envelope: { message: { data: 7 } }, status: 422 },
    { note: 'is left out, so the body is the event', envelope: eventOf(), status: 422 },
    {
      note: 'is left out, so the body is a notice',
      envelope: { eventId: '1', eventType: 'ENTITLEMENT_ACTIVE', entitlement: { id: 'E1' } },
      status: 422,
    },
  ])('without an event is recorded by its own digest and not acknowledged: it $note', async ({ envelope, status }) => {
    const governor = fakeGovernor();
    const text = typeof envelope === 'string' ? envelope : JSON.stringify(envelope);
    const take = vi.fn();
    const door = openDoor(governor, { marketplace: { desks: { google: { take } } } });
    expect((await door.fetch(posting('/pubsub', text, { key }))).status).toBe(status);
    expect(rejectionsOf(governor)).toMatchObject([{ id: digestOf(text), arguments: { why: 'malformed' } }]);
    expect(take).not.toHaveBeenCalled();
  });

  test.for([
    { note: 'begins with a byte order mark', event: `\ufeff${known}`, status: 400 },
    { note: 'is a JSON string', event: JSON.stringify(known), status: 422 },
    { note: 'is in a list', event: [eventOf()], status: 422 },
    { note: 'is larger than an event may be', event: eventOf({ more: 'x'.repeat(65_536) }), status: 413 },
    { note: 'is far larger', event: eventOf({ more: 'x'.repeat(1_000_000) }), status: 413 },
  ])('whose event $note is not acknowledged', async ({ event, status }) => {
    const governor = fakeGovernor();
    expect((await openDoor(governor).fetch(posting('/pubsub', pushOf(event), { key }))).status).toBe(status);
    const text = typeof event === 'string' ? event : JSON.stringify(event);
    expect(rejectionsOf(governor)).toMatchObject([{ id: digestOf(text), arguments: { why: 'malformed' } }]);
  });

  test('may have more attributes than an event may have bytes', async () => {
    const governor = fakeGovernor();
    const { message } = pushOf(eventOf()) as { readonly message: object };
    const pushed = { message: { ...message, attributes: { some: 'x'.repeat(300_000) } } };
    expect((await openDoor(governor).fetch(posting('/pubsub', pushed, { key }))).status).toBe(204);
    expect(governor.asked).toMatchObject([{ caller: { tenant: 'acme' } }]);
  });

  test.for([
    { note: 'the URL-safe alphabet', spell: (s: string) => s.replaceAll('+', '-').replaceAll('/', '_') },
    { note: 'no padding', spell: (s: string) => s.replace(/=+$/, '') },
  ])('may spell its data with $note', async ({ spell }) => {
    const governor = fakeGovernor();
    const data = Buffer.from(JSON.stringify(eventOf({ entitlement_id: '~~~???>>>' }))).toString('base64');
    await openDoor(governor).fetch(posting('/pubsub', { message: { data: spell(data) } }, { key }));
    expect(governor.asked).toMatchObject([{ caller: { tenant: 'acme' } }]);
  });

  test('with more bytes than any push has is 413', async () => {
    const governor = fakeGovernor();
    const door = openDoor(governor, { limits: { pushBytes: 1_000 } });
    expect((await door.fetch(posting('/pubsub', pushOf('x'.repeat(1_000)), { key }))).status).toBe(413);
    expect(governor.asked).toEqual([]);
  });
});

describe('what is not recorded is not acknowledged', () => {
  const transient = ['store_unavailable', 'overloaded', 'clock_skew', 'not_ready'] as const;
  test.for(transient)('%s is 503 with Retry-After at both doors, for good events and for bad ones', async (why) => {
    const door = openDoor(fakeGovernor(() => notDecided(why, 5_000)));
    const requests = [
      posting('/marketplace', eventOf(), { key }),
      posting('/pubsub', pushOf(eventOf()), { key }),
      posting('/marketplace', 'hello', { key }),
      posting('/pubsub', 'hello', { key }),
    ];
    for (const request of requests) {
      const { status, headers } = await answered(await door.fetch(request));
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    }
  });

  test('an operator’s ledger that does not take a rejection keeps it from being acknowledged, whatever the cause', async () => {
    for (const why of ['malformed', 'unknown_tenant'] as const) {
      const response = await openDoor(fakeGovernor(() => notDecided(why))).fetch(posting('/pubsub', 'hello', { key }));
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    }
  });

  test('a governor that throws is 500', async () => {
    const governor = fakeGovernor(() => {
      throw new Error('gone');
    });
    expect((await openDoor(governor).fetch(posting('/pubsub', pushOf(eventOf()), { key }))).status).toBe(500);
  });
});

describe('a push', () => {
  const push = pushOf(eventOf());
  test('comes with a key in its URL or in its header', async () => {
    const governor = fakeGovernor();
    const door = openDoor(governor);
    const jwt = { authorization: 'Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln' };
    expect((await door.fetch(posting('/pubsub', push, { key }))).status).toBe(204);
    expect((await door.fetch(posting(`/pubsub?key=${key}`, push))).status).toBe(204);
    expect((await door.fetch(posting(`/pubsub?key=${key}`, push, { headers: jwt }))).status).toBe(204);
    expect((await door.fetch(posting('/pubsub', push, { headers: jwt }))).status).toBe(401);
    expect((await door.fetch(posting('/pubsub', push))).status).toBe(401);
    expect(governor.asked.length).toBe(3);
  });

  test('a key in the URL of any other route is no key', async () => {
    const door = openDoor(fakeGovernor());
    expect((await door.fetch(posting(`/marketplace?key=${key}`, eventOf()))).status).toBe(401);
    expect((await door.fetch(getting(`/v1/whoami?key=${key}`))).status).toBe(401);
  });

  test('is verified by the verifier alone where there is one', async () => {
    const governor = fakeGovernor();
    const verifyPush = async (request: Request) =>
      request.headers.get('authorization') === 'Bearer good' ? { id: 'push@example.com' } : undefined;
    const door = openDoor(governor, { marketplace: { verifyPush } });
    const good = await door.fetch(posting('/pubsub', push, { headers: { authorization: 'Bearer good' } }));
    expect(good.status).toBe(204);
    expect(governor.asked[0]?.caller.subject).toEqual({ type: 'marketplace', id: 'push@example.com' });
    expect((await door.fetch(posting(`/pubsub?key=${key}`, push, { key }))).status).toBe(401);
  });

  test('is not decided while its verifier does not answer', async () => {
    const verifyPush = () => Promise.reject(new Error('no keys'));
    const response = await openDoor(fakeGovernor(), { marketplace: { verifyPush } }).fetch(
      posting('/pubsub', push, { key }),
    );
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('a repeated event is acknowledged without a second receipt', async () => {
    const governor = fakeGovernor();
    const door = openDoor(governor);
    for (const messageId of ['1', '2', '3']) {
      const again = {
        ...push,
        deliveryAttempt: Number(messageId),
        message: { ...(push['message'] as object), messageId },
      };
      expect((await door.fetch(posting('/pubsub', again, { key }))).status).toBe(204);
    }
    expect(await governor.head('acme')).toMatchObject({ right: { size: 1 } });
  });
});
