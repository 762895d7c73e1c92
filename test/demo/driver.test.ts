/** The driver dispatches on `next.kind` alone; whatever went wrong, and in whatever order, it arrives at the approval. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DriverPorts, discardEdits, editInPlace, makeRepository, solve, type Told } from '@tai-autonomics/cli';
import { compileCatalog } from '@tai-autonomics/core';
import type { TenantResource } from '@tai-autonomics/governor';
import { gitObserver, gitRollbackHandler } from '@tai-autonomics/governor/local';
import { gitDeployment, library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { hasItsTurn } from '../runs.ts';
import { FAULTS, type Fault, PREPARATIONS, type Preparation, prepare } from './faults.ts';
import { openTenant, SERVICE, type Tenant } from './tenant.ts';

/** A person who does exactly what they are told: makes the condition true in the world. */
const portsOf = ({ actors, world, now, pass }: Tenant, tell: (told: Told) => void): DriverPorts => ({
  actors: [actors.olivia, actors.arjun, actors.monitor, actors.marketplace],
  person: async ({ until }) => {
    if ('fact' in until && 'is' in until && typeof until.is === 'boolean') world.facts[until.fact] = until.is;
  },
  until: async (instant) => pass(Math.max(0, Date.parse(instant) - now())),
  now,
  tell,
});

test('a tenant that is prepared is approved at once', async () => {
  const tenant = await openTenant();
  await prepare(tenant, []);
  expect(await tenant.ask()).toMatchObject({ verdict: 'approve', reasons: [] });
  await tenant.governor.close();
});

const omissions = Object.entries(PREPARATIONS).map(([name, { code }]) => ({
  note: `nobody made the ${name}`,
  code,
  without: [name as Preparation],
  strike: async () => {},
}));

test.for([...omissions, ...FAULTS.map((fault) => ({ ...fault, without: [] }))])(
  '$note: refused, and solved',
  async ({ code, without, strike }) => {
    const tenant = await openTenant();
    await prepare(tenant, without);
    await strike(tenant);
    const refused = await tenant.ask();
    expect(refused.reasons.map((reason) => reason.code)).toContain(code);
    // A fault that lasts for one look has passed: once more.
    await strike(tenant);
    const told: Told[] = [];
    const answer = await solve(
      tenant.ask,
      portsOf(tenant, (step) => told.push(step)),
    );
    expect(answer).toMatchObject({ verdict: 'approve' });
    expect(told.length).toBeGreaterThan(0);
    await tenant.governor.close();
  },
);

/** Mulberry32: the same order for the same seed, everywhere. */
const randomOf = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
};

const shuffled = <A>(items: readonly A[], random: () => number): A[] =>
  items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

test.for([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter((_, i) => hasItsTurn(i)))(
  'all faults, shuffled by seed %i, are solved',
  async (seed) => {
    const random = randomOf(seed);
    const without = (Object.keys(PREPARATIONS) as Preparation[]).filter(() => random() < 0.5);
    const waiting: Fault[] = shuffled(FAULTS, random);
    const tenant = await openTenant();
    await prepare(tenant, without);
    const strikeNext = async (): Promise<void> => waiting.shift()?.strike(tenant);
    for (let i = 0; i < FAULTS.length / 2; i++) await strikeNext();
    const ask = async () => {
      // The rest strikes while the driver is at work: one fault before each question.
      await strikeNext();
      return tenant.ask();
    };
    const told: string[] = [];
    const answer = await solve(
      ask,
      portsOf(tenant, ({ reason }) => told.push(reason.next.kind)),
    );
    expect(answer).toMatchObject({ verdict: 'approve' });
    expect(waiting).toEqual([]);
    expect(new Set(told).size).toBeGreaterThanOrEqual(2);
    await tenant.governor.close();
  },
);

test('a real repository, edited in place, is rolled back to its previous release', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tai-driver-'));
  try {
    await makeRepository(dir);
    await editInPlace(dir);
    const repository = ({ resource }: TenantResource) => (resource === SERVICE ? dir : undefined);
    const tenant = await openTenant({
      observers: (clock) => [
        gitObserver({ source: 'git', repository, detector: gitDeployment, timeoutMs: 10_000, clock }),
      ],
      handlers: [gitRollbackHandler('rollback', { acme: { [SERVICE]: dir } })],
    });
    const told: string[] = [];
    const ports = portsOf(tenant, ({ reason }) => told.push(reason.next.kind));
    const answer = await solve(tenant.ask, { ...ports, person: () => discardEdits(dir) });
    expect(answer).toMatchObject({ verdict: 'approve', outcome: { status: 'success' } });
    expect(told).toContain('world');
    expect(readFileSync(join(dir, 'service.yaml'), 'utf8')).toContain('checkout:1.0.0');
    await tenant.governor.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('the driver names no reason code, action, fact or pack of the catalog', () => {
  const catalog = compileCatalog(library);
  if (E.isLeft(catalog)) throw new Error('the shipped catalog does not compile');
  const { codes, actions, facts, packs } = catalog.right;
  const source = readFileSync(join(repository, 'packages/cli/src/demo/driver.ts'), 'utf8');
  const words = new Set(source.match(/[a-z_]+/g));
  const names = [codes, actions, packs].flatMap((named) => [...named.keys()]);
  expect(names.length).toBeGreaterThan(50);
  expect([...names, ...facts.keys()].filter((name) => name.includes('_') && words.has(name))).toEqual([]);
  expect([...codes.keys()].filter((code) => words.has(code))).toEqual([]);
});
