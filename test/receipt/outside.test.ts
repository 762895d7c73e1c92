import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  bundleReadme,
  compareManifest,
  formatBundlePath,
  formatDisclosures,
  type ManifestEntry,
  manifestBody,
  parseBundleLayout,
  parseManifestBody,
  parseNote,
} from '@tai-autonomics/core/receipt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildLedger, ORIGIN, proofOf, right, signedNote, testKey } from './fixture.ts';

// The bundle as its own README says to check it, with tools that are not ours. Each must also refuse a changed copy.

const ledger = buildLedger(11);
const exporter = testKey(`${ORIGIN}/export`);
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tai-bundle-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const has = (command: string, ...args: readonly string[]): boolean => spawnSync(command, args).status === 0;
const tools: Readonly<Record<string, boolean>> = {
  openssl: has('openssl', 'version'),
  python3: has('python3', '--version'),
  sha256sum: has('sha256sum', '--version'),
  bash: has('bash', '--version'),
  go: has('go', 'version'),
};

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
  files.set('README.md', bundleReadme({ origin: ORIGIN, coverage, manifest: true }));
  const entries: ManifestEntry[] = [...files].map(([path, content]) => ({
    path,
    sha256: new Uint8Array(createHash('sha256').update(content).digest()),
  }));
  const body = manifestBody({ origin: ORIGIN, entries });
  expect(compareManifest(right(parseManifestBody(body)), entries)).toEqual([]);
  files.set('manifest', signedNote(body, exporter));
  expect(right(parseBundleLayout([...files.keys()])).coverage).toBe(coverage);
  return files;
};

const writeBundle = (name: string, seqs: readonly number[] | 'all'): string => {
  const root = join(folder, name);
  for (const [path, content] of filesOf(seqs)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  writeFileSync(join(root, 'log.vkey'), `${ledger.key.vkey}\n`);
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
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, out: stdout + stderr };
};

const changeCopy = (root: string, name: string, path: string, change: (text: string) => string): string => {
  const copy = join(folder, name);
  cpSync(root, copy, { recursive: true });
  writeFileSync(join(copy, path), change(readFileSync(join(copy, path), 'utf8')));
  return copy;
};

describe.each([
  { coverage: 'whole', seqs: 'all' as const, path: 'receipts.jsonl', says: '11 receipts, linked' },
  { coverage: 'partial', seqs: [0, 3, 4, 10], path: 'receipts/3.json', says: '4 receipts, each proved' },
])('a $coverage bundle, by its own README', ({ coverage, seqs, path, says }) => {
  test('Python’s standard library', ({ skip }) => {
    if (!tools['python3'] || !tools['bash']) skip('python3 or bash is not installed');
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

  test('openssl pkeyutl -verify -rawin', ({ skip }) => {
    if (!tools['openssl'] || !tools['bash']) skip('openssl or bash is not installed');
    const root = writeBundle(`openssl-${coverage}`, seqs);
    const script = blockWith(root, 'pkeyutl');
    expect(run(root, script).out).toContain('Signature Verified Successfully');
    const changed = changeCopy(root, `openssl-${coverage}-size`, 'checkpoint', (text) =>
      text.replace('\n11\n', '\n12\n'),
    );
    expect(run(changed, script).status).not.toBe(0);
    writeFileSync(join(root, 'log.vkey'), `${testKey(ORIGIN, 1, 'stranger').vkey}\n`);
    expect(run(root, script).status).not.toBe(0);
  });

  test('sha256sum -c of the manifest', ({ skip }) => {
    if (!tools['sha256sum'] || !tools['bash']) skip('sha256sum or bash is not installed');
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

test('one link by hand shows the same value twice', ({ skip }) => {
  if (!tools['openssl'] || !tools['bash']) skip('openssl or bash is not installed');
  const root = writeBundle('link', 'all');
  const [leaf = '', prev] = run(root, blockWith(root, 'sed -n 2p')).out.trim().split('\n');
  expect(prev).toBe(`"prev":"${leaf}"`);
});

test('openssl signs what our verifier reads: the same key, the same bytes', ({ skip }) => {
  if (!tools['openssl'] || !tools['bash']) skip('openssl or bash is not installed');
  const root = writeBundle('signs', 'all');
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), ledger.key.seed]);
  const body = ledger.note.slice(0, ledger.note.indexOf('\n\n') + 1);
  writeFileSync(join(root, 'key.der'), der);
  writeFileSync(join(root, 'body'), body);
  expect(run(root, 'openssl pkeyutl -sign -rawin -inkey key.der -keyform DER -in body -out sig').status).toBe(0);
  const [line] = right(parseNote(ledger.note)).signatures;
  expect(new Uint8Array(readFileSync(join(root, 'sig')))).toEqual(line?.signature);
});

test('Go x/mod/sumdb/note and tlog', ({ skip }) => {
  skip(tools['go'] ? 'no Go program is shipped with the tests yet' : 'go is not installed');
});
