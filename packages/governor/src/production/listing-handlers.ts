/** Publishes a listing exactly as it was seen, and withdraws what is published. */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { documentIn, isListingPlace, type ListingPlace } from '../local/listing.ts';
import { directoryMarketplace, type ListingText, listingText, type Marketplace } from '../local/marketplace.ts';
import { type Places, registeredFor } from '../local/places.ts';
import type { Handler, HandlerCall } from '../ports.ts';

/** What was published or withdrawn, by its digest. */
export interface ListingPublished {
  readonly listing: string;
  readonly digest: string;
}

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
