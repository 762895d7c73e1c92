/** Checks a ledger in its store from the first receipt to the last: chain, tree, disclosures, checkpoints, catalogs. */
import { parseInstant } from '@tai-autonomics/core/engine';
import {
  advanceHead,
  checkpointOf,
  emptyHead,
  encodeBase64url,
  equalBytes,
  type LedgerHead,
  parseCheckpoint,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { CatalogStore, LedgerId, LedgerStore, StoredCheckpoint, StoreFault } from '../ports.ts';
import { openRow } from './read-row.ts';

/** What was found in one ledger. */
export interface CheckedLedger {
  readonly ledger: LedgerId;
  /** Of its first receipt; absent for a ledger whose first receipt can't be read. */
  readonly origin?: string;
  readonly receipts: number;
  readonly disclosures: number;
  readonly checkpoints: number;
  /** How much the newest checkpoint covers. */
  readonly sealed: number;
  /** One line each; none if nothing is wrong. */
  readonly faults: readonly string[];
  /** Catalogs that its receipts name and that are kept nowhere: nothing can be re-derived without them. */
  readonly missingCatalogs: readonly string[];
}

/** Follows a long run, and may end it. */
export interface LedgerWatch {
  /** So many more receipts were read. */
  readonly onRead?: (receipts: number) => void;
  readonly isStopped?: () => boolean;
}

/** What a check reads. */
export type CheckedStore = Pick<LedgerStore, 'head' | 'read' | 'checkpoint'>;

/**
 * Reads every receipt: its hash, its place in the chain, what is stored beside it, and the tree at each checkpoint. A store that
 * does not answer is a fault of the store, not of the ledger. Signatures are checked by `verifyBundle`, with the auditor's keys.
 */
export const checkLedger = async (
  store: CheckedStore,
  ledger: LedgerId,
  { catalogs, onRead, isStopped }: LedgerWatch & { readonly catalogs?: Pick<CatalogStore, 'read'> } = {},
): Promise<E.Either<StoreFault, CheckedLedger>> => {
  const checkpoints = await checkpointsOf(store, ledger);
  if (E.isLeft(checkpoints)) return checkpoints;
  const found = createFindings(checkpoints.right);
  for await (const row of store.read(ledger, 0, Number.MAX_SAFE_INTEGER)) {
    if (E.isLeft(row)) {
      if (row.left.fault !== 'corrupt') return row;
      found.fault(row.left.detail);
      break;
    }
    if (!found.follow(row.right) || isStopped?.() === true) break;
    onRead?.(1);
  }
  const missing: string[] = [];
  const [sealed = 0] = checkpoints.right.keys();
  for (const digest of found.catalogs) {
    const kept = await catalogs?.read(digest);
    if (kept === undefined) continue;
    if (E.isLeft(kept)) return kept;
    if (kept.right === undefined) missing.push(digest);
  }
  return E.right({
    ledger,
    ...found.total(),
    checkpoints: checkpoints.right.size,
    sealed,
    missingCatalogs: missing,
  });
};

/** Every checkpoint of a ledger by its size, the largest first. */
export const checkpointsOf = async (
  store: Pick<LedgerStore, 'checkpoint'>,
  ledger: LedgerId,
): Promise<E.Either<StoreFault, ReadonlyMap<number, StoredCheckpoint>>> => {
  const all = new Map<number, StoredCheckpoint>();
  for (let atMost = Number.MAX_SAFE_INTEGER; atMost >= 0; ) {
    const next = await store.checkpoint(ledger, atMost);
    if (E.isLeft(next)) return next;
    if (next.right === undefined) break;
    all.set(next.right.size, next.right);
    atMost = next.right.size - 1;
  }
  return E.right(all);
};

type Read = Extract<
  LedgerStore['read'] extends (...args: never) => AsyncIterable<infer A> ? A : never,
  E.Right<unknown>
>['right'];

/** What is wrong so far. `follow` answers whether the next row can be judged at all. */
const createFindings = (checkpoints: ReadonlyMap<number, StoredCheckpoint>) => {
  const faults: string[] = [];
  const catalogs = new Set<string>();
  let head: LedgerHead | undefined;
  let origin: string | undefined;
  let disclosures = 0;
  const follow = (row: Read): boolean => {
    const opened = openRow(row);
    if (E.isLeft(opened)) {
      faults.push(`${opened.left}; what follows was not checked`);
      return false;
    }
    const { receipt, disclosed } = opened.right;
    if (head === undefined) {
      origin = receipt.origin;
      const first = emptyHead(nodeSha256, receipt.origin);
      if (E.isLeft(first)) return false;
      head = first.right;
    }
    if (receipt.origin !== origin) faults.push(`receipt ${row.seq} is of another ledger, ${receipt.origin}`);
    if (receipt.seq !== head.size || receipt.prev !== encodeBase64url(head.prev))
      faults.push(`receipt ${row.seq} does not follow the one before it`);
    if (disclosed === undefined)
      faults.push(`what is stored beside receipt ${row.seq} was changed: it is not the receipt’s own`);
    disclosures += row.disclosures.length;
    catalogs.add(receipt.catalog.digest);
    head = advanceHead(nodeSha256, head, row.leaf, parseInstant(receipt.at) ?? 0);
    const wrong = checkpointFault(checkpoints.get(head.size), head);
    if (wrong !== undefined) faults.push(wrong);
    return true;
  };
  return {
    catalogs,
    fault: (line: string) => void faults.push(line),
    follow,
    total: () => {
      const receipts = head?.size ?? 0;
      const beyond = [...checkpoints.keys()].filter((size) => size > receipts);
      const cut = beyond.map((size) => `a checkpoint covers ${size} receipts, and there are ${receipts}`);
      return {
        ...(origin === undefined ? {} : { origin }),
        receipts,
        disclosures,
        faults: faults.length > 0 && faults.at(-1)?.endsWith('not checked') === true ? faults : [...faults, ...cut],
      };
    },
  };
};

const checkpointFault = (stored: StoredCheckpoint | undefined, head: LedgerHead): string | undefined => {
  if (stored === undefined) return undefined;
  const parsed = parseCheckpoint(stored.note);
  if (E.isLeft(parsed)) return `the checkpoint of size ${stored.size} cannot be read`;
  const { size, root } = checkpointOf(nodeSha256, head);
  return parsed.right.size === size && equalBytes(parsed.right.root, root)
    ? undefined
    : `the checkpoint of size ${stored.size} is of another tree`;
};
