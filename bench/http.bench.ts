/**
 * What a decision over HTTP adds to the bare framework. All are called as fetch handlers in this process, one request at a
 * time, so that neither sockets nor the machine's load are in the difference. Floor: hono routes a POST, parses its JSON and
 * answers with as many bytes as the door does. Door: authenticates the key, reads the body strictly, gathers evidence,
 * decides, seals and appends a receipt to a store in memory, and answers. Workload: half of the requests are refused
 * rollbacks with their reasons and next steps, half are approved reads; the same intents put to the governor directly say
 * how much of it is the decision and its receipt. The three take turns.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import { memoryStore } from '@tai-autonomics/adapter-storage';
import {
  anyResource,
  anySubject,
  callerOf,
  createGovernor,
  type Governor,
  loadCatalog,
  memoryCredentials,
  mintCredential,
  type TenantCredential,
} from '@tai-autonomics/governor';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemClock, systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { Hono } from 'hono';
import { amount, cpuMsSince, figure, LEAST_DIFFERENCE } from './measure.ts';
import { onPage } from './on-page.ts';

/** In a short run too: what is not compiled yet says nothing of what it costs. */
const warmUp = 500;
const rounds = amount(2_000);
const goal = { atMostMs: 0.3, aimMs: 0.15 };

const right = <L, A>(answer: E.Either<L, A>): A => {
  if (E.isLeft(answer)) throw new Error(JSON.stringify(answer.left));
  return answer.right;
};

const agent = mintCredential(systemRandom, {
  tenant: 'acme',
  subject: { type: 'agent', id: 'bot' },
  scope: ['read_deployment', 'write_rollback'],
});

const activation = {
  event: 'entitlement.activated',
  event_id: 'e-1',
  entitlement_id: 'ent-1',
  occurred_at: '2026-01-01T00:00:00Z',
  record: {
    tenant_id: 'acme',
    sku_id: 'rollback-guard-professional',
    plan_id: 'professional',
    enabled_packs: ['receipt_verifier', 'rollback_guard'],
    iam_roles: ['read_deployment', 'write_rollback', 'read_audit_trail'],
    expiry: '2099-01-01T00:00:00Z',
  },
};

const startGovernor = async (folder: string): Promise<Governor> => {
  const key = right(await openKeyFile(join(folder, 'key.json'), systemRandom));
  return right(
    await createGovernor({
      standing: { mode: 'eval', session: 'bench' },
      domain: 'bench.test',
      catalogs: [right(loadCatalog(library))],
      store: memoryStore(),
      signer: key.signer,
      secret: key.secret,
      clock: systemClock,
      random: systemRandom,
      resources: anyResource('sandbox'),
      subjects: anySubject,
      observers: [
        {
          source: 'git',
          facts: ['deployment_stable', 'rollback_target_known', 'rollback_target_version'],
          timeoutMs: 1_000,
          observe: async () => [{ fact: 'deployment_stable', value: false, observedAt: systemClock() }],
        },
      ],
      handlers: [],
      ownerOf: () => ({ type: 'user', id: 'olivia' }),
    }),
  );
};

type Fetch = (request: Request) => Response | Promise<Response>;

const posting = (path: string, body: string, key: string): Request =>
  new Request(`http://bench.test${path}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      authorization: `Bearer ${key}`,
    },
  });

const intents = [
  { action: 'trigger_rollback', resource: 'payments' },
  { action: 'describe_support', resource: '*' },
] as const;

/** Milliseconds, by the clock and of CPU time. */
interface Took {
  readonly ms: number;
  readonly cpu: number;
}

const timed = async (run: () => Promise<unknown>): Promise<Took> => {
  const used = process.cpuUsage();
  const started = performance.now();
  await run();
  return { ms: performance.now() - started, cpu: cpuMsSince(used) };
};

/** One request, from the Request to the last byte of its body. */
const asked = async (fetch: Fetch, request: Request): Promise<void> => {
  const response = await fetch(request);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`answered ${response.status}`);
};

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * q)] ?? Number.NaN;

/** As many bytes as the door answers with, for each of the intents. */
const floorFor = (answers: ReadonlyMap<string, string>): Fetch => {
  const hono = new Hono();
  hono.post('/v1/actions', async (context) => {
    const { action } = await context.req.json<{ readonly action: string }>();
    return context.body(answers.get(action) ?? '', 200, { 'content-type': 'application/json' });
  });
  return (request) => hono.fetch(request);
};

type Times = Readonly<Record<'floor' | 'governor' | 'door', Took[]>>;

const msOf = (values: readonly Took[], q: number): number =>
  quantile(
    values.map(({ ms }) => ms),
    q,
  );
/** The middle one, since whatever collects garbage falls on some. */
const cpuOf = (values: readonly Took[]): number =>
  quantile(
    values.map(({ cpu }) => cpu),
    0.5,
  );

const row = (name: string, values: readonly Took[]): string => {
  const cells = [msOf(values, 0.5), msOf(values, 0.99), cpuOf(values)];
  return `${name.padEnd(28)}${cells.map((ms) => figure(name, ms, 3).padStart(9)).join('')}`;
};

const addedMs = ({ floor, door }: Times): number => msOf(door, 0.5) - msOf(floor, 0.5);
const addedCpu = ({ floor, door }: Times): number => cpuOf(door) - cpuOf(floor);

const print = (kinds: ReadonlyMap<string, Times>): void => {
  console.log('a decision over HTTP, store in memory, one request at a time, half refusals and half reads');
  for (const [kind, times] of kinds) {
    console.log(`${kind.padEnd(28)}   p50 ms   p99 ms   CPU ms`);
    console.log(row('  bare hono, equal bytes', times.floor));
    console.log(row('  the governor alone', times.governor));
    console.log(row('  door and governor', times.door));
  }
  const added = [...kinds.values()].map(addedMs);
  const mean = added.reduce((sum, ms) => sum + ms, 0) / added.length;
  const cpu = [...kinds.values()].map(addedCpu);
  const [refusal = 0, read = 0] = added;
  onPage(
    'a decision over HTTP, added to the bare framework: p50 of refusals; of reads; mean of both',
    `${[refusal, read, mean].map((ms) => figure('added ms', ms, 2, LEAST_DIFFERENCE)).join('; ')} ms`,
  );
  const each = added.map((ms) => figure('added ms', ms, 3, LEAST_DIFFERENCE)).join(' and ');
  console.log(
    `added CPU ${cpu.map((ms) => figure('added CPU ms', ms, 3, LEAST_DIFFERENCE)).join(' and ')} ms; added p50 ${each}, mean ${figure('added ms', mean, 3, LEAST_DIFFERENCE)} ms   (at most ${goal.atMostMs}, aim ${goal.aimMs})`,
  );
};

/** Prints the milliseconds of the bare framework, the governor and the door, and what is added at the median. */
export const httpBench = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tai-bench-'));
  try {
    const governor = await startGovernor(folder);
    const marketplace = mintCredential(systemRandom, { subject: { type: 'marketplace', id: 'shop' }, scope: [] });
    const credentials = memoryCredentials([agent.credential, marketplace.credential]);
    const { fetch } = createHttpDoor({ governor, credentials });
    await asked(fetch, posting('/marketplace', JSON.stringify(activation), marketplace.secretText));
    const key = agent.secretText;
    const answers = new Map<string, string>();
    for (const intent of intents) {
      const response = await fetch(posting('/v1/actions', JSON.stringify(intent), key));
      answers.set(intent.action, await response.text());
    }
    const floor = floorFor(answers);
    const caller = callerOf(agent.credential as TenantCredential);
    const kinds = new Map<string, Times>(intents.map(({ action }) => [action, { floor: [], governor: [], door: [] }]));
    for (let round = -warmUp; round < rounds; round += 1) {
      const intent = intents[round & 1] ?? intents[0];
      const body = JSON.stringify(intent);
      const bare = await timed(() => asked(floor, posting('/v1/actions', body, key)));
      const alone = await timed(() => governor.submit(caller, intent));
      const whole = await timed(() => asked(fetch, posting('/v1/actions', body, key)));
      if (round < 0) continue;
      const times = kinds.get(intent.action);
      times?.floor.push(bare);
      times?.governor.push(alone);
      times?.door.push(whole);
    }
    print(kinds);
    await governor.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
};
