/**
 * What release_guard does: it publishes and withdraws listings, deploys and reverts releases. Each binds the tenant, so each is
 * contractual: an evaluation approves none of them, whatever holds (M-02, M-03, M-10, M-11).
 */
import type { Action, Requirement, ResultSchema, RunsStep, Status, Write } from '@tai-autonomics/core/author';
import { approvalUsedUp, askFor, notDeniedToMe } from '../platform/approvals.ts';
import { flag, handlerSays, listOf, members, text, word } from '../result.ts';
import { RELEASE } from './facts.ts';

const approveIt = askFor('approve_action', 'approver');

/** Somebody else approved exactly this: the binding covers everything that the step is given. */
const approvedBySomebodyElse: readonly Requirement[] = [
  {
    code: 'release_not_approved',
    means: 'somebody else approved exactly this',
    when: { fact: 'approved_for', is: { fact: 'subject' } },
    remedy: approveIt,
  },
  notDeniedToMe,
  {
    code: 'approval_expired',
    means: 'the approval has not expired',
    when: {
      any: [
        { not: { fact: 'approved_for', is: { fact: 'subject' } } },
        { fact: 'approval_expires_at', after: { fact: 'at' } },
      ],
    },
    remedy: approveIt,
  },
];

const listingValid: Requirement = {
  code: 'listing_invalid',
  means: 'the document is a listing, and the one that this resource publishes',
  when: { fact: 'listing_valid', is: true },
  remedy: { by: 'world' },
};
const listingSold: Requirement = {
  code: 'listing_not_sold',
  means: 'its SKU, packs and roles are those of the plan that it sells',
  when: { fact: 'listing_sold', is: true },
  remedy: { by: 'world' },
};
const listingPublished: Requirement = {
  code: 'listing_not_published',
  means: 'a listing of this resource is published',
  when: { not: { fact: 'published_listing', is: 'none' } },
  remedy: { by: 'world', action: 'publish_listing' },
};
const stateClean: Requirement = {
  code: 'desired_state_not_clean',
  means: 'the worktree of the desired state holds exactly its newest commit',
  when: { fact: 'desired_state_clean', is: true },
  remedy: { by: 'world' },
};
const nameAnother = { by: 'request', argument: 'release' } as const;
const releaseExists: Requirement = {
  code: 'release_unknown',
  means: 'it exists as a tag, among the 100 newest releases',
  // The newest is one of them: said by itself, so that there is always one to name.
  when: {
    any: [
      { fact: 'argument.release', is: { fact: 'newest_release' } },
      { fact: 'releases', contains: { fact: 'argument.release' } },
    ],
  },
  remedy: nameAnother,
};
/** The ledger keeps it, whatever the repository says: a bad release doesn't come back by its name. */
const releaseStands: Requirement = {
  code: 'release_withdrawn',
  means: 'it was not reverted or rolled back from, or is good again',
  when: { fact: 'named_release_standing', oneOf: ['none', 'restored'] },
  remedy: nameAnother,
};
const releaseNew: Requirement = {
  code: 'release_deployed',
  means: 'the desired state names another release now',
  when: { not: { fact: 'argument.release', is: { fact: 'desired_release' } } },
  remedy: nameAnother,
};
const releaseRevertible: Requirement = {
  code: 'nothing_to_revert',
  means: 'the newest commit changed the release, and nothing else',
  when: { fact: 'release_revertible', is: true },
  remedy: { by: 'world', action: 'deploy_release' },
};
/** What a reversion puts back must be good too: a deployment of a good release, by its name, is the way on. */
const releaseBeforeStands: Requirement = {
  code: 'release_before_withdrawn',
  means: 'the release before was not reverted or rolled back from, or is good again',
  when: { fact: 'previous_release_standing', oneOf: ['none', 'restored'] },
  remedy: { by: 'world', action: 'deploy_release' },
};

type Binding = Pick<Action, 'means' | 'arguments' | 'requires'> & {
  readonly does: Pick<RunsStep, 'step' | 'with' | 'verify'>;
  readonly cell: 'publish_status' | 'deploy_status';
  readonly events: { readonly approve: string; readonly done: string };
  /** What an outcome writes beside its status, unless it failed: then nothing was done. */
  readonly writes?: readonly Write[];
};

/** An action that binds the tenant, once it is approved by somebody else. */
const binding = ({ cell, events, does, requires, writes = [], ...what }: Binding): Action => {
  const statusIs = (status: string): Write => ({ cell, key: [{ fact: 'resource_ref' }], change: { set: status } });
  const ended = (emits: string, status: Status): RunsStep['after']['success'] => ({
    emits,
    writes: [statusIs(status), ...(status === 'failed' ? [] : writes)],
  });
  return {
    ...what,
    who: ['agent', 'service'],
    entitlement: 'active',
    roles: ['read_deployment', 'write_config'],
    requires: [...requires, ...approvedBySomebodyElse],
    emits: { approve: events.approve, refuse: 'action_refused' },
    writes: [...approvalUsedUp, statusIs('running')],
    does: {
      effect: 'contractual',
      ...does,
      idempotent: true,
      begins: 'action_begun',
      after: {
        success: ended(events.done, 'success'),
        failed: ended('action_executed', 'failed'),
        timeout: ended('action_executed', 'timeout'),
        memory_exceeded: ended('action_executed', 'memory_exceeded'),
        unknown: ended('action_executed', 'unknown'),
      },
    },
    returns: handlerSays,
  };
};

const look = (means: string, facts: readonly string[], returns: ResultSchema): Action => ({
  means,
  who: ['agent', 'user', 'service'],
  entitlement: 'active',
  roles: ['read_deployment'],
  arguments: {},
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: { effect: 'read', step: 'show', with: Object.fromEntries(facts.map((fact) => [fact, { fact }])) },
  returns,
});

const STATUS_WORDS = ['none', 'running', 'success', 'failed', 'timeout', 'memory_exceeded', 'unknown'] as const;

export const releaseActions: Readonly<Record<string, Action>> = {
  publish_listing: binding({
    means: 'publishes a marketplace listing',
    arguments: {},
    requires: [listingValid, listingSold],
    does: {
      step: 'publish_listing',
      with: { digest: { fact: 'listing_digest' } },
      verify: { fact: 'published_listing', is: { fact: 'step.digest' } },
    },
    cell: 'publish_status',
    events: { approve: 'publication_approved', done: 'listing_published' },
  }),
  withdraw_listing: binding({
    means: 'withdraws a marketplace listing that is published',
    arguments: {},
    requires: [listingPublished],
    does: {
      step: 'withdraw_listing',
      with: { digest: { fact: 'published_listing' } },
      verify: { fact: 'published_listing', is: 'none' },
    },
    cell: 'publish_status',
    events: { approve: 'publication_approved', done: 'listing_withdrawn' },
  }),
  deploy_release: binding({
    means: 'deploys a release that is named, by a commit to the desired state that names it',
    arguments: { release: { means: 'the release, as its tag is called', type: RELEASE } },
    requires: [stateClean, releaseExists, releaseStands, releaseNew],
    does: {
      step: 'deploy_release',
      // The binding covers the commit too: a desired state that moved needs another approval.
      with: { release: { fact: 'argument.release' }, from: { fact: 'desired_state_head' } },
      verify: {
        all: [
          { fact: 'desired_release', is: { fact: 'step.release' } },
          { fact: 'desired_state_clean', is: true },
        ],
      },
    },
    cell: 'deploy_status',
    events: { approve: 'deployment_approved', done: 'release_deployed' },
  }),
  revert_release: binding({
    means: 'undoes the newest deployment, by a commit to the desired state that takes it back',
    arguments: {},
    requires: [stateClean, releaseRevertible, releaseBeforeStands],
    does: {
      step: 'revert_release',
      with: { release: { fact: 'previous_release' }, from: { fact: 'desired_state_head' } },
      verify: {
        all: [
          { fact: 'desired_release', is: { fact: 'step.release' } },
          { fact: 'desired_state_clean', is: true },
        ],
      },
    },
    cell: 'deploy_status',
    events: { approve: 'deployment_approved', done: 'release_reverted' },
    writes: [
      {
        cell: 'release_standing',
        key: [{ fact: 'resource_ref' }, { fact: 'desired_release' }],
        change: { set: 'withdrawn' },
      },
    ],
  }),
  check_listing: look(
    'shows a listing: whether it may be published, and what is published',
    ['listing_valid', 'listing_sold', 'listing_digest', 'published_listing', 'publish_status'],
    members({
      listing_valid: flag('whether the document is a listing, and the one that this resource publishes'),
      listing_sold: flag('whether its SKU, packs and roles are those of the plan that it sells'),
      listing_digest: text('the digest of the document'),
      published_listing: text('the digest of what is published now, or none'),
      publish_status: word('how the last publication or withdrawal ended', ...STATUS_WORDS),
    }),
  ),
  check_release: look(
    'shows which release the desired state names, and which there are',
    ['desired_release', 'newest_release', 'releases', 'desired_state_clean', 'desired_state_head', 'deploy_status'],
    members({
      desired_release: text('the release that the desired state names now'),
      desired_state_clean: flag('whether the worktree holds exactly its newest commit'),
      desired_state_head: text('the newest commit'),
      newest_release: text('the newest release that exists as a tag'),
      releases: listOf(text('a release'), 'the releases that exist as tags, at most the 100 newest'),
      deploy_status: word('how the last deployment or reversion ended', ...STATUS_WORDS),
    }),
  ),
};
