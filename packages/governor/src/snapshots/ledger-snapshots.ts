/** The snapshots of ledgers as tenants are opened: which one a ledger goes on from, and when the next one is kept. */
import { ENGINES } from '@tai-autonomics/core/engine';
import { checkpointOf, equalBytes, parseCheckpoint } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Context } from '../context.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { TILE } from '../ledger/tree-cache.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { LedgerId } from '../ports.ts';
import { type FoldedLedger, formatFolded, type LedgerStart, parseFolded, STATE_PART } from './folded-ledger.ts';
import { createSnapshots, type Snapshots } from './snapshots.ts';

/** The snapshots of one governor's ledgers. */
export interface LedgerSnapshots {
  /**
   * What a ledger goes on from; `undefined`: from its genesis. Its tree is that of the stored checkpoint of its size; that this one
   * was signed is checked against the mark beside the key, as at every opening.
   */
  start(id: LedgerId, origin: string): Promise<LedgerStart | undefined>;
  /** The tree below a start, as it was kept. */
  tiles(id: LedgerId, origin: string): Promise<Uint8Array | undefined>;
  /** What a ledger was begun from turned out to be wrong. */
  drop(id: LedgerId, why: string): Promise<void>;
  /** Keeps the snapshots of an open ledger. */
  keeper(ledger: Ledger, onFault: (detail: string) => void): Keeper;
}

/** Keeps the snapshots of one ledger. */
export interface Keeper {
  /** A checkpoint of this ledger was stored. */
  sealed(folded: FoldedLedger): void;
  /** The ledger is put away: keeps it as it was sealed last, if there is something to keep. Never rejects. */
  rest(): Promise<void>;
  /** Keeps nothing any more. Resolves when nothing is being kept. Never rejects. */
  stop(): Promise<void>;
}

const TILES_PART = 'tiles';
/** One is kept when a ledger grew by so many receipts since the last one … */
const KEPT_EVERY = 1_024;
/** … or by this part of them, when it is put away: folding fewer takes no longer than reading a snapshot. */
const AT_REST = 1 / 16;
/** … and by so many that, over all of them, no more is written of its state than this for each receipt: about what a receipt itself takes. */
const BYTES_A_RECEIPT = 4_096;
/** How much the tree grows before it is kept again. */
const TREE_GROWTH = 1.1;

/** Snapshots over the host's store. With engines of the host's own there are none: nobody knows what those mean by a fold. */
export const createLedgerSnapshots = (
  context: Pick<Context, 'store' | 'secret' | 'onFault' | 'sealing' | 'snapshots' | 'snapshotEvery'>,
): LedgerSnapshots => {
  const { snapshots: kept, snapshotEvery = KEPT_EVERY, secret, onFault, sealing } = context;
  if (kept === undefined || sealing.engines !== ENGINES) return noSnapshots;
  const snapshots = createSnapshots({ store: kept, secret, onFault });
  const wrongIn = createJudge(context);
  return {
    start: async (id, origin) => {
      const taken = await snapshots.take(id, STATE_PART, origin);
      if (taken === undefined) return undefined;
      const start = parseFolded(nodeSha256, taken);
      const wrong = E.isLeft(start) ? start.left : await wrongIn(id, start.right);
      if (wrong !== undefined && wrong !== AWAY) await snapshots.drop(id, STATE_PART, wrong);
      return E.isLeft(start) || wrong !== undefined ? undefined : start.right;
    },
    tiles: async (id, origin) => (await snapshots.take(id, TILES_PART, origin))?.payload,
    drop: (id, why) => snapshots.drop(id, STATE_PART, why),
    keeper: (ledger, told) => createKeeper(snapshots, snapshotEvery, ledger, told),
  };
};

/** Where nothing is kept. */
const noSnapshots: LedgerSnapshots = {
  start: async () => undefined,
  tiles: async () => undefined,
  drop: async () => {},
  keeper: () => ({ sealed: () => {}, rest: async () => {}, stop: async () => {} }),
};

/** The store did not answer: that says nothing about a snapshot. */
const AWAY = Symbol('away');

/** Why a ledger can't go on from a start. */
const createJudge =
  ({ store, sealing }: Pick<Context, 'store' | 'sealing'>) =>
  async (id: LedgerId, { head, annals }: LedgerStart): Promise<string | typeof AWAY | undefined> => {
    if (!sealing.engines.has(annals.semantics)) return `it was folded with semantics ${annals.semantics}`;
    const stored = await store.checkpoint(id, head.size);
    if (E.isLeft(stored)) return AWAY;
    if (stored.right?.size !== head.size) return `there is no checkpoint of ${head.size} receipts`;
    const checkpoint = parseCheckpoint(stored.right.note);
    if (E.isLeft(checkpoint)) return 'the checkpoint of its size cannot be read';
    const { size, root } = checkpoint.right;
    return size === head.size && equalBytes(root, checkpointOf(nodeSha256, head).root)
      ? undefined
      : 'the checkpoint of its size has another root';
  };

const createKeeper = (
  snapshots: Snapshots,
  every: number,
  ledger: Ledger,
  onFault: (detail: string) => void,
): Keeper => {
  // What the ledger was opened from is kept already.
  let kept = ledger.begun?.head.size ?? 0;
  let bytes = 0;
  let treeKept = Math.floor(kept / TILE);
  let latest: FoldedLedger | undefined;
  let isStopped = false;
  let keeping: Promise<void> = Promise.resolve();

  const keepTree = async (): Promise<void> => {
    const { tree, id, origin, head } = ledger;
    const count = Math.floor(head.size / TILE);
    if (count < TREE_GROWTH * treeKept + every / TILE) return;
    treeKept = count;
    const held = tree.tiles() === undefined ? await tree.loadProof() : E.right(undefined);
    const tiles = tree.tiles();
    if (E.isLeft(held)) onFault(`${origin}: ${held.left}`);
    const binding = { part: TILES_PART, origin, size: count * TILE, leaf: '', semantics: 0 };
    if (tiles !== undefined) await snapshots.keep(id, binding, tiles.subarray(0, count * 32));
  };
  const keep = async (least: number): Promise<void> => {
    if (isStopped || latest === undefined || latest.head.size - kept < Math.max(1, least)) return;
    const folded = latest;
    const rest = restOf(ledger, folded.head.size);
    if (rest === undefined) return;
    kept = folded.head.size;
    const { binding, payload } = formatFolded(folded, rest);
    bytes = payload.length;
    await snapshots.keep(ledger.id, binding, payload);
    await keepTree();
  };
  const inTurn = (least: number): Promise<void> => {
    keeping = keeping.then(() => keep(least)).catch((thrown: unknown) => onFault(messageOf(thrown)));
    return keeping;
  };
  /** A large state is written whole, too: it is folded further before that pays. */
  const pays = (): number => Math.max(every, bytes / BYTES_A_RECEIPT);
  return {
    sealed: (folded) => {
      latest = folded;
      if (folded.head.size - kept >= pays()) void inTurn(pays());
    },
    rest: () => inTurn(pays() * AT_REST),
    stop: () => {
      isStopped = true;
      return keeping;
    },
  };
};

/** The leaves behind the last whole tile of a size; `undefined` where they aren't held any more. */
const restOf = ({ tree }: Ledger, size: number): readonly Uint8Array[] | undefined => {
  const rest: Uint8Array[] = [];
  for (let seq = size - (size % TILE); seq < size; seq += 1) {
    const leaf = tree.read(0, seq);
    if (leaf === undefined) return undefined;
    rest.push(leaf);
  }
  return rest;
};
