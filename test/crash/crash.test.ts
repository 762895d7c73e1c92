/**
 * `kill -9` at every point at which a governor leaves something behind: no acknowledged receipt is lost, none is there twice, nothing
 * is done twice, and what nobody knows is said. `npm run test:crash` has all points, over every store; `npm test` a few of them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { until } from '../governor/deployment.ts';
import { clockAt, eventsOf, ledgerOf, people, right, START, TENANT } from '../governor/kit.ts';
import { sealedLedger, verify } from '../governor/verified.ts';
import { scratchFolder } from '../governor-parts/scratch.ts';
import { builtFrom, builtModule } from '../programs/program.ts';
import { isLongRun } from '../runs.ts';
import { NO_SERVER, postgresOffers } from '../storage/postgres-server.ts';
import { METHODS, nameOf, POINTS, type Point } from './points.ts';
import { LATER, play, type Scene, type Stage, sceneIn, type Told } from './scene.ts';

const isWhole = isLongRun || process.env['TAI_CRASH'] === 'all';
const [offer] = isWhole ? postgresOffers() : [];
const server = await offer?.();
afterAll(() => server?.stop());

const handlers = builtModule(import.meta.resolve('../governor/handlers.ts'));

/** Those of every `npm test`. */
const FEW = ['after LedgerStore.append (approval)', 'during Handler'];

/** What a process acknowledged before it died at the point. */
const killedAt = async (stage: Stage, point: Point): Promise<readonly Told[]> => {
  const args = [builtFrom(import.meta.resolve('./child.ts')), JSON.stringify(stage), JSON.stringify(point)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines: unknown[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line));
  expect(await ended).toEqual([null, 'SIGKILL']);
  return lines as readonly Told[];
};

/** A snapshot is removed where it is wrong: somebody changed it. */
const spoil = async (stage: Stage): Promise<void> => {
  const scene = await sceneIn(stage);
  await play(scene, () => {});
  await scene.governor.close();
  const path = join(stage.folder, 'snapshots', `${scene.identity.ledger(TENANT)}.state`);
  const kept = readFileSync(path);
  kept[kept.length - 5] = (kept[kept.length - 5] ?? 0) ^ 1;
  writeFileSync(path, kept);
};

/** How the tenant stands, as whoever asks is told. */
const standingOf = async ({ governor }: Scene) => [
  right(await governor.head(TENANT)),
  right(await governor.status(TENANT)),
  right(await governor.tools(people().agent)),
];

/** Everything holds that was acknowledged, the day can go on, and the world was changed at most once. */
const expectWhole = async (stage: Stage, told: readonly Told[]): Promise<void> => {
  const scene = await sceneIn(stage, clockAt(LATER));
  const { governor, deployment } = scene;
  const head = right(await governor.head(TENANT));
  // What was open is driven, or given up, before anybody asks again.
  expect(await until(async () => (right(await governor.status(TENANT))?.open.length ?? 0) === 0)).toBe(true);
  const again: Told[] = [];
  await play(scene, (one) => void again.push(one));
  const ledger = await ledgerOf(scene);
  for (const { id, seq, leaf } of told) {
    expect(Buffer.from(ledger[seq]!.row.leaf).toString('base64url'), id).toBe(leaf);
    expect(again.find((one) => one.id === id)).toEqual({ id, seq, leaf });
  }
  const ids = ledger.flatMap(({ row }) => row.intent?.id ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ledger.length).toBeGreaterThanOrEqual(head?.size ?? 0);
  // At most once; and if it was begun and nobody knows how it ended, that is said and the line stops.
  expect(deployment.runs()).toBeLessThanOrEqual(1);
  const outcomes = ledger.flatMap(({ receipt }) => (receipt.kind === 'outcome' ? [receipt.status] : []));
  expect(outcomes).toHaveLength(1);
  const events = await eventsOf(scene);
  expect(events.includes('andon_raised')).toBe(outcomes[0] === 'unknown');
  if (outcomes[0] === 'success') expect(deployment.runs()).toBe(1);
  // What was ordered to be erased is gone.
  const order = ledger.find(({ receipt }) => receipt.event === 'disclosures_purged');
  const erased = order?.receipt.writes.map(({ key }) => Number(key[0])) ?? [];
  for (const seq of erased) expect([...ledger[seq]!.disclosed.keys()]).not.toContain('state/readings');
  // What was erased is withheld; all else is decided again.
  const { findings, labels, rederived } = verify(await sealedLedger(scene));
  expect({ findings, labels }).toEqual({ findings: [], labels: { linked: 'yes', signed: 'yes', trusted: 'yes' } });
  expect(rederived).toMatchObject({ falsified: 0, notAvailable: 0, withheld: 1 });
  await governor.close();
  // And whoever opens without any snapshot sees the same.
  const standings: unknown[] = [];
  for (const hasSnapshots of [true, false]) {
    const next = await sceneIn(stage, clockAt(LATER), undefined, hasSnapshots);
    standings.push(await standingOf(next));
    await next.governor.close();
  }
  expect(standings[0]).toEqual(standings[1]);
};

const crash = async (stage: Stage, point: Point): Promise<void> => {
  if (point.call === 'SnapshotStore.remove') await spoil(stage);
  await expectWhole(stage, await killedAt(stage, point));
};

describe('killed, over SQLite', () => {
  const rows = POINTS.filter((point) => isWhole || FEW.includes(nameOf(point))).map((point) => ({
    note: nameOf(point),
    point,
  }));
  test.for(rows)('$note', ({ point }, context) => crash({ folder: scratchFolder(context), handlers }, point));
});

describe('killed, over PostgreSQL', () => {
  const rows = POINTS.filter(({ call }) => call.startsWith('LedgerStore')).map((point) => ({
    note: nameOf(point),
    point,
  }));
  test.for(rows)('$note', async ({ point }, context) => {
    context.skip(!isWhole, 'one of `npm run test:crash`');
    if (server === undefined) return context.skip(NO_SERVER);
    const url = await server.database();
    await crash({ folder: scratchFolder(context), handlers, url }, point);
    await server.reuse(url);
  });
});

/** The methods of the interfaces of a source, as `Interface.method`. */
const methodsIn = (path: string): readonly string[] => {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
  return source.statements
    .filter(ts.isInterfaceDeclaration)
    .flatMap((port) =>
      port.members.filter(ts.isMethodSignature).map((method) => `${port.name.text}.${method.name.getText(source)}`),
    );
};

test('every method of every port has its points, or reads: a new one fails here', () => {
  const methods = methodsIn(join(repository, 'packages/governor/src/ports.ts'));
  expect(methods.length).toBeGreaterThan(20);
  expect(
    Object.keys(METHODS)
      .filter((name) => name !== 'Handler')
      .sort(),
  ).toEqual([...methods].sort());
  for (const [name, rows] of Object.entries(METHODS))
    if (typeof rows === 'object' && 'test' in rows)
      expect(readFileSync(join(repository, rows.test), 'utf8')).toContain(name.split('.')[1]);
    else if (typeof rows !== 'string') expect(rows.length, name).toBeGreaterThan(0);
  expect(START).toBeLessThan(LATER);
});
