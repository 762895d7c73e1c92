/** What release_guard acts on: a real repository with a desired state, a real document of a listing, a folder for a market. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Handler, Observer } from '@tai-autonomics/governor';
import {
  desiredStateObserver,
  type ListingPlace,
  listingObserver,
  type ReleasePlace,
} from '@tai-autonomics/governor/local';
import { listingHandlers, releaseHandlers } from '@tai-autonomics/governor/production';
import { buildListings, desiredState, type Listing, library, listingDocument, priceBooks } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { TENANT } from '../governor/kit.ts';
import { makeRepository, type Repository } from '../governor-parts/repository.ts';

/** The listing of a plan as the newest price book has it. */
export const listingOf = (plan: string): Listing | undefined => {
  const [book] = priceBooks;
  const listings = book === undefined ? E.left([]) : buildListings(library, book);
  return E.isRight(listings) ? listings.right.find(({ listing_id }) => listing_id === plan) : undefined;
};

export interface Releasing extends Repository {
  readonly listing: ListingPlace;
  readonly observers: readonly Observer[];
  readonly handlers: readonly Handler[];
  /** Puts another document of the listing in place. */
  offer(document: unknown): void;
}

/** The release `release` and the listing `sold` of a plan, under the names that the tenant gives them. */
export const makeReleasing = (
  folder: string,
  clock: Clock,
  names: { readonly release: string; readonly listing: string; readonly plan: string },
): Releasing => {
  const repository = makeRepository(folder, 'desired');
  const { path, git } = repository;
  writeFileSync(join(path, 'checkout.env'), 'REGION=eu\nRELEASE=v1.0.0\n');
  git('add', '.');
  git('commit', '--quiet', '--message', 'desired state');
  for (const tag of ['v1.0.0', 'v1.1.0']) git('tag', tag);
  const release: ReleasePlace = { repository: path, file: 'checkout.env', line: 'RELEASE={release}' };
  const listing: ListingPlace = {
    listing: names.plan,
    document: join(folder, `${names.plan}.json`),
    directory: join(folder, 'market'),
  };
  mkdirSync(listing.directory);
  const offer = (document: unknown): void => writeFileSync(listing.document, JSON.stringify(document));
  offer(listingOf(names.plan));
  const looking = { timeoutMs: 20_000, clock };
  return {
    ...repository,
    listing,
    offer,
    observers: [
      desiredStateObserver({ ...looking, source: 'desired_state', detector: desiredState, place: () => release }),
      listingObserver({
        ...looking,
        source: 'listing',
        detector: listingDocument,
        place: () => listing,
        plans: () => library.plans,
      }),
    ],
    handlers: [
      ...releaseHandlers({ [TENANT]: { [names.release]: release } }),
      ...listingHandlers({ [TENANT]: { [names.listing]: listing } }),
    ],
  };
};
