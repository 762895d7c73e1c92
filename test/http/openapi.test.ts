import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HTTP_ROUTES, OPENAPI } from '@tai-autonomics/adapter-http';
import { OPERATOR_OPENAPI } from '@tai-autonomics/adapter-http/operator';
import { nameFault } from '@tai-autonomics/core/engine';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { runs } from '../runs.ts';
import { declaredOrThrow } from './declared.ts';
import { answered, eventOf, getting, keys, openDoor, posting, pushOf } from './door.ts';
import { fakeGovernor, notDecided } from './fake-governor.ts';
import { faultsOf, schemasIn } from './schema.ts';

interface Operation {
  readonly operationId: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Readonly<Record<string, unknown>> }>>;
  };
  readonly responses: Readonly<
    Record<
      string,
      { readonly content?: Readonly<Record<string, { readonly schema: Readonly<Record<string, unknown>> }>> }
    >
  >;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const paths = OPENAPI['paths'] as Paths;
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    method: method.toUpperCase(),
    operation,
  })),
);

describe('the document is OpenAPI 3.1', () => {
  const published = readFileSync(join(repository, 'test/vectors/openapi/oas-3.1-schema.json'), 'utf8');
  // Ajv takes a dynamic anchor under $defs for the root. This is what stands behind it; schemas have a test of their own.
  const behind = '"type": ["object", "boolean"]';
  const text = published.replaceAll('"$dynamicRef": "#meta"', behind).replace('"$dynamicAnchor": "meta",', '');
  const schema = JSON.parse(text) as object;
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(schema);
  const faults = (document: unknown): readonly string[] =>
    validate(document) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  const changed = (change: (document: Record<string, never>) => void): unknown => {
    const document = JSON.parse(JSON.stringify(OPENAPI)) as Record<string, never>;
    change(document);
    return document;
  };

  test('by the schema that its authors publish, which refuses what is none', () => {
    expect(faults(JSON.parse(JSON.stringify(OPENAPI)))).toEqual([]);
    expect(faults(changed((document) => delete document['info']))).not.toEqual([]);
    const planted = changed((document) => Object.assign(document['paths']?.['/health']?.['get'] ?? {}, { planted: 1 }));
    expect(faults(planted)).not.toEqual([]);
  });

  test('every schema in it compiles as JSON Schema 2020-12, strictly', () => {
    const strict = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, validateFormats: false });
    const { schemas } = OPENAPI['components'] as { readonly schemas: Readonly<Record<string, unknown>> };
    const text = JSON.stringify({ $id: 'door:', $defs: schemas });
    strict.addSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
    for (const name of Object.keys(schemas)) strict.compile({ $ref: `door:#/$defs/${name}` });
  });

  test('every part in braces of a path is declared, and nothing else', () => {
    for (const { path, name, operation } of operations) {
      const inBraces = [...path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part);
      const { parameters = [] } = operation as { readonly parameters?: readonly Readonly<Record<string, unknown>>[] };
      const declared = parameters.filter((one) => one['in'] === 'path').map((one) => one['name']);
      expect([name, declared]).toEqual([name, inBraces]);
    }
  });
});

describe('the interface', () => {
  test('is served as it is', async () => {
    const { status, json } = await answered(await openDoor(fakeGovernor()).fetch(getting('/openapi.json')));
    expect(status).toBe(200);
    expect(json).toEqual(JSON.parse(JSON.stringify(OPENAPI)));
  });

  test('names every route and no other, and whose key it takes', () => {
    const shown = operations.map(({ name, operation }) => {
      const schemes = operation.security?.flatMap((one) => Object.keys(one));
      return [name, schemes ?? ['key']];
    });
    const kept = Object.entries(HTTP_ROUTES).map(([name, { key }]) => [
      name,
      key === 'none' ? [] : key === 'push' ? ['key', 'keyInUrl'] : key === 'signed' ? ['snsSignature'] : ['key'],
    ]);
    expect(shown.toSorted()).toEqual(kept.toSorted());
  });

  test('names what the routes answer to: what it names is there, and what it does not is not allowed', async () => {
    const door = openDoor(fakeGovernor());
    for (const [path, item] of Object.entries(paths)) {
      const { status, headers } = await door.fetch(getting(path, {}, 'PATCH'));
      const allowed = headers
        .get('allow')
        ?.split(', ')
        .filter((method) => !['HEAD', 'OPTIONS'].includes(method));
      expect([path, status, allowed]).toEqual([path, 405, Object.keys(item).map((method) => method.toUpperCase())]);
    }
  });

  test('takes a key wherever it says so', async () => {
    const door = openDoor(fakeGovernor());
    for (const { path, method, name, operation } of operations) {
      const { status } = await door.fetch(method === 'POST' ? posting(path, {}) : getting(path));
      expect([name, status]).toEqual([name, operation.security?.length === 0 ? 200 : 401]);
    }
  });

  test('says that a refusal which another token would lift is the decision all the same', () => {
    const { content } = paths['/v1/actions']?.['post']?.responses['403'] ?? {};
    expect(Object.keys(content ?? {})).toEqual(['application/problem+json', 'application/json']);
    expect(content?.['application/json']?.schema).toEqual({ $ref: '#/components/schemas/Decided' });
  });

  test('leads nowhere wrong: every reference is there, every keyword is known, every id is its own', () => {
    const schemas = OPENAPI['components'] as { readonly schemas: Readonly<Record<string, unknown>> };
    const references = [...JSON.stringify(OPENAPI).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(Object.keys(schemas.schemas).toSorted()).toEqual([...new Set(references)].toSorted());
    for (const schema of schemasIn(OPENAPI)) {
      for (const value of [{}, [], 'x', 1]) expect(faultsOf(OPENAPI, schema, value).join()).not.toContain('keyword');
    }
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  });
});

const { agent, stranger, shop } = keys;
const approve = { action: 'approve', resource: 'r' };
const asking = (body: unknown) => posting('/v1/actions', body, { key: agent });
const answers: readonly { readonly note: string; readonly request: () => Request; readonly status: number }[] = [
  { note: 'alive', request: () => getting('/health'), status: 200 },
  { note: 'ready', request: () => getting('/health/ready'), status: 200 },
  { note: 'the interface', request: () => getting('/openapi.json'), status: 200 },
  { note: 'an approval', request: () => asking(approve), status: 200 },
  { note: 'a refusal', request: () => asking({ ...approve, action: 'refuse' }), status: 200 },
  { note: 'a preview', request: () => asking({ ...approve, preview: true }), status: 200 },
  { note: 'a malformed action', request: () => asking('{'), status: 400 },
  { note: 'an action without a key', request: () => posting('/v1/actions', approve), status: 401 },
  { note: 'an action of a marketplace', request: () => posting('/v1/actions', approve, { key: shop }), status: 403 },
  {
    note: 'an action without a body',
    request: () => getting('/v1/actions', { key: agent, headers: { 'content-type': 'application/json' } }, 'POST'),
    status: 411,
  },
  { note: 'an action that is too large', request: () => asking('x'.repeat(70_000)), status: 413 },
  {
    note: 'an action of another type',
    request: () => posting('/v1/actions', approve, { key: agent, headers: { 'content-type': 'text/html' } }),
    status: 415,
  },
  { note: 'an event', request: () => posting('/marketplace', eventOf(), { key: shop }), status: 200 },
  { note: 'an event that is no JSON', request: () => posting('/marketplace', '[', { key: shop }), status: 400 },
  { note: 'an event of nobody', request: () => posting('/marketplace', {}, { key: shop }), status: 422 },
  { note: 'a push', request: () => posting('/pubsub', pushOf(eventOf()), { key: shop }), status: 204 },
  { note: 'a push without its envelope', request: () => posting('/pubsub', eventOf(), { key: shop }), status: 422 },
  { note: 'tools', request: () => getting('/v1/tools', { key: agent }), status: 200 },
  { note: 'who it is', request: () => getting('/v1/whoami', { key: agent }), status: 200 },
  { note: 'who a marketplace is', request: () => getting('/v1/whoami', { key: shop }), status: 200 },
  { note: 'a ledger', request: () => getting('/v1/ledger', { key: agent }), status: 200 },
  { note: 'no ledger', request: () => getting('/v1/ledger', { key: stranger }), status: 404 },
  { note: 'a checkpoint', request: () => getting('/v1/ledger/checkpoint', { key: agent }, 'POST'), status: 200 },
  { note: 'no checkpoint', request: () => getting('/v1/ledger/checkpoint', { key: stranger }, 'POST'), status: 404 },
];

/** What the interface says of an answer to a request; nothing where it says nothing. */
const faultsOfAnswer = async (request: Request, response: Response): Promise<readonly string[]> => {
  const operation = paths[new URL(request.url).pathname]?.[request.method.toLowerCase()];
  const said = operation?.responses[String(response.status)];
  if (said === undefined) return [`status ${response.status} is not in the interface`];
  const { text, json, headers } = await answered(response);
  if (said.content === undefined) return text === '' ? [] : ['a body where there is none'];
  const type = headers.get('content-type')?.split(';')[0] ?? '';
  const schema = said.content[type]?.schema;
  if (schema === undefined) return [`type ${type} is not in the interface`];
  return faultsOf(OPENAPI, schema, type.endsWith('json') ? json : text);
};

describe('an answer is what the interface says', () => {
  test.for(answers)('$note', async ({ request, status }) => {
    const door = openDoor(fakeGovernor());
    await door.fetch(asking(approve));
    const sent = request();
    const response = await door.fetch(sent);
    expect(response.status).toBe(status);
    expect(await faultsOfAnswer(sent, response)).toEqual([]);
  });

  const undecided = [
    'store_unavailable',
    'overloaded',
    'clock_skew',
    'not_ready',
    'malformed',
    'intent_conflict',
    'purged',
    'unknown_tenant',
    'moved',
  ] as const;
  test.for(undecided)('where nothing is decided: %s', async (why) => {
    const door = openDoor(fakeGovernor(() => notDecided(why)));
    for (const request of [
      asking(approve),
      posting('/marketplace', eventOf(), { key: shop }),
      posting('/pubsub', {}, { key: shop }),
    ]) {
      const response = await door.fetch(request);
      expect(await faultsOfAnswer(request, response)).toEqual([]);
    }
  });

  test('where it is broken', async () => {
    const fail = () => Promise.reject(new Error('inside'));
    const door = openDoor(fakeGovernor(undefined, { submit: fail, tools: fail, ready: fail, head: fail }));
    const requests = [
      asking(approve),
      posting('/marketplace', eventOf(), { key: shop }),
      posting('/pubsub', {}, { key: shop }),
      getting('/v1/tools', { key: agent }),
      getting('/v1/ledger', { key: agent }),
      getting('/health/ready'),
    ];
    for (const request of requests) expect(await faultsOfAnswer(request, await door.fetch(request))).toEqual([]);
  });
});

test('a problem that a route does not declare fails every test that asks for it', async () => {
  const asked = (code: string, path = '/v1/whoami', status = 401) =>
    declaredOrThrow(
      OPENAPI,
      getting(path),
      new Response(JSON.stringify({ code }), { status, headers: { 'content-type': 'application/problem+json' } }),
    );
  await asked('unauthenticated');
  await asked('not_found', '/nothing', 404);
  await expect(asked('forbidden')).rejects.toThrow('does not declare');
  await expect(asked('unauthenticated', '/v1/whoami', 403)).rejects.toThrow('does not declare');
  await expect(asked('malformed', '/v1/receipts/1', 401)).rejects.toThrow('GET /v1/receipts/{seq} answers');
  await expect(asked('forbidden', '/nothing', 403)).rejects.toThrow('is no route');
});

test('whoever has a key may be told that it asks too much, at every route of every door', () => {
  for (const document of [OPENAPI, OPERATOR_OPENAPI])
    for (const [path, item] of Object.entries(document['paths'] as Paths))
      for (const [method, { security, responses }] of Object.entries(item)) {
        const isKeyed = security === undefined || security.some((one) => Object.hasOwn(one, 'key'));
        const codes = (responses['429'] as { readonly description?: string } | undefined)?.description?.split(', ');
        expect([method, path, codes?.includes('throttled') === true]).toEqual([method, path, isKeyed]);
      }
});

test('every POST takes Idempotency-Key, and says whether it needs it', () => {
  const needed: string[] = [];
  for (const document of [OPENAPI, OPERATOR_OPENAPI])
    for (const [path, { post }] of Object.entries(document['paths'] as Paths)) {
      if (post === undefined) continue;
      const { parameters = [] } = post as { readonly parameters?: readonly { name: string; description: string }[] };
      const said = parameters.filter(({ name }) => name === 'Idempotency-Key');
      expect([path, said.length]).toEqual([path, 1]);
      if (!said[0]?.description.includes('not needed')) needed.push(path);
    }
  expect(needed).toEqual([
    '/v1/actions',
    '/access/v1/evaluation',
    '/access/v1/evaluations',
    ...needed.filter((path) => path.startsWith('/operator/')),
  ]);
  const changes = Object.entries(OPERATOR_OPENAPI['paths'] as Paths).filter(([, { post }]) => post !== undefined);
  expect(needed.filter((path) => path.startsWith('/operator/'))).toEqual(changes.map(([path]) => path));
});

test('a key that is not needed changes nothing: no second receipt, and the same answer', async () => {
  const alert = { receiver: 'tai', status: 'firing', version: '4', alerts: [] };
  for (const [path, body, key] of [
    ['/marketplace', eventOf(), shop],
    ['/pubsub', pushOf(eventOf()), shop],
    ['/v1/alerts/alertmanager', alert, agent],
    ['/v1/ledger/checkpoint', '', agent],
  ] as const) {
    const governor = fakeGovernor();
    const door = openDoor(governor);
    await door.fetch(asking(approve));
    const answers: string[] = [];
    for (const id of ['one', 'two', 'é not a key']) {
      const headers = { 'idempotency-key': encodeURI(id) };
      const { status, json } = await answered(await door.fetch(posting(path, body, { key, headers })));
      answers.push(JSON.stringify([status, { ...json, repeated: undefined }]));
    }
    expect([path, new Set(answers).size]).toEqual([path, 1]);
    const ids = governor.asked.slice(1).map(({ asked }) => asked.id);
    expect([path, new Set(ids).size <= 1]).toEqual([path, true]);
  }
});

test('the document knows every code that is answered before the door is asked', () => {
  const { schemas } = OPENAPI['components'] as { readonly schemas: Readonly<Record<string, unknown>> };
  const { code } = (schemas['Problem'] as { readonly properties: { readonly code: { readonly enum: string[] } } })
    .properties;
  expect(code.enum).toEqual(expect.arrayContaining(['throttled', 'timeout', 'headers_too_large']));
});

describe('the document and the checks are of one declaration', () => {
  const bodyOf = (path: string): Readonly<Record<string, unknown>> =>
    paths[path]?.['post']?.requestBody?.content['application/json']?.schema ?? {};
  const odd = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('', ' ', '*', 'r'.repeat(200), 'r'.repeat(201), '😀'.repeat(200), '😀'.repeat(201), 'a\u0000', 'é'),
    fc.constantFrom('I-1', 'i'.repeat(128), 'i'.repeat(129), 'x y', 'YWJj', 'YWJj=', 'YW=Jj', 'approve'),
    fc.constantFrom(null, 0, 1, true, false, [], ['x'], {}, { a: 1 }),
  );
  test('a body of an action is taken exactly if the document allows it; a resource has one spelling beside', async () => {
    const members = ['id', 'arguments', 'choose', 'preview', 'incident', 'x', '__proto__'];
    const bodies = fc
      .record({
        first: fc.record({ action: odd, resource: odd }, { requiredKeys: [] }),
        lawful: fc.boolean(),
        others: fc.dictionary(fc.constantFrom(...members), odd, { maxKeys: 3, noNullPrototype: true }),
      })
      .map(({ first, lawful, others }) => ({ ...(lawful ? approve : first), ...others }));
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const isAllowed = faultsOf(OPENAPI, bodyOf('/v1/actions'), body).length === 0;
        const isNamed = nameFault((body as { readonly resource?: unknown }).resource) === undefined;
        const { status } = await openDoor(fakeGovernor()).fetch(asking(JSON.stringify(body)));
        seen.add(status);
        expect(status).toBe(isAllowed && isNamed ? 200 : 400);
      }),
      { numRuns: runs(2_000) },
    );
    expect([...seen].toSorted()).toEqual([200, 400]);
  });

  test('a push is opened exactly if the document allows it', async () => {
    const bodies = fc.oneof(
      odd,
      fc.record({ message: odd, attributes: odd }, { requiredKeys: [] }),
      fc.record({ message: fc.record({ data: odd, messageId: odd }, { requiredKeys: [] }), subscription: odd }),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const governor = fakeGovernor();
        const pushed = posting('/pubsub', JSON.stringify(body), { key: shop });
        expect([400, 422]).toContain((await openDoor(governor).fetch(pushed)).status);
        // The digest that is kept of what can't be opened is that of the envelope; else that of the event in it.
        const isOpened = faultsOf(OPENAPI, bodyOf('/pubsub'), body).length === 0;
        const kept = isOpened ? Buffer.from((body as Push).message.data, 'base64') : Buffer.from(JSON.stringify(body));
        const digest = createHash('sha256').update(kept).digest('base64url');
        expect(governor.asked.map(({ asked }) => asked.id)).toEqual([digest]);
      }),
      { numRuns: runs(500) },
    );
  });

  test('an event that the document allows is decided in the ledger of its tenant; a tenant has one spelling beside', async () => {
    const change = fc.dictionary(fc.constantFrom('event', 'event_id', 'entitlement_id', 'occurred_at', 'x'), odd, {
      maxKeys: 1,
      noNullPrototype: true,
    });
    const record = fc.dictionary(fc.constantFrom('tenant_id', 'sku_id', 'plan_id', 'enabled_packs', 'x'), odd, {
      maxKeys: 1,
      noNullPrototype: true,
    });
    let allowed = 0;
    await fc.assert(
      fc.asyncProperty(change, record, async (some, others) => {
        const event = eventOf(some, others);
        fc.pre(faultsOf(OPENAPI, bodyOf('/marketplace'), event).length === 0);
        const tenant = (event['record'] as { readonly tenant_id: string }).tenant_id;
        fc.pre(nameFault(tenant) === undefined);
        allowed += 1;
        const governor = fakeGovernor();
        await openDoor(governor).fetch(posting('/marketplace', JSON.stringify(event), { key: shop }));
        expect(governor.asked.map(({ caller, asked }) => [caller.tenant, asked.action])).toEqual([
          [tenant, 'apply_entitlement'],
        ]);
      }),
      { numRuns: runs(500), maxSkipsPerRun: 100 },
    );
    expect(allowed).toBeGreaterThan(0);
  });
});

interface Push {
  readonly message: { readonly data: string };
}
