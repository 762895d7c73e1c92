/** `tai store move`: a tenant goes on in another folder, and the one that it left says so, whoever asks. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '@tai-autonomics/cli';
import { expect, test } from 'vitest';
import { layOutBought } from '../cli/bought.ts';
import { startTai } from '../cli/process.ts';
import { runIn } from '../cli/rows.ts';
import { scratch } from '../cli/scratch.ts';

const bot = ['--tenant', 'acme', '--as', 'agent:bot'];

const deploy = async (config: object = {}) => {
  const dir = scratch();
  layOutBought(dir, config);
  const tai = (...line: readonly string[]) => runIn(dir, line);
  expect(await tai('event', 'event.json')).toMatchObject({ code: EXIT.ok });
  expect(await tai('submit', 'check_health', ...bot, '--id', 'before')).toMatchObject({ code: EXIT.ok });
  return { dir, tai };
};

const configOf = (dir: string, folder: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dir, folder, 'config.json'), 'utf8')) as Record<string, unknown>;

test('a tenant goes on in the other folder with one chain, and is refused in the old one with the place that it went to', async () => {
  const { dir, tai } = await deploy({ owners: { acme: 'olivia', other: 'oscar' } });
  mkdirSync(join(dir, '.tai/evidence'), { mode: 0o700 });
  expect(await tai('store', 'move', 'acme', 'eu', '--place', 'eu')).toMatchObject({
    code: EXIT.ok,
    out: expect.stringMatching(/^acme goes on at eu, in .*\/eu, with \d+ receipts$/m),
  });
  const told = await tai('submit', 'check_health', ...bot);
  expect(told).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('not decided: moved: the tenant’s ledger goes on at eu'),
  });
  const there = ['--dir', 'eu'];
  const repeated = await tai('submit', 'check_health', ...bot, '--id', 'before', ...there, '--json');
  expect(JSON.parse(repeated.out)).toMatchObject({ decided: true, repeated: true });
  expect(await tai('submit', 'check_health', ...bot, ...there)).toMatchObject({ code: EXIT.ok });

  // Nobody else is opened there, and no mark of another ledger is there.
  expect(configOf(dir, 'eu')).toMatchObject({ owners: { acme: 'olivia' }, domain: 'localhost' });
  expect(existsSync(join(dir, 'eu/keys/eval-ledger.key.mark.json'))).toBe(true);
  for (const folder of ['.tai', 'eu'])
    expect(await tai('store', 'check', '--dir', folder)).toMatchObject({
      code: EXIT.ok,
      out: expect.not.stringContaining('NOT SOUND'),
    });
  expect(await tai('export', '--tenant', 'acme', '--seal', '-o', 'bundle', ...there)).toMatchObject({ code: EXIT.ok });
  expect(await tai('verify', 'bundle')).toMatchObject({ code: EXIT.incomplete });
  expect(readFileSync(join(dir, 'bundle/receipts.jsonl'), 'utf8')).toMatch(/ledger_moved[\s\S]*ledger_taken_over/);

  // The same line once more finds it done.
  expect(await tai('store', 'move', 'acme', 'eu')).toMatchObject({ code: EXIT.ok });
  expect(await tai('store', 'move', 'acme', 'us', '--place', 'us')).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('it goes on at eu already'),
  });
}, 240_000);

test('a place is one folder: another one of its name takes over nothing, and none a second time', async () => {
  const { dir, tai } = await deploy();
  const line = ['store', 'move', 'acme', 'eu', '--place', 'eu'];
  expect(await tai(...line)).toMatchObject({ code: EXIT.ok });
  expect(configOf(dir, 'eu')).toMatchObject({ place: expect.stringMatching(/^eu\.[\w-]{22}$/) });
  expect(await tai('submit', 'check_health', ...bot, '--dir', 'eu')).toMatchObject({ code: EXIT.ok });
  const refused = { code: EXIT.failed, err: expect.stringContaining('other is not that place') };
  expect(await tai('store', 'move', 'acme', './other', '--place', 'eu')).toMatchObject(refused);
  expect(existsSync(join(dir, 'other'))).toBe(false);
  // A folder of the same keys and name that was made for something else.
  cpSync(join(dir, '.tai'), join(dir, 'other'), { recursive: true });
  const place = `eu.${'A'.repeat(22)}`;
  writeFileSync(join(dir, 'other/config.json'), JSON.stringify({ ...configOf(dir, '.tai'), place }), { mode: 0o600 });
  expect(await tai('store', 'move', 'acme', './other')).toMatchObject(refused);
  // What arrived and went on is lost there: it does not arrive again.
  rmSync(join(dir, 'eu/ledger.db'));
  expect(await tai(...line)).toMatchObject({ code: EXIT.failed, err: expect.stringContaining('put its backup back') });
}, 240_000);

test('a folder without the key of now takes nothing, before anything is recorded', async () => {
  const { dir, tai } = await deploy();
  cpSync(join(dir, '.tai'), join(dir, 'eu'), { recursive: true });
  const place = `eu.${'A'.repeat(22)}`;
  writeFileSync(join(dir, 'eu/config.json'), JSON.stringify({ ...configOf(dir, '.tai'), place }), { mode: 0o600 });
  rmSync(join(dir, 'eu/ledger.db'));
  rmSync(join(dir, 'eu/moved'), { recursive: true, force: true });
  expect(await tai('keys', 'new')).toMatchObject({ code: EXIT.ok });
  expect(await tai('keys', 'rotate')).toMatchObject({ code: EXIT.ok });
  expect(await tai('store', 'move', 'acme', 'eu')).toMatchObject({
    code: EXIT.unreadable,
    err: expect.stringContaining('do not have the one that seals ledgers now'),
  });
  expect(await tai('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
}, 120_000);

/** A folder that was there before, of the same keys, with a place of its own. */
const otherOf = (dir: string): void => {
  cpSync(join(dir, '.tai'), join(dir, 'eu'), { recursive: true });
  const config = { ...configOf(dir, '.tai'), place: `eu.${'A'.repeat(22)}` };
  writeFileSync(join(dir, 'eu/config.json'), JSON.stringify(config), { mode: 0o600 });
};
const STAYS = 'nothing was recorded, and acme goes on here';

test('a folder that another process holds takes nothing, and the tenant goes on where it is', async ({
  onTestFinished,
}) => {
  const { dir, tai } = await deploy();
  otherOf(dir);
  for (const name of ['ledger.db', 'ledger.db-wal', 'ledger.db-shm']) rmSync(join(dir, 'eu', name), { force: true });
  const holding = startTai(dir, 'serve', '--dir', 'eu', '--port', '0');
  onTestFinished(() => void holding.child.kill('SIGKILL'));
  await holding.says(/stop with Ctrl-C\n/);
  const refused = await tai('store', 'move', 'acme', 'eu');
  expect(refused).toMatchObject({ code: EXIT.failed, err: expect.stringContaining('only its governor writes there') });
  expect(refused.err).toContain(STAYS);
  expect(await tai('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
  holding.child.kill('SIGTERM');
  await holding.ended;
  expect(await tai('store', 'move', 'acme', 'eu')).toMatchObject({ code: EXIT.ok });
}, 240_000);

test('a folder whose config.json is gone keeps the marks and credentials that it has', async () => {
  const { dir, tai } = await deploy();
  expect(await tai('export', '--tenant', 'acme', '--seal', '-o', 'sealed')).toMatchObject({ code: EXIT.ok });
  cpSync(join(dir, '.tai'), join(dir, 'eu'), { recursive: true });
  rmSync(join(dir, 'eu/config.json'));
  const [marks, credentials] = ['keys/eval-ledger.key.mark.json', 'credentials.json'].map((name) =>
    join(dir, 'eu', name),
  ) as [string, string];
  const other = JSON.stringify({ origin: 'localhost/r1/other', size: 7, root: 'A'.repeat(43) });
  appendFileSync(marks, `${other}\n`);
  writeFileSync(credentials, '{ "format": "tai-autonomics/credentials@1", "credentials": [] }', { mode: 0o600 });
  const kept = readFileSync(credentials, 'utf8');
  await tai('store', 'move', 'acme', 'eu', '--place', 'eu');
  expect(configOf(dir, 'eu')).toMatchObject({ place: expect.stringMatching(/^eu\./) });
  expect(readFileSync(marks, 'utf8')).toContain(other);
  expect(readFileSync(credentials, 'utf8')).toBe(kept);
}, 120_000);

test('it moves on to a third folder, and back to the first once that has a name', async () => {
  const { dir, tai } = await deploy();
  for (const line of [
    ['acme', 'eu', '--place', 'eu'],
    ['acme', 'us', '--place', 'us', '--dir', 'eu'],
  ])
    expect(await tai('store', 'move', ...line)).toMatchObject({ code: EXIT.ok });
  const back = ['store', 'move', 'acme', '.tai', '--dir', 'us'];
  expect(await tai(...back)).toMatchObject({
    code: EXIT.unreadable,
    err: expect.stringContaining('add "place": "NAME.'),
  });
  const name = (place: unknown): void =>
    writeFileSync(join(dir, '.tai/config.json'), JSON.stringify({ ...configOf(dir, '.tai'), place }), { mode: 0o600 });
  name('home');
  const told = await tai(...back);
  expect(told).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining('any folder of that name') });
  name(/"place": "([^"]+)"/.exec(told.err)?.[1]);
  expect(await tai(...back)).toMatchObject({ code: EXIT.ok });
  expect(await tai('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
  for (const folder of ['eu', 'us'])
    expect(await tai('submit', 'check_health', ...bot, '--dir', folder)).toMatchObject({ code: EXIT.failed });
}, 240_000);

test.for([
  { note: 'a tenant without a ledger', line: ['nobody', 'eu', '--place', 'eu'], says: 'it has no ledger' },
  {
    note: 'a folder that is to be made, without a name',
    line: ['acme', 'eu'],
    says: 'name the place that it shall be',
  },
  {
    note: 'a folder of the deployment itself',
    line: ['acme', '.tai/eu', '--place', 'eu'],
    says: 'lies in the deployment',
  },
  { note: 'a name that is none', line: ['acme', 'eu', '--place', 'e u'], says: 'letters, digits' },
])('$note is refused, and nothing moved', async ({ line, says }) => {
  const { dir, tai } = await deploy();
  const before = readdirSync(dir);
  const refused = await tai('store', 'move', ...line);
  expect(refused.code).not.toBe(EXIT.ok);
  expect(refused.err).toContain(says);
  expect(readdirSync(dir)).toEqual(before);
  expect(await tai('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
});

test('a folder of other keys, of another domain or of the same name takes no ledger', async () => {
  const { dir, tai } = await deploy({ place: 'home' });
  for (const [folder, config, says] of [
    ['other', { place: `eu.${'A'.repeat(22)}` }, 'has other keys'],
    ['domain', { place: 'eu', domain: 'example.com' }, 'mode, domain and session'],
    ['same', { place: 'home' }, 'give each its own'],
  ] as const) {
    mkdirSync(join(dir, folder), { mode: 0o700 });
    writeFileSync(join(dir, folder, 'config.json'), JSON.stringify({ ...configOf(dir, '.tai'), ...config }), {
      mode: 0o600,
    });
    writeFileSync(join(dir, folder, 'credentials.json'), '{"format":"tai-autonomics/credentials@1","credentials":[]}', {
      mode: 0o600,
    });
    expect(await tai('status', '--dir', folder)).toMatchObject({ err: expect.any(String) });
    const refused = await tai('store', 'move', 'acme', folder);
    expect(refused).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining(says) });
  }
  expect(await tai('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
});

test('a closed ledger goes on nowhere', async () => {
  const { tai } = await deploy();
  const closing = [
    'submit',
    'close_ledger',
    '--tenant',
    'acme',
    '--as',
    'user:olivia',
    '--arguments',
    '{"why":"contract_ended"}',
  ];
  expect(await tai(...closing)).toMatchObject({ code: EXIT.ok });
  expect(await tai('store', 'move', 'acme', 'eu', '--place', 'eu')).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('its ledger is closed'),
  });
});
