/** Several governors on one PostgreSQL: what each acknowledged is there once, in one chain. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { watchedStore } from '@tai-autonomics/adapter-storage';
import { openPostgresStore, postgresStorage } from '@tai-autonomics/adapter-storage/postgres';
import { type Deployment, type LedgerStore, openDeployment } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { afterAll, expect, test } from 'vitest';
import { builtFrom } from '../programs/program.ts';
import { everyStore } from '../runs.ts';
import { openedOr } from './folder.ts';
import { NO_SERVER, postgresOffers } from './postgres-server.ts';
import { type Acknowledged, type AskedOne, expectAgreement } from './postgres-several.ts';

const [offer] = postgresOffers();
const server = await offer?.();
const folder = mkdtempSync(join(tmpdir(), 'tai-several-'));
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (dir: string, url: string, faults: string[] = []): Promise<Deployment> => {
  mkdirSync(dir, { recursive: true });
  const opened = await openDeployment({
    dir,
    storage: postgresStorage(url, { connections: 2 }),
    catalog: library,
    onFault: (detail) => faults.push(detail),
  });
  if (!opened.opened) throw new Error(opened.wrong.join('\n'));
  return opened.deployment;
};

const TENANTS = ['acme', 'zeta'];

/** Tenants that are open, so that whoever comes later can ask. */
const begin = async (dir: string, url: string): Promise<void> => {
  const first = await open(dir, url);
  for (const tenant of TENANTS) expect(await first.openTenant(tenant, 'olivia')).toEqual([]);
  await first.close();
};

test('three governors decide for two tenants at once: every answer is a receipt, once, in one chain', async ({
  skip,
}) => {
  if (server === undefined) return skip(NO_SERVER);
  const url = await server.database();
  const dir = join(folder, 'one');
  await begin(dir, url);
  const faults: string[] = [];
  const governors = await Promise.all([1, 2, 3].map(() => open(dir, url, faults)));
  const acknowledged: Acknowledged[] = [];
  const ask = async ({ governor }: Deployment, { tenant, id }: AskedOne): Promise<void> => {
    const caller = { tenant, subject: { type: 'agent', id: 'bot' }, scope: ['read_deployment'] } as const;
    const answer = await governor.submit(caller, { id, action: 'check_health', resource: '*' });
    if (!answer.decided) throw new Error(`${answer.why}: ${answer.detail}`);
    acknowledged.push({ tenant, id, receipt: answer.receipt });
  };
  const tenantOf = (n: number): string => TENANTS[n % 2] ?? '';
  await Promise.all(
    governors.map(async (by, g) => {
      for (let n = 0; n < 20; n += 1) await ask(by, { tenant: tenantOf(n), id: `intent ${g} ${n}` });
    }),
  );
  // The same intents by everybody at the same time: each is decided once.
  const same = Array.from({ length: 10 }, (_, n) => ({ tenant: tenantOf(n), id: `same ${n}` }));
  await Promise.all(governors.flatMap((by) => same.map((one) => ask(by, one))));
  for (const one of governors) await one.close();
  expect(faults).toEqual([]);
  const store = openedOr(await openPostgresStore(url));
  await expectAgreement(store, acknowledged);
  expect(new Set(acknowledged.map(({ id }) => id)).size).toBe(70);
  await store.close();
});

test('while the store is down nothing is approved, readiness says why, and the log has one line a change', async ({
  skip,
}) => {
  if (server === undefined) return skip(NO_SERVER);
  skip(server.crash === undefined, 'a server that others use is not ended');
  const url = await server.database();
  const dir = join(folder, 'down');
  await begin(dir, url);
  const changes: string[] = [];
  const storage = postgresStorage(url, { answerWithinMs: 1_000 });
  const opened = await openDeployment({
    dir,
    catalog: library,
    onFault: () => undefined,
    storage: {
      ...storage,
      ledgers: async (of) =>
        E.map((store: LedgerStore) =>
          watchedStore(store, (change) => changes.push(change.answers ? 'answers' : change.fault.detail)),
        )(await storage.ledgers(of)),
    },
  });
  if (!opened.opened) throw new Error(opened.wrong.join('\n'));
  const { governor, close } = opened.deployment;
  const caller = { tenant: 'acme', subject: { type: 'agent', id: 'bot' }, scope: ['read_deployment'] } as const;
  const ask = (id: string) => governor.submit(caller, { id, action: 'check_health', resource: '*' });
  expect(await ask('before')).toMatchObject({ decided: true });
  expect(await governor.ready()).toEqual([]);
  await server.crash?.();
  for (const id of ['down 1', 'down 2', 'down 3'])
    expect(await ask(id)).toMatchObject({ decided: false, why: 'store_unavailable' });
  expect(await governor.ready()).toContainEqual(expect.stringContaining(url.slice(0, 'postgres://tai_app@'.length)));
  await server.start?.();
  expect(await ask('down 1')).toMatchObject({ decided: true, repeated: false });
  expect(await governor.ready()).toEqual([]);
  expect(changes).toEqual([expect.stringMatching(/^the store postgres:\/\/tai_app@.*: /), 'answers']);
  await close();
});

interface Child {
  readonly process: ChildProcess;
  /** Resolves with the signal or code that ended it. */
  readonly ended: Promise<unknown>;
}

const start = (dir: string, url: string, asked: readonly AskedOne[], said: (line: Acknowledged) => void): Child => {
  const script = builtFrom(import.meta.resolve('./postgres-child.ts'));
  const child = spawn(process.execPath, [script, dir, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${JSON.stringify(asked)}\n`);
  createInterface(child.stdout).on('line', (line) => {
    const parsed = JSON.parse(line);
    if (parsed.receipt !== undefined) said(parsed);
  });
  return { process: child, ended: once(child, 'exit').then(([code, signal]) => signal ?? code) };
};

/** Intents in all, for so many processes; each is killed at random and started again until everything is answered. */
const LONG = [
  { processes: 2, intents: 600 },
  { processes: 4, intents: 1_200 },
  { processes: 8, intents: 10_000 },
];
test.for(LONG)(
  '$processes processes that are killed at random: $intents intents, each recorded once, none lost',
  { timeout: 1_800_000 },
  async ({ processes, intents }, { skip }) => {
    if (server === undefined) return skip(NO_SERVER);
    skip(!everyStore, 'several processes are killed by `npm run test:stores`');
    const url = await server.database();
    const dir = join(folder, `${processes}`);
    await begin(dir, url);
    const acknowledged: Acknowledged[] = [];
    const all = Array.from({ length: intents }, (_, n) => ({ tenant: TENANTS[n % 2] ?? '', id: `intent ${n}` }));
    let kills = 0;
    const life = async (own: readonly AskedOne[], mayBeKilled: () => boolean): Promise<void> => {
      for (let left = own; left.length > 0; ) {
        const done = new Set<string>();
        const child = start(dir, url, left, (line) => {
          done.add(line.id);
          acknowledged.push(line);
        });
        if (mayBeKilled()) {
          // Once it has begun to answer, at no particular moment.
          while (done.size === 0 && child.process.exitCode === null) await pause(20);
          await pause(Math.random() * 400);
          if (child.process.kill('SIGKILL')) kills += 1;
        }
        await child.ended;
        left = left.filter(({ id }) => !done.has(id));
      }
    };
    await Promise.all(
      Array.from({ length: processes }, (_, p) =>
        life(
          // Every process also asks some of its neighbour's: the same intents, at the same time.
          all.filter((_one, n) => n % processes === p || n % (processes * 5) === p + 1),
          () => kills < processes * 3,
        ),
      ),
    );
    expect(kills).toBeGreaterThanOrEqual(processes);
    const store = openedOr(await openPostgresStore(url));
    await expectAgreement(store, acknowledged);
    expect(new Set(acknowledged.map(({ tenant, id }) => `${tenant} ${id}`)).size).toBe(intents);
    await store.close();
  },
);
