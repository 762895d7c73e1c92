/**
 * Purchases as marketplaces know them, and the entitlement events of ours that they come to. A message of a marketplace says
 * that something changed; what it is now is read back. So an event is made from what was read, not from the message, and the
 * order, the repetition and the delay of messages don't matter.
 *
 * Of the purchases of one tenant the one that was bought last rules, among those that were ever in force and are not cancelled;
 * a suspended one too. When it is cancelled, the next one rules again.
 */
import { formatInstant, type Ms, parseInstant } from '@tai-autonomics/core/engine';
import { encodeBase64url, encodeUtf8, type Sha256 } from '@tai-autonomics/core/receipt';

/** The marketplaces that are known here. */
export type MarketplaceName = 'google' | 'aws' | 'azure';

/** What a purchase is: ordered and not in force yet, in force, stopped for a while, or ended for good. */
export type PurchaseStatus = 'requested' | 'active' | 'suspended' | 'cancelled';

/** What a marketplace waits for; carried out after our own receipt. */
export type Ask =
  | { readonly ask: 'approve' }
  /** `plans`: the names under which the new plan may stand in the table, as those of a purchase. */
  | { readonly ask: 'approve_plan'; readonly plan: string; readonly plans: readonly string[] }
  /** An operation of the marketplace that has begun already; `plans` only where it brings another plan. */
  | { readonly ask: 'confirm'; readonly operation: string; readonly plans?: readonly string[] };

/** One purchase as its marketplace has it now. */
export interface Purchase {
  /** The marketplace’s id of it. */
  readonly id: string;
  /** Whose it is, by the marketplace’s ids; the table of the deployment says which tenant that is. */
  readonly holders: readonly string[];
  /** What was bought, in the marketplace’s words: the most exact name first. */
  readonly plans: readonly string[];
  readonly status: PurchaseStatus;
  /** RFC 3339, as the marketplace wrote it. */
  readonly boughtAt: string;
  readonly changedAt: string;
  /** When it ends by itself; absent where it goes on. */
  readonly endsAt?: string;
  readonly asks?: Ask;
  /** Under which id its use is metered, where that is another one. */
  readonly usageId?: string;
}

/** What our catalog sells under a marketplace’s plan. */
export interface Terms {
  readonly plan: string;
  readonly sku: string;
  readonly packs: readonly string[];
  readonly roles: readonly string[];
}

/** A purchase and what it means here. */
export interface Sold {
  readonly purchase: Purchase;
  readonly terms: Terms;
}

/** Our own event (`docs/entitlements.md`), made of a purchase. */
export interface PurchaseEvent {
  readonly event: string;
  readonly event_id: string;
  readonly entitlement_id: string;
  readonly occurred_at: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Stands for when a purchase was made of which nobody says it: before every other. */
export const UNDATED = '1970-01-02T00:00:00Z';

/**
 * How long what was read counts: to the end of the second month after the one in which it was read. A purchase that goes on has no
 * end of its own; if nothing can be read of it any more, it lapses.
 */
export const leaseAt = (at: Ms): { readonly from: Ms; readonly until: Ms } => {
  const [year, month] = formatInstant(at).split('-', 2).map(Number) as [number, number];
  const first = (months: number): Ms => {
    const n = year * 12 + (month - 1) + months;
    const day = `${Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}-01T00:00:00Z`;
    return parseInstant(day) ?? at;
  };
  return { from: first(0), until: first(3) };
};

/**
 * The events of one tenant’s purchases at one marketplace, read at an instant. The same reading gives the same events, with the
 * same ids. Purchases whose instants cannot be read are left out; their readers refuse them before.
 */
export const purchaseEvents = (
  marketplace: MarketplaceName,
  tenant: string,
  sold: readonly Sold[],
  { sha256, now }: { readonly sha256: Sha256; readonly now: Ms },
): readonly PurchaseEvent[] => {
  const known = inOrder(sold);
  const ruling = known.findLast(({ status }) => status === 'active' || status === 'suspended');
  const make = (from: Known, at: Ms, change: Change, expiry: Ms): PurchaseEvent =>
    eventOf({ marketplace, tenant, sha256 }, from, at, change, expiry);
  return known.flatMap((one): readonly PurchaseEvent[] => {
    const ruledFrom = one === ruling ? rulesFrom(known, one) : undefined;
    const stands = stateOf(one, ruledFrom ?? 0, now);
    const state = make(one, stands.at, CHANGE[one.status], stands.expiry);
    if (ruledFrom === undefined) return [state];
    const rule = make(one, ruledFrom, 'activated', expiryOf(one, ruledFrom));
    return one.status === 'active' && stands.at === ruledFrom ? [rule] : [rule, state];
  });
};

/** The id under which a marketplace’s purchase stands in our receipts. Two marketplaces may use one id. */
export const entitlementIdOf = (marketplace: MarketplaceName, id: string, sha256: Sha256): string =>
  OPAQUE.test(id) ? `${marketplace}:${id}` : `${marketplace}:sha256:${digestOf(sha256, id)}`;

type Change = 'activated' | 'renewed' | 'suspended' | 'cancelled';

/** What is ordered and not in force yet counts as suspended: it is known, and gives nothing. */
const CHANGE: Readonly<Record<PurchaseStatus, Change>> = {
  requested: 'suspended',
  active: 'renewed',
  suspended: 'suspended',
  cancelled: 'cancelled',
};

/** Of one instant, what ends counts as later than what goes on. */
const LATER: Readonly<Record<PurchaseStatus, Ms>> = { requested: 0, active: 0, suspended: 1, cancelled: 2 };

const OPAQUE = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}$/;
const DAY_MS: Ms = 86_400_000;

/** A purchase whose instants were read. `place`: its place in the order of buying, from 0; `inTurnMs`: after all before it. */
interface Known extends Sold {
  readonly status: PurchaseStatus;
  readonly boughtMs: Ms;
  readonly changedMs: Ms;
  readonly endsMs: Ms | undefined;
  readonly place: number;
  readonly inTurnMs: Ms;
}

const inOrder = (sold: readonly Sold[]): readonly Known[] => {
  let last = 0;
  return sold
    .flatMap(({ purchase, terms }): readonly Omit<Known, 'place' | 'inTurnMs'>[] => {
      const { status, boughtAt, changedAt, endsAt } = purchase;
      const [boughtMs, changedMs] = [parseInstant(boughtAt), parseInstant(changedAt)];
      if (boughtMs === undefined || changedMs === undefined) return [];
      const endsMs = endsAt === undefined ? undefined : parseInstant(endsAt);
      return [{ purchase, terms, status, boughtMs, changedMs: Math.max(boughtMs, changedMs), endsMs }];
    })
    .sort((a, b) => a.boughtMs - b.boughtMs || (a.purchase.id < b.purchase.id ? -1 : 1))
    .map((one, place) => {
      // Two that were bought in one instant would tie.
      last = Math.max(one.boughtMs, last + 1);
      return { ...one, place, inTurnMs: last };
    });
};

/**
 * From when the ruling one rules: since it was bought, or since the last of the others was cancelled. Its place keeps what was bought
 * later later, whatever was read in between. Of what nobody dates: since it was last seen to change, or two of them would tie.
 */
const rulesFrom = (known: readonly Known[], { purchase, changedMs, place, inTurnMs }: Known): Ms => {
  const ended = known.filter(({ status }) => status === 'cancelled').map(({ changedMs }) => changedMs + 1 + place);
  return Math.max(purchase.boughtAt === UNDATED ? changedMs + place : inTurnMs, ...ended);
};

/** When what a purchase is now began to be so, and until when it counts. */
const stateOf = (one: Known, ruledFrom: Ms, now: Ms): { readonly at: Ms; readonly expiry: Ms } => {
  const { status, changedMs, endsMs } = one;
  if (status !== 'active') {
    // Two clocks may disagree about the month in which it ended, and ours may have begun a new one before; a day is more than they do.
    const next = leaseAt(changedMs + DAY_MS).from;
    const at = Math.max(changedMs, ruledFrom, next <= now ? next : 0) + LATER[status];
    return { at, expiry: expiryOf(one, at) };
  }
  const passed = endsMs !== undefined && endsMs <= now ? endsMs : 0;
  return { at: Math.max(changedMs, ruledFrom, leaseAt(now).from, passed), expiry: expiryOf(one, now) };
};

/** Its own end, if that is to come and nearer than what was read counts. An active one whose end has passed goes on, as its marketplace says. */
const expiryOf = ({ endsMs }: Known, at: Ms): Ms => {
  const { until } = leaseAt(at);
  return endsMs !== undefined && endsMs > at ? Math.min(endsMs, until) : until;
};

interface Maker {
  readonly marketplace: MarketplaceName;
  readonly tenant: string;
  readonly sha256: Sha256;
}

const eventOf = (
  { marketplace, tenant, sha256 }: Maker,
  { purchase, terms }: Known,
  at: Ms,
  change: Change,
  expiry: Ms,
): PurchaseEvent => {
  const entitlement = entitlementIdOf(marketplace, purchase.id, sha256);
  const said = {
    event: `entitlement.${change}`,
    entitlement_id: entitlement,
    // As the marketplace wrote it where that is the instant: what is finer than a millisecond is noted.
    occurred_at: parseInstant(purchase.changedAt) === at ? purchase.changedAt : formatInstant(at),
    record: {
      tenant_id: tenant,
      sku_id: terms.sku,
      plan_id: terms.plan,
      enabled_packs: [...terms.packs],
      iam_roles: [...terms.roles],
      expiry: formatInstant(expiry),
    },
  };
  return { ...said, event_id: `${entitlement}:${change}:${digestOf(sha256, JSON.stringify(said))}` };
};

const digestOf = (sha256: Sha256, text: string): string =>
  encodeBase64url(sha256(encodeUtf8(text) ?? new Uint8Array(0))).slice(0, 22);
