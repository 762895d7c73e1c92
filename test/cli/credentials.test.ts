/** `tai credentials`, beside a server that goes on: what is made counts, and what is ended counts no more, from the next request. */
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { memoryCredentials, mintCredential, verifyKey } from '@tai-autonomics/governor';
import { changeCredentialFile, openCredentialFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTheLongRun } from '../runs.ts';
import { type Running, startTai } from './process.ts';
import { folder, scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

const { dir, remove } = folder();
let serving: Running;
let url = '';

const tai = async (...argv: readonly string[]) => {
  const { io, out, err } = captureIo(dir);
  return { code: await main(argv, io), out: out(), err: err() };
};
const made = async (...argv: readonly string[]) => {
  const { code, out } = await tai('credentials', ...argv, '--json');
  expect(code).toBe(EXIT.ok);
  return JSON.parse(out) as { readonly keyId: string; readonly key: string; readonly state: string };
};
/** Not 401 is enough: what the caller may do is for the decision to say. */
const isKnown = async (key: string): Promise<boolean> => {
  const { status } = await fetch(`${url}/v1/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'check_health', resource: 'service/checkout' }),
  });
  return status !== 401;
};
const file = join(dir, '.tai/credentials.json');
const agent = ['new', '--tenant', 'acme', '--as', 'agent:robot', '--scope', 'read_deployment'];

beforeAll(async () => {
  serving = startTai(dir, 'serve', '--port', '0');
  url = (await serving.says(/^serving on (\S+)$/m))[1] ?? '';
});
afterAll(() => {
  serving.child.kill('SIGKILL');
  remove();
});

test('a key that is made while the server runs is known at once; disabled, it is not', async () => {
  const { key, keyId, state } = await made(...agent);
  expect(state).toBe('live');
  expect(await isKnown(key)).toBe(true);
  expect(await tai('credentials', 'disable', keyId)).toMatchObject({
    code: EXIT.ok,
    out: `key ${keyId} is disabled\n`,
  });
  expect(await isKnown(key)).toBe(false);
});

test('a rotated key is another of the same holder; the old one ends at once, or with the overlap', async () => {
  const first = await made(...agent);
  const second = await made('rotate', first.keyId);
  expect([await isKnown(first.key), await isKnown(second.key)]).toEqual([false, true]);
  const third = await made('rotate', second.keyId, '--overlap', '7d');
  expect([await isKnown(second.key), await isKnown(third.key)]).toEqual([true, true]);
  const listed = JSON.parse((await tai('credentials', 'list', '--json')).out) as readonly Record<string, unknown>[];
  const ids = [first, second, third].map(({ keyId }) => keyId);
  expect(listed.filter(({ keyId }) => ids.includes(String(keyId)))).toMatchObject([
    { state: 'disabled', subject: { type: 'agent', id: 'robot' }, scope: ['read_deployment'] },
    { state: 'live', expiresAt: expect.any(String) },
    { state: 'live', subject: { type: 'agent', id: 'robot' }, scope: ['read_deployment'] },
  ]);
});

test('a key that is disabled or has expired is not rotated: whoever lost it gets no other', async () => {
  const { keyId } = await made(...agent);
  await tai('credentials', 'disable', keyId);
  const before = readFileSync(file, 'utf8');
  expect(await tai('credentials', 'rotate', keyId)).toMatchObject({
    code: EXIT.unreadable,
    err: `tai: key ${keyId} is disabled; tai credentials new makes another one\n`,
  });
  expect(readFileSync(file, 'utf8')).toBe(before);
});

test('no list shows a secret or its hash', async () => {
  const { key } = await made(...agent);
  const hashes = [...readFileSync(file, 'utf8').matchAll(/"hash": "([^"]+)"/g)].map(([, hash = '']) => hash);
  expect(hashes.length).toBeGreaterThan(3);
  for (const argv of [['list'], ['list', '--json']]) {
    const { out } = await tai('credentials', ...argv);
    expect(out).toContain('robot');
    for (const secret of [key, key.slice(-43), ...hashes]) expect(out).not.toContain(secret);
  }
});

test('a file that cannot be read changes nothing, is said once, and is said again when it is good', async () => {
  const { key } = await made(...agent);
  expect(await isKnown(key)).toBe(true);
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, good.slice(0, 100), { mode: 0o600 });
  expect([await isKnown(key), await isKnown(key)]).toEqual([true, true]);
  await serving.says(/credentials\.json:\d+:\d+: .*; the keys that were read before still count/);
  writeFileSync(file, good);
  expect(await isKnown(key)).toBe(true);
  await serving.says(/credentials\.json: can be read again, and counts/);
  expect(serving.printed().match(/still count/g)).toHaveLength(1);
});

test.for([
  { note: 'no holder', argv: ['new', '--tenant', 'acme', '--as', 'robot'], says: '--as: expected agent:…' },
  { note: 'no tenant', argv: ['new', '--as', 'agent:robot'], says: '--tenant: expected' },
  { note: 'a tenant for a marketplace', argv: ['new', '--tenant', 'acme', '--as', 'marketplace:m'], says: '--tenants' },
  { note: 'no such role', argv: [...agent.slice(0, -1), 'root'], says: '--scope: expected one of' },
  { note: 'no such relation', argv: [...agent, '--relation', 'boss'], says: '--relation: expected some of' },
  { note: 'an end that is past', argv: [...agent, '--expires', '2020-01-01T00:00:00Z'], says: 'an instant to come' },
  { note: 'an end that is none', argv: [...agent, '--expires', 'soon'], says: 'such as 90d' },
  { note: 'no such key', argv: ['disable', 'ffff'], says: 'no key ffff; tai credentials list shows them' },
  {
    note: 'the operator as a tenant',
    argv: ['new', '--tenant', OPERATOR, '--as', 'user:x'],
    says: 'no key names the operator',
  },
])('$note: one line, exit 2, and nothing is changed', async ({ argv, says }) => {
  const before = readFileSync(file, 'utf8');
  const { code, err } = await tai('credentials', ...argv);
  expect({ code, err }).toEqual({ code: EXIT.unreadable, err: expect.stringContaining(says) });
  expect(readFileSync(file, 'utf8')).toBe(before);
});

test('a key ends at its instant, not a millisecond before or after', async () => {
  const end = Date.UTC(2026, 0, 26);
  const { credential, secretText } = mintCredential(systemRandom, {
    tenant: 'acme',
    subject: { type: 'agent', id: 'robot' },
    scope: [],
    expiresAt: new Date(end).toISOString(),
  });
  const store = memoryCredentials([credential]);
  expect(E.isRight(await verifyKey(store, secretText, () => end - 1))).toBe(true);
  expect(await verifyKey(store, secretText, () => end)).toEqual(E.left('unauthenticated'));
  const unreadable = memoryCredentials([{ ...credential, expiresAt: 'never' }]);
  expect(await verifyKey(unreadable, secretText, () => 0)).toEqual(E.left('unauthenticated'));
});

test('a file that others can change is refused, at the start and later; two changes never meet', async () => {
  const path = join(scratch(), 'credentials.json');
  writeFileSync(path, '{"format":"tai-autonomics/credentials@1","credentials":[]}', { mode: 0o600 });
  writeFileSync(`${path}.lock`, '');
  const meanwhile = await changeCredentialFile(path, (all) => E.right(all));
  expect(meanwhile).toEqual(E.left([expect.stringContaining('is being changed by another command')]));
  rmSync(`${path}.lock`);
  expect(E.isRight(await changeCredentialFile(path, (all) => E.right(all)))).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  chmodSync(path, 0o666);
  const line = `${path}: its mode is 0666, so others can change it; run: chmod go-w '${path}'`;
  expect(await openCredentialFile(path)).toEqual(E.left([line]));
});

test('a file that is missing is not made in silence, and what the line says to write into it is good', async () => {
  const path = join(scratch(), 'credentials.json');
  const lost = await openCredentialFile(path);
  const [, text] =
    /is missing; restore it from a backup, or write (\S+) into it/.exec(E.isLeft(lost) ? (lost.left[0] ?? '') : '') ??
    [];
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, text ?? '');
  expect(E.isRight(await openCredentialFile(path))).toBe(true);
});

test.for([
  { name: 'config.json', mode: 0o666 },
  { name: 'credentials.json', mode: 0o622 },
  { name: 'ledger.db', mode: 0o666 },
])('a deployment whose $name others can change does not open', async ({ name, mode }, context) => {
  if (name !== 'ledger.db') inTheLongRun(context);
  const where = scratch();
  const at = async (...argv: readonly string[]) => {
    const { io, err } = captureIo(where);
    return { code: await main(argv, io), err: err() };
  };
  const once = startTai(where, 'serve', '--port', '0');
  await once.says(/stop with Ctrl-C\n/);
  once.child.kill('SIGTERM');
  await once.ended;
  chmodSync(join(where, '.tai', name), mode);
  expect(await at('keys', 'list')).toEqual({
    code: EXIT.unreadable,
    err: expect.stringMatching(
      `^tai: .*${name}: its mode is 0${mode.toString(8)}, so others can change it; run: chmod go-w`,
    ),
  });
});

test('a configuration that is lost beside a ledger is not made anew', async (context) => {
  inTheLongRun(context);
  const where = scratch();
  const once = startTai(where, 'serve', '--port', '0');
  await once.says(/stop with Ctrl-C\n/);
  once.child.kill('SIGTERM');
  await once.ended;
  rmSync(join(where, '.tai/config.json'));
  const { io, err } = captureIo(where);
  expect(await main(['serve', '--port', '0'], io)).toBe(EXIT.unreadable);
  expect(err()).toMatch(/config\.json: is missing beside ledger\.db; restore it from a backup/);
});
