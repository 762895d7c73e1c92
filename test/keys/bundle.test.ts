/** Bundles of a ledger whose key changed: whoever trusts one of its keys can check it whole, and nobody else. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNote } from '@tai-autonomics/core/receipt';
import type { Asked, Signer } from '@tai-autonomics/governor';
import type { BundleReport, LedgerSource } from '@tai-autonomics/governor/bundle';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportTo, sourceOf, verifyAt, workFolder } from '../bundle/evidence.ts';
import { approved, makeReady, people, restart, right, type Setting, startGovernor, TENANT } from '../governor/kit.ts';
import { memorySigner } from '../governor/signer.ts';
import { idOf, linesOf, NEVER, successor, system, trusting, vkeyOf } from './two-keys.ts';

const work = workFolder();
afterAll(work.remove);

const health: Asked = { action: 'check_health', resource: 'here' };

/** One more receipt, sealed. */
const grow = async ({ governor }: Setting): Promise<void> => {
  approved(await governor.submit(people().agent, health));
  right(await governor.seal(TENANT));
};

let setting: Setting;
const stages = new Map<string, string>();
let keys: readonly string[] = [];

/** Exports the ledger as it is now under a name, with the keys that the deployment still holds. */
const keep = async (name: string): Promise<void> => {
  const { signer } = setting;
  const source: LedgerSource = { ...sourceOf(setting), olderKeys: (signer.older ?? []).map((key) => key.publicKey) };
  const path = work.path();
  await exportTo(source, path);
  stages.set(name, path);
};

beforeAll(async () => {
  const first = memorySigner('first key');
  setting = await startGovernor({ signer: first, checkpoints: NEVER });
  const vkeys = (...signers: readonly Signer[]) => signers.map((signer) => vkeyOf(setting, signer));
  await makeReady(setting);
  right(await setting.governor.seal(TENANT));
  const second = successor(first, 'second key');
  setting = await restart(setting, { signer: second });
  await grow(setting);
  await keep('handing over');
  await grow(setting);
  await keep('rotated once');
  const third = successor(second, 'third key', [second]);
  setting = await restart(setting, { signer: third });
  await grow(setting);
  await grow(setting);
  await keep('rotated twice');
  keys = vkeys(first, second, third);
  const revoke: Asked = {
    action: 'revoke_key',
    resource: '*',
    arguments: { key_id: idOf(keys[0] ?? ''), last_good_size: sizesIn('rotated once')[0] ?? 0 },
  };
  approved(await setting.governor.submit(system, revoke));
  await grow(setting);
  await keep('revoked');
});

const at = (name: string): string => stages.get(name) ?? '';

const handoverFolder = (root: string): string => join(root, 'handovers');
const sizesIn = (name: string): readonly number[] => {
  const folder = handoverFolder(at(name));
  return existsSync(folder)
    ? readdirSync(folder)
        .map(Number.parseFloat)
        .sort((a, b) => a - b)
    : [];
};

const copyOf = (name: string): string => {
  const copy = work.path();
  cpSync(at(name), copy, { recursive: true });
  // So that what is found is found by the hand-overs themselves.
  for (const manifest of ['manifest', 'manifest.dsse.json']) rmSync(join(copy, manifest), { force: true });
  return copy;
};

const good = { overall: 'incomplete', labels: { linked: 'yes', signed: 'yes', trusted: 'yes' }, findings: [] };
const strange = { overall: 'falsified', labels: { linked: 'yes', signed: 'yes', trusted: 'no' } };
const signaturesOf = ({ steps }: BundleReport): string =>
  steps.find(({ step }) => step === 'signatures')?.sentence ?? '';

test('a part of it is the same by the hashes that are kept: the hand-overs go with it', async () => {
  const source: LedgerSource = {
    ...sourceOf(setting),
    olderKeys: (setting.signer.older ?? []).map((key) => key.publicKey),
  };
  const trees = work.path();
  for (const seqs of [[2], [2, 5]]) {
    const [kept, plain] = [work.path(), work.path()];
    await exportTo({ ...source, trees }, kept, { seqs });
    await exportTo(source, plain, { seqs });
    expect(existsSync(join(trees, `${source.ledger}.hashes`))).toBe(true);
    expect(readdirSync(handoverFolder(kept))).toHaveLength(2);
    const names = (path: string) => (readdirSync(path, { recursive: true }) as string[]).sort();
    expect(names(kept)).toEqual(names(plain));
    for (const name of ['manifest', 'checkpoint'])
      expect(readFileSync(join(kept, name))).toEqual(readFileSync(join(plain, name)));
  }
});

describe('a bundle after a change of key', () => {
  test.for([
    { name: 'handing over', handovers: 0, lines: 2, trusted: [0, 1] },
    { name: 'rotated once', handovers: 1, lines: 1, trusted: [0, 1] },
    { name: 'rotated twice', handovers: 2, lines: 1, trusted: [0, 1, 2] },
    { name: 'revoked', handovers: 2, lines: 1, trusted: [0, 1, 2] },
  ])(
    '$name: it is enough to trust the first key, or the last, or one between',
    async ({ name, handovers, lines, trusted }) => {
      expect(sizesIn(name)).toHaveLength(handovers);
      expect(linesOf(readFileSync(join(at(name), 'checkpoint'), 'utf8'))).toHaveLength(lines);
      for (const n of trusted) {
        const report = await verifyAt(at(name), { trust: trusting(keys[n] ?? '') });
        expect(report).toMatchObject(good);
        expect(signaturesOf(report)).toContain(
          n < (trusted.at(-1) ?? 0)
            ? 'A key that followed a trusted one, handed over at size'
            : 'A trusted key of the ledger',
        );
      }
    },
  );

  test.for(['handing over', 'rotated once', 'rotated twice', 'revoked'])(
    '%s: its file of keys names those that signed the checkpoint, and trusts nobody',
    async (name) => {
      const claimed = readFileSync(join(at(name), 'keys'), 'utf8')
        .split('\n')
        .slice(0, -1);
      const ids = linesOf(readFileSync(join(at(name), 'checkpoint'), 'utf8'));
      expect(claimed.map(idOf)).toEqual(expect.arrayContaining([...ids]));
      expect(await verifyAt(at(name))).toMatchObject({
        overall: 'incomplete',
        labels: { signed: 'yes', trusted: 'unknown' },
        findings: [],
      });
    },
  );

  test('a part of it carries the hand-overs, so that any of its keys is enough; without the proof that leads on, its last', async () => {
    const path = work.path();
    await exportTo(sourceOf(setting), path, { seqs: [0, 2] });
    const [handover = ''] = readdirSync(handoverFolder(path));
    for (const key of keys) expect(await verifyAt(path, { trust: trusting(key) })).toMatchObject(good);
    expect(signaturesOf(await verifyAt(path, { trust: trusting(keys[0] ?? '') }))).toContain('handed over at size');
    // Nobody else's key, and nothing of another history.
    const other = vkeyOf(setting, memorySigner('a stranger'));
    expect(await verifyAt(path, { trust: trusting(other) })).toMatchObject(strange);
    for (const gone of ['manifest', 'manifest.dsse.json']) rmSync(join(path, gone));
    const names = readdirSync(join(path, 'consistency'));
    expect(names).toHaveLength(2);
    const proof = names.find((name) => name.startsWith(`${Number.parseFloat(handover)}-`)) ?? '';
    const text = readFileSync(join(path, 'consistency', proof), 'utf8');
    rmSync(join(path, 'consistency', proof));
    expect(await verifyAt(path, { trust: trusting(keys[0] ?? '') })).toMatchObject(strange);
    expect(await verifyAt(path, { trust: trusting(keys[2] ?? '') })).toMatchObject(good);
    const lines = text.split('\n');
    writeFileSync(join(path, 'consistency', proof), [lines[0], lines[2], lines[1], ...lines.slice(3)].join('\n'));
    const report = await verifyAt(path, { trust: trusting(keys[0] ?? '') });
    expect(report.overall).toBe('falsified');
    expect(signaturesOf(report)).toContain('is not of these receipts');
  });

  test('its README says what the hand-overs are, where there are some', () => {
    const readmeOf = (name: string): string => readFileSync(join(at(name), 'README.md'), 'utf8');
    expect(readmeOf('rotated twice')).toContain('## If your key is an older one');
    expect(readmeOf('handing over')).not.toContain('older one');
  });

  test('packed as a tar file it says the same', async () => {
    const path = `${work.path()}.tar`;
    await exportTo(sourceOf(setting), path);
    expect(await verifyAt(path, { trust: trusting(keys[0] ?? '') })).toMatchObject(good);
  });

  test('the same ledger and keys give the same bytes', async () => {
    const [a, b] = [`${work.path()}.tar`, `${work.path()}.tar`];
    for (const path of [a, b]) await exportTo(sourceOf(setting), path);
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
  });

  test('a first key that was stolen before it handed over vouches for nobody', async () => {
    const [, , third = ''] = keys;
    const [size = 0] = sizesIn('revoked');
    const revocations = [
      {
        name: setting.identity.origin(TENANT),
        keyId: Number.parseInt(idOf(keys[0] ?? ''), 16),
        lastGoodSize: size - 1,
      },
    ];
    expect(await verifyAt(at('revoked'), { trust: trusting(keys[0] ?? ''), revocations })).toMatchObject(strange);
    expect(await verifyAt(at('revoked'), { trust: trusting(third), revocations })).toMatchObject(good);
  });
});

describe('hand-overs that somebody touched', () => {
  const [first, last] = [() => trusting(keys[0] ?? ''), () => trusting(keys[2] ?? '')];
  const firstFile = (root: string): string => join(handoverFolder(root), `${sizesIn('revoked')[0]}.checkpoint`);

  test('left out: the first key vouches no further, the last one still does', async () => {
    const copy = copyOf('revoked');
    rmSync(firstFile(copy));
    expect(await verifyAt(copy, { trust: first() })).toMatchObject(strange);
    expect(await verifyAt(copy, { trust: last() })).toMatchObject(good);
  });

  test.for([
    { note: 'of another ledger', change: (text: string) => text.replaceAll('ledger.test/', 'ledger.rest/') },
    {
      note: 'with another root',
      change: (text: string) =>
        text.replace(/\n(.)(.{43})\n/, (_, one, rest) => `\n${one === 'A' ? 'B' : 'A'}${rest}\n`),
    },
    { note: 'that is none', change: () => 'hand-over\n' },
    { note: 'with a bad signature', change: (text: string) => text.replace(/.{3}\n$/, 'A==\n') },
    { note: 'not in UTF-8', change: () => Buffer.from([0xff, 0xfe]) },
  ])('$note: found, by whoever trusts which key', async ({ change }) => {
    const copy = copyOf('revoked');
    const file = firstFile(copy);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    for (const trust of [first(), last()])
      expect(await verifyAt(copy, { trust })).toMatchObject({ overall: 'falsified' });
  });

  test('under another size: found', async () => {
    const copy = copyOf('revoked');
    renameSync(firstFile(copy), join(handoverFolder(copy), '2.checkpoint'));
    const report = await verifyAt(copy, { trust: last() });
    expect(report).toMatchObject({ overall: 'falsified' });
    expect(report.findings.map(({ why }) => why).join()).toContain('handovers/2.checkpoint is of size');
  });

  test('without the old key’s line: the new one does not vouch for itself', async () => {
    const copy = copyOf('revoked');
    const file = firstFile(copy);
    const text = readFileSync(file, 'utf8');
    const lines = text.split('\n');
    expect(right(parseNote(text)).signatures).toHaveLength(2);
    writeFileSync(file, lines.toSpliced(-3, 1).join('\n'));
    expect(await verifyAt(copy, { trust: first() })).toMatchObject(strange);
    expect(await verifyAt(copy, { trust: last() })).toMatchObject(good);
  });
});
