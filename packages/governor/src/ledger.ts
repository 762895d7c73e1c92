/**
 * One tenant's ledger in this process: its durable head and state, and the queue of what wants to be written. One group
 * is in flight at a time; a group is written whole or dropped whole, and decided anew when somebody else wrote first.
 */
import {
  advanceHead,
  emptyHead,
  emptyState,
  encodeBase64url,
  entryOf,
  equalBytes,
  evolve,
  type LedgerHead,
  type Ms,
  parseInstant,
  parseReceipt,
  type Sha256,
  type State,
} from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { createDraft, type Draft, type Sealing } from './draft.ts';
import type { NotDecided } from './governed.ts';
import type { Clock, LedgerId, LedgerStore, Row } from './ports.ts';
import { createTreeCache, type TreeCache } from './tree-cache.ts';

/** Receipts of one append at most. */
const GROUP_MAX = 256;
/** How often a group is decided anew when another writer was faster. */
const ATTEMPTS = 5;
/** A clock that is further behind the ledger than this is wrong. */
const SKEW_MS = 5_000;

/** Something that wants to be written. It may be asked to write more than once; only the last time counts. */
export interface Job {
  /** Writes receipts, or none. Runs on speculative state; must not do anything else. */
  write(draft: Draft): void;
  /** What it wrote is durable. */
  done(): void;
  /** Nothing of it was written, and nothing happened. */
  failed(why: NotDecided): void;
}

export interface Ledger {
  readonly id: LedgerId;
  readonly origin: string;
  readonly state: State;
  readonly head: LedgerHead;
  readonly tree: TreeCache;
  readonly waiting: number;
  /** Writes a job with others in one append. */
  enqueue(job: Job): void;
  /** Brings this process up to date with the store. */
  reload(): Promise<E.Either<NotDecided, void>>;
  /** Resolves when nothing is in flight. */
  idle(): Promise<void>;
}

export interface LedgerOptions {
  readonly id: LedgerId;
  readonly origin: string;
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly sealing: Sealing;
  /** Called after each durable append. */
  readonly appended: (ledger: Ledger) => void;
}

const unavailable = (detail: string): NotDecided => ({
  decided: false,
  why: 'store_unavailable',
  detail,
  retryAfterMs: 1_000,
});

interface Durable {
  head: LedgerHead;
  state: State;
}

const follow = (hash: Sha256, durable: Durable, tree: TreeCache, row: Row): string | undefined => {
  const receipt = parseReceipt(row.bytes);
  if (E.isLeft(receipt)) return `receipt ${row.seq} can not be read: expected ${receipt.left.expected}`;
  const { prev, seq, at } = receipt.right;
  if (seq !== durable.head.size || prev !== encodeBase64url(durable.head.prev))
    return `receipt ${row.seq} does not follow the one before it`;
  durable.head = advanceHead(hash, durable.head, row.leaf, parseInstant(at) ?? 0);
  durable.state = evolve(durable.state, entryOf(receipt.right));
  tree.append(row.leaf);
  return undefined;
};

/** Opens a ledger at its genesis; call `reload` to bring it to the store's head. */
export const createLedger = (options: LedgerOptions): E.Either<NotDecided, Ledger> => {
  const { id, origin, store, clock, sealing } = options;
  const start = emptyHead(sealing.sha256, origin);
  if (E.isLeft(start)) return E.left({ decided: false, why: 'not_ready', detail: `the origin ${origin} is not one` });
  const durable: Durable = { head: start.right, state: emptyState };
  const tree = createTreeCache(sealing.sha256);
  const queue: Job[] = [];
  let flight: Promise<void> | undefined;

  const reload = async (): Promise<E.Either<NotDecided, void>> => {
    const head = await store.head(id);
    if (E.isLeft(head)) return E.left(unavailable(head.left.detail));
    for await (const row of store.read(id, durable.head.size, head.right?.size ?? 0)) {
      if (E.isLeft(row)) return E.left(unavailable(row.left.detail));
      const wrong = follow(sealing.sha256, durable, tree, row.right);
      if (wrong !== undefined) return E.left({ decided: false, why: 'not_ready', detail: wrong });
    }
    return E.right(undefined);
  };

  const commit = (draft: Draft): void => {
    durable.head = draft.head;
    durable.state = draft.state;
    for (const row of draft.rows) tree.append(row.leaf);
  };

  /** One try: decide the group on speculative state and append it. `again` when another writer was faster. */
  const attempt = async (jobs: readonly Job[], last: boolean): Promise<'done' | 'again' | NotDecided> => {
    const now: Ms = clock();
    if (durable.head.lastAt - now > SKEW_MS) {
      return {
        decided: false,
        why: 'clock_skew',
        detail: `the clock is ${durable.head.lastAt - now} ms behind the ledger`,
        retryAfterMs: SKEW_MS,
      };
    }
    const draft = createDraft(sealing, durable, Math.max(now, durable.head.lastAt));
    for (const job of jobs) job.write(draft);
    if (draft.rows.length === 0) return 'done';
    const appended = await store.append(id, { size: durable.head.size, leaf: durable.head.prev }, draft.rows);
    if (E.isRight(appended) && appended.right.appended === 'ok') {
      commit(draft);
      return 'done';
    }
    // Refused, or not known to be written: what the store says now decides, and the group is decided anew on it.
    const reloaded = await reload();
    if (E.isLeft(reloaded)) return reloaded.left;
    if (E.isLeft(appended) && equalBytes(durable.head.prev, draft.head.prev)) return 'done';
    if (E.isRight(appended) && !last) return 'again';
    return unavailable(E.isLeft(appended) ? appended.left.detail : 'another writer was faster, again and again');
  };

  const run = async (jobs: readonly Job[]): Promise<void> => {
    for (let n = 1; n <= ATTEMPTS; n++) {
      const result = await attempt(jobs, n === ATTEMPTS);
      if (result === 'again') continue;
      if (result === 'done') options.appended(ledger);
      for (const job of jobs) {
        if (result === 'done') job.done();
        else job.failed(result);
      }
      return;
    }
  };

  const drain = async (): Promise<void> => {
    // A turn of the event loop, so that callers of one burst share one append.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (queue.length > 0) await run(queue.splice(0, GROUP_MAX));
    flight = undefined;
  };

  const ledger: Ledger = {
    id,
    origin,
    tree,
    get state() {
      return durable.state;
    },
    get head() {
      return durable.head;
    },
    get waiting() {
      return queue.length;
    },
    enqueue: (job) => {
      queue.push(job);
      flight ??= drain();
    },
    reload,
    idle: async () => {
      while (flight !== undefined) await flight;
    },
  };
  return E.right(ledger);
};
