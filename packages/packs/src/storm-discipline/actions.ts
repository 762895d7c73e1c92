/** What storm_discipline does. Storms and throttles are of one resource each. */
import type { Action, Condition, Remedy, Requirement, RunsStep, Term, Write } from '@tai-autonomics/core/author';
import { asRemedy } from '../incident/remedy.ts';
import { internal } from '../platform/action.ts';
import { count, handlerSays, members, text, word } from '../result.ts';

const set = (cell: string, to: Term): Write => ({ cell, key: [{ fact: 'resource_ref' }], change: { set: to } });

const stormDetected: Requirement = {
  code: 'no_storm_detected',
  means: 'the request rate is a storm now',
  when: { fact: 'storm_detected', is: true },
  remedy: { by: 'world' },
};

/**
 * The storm is over by the baseline that it began with, which the ledger keeps: a series that begins inside the storm
 * shows a calm service. A storm that began before baselines were kept has none; a limit in force stands for it.
 */
const calmAgain = (...unremembered: readonly Condition[]): Condition => ({
  all: [
    { fact: 'storm_detected', is: false },
    {
      any: [
        { fact: 'request_peak', atMost: { fact: 'storm_calm_rate' } },
        { all: [{ fact: 'storm_calm_rate', is: 0 }, ...unremembered] },
      ],
    },
  ],
});

/** A policy that lets the proposal pass is the least that the owner has to decide. */
const setPolicy: Remedy = {
  by: 'authority',
  who: { type: 'user', relation: 'owner' },
  submit: {
    action: 'set_throttle_policy',
    arguments: { least: 1 },
    choose: [{ argument: 'most', from: { fact: 'throttle_proposal' } }],
  },
};

/** One step for both actions: it sets the limit of a resource, whatever it was; 0 takes the throttle away. */
const setsLimit = (limit: Term, emits: string, maybe: readonly Write[]): RunsStep => {
  const ended = (status: string, writes: readonly Write[]): RunsStep['after']['success'] => ({
    emits: status === 'success' ? emits : status === 'timeout' ? 'storm_timeout' : 'action_executed',
    writes: [...writes, set('throttle_outcome', status)],
  });
  return {
    effect: 'external',
    step: 'set_throttle',
    with: { limit },
    verify: { fact: 'active_throttle_limit', is: { fact: 'step.limit' } },
    idempotent: true,
    begins: 'action_begun',
    after: {
      success: ended('success', [set('throttle_limit', limit)]),
      failed: ended('failed', []),
      // Nobody knows whether the limit was set.
      timeout: ended('timeout', maybe),
      memory_exceeded: ended('memory_exceeded', maybe),
      unknown: ended('unknown', maybe),
    },
  };
};

const detectStorm: Action = {
  means: 'looks whether the request rate of a service is a storm',
  who: ['agent', 'user', 'service'],
  entitlement: 'active',
  roles: ['read_deployment'],
  arguments: {},
  requires: [stormDetected],
  emits: { approve: 'storm_detected', refuse: 'action_refused' },
  writes: [],
  does: {
    effect: 'read',
    step: 'show',
    with: {
      rate: { fact: 'request_rate' },
      baseline: { fact: 'request_baseline' },
      proposal: { fact: 'throttle_proposal' },
    },
  },
  returns: members({
    rate: count('requests a second now'),
    baseline: count('requests a second usually'),
    proposal: count('the throttle that follows from them'),
  }),
};

const activateThrottle: Action = asRemedy({
  means: 'throttles a service to the limit that the storm detector proposes',
  who: ['agent', 'service'],
  entitlement: 'active',
  roles: ['read_deployment', 'write_config'],
  arguments: {},
  requires: [
    stormDetected,
    {
      code: 'throttle_policy_undefined',
      means: 'the owner said which limits are allowed',
      when: { fact: 'throttle_policy_most', above: 0 },
      remedy: setPolicy,
    },
    {
      code: 'throttle_limit_outside_policy',
      means: 'the policy allows the proposed limit',
      when: {
        any: [
          { not: { fact: 'throttle_policy_most', above: 0 } },
          {
            all: [
              { fact: 'throttle_proposal', atLeast: { fact: 'throttle_policy_least' } },
              { fact: 'throttle_proposal', atMost: { fact: 'throttle_policy_most' } },
            ],
          },
        ],
      },
      remedy: setPolicy,
    },
  ],
  emits: { approve: 'action_approved', refuse: 'action_refused' },
  writes: [
    set('storm_status', 'storm'),
    set('throttle_outcome', 'running'),
    // Once a storm: what is proposed later may come from a series that begins inside of it.
    {
      ...set('storm_calm_rate', { fact: 'throttle_proposal' }),
      when: { not: { fact: 'storm_status', is: 'storm' } },
    },
  ],
  // A throttle that may be there has to be one that can be adjusted, and lifted.
  does: setsLimit({ fact: 'throttle_proposal' }, 'throttle_activated', [
    set('throttle_limit', { fact: 'throttle_proposal' }),
  ]),
  returns: handlerSays,
});

const adjustThrottle: Action = {
  means: 'changes the limit of an active throttle; 0 lifts it, once the storm is over',
  who: ['agent', 'service'],
  entitlement: 'active',
  roles: ['read_deployment', 'write_config'],
  arguments: {
    limit: {
      means: 'requests a second; 0 lifts the throttle',
      type: { type: 'integer', min: 0, max: 1_000_000_000 },
    },
  },
  requires: [
    {
      code: 'throttle_not_active',
      means: 'a throttle is active',
      when: { fact: 'throttle_limit', above: 0 },
      remedy: { by: 'world', action: 'activate_throttle' },
    },
    {
      code: 'throttle_limit_outside_policy',
      means: 'the policy allows the limit',
      when: {
        any: [
          { fact: 'argument.limit', is: 0 },
          {
            all: [
              { fact: 'argument.limit', atLeast: { fact: 'throttle_policy_least' } },
              { fact: 'argument.limit', atMost: { fact: 'throttle_policy_most' } },
            ],
          },
        ],
      },
      remedy: { by: 'request', argument: 'limit' },
    },
    {
      code: 'storm_not_over',
      means: 'a throttle is lifted when the storm is over',
      when: {
        any: [
          { fact: 'argument.limit', above: 0 },
          calmAgain({ fact: 'request_peak', atMost: { fact: 'throttle_limit' } }),
        ],
      },
      remedy: { by: 'world' },
    },
  ],
  emits: { approve: 'action_approved', refuse: 'action_refused' },
  writes: [set('throttle_outcome', 'running')],
  does: setsLimit({ fact: 'argument.limit' }, 'throttle_adjusted', []),
  returns: handlerSays,
};

const clearStorm: Action = {
  means: 'closes a storm that is over, when its throttle is lifted',
  who: ['agent', 'service'],
  entitlement: 'active',
  roles: ['read_deployment'],
  arguments: {},
  requires: [
    {
      code: 'no_storm_detected',
      means: 'a storm is being handled',
      when: { fact: 'storm_status', is: 'storm' },
      remedy: { by: 'world', action: 'activate_throttle' },
    },
    {
      code: 'storm_not_over',
      means: 'the request rate is no storm any more',
      when: calmAgain(),
      remedy: { by: 'world' },
    },
    {
      code: 'storm_not_over',
      means: 'the throttle is lifted',
      when: { fact: 'throttle_limit', is: 0 },
      remedy: { by: 'world', action: 'adjust_throttle' },
    },
  ],
  emits: { approve: 'storm_cleared', refuse: 'action_refused' },
  writes: [set('storm_status', 'cleared')],
  does: { effect: 'internal' },
};

const checkStormStatus: Action = {
  means: 'shows the storm, the throttle and the policy of a service',
  who: ['agent', 'user', 'service'],
  entitlement: 'active',
  roles: ['read_deployment'],
  arguments: {},
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: {
    effect: 'read',
    step: 'show',
    with: {
      status: { fact: 'storm_status' },
      calm: { fact: 'storm_calm_rate' },
      limit: { fact: 'throttle_limit' },
      outcome: { fact: 'throttle_outcome' },
      least: { fact: 'throttle_policy_least' },
      most: { fact: 'throttle_policy_most' },
    },
  },
  returns: members({
    status: word('whether a storm is being handled', 'none', 'storm', 'cleared'),
    calm: count('the requests a second at which the storm counts as over; 0 where none was throttled'),
    limit: count('the throttle in requests a second; 0 for none'),
    outcome: text('how the last change of the throttle ended'),
    least: count('the lowest limit that the policy allows; 0 where there is none'),
    most: count('the highest'),
  }),
};

const limit = (means: string): Action['arguments'][string] => ({
  means,
  type: { type: 'integer', min: 1, max: 1_000_000_000 },
});

/**
 * The policy is a cell of the ledger, and not configuration that is observed: so it has a receipt that says who set it
 * and when, nobody has to be trusted to report it, and "set it" is a next step that a program can carry out.
 */
const setThrottlePolicy: Action = {
  ...internal({
    means: 'says which throttle limits are allowed for a service',
    who: ['user'],
    relation: 'owner',
    arguments: {
      least: limit('the lowest limit, requests a second'),
      most: limit('the highest limit, requests a second'),
    },
    requires: [
      {
        code: 'throttle_policy_undefined',
        means: 'the highest limit is not below the lowest',
        when: { fact: 'argument.most', atLeast: { fact: 'argument.least' } },
        remedy: { by: 'request', argument: 'most' },
      },
    ],
    emits: { approve: 'action_approved', refuse: 'action_refused' },
    writes: [
      set('throttle_policy_least', { fact: 'argument.least' }),
      set('throttle_policy_most', { fact: 'argument.most' }),
    ],
  }),
  entitlement: 'active',
};

export const stormActions: Readonly<Record<string, Action>> = {
  detect_storm: detectStorm,
  activate_throttle: activateThrottle,
  adjust_throttle: adjustThrottle,
  clear_storm: clearStorm,
  check_storm_status: checkStormStatus,
  set_throttle_policy: setThrottlePolicy,
};
