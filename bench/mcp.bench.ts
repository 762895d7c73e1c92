/**
 * One tool call at a time through the real client and the in-memory transport: what the door, the decision and its receipt
 * add to the SDK's own floor, a trivial echo. Workload: reads that are approved and answered, and rollbacks that are refused
 * with three reasons and their next steps, with an observer that answers at once; complete receipts with disclosures,
 * memory store, no fsync. A refusal that is asked for again unchanged is answered from the record, and measured by itself. All take turns, so that a busy machine slows all; a figure is the median of the rounds' medians.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { Server } from '@modelcontextprotocol/server';
import { type McpServerOptions, mcpServerFactory } from '@tai-autonomics/adapter-mcp';
import { memoryStore, openSqliteDriver, openSqliteStore } from '@tai-autonomics/adapter-storage';
import type { LedgerStore } from '@tai-autonomics/governor';
import { approved, fakeGovernor, look } from '../test/mcp/fake-governor.ts';
import { doorOf, subscribe } from '../test/mcp/subscriptions.ts';
import { createTenants, robotOf } from '../test/mcp/tenants.ts';
import { fixture, gated, governorOf, importedPack, readFile, transportTo } from '../test/mcp-gate/gated.ts';
import { amount, cpuMsSince, figure, LEAST_DIFFERENCE, median } from './measure.ts';
import { onPage } from './on-page.ts';
import { right } from './receipt-step.ts';

const rounds = amount(7);
const callsARound = amount(400);
const goal = { atMostMs: 0.3, aimMs: 0.15 };

type Params = Parameters<Client['callTool']>[0];
interface Subject {
  readonly name: string;
  readonly call: () => Promise<unknown>;
  readonly medians: number[];
  /** Milliseconds of CPU time a call. */
  readonly cpu: number[];
}

const echo = (): Server => {
  const server = new Server({ name: 'echo', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({ tools: [{ name: 'echo', inputSchema: { type: 'object' } }] }));
  server.setRequestHandler('tools/call', ({ params }) => ({
    content: [{ type: 'text', text: JSON.stringify(params.arguments) }],
  }));
  return server;
};

const subject = async (name: string, server: Server, params: Params | (() => Params)): Promise<Subject> => {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'bench', version: '1.0.0' });
  await Promise.all([server.connect(there), client.connect(here)]);
  await client.listTools();
  return { name, call: () => client.callTool(typeof params === 'function' ? params() : params), medians: [], cpu: [] };
};

const serverOf = (options: McpServerOptions): Server => mcpServerFactory(options)();

const round = async ({ call }: Subject): Promise<number> => {
  const took: number[] = [];
  for (let n = 0; n < callsARound; n += 1) {
    const started = performance.now();
    await call();
    took.push(performance.now() - started);
  }
  return median(took);
};

/** Prints the floor, the door alone, and calls with their decisions and receipts, each with what it adds to the floor. */
export const mcpBench = async (): Promise<void> => {
  const tenants = await createTenants();
  await tenants.buy('bench', 'professional');
  const caller = robotOf('bench', 'read_deployment', 'write_rollback');
  const about = { resource: 'shop' };
  const quick = fakeGovernor(look);
  quick.answer = () => approved();
  const real = { governor: tenants.governor, caller };
  let calls = 0;
  const subjects = [
    await subject('echo, the SDK alone', echo(), { name: 'echo', arguments: about }),
    await subject('the door, nothing decided', serverOf({ governor: quick, caller }), {
      name: 'a_look',
      arguments: { ...about, action: 'x' },
    }),
    await subject('approved, recorded, answered', serverOf(real), { name: 'health_check', arguments: about }),
    // About something else each time: unchanged, it would be answered from the record.
    await subject('refused and recorded', serverOf(real), () => {
      calls += 1;
      return { name: 'rollback_orchestrator', arguments: { resource: `shop ${calls % 1_000}` } };
    }),
    await subject('refused again, unchanged', serverOf(real), { name: 'rollback_orchestrator', arguments: about }),
  ];
  await allRounds(subjects);
  console.log(`MCP tool call in memory, one at a time (${rounds} × ${callsARound} calls)`);
  console.log('                                    p50 ms    added ms   added CPU');
  const floor = median(subjects[0]?.medians ?? []);
  const floorCpu = median(subjects[0]?.cpu ?? []);
  for (const { name, medians, cpu } of subjects) {
    const p50 = median(medians);
    const added = figure('added CPU ms', median(cpu) - floorCpu, 3, LEAST_DIFFERENCE);
    const wanted = name.includes('recorded') ? `   (at most ${goal.atMostMs}, aim ${goal.aimMs})` : '';
    console.log(
      `${name.padEnd(32)}${figure(name, p50, 3).padStart(10)}${figure('added ms', p50 - floor, 3, LEAST_DIFFERENCE).padStart(12)}${added.padStart(12)}${wanted}`,
    );
  }
  const addedOf = (name: string): string => {
    const { medians = [] } = subjects.find((one) => one.name === name) ?? {};
    return figure('added ms', median(medians) - floor, 2, LEAST_DIFFERENCE);
  };
  onPage(
    'an MCP tool call, added to the SDK alone: p50 of refusals; of approvals',
    `${addedOf('refused and recorded')}; ${addedOf('approved, recorded, answered')} ms`,
  );
  await tenants.governor.close();
  await gateBench('in memory', memoryStore());
  const folder = mkdtempSync(join(tmpdir(), 'tai-gate-'));
  try {
    const disk = await twoCommits(join(folder, 'bare.db'));
    await gateBench('over SQLite', right(await openSqliteStore(join(folder, 'ledger.db'))), [disk]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await subscriptionsBench();
};

/** All take turns, each warmed up first. */
const allRounds = async (subjects: readonly Subject[]): Promise<void> => {
  for (const { call } of subjects) for (let n = 0; n < WARM_CALLS; n += 1) await call();
  for (let n = 0; n < rounds; n += 1) {
    for (const one of subjects) {
      const used = process.cpuUsage();
      one.medians.push(await round(one));
      one.cpu.push(cpuMsSince(used) / callsARound);
    }
  }
};
/** In a short run too: what is not compiled yet says nothing of what it costs. */
const WARM_CALLS = 400;

/**
 * A call of somebody else's server, straight and through the gate: two hops of the SDK in the place of one, a decision, and
 * three receipts in two appends (approved and begun, ended), over a memory store and over SQLite, which waits for the disk twice.
 */
const gateBench = async (where: string, store: LedgerStore, disk: readonly Subject[] = []): Promise<void> => {
  const { governor } = await governorOf(importedPack([readFile]), 'sandbox', { store });
  const params: Params = { name: 'read_file', arguments: { path: '/a' } };
  const straight = new Client({ name: 'bench', version: '1.0.0' });
  await straight.connect(transportTo(fixture()));
  const gate = await gated(governor, fixture());
  const hops: Subject = { name: 'two hops of the SDK alone', call: await twoHops(params), medians: [], cpu: [] };
  const through: Subject = { name: 'through the gate', call: () => gate.client.callTool(params), medians: [], cpu: [] };
  const bare: Subject = { name: 'the server alone', call: () => straight.callTool(params), medians: [], cpu: [] };
  await allRounds([bare, hops, through, ...disk]);
  const [floor, twice, p50] = [bare, hops, through].map(({ medians }) => median(medians)) as [number, number, number];
  console.log(`a call of another server, ${where}, p50 ms`);
  for (const { name, medians, cpu } of [bare, hops, through, ...disk])
    console.log(
      `${name.padEnd(32)}${figure(name, median(medians), 3).padStart(10)}   ${figure('CPU ms', median(cpu), 3)} ms of CPU`,
    );
  const added = figure('the gate adds', p50 - floor, 3, LEAST_DIFFERENCE).padStart(10);
  const decided = figure('deciding adds', p50 - twice, 3, LEAST_DIFFERENCE);
  console.log(
    `${'the gate adds'.padEnd(32)}${added}   (at most 0.5); ${decided} of it beyond the second hop, ${figure('times', p50 / twice, 1)} times two hops`,
  );
  await gate.close();
  await straight.close();
  await governor.close();
};

/** Open subscriptions of a hundred tenants, a change of one after the other: who is told, and what stays in memory. */
const subscriptionsBench = async (): Promise<void> => {
  const governor = fakeGovernor(look);
  const door = doorOf(governor);
  const tenants = Array.from({ length: amount(100) }, (_, n) => `tenant-${n}`);
  const open = await Promise.all(
    tenants.flatMap((tenant) => Array.from({ length: 10 }, () => subscribe(door, tenant))),
  );
  const changes = amount(1_000);
  const [took, held]: [number[], number[]] = [[], []];
  for (let n = 0; n < changes; n += 1) {
    const tenant = tenants[n % tenants.length] as string;
    const own = open.filter((one) => one.tenant === tenant);
    const before = own.map((one) => one.heard());
    const began = performance.now();
    governor.change(tenant);
    while (own.some((one, at) => one.heard() === before[at])) await new Promise((next) => setImmediate(next));
    took.push(performance.now() - began);
    if (n % tenants.length === 0) held.push(process.memoryUsage().heapUsed / 1e6);
  }
  const each = changes / tenants.length;
  const wrong = open.filter((one) => one.heard() !== each).length;
  console.log(
    `${open.length} open subscriptions of ${tenants.length} tenants: told within ${figure('ms', median(took), 2)} ms (p50, at most 50), ${wrong} did not hear just its own, heap ${held.map((mb) => figure('MB', mb)).join(', ')} MB`,
  );
  await Promise.all(open.map((one) => one.end()));
  await door.close();
};

/** What the disk alone takes of a call: two commits of the bare driver, of about as many bytes as its receipts. */
const twoCommits = async (path: string): Promise<Subject> => {
  const driver = await openSqliteDriver(path);
  driver.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare (body BLOB)');
  const commit = (): void => {
    driver.exec('BEGIN IMMEDIATE');
    driver.run('INSERT INTO bare (body) VALUES (?)', [new Uint8Array(4_096)]);
    driver.exec('COMMIT');
  };
  const call = async (): Promise<void> => {
    commit();
    commit();
  };
  return { name: 'two commits of the bare driver', call, medians: [], cpu: [] };
};

/** What passing a call on costs without deciding anything. */
const twoHops = async (params: Params): Promise<() => Promise<unknown>> => {
  const inner = new Client({ name: 'bench', version: '1.0.0' });
  await inner.connect(transportTo(fixture()));
  const proxy = new Server({ name: 'proxy', version: '1.0.0' }, { capabilities: { tools: {} } });
  proxy.setRequestHandler('tools/call', (request) => inner.callTool(request.params));
  const [here, there] = InMemoryTransport.createLinkedPair();
  const outer = new Client({ name: 'bench', version: '1.0.0' });
  await Promise.all([proxy.connect(there), outer.connect(here)]);
  return () => outer.callTool(params);
};
