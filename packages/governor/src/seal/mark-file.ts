/**
 * High-water marks in one file beside the key, by origin: the largest checkpoint that the key signed for each.
 * A mark only rises, but where a ledger says itself that it was restored from an older copy. Raises that come together are
 * written together.
 */

import { lstat } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { lockFile } from '../node/file-lock.ts';
import { readPrivate, replacePrivate } from '../node/private-file.ts';
import type { HighWaterMark, Ms } from '../ports.ts';

export interface MarkFile {
  /** Some origin has a mark. */
  readonly used: boolean;
  highWaterMark(origin: string): Promise<E.Either<string, HighWaterMark | undefined>>;
  all(): Promise<E.Either<string, readonly HighWaterMark[]>>;
  /** Durable when it answers. Refuses to lower a mark, and to give a size another root than it had. */
  raise(mark: HighWaterMark): Promise<E.Either<string, void>>;
  /** Puts a lower mark in place of `from`, if that is the one which stands. Durable when it answers. */
  lower(from: HighWaterMark, to: HighWaterMark): Promise<E.Either<string, void>>;
}

type Marks = ReadonlyMap<string, HighWaterMark>;

const FORMAT = 'tai-autonomics/marks@1';
const ROOT = /^[A-Za-z0-9_-]{43}$/;

/**
 * Opens the marks, which must be there. The file is looked at each time, and read again when it is another one than it was: it is the
 * truth, and with many ledgers it is long.
 */
export const openMarkFile = async (path: string): Promise<E.Either<string, MarkFile | undefined>> => {
  const standing = remembering(path);
  const first = await readMarks(path);
  if (E.isLeft(first)) return first;
  if (first.right === undefined) return E.right(undefined);
  let waiting: Waiting[] = [];
  let writing = false;
  const drain = async (): Promise<void> => {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await writeLocked(path, group);
    }
    writing = false;
  };
  return E.right({
    used: first.right.size > 0,
    highWaterMark: async (origin) => {
      const marks = await standing();
      return E.isLeft(marks) ? marks : E.right(marks.right.get(origin));
    },
    all: async () => {
      const marks = await standing();
      return E.isLeft(marks) ? marks : E.right([...marks.right.values()]);
    },
    raise: (mark) =>
      new Promise((answer) => {
        waiting.push({ mark, answer });
        void drain();
      }),
    lower: (from, to) =>
      new Promise((answer) => {
        waiting.push({ mark: to, from, answer });
        void drain();
      }),
  });
};

const formatMarks = (marks: Marks): string =>
  `${JSON.stringify({
    format: FORMAT,
    marks: [...marks.values()].map(({ origin, size, root }) => ({
      origin,
      size,
      root: Buffer.from(root).toString('base64url'),
    })),
  })}\n`;

const parseMark = (json: unknown): HighWaterMark | undefined => {
  if (!isPlainObject(json)) return undefined;
  const { origin, size, root } = json;
  if (typeof origin !== 'string' || origin === '' || typeof root !== 'string' || !ROOT.test(root)) return undefined;
  if (!Number.isSafeInteger(size) || (size as number) < 0) return undefined;
  return { origin, size: size as number, root: new Uint8Array(Buffer.from(root, 'base64url')) };
};

const parseMarks = (text: string): Marks | undefined => {
  try {
    const json: unknown = JSON.parse(text);
    if (!isPlainObject(json)) return undefined;
    const { format, marks } = json;
    if (format !== FORMAT || !Array.isArray(marks)) return undefined;
    const parsed = new Map<string, HighWaterMark>();
    for (const one of marks as readonly unknown[]) {
      const mark = parseMark(one);
      if (mark === undefined || parsed.has(mark.origin)) return undefined;
      parsed.set(mark.origin, mark);
    }
    return parsed;
  } catch {
    return undefined;
  }
};

const readMarks = async (path: string): Promise<E.Either<string, Marks | undefined>> => {
  const text = await readPrivate(path);
  if (E.isLeft(text)) return text;
  if (text.right === undefined) return E.right(undefined);
  const marks = parseMarks(text.right);
  return marks === undefined
    ? E.left(`${path}: is not a file of high-water marks (${FORMAT}); restore it from a backup`)
    : E.right(marks);
};

/** Marks that were there and are gone would let a shortened ledger pass: that is an error, not a beginning. */
const readStandingMarks = async (path: string): Promise<E.Either<string, Marks>> => {
  const marks = await readMarks(path);
  if (E.isLeft(marks)) return marks;
  return marks.right === undefined ? E.left(`${path}: is gone; restore it from a backup`) : E.right(marks.right);
};

/** The marks as the file has them now. Each write puts a new file in its place. */
const remembering = (path: string): (() => Promise<E.Either<string, Marks>>) => {
  let known: { readonly identity: string; readonly marks: Marks } | undefined;
  return async () => {
    const identity = await identityOf(path);
    if (known !== undefined && identity === known.identity) return E.right(known.marks);
    const marks = await readStandingMarks(path);
    known = E.isRight(marks) && identity !== undefined ? { identity, marks: marks.right } : undefined;
    return marks;
  };
};

const identityOf = async (path: string): Promise<string | undefined> => {
  const found = await lstat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) return undefined;
  const { dev, ino, size, mode, uid, mtimeNs, ctimeNs } = found;
  return [dev, ino, size, mode, uid, mtimeNs, ctimeNs].join(':');
};

const sameRoot = (one: HighWaterMark, other: HighWaterMark): boolean =>
  Buffer.compare(Buffer.from(one.root), Buffer.from(other.root)) === 0;

/** Why this mark can't follow the one that is there. */
const objection = (standing: HighWaterMark | undefined, mark: HighWaterMark): string | undefined => {
  if (!Number.isSafeInteger(mark.size) || mark.size < 0 || mark.root.length !== 32 || mark.origin === '') {
    return 'a mark needs an origin, a size of at least 0 and a root of 32 bytes';
  }
  if (standing === undefined || mark.size > standing.size) return undefined;
  if (mark.size < standing.size) {
    return `${mark.origin}: size ${mark.size} is below ${standing.size}, which was signed already`;
  }
  return sameRoot(standing, mark)
    ? undefined
    : `${mark.origin}: size ${mark.size} was signed already with another root`;
};

/** Why this mark can't take the place of `from`. */
const loweringObjection = (
  standing: HighWaterMark | undefined,
  from: HighWaterMark,
  mark: HighWaterMark,
): string | undefined => {
  if (standing === undefined || standing.size !== from.size || !sameRoot(standing, from))
    return `${mark.origin}: another mark stands than the one that is to be lowered`;
  return mark.origin === from.origin ? objection(undefined, mark) : 'a mark is lowered for its own ledger alone';
};

interface Waiting {
  readonly mark: HighWaterMark;
  /** What stands, if the mark is to be lowered. */
  readonly from?: HighWaterMark;
  readonly answer: (raised: E.Either<string, void>) => void;
}

/** Whoever writes holds the lock for milliseconds; one that was killed with it is waited for no longer than this. */
const LOCK_STALE_MS: Ms = 10_000;
const LOCK_WAIT_MS: Ms = 15_000;

/** Two processes of one machine that read and write at once would lower each other's marks. */
const writeLocked = async (path: string, group: readonly Waiting[]): Promise<void> => {
  const release = await locked(path);
  if (E.isLeft(release)) {
    for (const { answer } of group) answer(release);
    return;
  }
  try {
    await writeGroup(path, group);
  } finally {
    await release.right();
  }
};

const locked = async (path: string): ReturnType<typeof lockFile> => {
  try {
    const until = performance.now() + LOCK_WAIT_MS;
    for (;;) {
      const taken = await lockFile(path, LOCK_STALE_MS);
      if (E.isRight(taken) || performance.now() > until) return taken;
      await pause(5 + Math.random() * 20);
    }
  } catch (thrown) {
    return E.left(`${path}: cannot be locked: ${messageOf(thrown)}`);
  }
};

/** One write for all that wait: each is judged in turn, then the whole is made durable, then each is answered. */
const writeGroup = async (path: string, group: readonly Waiting[]): Promise<void> => {
  const read = await readStandingMarks(path);
  const marks = new Map(E.isRight(read) ? read.right : undefined);
  const refused = new Map<Waiting, string>();
  for (const waiting of group) {
    const { mark, from } = waiting;
    const standing = marks.get(mark.origin);
    const why = from === undefined ? objection(standing, mark) : loweringObjection(standing, from, mark);
    if (why === undefined) marks.set(mark.origin, { ...mark, root: Uint8Array.from(mark.root) });
    else refused.set(waiting, why);
  }
  const written = E.isLeft(read) ? read : await replacePrivate(path, formatMarks(marks));
  for (const waiting of group) {
    const why = refused.get(waiting);
    waiting.answer(E.isLeft(written) ? written : why === undefined ? E.right(undefined) : E.left(why));
  }
};

/** What a new file of marks holds. */
export const NO_MARKS: string = formatMarks(new Map());
