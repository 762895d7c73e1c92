/**
 * The nodes of a ledger's tree, for proofs and for looking at what a store gives back. Held are the nodes over whole tiles of 64
 * leaves, and the tiles that were used last; another tile is read from the store again, and has to have the hash of its node.
 * A tree that begins with a snapshot knows its peaks, and learns what lies below them when somebody asks.
 */
import { equalBytes, type Frontier, type NodeReader, nodeHash, type Sha256 } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { createRecentlyUsed } from '../bounds/recently-used.ts';

/** The tree of one ledger, as far as its nodes are held. */
export interface TreeCache {
  /** A node that is held; `load` says which ones are. */
  readonly read: NodeReader;
  /** Appends a leaf hash. Amortised one node a leaf. */
  append(leaf: Uint8Array): void;
  /**
   * Holds the leaves `from ≤ seq < to`, some thousands at most. `given` are leaves that were read already, so that nobody reads
   * them again. Left: they can't be read, or aren't the ledger's. Never rejects.
   */
  load(from: number, to: number, given?: Leaves): Promise<E.Either<string, void>>;
  /** Holds what proofs about these leaves, and about the trees that end with them, are made of. Never rejects. */
  loadProof(...places: readonly number[]): Promise<E.Either<string, void>>;
  /** The hashes of all whole tiles, 32 bytes each, as a snapshot keeps them; `undefined` while they aren't held. */
  tiles(): Uint8Array | undefined;
  /** The leaves behind the last whole tile. */
  rest(): readonly Uint8Array[];
}

/** Leaf hashes as somebody read them, from a place on. */
export interface Leaves {
  readonly from: number;
  readonly leaves: readonly Uint8Array[];
}

/** A tree to begin with: its peaks over whole tiles, largest first, and the leaves behind them. */
export interface TreeStart {
  readonly size: number;
  readonly peaks: readonly Uint8Array[];
  readonly rest: readonly Uint8Array[];
}

/** What a tree that forgets asks for. */
export interface TreeSource {
  /** The leaf hashes `from ≤ seq < to` as the store has them. */
  leaves(from: number, to: number): Promise<E.Either<string, readonly Uint8Array[]>>;
  /** The hashes of whole tiles as a snapshot has them. Nobody's word is taken for them. */
  tiles?(): Promise<Uint8Array | undefined>;
}

/** The level of a tile's node: a tile has 2 to this many leaves. */
const TILE_LEVEL = 6;
export const TILE: number = 2 ** TILE_LEVEL;
/** Tiles of one ledger that are held beside the last one. */
const HELD_MAX = 512;
/** Leaves that are read at once. */
const PAGE = 32 * TILE;
const HASH_BYTES = 32;

type Level = Uint8Array[];

/** The tree of a ledger, at its genesis or at a start. */
export const createTreeCache = (hash: Sha256, source: TreeSource, start?: TreeStart): TreeCache => {
  const upper = createUpper(hash, source, start);
  const held = createRecentlyUsed<readonly Level[]>(HELD_MAX);
  let last: Level = [...(start?.rest ?? [])];

  const load = async (from: number, to: number, given?: Leaves): Promise<Loaded> => {
    const end = Math.min(Math.ceil(to / TILE), upper.count());
    for (let tile = Math.floor(Math.max(0, from) / TILE); tile < end; tile += 1) {
      if (held.get(String(tile)) !== undefined) continue;
      const known = await upper.know(tile);
      if (E.isLeft(known)) return known;
      const levels = await readTile(hash, source, tile, known.right, given);
      if (E.isLeft(levels)) return levels;
      held.set(String(tile), levels.right);
    }
    return E.right(undefined);
  };

  return {
    load,
    loadProof: async (...places) => {
      const made = await upper.whole();
      if (E.isLeft(made)) return made;
      for (const place of places) {
        const loaded = await load(place, place + 1);
        if (E.isLeft(loaded)) return loaded;
      }
      return E.right(undefined);
    },
    read: (level, index) => {
      if (level >= TILE_LEVEL) return upper.read(level - TILE_LEVEL, index);
      const tile = Math.floor((index * 2 ** level) / TILE);
      const within = index - (tile * TILE) / 2 ** level;
      return tile === upper.count() ? nodeIn(hash, last, level, within) : held.get(String(tile))?.[level]?.[within];
    },
    append: (leaf) => {
      last.push(leaf);
      if (last.length < TILE) return;
      const levels = levelsOf(hash, last);
      held.set(String(upper.count()), levels);
      upper.grow(tileNode(levels));
      last = [];
    },
    tiles: upper.tiles,
    rest: () => [...last],
  };
};

/** What a tree of this frontier and these last leaves starts with again. */
export const treeStart = ({ size, hashes }: Frontier, rest: readonly Uint8Array[]): TreeStart => ({
  size,
  peaks: hashes.slice(0, peaksOf(Math.floor(size / TILE)).length),
  rest,
});

/** The frontier of a start; `undefined` if it can't be one. */
export const frontierOfStart = (hash: Sha256, { size, peaks, rest }: TreeStart): Frontier | undefined => {
  const count = Math.floor(size / TILE);
  if (rest.length !== size - count * TILE || peaks.length !== peaksOf(count).length) return undefined;
  if (![...peaks, ...rest].every((one) => one.length === HASH_BYTES)) return undefined;
  const levels = levelsOf(hash, rest);
  // Of each level the node that has no right sibling yet, the largest subtree first.
  const open = levels.flatMap((nodes) => (nodes.length % 2 === 1 ? [nodes.at(-1) as Uint8Array] : []));
  return { size, hashes: [...peaks, ...open.reverse()] };
};

type Loaded = E.Either<string, void>;

/** The nodes over whole tiles; level 0 is a tile's own. */
interface Upper {
  readonly read: NodeReader;
  readonly count: () => number;
  grow(node: Uint8Array): void;
  /** Learns what lies below the peaks of the start. */
  whole(): Promise<Loaded>;
  /** The node of a tile. */
  know(tile: number): Promise<E.Either<string, Uint8Array>>;
  readonly tiles: TreeCache['tiles'];
}

const createUpper = (hash: Sha256, source: TreeSource, start: TreeStart | undefined): Upper => {
  const levels: Level[] = [];
  const begun = start === undefined ? 0 : (start.size - start.rest.length) / TILE;
  const peaks = peaksOf(begun);
  for (const [n, { level, index }] of peaks.entries()) setNode(levels, level, index, start?.peaks[n] as Uint8Array);
  let count = begun;
  let isWhole = begun === 0;
  let making: Promise<Loaded> | undefined;

  const stand = (rows: readonly Level[]): boolean =>
    peaks.every(({ level, index }) => {
      const [peak, made] = [levels[level]?.[index], rows[level]?.[index]];
      return peak !== undefined && made !== undefined && equalBytes(peak, made);
    });
  const make = async (): Promise<Loaded> => {
    const kept = tilesIn((await source.tiles?.()) ?? new Uint8Array(0), begun);
    // What was kept is tried first; where it does not lead to the peaks, the store is read as a whole.
    for (const known of kept.length === 0 ? [kept] : [kept, []]) {
      const read = await readTiles(hash, source, known, begun);
      if (E.isLeft(read)) return read;
      const rows = levelsOf(hash, read.right);
      if (!stand(rows)) continue;
      for (const [level, nodes] of rows.entries())
        for (const [index, node] of nodes.entries()) setNode(levels, level, index, node);
      isWhole = true;
      return E.right(undefined);
    }
    return E.left(`receipts before ${begun * TILE} are not those that were signed: they were changed in the store`);
  };
  const whole = (): Promise<Loaded> => {
    if (isWhole) return Promise.resolve(E.right(undefined));
    making ??= make()
      .catch((thrown: unknown) => E.left(messageOf(thrown)))
      .finally(() => {
        making = undefined;
      });
    return making;
  };
  return {
    read: (level, index) => levels[level]?.[index],
    count: () => count,
    grow: (node) => {
      growLevels(hash, levels, count, node);
      count += 1;
    },
    whole,
    know: async (tile) => {
      const made = tile < begun ? await whole() : E.right(undefined);
      const node = levels[0]?.[tile];
      if (E.isLeft(made)) return made;
      return node === undefined ? E.left(`there are no receipts at ${tile * TILE}`) : E.right(node);
    },
    tiles: () => {
      if (!isWhole) return undefined;
      const bytes = new Uint8Array(count * HASH_BYTES);
      for (const [n, node] of (levels[0] ?? []).entries()) bytes.set(node, n * HASH_BYTES);
      return bytes;
    },
  };
};

/** A tile as it was read by somebody, or else from the store; its leaves have to have the hash of its node. */
const readTile = async (
  hash: Sha256,
  source: TreeSource,
  tile: number,
  node: Uint8Array,
  given: Leaves | undefined,
): Promise<E.Either<string, readonly Level[]>> => {
  const from = tile * TILE;
  const at = given === undefined ? -1 : from - given.from;
  const isGiven = given !== undefined && at >= 0 && at + TILE <= given.leaves.length;
  const read = isGiven ? E.right(given.leaves.slice(at, at + TILE)) : await source.leaves(from, from + TILE);
  if (E.isLeft(read)) return read;
  const levels = levelsOf(hash, read.right);
  return read.right.length === TILE && equalBytes(tileNode(levels), node)
    ? E.right(levels)
    : E.left(`receipts ${from} to ${from + TILE - 1}: one of them was changed in the store`);
};

const tilesIn = (bytes: Uint8Array, most: number): readonly Uint8Array[] =>
  Array.from({ length: Math.min(Math.floor(bytes.length / HASH_BYTES), most) }, (_, n) =>
    bytes.slice(n * HASH_BYTES, (n + 1) * HASH_BYTES),
  );

/** The peaks of so many tiles, largest first; level 0 is a tile's node. */
const peaksOf = (count: number): readonly { readonly level: number; readonly index: number }[] => {
  const peaks: { level: number; index: number }[] = [];
  let done = 0;
  for (let level = Math.floor(Math.log2(Math.max(count, 1))); level >= 0; level -= 1) {
    if (Math.floor(count / 2 ** level) % 2 === 0) continue;
    peaks.push({ level, index: done / 2 ** level });
    done += 2 ** level;
  }
  return peaks;
};

const setNode = (levels: Level[], level: number, index: number, node: Uint8Array): void => {
  for (let l = levels.length; l <= level; l += 1) levels.push([]);
  (levels[level] as Level)[index] = node;
};

/** All nodes over some lowest ones, level by level. */
const levelsOf = (hash: Sha256, lowest: readonly Uint8Array[]): readonly Level[] => {
  const levels: Level[] = [];
  for (const node of lowest) pushNode(hash, levels, node);
  return levels;
};

/** Of a whole tile. */
const tileNode = (levels: readonly Level[]): Uint8Array => levels[TILE_LEVEL]?.[0] ?? new Uint8Array(0);

/** The next node of the lowest level, and every one that it completes. */
const pushNode = (hash: Sha256, levels: Level[], lowest: Uint8Array): void => {
  let node = lowest;
  for (let level = 0; ; level += 1) {
    levels[level] ??= [];
    const row = levels[level] as Level;
    row.push(node);
    if (row.length % 2 === 1) return;
    node = nodeHash(hash, row[row.length - 2] as Uint8Array, node);
  }
};

/** The same where what lies to the left may be known by its peaks alone. */
const growLevels = (hash: Sha256, upper: Level[], count: number, lowest: Uint8Array): void => {
  let [node, index] = [lowest, count];
  for (let level = 0; ; level += 1) {
    setNode(upper, level, index, node);
    if (index % 2 === 0) return;
    node = nodeHash(hash, upper[level]?.[index - 1] as Uint8Array, node);
    index = (index - 1) / 2;
  }
};

/** A node of a tile that is not whole; `undefined` where its leaves aren't all there. */
const nodeIn = (hash: Sha256, leaves: Level, level: number, index: number): Uint8Array | undefined => {
  if (level === 0) return leaves[index];
  const left = nodeIn(hash, leaves, level - 1, 2 * index);
  const right = nodeIn(hash, leaves, level - 1, 2 * index + 1);
  return left === undefined || right === undefined ? undefined : nodeHash(hash, left, right);
};

/** The nodes of so many tiles: those that are known, and the others from their leaves. */
const readTiles = async (
  hash: Sha256,
  source: TreeSource,
  known: readonly Uint8Array[],
  count: number,
): Promise<E.Either<string, readonly Uint8Array[]>> => {
  const tiles = [...known];
  while (tiles.length < count) {
    const from = tiles.length * TILE;
    const to = Math.min(count * TILE, from + PAGE);
    const leaves = await source.leaves(from, to);
    if (E.isLeft(leaves)) return leaves;
    if (leaves.right.length !== to - from) return E.left(`the store has fewer receipts than ${to}`);
    for (let n = 0; n < leaves.right.length; n += TILE) {
      tiles.push(tileNode(levelsOf(hash, leaves.right.slice(n, n + TILE))));
    }
  }
  return E.right(tiles);
};
