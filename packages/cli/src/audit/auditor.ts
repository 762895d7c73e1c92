/** What an auditor brings to a verification, read from options: whom they trust, what they saw and know, their time. */
import { readFile, realpath } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { type Ms, parseInstant } from '@tai-autonomics/core/engine';
import { type KeyRevocation, parseDecimal, parseRevocations } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Io } from '../terminal/io.ts';
import { type Remembered, readRemembered } from './remembered.ts';

/** The options by which an auditor says it. */
export interface AuditorOptions {
  readonly trust?: string;
  readonly remember?: string;
  readonly checkpoint?: string;
  readonly revoked?: readonly string[];
  readonly at?: string;
  readonly maxAge: string;
}

/** What they come to. */
export interface Auditor {
  readonly trust: string | undefined;
  /** A signed checkpoint that reached the auditor by another way than the bundle. */
  readonly outside: string | undefined;
  /** Absent: nothing is to be remembered. */
  readonly memory: { readonly path: string; readonly remembered: Remembered } | undefined;
  readonly freshness: { readonly atMs: Ms; readonly maxAgeMs: Ms } | undefined;
  /** Those that are known of the ledger with this origin, and of others. */
  readonly revocationsOf: (origin: string | undefined) => readonly KeyRevocation[];
}

const UNITS_MS: Readonly<Record<string, Ms>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads it all, for a bundle; left with one line for the first thing that can't be read. */
export const readAuditor = async (
  io: Io,
  bundle: string,
  options: AuditorOptions,
): Promise<E.Either<string, Auditor>> => {
  const inside = await outsideOf(io, bundle, options);
  if (E.isLeft(inside)) return inside;
  const freshness = freshnessOf(options);
  if (E.isLeft(freshness)) return freshness;
  const revoked: Revoked[] = [];
  for (const text of options.revoked ?? []) {
    const read = await readRevoked(io, text);
    if (E.isLeft(read)) return read;
    revoked.push(read.right);
  }
  const revocationsOf: Auditor['revocationsOf'] = (origin) =>
    revoked.flatMap((one) => {
      if ('listed' in one) return one.listed;
      return origin === undefined ? [] : [{ name: origin, ...one }];
    });
  const trust = options.trust === undefined ? undefined : await readText(io, options.trust);
  if (options.trust !== undefined && trust === undefined)
    return E.left(`${options.trust}: the trust file cannot be read`);
  const outside = options.checkpoint === undefined ? undefined : await readText(io, options.checkpoint);
  if (options.checkpoint !== undefined && outside === undefined)
    return E.left(`${options.checkpoint}: the checkpoint cannot be read`);
  const read = { trust, outside, freshness: freshness.right, revocationsOf };
  if (options.remember === undefined) return E.right({ ...read, memory: undefined });
  const path = resolve(io.cwd, options.remember);
  return E.map((remembered: Remembered): Auditor => ({ ...read, memory: { path, remembered } }))(
    await readRemembered(path),
  );
};

const spanMs = (text: string): Ms | undefined => {
  const [, count = '', unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const ms = UNITS_MS[unit];
  return ms === undefined ? undefined : Number(count) * ms;
};

const freshnessOf = ({ at, maxAge }: AuditorOptions): E.Either<string, Auditor['freshness']> => {
  const maxAgeMs = spanMs(maxAge);
  if (maxAgeMs === undefined) return E.left(`--max-age: expected a time like 30s, 90m, 24h or 7d, found ${maxAge}`);
  if (at === undefined) return E.right(undefined);
  const atMs = parseInstant(at);
  return atMs === undefined
    ? E.left(`--at: expected an instant like 2026-11-21T08:00:00Z, found ${at}`)
    : E.right({ atMs, maxAgeMs });
};

const readText = async (io: Io, path: string): Promise<string | undefined> => {
  try {
    return await readFile(resolve(io.cwd, path), 'utf8');
  } catch {
    return undefined;
  }
};

/** One `--revoked`: a key of the bundle's own ledger and its last good size, or a file. */
type Revoked =
  | { readonly keyId: number; readonly lastGoodSize: number }
  | { readonly listed: readonly KeyRevocation[] };

const readRevoked = async (io: Io, text: string): Promise<E.Either<string, Revoked>> => {
  const [, keyId, size = ''] = /^([0-9a-f]{8})=(.*)$/.exec(text) ?? [];
  const lastGoodSize = parseDecimal(size);
  if (keyId !== undefined && lastGoodSize !== undefined)
    return E.right({ keyId: Number.parseInt(keyId, 16), lastGoodSize });
  const file = await readText(io, text);
  if (file === undefined)
    return E.left(`--revoked: expected KEYID=SIZE (8 hex digits, a number of receipts) or a file, found ${text}`);
  const listed = parseRevocations(file);
  if (E.isRight(listed)) return E.right({ listed: listed.right });
  const { path, expected, found } = listed.left;
  return E.left(`${text}: ${path.join(' ')}: expected ${expected}, found ${found}`);
};

/** A path as the file system knows it; of a file that is not there yet, its folder's and its name. */
const realOf = async (path: string): Promise<string> => {
  try {
    return await realpath(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : resolve(await realOf(folder), path.slice(folder.length).replace(/^[\\/]+/, ''));
  }
};

/** Left if a file of the auditor's lies inside the bundle: who packed it could have brought his own keys and memory. */
const outsideOf = async (io: Io, bundle: string, options: AuditorOptions): Promise<E.Either<string, void>> => {
  const root = await realOf(resolve(io.cwd, bundle));
  const files = [
    ['--trust', options.trust],
    ['--remember', options.remember],
    ['--checkpoint', options.checkpoint],
    ...(options.revoked ?? []).map((path) => ['--revoked', path] as const),
  ] as const;
  for (const [option, path] of files) {
    if (path === undefined) continue;
    const way = relative(root, await realOf(resolve(io.cwd, path)));
    if (way === '' || (!way.startsWith('..') && !/^([A-Za-z]:|[\\/])/.test(way)))
      return E.left(
        `${option} ${path}: it lies inside the bundle; whom you trust must come from outside of what you verify`,
      );
  }
  return E.right(undefined);
};
