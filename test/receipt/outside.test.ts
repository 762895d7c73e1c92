import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import {
  bundleReadme,
  compareManifest,
  consistencyProof,
  formatBundlePath,
  formatConsistency,
  formatDisclosures,
  type ManifestEntry,
  manifestBody,
  nodesOf,
  parseBundlePath,
  parseManifestBody,
  parseNote,
} from '@tai-autonomics/core/receipt';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { needs } from '../outside-tools.ts';
import { buildLedger, entryAt, ORIGIN, proofOf, right, sha256, signedNote, testKey } from './fixture.ts';

// The bundle as its own README says to check it, with tools that are not ours. Each must also refuse a changed copy.

const ledger = buildLedger(11);
const exporter = testKey(`${ORIGIN}/export`);
/** The size that an auditor may have seen. */
const OLD_SIZE = 5;
const nodes = nodesOf(
  sha256,
  ledger.receipts.map(({ leaf }) => leaf),
);
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tai-bundle-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const filesOf = (seqs: readonly number[] | 'all'): Map<string, Uint8Array | string> => {
  const files = new Map<string, Uint8Array | string>([['checkpoint', ledger.note]]);
  const coverage = seqs === 'all' ? 'whole' : 'partial';
  for (const [seq, { bytes, disclosures }] of ledger.receipts.entries()) {
    if (seqs !== 'all' && !seqs.includes(seq)) continue;
    files.set(formatBundlePath({ file: 'disclosures', seq }), formatDisclosures(disclosures.map(({ text }) => text)));
    if (seqs === 'all') continue;
    files.set(formatBundlePath({ file: 'receipt', seq }), bytes);
    files.set(formatBundlePath({ file: 'proof', seq }), proofOf(ledger, seq));
  }
  if (seqs === 'all')
    files.set('receipts.jsonl', ledger.receipts.map(({ bytes }) => `${Buffer.from(bytes).toString()}\n`).join(''));
  const proof = consistencyProof(sha256, nodes, OLD_SIZE, ledger.receipts.length) ?? [];
  const path = formatBundlePath({ file: 'consistency', oldSize: OLD_SIZE, size: ledger.receipts.length });
  files.set(path, formatConsistency({ oldSize: OLD_SIZE, proof, note: ledger.note }));
  files.set('README.md', bundleReadme({ origin: ORIGIN, coverage, manifest: true }));
  const entries: ManifestEntry[] = [...files].map(([path, content]) => ({
    path,
    sha256: new Uint8Array(createHash('sha256').update(content).digest()),
  }));
  const body = manifestBody({ origin: ORIGIN, entries });
  expect(compareManifest(right(parseManifestBody(body)), entries)).toEqual([]);
  files.set('manifest', signedNote(body, exporter));
  for (const path of files.keys()) expect(formatBundlePath(right(parseBundlePath(path)))).toBe(path);
  return files;
};

const writeBundle = (name: string, seqs: readonly number[] | 'all'): string => {
  const root = join(folder, name, 'bundle');
  for (const [path, content] of filesOf(seqs)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  writeFileSync(join(dirname(root), 'log.vkey'), `${ledger.key.vkey}\n`);
  return root;
};

/** The README's shell blocks but the one of our own verifier. */
const blocksOf = (root: string): readonly string[] =>
  [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```sh\n([\s\S]*?)\n```/g)]
    .map(([, block]) => block ?? '')
    .filter((block) => !block.includes('tai verify'));

const blockWith = (root: string, word: string): string =>
  blocksOf(root).find((block) => block.includes(word)) ?? 'exit 99';
const run = (root: string, script: string): { status: number | null; out: string } => {
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, out: stdout + stderr };
};

const changeCopy = (root: string, name: string, path: string, change: (text: string) => string): string => {
  const copy = join(folder, name, 'bundle');
  cpSync(dirname(root), dirname(copy), { recursive: true });
  writeFileSync(join(copy, path), change(readFileSync(join(copy, path), 'utf8')));
  return copy;
};

describe.each([
  { coverage: 'whole', seqs: 'all' as const, path: 'receipts.jsonl', says: '11 receipts, linked' },
  { coverage: 'partial', seqs: [0, 3, 4, 10], path: 'receipts/3.json', says: '4 receipts, each proved' },
])('a $coverage bundle, by its own README', ({ coverage, seqs, path, says }) => {
  test('Python’s standard library', (context) => {
    needs(context, 'python3', 'bash');
    const root = writeBundle(`python-${coverage}`, seqs);
    const script = blockWith(root, 'python3');
    expect(run(root, script)).toMatchObject({ status: 0 });
    expect(run(root, script).out).toContain(says);
    for (const [what, change] of [
      ['subject', (text: string) => text.replace('agent:7d1c', 'agent:7d1d')],
      ['space', (text: string) => text.replace('":', '": ')],
    ] as const) {
      expect(run(changeCopy(root, `python-${coverage}-${what}`, path, change), script).status).not.toBe(0);
    }
    const disclosure = `disclosures/${coverage === 'whole' ? 5 : 3}.json`;
    const moved = changeCopy(root, `python-${coverage}-moved`, disclosure, () =>
      readFileSync(join(root, 'disclosures/4.json'), 'utf8'),
    );
    expect(run(moved, script).out).toContain('does not list a disclosure');
  });

  test('openssl pkeyutl -verify -rawin', (context) => {
    needs(context, 'openssl', 'bash');
    const root = writeBundle(`openssl-${coverage}`, seqs);
    const script = blockWith(root, 'log.vkey | base64');
    expect(run(root, script).out).toContain('Signature Verified Successfully');
    const changed = changeCopy(root, `openssl-${coverage}-size`, 'checkpoint', (text) =>
      text.replace('\n11\n', '\n12\n'),
    );
    expect(run(changed, script).status).not.toBe(0);
    writeFileSync(join(dirname(root), 'log.vkey'), `${testKey(ORIGIN, 1, 'stranger').vkey}\n`);
    expect(run(root, script).status).not.toBe(0);
  });

  test('sha256sum -c of the manifest', (context) => {
    needs(context, 'sha256sum', 'bash');
    const root = writeBundle(`manifest-${coverage}`, seqs);
    const script = blockWith(root, 'sha256sum');
    expect(run(root, script)).toEqual({ status: 0, out: '' });
    expect(
      run(
        changeCopy(root, `manifest-${coverage}-changed`, path, (text) => `${text} `),
        script,
      ).status,
    ).not.toBe(0);
  });
});

test('one link by hand shows the same value twice', (context) => {
  needs(context, 'openssl', 'bash');
  const root = writeBundle('link', 'all');
  const [leaf = '', prev] = run(root, blockWith(root, 'sed -n 2p')).out.trim().split('\n');
  expect(prev).toBe(`"prev":"${leaf}"`);
});

test('openssl signs what our verifier reads: the same key, the same bytes', (context) => {
  needs(context, 'openssl', 'bash');
  const root = writeBundle('signs', 'all');
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), ledger.key.seed]);
  const body = ledger.note.slice(0, ledger.note.indexOf('\n\n') + 1);
  writeFileSync(join(root, 'key.der'), der);
  writeFileSync(join(root, 'body'), body);
  expect(run(root, 'openssl pkeyutl -sign -rawin -inkey key.der -keyform DER -in body -out sig').status).toBe(0);
  const [line] = right(parseNote(ledger.note)).signatures;
  expect(new Uint8Array(readFileSync(join(root, 'sig')))).toEqual(line?.signature);
});

/** The Go program of this folder, built with the libraries of GOPATH and of Debian; skips where there are none. */
const goCheck = (context: TestContext): string => {
  needs(context, 'go');
  const program = join(folder, 'check');
  const paths = [process.env['GOPATH'] ?? join(homedir(), 'go'), '/usr/share/gocode'].join(delimiter);
  const source = fileURLToPath(new URL('go/check.go', import.meta.url));
  const { status, stderr } = spawnSync('go', ['build', '-o', program, source], {
    encoding: 'utf8',
    env: { ...process.env, GO111MODULE: 'off', GOFLAGS: '', GOPATH: paths },
  });
  if (stderr.includes('cannot find package "golang.org/x/mod'))
    context.skip('golang.org/x/mod is not in GOPATH (Debian: golang-golang-x-mod-dev)');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return program;
};

// The program is compiled first, which takes its time where Go's own library was not compiled before.
test('Go x/mod/sumdb/note and tlog: the note, the tree, each place in it, and what it continues', {
  timeout: 300_000,
}, (context) => {
  const program = goCheck(context);
  const old = join(folder, 'old-note');
  writeFileSync(old, buildLedger(OLD_SIZE).note);
  const check = (root: string, ...more: readonly string[]) => {
    const { status, stdout } = spawnSync(program, [root, ...more], { encoding: 'utf8' });
    return { status, stdout };
  };
  const whole = writeBundle('go-whole', 'all');
  const part = writeBundle('go-part', [0, 3, 4, 10]);
  const continued = 'it continues the checkpoint of size 5\n';
  expect(check(whole, old)).toEqual({ status: 0, stdout: `11 receipts have the root that was signed\n${continued}` });
  expect(check(part, old)).toEqual({
    status: 0,
    stdout: `4 receipts are proved to be of the 11 that were sealed\n${continued}`,
  });
  const subject = (text: string) => text.replace('agent:7d1c', 'agent:7d1d');
  const other = (text: string) =>
    text.replace(/\n(.)(.{43})\n/, (_, one, rest) => `\n${one === 'A' ? 'B' : 'A'}${rest}\n`);
  writeFileSync(
    join(folder, 'forged-note'),
    buildLedger(OLD_SIZE, ORIGIN, (seq, sd, before) => ({ ...entryAt(seq, sd, before), subject: 'agent:fork' })).note,
  );
  for (const [name, root, path, change, says] of [
    ['receipt', whole, 'receipts.jsonl', subject, 'do not have the root'],
    ['proved', part, 'receipts/3.json', subject, 'receipt 3 is not in the tree'],
    ['proof', part, 'proofs/3.tlog-proof', other, 'receipt 3 is not in the tree'],
    ['place', part, 'proofs/3.tlog-proof', (text: string) => text.replace('index 3', 'index 4'), 'for another place'],
    ['size', whole, 'checkpoint', (text: string) => text.replace('\n11\n', '\n12\n'), 'the note: '],
    ['consistency', whole, 'consistency/5-11.consistency', other, 'it does not continue'],
    ['key', whole, '../log.vkey', () => testKey(ORIGIN, 1, 'stranger').vkey, 'the note: '],
  ] as const) {
    const changed = check(changeCopy(root, `go-${name}`, path, change), old);
    expect(changed.status, name).toBe(1);
    expect(changed.stdout).toContain(says);
  }
  expect(check(whole, join(folder, 'forged-note')).stdout).toContain('it does not continue');
});
