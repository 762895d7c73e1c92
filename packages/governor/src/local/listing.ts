/** Listings: where each one is, its document, and what is published in its place. */
import { lstat } from 'node:fs/promises';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Observer, TenantResource } from '../ports.ts';
import { readJsonFile } from './json-file.ts';
import { directoryMarketplace, isListingId, type Marketplace } from './marketplace.ts';
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

/** The document, read from a file of its own: a symbolic link may lead to anybody's. */
export const documentIn = async (
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
