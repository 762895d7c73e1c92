/** What release_guard looks at, and what it remembers. */
import type { Cell, LedgerFact, ObservedFact, Type } from '@tai-autonomics/core/author';

/** What a publication or a deployment looks at may be a minute old. */
const MAX_AGE_MS = 60_000;
const BOOLEAN: Type = { type: 'boolean' };
const DIGEST: Type = { type: 'string', maxLength: 64 };
/** A tag: once it was reverted from it stands in clear. */
export const RELEASE: Type = { type: 'string', maxLength: 100, form: 'id' };
/** What the ledger says of a release: rollback_guard's cell, for what was rolled back from is not deployed either. */
const STANDINGS: Type = { type: 'enum', values: ['none', 'withdrawn', 'restored'] };
const STATUS: Type = {
  type: 'enum',
  values: ['none', 'running', 'success', 'failed', 'timeout', 'memory_exceeded', 'unknown'],
};

const seenBy =
  (source: string, detector: string) =>
  (means: string, type: Type): ObservedFact => ({
    means,
    type,
    origin: 'observed',
    sources: [source],
    maxAgeMs: MAX_AGE_MS,
    detector,
  });
const ofListing = seenBy('listing', 'listing_document@1');
const ofRelease = seenBy('desired_state', 'desired_state@2');

const status = (cell: string, means: string): LedgerFact => ({
  means,
  type: STATUS,
  origin: 'ledger',
  cell,
  key: [{ fact: 'resource_ref' }],
  otherwise: 'none',
});

export const releaseFacts: Readonly<Record<string, ObservedFact | LedgerFact>> = {
  listing_valid: ofListing('whether the document is a listing, and the one that this resource publishes', BOOLEAN),
  listing_sold: ofListing('whether its SKU, packs and roles are those of the plan that it sells', BOOLEAN),
  listing_digest: ofListing('the digest of the document', DIGEST),
  published_listing: ofListing('the digest of the document that is published now; `none` where none is', DIGEST),
  desired_state_clean: ofRelease('whether the worktree of the desired state holds exactly its newest commit', BOOLEAN),
  desired_state_head: ofRelease('the newest commit of the desired state', DIGEST),
  desired_release: ofRelease('the release that the desired state names now', RELEASE),
  releases: ofRelease('the releases that exist as tags, at most the 100 newest', { type: 'set' }),
  newest_release: ofRelease('the newest release that exists as a tag', RELEASE),
  release_revertible: ofRelease('whether the newest commit changed the release, and nothing else', BOOLEAN),
  previous_release: ofRelease('the release before the newest commit; nothing unless that can be reverted', RELEASE),
  named_release_standing: {
    means: 'whether the release that is named was reverted or rolled back from, and whether it is good again',
    type: STANDINGS,
    origin: 'ledger',
    cell: 'release_standing',
    key: [{ fact: 'resource_ref' }, { fact: 'argument.release' }],
    otherwise: 'none',
  },
  previous_release_standing: {
    means:
      'whether the release before the newest deployment was reverted or rolled back from, and whether it is good again',
    type: STANDINGS,
    origin: 'ledger',
    cell: 'release_standing',
    key: [{ fact: 'resource_ref' }, { fact: 'previous_release' }],
    otherwise: 'none',
  },
  publish_status: status('publish_status', 'how the last publication or withdrawal of the resource ended'),
  deploy_status: status('deploy_status', 'how the last deployment or reversion of the resource ended'),
};

export const releaseCells: Readonly<Record<string, Cell>> = {
  publish_status: {
    means: 'how the last publication or withdrawal of a resource ended',
    key: ['resource'],
    type: STATUS,
  },
  deploy_status: { means: 'how the last deployment or reversion of a resource ended', key: ['resource'], type: STATUS },
};
