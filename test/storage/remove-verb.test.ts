/** `tai store remove`: what ended is archived and removed, the operator’s ledger says so, and nothing begins anew under its name. */
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '@tai-autonomics/cli';
import { expect, test } from 'vitest';
import { layOutBought } from '../cli/bought.ts';
import { runIn } from '../cli/rows.ts';
import { scratch } from '../cli/scratch.ts';

const bot = ['--tenant', 'acme', '--as', 'agent:bot'];
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
const removing = ['store', 'remove', 'acme', '--archive', 'archive'];

const deploy = async () => {
  const dir = scratch();
  layOutBought(dir);
  const tai = (...line: readonly string[]) => runIn(dir, line);
  expect(await tai('event', 'event.json')).toMatchObject({ code: EXIT.ok });
  expect(await tai('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
  return { dir, tai };
};

const ledgersIn = async (tai: (...line: readonly string[]) => ReturnType<typeof runIn>): Promise<number> =>
  (JSON.parse((await tai('store', 'check', '--json')).out) as readonly unknown[]).length;

test('a closed ledger is archived, verified and removed, and its name begins nothing anew', async () => {
  const { dir, tai } = await deploy();
  expect(await tai(...closing)).toMatchObject({ code: EXIT.ok });
  const ids = (JSON.parse((await tai('store', 'check', '--json')).out) as readonly { readonly ledger: string }[]).map(
    ({ ledger }) => ledger,
  );
  mkdirSync(join(dir, '.tai/snapshots'), { mode: 0o700 });
  for (const id of ids) writeFileSync(join(dir, '.tai/snapshots', `${id}.walk`), 'what was computed');
  const before = ids.length;
  const removed = await tai(...removing, '--json');
  expect(removed.code).toBe(EXIT.ok);
  const said = JSON.parse(removed.out) as { readonly ledger: string; readonly receipts: number };
  expect(said).toMatchObject({ tenant: 'acme', receipts: expect.any(Number), receipt: { event: 'ledger_removed' } });
  expect(await ledgersIn(tai)).toBe(before - 1);
  const kept = readdirSync(join(dir, '.tai/snapshots'));
  expect(kept.filter((name) => name.startsWith(said.ledger))).toEqual([]);
  expect(kept.length).toBeGreaterThan(0);
  // The archive is the whole of it.
  expect(await tai('verify', 'archive')).toMatchObject({ code: EXIT.incomplete });
  // The operator's ledger is sound, and says so.
  expect(await tai('store', 'check')).toMatchObject({ code: EXIT.ok, out: expect.not.stringContaining('NOT SOUND') });
  // The same event, and another one, begin nothing.
  const again = await tai('event', 'event.json');
  expect(again.code).not.toBe(EXIT.ok);
  expect(again.err).toContain('were signed');
  expect(await ledgersIn(tai)).toBe(before - 1);
  expect(await tai(...removing)).toMatchObject({ code: EXIT.failed });
}, 120_000);

test('what has not ended is not removed', async () => {
  const { dir, tai } = await deploy();
  expect(await tai(...removing)).toMatchObject({ code: EXIT.failed, err: expect.stringContaining('has not ended') });
  expect(await tai('store', 'remove', '(operator)', '--archive', 'archive')).toMatchObject({ code: EXIT.failed });
  expect(await tai('store', 'remove', 'nobody', '--archive', 'archive')).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('it has no ledger'),
  });
  expect(existsSync(join(dir, 'archive'))).toBe(false);
  expect(await tai('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
});

test('an archive that is another one, or was changed, removes nothing; with the right one it goes on', async () => {
  const { dir, tai } = await deploy();
  expect(await tai('export', '--tenant', 'acme', '--seal', '-o', 'earlier')).toMatchObject({ code: EXIT.ok });
  expect(await tai(...closing)).toMatchObject({ code: EXIT.ok });
  cpSync(join(dir, 'earlier'), join(dir, 'archive'), { recursive: true });
  expect(await tai(...removing)).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('nothing was removed'),
  });
  rmSync(join(dir, 'archive'), { recursive: true });
  expect(await tai('export', '--tenant', 'acme', '--seal', '-o', 'archive')).toMatchObject({ code: EXIT.ok });
  cpSync(join(dir, 'archive'), join(dir, 'spoilt'), { recursive: true });
  appendFileSync(join(dir, 'spoilt/receipts.jsonl'), ' ');
  expect(await tai('store', 'remove', 'acme', '--archive', 'spoilt')).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('nothing was removed'),
  });
  expect(await tai(...removing)).toMatchObject({ code: EXIT.ok });
}, 120_000);

test('a ledger whose move broke off is not removed: the way on is said, and with it nothing is lost', async () => {
  const { dir, tai } = await deploy();
  const line = ['store', 'move', 'acme', 'eu', '--place', 'eu'];
  mkdirSync(join(dir, 'eu/ledger.db'), { recursive: true, mode: 0o700 });
  expect((await tai(...line)).code).not.toBe(EXIT.ok);
  rmSync(join(dir, 'eu/ledger.db'), { recursive: true });
  expect(await tai(...line)).toMatchObject({ code: EXIT.ok });
  // As it is where it broke off before the other place had taken it over.
  rmSync(join(dir, '.tai/moved'), { recursive: true });
  expect(await tai(...removing)).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('its move to eu has not ended; run tai store move again'),
  });
  expect(existsSync(join(dir, 'archive'))).toBe(false);
  expect(await tai(...line)).toMatchObject({ code: EXIT.ok });
  expect(await tai(...removing)).toMatchObject({ code: EXIT.ok });
}, 240_000);

test('what moved away before the key was rotated is removed, sealed as it was', async () => {
  const { tai } = await deploy();
  expect(await tai('store', 'move', 'acme', 'eu', '--place', 'eu')).toMatchObject({ code: EXIT.ok });
  expect(await tai('keys', 'new')).toMatchObject({ code: EXIT.ok });
  expect(await tai('keys', 'rotate')).toMatchObject({ code: EXIT.ok });
  expect(await tai(...removing)).toMatchObject({ code: EXIT.ok });
}, 120_000);

test('what moved away is removed in the place that it left, and goes on where it is', async () => {
  const { tai } = await deploy();
  expect(await tai('store', 'move', 'acme', 'eu', '--place', 'eu')).toMatchObject({ code: EXIT.ok });
  expect(await tai(...removing)).toMatchObject({ code: EXIT.ok });
  expect(await tai('submit', 'check_health', ...bot, '--dir', 'eu')).toMatchObject({ code: EXIT.ok });
}, 120_000);
