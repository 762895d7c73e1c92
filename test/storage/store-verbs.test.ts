/** A deployment whose ledgers are in PostgreSQL, and `tai store`: on a real server, in this process. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPostgresStore } from '@tai-autonomics/adapter-storage/postgres';
import { EXIT } from '@tai-autonomics/cli';
import { afterAll, expect, test } from 'vitest';
import { layOutBought } from '../cli/bought.ts';
import { runIn } from '../cli/rows.ts';
import { folder } from '../cli/scratch.ts';
import { openedOr } from './folder.ts';
import { NO_SERVER, postgresOffers } from './postgres-server.ts';

const [offer] = postgresOffers();
const server = await offer?.();
const { dir, remove } = folder();
afterAll(async () => {
  await server?.stop();
  remove();
});

const bot = ['--tenant', 'acme', '--as', 'agent:bot'];

/** A deployment with a tenant that bought a plan; its ledgers are where `store` says. */
const deploy = async (
  name: string,
  store?: string,
): Promise<(...line: readonly string[]) => ReturnType<typeof runIn>> => {
  const at = join(dir, name);
  layOutBought(at, store === undefined ? {} : { store });
  const tai = (...line: readonly string[]) => runIn(at, line);
  expect(await tai('event', 'event.json')).toMatchObject({ code: EXIT.ok });
  expect(await tai('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
  expect(await tai('submit', 'trigger_rollback', ...bot, '--about', 'shop')).toMatchObject({ code: EXIT.refused });
  return tai;
};

test('its tables are made for a role that only decides', async ({ skip }) => {
  if (server === undefined) return skip(NO_SERVER);
  const url = await server.bare();
  const migrated = await runIn(dir, ['store', 'migrate', url, '--grant', 'tai_app']);
  expect(migrated).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('the role tai_app can decide there') });
  await openedOr(await openPostgresStore(url.replace('tai_owner', 'tai_app'))).close();
  expect((await runIn(dir, ['store', 'migrate', url])).out).toContain('already');
});

test('a deployment over PostgreSQL decides, shows its status, exports, and the export is verified', async ({
  skip,
}) => {
  if (server === undefined) return skip(NO_SERVER);
  const url = await server.database();
  const tai = await deploy('there', url);
  const status = await tai('status', '--json');
  expect(JSON.parse(status.out)).toMatchObject({ ready: true, store: { url } });
  const exported = await tai('export', '--tenant', 'acme', '-o', 'bundle', '--seal');
  expect(exported.code).toBe(EXIT.ok);
  // Nobody’s key is trusted here: nothing is wrong, and not everything can be said.
  expect(await tai('verify', 'bundle')).toMatchObject({ code: EXIT.incomplete });
  expect(await tai('store', 'check')).toMatchObject({ code: EXIT.ok, out: expect.stringMatching(/^sound /m) });
});

test('a closed ledger is removed by the owner of the tables alone, and the others stay as they are', async ({
  skip,
}) => {
  if (server === undefined) return skip(NO_SERVER);
  const url = await server.database();
  const tai = await deploy('ending', url);
  const close = ['submit', 'close_ledger', '--tenant', 'acme', '--as', 'user:olivia'];
  expect(await tai(...close, '--arguments', '{"why":"contract_ended"}')).toMatchObject({ code: EXIT.ok });
  const removing = ['store', 'remove', 'acme', '--archive', 'archive'];
  const ledgers = async () => JSON.parse((await tai('store', 'check', '--json')).out) as readonly { ledger: string }[];
  const before = await ledgers();

  // The role that decides has no right to, and an owner of another database removes nothing here.
  expect(await tai(...removing)).toMatchObject({ code: EXIT.failed, err: expect.stringContaining('--owner postgres') });
  expect(await tai(...removing, '--owner', 'sqlite:x')).toMatchObject({ code: EXIT.failed });
  expect(await tai(...removing, '--owner', url)).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('42501'),
  });
  const other = server.as(await server.database(), 'tai_owner');
  expect(await tai(...removing, '--owner', other)).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('another database'),
  });
  expect((await ledgers()).length).toBe(before.length);

  const owner = server.as(url, 'tai_owner');
  const removed = await tai(...removing, '--owner', owner, '--json');
  expect(removed).toMatchObject({ code: EXIT.ok });
  const { ledger } = JSON.parse(removed.out) as { readonly ledger: string };
  expect((await ledgers()).map((one) => one.ledger)).toEqual(
    before.map((one) => one.ledger).filter((id) => id !== ledger),
  );
  for (const table of ['receipts', 'disclosures', 'checkpoints', 'ledgers'])
    expect((await server.run(`SELECT 1 FROM tai.${table} WHERE ledger = '${ledger}'`, url)).rows).toEqual([]);
  expect(await tai('verify', 'archive')).toMatchObject({ code: EXIT.incomplete });
  // The tables are append-only again, for their owner too, and show one ledger at a time.
  await expect(server.run('DELETE FROM tai.receipts', url)).rejects.toThrow(/append-only/);
  const { rows } = await server.run(
    "SELECT relname FROM pg_class WHERE relname IN ('receipts', 'disclosures', 'checkpoints') AND relforcerowsecurity",
    url,
  );
  expect(rows).toHaveLength(3);
  // Nothing begins anew under the name, and the operator's own ledger goes on.
  expect((await tai('event', 'event.json')).err).toContain('were signed');
  expect(await tai('store', 'check')).toMatchObject({ code: EXIT.ok, out: expect.not.stringContaining('NOT SOUND') });
}, 120_000);

test('ledgers that are copied into PostgreSQL are the same: both exports agree, byte for byte', async ({ skip }) => {
  if (server === undefined) return skip(NO_SERVER);
  const url = await server.database();
  const tai = await deploy('moving');
  const exporting = async (name: string): Promise<void> => {
    expect(await tai('export', '--tenant', 'acme', '-o', name, '--seal')).toMatchObject({ code: EXIT.ok });
  };
  await exporting('before');
  mkdirSync(join(dir, 'moving/.tai/catalogs/drafts'), { recursive: true });
  writeFileSync(join(dir, `moving/.tai/catalogs/drafts/${'A'.repeat(43)}.json`), '{}');
  const first = await tai('store', 'copy', 'sqlite:.tai/ledger.db', url, '--json');
  expect(first).toMatchObject({ code: EXIT.ok });
  // Again: nothing is new, and all of it is compared.
  const again = JSON.parse((await tai('store', 'copy', 'sqlite:.tai/ledger.db', url, '--json')).out);
  expect(again.map(({ copied }: { readonly copied: number }) => copied)).toEqual(again.map(() => 0));
  const config = join(dir, 'moving/.tai/config.json');
  writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), store: url }));
  await exporting('after');
  const filesOf = (name: string): readonly (readonly [string, string])[] =>
    readdirSync(join(dir, 'moving', name), { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path): readonly [string, string] => [path.split(`/${name}/`)[1] ?? '', readFileSync(path, 'base64')])
      .sort();
  expect(filesOf('after')).toEqual(filesOf('before'));
  expect(await tai('store', 'check', url)).toMatchObject({ code: EXIT.ok });
  // It goes on there, and the file of then is no longer its equal.
  expect(await tai('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
  expect(await tai('store', 'copy', 'sqlite:.tai/ledger.db', url)).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('there are fewer to copy'),
  });
});

test('a receipt that was changed at rest is found, with its place', async ({ skip }) => {
  if (server === undefined) return skip(NO_SERVER);
  const url = await server.database();
  const tai = await deploy('spoilt', url);
  await server.run('ALTER TABLE tai.receipts DISABLE TRIGGER USER', url);
  await server.run(`UPDATE tai.disclosures SET entries = 'request/intent' || chr(10) || 'other' WHERE seq = 1`, url);
  await server.run(`UPDATE tai.receipts SET bytes = bytes || ' '::bytea WHERE seq = 2`, url);
  const checked = await tai('store', 'check');
  expect(checked.code).toBe(EXIT.failed);
  expect(checked.out).toContain('what is stored beside receipt 1 was changed');
  expect(checked.out).toContain('receipt 2 was changed in the store');
});

test.for([
  ['a password in config.json', 'postgres://tai:geheim@localhost/tai'],
  ['another kind of store', 'mysql://tai@localhost/tai'],
])('%s is refused, and not shown', async ([, store = '']) => {
  const at = join(dir, 'misnamed');
  mkdirSync(join(at, '.tai'), { recursive: true });
  const config = { mode: 'eval', session: 'test', domain: 'localhost', store };
  writeFileSync(join(at, '.tai/config.json'), JSON.stringify(config), { mode: 0o600 });
  const status = await runIn(at, ['status']);
  expect(status).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining('store: expected postgres://') });
  expect(status.err).not.toContain('geheim');
  const served = await runIn(at, ['serve', '--port', '0', '--store', 'postgres://tai@localhost/other']);
  expect(served.code).toBe(EXIT.unreadable);
});

test.for([
  ['postgres://tai:geheim@localhost/tai'],
  ['postgres://tai@localhost/tai?password=geheim'],
  ['mysql://tai@localhost/geheim'],
])('serve writes no config.json for %s', async ([store = '']) => {
  const at = join(dir, 'unborn');
  mkdirSync(at, { recursive: true });
  const served = await runIn(at, ['serve', '--port', '0', '--store', store]);
  expect(served).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining('--store: ') });
  expect(served.err).not.toContain('geheim');
  expect(readdirSync(at)).toEqual([]);
});

test('a store that only the line of serve names is refused: the other commands read config.json', async () => {
  const at = join(dir, 'here');
  mkdirSync(join(at, '.tai'), { recursive: true });
  const config = { mode: 'eval', session: 'test', domain: 'localhost' };
  writeFileSync(join(at, '.tai/config.json'), JSON.stringify(config), { mode: 0o600 });
  const served = await runIn(at, ['serve', '--port', '0', '--store', 'postgres://tai@localhost/other']);
  expect(served).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining('names another store than') });
});
