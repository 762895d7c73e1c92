/** This process's copy of a ledger: head, state and tree as far as they are durable. It follows the store and nothing else. */

import type { State } from '@tai-autonomics/core';
import { type Engine, type Engines, entryOf, parseInstant } from '@tai-autonomics/core/engine';
import { advanceHead, encodeBase64url, equalBytes, type LedgerHead, type Sha256 } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { NotDecided } from '../api.ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { LedgerId, LedgerStore, Row } from '../ports.ts';
import { type FoldedLedger, type LedgerStart, nothingFolded } from '../snapshots/folded-ledger.ts';
import { type Annals, followAnnals } from './annals.ts';
import { type Draft, semanticsOf } from './draft.ts';
import { receiptOfRow } from './read-row.ts';
import { createRecent, type Recent } from './recent-entries.ts';
import { createTreeCache, type TreeCache, type TreeSource } from './tree-cache.ts';

export interface LedgerCopy extends FoldedLedger {
  /** What decides the next receipt; absent if it is not here. */
  readonly engine: Engine | undefined;
  readonly tree: TreeCache;
  readonly recent: Recent;
  /** Reads what the store holds beyond the copy. Nothing of this process may be in flight meanwhile. */
  reload(): Promise<E.Either<NotDecided, void>>;
  /** Takes over a draft that the store acknowledged. */
  commit(draft: Draft): void;
  /** Whether the rows of a draft stand in the ledger, whoever wrote after them. */
  holds(draft: Draft): boolean;
}

export interface LedgerCopyOptions {
  readonly id: LedgerId;
  readonly origin: string;
  readonly store: LedgerStore;
  readonly sha256: Sha256;
  readonly engines: Engines;
  /** A snapshot to go on from; absent: the genesis. */
  readonly start?: LedgerStart;
  /** The tree below a snapshot, as it was kept. */
  readonly tiles?: TreeSource['tiles'];
}

/** What a store that did not answer comes to. Asking again is safe. */
export const unavailable = (detail: string): NotDecided => ({
  decided: false,
  why: 'store_unavailable',
  detail,
  retryAfterMs: 1_000,
});

/** A copy of a ledger at its genesis, or at a snapshot; `reload` brings it to the store's head. */
export const createLedgerCopy = (options: LedgerCopyOptions): E.Either<NotDecided, LedgerCopy> => {
  const { id, origin, store, sha256, engines } = options;
  const start = options.start ?? nothingFolded(sha256, origin);
  if (start === undefined) return E.left(notReady(`the origin ${origin} is not one`));
  const durable: Durable = { head: start.head, state: start.state, annals: start.annals };
  const { tiles } = options;
  const leaves = leavesOf(store, id);
  const tree = createTreeCache(sha256, tiles === undefined ? { leaves } : { leaves, tiles }, start.tree);
  const recent = createRecent();

  const load = async (): Promise<E.Either<NotDecided, void>> => {
    const head = await store.head(id);
    if (E.isLeft(head)) return E.left(unavailable(head.left.detail));
    const stands = head.right?.size ?? 0;
    if (stands < durable.head.size)
      return E.left(notReady(`the store has ${stands} receipts of ${origin}, but it held ${durable.head.size}`));
    if (head.right !== undefined && stands === durable.head.size && !equalBytes(head.right.leaf, durable.head.prev))
      return E.left(notReady(`receipt ${stands - 1} of ${origin} is another one than it was`));
    for await (const row of store.read(id, durable.head.size, stands)) {
      if (E.isLeft(row)) return E.left(unavailable(row.left.detail));
      const wrong = follow(options, durable, tree, recent, row.right);
      if (wrong !== undefined) return E.left(notReady(wrong));
    }
    const next = semanticsOf(durable.state, durable.annals);
    if (!engines.has(next))
      return E.left(notReady(`the ledger moved to semantics ${next}, which this version does not have`));
    return E.right(undefined);
  };

  return E.right({
    get head() {
      return durable.head;
    },
    get state() {
      return durable.state;
    },
    get annals() {
      return durable.annals;
    },
    get engine() {
      return engines.get(semanticsOf(durable.state, durable.annals));
    },
    tree,
    recent,
    reload: () => load().catch((thrown: unknown) => E.left(unavailable(messageOf(thrown)))),
    commit: (draft) => {
      durable.head = draft.head;
      durable.state = draft.state;
      durable.annals = draft.annals;
      recent.follow(draft.entries, draft.state);
      for (const row of draft.rows) tree.append(row.leaf);
    },
    holds: (draft) => {
      const leaf = tree.read(0, draft.head.size - 1);
      return leaf !== undefined && equalBytes(leaf, draft.head.prev);
    },
  });
};
const notReady = (detail: string): NotDecided => ({ decided: false, why: 'not_ready', detail });

/** The leaf hashes of a range, as a store has them. */
const leavesOf =
  (store: LedgerStore, id: LedgerId): TreeSource['leaves'] =>
  async (from, to) => {
    const leaves: Uint8Array[] = [];
    for await (const row of store.read(id, from, to)) {
      if (E.isLeft(row)) return E.left(row.left.detail);
      leaves.push(row.right.leaf);
    }
    return E.right(leaves);
  };

interface Durable {
  head: LedgerHead;
  state: State;
  annals: Annals;
}

type Following = Pick<LedgerCopyOptions, 'sha256' | 'engines'>;

const follow = (
  { sha256: hash, engines }: Following,
  durable: Durable,
  tree: TreeCache,
  recent: Recent,
  row: Row,
): string | undefined => {
  const receipt = receiptOfRow(hash, row);
  if (E.isLeft(receipt)) return receipt.left;
  const { prev, seq, at, engine } = receipt.right;
  if (seq !== durable.head.size || prev !== encodeBase64url(durable.head.prev))
    return `receipt ${row.seq} does not follow the one before it`;
  const known = engines.get(engine.semantics);
  if (known === undefined)
    return `receipt ${row.seq} was decided with semantics ${engine.semantics}, which this version does not have`;
  durable.head = advanceHead(hash, durable.head, row.leaf, parseInstant(at) ?? 0);
  const entry = entryOf(receipt.right);
  durable.state = known.evolve(durable.state, entry);
  recent.follow([entry], durable.state);
  durable.annals = followAnnals(durable.annals, receipt.right);
  tree.append(row.leaf);
  return undefined;
};
