/** release_guard, used: on a real desired state and a real listing document. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  desiredStateObserver,
  type ListingPlace,
  listingObserver,
  type ReleasePlace,
} from '@tai-autonomics/governor/local';
import { listingHandlers, releaseHandlers } from '@tai-autonomics/governor/production';
import { buildListings, desiredState, library, listingDocument, priceBooks } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect } from 'vitest';
import { approvalOf, approved, named, people, SERVICE, TENANT } from '../governor/kit.ts';
import { makeRepository } from '../governor-parts/repository.ts';
import { bearing, type GuardedOptions, grant } from '../packs/guarded.ts';
import type { Office } from './office.ts';

const { owner, approver } = people();
const agent = bearing('agent', 'bot', 'read_deployment', 'write_config');
const about = { resource: SERVICE };

const offered = (): unknown => {
  const [book] = priceBooks;
  const listings = book === undefined ? E.left([]) : buildListings(library, book);
  return E.isRight(listings) ? listings.right.find(({ listing_id }) => listing_id === 'base') : undefined;
};

/** What such a tenant runs. */
export const releasing: GuardedOptions = {
  plan: 'release',
  also: (folder, clock) => {
    const { path, git } = makeRepository(folder, 'desired');
    writeFileSync(join(path, 'checkout.env'), 'RELEASE=v1.0.0\n');
    git('add', '.');
    git('commit', '--quiet', '--message', 'desired state');
    for (const tag of ['v1.0.0', 'v1.1.0']) git('tag', tag);
    const release: ReleasePlace = { repository: path, file: 'checkout.env', line: 'RELEASE={release}' };
    const listing: ListingPlace = {
      listing: 'base',
      document: join(folder, 'base'),
      directory: join(folder, 'market'),
    };
    mkdirSync(listing.directory);
    writeFileSync(listing.document, JSON.stringify(offered()));
    const looking = { timeoutMs: 20_000, clock };
    return {
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
        ...releaseHandlers({ [TENANT]: { [SERVICE]: release } }),
        ...listingHandlers({ [TENANT]: { [SERVICE]: listing } }),
      ],
    };
  },
};

/** The whole tour. */
export const tourReleases = async (office: Office): Promise<void> => {
  const { call, ask, submit, setting } = office;
  await grant(office, agent);
  expect(await ask(owner, 'grant_relation', { subject: named(approver), relation: 'approver' })).toBe('approve');
  const acts = async (tool: string, action: string, args: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    const refused = await submit(agent, action, args);
    approved(await setting.governor.submit(approver, approvalOf(refused, setting.clock.now + 3_600_000)));
    expect(await call(agent, tool, { ...about, ...args })).toMatchObject({ outcome: 'approved', status: 'success' });
  };
  expect((await call(agent, 'listing_status', about)).found).toMatchObject({
    listing_valid: true,
    listing_sold: true,
    published_listing: 'none',
  });
  await acts('listing_publisher', 'publish_listing');
  await acts('listing_withdrawal', 'withdraw_listing');
  expect((await call(agent, 'release_status', about)).found).toMatchObject({ newest_release: 'v1.1.0' });
  await acts('release_deployer', 'deploy_release', { release: 'v1.1.0' });
  expect((await call(agent, 'release_status', about)).found).toMatchObject({ desired_release: 'v1.1.0' });
  await acts('release_reverter', 'revert_release');
};
