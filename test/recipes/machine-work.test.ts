/**
 * Standard work on what is really there: damaged files, a SQLite database, a PostgreSQL server, a process. Each is seen, diagnosed,
 * carried out and verified through a governor, and taken back; and of a plan of two steps the first is taken back where the second fails.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { compileRecipes } from '@tai-autonomics/core/analysis';
import { admit, type Recipe, type Value } from '@tai-autonomics/core/author';
import { diagnose, type PlannedStep } from '@tai-autonomics/core/engine';
import type { Asked, Caller, Handler, Observer } from '@tai-autonomics/governor';
import { type CommandLine, commandHandler, commandOutput, documentObserver } from '@tai-autonomics/governor/local';
import { runRecipe } from '@tai-autonomics/governor/operator';
import { library, standardWorkDetectors, standardWorkRecipes, withStandardWork } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import pg from 'pg';
import { expect, test } from 'vitest';
import { repository as root } from '../canary/repository.ts';
import { compiled } from '../fixtures/tenant.ts';
import {
  approved,
  entitlement,
  eventsOf,
  loaded,
  makeReady,
  named,
  PLANS,
  people,
  runningClock,
  SERVICE,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { eventually, scratchFolder } from '../governor-parts/scratch.ts';
import { NO_SERVER, postgresOffers } from '../storage/postgres-server.ts';

const source = withStandardWork(library, ['professional']);
const catalog = compiled(source);
const { agent: bot, owner, service, shop } = people();
const agent: Caller = { ...bot, scope: ['read_deployment', 'write_config'] };
const INCIDENT = 'inc-1';
const here = <A>(of: A) => ({ [TENANT]: { [SERVICE]: of } });

/** A program in a line or two, with its arguments. */
const node = (program: string, ...args: readonly string[]): CommandLine => [process.execPath, '-e', program, ...args];
const moduleOf = (name: string, from: string): string => createRequire(join(root, from, 'package.json')).resolve(name);

/** What runs in a process of its own is what was built. */
const step = (action: string, line: CommandLine, nothingDone: readonly number[] = []): Handler => ({
  ...commandHandler(action, here(line), nothingDone),
  module: pathToFileURL(join(root, 'packages/governor/dist/local/command-handler.js')).href,
});

/** What a recipe is carried out on: how it is looked at, by which format, and what its steps run. */
interface Machine {
  readonly recipe: string;
  readonly format: string;
  readonly look: CommandLine;
  readonly form: 'json' | 'text';
  readonly handlers: readonly Handler[];
}

interface Standing {
  /** Asks as somebody, and answers what became of it. */
  readonly ask: (who: Caller, action: string, args?: Asked['arguments']) => Promise<string>;
  readonly plan: readonly PlannedStep[];
  /** The events of the receipts so far. */
  readonly events: () => Promise<readonly string[]>;
  /** Carries the plan out: how it stands, and how each step ended. */
  readonly run: () => Promise<readonly [string, readonly (readonly [string, string])[]]>;
}

const recipeOf = (id: string): Recipe => {
  const recipe = standardWorkRecipes.find(({ recipe_id }) => recipe_id === id);
  if (recipe === undefined) throw new Error(id);
  return recipe;
};

const observerOf = ({ format, look, form }: Machine, clock: () => number): Observer => {
  const detector = standardWorkDetectors.find(({ id }) => id === format);
  if (detector === undefined) throw new Error(format);
  const fact = catalog.facts.get(detector.facts[0] ?? '');
  const told = fact?.origin === 'observed' ? fact.sources[0] : '';
  return documentObserver({
    source: told,
    detector,
    timeoutMs: 20_000,
    clock,
    read: commandOutput(here(look), form, 20_000),
  });
};

/** An incident of the recipe's kind, about a machine on which standard work is allowed, and what is diagnosed from what is seen. */
const standing = async (machine: Machine): Promise<Standing> => {
  const clock = runningClock();
  const observer = observerOf(machine, clock);
  const setting = await startGovernor({
    clock,
    catalogs: [loaded(source)],
    observers: [observer],
    handlers: [...machine.handlers],
  });
  await makeReady(setting);
  const submit = async (who: Caller, asked: Asked) => setting.governor.submit(who, asked);
  const enabled_packs = [...PLANS.professional.enabled_packs, 'standard_work'].sort();
  approved(await submit(shop, entitlement(clock(), 'professional', { enabled_packs })));
  const roles = ['read_deployment', 'write_config'];
  approved(
    await submit(owner, { action: 'grant_role', resource: 'people', arguments: { subject: named(agent), roles } }),
  );
  const recipe = recipeOf(machine.recipe);
  const allowed = { action: 'allow_standard_work', resource: SERVICE, arguments: { allowed: true } };
  approved(await submit(owner, allowed));
  const alert = { incident: INCIDENT, kind: recipe.kind, severity: 'medium' };
  approved(await submit(service, { action: 'report_alert', resource: SERVICE, arguments: alert }));

  const seen = await observer.observe(SERVICE, observer.facts, new AbortController().signal, TENANT);
  const facts = new Map(
    seen.flatMap(({ fact, value }): readonly (readonly [string, Value])[] => {
      const type = catalog.facts.get(fact)?.type;
      const known = type === undefined ? undefined : admit(type)(value);
      return known === undefined ? [] : [[fact, known]];
    }),
  );
  const book = compileRecipes(catalog, standardWorkRecipes);
  if (E.isLeft(book)) throw new Error(JSON.stringify(book.left));
  const found = diagnose(book.right, recipe.kind, facts);
  if (found.answer !== 'recipe') throw new Error(JSON.stringify(found));
  expect(found.recipe.recipe_id).toBe(recipe.recipe_id);
  const { plan } = found;
  return {
    plan,
    events: () => eventsOf(setting),
    ask: async (who, action, args = {}) => {
      const answer = await submit(who, { action, resource: SERVICE, arguments: args });
      if (!answer.decided) return answer.why;
      const { decision, outcome } = answer;
      if (decision.verdict === 'refuse') return decision.reasons.map(({ code }) => code).join(', ');
      return outcome === undefined ? 'approved' : outcome.status;
    },
    run: async () => {
      const { recipe_id, version } = recipe;
      const intent = { incident: INCIDENT, resource: SERVICE, recipe: recipe_id, version, plan };
      const { stands, steps } = await runRecipe(setting.governor, agent, intent);
      return [
        stands,
        steps.map(({ action, ended, why }) => [action, ended === 'waiting' ? `${ended}: ${why}` : ended]),
      ];
    },
  };
};

/** Takes the last step back, as an intent of its own. */
const takeBack = ({ plan, ask }: Standing): Promise<string> => {
  const undo = plan.at(-1)?.undo;
  if (undo?.by !== 'action') throw new Error('nothing takes it back');
  return ask(agent, undo.action, { ...undo.arguments, incident: INCIDENT });
};
const carriedOut = ({ steps }: Recipe) => [
  'verified',
  [['check_incident', 'done'], ...steps.map(({ action }) => [action, 'done']), ['verify_incident', 'done']],
];

/** SQLite as the stores have it. */
const SQLITE = `const Database = require(process.argv[1]);`;
const libsql = moduleOf('libsql', 'packages/adapter-storage');
const sql = (path: string, statements: string): string =>
  execFileSync(
    process.execPath,
    ['-e', `${SQLITE} new Database(process.argv[2]).exec(process.argv[3])`, libsql, path, statements],
    {
      encoding: 'utf8',
    },
  );

test('files: the intact copy of a damaged database takes its place, and goes again', async (context) => {
  const folder = scratchFolder(context);
  const [database, copy] = [join(folder, 'orders.db'), join(folder, 'orders.copy.db')];
  sql(
    database,
    `create table orders (id integer primary key, what text); create index by_what on orders (what);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) insert into orders select i, 'order ' || i from n;`,
  );
  copyFileSync(database, copy);
  const file = openSync(database, 'r+');
  writeSync(file, Buffer.alloc(8_192, 0xff), 0, 8_192, 16_384);
  const damaged = readFileSync(database);
  const check = `${SQLITE} const rows = (path) => { try { return new Database(path, { readonly: true }).prepare('pragma integrity_check').all(); }
    catch (fault) { return [{ integrity_check: fault.message }]; } };
    console.log(JSON.stringify({ database: rows(process.argv[2]), backup: rows(process.argv[3]) }));`;
  const [moved, back] = [
    `const fs = require('node:fs'); const [, db, copy] = process.argv; fs.renameSync(db, db + '.damaged'); fs.copyFileSync(copy, db);`,
    `const fs = require('node:fs'); const [, db] = process.argv; fs.renameSync(db + '.damaged', db);`,
  ];
  const machine = await standing({
    recipe: 'restore_intact_copy',
    format: 'sqlite_integrity',
    look: node(check, libsql, database, copy),
    form: 'json',
    handlers: [
      step('restore_sqlite_copy', node(moved, database, copy)),
      step('restore_damaged_sqlite', node(back, database)),
    ],
  });
  expect(await machine.run()).toEqual(carriedOut(recipeOf('restore_intact_copy')));
  expect(readFileSync(database).equals(readFileSync(copy))).toBe(true);
  expect(readFileSync(`${database}.damaged`).equals(damaged)).toBe(true);

  expect(await takeBack(machine)).toBe('success');
  expect(readFileSync(database).equals(damaged)).toBe(true);
  expect(existsSync(`${database}.damaged`)).toBe(false);
  // Once.
  expect(await takeBack(machine)).toBe('standard_work_not_carried_out');
});

test('SQLite: a database gets a write-ahead log, and has its journal back', async (context) => {
  const database = join(scratchFolder(context), 'orders.db');
  sql(database, 'pragma journal_mode = truncate; create table orders (id integer primary key)');
  const look = `${SQLITE} const db = new Database(process.argv[2]); const one = (name) => db.prepare('pragma ' + name).get()[name];
    console.log(JSON.stringify({ page_count: one('page_count'), freelist_count: one('freelist_count'), journal_mode: one('journal_mode') }));`;
  // A truncated journal is no setting of the file: what opens it next says delete.
  const set = `${SQLITE} new Database(process.argv[2]).prepare('pragma journal_mode = ' + process.argv[3]).get();`;
  const machine = await standing({
    recipe: 'keep_write_ahead_log',
    format: 'sqlite_pragmas',
    look: node(look, libsql, database),
    form: 'json',
    handlers: [
      step('set_write_ahead_log', node(set, libsql, database, 'wal')),
      step('set_journal_mode', node(set, libsql, database, '{mode}')),
    ],
  });
  const modeOf = (): number => readFileSync(database)[18] ?? 0;
  expect(modeOf()).toBe(1);
  expect(await machine.run()).toEqual(carriedOut(recipeOf('keep_write_ahead_log')));
  expect(await machine.events()).toEqual(
    expect.arrayContaining(['standard_work_allowance_set', 'standard_work_approved', 'standard_work_done']),
  );
  // The file's own header says so: 2 is a write-ahead log.
  expect(modeOf()).toBe(2);
  expect(await takeBack(machine)).toBe('success');
  expect(modeOf()).toBe(1);
});

test('PostgreSQL: a role that has all its connections gets ten more, and loses them again', async (context) => {
  const [offer] = postgresOffers();
  if (offer === undefined) return context.skip(NO_SERVER);
  const server = await offer();
  context.onTestFinished(() => server.stop());
  await server.run("CREATE ROLE shop LOGIN CONNECTION LIMIT 2 PASSWORD 'x'");
  const url = (await server.bare()).replace('tai_owner@', 'shop@');
  const clients: pg.Client[] = [];
  const connect = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
  };
  context.onTestFinished(async () => {
    for (const client of clients) await client.end();
  });
  await connect();
  await connect();
  await expect(connect()).rejects.toThrow('too many connections for role "shop"');

  const query = `const { Client } = require(process.argv[1]); const client = new Client({ connectionString: process.argv[2] });
    client.connect().then(() => client.query(process.argv.slice(3).join(' '))).then(({ rows }) => { if (rows.length > 0) console.log(JSON.stringify(rows[0])); return client.end(); });`;
  const asked = [moduleOf('pg', 'packages/adapter-storage'), server.as(url, 'postgres')] as const;
  const looked = `select rolname, rolconnlimit, (select count(*)::int from pg_stat_activity where usename = rolname) as connections from pg_roles where rolname = 'shop'`;
  const limited = (n: string) => [...asked, 'alter role', '{role}', 'connection limit', n] as const;
  const raised = query.replace(
    'process.argv.slice(3)',
    '[...process.argv.slice(3, -1), String(Number(process.argv.at(-1)) + 10)]',
  );
  const machine = await standing({
    recipe: 'raise_role_connections',
    format: 'postgres_role',
    look: node(query, ...asked, looked),
    form: 'json',
    handlers: [
      step('raise_role_connections', node(raised, ...limited('{before}'))),
      step('set_role_connections', node(query, ...limited('{connections}'))),
    ],
  });
  const limit = async (): Promise<unknown> =>
    (await server.run("select rolconnlimit from pg_roles where rolname = 'shop'")).rows[0].rolconnlimit;
  expect(await machine.run()).toEqual(carriedOut(recipeOf('raise_role_connections')));
  expect(await limit()).toBe(12);
  await connect();
  expect(await takeBack(machine)).toBe('success');
  expect(await limit()).toBe(2);
});

test('processes: one that has used its open files up may open more, and then no more than before', async (context) => {
  if (spawnSync('prlimit', ['--version']).error !== undefined) return context.skip('no prlimit on this machine');
  const opener = `const fs = require('node:fs'); for (let i = 0; i < Number(process.argv[1]); i++) fs.openSync(process.execPath, 'r');
    console.log('open'); process.stdin.on('end', () => process.exit()).resume();`;
  const child: ChildProcess = spawn(process.execPath, ['-e', opener, '100'], { stdio: ['pipe', 'pipe', 'inherit'] });
  context.onTestFinished(() => void child.stdin?.end());
  const pid = String(child.pid);
  let said = '';
  child.stdout?.on('data', (part) => {
    said += String(part);
  });
  await eventually(() => said.includes('open'));
  // Node raises its own limit as it starts.
  execFileSync('prlimit', ['--pid', pid, '--nofile=128:512']);
  expect(readdirSync(`/proc/${pid}/fd`).length).toBeGreaterThanOrEqual(112);
  const look = `const fs = require('node:fs'); const of = '/proc/' + process.argv[1];
    console.log(JSON.stringify({ limits: fs.readFileSync(of + '/limits', 'utf8'), open: fs.readdirSync(of + '/fd').length }));`;
  const softOf = (): string | undefined =>
    /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
  const machine = await standing({
    recipe: 'raise_open_files_limit',
    format: 'process_limits',
    look: node(look, pid),
    form: 'json',
    handlers: [
      step('raise_open_files', ['prlimit', '--pid', pid, '--nofile={hard}:{hard}']),
      step('set_open_files', ['prlimit', '--pid', pid, '--nofile={soft}:512']),
    ],
  });
  expect(softOf()).toBe('128');
  expect(await machine.run()).toEqual(carriedOut(recipeOf('raise_open_files_limit')));
  expect(softOf()).toBe('512');
  expect(await takeBack(machine)).toBe('success');
  expect(softOf()).toBe('128');
});

test('two steps: the second fails, and the first is taken back, in the incident', async (context) => {
  const place = join(scratchFolder(context), 'container.json');
  const megabytes = (): number => JSON.parse(readFileSync(place, 'utf8'))[0].HostConfig.Memory / 1_048_576;
  const State = { Status: 'exited', Running: false, OOMKilled: true, ExitCode: 137 };
  writeFileSync(place, JSON.stringify([{ State, HostConfig: { Memory: 512 * 1_048_576 } }]));
  const change = `const fs = require('node:fs'); const [, place, to] = process.argv; const all = JSON.parse(fs.readFileSync(place, 'utf8'));
    all[0].HostConfig.Memory = Number(to) * 1048576; fs.writeFileSync(place, JSON.stringify(all));`;
  const machine = await standing({
    recipe: 'give_container_more_memory',
    format: 'docker_container',
    look: ['cat', place],
    form: 'json',
    handlers: [
      step('double_container_memory', node(change.replace('Number(to)', '2 * Number(to)'), place, '{before}')),
      // As docker ends where it could not start a container: nothing was started.
      step('start_killed_container', node('setTimeout(() => process.exit(125), 200)'), [125]),
      step('set_container_memory', node(change, place, '{megabytes}')),
    ],
  });
  expect(machine.plan.map(({ incident, undo }) => [incident, undo.by === 'action' && undo.incident])).toEqual([
    [true, true],
    [undefined, true],
  ]);
  const before = await machine.ask(agent, 'double_container_memory', { before: 512, incident: INCIDENT });
  expect(before).toContain('incident_not_checked');
  expect(await machine.run()).toEqual([
    'undone',
    [
      ['check_incident', 'done'],
      ['double_container_memory', 'done'],
      ['start_killed_container', 'failed'],
      ['set_container_memory', 'undone'],
    ],
  ]);
  expect(megabytes()).toBe(512);
});
