/** Configuration that was changed by hand is put back to its commit: the remedy of a drift, in an incident that was checked (D-45). */
import type { Action, LedgerFact, ObservedFact, RunsStep, Status } from '@tai-autonomics/core/author';
import { aboutItsResource, isIn, mustBe } from '../incident/machine.ts';
import { asRemedy } from '../incident/remedy.ts';
import { internal } from '../platform/action.ts';
import { handlerSays } from '../result.ts';

/** What a restoration looks at may be a minute old. */
const MAX_AGE_MS = 60_000;
const ofConfiguration = (means: string, type: ObservedFact['type']): ObservedFact => ({
  means,
  type,
  origin: 'observed',
  sources: ['configuration'],
  maxAgeMs: MAX_AGE_MS,
  detector: 'git_configuration@1',
});

export const restorationFacts: Readonly<Record<string, ObservedFact | LedgerFact>> = {
  configuration_drifted: ofConfiguration('whether configuration differs from its commit', { type: 'boolean' }),
  configuration_commit: ofConfiguration('the commit that the configuration should be', {
    type: 'string',
    maxLength: 64,
  }),
  configuration_drift: ofConfiguration('the digest of exactly what differs', { type: 'string', maxLength: 64 }),
  restoration_allowed: {
    means: 'whether configuration of the resource may be restored without asking again',
    type: { type: 'boolean' },
    origin: 'ledger',
    cell: 'restoration_allowed',
    key: [{ fact: 'resource_ref' }],
    otherwise: false,
  },
};

const ended = (emits: string): RunsStep['after'][Status] => ({ emits, writes: [] });

const restoreConfiguration: Action = {
  ...asRemedy({
    means: 'puts configuration that was changed by hand back to its commit, and keeps what was changed aside',
    who: ['agent', 'service'],
    entitlement: 'active',
    roles: ['read_deployment', 'write_rollback'],
    arguments: {},
    requires: [
      mustBe('incident_not_checked', 'the incident was checked', isIn('checked'), 'check_incident'),
      aboutItsResource,
      mustBe(
        'incident_not_checked',
        'its recipe is carried out by this',
        { fact: 'incident_remedy', is: 'restore_configuration' },
        'check_incident',
      ),
      {
        code: 'no_configuration_drift',
        means: 'the configuration differs from its commit',
        when: { fact: 'configuration_drifted', is: true },
        remedy: { by: 'world' },
      },
      {
        code: 'restoration_not_allowed',
        means: 'the owner allows that configuration of this resource is restored',
        when: { fact: 'restoration_allowed', is: true },
        remedy: {
          by: 'authority',
          who: { type: 'user', relation: 'owner' },
          submit: { action: 'allow_restoration', arguments: { allowed: true } },
        },
      },
    ],
    emits: { approve: 'restoration_approved', refuse: 'action_refused' },
    writes: [],
    does: {
      effect: 'external',
      step: 'restore_configuration',
      with: { drift: { fact: 'configuration_drift' }, commit: { fact: 'configuration_commit' } },
      verify: {
        all: [
          { fact: 'configuration_drifted', is: false },
          { fact: 'configuration_commit', is: { fact: 'step.commit' } },
        ],
      },
      idempotent: true,
      begins: 'action_begun',
      after: {
        success: ended('configuration_restored'),
        failed: ended('action_executed'),
        timeout: ended('action_executed'),
        memory_exceeded: ended('action_executed'),
        unknown: ended('action_executed'),
      },
    },
    returns: handlerSays,
  }),
};

const allowRestoration: Action = {
  ...internal({
    means: 'says whether configuration of a resource may be restored without asking again',
    who: ['user'],
    relation: 'owner',
    arguments: { allowed: { means: 'whether it may', type: { type: 'boolean' } } },
    requires: [],
    emits: { approve: 'restoration_allowance_set', refuse: 'action_refused' },
    writes: [
      {
        cell: 'restoration_allowed',
        key: [{ fact: 'resource_ref' }],
        change: { set: { fact: 'argument.allowed' } },
      },
    ],
  }),
  entitlement: 'active',
};

export const restorationActions: Readonly<Record<string, Action>> = {
  restore_configuration: restoreConfiguration,
  allow_restoration: allowRestoration,
};
