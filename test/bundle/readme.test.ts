import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { Selection } from '@tai-autonomics/governor/bundle';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeReady, restart, right, startGovernor, TENANT } from '../governor/kit.ts';
import { memorySigner } from '../governor/signer.ts';
import { NEVER, successor, vkeyOf } from '../keys/two-keys.ts';
import { needs } from '../outside-tools.ts';
import { TAI } from '../programs/program.ts';
import { type Evidence, exportTo, makeEvidence, sourceOf, verifyAt, workFolder } from './evidence.ts';

// What a bundle's README tells an auditor to type is typed here as it stands, in the bundle, by a shell.

const work = workFolder();
let evidence: Evidence;

beforeAll(async () => {
  evidence = await makeEvidence(work.path());
});
afterAll(() => work.remove());

const blocksOf = (root: string): readonly string[] =>
  [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```sh\n([\s\S]*?)\n```/g)].map(
    ([, block]) => block ?? '',
  );

const blockWith = (root: string, word: string): string =>
  blocksOf(root).find((block) => block.includes(word)) ?? 'echo the README has no such block; exit 99';

const type = (root: string, script: string): { readonly status: number | null; readonly out: string } => {
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { cwd: root, encoding: 'utf8' });
  return { status, out: stdout + stderr };
};

/** A place for a bundle, in a folder of its own: what an auditor makes stands beside it. */
const place = (): string => {
  const folder = work.path();
  mkdirSync(folder);
  return join(folder, 'bundle');
};

/** Puts a key beside a bundle: by another way than the bundle; here, from the one who exported it. */
const bring = (root: string, name: string, vkey: string): void => writeFileSync(join(dirname(root), name), `${vkey}\n`);

const exported = async (selection: Selection): Promise<string> => {
  const root = place();
  const { vkey } = await exportTo(evidence.source, root, selection);
  bring(root, 'log.vkey', vkey);
  bring(root, 'export.vkey', readFileSync(join(root, 'keys'), 'utf8').split('\n')[1] ?? '');
  return root;
};

const copyOf = (root: string): string => {
  const folder = work.path();
  cpSync(dirname(root), folder, { recursive: true });
  return join(folder, 'bundle');
};

const damage = (root: string, path: string): string => {
  const copy = copyOf(root);
  const bytes = readFileSync(join(copy, path));
  const at = bytes.indexOf('sub_') + 8;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(join(copy, path), bytes);
  return copy;
};

describe.each([
  { coverage: 'whole', selection: {}, receipt: 'receipts.jsonl' },
  { coverage: 'partial', selection: { seqs: [1, 4, 5] }, receipt: 'receipts/4.json' },
])('the README of a $coverage bundle', ({ selection, receipt }) => {
  test('python3 finds it as sealed, and finds a changed copy', async (context) => {
    needs(context, 'python3', 'bash');
    const root = await exported(selection);
    const script = blockWith(root, 'python3');
    expect(type(root, script)).toMatchObject({ status: 0 });
    expect(type(damage(root, receipt), script).status).not.toBe(0);
  });

  test('openssl finds the signature good, and by another key bad', async (context) => {
    needs(context, 'openssl', 'bash');
    const root = await exported(selection);
    const script = blockWith(root, 'log.vkey | base64');
    expect(type(root, script).out).toContain('Signature Verified Successfully');
    const copy = copyOf(root);
    const [, exporter = ''] = readFileSync(join(root, 'keys'), 'utf8').split('\n');
    bring(copy, 'log.vkey', exporter);
    expect(type(copy, script)).toMatchObject({ status: 1 });
  });

  test('openssl finds the manifest signed by the export key, and by another key not', async (context) => {
    needs(context, 'openssl', 'bash');
    const root = await exported(selection);
    const script = blockWith(root, 'export.vkey');
    expect(type(root, script).out).toContain('Signature Verified Successfully');
    const copy = copyOf(root);
    bring(copy, 'export.vkey', readFileSync(join(dirname(root), 'log.vkey'), 'utf8').trim());
    expect(type(copy, script)).toMatchObject({ status: 1 });
  });

  test('sha256sum finds the files packed together, and finds a changed one', async (context) => {
    needs(context, 'sha256sum', 'bash');
    const root = await exported(selection);
    const script = blockWith(root, 'sha256sum');
    expect(type(root, script)).toEqual({ status: 0, out: '' });
    expect(type(damage(root, receipt), script).status).not.toBe(0);
  });

  test('the commands leave nothing inside the bundle', async (context) => {
    needs(context, 'openssl', 'python3', 'sha256sum', 'bash');
    const root = await exported(selection);
    const before = readdirSync(root).sort();
    for (const block of blocksOf(root).filter((text) => !text.includes('tai verify'))) type(root, block);
    expect(readdirSync(root).sort()).toEqual(before);
    expect(await verifyAt(root, { trust: evidence.trust })).toMatchObject({ overall: 'incomplete', findings: [] });
  });

  test('npx tai verify says the same as the function', async (context) => {
    needs(context, 'bash');
    const root = await exported(selection);
    const tai = `${process.execPath} '${TAI}'`;
    const typed = type(root, blockWith(root, 'tai verify').replace('npx --package @tai-autonomics/cli tai', tai));
    expect(typed.out).toContain('integrity only');
    expect(typed.out).toContain('trusted yes');
    expect(typed.status).toBe(4);
  });

  test('says what it is and what it is not', async () => {
    const text = readFileSync(join(await exported(selection), 'README.md'), 'utf8');
    expect(text).toContain('This is an evidence system, not a certification claim');
    expect(text).not.toMatch(/tamper-proof|certified|compliant/);
    expect(text).toContain(evidence.source.origin);
  });
});

test('openssl finds the line of either key on a checkpoint that two keys signed', async (context) => {
  needs(context, 'openssl', 'bash');
  const old = memorySigner('old key');
  const before = await startGovernor({ signer: old, checkpoints: NEVER });
  await makeReady(before);
  right(await before.governor.seal(TENANT));
  const fresh = successor(old);
  const setting = await restart(before, { signer: fresh });
  right(await setting.governor.seal(TENANT));
  const root = place();
  await exportTo(sourceOf(setting), root);
  const script = blockWith(root, 'log.vkey | base64');
  for (const { signer, says, status } of [
    { signer: old, says: 'Signature Verified Successfully', status: 0 },
    { signer: fresh, says: 'Signature Verified Successfully', status: 0 },
    { signer: memorySigner('stranger'), says: '', status: 1 },
  ]) {
    bring(root, 'log.vkey', vkeyOf(setting, signer));
    const typed = type(root, script);
    expect(typed.out).toContain(says);
    expect(typed.status).toBe(status);
  }
});

test('one link by hand shows the same value twice', async (context) => {
  needs(context, 'openssl', 'bash');
  const root = await exported({});
  const [leaf = '', prev] = type(root, blockWith(root, 'sed -n 2p')).out.trim().split('\n');
  expect(prev).toBe(`"prev":"${leaf}"`);
});
