/** A deployment that is backed up and put back: what was kept is the same, and what is missing is never hidden. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '@tai-autonomics/cli';
import { afterAll, expect, test } from 'vitest';
import { layOutBought } from '../cli/bought.ts';
import { runIn } from '../cli/rows.ts';
import { folder } from '../cli/scratch.ts';
import { inTheLongRun } from '../runs.ts';

const { dir, remove } = folder();
afterAll(remove);

const bot = ['--tenant', 'acme', '--as', 'agent:bot'];

/** A deployment with a tenant that bought a plan, and a backup of it. */
const backedUp = async (name: string) => {
  const at = join(dir, name);
  layOutBought(at, {});
  const tai = (...line: readonly string[]) => runIn(at, line);
  const ask = async (): Promise<void> => {
    expect(await tai('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
  };
  expect(await tai('event', 'event.json')).toMatchObject({ code: EXIT.ok });
  await ask();
  expect(await tai('store', 'backup', 'kept')).toMatchObject({ code: EXIT.ok });
  const lose = (): void => {
    for (const file of readdirSync(join(at, '.tai'))) if (file.startsWith('ledger.db')) rmSync(join(at, '.tai', file));
  };
  return { at, tai, ask, lose };
};

const filesIn = (path: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile() && !/ledger\.db|backup\.json/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !/\/(?:trees|snapshots)\//.test(file))
      .map((file) => [file.slice(path.length), `${statSync(file).mode} ${readFileSync(file, 'base64')}`]),
  );

test('what is put back into an empty folder is the deployment, with the modes of its files', async () => {
  const { at, tai, ask } = await backedUp('whole');
  const before = filesIn(join(at, '.tai'));
  expect(Object.keys(before)).toContain('/config.json');
  expect(Object.keys(before).some((path) => path.endsWith('.mark.json'))).toBe(true);
  expect(filesIn(join(at, 'kept'))).toEqual(before);
  rmSync(join(at, '.tai'), { recursive: true });
  expect(await tai('store', 'restore', 'kept')).toMatchObject({ code: EXIT.ok, err: '' });
  expect(filesIn(join(at, '.tai'))).toEqual(before);
  await ask();
});

test('what was recorded since is missing, and nothing hides it: the marks that are there stay', async () => {
  const { tai, ask, lose } = await backedUp('older');
  await ask();
  expect(await tai('export', '--tenant', 'acme', '-o', 'seen', '--seal')).toMatchObject({ code: EXIT.ok });
  lose();
  expect(await tai('store', 'restore', 'kept')).toMatchObject({
    code: EXIT.ok,
    err: expect.stringContaining('goes on after tai operator accept-restore'),
  });
  expect(await tai('submit', 'check_health', ...bot)).toMatchObject({
    code: EXIT.unreadable,
    err: expect.stringContaining('it was cut or restored from an older copy'),
  });
  expect(await tai('operator', 'accept-restore', '--finding', 'a disk was lost')).toMatchObject({ code: EXIT.ok });
  await ask();
});

test('a second backup into the same folder takes what is new', async (context) => {
  inTheLongRun(context);
  const { at, tai, ask } = await backedUp('twice');
  const said = () => JSON.parse(readFileSync(join(at, 'kept/backup.json'), 'utf8')).ledgers;
  const first = said();
  await ask();
  expect(await tai('store', 'backup', 'kept')).toMatchObject({ code: EXIT.ok });
  const sum = (all: readonly { readonly receipts: number }[]) => all.reduce((n, { receipts }) => n + receipts, 0);
  expect(sum(said())).toBeGreaterThan(sum(first));
  expect(await tai('store', 'check', 'sqlite:kept/ledger.db')).toMatchObject({ code: EXIT.ok });
});

test('of a backup in which anything is wrong nothing is put back', async () => {
  const { at, tai } = await backedUp('changed');
  const file = join(at, 'kept/ledger.db');
  const bytes = readFileSync(file);
  const found = bytes.indexOf('entitlement_updated');
  expect(found).toBeGreaterThan(0);
  bytes.write('entitlement_updatee', found);
  writeFileSync(file, bytes);
  mkdirSync(join(at, 'new'));
  expect(await tai('store', 'restore', 'kept', '--dir', 'new/.tai')).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('nothing was put back'),
  });
  expect(existsSync(join(at, 'new/.tai'))).toBe(false);
});

test('a backup that cannot be finished is none', async () => {
  const { at, tai, ask } = await backedUp('broken');
  cpSync(join(at, 'kept'), join(at, 'foreign'), { recursive: true });
  // Another ledger of that name, by other receipts: nobody copies over it.
  await ask();
  const elsewhere = (...line: readonly string[]) => runIn(join(at, 'elsewhere'), line);
  mkdirSync(join(at, 'elsewhere'));
  cpSync(join(at, 'kept'), join(at, 'elsewhere/.tai'), { recursive: true });
  expect(await elsewhere('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
  expect(await elsewhere('store', 'backup', '../foreign')).toMatchObject({ code: EXIT.ok });
  const before = filesIn(join(at, 'foreign'));
  expect(await tai('store', 'backup', 'foreign')).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('the target holds another ledger'),
  });
  expect(filesIn(join(at, 'foreign'))).toEqual(before);
  rmSync(join(at, 'foreign/backup.json'));
  expect(await tai('store', 'restore', 'foreign', '--dir', 'nowhere')).toMatchObject({ code: EXIT.unreadable });
});

test('a backup of one deployment and the folder of another never meet', async (context) => {
  inTheLongRun(context);
  const [one, other] = [await backedUp('one'), await backedUp('other')];
  const before = filesIn(join(one.at, 'kept'));
  expect(await other.tai('store', 'backup', '../one/kept')).toMatchObject({
    code: EXIT.unreadable,
    err: expect.stringContaining('is a backup of another deployment'),
  });
  expect(filesIn(join(one.at, 'kept'))).toEqual(before);
  other.lose();
  const lost = filesIn(join(other.at, '.tai'));
  expect(await other.tai('store', 'restore', '../one/kept')).toMatchObject({
    code: EXIT.unreadable,
    err: expect.stringContaining('is a backup of another deployment'),
  });
  expect([filesIn(join(other.at, '.tai')), existsSync(join(other.at, '.tai/ledger.db'))]).toEqual([lost, false]);
  expect(await one.tai('store', 'backup', '.tai/kept')).toMatchObject({
    code: EXIT.unreadable,
    err: expect.stringContaining('lies in the deployment itself'),
  });
});

test('a backup that has less than it says, or that meets what a killed process left, is not put back', async () => {
  const { at, tai, lose } = await backedUp('less');
  lose();
  writeFileSync(join(at, '.tai/ledger.db-wal'), 'left');
  expect(await tai('store', 'restore', 'kept')).toMatchObject({
    code: EXIT.unreadable,
    err: expect.stringContaining('ledger.db-wal: is there'),
  });
  lose();
  const says = readFileSync(join(at, 'kept/backup.json'), 'utf8');
  const more = says.replace(/"receipts": (\d+)/, (_, n) => `"receipts": ${Number(n) + 1}`);
  writeFileSync(join(at, 'kept/backup.json'), more);
  expect(await tai('store', 'restore', 'kept')).toMatchObject({
    code: EXIT.failed,
    err: expect.stringMatching(/the backup has \d+ of its \d+ receipts; nothing was put back/),
  });
  expect(existsSync(join(at, '.tai/ledger.db'))).toBe(false);
});

test('a file that is a link is kept as what it names', async (context) => {
  inTheLongRun(context);
  const { at, tai } = await backedUp('linked');
  const [file, elsewhere] = [join(at, '.tai/evidence/seen.json'), join(at, 'seen.json')];
  mkdirSync(join(at, '.tai/evidence'), { recursive: true });
  writeFileSync(elsewhere, 'seen');
  symlinkSync(elsewhere, file);
  expect(await tai('store', 'backup', 'kept')).toMatchObject({ code: EXIT.ok });
  expect(readFileSync(join(at, 'kept/evidence/seen.json'), 'utf8')).toBe('seen');
  // One that leads nowhere names nothing, and one to the backups would never end.
  symlinkSync(join(at, 'nowhere'), join(at, '.tai/evidence/gone.json'));
  mkdirSync(join(at, 'backups'));
  symlinkSync(join(at, 'backups'), join(at, '.tai/backups'));
  for (let n = 0; n < 2; n++)
    expect(await tai('store', 'backup', '.tai/backups/today')).toMatchObject({ code: EXIT.ok });
  expect(existsSync(join(at, 'backups/today/backups'))).toBe(false);
});
