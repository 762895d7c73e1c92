/** The marketplaces that a configuration connects: each has a desk for as long as its place stays the same. */
import { createDesk, type Desk, type Terms, type Vendor } from '@tai-autonomics/adapter-http/marketplaces';
import type { OperatedMarketplaces } from '@tai-autonomics/adapter-http/operator';
import type { CatalogSource } from '@tai-autonomics/core';
import { systemClock } from '@tai-autonomics/governor/node';
import type { BoundAccounts } from './bound-accounts.ts';
import { lineOf } from './desk-lines.ts';
import type { MarketplacePlaces } from './marketplace-place.ts';
import type { MarketplacesHost } from './marketplaces-host.ts';
import type { SeenPurchases } from './seen-purchases.ts';
import { buyersOf, doorOf, type MarketplaceDoor, vendorsOf } from './vendors.ts';

/** What is open at one time. */
export interface Connected {
  readonly desks: readonly Desk[];
  /** Those that were not open before, or whose place is another one now. */
  readonly opened: readonly Desk[];
  readonly door: MarketplaceDoor;
  readonly buyers: ReturnType<OperatedMarketplaces['buyers']>;
  /** What each was opened by. */
  readonly places: ReadonlyMap<string, string>;
}

/** Connects what the configuration names now. A desk whose place is what it was goes on with what it works on; tables are read anew each time. */
export const connect = (
  host: MarketplacesHost,
  bound: () => BoundAccounts,
  seen: SeenPurchases,
  before?: Pick<Connected, 'desks' | 'places'>,
): Connected => {
  const configured = host.config().marketplaces ?? {};
  const places = placesOf(configured);
  const isEvaluation = host.config().mode === 'eval';
  const opened: Desk[] = [];
  const desks = vendorsOf(host.dir, configured, seen.sights).map((vendor) => {
    const known = before?.desks.find(({ name }) => name === vendor.name);
    if (known !== undefined && before?.places.get(vendor.name) === places.get(vendor.name)) return known;
    const desk = deskOf(host, isEvaluation ? onlyRead(vendor) : vendor, bound, seen);
    opened.push(desk);
    return desk;
  });
  return { desks, opened, door: doorOf(host.dir, configured, desks), buyers: buyersOf(host.dir, configured), places };
};

/** Whether the configuration names other places than those that are open. */
export const isOutdated = ({ places }: Pick<Connected, 'places'>, configured: MarketplacePlaces): boolean => {
  const now = placesOf(configured);
  return now.size !== places.size || [...now].some(([name, place]) => places.get(name) !== place);
};

/** Each place without what a desk asks for anew at each round. */
const placesOf = (configured: MarketplacePlaces): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(configured).map(([name, place]) => {
      const { tenants: _, plans: _plans, everyMinutes: _every, ...others } = place as Readonly<Record<string, unknown>>;
      return [name, JSON.stringify(name === 'own' ? place : others)];
    }),
  );

/** An evaluation reads a marketplace, and changes nothing there: nobody’s order is approved by it. */
const onlyRead = (vendor: Vendor): Vendor => {
  const unanswered = async () =>
    ({ _tag: 'Left', left: { fault: 'refused', detail: 'an evaluation answers nothing at a marketplace' } }) as const;
  return {
    ...vendor,
    answer: unanswered,
    ...(vendor.approveAccount === undefined ? {} : { approveAccount: unanswered }),
  };
};

const deskOf = (
  { governor, config, plans, say }: MarketplacesHost,
  vendor: Vendor,
  bound: () => BoundAccounts,
  seen: SeenPurchases,
): Desk =>
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
    forgotten: seen.forgotten(vendor.name),
    seen: seen.last(vendor.name),
    onAlarm: (alarm) => say(lineOf(alarm)),
  });

const termsIn = (plans: CatalogSource['plans'], plan: string): Terms | undefined => {
  const row = Object.hasOwn(plans, plan) ? plans[plan] : undefined;
  return row === undefined ? undefined : { plan, sku: row.sku_id, packs: row.packs, roles: row.iam_roles };
};
