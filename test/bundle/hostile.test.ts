import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type BundleFaultKind, printBundleFault, readBundle, verifyBundle } from '@tai-autonomics/governor';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { right } from '../governor/kit.ts';
import { buildLedger, proofOf } from '../receipt/fixture.ts';
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
      note: 'another spelling of a name',
      bytes: () => tarOf([...wholeFiles, ['./keys', 'x']]),
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
    tar.write('        ', 148);
    const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return tar;
  };

  test('a name that paints the terminal is quoted in its one line', async () => {
    const { fault, line } = await faultOf(writeTar(tarOf([...wholeFiles, ['\u001b[2Jverified\n', 'x']])));
    expect(fault).toBe('unknown_file');
    expect(line).not.toMatch(/\p{Cc}/u);
  });

  test('however a tar file is damaged, reading it ends in a bundle or in a named fault', async () => {
    const tar = tarOf([...partialFiles, ['disclosures/2.json', '[]']]);
    const path = `${work.path()}.tar`;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(tar.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(tar.length),
        fc.boolean(),
        async (writes, length, cut) => {
          const bytes = Buffer.from(tar);
          for (const [at, byte] of writes) bytes[at] = byte;
          writeFileSync(path, cut ? bytes.subarray(0, length) : bytes);
          const { line } = await faultOf(path);
          expect(line).toMatch(/^(?:b: [a-z_]+|verified$|falsified$|incomplete$)/);
        },
      ),
      { numRuns: 1_500 },
    );
  });
});

describe('a folder', () => {
  test.for<{ note: string; change: (root: string) => void; fault: BundleFaultKind | 'none' }>([
    { note: 'as it should be', change: () => {}, fault: 'none' },
    {
      note: 'with what its README makes the auditor write',
      change: (root) => {
        for (const name of ['log.vkey', 'trust', 'key.raw', 'key.pem', 'checkpoint.body', 'checkpoint.sig'])
          writeFileSync(join(root, name), 'x');
      },
      fault: 'none',
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

  test('that is not there, or is neither folder nor file', async () => {
    expect((await faultOf(join(work.dir, 'nowhere'))).fault).toBe('unreadable');
    expect((await faultOf('/dev/null')).fault).toBe('unreadable');
  });

  test('a pipe in a file’s place does not make the reader wait', async ({ skip }) => {
    const root = writeFolder();
    const { spawnSync } = await import('node:child_process');
    if (spawnSync('mkfifo', [join(root, 'keys')]).status !== 0) skip('mkfifo is not here');
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
