/** A real governor whose tenant has a gated server's tools as a pack, and servers that behave as a test wants. */
import { Client, InMemoryTransport, type Transport } from '@modelcontextprotocol/client';
import { type CallToolResult, Server, type ServerCapabilities, type Tool } from '@modelcontextprotocol/server';
import {
  createUpstream,
  type GateOptions,
  gateServerFactory,
  packFromTools,
  type UpstreamOptions,
} from '@tai-autonomics/adapter-mcp/gate';
import { memoryStore } from '@tai-autonomics/adapter-storage';
import type { Pack } from '@tai-autonomics/core';
import { formatInstant } from '@tai-autonomics/core/engine';
import {
  anyResource,
  anySubject,
  type Caller,
  createGovernor,
  type Governor,
  type GovernorOptions,
  loadCatalog,
} from '@tai-autonomics/governor';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { withSelfHosted } from '@tai-autonomics/governor/local';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { memorySigner } from '../governor/signer.ts';

const PACK = 'files';

/** A server that somebody else wrote, as its tools and its answers. */
export interface Fixture {
  tools: Tool[];
  answer: (
    name: string,
    given: Readonly<Record<string, unknown>>,
    server: Server,
  ) => Promise<CallToolResult> | CallToolResult;
  /** What was called, in order. */
  readonly called: string[];
  /** The server that is connected now. */
  server?: Server;
  /** How often it was connected. */
  connected: number;
  /** What it offers beside tools. */
  also?: ServerCapabilities;
}

const file: Tool['inputSchema'] = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
export const readFile: Tool = {
  name: 'read_file',
  description: 'Reads a file.',
  inputSchema: file,
  annotations: { readOnlyHint: true },
};
export const writeFile: Tool = { name: 'write_file', description: 'Writes a file.', inputSchema: file };

export const fixture = (): Fixture => ({
  tools: [readFile, writeFile],
  answer: (name) => ({ content: [{ type: 'text', text: `done: ${name}` }] }),
  called: [],
  connected: 0,
});

/** A way to the server, in memory. */
export const transportTo = (one: Fixture): Transport => {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const server = new Server(
    { name: 'fixture', version: '1' },
    { capabilities: { tools: { listChanged: true }, ...one.also } },
  );
  server.setRequestHandler('tools/list', () => ({ tools: one.tools }));
  server.setRequestHandler('tools/call', ({ params }) => {
    one.called.push(params.name);
    return one.answer(params.name, params.arguments ?? {}, server);
  });
  one.server = server;
  one.connected += 1;
  void server.connect(there);
  return here;
};

/** The pack that an import writes, with what a test makes of its text. */
export const importedPack = (tools: readonly Tool[], edit: (text: string) => string = (text) => text): Pack => {
  const parsed = parseStrictJson(edit(packFromTools(PACK, tools).text), {
    comments: true,
    maxBytes: 1e7,
    maxDepth: 64,
  });
  if (E.isLeft(parsed)) throw new Error(JSON.stringify(parsed.left));
  return parsed.right.value as Pack;
};

export const owner: Caller = { tenant: 'acme', subject: { type: 'user', id: 'owner' }, scope: [] };
export const robot: Caller = {
  tenant: 'acme',
  subject: { type: 'agent', id: 'robot' },
  scope: ['files/read', 'files/write'],
};

const { aliases: _, ...shelf } = library;
const always = library.packs.filter(({ pack_id: id }) => id === 'platform' || id === 'receipt_verifier');

/** What is always there, and the pack. */
export const catalogOf = (pack: Pack) => loadCatalog(withSelfHosted({ ...shelf, packs: always, plans: {} }, [pack]));

/** What a deployment leaves something behind through. */
type GatePorts = Pick<GovernorOptions, 'store' | 'signer' | 'secret'>;

/** A governor of an evaluation whose tenant has the pack; the robot is granted its roles. */
export const governorOf = async (
  pack: Pack,
  environment: 'sandbox' | 'production' = 'sandbox',
  { store = memoryStore(), signer = memorySigner(), secret = new Uint8Array(32).fill(7) }: Partial<GatePorts> = {},
) => {
  const catalog = catalogOf(pack);
  if (E.isLeft(catalog)) throw new Error(JSON.stringify(catalog.left));
  const started = await createGovernor({
    standing: { mode: 'eval', session: 'test' },
    domain: 'tai.example',
    catalogs: [catalog.right],
    store,
    signer,
    secret,
    clock: Date.now,
    random: systemRandom,
    resources: anyResource(environment),
    subjects: anySubject,
    observers: [],
    handlers: [],
    ownerOf: () => ({ type: 'user', id: 'owner' }),
  });
  if (E.isLeft(started)) throw new Error(started.left.join('; '));
  const governor = started.right;
  const plan = catalog.right.catalog.source.plans['self_hosted'];
  const now = Date.now();
  const market: Caller = { tenant: 'acme', subject: { type: 'marketplace', id: 'market' }, scope: [] };
  await approvedBy(governor, market, 'apply_entitlement', 'entitlement', {
    event_id: 'e-1',
    entitlement_id: 'ent-1',
    occurred_at: formatInstant(now),
    rank: 0,
    status: 'active',
    plan_id: 'self_hosted',
    sku_id: plan?.sku_id,
    enabled_packs: plan?.packs,
    iam_roles: plan?.iam_roles,
    expiry: formatInstant(now + 31_536_000_000),
  });
  await approvedBy(governor, owner, 'grant_role', '*', {
    subject: 'agent:robot',
    roles: ['files/read', 'files/write'],
  });
  return { governor, store, catalog: catalog.right, signer };
};

/** The events of the tenant's ledger from a place on, as a read shows them. */
export const eventsFrom = async ({ governor, store }: Awaited<ReturnType<typeof governorOf>>, from: number) => {
  const head = await governor.head('acme');
  const [ledger] = E.isRight(head) && head.right !== undefined ? [head.right.size] : [0];
  const ledgers = await store.ledgers();
  const events: string[] = [];
  for (const id of E.isRight(ledgers) ? ledgers.right : [])
    for await (const row of store.read(id, from, ledger))
      if (E.isRight(row)) events.push(JSON.parse(Buffer.from(row.right.bytes).toString()).event);
  return events;
};
/** How many receipts the tenant has. */
export const sizeOf = async (governor: Governor): Promise<number> => {
  const head = await governor.head('acme');
  return E.isRight(head) ? (head.right?.size ?? 0) : 0;
};

/** The same value with the members of each object in one order. */
export const sorted = (x: unknown): unknown =>
  Array.isArray(x)
    ? x.map(sorted)
    : typeof x === 'object' && x !== null
      ? Object.fromEntries(
          Object.entries(x)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, value]) => [name, sorted(value)]),
        )
      : x;

/** Submits, and fails the test unless it was approved. */
export const approvedBy = async (
  governor: Governor,
  caller: Caller,
  action: string,
  resource: string,
  given: Readonly<Record<string, unknown>>,
) => {
  const submitted = await governor.submit(caller, { action, resource, arguments: given });
  if (!submitted.decided || submitted.decision.verdict !== 'approve') throw new Error(JSON.stringify(submitted));
  return submitted;
};

/** A client in front of a gate in front of a server. */
export const gated = async (
  governor: Governor,
  one: Fixture,
  options: Partial<GateOptions> = {},
  limits: Partial<UpstreamOptions> = {},
) => {
  const errors: unknown[] = [];
  const upstream = createUpstream({
    connect: () => transportTo(one),
    onerror: (error) => errors.push(error),
    ...limits,
  });
  const server = gateServerFactory({
    governor,
    caller: robot,
    pack: PACK,
    resource: 'files',
    upstream,
    onerror: (error) => errors.push(error),
    ...options,
  })();
  const [here, there] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'host', version: '1' });
  await Promise.all([server.connect(there), client.connect(here)]);
  return {
    client,
    errors,
    upstream,
    close: async () => {
      await client.close();
      await upstream.close();
    },
  };
};
