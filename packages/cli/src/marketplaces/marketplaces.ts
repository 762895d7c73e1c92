/** The desks of a deployment’s marketplaces: opened as its config.json says, resumed, and asked again and again. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  createDesk,
  type Desk,
  type DeskAlarm,
  type Terms,
  type Vendor,
} from '@tai-autonomics/adapter-http/marketplaces';
import type { OperatedMarketplaces } from '@tai-autonomics/adapter-http/operator';
import type { CatalogSource } from '@tai-autonomics/core';
import type { Governor } from '@tai-autonomics/governor';
import { systemClock } from '@tai-autonomics/governor/node';
import { type HeldEventsHost, type HeldMessage, heldMessages, wasReleased } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import type { Config } from '../deployment/config.ts';
import { type BoundAccounts, bindAccount, boundAccounts } from './bound-accounts.ts';
import type { MarketplacePlaces } from './marketplace-place.ts';
import { buyersOf, doorOf, lackOf, type MarketplaceDoor, vendorsOf } from './vendors.ts';

/** What the desks stand before. Everything that may be configured anew is asked for each time. */
export interface MarketplacesHost extends Pick<HeldEventsHost, 'store' | 'identity'> {
  readonly dir: string;
  readonly governor: Governor;
  readonly config: () => Config;
  readonly plans: () => CatalogSource['plans'];
  /** Told in a line what a person has to look at, and when it is over. */
  readonly say: (line: string) => void;
}

/** The desks while a process serves. */
export interface Marketplaces {
  /** What the door is told of them. */
  readonly door: MarketplaceDoor;
  /** Reads everything again, now: what was configured anew counts from here. */
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
  const places = host.config().marketplaces ?? {};
  const isEvaluation = host.config().mode === 'eval';
  const vendors = vendorsOf(host.dir, places).map((vendor) => (isEvaluation ? onlyRead(vendor) : vendor));
  const bound = boundAccounts(host.dir, (why) => host.say(boundLine(why)));
  const desks = vendors.map((vendor) => deskOf(host, vendor, bound));
  for (const line of await doubtsOf(host, places)) host.say(line);
  let held: E.Either<string, readonly HeldMessage[]> = desks.length === 0 ? E.right([]) : await heldMessages(host);
  if (E.isLeft(held)) host.say(`messages of marketplaces that were kept cannot be read: ${held.left}`);
  const stopping = new AbortController();
  let last: Promise<void> = Promise.resolve();
  const next = (step: () => Promise<void>): Promise<void> => {
    last = last.then(async () => {
      if (!stopping.signal.aborted) await step();
    });
    return last;
  };
  const syncAll = async (): Promise<void> => {
    // What was dismissed since is nothing to work on any more.
    const known = desks.map((desk) => [...desk.standings().keys()]);
    const kept = await heldMessages(host);
    const still = new Set(E.isRight(kept) ? kept.right.map(({ digest }) => digest) : known.flat());
    for (const [n, desk] of desks.entries()) desk.forget((known[n] ?? []).filter((digest) => !still.has(digest)));
    for (const desk of desks) await desk.sync();
  };
  // The doors are open meanwhile: a message that comes is kept, and worked on in its turn.
  const resumeAll = async (kept: readonly HeldMessage[]): Promise<void> => {
    // A marketplace that is silent keeps no other one waiting.
    await Promise.all(desks.map((desk) => desk.resume(kept)));
    await syncAll();
  };
  if (E.isRight(held)) {
    const { right } = held;
    void next(() => resumeAll(right));
  }
  const again = setInterval(() => {
    if (E.isRight(held)) return clearInterval(again);
    void next(async () => {
      if (E.isRight(held)) return;
      held = await heldMessages(host);
      if (E.isRight(held)) await resumeAll(held.right);
    });
  }, MINUTE_MS);
  again.unref();
  const timers = desks.map((desk) => timerOf(desk, () => host.config().marketplaces?.[desk.name]?.everyMinutes, next));
  return {
    door: doorOf(places, desks),
    sync: () => next(syncAll),
    operated: {
      buyers: buyersOf(host.dir, places),
      bind: async (marketplace, account, tenant) => {
        const configured = host.config().marketplaces?.[marketplace]?.tenants ?? {};
        const done = await bindAccount(host.dir, marketplace, account, tenant, configured);
        if (E.isRight(done)) void next(syncAll);
        return done;
      },
      kept: (signal) => heldMessages(host, signal),
      wasReleased: (digest, signal) => wasReleased(host, digest, signal),
      forget: (digest) => {
        for (const desk of desks) desk.forget([digest]);
      },
    },
    stop: async () => {
      stopping.abort();
      for (const timer of [again, ...timers]) clearInterval(timer);
      // What is under way is bound by its own limits of time; whoever stops doesn’t wait for a marketplace that is silent.
      await Promise.race([last, pause(STOP_MS, undefined, { ref: false })]);
    },
  };
};

/** An evaluation reads a marketplace, and changes nothing there: nobody’s order is approved by it. */
const onlyRead = (vendor: Vendor): Vendor => {
  const unanswered = async () =>
    E.left({ fault: 'refused', detail: 'an evaluation answers nothing at a marketplace' } as const);
  return {
    ...vendor,
    answer: unanswered,
    ...(vendor.approveAccount === undefined ? {} : { approveAccount: unanswered }),
  };
};

/** Every minute what passes by itself is tried again; after its minutes everything is read. */
const timerOf = (
  desk: Desk,
  everyMinutes: () => number | undefined,
  next: (step: () => Promise<void>) => Promise<void>,
): NodeJS.Timeout => {
  let minutes = 0;
  const timer = setInterval(() => {
    minutes += 1;
    const isDue = minutes >= (everyMinutes() ?? EVERY_MINUTES);
    if (isDue) minutes = 0;
    const waits = [...desk.standings().values()].some(({ is }) => is === 'waits');
    if (isDue || waits) void next(() => (isDue ? desk.sync() : desk.resume([])));
  }, MINUTE_MS);
  timer.unref();
  return timer;
};

const boundLine = (why: string | undefined): string =>
  why === undefined
    ? 'marketplace-accounts.json: can be read again, and counts'
    : `${why}; the accounts that were read before still count`;

const deskOf = ({ governor, config, plans, say }: MarketplacesHost, vendor: Vendor, bound: () => BoundAccounts): Desk =>
  createDesk({
    governor,
    vendor,
    tables: () => {
      const { tenants, plans: sold } = config().marketplaces?.[vendor.name] ?? { tenants: {}, plans: {} };
      // What the configuration says counts before what an operator bound since.
      return { tenants: { ...bound()[vendor.name], ...tenants }, plans: sold };
    },
    termsOf: (plan) => termsIn(plans(), plan),
    clock: systemClock,
    onAlarm: (alarm) => say(lineOf(alarm)),
  });

const termsIn = (plans: CatalogSource['plans'], plan: string): Terms | undefined => {
  const row = Object.hasOwn(plans, plan) ? plans[plan] : undefined;
  return row === undefined ? undefined : { plan, sku: row.sku_id, packs: row.packs, roles: row.iam_roles };
};

const lineOf = ({ marketplace, about, is, why }: DeskAlarm): string => {
  const [kind = '', name = ''] = about.split(' ');
  const what = kind === 'listing' ? 'its purchases' : `${kind} ${name.slice(0, 60)}`;
  if (why === undefined) return `marketplace ${marketplace}, ${what}: is done with`;
  // It is acknowledged, and only its digest is kept.
  if (why.startsWith('it is rejected:')) return `marketplace ${marketplace}, ${what}: ${why}`;
  return `marketplace ${marketplace}, ${what}: ${why}${is === 'waits' ? '; it is tried again by itself' : '; it is kept until that is mended'}`;
};

/** What a start says of a configuration that cannot be right, one line each. Nothing of it stops the start. */
const doubtsOf = async (
  { dir, config, plans }: MarketplacesHost,
  places: MarketplacePlaces,
): Promise<readonly string[]> => {
  const doubts: string[] = [];
  const { google, aws, azure } = places;
  for (const [name, place] of Object.entries({ google, aws, azure })) {
    if (place === undefined) continue;
    const at = `config.json, marketplaces.${name}`;
    for (const [theirs, ours] of Object.entries(place.plans))
      if (!Object.hasOwn(plans(), ours))
        doubts.push(`${at}: \`${theirs}\` is sold as \`${ours}\`, which is no plan of the catalog`);
    for (const tenant of new Set(Object.values(place.tenants)))
      if (!Object.hasOwn(config().owners, tenant)) doubts.push(`${at}: no owner is named for the tenant \`${tenant}\``);
  }
  return [...doubts, ...(await lackOf(dir, places))];
};
