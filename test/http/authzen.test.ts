/** What holds for every question at the AuthZEN routes, whoever asks and whatever they claim. */
import type { Asked, Caller, Governor } from '@tai-autonomics/governor';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { blocksOf } from '../cli/followed-page.ts';
import { unlike } from '../docs/shown-json.ts';
import { TENANT } from '../governor/kit.ts';
import { runs } from '../runs.ts';
import { type Answered, answered, openDoor, keys as otherKeys, posting } from './door.ts';
import { fakeGovernor, notDecided } from './fake-governor.ts';
import { openRecords, type Records } from './records.ts';

const SINGLE = '/access/v1/evaluation';
const SEVERAL = '/access/v1/evaluations';
const alice = { type: 'user', id: 'alice' };
const bob = { type: 'user', id: 'bob' };
const one = { type: 'record', id: 'record-1' };
const asked = { subject: alice, action: { name: 'read' }, resource: one };

let records: Records;
const previewed: { readonly caller: Caller; readonly asked: Asked }[] = [];
const submitted: unknown[] = [];
beforeAll(async () => {
  const watched = (governor: Governor): Governor => ({
    ...governor,
    preview: (caller, one) => {
      previewed.push({ caller, asked: one });
      return governor.preview(caller, one);
    },
    submit: (...all) => {
      submitted.push(all);
      return governor.submit(...all);
    },
  });
  records = await openRecords(watched);
});

type Key = keyof Records['keys'];
const ask = async (body: unknown, as: Key = 'pep', path = SINGLE): Promise<Answered> =>
  answered(await records.door.fetch(posting(path, body, { key: records.keys[as] })));
const decisionsOf = ({ json }: Answered): readonly unknown[] =>
  (json['evaluations'] as readonly { readonly decision: unknown }[]).map(({ decision }) => decision);
const headOf = async (): Promise<unknown> => records.governor.head(TENANT);

const anyEntity = (types: readonly string[], ids: readonly string[]) =>
  fc.record(
    {
      type: fc.constantFrom(...types, 'spaceship', 'marketplace', 'system'),
      id: fc.constantFrom(...ids, 'nobody', '*'),
      properties: fc.dictionary(fc.constantFrom('role', 'status', 'tenant', 'scope', 'evidence'), fc.string(), {
        noNullPrototype: true,
      }),
    },
    { requiredKeys: ['type', 'id'] },
  );
const anyQuestion = fc.record({
  subject: anyEntity(['user', 'service'], ['alice', 'bob', 'olivia', 'gateway']),
  action: fc.record({
    name: fc.constantFrom('read', 'write', 'delete', 'grant_role', 'apply_entitlement', 'export_receipts', 'nothing'),
  }),
  resource: anyEntity(['record', 'tenant'], ['record-1', 'record-2', 'people']),
  context: fc.dictionary(fc.constantFrom('time', 'tenant', 'subject'), fc.string(), { noNullPrototype: true }),
});
const anyKey = fc.constantFrom<Key>('pep', 'owner', 'alice', 'bob');

describe('a question', () => {
  test('leaves nothing behind, whoever asks and whatever it claims: no receipt, no action', async () => {
    const before = await headOf();
    await fc.assert(
      fc.asyncProperty(anyQuestion, anyKey, async (question, key) => {
        const { status, json } = await ask(question, key);
        expect([200, 403]).toContain(status);
        if (status === 200) expect(json['context']).toMatchObject({ preview: true });
      }),
      { numRuns: runs(40) },
    );
    expect(await headOf()).toEqual(before);
    expect(submitted).toEqual([]);
  });

  test('is about its subject, in the tenant of the credential and within its scope: no claim changes who is asked about', async () => {
    await fc.assert(
      fc.asyncProperty(anyQuestion, async (question) => {
        previewed.length = 0;
        await ask(question);
        for (const { caller, asked: it } of previewed.filter((each) => each.asked.action !== 'export_receipts')) {
          const { type, id } = question.subject;
          expect(caller).toEqual({ tenant: TENANT, subject: { type, id }, scope: ['read_audit_trail'] });
          expect(it).toEqual({ action: question.action.name, resource: question.resource.id });
        }
      }),
      { numRuns: runs(40) },
    );
  });

  test('claims nothing: properties of subject and resource and the context change no answer', async () => {
    await fc.assert(
      fc.asyncProperty(anyQuestion, anyKey, async ({ subject, action, resource, context }, key) => {
        const bare = {
          subject: { type: subject.type, id: subject.id },
          action,
          resource: { type: resource.type, id: resource.id },
        };
        expect((await ask({ subject, action, resource, context }, key)).text).toBe((await ask(bare, key)).text);
      }),
      { numRuns: runs(30) },
    );
  });

  test('has the answer that the subject would get itself', async () => {
    const own = await ask({ ...asked, action: { name: 'write' }, resource: { ...one, id: 'record-2' } }, 'alice');
    const others = await ask({ ...asked, action: { name: 'write' }, resource: { ...one, id: 'record-2' } });
    expect(own.json['decision']).toBe(false);
    expect(others.text).toBe(own.text);
  });

  test.for([
    { note: 'of an owner about others', as: 'owner', subject: alice, status: 200 },
    { note: 'of an auditor about others', as: 'pep', subject: alice, status: 200 },
    { note: 'of somebody about themselves', as: 'alice', subject: alice, status: 200 },
    { note: 'of somebody about another', as: 'alice', subject: bob, status: 403 },
    { note: 'of somebody about nobody: it looks the same', as: 'alice', subject: { ...bob, id: 'x' }, status: 403 },
    { note: 'of a user about an agent of its name', as: 'alice', subject: { ...alice, type: 'agent' }, status: 403 },
    { note: 'of a marketplace', as: 'shop', subject: alice, status: 403 },
  ] as const)('$note', async ({ as, subject, status }) => {
    expect((await ask({ ...asked, subject }, as)).status).toBe(status);
    expect((await ask({ subject, resource: one }, as, '/access/v1/search/action')).status).toBe(status);
  });

  test.for([
    { note: 'subjects', path: '/access/v1/search/subject', body: { ...asked, subject: { type: 'user' } } },
    { note: 'resources', path: '/access/v1/search/resource', body: { ...asked, resource: { type: 'record' } } },
  ])('of which $note there are is not for everybody, also about themselves', async ({ path, body }) => {
    for (const action of ['read', 'raise_andon'])
      expect((await ask({ ...body, action: { name: action } }, 'alice', path)).status).toBe(403);
    expect((await ask(body, 'pep', path)).status).toBe(200);
  });

  test('tells in no token the name of what was not found', async () => {
    const body = { ...asked, action: { name: 'write' }, resource: { type: 'record' }, page: { limit: 1 } };
    const { json } = await ask({ ...body, subject: bob }, 'pep', '/access/v1/search/resource');
    expect(json['results']).toEqual([{ type: 'record', id: 'record-2' }]);
    const first = await ask(body, 'pep', '/access/v1/search/resource');
    const { next_token: token } = first.json['page'] as { readonly next_token: string };
    expect(token).not.toBe('');
    expect(Buffer.from(token, 'base64url').toString()).not.toContain('record-');
    expect((await ask({ ...body, page: { token } }, 'pep', '/access/v1/search/resource')).json['results']).toEqual([]);
  });

  test.for([
    { note: 'a member twice', body: `{"action":{"name":"read"},${JSON.stringify(asked).slice(1)}` },
    { note: '__proto__', body: `{"__proto__":{"subject":1},${JSON.stringify(asked).slice(1)}` },
    { note: 'too deep', body: { ...asked, context: JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) } },
    { note: 'a control character in a name', body: { ...asked, subject: { ...alice, id: 'a\u0000b' } } },
    { note: 'a resource in another spelling', body: { ...asked, resource: { ...one, id: 're\u0301cord' } } },
  ])('is refused: $note', async ({ body }) => {
    const { status, json } = await ask(body);
    expect([status, json['code']]).toEqual([400, 'malformed']);
  });
});

describe('several questions', () => {
  const mixed = {
    subject: alice,
    resource: one,
    evaluations: ['read', 'nothing', 'write'].map((name) => ({ action: { name } })),
  };
  test.for([
    { semantic: 'execute_all', decisions: [true, false, true] },
    { semantic: 'deny_on_first_deny', decisions: [true, false] },
    { semantic: 'permit_on_first_permit', decisions: [true] },
  ])('$semantic', async ({ semantic, decisions }) => {
    const body = { ...mixed, options: { evaluations_semantic: semantic, another_option: 1 } };
    expect(decisionsOf(await ask(body, 'pep', SEVERAL))).toEqual(decisions);
  });

  test('a semantic is the answers of all, cut after the first that ends it', async () => {
    const item = fc.constantFrom({ action: { name: 'read' } }, { action: { name: 'nothing' } }, { action: {} }, 7);
    await fc.assert(
      fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 6 }), fc.boolean(), async (evaluations, until) => {
        const evaluations_semantic = until ? 'permit_on_first_permit' : 'deny_on_first_deny';
        const all = decisionsOf(await ask({ ...mixed, evaluations }, 'pep', SEVERAL));
        const cut = decisionsOf(
          await ask({ ...mixed, evaluations, options: { evaluations_semantic } }, 'pep', SEVERAL),
        );
        const last = all.indexOf(until);
        expect(all.length).toBe(evaluations.length);
        expect(cut).toEqual(last < 0 ? all : all.slice(0, last + 1));
      }),
      { numRuns: runs(20) },
    );
  });

  test.for([
    { note: 'another semantic', body: { ...mixed, options: { evaluations_semantic: 'majority' } } },
    { note: 'more than 100', body: { ...mixed, evaluations: Array.from({ length: 101 }, () => ({})) } },
    { note: 'a default that is no subject', body: { ...mixed, subject: 'alice' } },
  ])('are refused: $note', async ({ body }) => {
    expect((await ask(body, 'pep', SEVERAL)).status).toBe(400);
  });

  test('one about others is a no of its own for whoever may not ask', async () => {
    const body = { action: { name: 'read' }, resource: one, evaluations: [{ subject: alice }, { subject: bob }] };
    const answer = await ask(body, 'alice', SEVERAL);
    expect(decisionsOf(answer)).toEqual([true, false]);
    expect(answer.json).toMatchObject({ evaluations: [{}, { context: { error: { status: 403 } } }] });
  });
});

describe('a search', () => {
  const names = ['read', 'write', 'delete'] as const;
  test('finds exactly those for which an evaluation says yes', async () => {
    for (const name of names) {
      for (const id of ['record-1', 'record-2']) {
        const action = { name };
        const resource = { type: 'record', id };
        const { json } = await ask({ subject: { type: 'user' }, action, resource }, 'pep', '/access/v1/search/subject');
        const found = (json['results'] as readonly { readonly id: string }[]).map((each) => each.id);
        const evaluations = ['alice', 'bob', 'olivia'].map((user) => ({ subject: { type: 'user', id: user } }));
        const decisions = decisionsOf(await ask({ action, resource, evaluations }, 'pep', SEVERAL));
        expect(found).toEqual(['alice', 'bob', 'olivia'].filter((_, i) => decisions[i] === true));
      }
    }
  });

  const search = { ...asked, subject: { type: 'user' } };
  const path = '/access/v1/search/subject';
  const tokenOf = async (): Promise<string> => {
    const { json } = await ask({ ...search, page: { limit: 1 } }, 'pep', path);
    return (json['page'] as { readonly next_token: string }).next_token;
  };
  test.for([
    { note: 'another action', change: { action: { name: 'write' } }, page: {} },
    { note: 'another limit', change: {}, page: { limit: 2 } },
    { note: 'a token that is made up', change: {}, page: { token: 'e30' } },
  ])('is refused where a token goes with $note', async ({ change, page }) => {
    const token = await tokenOf();
    expect((await ask({ ...search, page: { token } }, 'pep', path)).status).toBe(200);
    expect((await ask({ ...search, ...change, page: { token, ...page } }, 'pep', path)).status).toBe(400);
    expect((await ask({ ...search, page: { token } }, 'owner', path)).status).toBe(400);
  });

  test('of what nobody lists is not answered with nothing', async () => {
    const door = openDoor(fakeGovernor());
    const body = { ...asked, subject: { type: 'agent', id: 'bot' }, resource: { type: 'record' } };
    const sent = posting('/access/v1/search/resource', body, { key: otherKeys.agent });
    expect((await door.fetch(sent)).status).toBe(404);
  });
});

test('what cannot be decided now is a problem, and in a list a no', async () => {
  const door = openDoor(
    fakeGovernor(undefined, { preview: async () => ({ _tag: 'Left', left: notDecided('not_ready', 2_000) }) }),
  );
  const body = { ...asked, subject: { type: 'agent', id: 'bot' } };
  const send = (path: string, it: unknown) => door.fetch(posting(path, it, { key: otherKeys.agent }));
  const alone = await send(SINGLE, body);
  expect([alone.status, alone.headers.get('retry-after')]).toEqual([503, '2']);
  const listed = await answered(await send(SEVERAL, { ...body, evaluations: [{}] }));
  expect(listed.json).toMatchObject({ evaluations: [{ decision: false, context: { error: { status: 503 } } }] });
});

test('metadata are 404 where no https origin was named', async () => {
  for (const pdp of ['http://pdp.example', 'https://pdp.example/x', 'https://pdp.example?x', 'pdp']) {
    const door = openDoor(fakeGovernor(), { authzen: { pdp } });
    const { status } = await door.fetch(new Request('https://pdp.example/.well-known/authzen-configuration'));
    expect([pdp, status]).toEqual([pdp, 404]);
  }
});

/** Each request of the page, with the answer that stands in the block below it. */
const exchanges = blocksOf('docs/authzen.md').flatMap(({ info, line, text }, i, all) =>
  info === 'console' ? [{ line, request: text, shown: all[i + 1] }] : [],
);

describe('docs/authzen.md', () => {
  test('shows an answer below each request', () => {
    expect(exchanges.map(({ shown }) => shown?.info)).toEqual(['json', 'json', 'json']);
  });

  test.for(exchanges)('line $line', async ({ request, shown }) => {
    const [, path = '', body = ''] =
      /^\$ curl -X POST \$URL(\S+) [^']*'Content-Type: application\/json' \\\n +-d '([^']*)'\s*$/.exec(request) ?? [];
    const { json } = await ask(body, 'pep', path);
    expect({ unlike: unlike(JSON.parse(shown?.text ?? ''), json), json }).toEqual({ unlike: [], json });
  });
});

describe('an answer that is to be recorded', () => {
  const recording = { ...asked, context: { record: true } };

  test('has a receipt of its own, which says who asked about whom; without the wish it has none', async () => {
    const own = await openRecords();
    const get = async (body: unknown, path = SINGLE): Promise<Answered> =>
      answered(await own.door.fetch(posting(path, body, { key: own.keys.pep })));
    for (const record of ['true', 'yes', 1, null, {}])
      expect(await get({ ...asked, context: { record } })).toMatchObject({
        status: 400,
        json: { detail: expect.stringContaining('`record`, true or false') },
      });
    expect((await get({ ...asked, context: { record: false } })).json['context']).not.toHaveProperty('receipt');
    const { json } = await get(recording);
    expect(json).toMatchObject({
      decision: true,
      context: { preview: true, receipt: { event: 'evaluation_recorded' } },
    });
    const denied = await get({ ...recording, subject: bob, action: { name: 'write' } });
    expect(denied.json).toMatchObject({ decision: false, context: { receipt: { event: 'evaluation_recorded' } } });
    const several = await get({ ...recording, evaluations: [{}, { context: {} }, { subject: bob }] }, SEVERAL);
    const receipts = (several.json['evaluations'] as readonly { readonly context: Record<string, unknown> }[]).map(
      ({ context }) => Object.hasOwn(context, 'receipt'),
    );
    expect(receipts).toEqual([true, false, true]);
  });

  test('has the receipt that it had when it is asked again with its key; another question or key has one of its own', async () => {
    const own = await openRecords();
    const receiptOf = async (body: unknown, id: string): Promise<number> => {
      const request = posting(SINGLE, body, { key: own.keys.pep, headers: { 'idempotency-key': id } });
      const { json } = await answered(await own.door.fetch(request));
      return (json as { readonly context: { readonly receipt: { readonly seq: number } } }).context.receipt.seq;
    };
    const first = await receiptOf(recording, 'k-1');
    expect(await receiptOf(recording, 'k-1')).toBe(first);
    const others = [await receiptOf(recording, 'k-2'), await receiptOf({ ...recording, subject: bob }, 'k-1')];
    expect(new Set([first, ...others]).size).toBe(3);
  });

  test('is not given where it cannot be recorded', async () => {
    const governor = fakeGovernor((_caller, one) =>
      one.action === 'record_evaluation' ? notDecided('store_unavailable') : undefined,
    );
    const { owner } = otherKeys;
    const body = {
      ...asked,
      subject: { type: 'user', id: 'olivia' },
      action: { name: 'approve' },
      context: { record: true },
    };
    const response = await openDoor(governor).fetch(posting(SINGLE, body, { key: owner }));
    expect(response.status).toBe(503);
  });

  test('is recorded always where the door is set so', async () => {
    const governor = fakeGovernor();
    const body = { ...asked, subject: { type: 'user', id: 'olivia' }, action: { name: 'approve' } };
    const door = openDoor(governor, { authzen: { record: 'always' } });
    const { json } = await answered(await door.fetch(posting(SINGLE, body, { key: otherKeys.owner })));
    expect(json['context']).toHaveProperty('receipt');
    expect(governor.asked.map(({ caller, asked: one }) => [caller.subject.type, one.action])).toEqual([
      ['system', 'record_evaluation'],
    ]);
  });
});
