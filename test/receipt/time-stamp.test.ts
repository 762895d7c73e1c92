/** A time-stamp token is not read by our verifier; the page says how another one reads it. A token of an authority of our own is made here. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNote } from '@tai-autonomics/core/receipt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../outside-tools.ts';
import { buildLedger, right } from './fixture.ts';

const AUTHORITY = `
[req]
distinguished_name = dn
prompt = no
x509_extensions = stamps
[dn]
CN = a time-stamping authority
[stamps]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = ours
[ours]
serial = serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tai-stamp-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const openssl = (...args: readonly string[]): void => {
  const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
};

test('the command of the page accepts a token over the checkpoint, and none over another', (context) => {
  needs(context, 'openssl', 'bash');
  const bundle = join(folder, 'bundle');
  mkdirSync(bundle);
  const { note } = buildLedger(3);
  writeFileSync(join(bundle, 'checkpoint'), note);
  writeFileSync(join(folder, 'text'), right(parseNote(note)).text);
  writeFileSync(join(folder, 'tsa.cnf'), AUTHORITY);
  writeFileSync(join(folder, 'serial'), '01\n');
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'tsa.key'];
  openssl('req', '-x509', '-config', 'tsa.cnf', ...key, '-out', 'tsa.pem', '-days', '2');
  openssl('ts', '-query', '-data', 'text', '-sha256', '-cert', '-out', 'query');
  const signer = ['-signer', 'tsa.pem', '-inkey', 'tsa.key'];
  openssl(
    ...['ts', '-reply', '-config', 'tsa.cnf', '-section', 'ours', '-queryfile', 'query', ...signer],
    ...['-token_out', '-out', 'bundle/checkpoint.tsr'],
  );
  const page = readFileSync(new URL('../../docs/receipt-v1.md', import.meta.url), 'utf8');
  const script = /<!-- example of a time stamp -->\n```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? 'false';
  const run = (): number | null => spawnSync('bash', ['-ec', script], { cwd: bundle }).status;
  expect(run()).toBe(0);
  writeFileSync(join(bundle, 'checkpoint'), buildLedger(4).note);
  expect(run()).not.toBe(0);
});
