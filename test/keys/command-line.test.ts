/** `tai keys` on a deployment’s folder, from the first key to the revocation of it; and what auditors then see. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import { main } from '@tai-autonomics/cli';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folder } from '../cli/scratch.ts';
import { captureIo } from '../cli/terminal.ts';
import { makeReady, right, runningClock, startGovernor } from '../governor/kit.ts';
import { inTheLongRun } from '../runs.ts';

const work = folder();
const dir = join(work.dir, 'deployment');
const DOMAIN = 'ledger.test';

const tai = async (...argv: readonly string[]) => {
  const terminal = captureIo(work.dir);
  const code = await main(argv, terminal.io);
  return { code, out: terminal.out(), err: terminal.err() };
};
const json = async (...argv: readonly string[]) => {
  const ran = await tai(...argv, '--dir', 'deployment', '--json');
  if (ran.code !== 0 || ran.err !== '') throw new Error(ran.err);
  return JSON.parse(ran.out);
};

beforeAll(async () => {
  mkdirSync(dir);
  const config = { mode: 'eval', session: 'pilot', domain: DOMAIN, owners: { acme: 'olivia' }, repositories: {} };
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  writeFileSync(join(dir, 'credentials.json'), '{"format":"tai-autonomics/credentials@1","credentials":[]}');
  const { signer, secret } = right(await openKeyFile(join(dir, 'keys', 'eval-ledger.key'), systemRandom));
  const setting = await startGovernor({
    standing: { mode: 'eval', session: 'pilot' },
    domain: DOMAIN,
    clock: runningClock(),
    store: right(await openSqliteStore(join(dir, 'ledger.db'))),
    signer: signer as never,
    secret,
  });
  await makeReady(setting);
  await setting.governor.close();
});
afterAll(() => work.remove());

const verified = async (name: string, vkey: string, ...more: readonly string[]) => {
  writeFileSync(join(work.dir, 'trust'), `log ${vkey}\nquorum none\n`);
  const ran = await tai('verify', name, '--trust', 'trust', '--json', ...more);
  const { labels, overall } = JSON.parse(ran.out);
  return { code: ran.code, labels, overall };
};

test('new, rotate, revoke, list', async (context) => {
  inTheLongRun(context);
  const first = await json('keys', 'list');
  const [{ vkey: oldVkey }] = first.tenants;
  const { next } = await json('keys', 'new');
  expect((await json('keys', 'list')).next).toBe(next);

  const rotated = await json('keys', 'rotate');
  const [{ vkey: newVkey }] = rotated.vkeys;
  // The tenant's, and the operator's, which names it.
  expect(rotated).toMatchObject({ moved: 2, left: 0 });
  const listed = await json('keys', 'list');
  expect(listed).toMatchObject({ active: next, older: [] });
  expect(listed.tenants[0].named).toMatchObject([{ vkey: newVkey }]);

  // The checkpoint that hands over: whoever trusts either key can check it, and the bundle names the new one.
  await json('export', '--tenant', 'acme', '-o', 'handed');
  const good = { code: 4, overall: 'incomplete', labels: { linked: 'yes', signed: 'yes', trusted: 'yes' } };
  expect(await verified('handed', oldVkey)).toEqual(good);
  expect(await verified('handed', newVkey)).toEqual(good);

  const keyId = oldVkey.split('+')[1];
  const revoked = await json('keys', 'revoke', keyId, '--tenant', 'acme');
  expect(revoked).toMatchObject({ revoked: keyId });
  expect((await json('keys', 'list')).tenants[0].revoked).toEqual([{ key: keyId, size: revoked.lastGoodSize }]);
  await json('export', '--tenant', 'acme', '-o', 'revoked');
  expect(await verified('revoked', newVkey)).toEqual(good);
  // The hand-over is within what the old key vouches for, so it leads to the new one, unless the auditor knows better.
  expect(await verified('revoked', oldVkey)).toEqual(good);
  const size = revoked.lastGoodSize;
  expect(await verified('revoked', oldVkey, '--revoked', `${keyId}=${size}`)).toEqual(good);
  const stolen = await verified('revoked', oldVkey, '--revoked', `${keyId}=${size - 1}`);
  expect(stolen).toMatchObject({ code: 1, overall: 'falsified', labels: { trusted: 'no' } });

  // And once more: the third key, and the line that tells auditors of the second.
  await json('keys', 'new');
  const again = await tai('keys', 'rotate', '--dir', 'deployment');
  expect(again.out).toContain('ledgers sealed with the new key: 2');
  const secondId = newVkey.split('+')[1];
  const told = await tai('keys', 'revoke', secondId, '--tenant', 'acme', '--dir', 'deployment');
  expect(told.out).toMatch(new RegExp(`^ {2}revoked ledger\\.test/r1/e/[^+ ]+\\+${secondId} \\d+$`, 'm'));
  writeFileSync(join(work.dir, 'told'), told.out.replace(/^(?! {2}revoked ).*\n/gm, ''));
  await json('export', '--tenant', 'acme', '-o', 'twice');
  expect(await verified('twice', oldVkey, '--revoked', 'told')).toEqual(good);
  const list = await tai('keys', 'list', '--dir', 'deployment');
  expect(list.out.match(/^ {2}from receipt \d+: /gm)).toHaveLength(2);
  expect(list.out.match(/^ {2}revoked [0-9a-f]{8}: vouches up to \d+ receipts$/gm)).toHaveLength(2);
});

test.for([
  { note: 'rotating without a new key', argv: ['rotate'], says: 'no new key waits; make one first' },
  {
    note: 'revoking what is no key id',
    argv: ['revoke', 'all', '--tenant', 'acme'],
    says: 'a key’s id of 8 hex digits',
  },
  {
    note: 'revoking a key that signed nothing',
    argv: ['revoke', '00000000', '--tenant', 'acme'],
    says: 'no checkpoint of the tenant is signed with this key',
  },
  {
    note: 'revoking in a tenant that nobody knows',
    argv: ['revoke', '00000000', '--tenant', 'nobody'],
    says: 'no checkpoint of the tenant is signed with this key',
  },
  {
    note: 'a last good size that is no number',
    argv: ['revoke', '00000000', '--tenant', 'acme', '--last-good', '1e3'],
    says: 'expected a number of receipts',
  },
])('$note: one line, exit 2', async ({ argv, says }) => {
  const ran = await tai('keys', ...argv, '--dir', 'deployment');
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toContain(says);
});

test.for([
  { note: 'no verb', argv: [] },
  { note: 'a verb that is none', argv: ['forget'] },
  { note: 'no key to revoke', argv: ['revoke', '--tenant', 'acme'] },
  { note: 'no tenant to revoke it in', argv: ['revoke', '00000000'] },
  { note: 'more than is asked', argv: ['list', 'all'] },
  { note: 'an option that is none', argv: ['list', '--all'] },
])('$note: exit 2, nothing on standard output', async ({ argv }) => {
  const ran = await tai('keys', ...argv);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).not.toBe('');
});

test.for([
  { argv: ['new'] },
  { argv: ['rotate'] },
  { argv: ['list'] },
  { argv: ['revoke', '00000000', '--tenant', 'acme'] },
])('$argv.0 in a folder that is no deployment: one line, exit 2, and nothing is made there', async ({ argv }) => {
  const ran = await tai('keys', ...argv, '--dir', 'nowhere');
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toContain('nowhere');
  expect(existsSync(join(work.dir, 'nowhere'))).toBe(false);
});

test('a second new key before the first has taken over is refused', async () => {
  await json('keys', 'new');
  const ran = await tai('keys', 'new', '--dir', 'deployment');
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toContain('a new key waits already; rotate to it');
});

test('the key that seals now cannot be revoked', async () => {
  const [{ vkey }] = (await json('keys', 'list')).tenants;
  const ran = await tai('keys', 'revoke', vkey.split('+')[1], '--tenant', 'acme', '--dir', 'deployment');
  expect(ran.code).toBe(2);
  expect(ran.err).toContain('seals the ledger now; rotate first');
});
