/** The desks of a deployment’s marketplaces: opened as its config.json says, also while they work; resumed, and asked again and again. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Desk } from '@tai-autonomics/adapter-http/marketplaces';
import type { OperatedMarketplaces } from '@tai-autonomics/adapter-http/operator';
import { heldMessages, wasReleased } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { bindAccount, boundAccounts } from './bound-accounts.ts';
import { connect, isOutdated } from './connected.ts';
import { doubtsOf } from './desk-lines.ts';
import type { MarketplacesHost } from './marketplaces-host.ts';
import { openSeenPurchases } from './seen-purchases.ts';
import type { MarketplaceDoor } from './vendors.ts';

/** The desks while a process serves. */
export interface Marketplaces {
  /** What the door is told of them, as it is now. */
  readonly door: () => MarketplaceDoor;
  /** Reads everything again, now: what was configured anew counts from here, a marketplace that was added or changed too. */
  sync(): Promise<void>;
  /** What an operator's door does with them. */
  readonly operated: OperatedMarketplaces;
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;
const EVERY_MINUTES = 60;
const STOP_MS = 3_000;

/** Opens them: says what cannot be right before the first message, and goes on with what an earlier process kept. */
export const openMarketplaces = async (host: MarketplacesHost): Promise<Marketplaces> => {
  const bound = boundAccounts(host.dir, (why) => host.say(boundLine(why)));
  const seen = await openSeenPurchases(host.dir, host.say);
  let now = connect(host, bound, seen);
  for (const line of await doubtsOf(host, host.config().marketplaces ?? {})) host.say(line);
  const stopping = new AbortController();
  const { next, idle } = inTurn(stopping.signal);
  /** Desks that don't know yet what was kept before they were opened. */
  let fresh: readonly Desk[] = now.desks;
  const resumeFresh = async (): Promise<void> => {
    if (fresh.length === 0) return;
    const held = await heldMessages(host, stopping.signal);
    if (E.isLeft(held)) {
      host.say(`messages of marketplaces that were kept cannot be read: ${held.left}`);
      return;
    }
    const desks = fresh;
    fresh = [];
    // A marketplace that is silent keeps no other one waiting.
    await Promise.all(desks.map((desk) => desk.resume(held.right)));
  };
  const syncAll = async (): Promise<void> => {
    const { desks } = now;
    // What was dismissed since is nothing to work on any more.
    const known = desks.map((desk) => [...desk.standings().keys()]);
    const kept = await heldMessages(host, stopping.signal);
    const still = new Set(E.isRight(kept) ? kept.right.map(({ digest }) => digest) : known.flat());
    for (const [n, desk] of desks.entries()) desk.forget((known[n] ?? []).filter((digest) => !still.has(digest)));
    for (const desk of desks) await desk.sync();
  };
  // The doors are open meanwhile: a message that comes is kept, and worked on in its turn.
  const begin = (): Promise<void> =>
    next(async () => {
      await resumeFresh();
      await syncAll();
    });
  const connectAnew = async (): Promise<void> => {
    const configured = host.config().marketplaces ?? {};
    if (!isOutdated(now, configured)) return;
    now = connect(host, bound, seen, now);
    fresh = [...fresh.filter((desk) => now.desks.includes(desk)), ...now.opened];
    const opened = now.opened.map(({ name }) => [name, configured[name]] as const);
    for (const line of await doubtsOf(host, Object.fromEntries(opened))) host.say(line);
  };
  if (fresh.length > 0) void begin();
  const timer = everyMinute(
    () => now.desks,
    (desk) => host.config().marketplaces?.[desk.name]?.everyMinutes,
    { next, again: async () => (fresh.length > 0 ? resumeFresh().then(syncAll) : undefined) },
  );
  return {
    door: () => now.door,
    sync: async () => {
      await connectAnew();
      await begin();
    },
    operated: {
      buyers: () => now.buyers,
      bind: async (marketplace, account, tenant) => {
        const configured = host.config().marketplaces?.[marketplace]?.tenants ?? {};
        const done = await bindAccount(host.dir, marketplace, account, tenant, configured);
        if (E.isRight(done)) void next(syncAll);
        return done;
      },
      kept: (signal) => heldMessages(host, signal),
      wasReleased: (digest, signal) => wasReleased(host, digest, signal),
      forget: (digest) => {
        for (const desk of now.desks) desk.forget([digest]);
      },
    },
    stop: async () => {
      stopping.abort();
      clearInterval(timer);
      // Whoever stops doesn’t wait for a marketplace that is silent.
      await Promise.race([idle(), pause(STOP_MS, undefined, { ref: false })]);
      await seen.written();
    },
  };
};

/** One step after the other, and none once it is stopped. */
const inTurn = (stopped: AbortSignal) => {
  let last: Promise<void> = Promise.resolve();
  return {
    next: (step: () => Promise<void>): Promise<void> => {
      last = last.then(async () => {
        if (!stopped.aborted) await step();
      });
      return last;
    },
    idle: () => last,
  };
};

/** Every minute what passes by itself is tried again; after a desk's minutes everything of it is read. */
const everyMinute = (
  desks: () => readonly Desk[],
  everyMinutes: (desk: Desk) => number | undefined,
  { next, again }: { readonly next: (step: () => Promise<void>) => Promise<void>; readonly again: () => Promise<void> },
): NodeJS.Timeout => {
  const minutes = new WeakMap<Desk, number>();
  const timer = setInterval(() => {
    void next(again);
    for (const desk of desks()) {
      const passed = (minutes.get(desk) ?? 0) + 1;
      const isDue = passed >= (everyMinutes(desk) ?? EVERY_MINUTES);
      minutes.set(desk, isDue ? 0 : passed);
      const waits = [...desk.standings().values()].some(({ is }) => is === 'waits');
      if (isDue || waits) void next(() => (isDue ? desk.sync() : desk.resume([])));
    }
  }, MINUTE_MS);
  timer.unref();
  return timer;
};

const boundLine = (why: string | undefined): string =>
  why === undefined
    ? 'marketplace-accounts.json: can be read again, and counts'
    : `${why}; the accounts that were read before still count`;
