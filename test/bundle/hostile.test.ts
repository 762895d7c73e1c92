import {
  closeSync,
  cpSync,
  existsSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { formatBundlePath } from '@tai-autonomics/core/receipt';
import { type BundleFaultKind, printBundleFault, readBundle, verifyBundle } from '@tai-autonomics/governor/bundle';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { right } from '../governor/kit.ts';
import { needs } from '../outside-tools.ts';
import { buildLedger, proofOf } from '../receipt/fixture.ts';
import { type Dice, diceOf } from '../receipt/mutants.ts';
import { runs } from '../runs.ts';
import { workFolder } from './evidence.ts';

const work = workFolder();
const ledger = buildLedger(5);
const NEWLINE = Buffer.from('\n');
const wholeFiles: readonly (readonly [string, Uint8Array | string])[] = [
  ['checkpoint', ledger.note],
  ['receipts.jsonl', Buffer.concat(ledger.receipts.flatMap(({ bytes }) => [bytes, NEWLINE]))],
];
const partialFiles: readonly (readonly [string, Uint8Array | string])[] = [
  ['checkpoint', ledger.note],
  ['receipts/2.json', ledger.receipts[2]?.bytes ?? ''],
  ['proofs/2.tlog-proof', proofOf(ledger, 2)],
];

afterAll(() => work.remove());

/** A tar header as an attacker would write it: anything goes. */
const header = (
  name: string,
  size: number,
  { sort = '0', link = '', magic = 'ustar\x0000', prefix = '' } = {},
): Buffer => {
  const block = Buffer.alloc(512);
  block.write(name, 0, 'latin1');
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(sort, 156);
  block.write(link, 157);
  block.write(magic, 257, 'latin1');
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
};

type Entry = readonly [string, Uint8Array | string, Parameters<typeof header>[2]?];
const END = Buffer.alloc(1024);

const tarOf = (entries: readonly Entry[], end: Uint8Array = END): Buffer =>
  Buffer.concat([
    ...entries.flatMap(([name, content, how]) => {
      const bytes = Buffer.from(content);
      return [header(name, bytes.length, how), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
    }),
    end,
  ]);

const writeTar = (bytes: Uint8Array): string => {
  const path = `${work.path()}.tar`;
  writeFileSync(path, bytes);
  return path;
};

const writeFolder = (files: readonly (readonly [string, Uint8Array | string])[] = wholeFiles): string => {
  const root = work.path();
  for (const [path, content] of files) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
};

/** The fault's name and its one line; a bundle that opens is judged, so that faults of reading show too. */
const faultOf = async (path: string): Promise<{ readonly fault: BundleFaultKind | 'none'; readonly line: string }> => {
  const opened = await readBundle(path);
  if (E.isLeft(opened)) return { fault: opened.left.fault, line: printBundleFault('b', opened.left) };
  const judged = await verifyBundle(opened.right, { rederive: false, trust: ledger.trust });
  opened.right.close();
  return E.isLeft(judged)
    ? { fault: judged.left.fault, line: printBundleFault('b', judged.left) }
    : { fault: 'none', line: judged.right.overall };
};

const RUNS = runs(100_000);

/** Puts the right checksum into the header that begins at a place. */
const resealed = (tar: Buffer, at: number): void => {
  tar.write('        ', at + 148);
  const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
};

const NAMES = [
  '../x',
  '/etc/passwd',
  'a\\b',
  'receipts/../x',
  'receipts/02.json',
  'checkpoint',
  'keys',
  'x',
  './keys',
  '',
];

/** What an attacker makes of a header: another name, sort, size or field, under a checksum that is right. */
const HEADERS: readonly ((header: Buffer, next: Dice) => void)[] = [
  (header, next) => void header.fill(0, 0, 100).write(NAMES[next(NAMES.length)] ?? '', 'latin1'),
  (header, next) => void header.write('0123456789xgLK\0'[next(15)] ?? '', 156),
  (header, next) => void header.write(`${next(70_000).toString(8).padStart(11, '0')}\0`, 124),
  (header, next) => void header.writeUInt8(next(256), next(148)),
  (header, next) => void header.writeUInt8(next(256), 257 + next(255)),
];

/** An archive with one to three damages, by byte or by structure. */
const damaged = (sample: Buffer, next: Dice): Buffer => {
  let tar = Buffer.from(sample);
  for (let edits = 1 + next(3); edits > 0; edits--) {
    const block = 512 * next(Math.max(1, Math.floor(tar.length / 512)));
    switch (next(8)) {
      case 0:
        if (tar.length > 0) tar.writeUInt8(next(256), next(tar.length));
        break;
      case 1:
        tar = tar.subarray(0, next(tar.length + 1));
        break;
      case 2:
        tar = Buffer.concat([tar.subarray(0, block), tar.subarray(Math.max(0, block - 512 * (1 + next(3))))]);
        break;
      case 3:
        tar = Buffer.concat([tar.subarray(0, block), tar.subarray(block + 512 * (1 + next(3)))]);
        break;
      case 4:
        tar = Buffer.concat([tar, Buffer.from('x'.repeat(next(2))), Buffer.alloc(512 * next(3))]);
        break;
      default: {
        const at = [0, block][next(2)] ?? 0;
        if (at + 512 > tar.length) break;
        HEADERS[next(HEADERS.length)]?.(tar.subarray(at, at + 512), next);
        resealed(tar, at);
      }
    }
  }
  return tar;
};

const snapshot = (): readonly string[] => readdirSync(work.dir, { recursive: true, encoding: 'utf8' }).sort();

describe('a tar file', () => {
  test.for<{ note: string; bytes: () => Uint8Array; fault: BundleFaultKind | 'none' }>([
    { note: 'as it should be', bytes: () => tarOf(wholeFiles), fault: 'none' },
    {
      note: 'with folders on the way, as archivers write them',
      bytes: () => tarOf([['receipts/', '', { sort: '5' }], ...partialFiles]),
      fault: 'none',
    },
    {
      note: 'in GNU’s own spelling',
      bytes: () => tarOf(wholeFiles.map(([name, text]) => [name, text, { magic: 'ustar  \0' }] as const)),
      fault: 'none',
    },
    { note: 'a name that climbs', bytes: () => tarOf([...wholeFiles, ['../outside', 'x']]), fault: 'path_traversal' },
    {
      note: 'a name that climbs from inside',
      bytes: () => tarOf([...wholeFiles, ['receipts/../../outside', 'x']]),
      fault: 'path_traversal',
    },
    { note: 'an absolute name', bytes: () => tarOf([...wholeFiles, ['/etc/passwd', 'x']]), fault: 'path_traversal' },
    {
      note: 'a name with a backslash',
      bytes: () => tarOf([...wholeFiles, ['..\\outside', 'x']]),
      fault: 'path_traversal',
    },
    {
      note: 'one file in two spellings',
      bytes: () => tarOf([...wholeFiles, ['./checkpoint', 'x']]),
      fault: 'doubled',
    },
    {
      note: 'packed from inside its folder, as by tar -C B .',
      bytes: () =>
        tarOf([['./', '', { sort: '5' }], ...wholeFiles.map(([name, text]) => [`./${name}`, text] as const)]),
      fault: 'none',
    },
    {
      note: 'with what file managers leave behind',
      bytes: () => tarOf([...wholeFiles, ['.DS_Store', 'x'], ['./._checkpoint', 'x'], ['disclosures/.DS_Store', 'x']]),
      fault: 'none',
    },
    { note: 'compressed', bytes: () => gzipSync(tarOf(wholeFiles)), fault: 'malformed_tar' },
    {
      note: 'a name that climbs behind a harmless beginning',
      bytes: () => tarOf([...wholeFiles, ['./../outside', 'x']]),
      fault: 'path_traversal',
    },
    {
      note: 'a number with leading zeros',
      bytes: () => tarOf([...wholeFiles, ['disclosures/007.json', '[]']]),
      fault: 'unknown_file',
    },
    {
      note: 'a file that no bundle has',
      bytes: () => tarOf([...wholeFiles, ['run-me.sh', 'x']]),
      fault: 'unknown_file',
    },
    {
      note: 'a folder that no bundle has',
      bytes: () => tarOf([...wholeFiles, ['scripts/', '', { sort: '5' }]]),
      fault: 'unknown_file',
    },
    {
      note: 'a folder that climbs',
      bytes: () => tarOf([...wholeFiles, ['../', '', { sort: '5' }]]),
      fault: 'path_traversal',
    },
    {
      note: 'a symbolic link',
      bytes: () => tarOf([...wholeFiles, ['keys', '', { sort: '2', link: '/etc/passwd' }]]),
      fault: 'link',
    },
    {
      note: 'a hard link',
      bytes: () => tarOf([...wholeFiles, ['keys', '', { sort: '1', link: 'checkpoint' }]]),
      fault: 'link',
    },
    { note: 'a device', bytes: () => tarOf([...wholeFiles, ['keys', '', { sort: '3' }]]), fault: 'special_file' },
    { note: 'a pipe', bytes: () => tarOf([...wholeFiles, ['keys', '', { sort: '6' }]]), fault: 'special_file' },
    {
      note: 'an extended header',
      bytes: () => tarOf([['pax', '30 path=../outside\n', { sort: 'x' }], ...wholeFiles]),
      fault: 'malformed_tar',
    },
    {
      note: 'a long name in GNU’s way',
      bytes: () => tarOf([['././@LongLink', '../outside\0', { sort: 'L' }], ...wholeFiles]),
      fault: 'malformed_tar',
    },
    {
      note: 'a name in two parts',
      bytes: () => tarOf([...wholeFiles, ['keys', 'x', { prefix: '..' }]]),
      fault: 'malformed_tar',
    },
    { note: 'a file twice', bytes: () => tarOf([...wholeFiles, ['checkpoint', ledger.note]]), fault: 'doubled' },
    { note: 'a receipt twice', bytes: () => tarOf([...partialFiles, ...partialFiles.slice(1, 2)]), fault: 'doubled' },
    { note: 'both sorts of receipts', bytes: () => tarOf([...wholeFiles, ...partialFiles.slice(1)]), fault: 'doubled' },
    { note: 'no checkpoint', bytes: () => tarOf(wholeFiles.slice(1)), fault: 'missing' },
    { note: 'no receipts', bytes: () => tarOf(wholeFiles.slice(0, 1)), fault: 'missing' },
    {
      note: 'a receipt that is too long',
      bytes: () => tarOf([...partialFiles, ['receipts/3.json', Buffer.alloc(65_536)]]),
      fault: 'oversized',
    },
    {
      note: 'keys that are too long',
      bytes: () => tarOf([...wholeFiles, ['keys', Buffer.alloc(70_000)]]),
      fault: 'oversized',
    },
    {
      note: 'a line that is too long',
      bytes: () =>
        tarOf([
          ['checkpoint', ledger.note],
          ['receipts.jsonl', Buffer.alloc(400_000, 'a')],
        ]),
      fault: 'oversized',
    },
    {
      note: 'a size that leads out of the archive',
      bytes: () => Buffer.concat([tarOf(wholeFiles, Buffer.alloc(0)), header('README.md', 4_000_000), END]),
      fault: 'truncated',
    },
    { note: 'without its end', bytes: () => tarOf(wholeFiles, Buffer.alloc(0)), fault: 'truncated' },
    { note: 'with half its end', bytes: () => tarOf(wholeFiles, Buffer.alloc(512)), fault: 'truncated' },
    { note: 'cut inside a file', bytes: () => tarOf(wholeFiles).subarray(0, 1500), fault: 'truncated' },
    { note: 'cut inside a header', bytes: () => tarOf(wholeFiles).subarray(0, 700), fault: 'truncated' },
    {
      note: 'something after its end',
      bytes: () => Buffer.concat([tarOf(wholeFiles), tarOf([['../outside', 'x']])]),
      fault: 'malformed_tar',
    },
    {
      note: 'a damaged header',
      bytes: () => {
        const tar = tarOf(wholeFiles);
        tar[5] = 1;
        return tar;
      },
      fault: 'malformed_tar',
    },
    {
      note: 'a size in the binary spelling',
      bytes: () => {
        const tar = tarOf(wholeFiles);
        tar[124] = 0x80;
        return reseal(tar);
      },
      fault: 'malformed_tar',
    },
    { note: 'another format', bytes: () => Buffer.from('PK\x03\x04'.padEnd(2048, 'x')), fault: 'malformed_tar' },
    { note: 'nothing at all', bytes: () => Buffer.alloc(0), fault: 'truncated' },
    { note: 'zeros alone', bytes: () => Buffer.alloc(10_240), fault: 'missing' },
  ])('$note: $fault', async ({ bytes, fault }) => {
    const before = snapshot();
    const path = writeTar(bytes());
    const found = await faultOf(path);
    expect(found.fault).toBe(fault);
    expect(found.line).not.toMatch(/\p{Cc}/u);
    rmSync(path);
    // Nothing was unpacked, here or beside it.
    expect(snapshot()).toEqual(before);
    expect(existsSync(join(work.dir, '..', 'outside'))).toBe(false);
  });

  /** Writes the checksum of the first header again. */
  const reseal = (tar: Buffer): Buffer => {
    resealed(tar, 0);
    return tar;
  };

  test('a name that paints the terminal is quoted in its one line', async () => {
    const { fault, line } = await faultOf(writeTar(tarOf([...wholeFiles, ['\u001b[2Jverified\n', 'x']])));
    expect(fault).toBe('unknown_file');
    expect(line).not.toMatch(/\p{Cc}/u);
  });

  test('however a tar file is damaged, judging it ends in a report or in a named fault', async () => {
    const tar = tarOf([...partialFiles, ['disclosures/2.json', '[]']]);
    const next = diceOf('judged');
    const path = `${work.path()}.tar`;
    for (let i = 0; i < runs(1_500, 150); i++) {
      writeFileSync(path, damaged(tar, next));
      const { line } = await faultOf(path);
      expect(line).toMatch(/^(?:b: [a-z_]+|verified$|falsified$|incomplete$)/);
    }
  });

  test('a hundred thousand damaged archives: no throw, nothing unpacked, and what opens is what stands in it', async ({
    annotate,
  }) => {
    const samples = [
      tarOf([...partialFiles, ['disclosures/2.json', '[]']]),
      tarOf([...wholeFiles, ['handovers/', '', { sort: '5' }], ['handovers/3.checkpoint', ledger.note], ['keys', 'x']]),
    ];
    const next = diceOf('tar');
    const path = writeTar(Buffer.alloc(0));
    const descriptor = openSync(path, 'r+');
    const before = snapshot();
    const faults = new Map<string, number>();
    for (let i = 0; i < RUNS; i++) {
      const bytes = damaged(samples[next(samples.length)] ?? Buffer.alloc(0), next);
      writeSync(descriptor, bytes, 0, bytes.length, 0);
      ftruncateSync(descriptor, bytes.length);
      const opened = await readBundle(path);
      const found = E.isLeft(opened) ? opened.left.fault : 'none';
      faults.set(found, (faults.get(found) ?? 0) + 1);
      if (E.isLeft(opened)) continue;
      const { others, seqs, source } = opened.right;
      const files = [...others, ...seqs.map((seq) => ({ file: 'receipt', seq }) as const)];
      for (const file of files) {
        const read = source.read(file);
        const stands =
          E.isRight(read) &&
          bytes.includes(formatBundlePath(file)) &&
          bytes.includes(Buffer.from(read.right ?? 'none'));
        if (!stands) throw new Error(`${formatBundlePath(file)} is not what stands in ${bytes.toString('base64')}`);
      }
      opened.right.close();
    }
    closeSync(descriptor);
    expect(snapshot()).toEqual(before);
    // Most sorts of damage were met, so the run was about more than checksums.
    for (const fault of [
      'none',
      'malformed_tar',
      'truncated',
      'doubled',
      'unknown_file',
      'path_traversal',
      'link',
      'missing',
    ])
      expect(faults.get(fault) ?? 0, fault).toBeGreaterThan(RUNS / 2_000);
    await annotate([...faults].map(([fault, count]) => `${fault} ${count}`).join(', '));
  });
});

describe('a folder', () => {
  test.for<{ note: string; change: (root: string) => void; fault: BundleFaultKind | 'none' }>([
    { note: 'as it should be', change: () => {}, fault: 'none' },
    {
      note: 'with what file managers leave behind',
      change: (root) => {
        mkdirSync(join(root, 'disclosures'), { recursive: true });
        for (const name of ['.DS_Store', '._checkpoint', 'disclosures/.DS_Store', 'Thumbs.db', 'desktop.ini'])
          writeFileSync(join(root, name), 'x');
      },
      fault: 'none',
    },
    { note: 'with a trust file', change: (root) => writeFileSync(join(root, 'trust'), 'x'), fault: 'unknown_file' },
    {
      note: 'with a key to trust',
      change: (root) => writeFileSync(join(root, 'log.vkey'), 'x'),
      fault: 'unknown_file',
    },
    { note: 'a strange file', change: (root) => writeFileSync(join(root, 'run-me.sh'), 'x'), fault: 'unknown_file' },
    { note: 'a strange folder', change: (root) => mkdirSync(join(root, 'scripts')), fault: 'special_file' },
    { note: 'a folder in a file’s place', change: (root) => mkdirSync(join(root, 'keys')), fault: 'special_file' },
    {
      note: 'a folder inside a folder',
      change: (root) => mkdirSync(join(root, 'disclosures', '1.json'), { recursive: true }),
      fault: 'special_file',
    },
    { note: 'a file that is a link', change: (root) => symlinkSync('/etc/passwd', join(root, 'keys')), fault: 'link' },
    { note: 'a folder that is a link', change: (root) => symlinkSync('/etc', join(root, 'evidence')), fault: 'link' },
    {
      note: 'a link inside a folder',
      change: (root) => {
        mkdirSync(join(root, 'disclosures'));
        symlinkSync('../checkpoint', join(root, 'disclosures', '1.json'));
      },
      fault: 'link',
    },
    {
      note: 'a link to one of its own files, which is harmless',
      change: (root) => linkSync(join(root, 'checkpoint'), join(root, 'README.md')),
      fault: 'none',
    },
    { note: 'no checkpoint', change: (root) => rmSync(join(root, 'checkpoint')), fault: 'missing' },
    { note: 'no receipts', change: (root) => rmSync(join(root, 'receipts.jsonl')), fault: 'missing' },
    {
      note: 'an oversized checkpoint',
      change: (root) => truncateSync(join(root, 'checkpoint'), 5_000_000),
      fault: 'oversized',
    },
    {
      note: 'a line of a gigabyte, which takes no memory',
      change: (root) => truncateSync(join(root, 'receipts.jsonl'), 1_073_741_824),
      fault: 'oversized',
    },
  ])('$note: $fault', async ({ change, fault }) => {
    const root = writeFolder();
    change(root);
    expect((await faultOf(root)).fault).toBe(fault);
  });

  test('links to one large proof of continuity take no more memory than some', async () => {
    const root = writeFolder();
    mkdirSync(join(root, 'consistency'));
    const first = join(root, 'consistency', '0-5.consistency');
    writeFileSync(first, 'x'.repeat(4_000_000));
    for (let size = 1; size < 5; size++) linkSync(first, join(root, 'consistency', `${size}-5.consistency`));
    const opened = right(await readBundle(root));
    const report = right(await verifyBundle(opened, { rederive: false, trust: ledger.trust }));
    expect(report.overall).toBe('falsified');
    expect(report.findings.map(({ why }) => why)).toContain(
      'there are more proofs of continuity and hand-overs than are read',
    );
  });

  test('that is not there, or is neither folder nor file', async () => {
    expect((await faultOf(join(work.dir, 'nowhere'))).fault).toBe('unreadable');
    expect((await faultOf('/dev/null')).fault).toBe('unreadable');
  });

  test('a pipe in a file’s place does not make the reader wait', async (context) => {
    const root = writeFolder();
    const { spawnSync } = await import('node:child_process');
    needs(context, 'mkfifo');
    expect(spawnSync('mkfifo', [join(root, 'keys')]).status).toBe(0);
    expect((await faultOf(root)).fault).toBe('special_file');
  });

  test('one named over a link is read: the auditor named it', async () => {
    const root = writeFolder();
    const link = work.path();
    symlinkSync(root, link);
    expect((await faultOf(link)).fault).toBe('none');
  });
});

describe('a file that goes away or grows while it is read', () => {
  let root = '';
  beforeAll(() => {
    root = writeFolder(partialFiles);
  });

  test('a receipt that is gone is a named fault', async () => {
    const copy = work.path();
    cpSync(root, copy, { recursive: true });
    const bundle = right(await readBundle(copy));
    rmSync(join(copy, 'receipts', '2.json'));
    expect(await verifyBundle(bundle, { rederive: false })).toMatchObject({ left: { fault: 'truncated' } });
  });

  test('a tar file that is cut meanwhile is a named fault', async () => {
    const path = writeTar(tarOf(partialFiles));
    const bundle = right(await readBundle(path));
    truncateSync(path, 0);
    expect(await verifyBundle(bundle, { rederive: false })).toMatchObject({ left: { fault: 'truncated' } });
    bundle.close();
  });

  test('a receipt that became a link is a named fault, and the link is not followed', async () => {
    const copy = work.path();
    cpSync(root, copy, { recursive: true });
    const bundle = right(await readBundle(copy));
    const file = join(copy, 'receipts', '2.json');
    const elsewhere = work.path();
    writeFileSync(elsewhere, readFileSync(file));
    rmSync(file);
    symlinkSync(elsewhere, file);
    expect(await verifyBundle(bundle, { rederive: false })).toMatchObject({ left: { fault: 'link' } });
  });
});
