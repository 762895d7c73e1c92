/** The file of high-water marks: a raise is a line at its end, whoever else has it open, and whatever a crash left there. */
import { appendFileSync, copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Signer } from '@tai-autonomics/governor';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { scratchFolder } from './scratch.ts';

const right = <A>(answer: E.Either<string, A>): A => {
  if (E.isLeft(answer)) throw new Error(answer.left);
  return answer.right;
};
const rootOf = (n: number): Uint8Array => new Uint8Array(32).fill(n % 256);
const markOf = (origin: string, size: number) => ({ origin, size, root: rootOf(size) });

const openIn = async (folder: string): Promise<Signer> =>
  right(await openKeyFile(join(folder, 'keys', 'key.json'), systemRandom)).signer;

/** A file of so many marks, as an earlier release wrote it. */
const before = (path: string, count: number): void => {
  const marks = Array.from({ length: count }, (_, n) => ({
    origin: `example.com/r1/e/${n}`,
    size: 1,
    root: Buffer.from(rootOf(1)).toString('base64url'),
  }));
  writeFileSync(path, `${JSON.stringify({ format: 'tai-autonomics/marks@1', marks })}\n`, { mode: 0o600 });
};

test('of ten thousand ledgers a checkpoint writes a line, and not the file', async (context) => {
  const folder = scratchFolder(context);
  await openIn(folder);
  const path = join(folder, 'keys', 'key.mark.json');
  before(path, 10_000);
  const signer = await openIn(folder);
  // What an earlier release wrote is written anew once, with a generation.
  right(await signer.raise(markOf('example.com/r1/e/76', 2)));
  const whole = statSync(path);
  for (let size = 2; size <= 6; size += 1) right(await signer.raise(markOf('example.com/r1/e/77', size)));
  const grown = statSync(path);
  expect(grown.ino).toBe(whole.ino);
  expect(grown.size - whole.size).toBeLessThan(5 * 120);
  expect(await signer.highWaterMark('example.com/r1/e/77')).toEqual(E.right(markOf('example.com/r1/e/77', 6)));
  expect(await signer.highWaterMark('example.com/r1/e/78')).toEqual(E.right(markOf('example.com/r1/e/78', 1)));
  expect(right(await (await openIn(folder)).marks())).toHaveLength(10_000);
});

test('the file is written anew when what is behind it is as long as it was, and says the same', async (context) => {
  const folder = scratchFolder(context);
  const signer = await openIn(folder);
  const path = join(folder, 'keys', 'key.mark.json');
  const { ino } = statSync(path);
  const origins = Array.from({ length: 100 }, (_, n) => `example.com/${n}`);
  let largest = 0;
  for (let size = 1; size <= 12; size += 1) {
    for (const raised of await Promise.all(origins.map((origin) => signer.raise(markOf(origin, size))))) right(raised);
    largest = Math.max(largest, statSync(path).size);
  }
  expect(largest).toBeLessThan(80_000);
  expect(statSync(path).ino).not.toBe(ino);
  expect(right(await (await openIn(folder)).marks())).toEqual(origins.map((origin) => markOf(origin, 12)));
});

test('a line that a crash cut says nothing, and nothing is written behind it', async (context) => {
  const folder = scratchFolder(context);
  const signer = await openIn(folder);
  const path = join(folder, 'keys', 'key.mark.json');
  right(await signer.raise(markOf('example.com/1', 5)));
  const { size } = statSync(path);
  right(await signer.raise(markOf('example.com/1', 6)));
  truncateSync(path, size + 20);
  for (const reader of [signer, await openIn(folder)])
    expect(await reader.highWaterMark('example.com/1')).toEqual(E.right(markOf('example.com/1', 5)));
  right(await signer.raise(markOf('example.com/2', 1)));
  expect(right(await (await openIn(folder)).marks())).toEqual([markOf('example.com/1', 5), markOf('example.com/2', 1)]);
});

test('another file in its place, under the same inode, is read whole', async (context) => {
  const folder = scratchFolder(context);
  const signer = await openIn(folder);
  const path = join(folder, 'keys', 'key.mark.json');
  right(await signer.raise(markOf('example.com/1', 5)));
  const other = join(folder, 'keys', 'other');
  before(other, 40);
  copyFileSync(other, path);
  expect(await signer.highWaterMark('example.com/1')).toEqual(E.right(undefined));
  expect(await signer.highWaterMark('example.com/r1/e/3')).toEqual(E.right(markOf('example.com/r1/e/3', 1)));
});

test('a file that was written whole is read whole, whatever inode it has and however it ends', async (context) => {
  const folder = scratchFolder(context);
  const path = join(folder, 'keys', 'key.mark.json');
  await openIn(folder);
  before(path, 40);
  const signer = await openIn(folder);
  right(await signer.raise(markOf('example.com/r1/e/0', 5)));
  right(await signer.raise(markOf('example.com/r1/e/39', 5)));
  const text = readFileSync(path, 'utf8');
  const generation = /"generation":"([^"]+)"/.exec(text)?.[1] ?? '';
  expect(generation).toMatch(/^[\w-]{22}$/);
  // As another process leaves it whose file got the inode of the one before: other marks in its first line, and the same end.
  const root = Buffer.from(rootOf(9)).toString('base64url');
  const other = text
    .replace(generation, 'B'.repeat(22))
    .replace(/"example.com\/r1\/e\/0","size":5,"root":"[^"]+"/, `"example.com/r1/e/0","size":9,"root":"${root}"`);
  expect(other.slice(-512)).toBe(text.slice(-512));
  writeFileSync(path, other);
  expect(await signer.highWaterMark('example.com/r1/e/0')).toEqual(E.right(markOf('example.com/r1/e/0', 9)));
  expect(await signer.raise(markOf('example.com/r1/e/0', 6))).toMatchObject({ _tag: 'Left' });
});

test('a line lowers a mark only where it says from what', async (context) => {
  const folder = scratchFolder(context);
  const path = join(folder, 'keys', 'key.mark.json');
  const signer = await openIn(folder);
  right(await signer.raise(markOf('example.com/1', 5)));
  const line = { origin: 'example.com/1', size: 3, root: Buffer.from(rootOf(3)).toString('base64url') };
  for (const [more, size] of [
    [{}, 5],
    [{ from: 4 }, 5],
    [{ from: 5 }, 3],
  ] as const) {
    appendFileSync(path, `${JSON.stringify({ ...line, ...more })}\n`);
    for (const reader of [signer, await openIn(folder)])
      expect(await reader.highWaterMark('example.com/1')).toEqual(E.right(markOf('example.com/1', size)));
  }
});

test('what is no mark, behind the marks, is a line that says what to do', async (context) => {
  const folder = scratchFolder(context);
  const signer = await openIn(folder);
  appendFileSync(join(folder, 'keys', 'key.mark.json'), '{"origin":"example.com/1"}\n');
  const said = E.left(expect.stringContaining('restore it from a backup'));
  expect(await signer.highWaterMark('example.com/1')).toEqual(said);
  expect(await signer.raise(markOf('example.com/1', 5))).toEqual(said);
});

test('law: whatever two processes raise and lower, in turn or at once, both and a third see the same', async (context) => {
  const step = fc.record({ who: fc.nat({ max: 1 }), origin: fc.nat({ max: 3 }), size: fc.integer({ min: 1, max: 9 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 12 }), async (turns) => {
      const folder = scratchFolder(context);
      const both = [await openIn(folder), await openIn(folder)];
      const model = new Map<string, number>();
      for (const at of turns)
        await Promise.all(
          at.map(async ({ who, origin, size }) => {
            const name = `example.com/${origin}`;
            const raised = await both[who]?.raise(markOf(name, size));
            if (raised !== undefined && E.isRight(raised)) model.set(name, Math.max(size, model.get(name) ?? 0));
          }),
        );
      const [lowered] = model;
      if (lowered !== undefined) {
        right((await both[0]?.lower?.(markOf(...lowered), markOf(lowered[0], 0))) ?? E.left('absent'));
        model.set(lowered[0], 0);
      }
      for (const signer of [...both, await openIn(folder)])
        for (const [name, size] of model) expect(await signer.highWaterMark(name)).toEqual(E.right(markOf(name, size)));
      expect(readFileSync(join(folder, 'keys', 'key.mark.json'), 'utf8').endsWith('\n')).toBe(true);
    }),
    { numRuns: runs(100) },
  );
});
