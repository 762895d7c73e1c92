/**
 * High-water marks in one file beside the key, by origin: the largest checkpoint that the key signed for each.
 * A mark only rises, but where a ledger says itself that it was restored from an older copy. Raises that come together are
 * written together, at the end of the file; it is written anew when that made it twice as long.
 */

import { lstat } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { lockFile } from '../node/file-lock.ts';
import { appendPrivate, readPrivate, replacePrivate } from '../node/private-file.ts';
import type { HighWaterMark, Ms } from '../ports.ts';
import { followMarks, formatMark, formatMarks, type Marks, parseMarks, type ReadMarks } from './mark-lines.ts';

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

/**
 * Opens the marks, which must be there. The file is looked at each time, and what is new in it is read: it is the truth, and with
 * many ledgers it is long.
 */
export const openMarkFile = async (path: string): Promise<E.Either<string, MarkFile | undefined>> => {
  if ((await identityOf(path)) === undefined) return E.right(undefined);
  const standing = remembering(path);
  const first = await standing();
  if (E.isLeft(first)) return first;
  let waiting: Waiting[] = [];
  let writing = false;
  const drain = async (): Promise<void> => {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await writeLocked(path, standing, group);
    }
    writing = false;
  };
  return E.right({
    used: first.right.marks.size > 0,
    highWaterMark: async (origin) => {
      const marks = await standing();
      return E.isLeft(marks) ? marks : E.right(marks.right.marks.get(origin));
    },
    all: async () => {
      const marks = await standing();
      return E.isLeft(marks) ? marks : E.right([...marks.right.marks.values()]);
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

/** What a new file of marks holds. */
export const noMarks = (): string => formatMarks(new Map());

/** Of so many ledgers that a file of a key is no larger: about two million. */
const MARKS_BYTES_MAX = 268_435_456;
/** How much stands behind the marks that were written whole, before all are written whole again; or as much as these. */
const LINES_BYTES_MIN = 65_536;
/** By so many of its bytes it is known that a file goes on where it was read to. */
const SEEN_BYTES = 512;

/** The file as it was read last. */
interface Known extends ReadMarks {
  readonly inode: string;
  /** Of the whole file; what is behind the whole lines was never durable. */
  readonly size: number;
  /** What stands before its end. */
  readonly seen: string;
}

type Standing = () => Promise<E.Either<string, Known>>;

/** The marks as the file has them now. Marks that were there and are gone would let a shortened ledger pass: that is an error, not a beginning. */
const remembering = (path: string): Standing => {
  let known: (Known & { readonly identity: string }) | undefined;
  let reading: Promise<E.Either<string, Known>> | undefined;
  const look = async (): Promise<E.Either<string, Known>> => {
    const found = await identityOf(path);
    if (found === undefined) return E.left(`${path}: is gone; restore it from a backup`);
    if (known !== undefined && found.identity === known.identity) return E.right(known);
    const further = known?.inode === found.inode ? await readFurther(path, known) : undefined;
    const read = further ?? (await readWhole(path));
    if (E.isLeft(read)) {
      known = undefined;
      return read;
    }
    known = { ...read.right, ...found };
    return read.right.size === found.size ? E.right(known) : look();
  };
  // One at a time: what is read further changes the marks that were read.
  return () => {
    const next = (reading ?? Promise.resolve()).then(look);
    reading = next;
    return next;
  };
};

const identityOf = async (
  path: string,
): Promise<{ readonly identity: string; readonly inode: string; readonly size: number } | undefined> => {
  const found = await lstat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) return undefined;
  const { dev, ino, size, mode, uid, mtimeNs, ctimeNs } = found;
  return {
    identity: [dev, ino, size, mode, uid, mtimeNs, ctimeNs].join(':'),
    inode: [dev, ino].join(':'),
    size: Number(size),
  };
};

type Read = Omit<Known, 'inode'>;

const readWhole = async (path: string): Promise<E.Either<string, Read>> => {
  const text = await readPrivate(path, 0, MARKS_BYTES_MAX);
  if (E.isLeft(text)) return text;
  if (text.right === undefined) return E.left(`${path}: is gone; restore it from a backup`);
  const read = parseMarks(text.right);
  return E.isLeft(read)
    ? E.left(`${path}: is not a file of high-water marks (${read.left}); restore it from a backup`)
    : E.right({ ...read.right, size: Buffer.byteLength(text.right), seen: seenOf(text.right) });
};

/** What was added since; `undefined` where the file does not go on from what it was. */
const readFurther = async (path: string, known: Known): Promise<E.Either<string, Read> | undefined> => {
  const end = known.base + known.more;
  if (known.head === undefined || known.seen === '') return undefined;
  const from = end - Buffer.byteLength(known.seen);
  const text = await readPrivate(path, from, MARKS_BYTES_MAX, known.head);
  if (E.isLeft(text)) return text;
  if (text.right?.startsWith(known.seen) !== true) return undefined;
  const added = text.right.slice(known.seen.length);
  const followed = followMarks(known.marks, added);
  return E.isLeft(followed)
    ? undefined
    : E.right({
        ...known,
        more: known.more + followed.right,
        size: end + Buffer.byteLength(added),
        seen: seenOf(text.right),
      });
};

/** The end of the whole lines. Marks are ASCII but for their origins, which are no longer than a line. */
const seenOf = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1).slice(-SEEN_BYTES);

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
const writeLocked = async (path: string, standing: Standing, group: readonly Waiting[]): Promise<void> => {
  const release = await locked(path);
  if (E.isLeft(release)) {
    for (const { answer } of group) answer(release);
    return;
  }
  try {
    await writeGroup(path, standing, group);
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

/** One write for all that wait: each is judged in turn, then all are made durable, then each is answered. */
const writeGroup = async (path: string, standing: Standing, group: readonly Waiting[]): Promise<void> => {
  const read = await standing();
  const changed = new Map<string, HighWaterMark>();
  const refused = new Map<Waiting, string>();
  for (const waiting of E.isLeft(read) ? [] : group) {
    const { mark, from } = waiting;
    const stands = changed.get(mark.origin) ?? (E.isRight(read) ? read.right.marks.get(mark.origin) : undefined);
    const why = from === undefined ? objection(stands, mark) : loweringObjection(stands, from, mark);
    if (why === undefined) changed.set(mark.origin, { ...mark, root: Uint8Array.from(mark.root) });
    else refused.set(waiting, why);
  }
  const written = E.isLeft(read) ? read : await write(path, read.right, changed);
  for (const waiting of group) {
    const why = refused.get(waiting);
    waiting.answer(E.isLeft(written) ? written : why === undefined ? E.right(undefined) : E.left(why));
  }
};

/** At the end of the file; or the whole of it anew, where it has no generation, its end is of a line that was never durable, or it grew long. */
const write = async (path: string, known: Known, changed: Marks): Promise<E.Either<string, void>> => {
  if (changed.size === 0) return E.right(undefined);
  const lines = [...changed.values()].map((mark) => formatMark(mark, known.marks.get(mark.origin))).join('');
  const isWhole = known.base + known.more === known.size && known.head !== undefined;
  const isShort = known.more + lines.length <= Math.max(LINES_BYTES_MIN, known.base);
  return isWhole && isShort
    ? appendPrivate(path, lines)
    : replacePrivate(path, formatMarks(new Map([...known.marks, ...changed])));
};
