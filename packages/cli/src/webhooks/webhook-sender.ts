/**
 * What ledgers tell by webhook: at least once, in the order of each ledger. The ledger itself is the outbox: each webhook remembers how
 * far it has come, so a restart loses nothing and memory holds a chunk of one ledger.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { CatalogStore, LoadedCatalog } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { LedgerReader } from '../local/local-deployment.ts';
import { type Deliveries, type Delivery, hashOfUrl, readDeliveries, writeDeliveries } from './delivery-state.ts';
import { createPoster } from './webhook-post.ts';
import { type Kept, type Looking, lookAt, lookThrough, type Pauses, type Webhook } from './webhook-round.ts';

export type { Webhook } from './webhook-round.ts';

/** What sending takes. */
export interface WebhookOptions {
  readonly dir: string;
  readonly webhooks: readonly Webhook[];
  readonly store: LedgerReader;
  readonly catalogStore: CatalogStore;
  readonly catalog: LoadedCatalog;
  /** The tenant of a ledger, where the folder names it. */
  readonly tenantOf: (ledger: string) => string | undefined;
  /** Told once that a receiver does not answer, and once that it answers again. */
  readonly say: (line: string) => void;
  readonly pauses?: Partial<typeof PAUSES>;
  /** After how long a message is given up; three days where absent. */
  readonly giveUpMs?: number;
}

/** The senders of a deployment. */
export interface WebhookSender {
  /** Something was written in a ledger: look at it, with whatever else is written in a tenth of a second. */
  wake(ledger: string): void;
  /** Ends what is on its way. What was not answered is sent again by the next. */
  stop(): Promise<void>;
}

/** All ledgers are looked through every half minute: others may write in them too. */
const PAUSES = { firstMs: 1_000, mostMs: 300_000, lookEveryMs: 30_000, gatherMs: 100 };
const GIVE_UP_MS = 3 * 86_400_000;

/**
 * Starts them. One that is new begins at the ends of the ledgers, as does one that was gone and has another URL now. One that
 * is no more among them is forgotten. Left: what was delivered can't be known.
 */
export const startWebhooks = async (options: WebhookOptions): Promise<E.Either<string, WebhookSender>> => {
  const { dir, store, webhooks } = options;
  const known = await readDeliveries(dir);
  if (E.isLeft(known)) return known;
  const before = new Map(Object.entries(known.right));
  const standing = webhooks.map(({ name, url }): readonly [string, Delivery | undefined] => {
    const delivery = before.get(name);
    return [name, delivery?.gone === undefined || delivery.gone === hashOfUrl(url) ? delivery : undefined];
  });
  const isNew = standing.some(([, delivery]) => delivery === undefined);
  const ends = isNew ? await endsOf(store) : E.right({});
  if (E.isLeft(ends)) return ends;
  const begun = standing.map(([name, delivery]) => [name, delivery ?? { cursors: ends.right }] as const);
  const kept = deliveriesIn(dir, Object.fromEntries(begun), options.say);
  if (begun.length + before.size > 0) await kept.write();
  const stopping = new AbortController();
  const wakes = webhooks.map((webhook) => sending(options, webhook, kept, stopping.signal));
  return E.right({
    wake: (ledger) => {
      for (const { wake } of wakes) wake(ledger);
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(wakes.map(({ ended }) => ended));
      await kept.write();
    },
  });
};

const endsOf = async (store: LedgerReader): Promise<E.Either<string, Delivery['cursors']>> => {
  const ledgers = await store.ledgers();
  if (E.isLeft(ledgers)) return E.left(ledgers.left.detail);
  const ends: Record<string, number> = {};
  for (const ledger of ledgers.right) {
    const head = await store.head(ledger);
    if (E.isLeft(head)) return E.left(head.left.detail);
    ends[ledger] = head.right?.size ?? 0;
  }
  return E.right(ends);
};

const deliveriesIn = (dir: string, begun: Deliveries, say: (line: string) => void): Kept => {
  let now = begun;
  let last: Promise<void> = Promise.resolve();
  return {
    of: (name) => now[name] ?? { cursors: {} },
    change: (name, delivery) => {
      now = { ...now, [name]: delivery };
    },
    write: () => {
      last = last.then(async () => {
        const written = await writeDeliveries(dir, now);
        if (E.isLeft(written)) say(`what was delivered by webhook is not written down: ${written.left}`);
      });
      return last;
    },
  };
};

/** The pauses of one webhook. A new message is no reason to knock earlier. */
interface Timetable extends Pauses {
  /** How long until the first ledger is due again; `undefined` where none waits. */
  readonly nextMs: number | undefined;
  /** A store that did not answer is asked again after a pause that grows, too. */
  storeMs(): number;
  storeAnswers(): void;
}

const createTimetable = ({ firstMs, mostMs }: typeof PAUSES): Timetable => {
  const dues = new Map<string, { readonly tries: number; readonly atMs: number }>();
  let awayUntilMs = 0;
  let storeTries = 0;
  // Full jitter: a receiver that comes back is not met by all at once.
  const backoffMs = (tries: number): number => Math.random() * Math.min(mostMs, firstMs * 2 ** Math.min(tries, 20));
  return {
    isDue: (ledger) => {
      const now = performance.now();
      return now >= awayUntilMs && now >= (dues.get(ledger)?.atMs ?? 0);
    },
    put: (ledger, retryAfterMs, isAway) => {
      const tries = (dues.get(ledger)?.tries ?? 0) + 1;
      const atMs = performance.now() + Math.max(retryAfterMs, backoffMs(tries));
      dues.set(ledger, { tries, atMs });
      if (isAway) awayUntilMs = atMs;
    },
    end: (ledger) => {
      dues.delete(ledger);
      awayUntilMs = 0;
    },
    get nextMs() {
      if (dues.size === 0) return undefined;
      const first = Math.min(...[...dues.values()].map(({ atMs }) => atMs));
      return Math.max(0, Math.max(first, awayUntilMs) - performance.now());
    },
    storeMs: () => {
      storeTries += 1;
      return backoffMs(storeTries);
    },
    storeAnswers: () => {
      storeTries = 0;
    },
  };
};

const sending = (
  options: WebhookOptions,
  webhook: Webhook,
  kept: Kept,
  signal: AbortSignal,
): { readonly wake: (ledger: string) => void; readonly ended: Promise<void> } => {
  const pauses = { ...PAUSES, ...options.pauses };
  const timetable = createTimetable(pauses);
  const poster = createPoster(webhook.url, webhook.addresses ?? []);
  const { giveUpMs = GIVE_UP_MS } = options;
  const looking: Looking = { ...options, webhook, kept, poster, giveUpMs, pauses: timetable, stopped: signal };
  let waking = new AbortController();
  let written = new Set<string>();
  const rest = (ms: number, until: AbortSignal): Promise<unknown> =>
    pause(ms, undefined, { signal: AbortSignal.any([signal, until]), ref: false }).catch(() => undefined);
  const run = async (): Promise<void> => {
    let wholeAtMs = performance.now();
    while (!signal.aborted) {
      const only = written;
      [waking, written] = [new AbortController(), new Set()];
      const isWhole = performance.now() >= wholeAtMs;
      const look = await (isWhole ? lookThrough(looking) : lookAt(looking, only));
      if (look === 'gone') break;
      if (isWhole && look !== 'unread') timetable.storeAnswers();
      if (look === 'unread') wholeAtMs = performance.now() + timetable.storeMs();
      else if (isWhole) wholeAtMs = performance.now() + pauses.lookEveryMs;
      // While the store does not answer, no ledger's turn makes it be asked earlier.
      const dueMs = look === 'unread' ? undefined : timetable.nextMs;
      if (dueMs !== undefined) wholeAtMs = Math.min(wholeAtMs, performance.now() + dueMs);
      await rest(wholeAtMs - performance.now(), waking.signal);
      if (waking.signal.aborted) await rest(pauses.gatherMs, signal);
    }
    poster.close();
  };
  return {
    wake: (ledger) => {
      written.add(ledger);
      waking.abort();
    },
    ended: kept.of(webhook.name).gone === undefined ? run() : Promise.resolve(),
  };
};
