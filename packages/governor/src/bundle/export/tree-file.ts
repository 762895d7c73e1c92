/**
 * The hashes of a ledger's tree in a file, so that a proof reads as many of them as it is long. Nothing rests on it: what is
 * read is compared with the sealed root, and a file that is missing, short, older than the ledger or of another one is
 * caught up with, or made anew. It may be deleted at any time.
 *
 * Hashes stand in the order in which they are finished: leaf, and each subtree that the leaf completes.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Checkpoint,
  countSubtrees,
  createKeyHistory,
  equalBytes,
  isPlainObject,
  KEY_ROTATED,
  type KeyFollower,
  leafHash,
  type NodeReader,
  nodeHash,
  own,
  parseReceipt,
  type Receipt,
  rootOf,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { nodeSha256 } from '../../node/crypto.ts';
import { replaceFile } from '../../node/durable-file.ts';
import { nodeTextCodec } from '../../node/text-codec.ts';
import type { Row } from '../../ports.ts';

/** A tree whose hashes are at hand. Close it after the last proof. */
export interface KeptTree {
  readonly nodes: NodeReader;
  /** The receipts that name a new key, in order. */
  readonly keyChanges: readonly number[];
  readonly close: () => void;
}

/** Reads rows of the ledger. */
export type Rows = (from: number, to: number) => AsyncIterable<E.Either<string, Row>>;

/** Where a tree is kept: a folder, and a name in it. */
export interface TreePlace {
  readonly folder: string;
  readonly name: string;
}

/** What is known of the file. */
interface Known {
  readonly size: number;
  readonly keyChanges: readonly number[];
}

const FORMAT = 'tai-autonomics/tree@1';
const HASH_BYTES = 32;
const NOTHING: Known = { size: 0, keyChanges: [] };
/** So many bytes of hashes are written at once. */
const BATCH_BYTES = 1_048_576;

/**
 * The tree under a checkpoint, caught up from what is kept. `undefined` where there can be none: the folder can't be
 * written, or the ledger doesn't have the root that was sealed. Left with a store's fault.
 */
export const keptTree = async (
  place: TreePlace,
  { size, root }: Pick<Checkpoint, 'size' | 'root'>,
  rows: Rows,
): Promise<E.Either<string, KeptTree | undefined>> => {
  for (const isAnew of [false, true]) {
    let descriptor: number;
    try {
      await mkdir(place.folder, { recursive: true, mode: 0o700 });
      if (isAnew) await forgetTree(place);
      descriptor = openSync(hashesOf(place), 'a', 0o600);
      closeSync(descriptor);
      descriptor = openSync(hashesOf(place), 'r+');
    } catch {
      return E.right(undefined);
    }
    const caughtUp = await catchUp(place, descriptor, size, rows).catch(() => E.right(undefined));
    const nodes = readerOf(descriptor);
    const found = E.isRight(caughtUp) && caughtUp.right !== undefined ? rootOf(nodeSha256, nodes, size) : undefined;
    if (E.isRight(caughtUp) && caughtUp.right !== undefined && found !== undefined && equalBytes(found, root)) {
      const keyChanges = caughtUp.right.keyChanges.filter((seq) => seq < size);
      return E.right({ nodes, keyChanges, close: () => closeSync(descriptor) });
    }
    closeSync(descriptor);
    if (E.isLeft(caughtUp)) return caughtUp;
  }
  return E.right(undefined);
};

/** Deletes what is kept. */
export const forgetTree = async (place: TreePlace): Promise<void> => {
  for (const path of [knownOf(place), hashesOf(place)]) await rm(path, { force: true });
};

/** Whether a receipt names the key that seals from then on. */
export const namesKey = (keys: KeyFollower, receipt: Receipt): boolean => {
  const before = keys.history.named.length;
  keys.follow(receipt);
  return keys.history.named.length > before;
};

/** The same of its bytes, which are read only where they speak of a key. */
const bytesNameKey = (keys: KeyFollower, bytes: Uint8Array): boolean => {
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(KEY_ROTATED)) return false;
  const receipt = parseReceipt(bytes, nodeTextCodec);
  return E.isRight(receipt) && namesKey(keys, receipt.right);
};

const hashesOf = ({ folder, name }: TreePlace): string => join(folder, `${name}.hashes`);
const knownOf = ({ folder, name }: TreePlace): string => join(folder, `${name}.json`);

/** How many hashes a tree of this size has: two a leaf, less one for each subtree that waits for a neighbour. */
const countOf = (size: number): number => 2 * size - countSubtrees(size);

const readerOf =
  (descriptor: number): NodeReader =>
  (level, index) => {
    const last = (index + 1) * 2 ** level - 1;
    const hash = new Uint8Array(HASH_BYTES);
    const at = (countOf(last) + level) * HASH_BYTES;
    return readSync(descriptor, hash, 0, HASH_BYTES, at) === HASH_BYTES ? hash : undefined;
  };

const digestOf = ({ size, keyChanges }: Known): string =>
  createHash('sha256')
    .update(JSON.stringify([FORMAT, size, keyChanges]))
    .digest('base64url');

const isPlace = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

/** What is said of the file, if it says it whole and the file is as long. */
const readKnown = async (place: TreePlace, descriptor: number): Promise<Known> => {
  try {
    const json: unknown = JSON.parse(await readFile(knownOf(place), 'utf8'));
    if (!isPlainObject(json)) return NOTHING;
    const [size, keyChanges, digest] = [own(json, 'size'), own(json, 'keyChanges'), own(json, 'digest')];
    if (!isPlace(size) || !Array.isArray(keyChanges) || !keyChanges.every(isPlace)) return NOTHING;
    const known: Known = { size, keyChanges };
    const isWhole = digest === digestOf(known) && fstatSync(descriptor).size >= countOf(size) * HASH_BYTES;
    return isWhole ? known : NOTHING;
  } catch {
    return NOTHING;
  }
};

/** The roots of the perfect subtrees of what is there, which the next leaves may complete. */
const peaksOf = (nodes: NodeReader, size: number): Uint8Array[] => {
  const peaks: Uint8Array[] = [];
  let from = 0;
  for (let level = Math.floor(Math.log2(Math.max(1, size))); level >= 0; level -= 1) {
    const count = 2 ** level;
    if (from + count > size) continue;
    peaks.push(nodes(level, from / count) ?? new Uint8Array(HASH_BYTES));
    from += count;
  }
  return peaks;
};

/** Reads the rows that the file doesn't have, and writes their hashes. */
const catchUp = async (
  place: TreePlace,
  descriptor: number,
  size: number,
  rows: Rows,
): Promise<E.Either<string, Known>> => {
  const known = await readKnown(place, descriptor);
  if (known.size >= size) return E.right(known);
  const keys = createKeyHistory();
  const keyChanges: number[] = [];
  for (const seq of known.keyChanges)
    for await (const row of rows(seq, seq + 1)) {
      if (E.isLeft(row)) return row;
      if (bytesNameKey(keys, row.right.bytes)) keyChanges.push(seq);
    }
  const peaks = peaksOf(readerOf(descriptor), known.size);
  let [batch, bytes]: [Uint8Array[], number] = [[], 0];
  let at = countOf(known.size) * HASH_BYTES;
  const flush = (): void => {
    writeSync(descriptor, Buffer.concat(batch), 0, bytes, at);
    at += bytes;
    [batch, bytes] = [[], 0];
  };
  const push = (hash: Uint8Array): void => {
    batch.push(hash);
    bytes += HASH_BYTES;
  };
  let done = known.size;
  for await (const row of rows(known.size, size)) {
    if (E.isLeft(row)) return row;
    let node = leafHash(nodeSha256, row.right.bytes);
    push(node);
    for (let rest = done; rest % 2 === 1; rest = (rest - 1) / 2) {
      node = nodeHash(nodeSha256, peaks.pop() ?? node, node);
      push(node);
    }
    peaks.push(node);
    if (bytesNameKey(keys, row.right.bytes)) keyChanges.push(done);
    done += 1;
    if (bytes >= BATCH_BYTES) flush();
  }
  flush();
  const now: Known = { size: done, keyChanges };
  await replaceFile(knownOf(place), `${JSON.stringify({ format: FORMAT, ...now, digest: digestOf(now) })}\n`, 0o600);
  return E.right(now);
};
