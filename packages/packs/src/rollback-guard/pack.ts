/** rollback_guard 1.1.0: rollback orchestration behind safety gates (P-21 to P-26, C-17 to C-20). */

import type { Pack } from '@tai-autonomics/core';
import type { Action, ResultSchema, Status, Term, Write } from '@tai-autonomics/core/author';
import { asRemedy } from '../incident/remedy.ts';
import { internal } from '../platform/action.ts';
import { approvalUsedUp, askFor, notDeniedToMe } from '../platform/approvals.ts';
import { handlerSays, members, previewed, word } from '../result.ts';
import { restorationActions, restorationFacts } from './restoration.ts';

/** What a rollback looks at may be a minute old. */
const MAX_AGE_MS = 60_000;
const STATUS_WORDS = ['none', 'running', 'success', 'failed', 'timeout', 'memory_exceeded', 'unknown'] as const;
/** A deployment is in one of them; where both speak of it, they have to agree. The evidence names its detector. */
const SOURCES = ['git', 'kubernetes'] as const;
/** A tag, or the name of a ReplicaSet: once it was rolled back from it stands in clear. */
const RELEASE = { type: 'string', maxLength: 100, form: 'id' } as const;
const statusCell = (status: string): Write => ({
  cell: 'rollback_status',
  key: [{ fact: 'resource_ref' }],
  change: { set: status },
});
/** What the ledger says of a release of a resource. */
const STANDINGS = ['none', 'withdrawn', 'restored'] as const;
const standing = (release: Term, to: (typeof STANDINGS)[number]): Write => ({
  cell: 'release_standing',
  key: [{ fact: 'resource_ref' }, release],
  change: { set: to },
});
/** A rollback that may have happened takes the release out of service: it is no target any more. */
const ended = (emits: string, status: Status): { readonly emits: string; readonly writes: readonly Write[] } => ({
  emits,
  writes: [statusCell(status), ...(status === 'failed' ? [] : [standing({ fact: 'deployed_version' }, 'withdrawn')])],
});

const triggerRollback: Action = asRemedy({
  means: 'rolls a deployment back to its previous release',
  who: ['agent', 'service'],
  entitlement: 'active',
  roles: ['read_deployment', 'write_rollback'],
  arguments: {},
  requires: [
    {
      code: 'deployment_not_stable',
      means: 'the deployment is stable: exactly a release, without uncommitted changes',
      when: { fact: 'deployment_stable', is: true },
      remedy: { by: 'world' },
    },
    {
      code: 'rollback_target_unknown',
      means: 'there is a previous release to roll back to',
      when: { fact: 'rollback_target_known', is: true },
      remedy: { by: 'world' },
    },
    {
      code: 'rollback_target_withdrawn',
      means: 'the release to roll back to was not itself rolled back from, or is good again',
      when: { fact: 'rollback_target_standing', oneOf: ['none', 'restored'] },
      remedy: {
        by: 'authority',
        who: { type: 'user', relation: 'owner' },
        submit: { action: 'restore_release', arguments: { release: { fact: 'rollback_target_version' } } },
      },
    },
    {
      code: 'rollback_policy_not_approved',
      means: 'somebody else approved exactly this rollback',
      when: { fact: 'approved_for', is: { fact: 'subject' } },
      remedy: askFor('approve_action', 'approver'),
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
      remedy: askFor('approve_action', 'approver'),
    },
  ],
  emits: { approve: 'rollback_approved', refuse: 'rollback_refused' },
  writes: [...approvalUsedUp, statusCell('running')],
  does: {
    effect: 'external',
    step: 'rollback',
    with: { target_version: { fact: 'rollback_target_version' } },
    verify: {
      all: [
        { fact: 'deployed_version', is: { fact: 'step.target_version' } },
        { fact: 'deployment_stable', is: true },
      ],
    },
    idempotent: true,
    begins: 'rollback_initiated',
    after: {
      success: ended('rollback_completed', 'success'),
      failed: ended('action_executed', 'failed'),
      timeout: ended('rollback_timeout', 'timeout'),
      memory_exceeded: ended('action_executed', 'memory_exceeded'),
      unknown: ended('action_executed', 'unknown'),
    },
  },
  returns: handlerSays,
});

const read = (
  means: string,
  step: string,
  terms: Extract<Action['does'], { effect: 'read' }>['with'],
  returns: ResultSchema,
): Action => ({
  means,
  who: ['agent', 'user', 'service'],
  entitlement: 'active',
  roles: ['read_deployment'],
  arguments: {},
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: { effect: 'read', step, with: terms },
  returns,
});

/** A release that was mended where it is: its owner says so, with a receipt. A rollback from it takes it out of service again. */
const restoreRelease: Action = {
  ...internal({
    means: 'says that a release that was rolled back from is good again, and may be rolled back to',
    who: ['user'],
    relation: 'owner',
    arguments: {
      release: { means: 'the release, as its tag or its ReplicaSet is called', type: RELEASE },
    },
    requires: [],
    emits: { approve: 'release_restored', refuse: 'action_refused' },
    writes: [standing({ fact: 'argument.release' }, 'restored')],
  }),
  entitlement: 'active',
};

/** The pack rollback_guard 1.1.0. */
export const rollbackGuard: Pack = {
  pack_id: 'rollback_guard',
  version: '1.1.0',
  description: 'Rolls deployments back, behind safety gates.',
  tools: [
    {
      tool: 'rollback_orchestrator',
      title: 'Roll a deployment back',
      description:
        'Rolls the deployment of a service back to its previous release. Use it when a release has to be undone. It is refused, with the next lawful step for each reason, unless the deployment is stable, a previous release exists and somebody else approved exactly this rollback.',
      actions: ['trigger_rollback'],
    },
    {
      tool: 'deployment_validator',
      title: 'Preview a rollback',
      description:
        'Says whether a rollback of the service would be approved now, with all reasons and next lawful steps. Never acts.',
      actions: ['validate_rollback_safety'],
    },
    {
      tool: 'configuration_restorer',
      title: 'Restore configuration',
      description:
        'Puts configuration that was changed by hand back to its commit; what was changed is kept aside. It is refused unless the incident that it is the remedy of was checked, and the owner allows restorations.',
      actions: ['restore_configuration'],
    },
    {
      tool: 'rollback_status',
      title: 'Show the last rollback',
      description: 'Shows how the last rollback of the service ended, from the receipts. Never acts.',
      actions: ['check_rollback_status'],
    },
  ],
  signals: ['rollback_initiated', 'rollback_approved', 'rollback_refused', 'rollback_completed'],
  facts: {
    ...restorationFacts,
    deployment_stable: {
      means: 'whether the deployment is exactly a release, without uncommitted changes',
      type: { type: 'boolean' },
      origin: 'observed',
      sources: SOURCES,
      maxAgeMs: MAX_AGE_MS,
    },
    deployed_version: {
      means: 'the release that is deployed',
      type: RELEASE,
      origin: 'observed',
      sources: SOURCES,
      maxAgeMs: MAX_AGE_MS,
    },
    rollback_target_known: {
      means: 'whether there is a release before the deployed one',
      type: { type: 'boolean' },
      origin: 'observed',
      sources: SOURCES,
      maxAgeMs: MAX_AGE_MS,
    },
    rollback_target_version: {
      means: 'the release before the deployed one',
      type: RELEASE,
      origin: 'observed',
      sources: SOURCES,
      maxAgeMs: MAX_AGE_MS,
    },
    rollback_target_standing: {
      means: 'whether the release to roll back to was itself rolled back from, and whether it is good again',
      type: { type: 'enum', values: STANDINGS },
      origin: 'ledger',
      cell: 'release_standing',
      key: [{ fact: 'resource_ref' }, { fact: 'rollback_target_version' }],
      otherwise: 'none',
    },
    rollback_status: {
      means: 'how the last rollback of the resource ended',
      type: { type: 'enum', values: STATUS_WORDS },
      origin: 'ledger',
      cell: 'rollback_status',
      key: [{ fact: 'resource_ref' }],
      otherwise: 'none',
    },
  },
  cells: {
    restoration_allowed: {
      means: 'whether configuration of a resource may be restored without asking again',
      key: ['resource'],
      type: { type: 'boolean' },
    },
    rollback_status: {
      means: 'how the last rollback of a resource ended',
      key: ['resource'],
      type: { type: 'enum', values: STATUS_WORDS },
    },
    release_standing: {
      means: 'whether a release of a resource was rolled back from, and whether it is good again',
      key: ['resource', 'release'],
      type: { type: 'enum', values: STANDINGS },
    },
  },
  actions: {
    trigger_rollback: triggerRollback,
    restore_release: restoreRelease,
    ...restorationActions,
    validate_rollback_safety: read('previews a rollback', 'preview', { action: 'trigger_rollback' }, previewed),
    check_rollback_status: read(
      'shows how the last rollback ended',
      'show',
      { status: { fact: 'rollback_status' } },
      members({ status: word('how it ended', ...STATUS_WORDS) }),
    ),
  },
  codes: {
    deployment_not_stable: 'the deployment is not exactly a release, or has uncommitted changes',
    rollback_target_unknown: 'there is no previous release to roll back to',
    rollback_target_withdrawn: 'the release to roll back to was itself rolled back from',
    no_configuration_drift: 'the configuration is exactly its commit',
    restoration_not_allowed: 'the owner does not allow that configuration of this resource is restored',
    rollback_policy_not_approved: 'nobody else approved exactly this rollback',
  },
  required_iam_roles: ['read_deployment', 'write_rollback', 'read_audit_trail'],
  incompatible_with: [],
  requires: ['receipt_verifier'],
  receipt_events: [
    'rollback_initiated',
    'rollback_approved',
    'rollback_refused',
    'rollback_completed',
    'rollback_timeout',
    'release_restored',
    'restoration_approved',
    'restoration_allowance_set',
    'configuration_restored',
  ],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 300_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};
