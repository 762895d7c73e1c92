/** Marketplace listings: one document for each way in which a catalog is sold, made from the catalog and nothing else (B-17). */
import type { CatalogSource } from '@tai-autonomics/core';
import type { Plan, PlanId } from '@tai-autonomics/core/author';
import { either as E } from 'fp-ts';
import { editions, withEditions } from './editions.ts';
import { discounted, type Price, type PriceBook, priceText } from './price-book.ts';
import { type Presentation, presentations, type Variant, variants } from './variants.ts';

/** One listing. `entitlement` is what a marketplace posts when somebody buys it. */
export interface Listing {
  readonly listing_id: string;
  readonly name: string;
  readonly sku_id: string;
  readonly plan_id: PlanId;
  readonly variant: string;
  readonly tagline: string;
  readonly recommended_for: string;
  readonly price: {
    readonly book: string;
    readonly currency: string;
    readonly minor: number;
    readonly period: 'month';
    readonly from: boolean;
    readonly text: string;
    /** What was taken off, where the listing is for those who get it. */
    readonly discount?: { readonly name: string; readonly percent: number; readonly means: string };
  };
  readonly packs: readonly { readonly pack_id: string; readonly version: string; readonly description: string }[];
  readonly tools: readonly { readonly tool: string; readonly title: string }[];
  readonly roles: readonly string[];
  readonly approvals_per_action: number;
  readonly notices: readonly string[];
  readonly entitlement: {
    readonly plan_id: PlanId;
    readonly sku_id: string;
    readonly enabled_packs: readonly string[];
    readonly iam_roles: readonly string[];
  };
  readonly catalog: { readonly id: string; readonly version: string };
}

/** What every listing says, whoever reads it. */
const NOTICES = [
  'Roles are a ceiling: a purchase grants none; the owner of the tenant grants them.',
  'Every decision leaves a receipt that can be re-derived offline. This is an evidence system; it makes no claim about any standard.',
  'An evaluation is non-contractual: nothing with a contractual effect is approved in it.',
] as const;

/** A plan's price in a book: its own, else that of the least plan with a price that sells at least as much. */
export const priceOf = (source: CatalogSource, book: PriceBook, plan: PlanId): Price | undefined => {
  if (Object.hasOwn(book.prices, plan)) return book.prices[plan];
  const row = source.plans[plan];
  if (row === undefined) return undefined;
  const covers = (other: Plan): boolean =>
    row.packs.every((pack) => other.packs.includes(pack)) &&
    row.iam_roles.every((role) => other.iam_roles.includes(role));
  return Object.entries(book.prices)
    .filter(([other]) => source.plans[other] !== undefined && covers(source.plans[other]))
    .map(([, price]) => price)
    .sort((a, b) => a.minor - b.minor)[0];
};

/**
 * The listings of a catalog: each plan, each edition that its packs make possible, and the variants of those that have
 * some. Left with the plans that the book has no price for: what has no price can't be listed. An edition that no plan
 * with a price covers is left out. With the name of a discount of the book, each price is less that discount (X-07).
 */
export const buildListings = (
  catalog: CatalogSource,
  book: PriceBook,
  discount?: string,
): E.Either<readonly [PlanId, ...PlanId[]], readonly Listing[]> => {
  const source = withEditions(catalog);
  const shop: Shop = discount === undefined ? { source, book } : { source, book, discount };
  // The catalog's own plans first, then its editions, each in the order in which they were written.
  const ids = [...new Set([...Object.keys(catalog.plans), ...Object.keys(source.plans)])];
  const priceless: PlanId[] = [];
  const listings = ids.flatMap((id): readonly Listing[] => {
    const plan = source.plans[id];
    const price = priceOf(source, book, id);
    if (plan === undefined || price === undefined) {
      // An edition is priced by the plans; one that none of them covers is not for sale yet.
      if (Object.hasOwn(catalog.plans, id)) priceless.push(id);
      return [];
    }
    const markets = variants.filter(({ plans }) => plans.includes(id));
    return [listingOf(shop, id, plan, price), ...markets.map((variant) => listingOf(shop, id, plan, price, variant))];
  });
  const [first, ...rest] = priceless;
  return first === undefined ? E.right(listings) : E.left([first, ...rest]);
};

const presentationOf = (id: PlanId, plan: Plan): Presentation => {
  const own = Object.hasOwn(presentations, id) ? presentations[id] : undefined;
  if (own !== undefined) return own;
  const edition = editions.find(({ plan_id }) => plan_id === id);
  const title = edition?.title ?? plan.title;
  return {
    name: `TAI ${title}`,
    tagline: edition === undefined ? plan.title : `${title}, and the verification of every receipt.`,
    recommended_for: edition?.recommended_for ?? 'who needs exactly this',
  };
};

interface Shop {
  readonly source: CatalogSource;
  readonly book: PriceBook;
  readonly discount?: string;
}

const listingOf = (shop: Shop, id: PlanId, plan: Plan, full: Price, variant?: Variant): Listing => {
  const { source, book } = shop;
  const { price, discount } = lessDiscount(shop, full);
  const { name, tagline, recommended_for } = presentationOf(id, plan);
  const packs = source.packs.filter((pack) => plan.packs.includes(pack.pack_id));
  const entitlement = { plan_id: id, sku_id: plan.sku_id, enabled_packs: plan.packs, iam_roles: plan.iam_roles };
  return {
    listing_id: variant === undefined ? id : `${id}_${variant.id}`,
    name: variant === undefined ? name : `${name}, for ${variant.market}`,
    sku_id: plan.sku_id,
    plan_id: id,
    variant: variant?.id ?? 'standard',
    tagline,
    recommended_for: variant?.recommended_for ?? recommended_for,
    price: {
      book: book.id,
      currency: book.currency,
      minor: price.minor,
      period: 'month',
      from: price.from === true,
      text: `${priceText(book, price)} a month${discount === undefined ? '' : `, ${discount.percent} % less ${discount.means}`}`,
      ...(discount === undefined ? {} : { discount }),
    },
    packs: packs.map(({ pack_id, version, description }) => ({ pack_id, version, description })),
    tools: packs.flatMap(({ tools }) => tools.map(({ tool, title }) => ({ tool, title }))),
    roles: plan.iam_roles,
    approvals_per_action: plan.quota,
    notices: [...NOTICES, ...(variant === undefined ? [] : ['The same plan, SKU and price as the standard listing.'])],
    entitlement,
    catalog: source.catalog,
  };
};

const lessDiscount = (
  { book, discount: name }: Shop,
  price: Price,
): { readonly price: Price; readonly discount?: NonNullable<Listing['price']['discount']> } => {
  const less = name === undefined ? undefined : discounted(book, price, name);
  const known = name === undefined || less === undefined ? undefined : book.discounts?.[name];
  return name === undefined || less === undefined || known === undefined
    ? { price }
    : { price: less, discount: { name, ...known } };
};
