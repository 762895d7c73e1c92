/** release_guard 1.0.0: marketplace listings and releases, published and deployed behind gates (M-02, M-03, M-10, M-11). */
import type { Pack } from '@tai-autonomics/core';
import { releaseActions } from './actions.ts';
import { releaseCells, releaseFacts } from './facts.ts';

/** The pack release_guard 1.0.0. */
export const releaseGuard: Pack = {
  pack_id: 'release_guard',
  version: '1.0.0',
  description: 'Publishes marketplace listings and deploys releases, behind gates.',
  tools: [
    {
      tool: 'listing_publisher',
      title: 'Publish a listing',
      description:
        'Publishes the marketplace listing of the resource. It is refused, with the next lawful step for each reason, unless the document is valid, what it sells is what the plan sells, and somebody else approved exactly this document. If the document changes in between, nothing is published. Contractual: never approved in an evaluation.',
      actions: ['publish_listing'],
    },
    {
      tool: 'listing_withdrawal',
      title: 'Withdraw a listing',
      description:
        'Withdraws the marketplace listing of the resource that is published now, once somebody else approved exactly that. Contractual: never approved in an evaluation.',
      actions: ['withdraw_listing'],
    },
    {
      tool: 'listing_status',
      title: 'Show a listing',
      description:
        'Shows whether the listing of the resource may be published, the digests of the document and of what is published, and how the last publication ended. Never acts.',
      actions: ['check_listing'],
    },
    {
      tool: 'release_deployer',
      title: 'Deploy a release',
      description:
        'Deploys the release of the service that you name, by one commit to its desired state. It is refused, with the next lawful step for each reason, unless that release exists as a tag, was not reverted or rolled back from, and is not deployed yet, the desired state is clean, and somebody else approved exactly this release onto exactly this commit. If the desired state moves in between, nothing is written. Contractual: never approved in an evaluation.',
      actions: ['deploy_release'],
    },
    {
      tool: 'release_reverter',
      title: 'Undo a deployment',
      description:
        'Undoes the newest deployment of the service, by a commit that takes it back, once somebody else approved exactly that. Contractual: never approved in an evaluation.',
      actions: ['revert_release'],
    },
    {
      tool: 'release_status',
      title: 'Show the desired release',
      description:
        'Shows the release that the desired state of the service names, which releases there are, and how the last deployment ended. Never acts.',
      actions: ['check_release'],
    },
  ],
  signals: ['listing_published', 'listing_withdrawn', 'release_deployed', 'release_reverted'],
  facts: releaseFacts,
  cells: releaseCells,
  actions: releaseActions,
  codes: {
    listing_invalid: 'the document is no listing, or not the one that this resource publishes',
    listing_not_sold: 'its SKU, packs or roles are not those of the plan that it names, or there is no such plan',
    listing_not_published: 'no listing of this resource is published',
    desired_state_not_clean: 'the worktree of the desired state differs from its newest commit',
    release_unknown: 'the release that is named is none of the 100 newest that exist as tags',
    release_withdrawn: 'the release that is named was reverted or rolled back from',
    release_before_withdrawn: 'the release before the newest deployment was reverted or rolled back from',
    release_deployed: 'the desired state names that release already',
    nothing_to_revert: 'the newest commit of the desired state is no deployment',
    release_not_approved: 'nobody else approved exactly this',
  },
  required_iam_roles: ['read_deployment', 'write_config', 'read_audit_trail'],
  incompatible_with: [],
  requires: ['receipt_verifier'],
  receipt_events: [
    'publication_approved',
    'listing_published',
    'listing_withdrawn',
    'deployment_approved',
    'release_deployed',
    'release_reverted',
  ],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 120_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};
