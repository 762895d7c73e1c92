/** Listings: sees the document of one and what is published in its place; publishes exactly what was seen, and withdraws it. */
import { lstat } from 'node:fs/promises';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Handler, HandlerCall, Observer, TenantResource } from '../ports.ts';
import { readJsonFile } from './json-file.ts';
import { directoryMarketplace, isListingId, type ListingText, listingText, type Marketplace } from './marketplace.ts';
import { type Places, registeredFor } from './places.ts';
import { type DetectorOptions, observerOf, seenIn } from './raw-evidence.ts';

/** Where a listing is: which one the resource publishes, the file of its document, and the directory it is published in. */
export interface ListingPlace {
  readonly listing: string;
  readonly document: string;
  readonly directory: string;
}

/** What an observer of listings is made from. */
export interface ListingObserverOptions extends DetectorOptions {
  /** `undefined`: this observer doesn't know the resource. */
  readonly place: (of: TenantResource) => ListingPlace | undefined;
  /** Where it is published; the place's directory where absent. */
  readonly marketplace?: (place: ListingPlace) => Marketplace;
  /** The plans that are sold, as rows of the catalog: a listing offers one of them. */
  readonly plans: () => Readonly<Record<string, object>>;
}

/** What was published or withdrawn, by its digest. */
export interface ListingPublished {
  readonly listing: string;
  readonly digest: string;
}

/** Whether it is a place. */
export const isListingPlace = (x: unknown): x is ListingPlace =>
  isPlainObject(x) &&
  isListingId(x['listing']) &&
  typeof x['document'] === 'string' &&
  x['document'] !== '' &&
  typeof x['directory'] === 'string' &&
  x['directory'] !== '';

/**
 * An observer of listings. A document that is missing, is no JSON or is behind a symbolic link is nothing seen; one that is no
 * listing is seen, and the detector says so.
 */
export const listingObserver = (options: ListingObserverOptions): Observer =>
  observerOf(options, options.detector.facts, async (of, signal) => {
    const observedAt = options.clock();
    const place = options.place(of);
    if (place === undefined) return E.left('no listing is registered for this resource');
    const market = options.marketplace?.(place) ?? directoryMarketplace(place.directory, options.timeoutMs);
    const published = await market.published({ tenant: of.tenant, listing: place.listing }, signal);
    if (E.isLeft(published)) return published;
    const document = await documentIn(place, signal);
    if (E.isLeft(document)) return document;
    const raw = {
      listing: place.listing,
      document: document.right,
      plans: options.plans(),
      published: published.right ?? null,
    };
    return seenIn(raw, observedAt, options);
  });

/**
 * Publishes the document of a listing in a marketplace, if it is exactly the one of this digest: a document that changed since it
 * was looked at is not published, and neither is one that names another listing.
 */
export const publishIn = async (
  market: Marketplace,
  tenant: string,
  place: Pick<ListingPlace, 'listing' | 'document'>,
  digest: unknown,
  signal: AbortSignal,
): Promise<E.Either<string, ListingPublished>> => {
  const document = await documentIn(place, signal);
  if (E.isLeft(document)) return document;
  const text: E.Either<string, ListingText> = listingText(document.right);
  if (E.isLeft(text)) return text;
  if (text.right.digest !== digest) return E.left('the document changed since it was looked at: nothing was published');
  if (!isPlainObject(document.right) || document.right['listing_id'] !== place.listing)
    return E.left('the document is that of another listing: nothing was published');
  const done = await market.publish({ tenant, listing: place.listing }, text.right, signal);
  return E.isLeft(done) ? done : E.right({ listing: place.listing, digest: text.right.digest });
};

/** The handler that publishes in a directory. Idempotent. What is thrown is the detail of a failed step. */
export const publishListing = (call: HandlerCall): Promise<ListingPublished> =>
  carriedOut(call, (place, market) => publishIn(market, call.tenant, place, call.step.with['digest'], call.signal));

/** The handler that withdraws from a directory what was looked at. Idempotent. */
export const withdrawListing = (call: HandlerCall): Promise<ListingPublished> =>
  carriedOut(call, async ({ listing }, market) => {
    const { digest } = call.step.with;
    if (typeof digest !== 'string') return E.left('what is published is not named');
    const done = await market.withdraw({ tenant: call.tenant, listing }, digest, call.signal);
    return E.isLeft(done) ? done : E.right({ listing, digest });
  });

/** The registrations of both, `publish_listing` and `withdraw_listing`, over these places (tenant → resource → place). */
export const listingHandlers = (listings: Places<ListingPlace>): readonly Handler[] => [
  { step: 'publish_listing', module: import.meta.url, export: 'publishListing', options: { listings } },
  { step: 'withdraw_listing', module: import.meta.url, export: 'withdrawListing', options: { listings } },
];

const carriedOut = async (
  call: HandlerCall,
  act: (place: ListingPlace, market: Marketplace) => Promise<E.Either<string, ListingPublished>>,
): Promise<ListingPublished> => {
  const place = registeredFor(call.options['listings'], call);
  if (!isListingPlace(place)) throw new Error('no listing is registered for this resource');
  const done = await act(place, directoryMarketplace(place.directory, call.step.limits.timeoutMs));
  if (E.isLeft(done)) throw new Error(done.left);
  return done.right;
};

/** The document, read from a file of its own: a symbolic link may lead to anybody's. */
const documentIn = async (
  { document }: Pick<ListingPlace, 'document'>,
  signal: AbortSignal,
): Promise<E.Either<string, unknown>> => {
  const isFile = await lstat(document).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (!isFile) return E.left('the document is no file');
  const json = await readJsonFile(document, signal);
  return E.isRight(json) && json.right === undefined ? E.left('there is no document') : json;
};
