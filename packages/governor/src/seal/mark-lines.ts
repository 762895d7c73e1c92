/**
 * High-water marks as text: a line with all of them, then one line for each that was put in its place since.
 *
 * ```
 * {"format":"tai-autonomics/marks@2","generation":"…","marks":[{"origin":"…","size":5,"root":"…"}]}
 * {"origin":"…","size":9,"root":"…"}
 * {"origin":"…","size":4,"root":"…","from":9}
 * ```
 *
 * The generation is random, and another one each time that the file is written whole: whoever read the file knows by it whether what
 * is behind its end now goes on from that. A line raises a mark and never lowers it, but one with `from`: the size that stood. So one checkpoint is one short line, however many ledgers there are. A line without its end was never durable: it says nothing.
 */
import { randomBytes } from 'node:crypto';
import { isPlainObject, own } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { HighWaterMark } from '../ports.ts';

/** Marks by origin. */
export type Marks = ReadonlyMap<string, HighWaterMark>;

/** What a file of marks says. */
export interface ReadMarks {
  readonly marks: Map<string, HighWaterMark>;
  /** Bytes of what was last written whole. */
  readonly base: number;
  /** Bytes of the whole lines behind it. */
  readonly more: number;
  /** What the file begins with, its generation in it; `undefined` of a file without one. */
  readonly head: string | undefined;
}

/** All marks as one line. */
export const formatMarks = (marks: Marks): string =>
  `${JSON.stringify({ format: FORMAT, generation: randomBytes(16).toString('base64url'), marks: [...marks.values()].map(jsonOf) })}\n`;

/** The text of a new file of marks, with these. */
export const markText = (marks: readonly HighWaterMark[]): string =>
  formatMarks(new Map(marks.map((mark) => [mark.origin, mark])));

/** One mark as a line. One that does not raise what stands says from which size it lowers that. */
export const formatMark = (mark: HighWaterMark, standing: HighWaterMark | undefined): string => {
  const from = standing === undefined || mark.size > standing.size ? {} : { from: standing.size };
  return `${JSON.stringify({ ...jsonOf(mark), ...from })}\n`;
};

/** Reads the whole of a file; Left: it is none. */
export const parseMarks = (text: string): E.Either<typeof FORMAT, ReadMarks> => {
  const first = text.slice(0, text.indexOf('\n') + 1);
  const marks = standingIn(first);
  if (marks === undefined) {
    // Written by hand, over several lines.
    const whole = standingIn(text);
    return whole === undefined ? E.left(FORMAT) : E.right({ marks: whole, base: 0, more: 0, head: undefined });
  }
  const base = Buffer.byteLength(first);
  const head = HEAD.exec(first)?.[0];
  return E.map((more: number) => ({ marks, base, more, head }))(followMarks(marks, text.slice(first.length)));
};

/** Puts the marks of further lines in their places; answers how many bytes of whole lines there were. */
export const followMarks = (marks: ReadMarks['marks'], text: string): E.Either<typeof FORMAT, number> => {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  for (const line of whole.split('\n').slice(0, -1)) {
    const json = jsonIn(line);
    const mark = markOf(json);
    if (mark === undefined) return E.left(FORMAT);
    const size = marks.get(mark.origin)?.size;
    const lowers = isPlainObject(json) && own(json, 'from') === size;
    if (size === undefined || mark.size > size || lowers) marks.set(mark.origin, mark);
  }
  return E.right(Buffer.byteLength(whole));
};

const FORMAT = 'tai-autonomics/marks@2';
/** The same, all of it in its only line. */
const FORMAT_1 = 'tai-autonomics/marks@1';
const HEAD = /^\{"format":"[^"]+","generation":"[A-Za-z0-9_-]{22}"/;
const ROOT = /^[A-Za-z0-9_-]{43}$/;

const jsonOf = ({ origin, size, root }: HighWaterMark) => ({
  origin,
  size,
  root: Buffer.from(root).toString('base64url'),
});

const standingIn = (line: string): Map<string, HighWaterMark> | undefined => {
  const json = jsonIn(line);
  if (!isPlainObject(json)) return undefined;
  const { format, marks } = json;
  if ((format !== FORMAT && format !== FORMAT_1) || !Array.isArray(marks)) return undefined;
  const parsed = new Map<string, HighWaterMark>();
  for (const one of marks as readonly unknown[]) {
    const mark = markOf(one);
    if (mark === undefined || parsed.has(mark.origin)) return undefined;
    parsed.set(mark.origin, mark);
  }
  return parsed;
};

const markOf = (json: unknown): HighWaterMark | undefined => {
  if (!isPlainObject(json)) return undefined;
  const { origin, size, root } = json;
  if (typeof origin !== 'string' || origin === '' || typeof root !== 'string' || !ROOT.test(root)) return undefined;
  if (!Number.isSafeInteger(size) || (size as number) < 0) return undefined;
  return { origin, size: size as number, root: new Uint8Array(Buffer.from(root, 'base64url')) };
};

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
