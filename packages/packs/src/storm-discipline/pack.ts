/** storm_discipline 1.0.0: storm detection and adaptive throttling (P-27 to P-32, C-21, C-22). */
import type { Pack } from '@tai-autonomics/core';
import { stormActions } from './actions.ts';
import { stormCells, stormFacts } from './facts.ts';

/** The pack storm_discipline 1.0.0. */
export const stormDiscipline: Pack = {
  pack_id: 'storm_discipline',
  version: '1.0.0',
  description: 'Detects request storms and throttles them, inside the limits that the owner allows.',
  tools: [
    {
      tool: 'storm_detector',
      title: 'Detect a storm',
      description:
        'Says whether the request rate of a service is a storm, with the rate, the usual rate and the limit that a throttle should have. Use it before you throttle. A refusal no_storm_detected means that the rate is calm. Never acts.',
      actions: ['detect_storm'],
    },
    {
      tool: 'throttle_config',
      title: 'Throttle a service',
      description:
        'Activates a throttle at the limit that the storm detector proposes, or adjusts an active one to another limit; limit 0 lifts it. It is refused, with the next lawful step for each reason, unless there is a storm and the owner’s policy allows the limit; a throttle is lifted only when the storm is over.',
      actions: ['activate_throttle', 'adjust_throttle'],
    },
    {
      tool: 'storm_status',
      title: 'Close or show a storm',
      description:
        'Closes a storm whose throttle is lifted (clear_storm; refused while the storm lasts), or shows the storm, the throttle and the policy of a service from the receipts (check_storm_status; never acts).',
      actions: ['clear_storm', 'check_storm_status'],
    },
  ],
  signals: ['storm_detected', 'throttle_activated', 'throttle_adjusted', 'storm_cleared'],
  facts: stormFacts,
  cells: stormCells,
  actions: stormActions,
  codes: {
    no_storm_detected: 'there is no storm',
    throttle_policy_undefined: 'the owner has not said which throttle limits are allowed',
    throttle_limit_outside_policy: 'the owner’s policy does not allow the limit',
    throttle_not_active: 'there is no throttle to adjust',
    storm_not_over: 'the storm lasts, or its throttle is still active',
  },
  required_iam_roles: ['read_deployment', 'write_config', 'read_metrics'],
  incompatible_with: [],
  requires: ['receipt_verifier'],
  receipt_events: ['storm_detected', 'throttle_activated', 'throttle_adjusted', 'storm_cleared', 'storm_timeout'],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 60_000, memoryBytes: 134_217_728, cpuPercent: 15 },
};
