/** Recipes whose remedies are those of the packs that are sold: rollback, throttle, allow policy. */
import { RECIPE_FORMAT, type Recipe } from '@tai-autonomics/core/author';

export const guardedRecipes: readonly Recipe[] = [
  {
    format: RECIPE_FORMAT,
    recipe_id: 'roll_back_failing_release',
    version: '1.0.0',
    title: 'Roll back a release that fails',
    category: 'troubleshooting',
    kind: 'failing_release',
    explanation:
      'A release fails since it was deployed. The deployment is exactly that release, and there is one before it: it is rolled back.',
    symptom: {
      all: [
        { fact: 'deployment_stable', is: true },
        { fact: 'rollback_target_known', is: true },
      ],
    },
    steps: [
      {
        means: 'rolls back to the previous release',
        action: 'trigger_rollback',
        arguments: {},
        undo: {
          by: 'nothing',
          why: 'the release that failed is withdrawn; an owner says with `restore_release` that it is good again, and it is deployed anew',
        },
      },
    ],
    verify: { fact: 'deployment_stable', is: true },
    roles: ['read_deployment', 'write_rollback'],
    prevention: 'Let the check that would have seen it run before a deployment.',
    owner: 'delivery',
    review: { state: 'reviewed', by: 'sre' },
    rollout: 100,
  },
  {
    format: RECIPE_FORMAT,
    recipe_id: 'throttle_request_storm',
    version: '1.0.0',
    title: 'Throttle a storm of requests',
    category: 'infrastructure',
    kind: 'request_storm',
    explanation:
      'Many more requests arrive than usually. The service is throttled to the limit that the storm detector proposes, within the policy of the owner.',
    symptom: { fact: 'storm_detected', is: true },
    steps: [
      {
        means: 'throttles the service',
        action: 'activate_throttle',
        arguments: {},
        undo: { by: 'action', action: 'adjust_throttle', arguments: { limit: 0 } },
      },
    ],
    verify: {
      any: [
        { fact: 'storm_detected', is: false },
        { fact: 'active_throttle_limit', above: 0 },
      ],
    },
    roles: ['read_deployment', 'write_config'],
    prevention: 'Agree a limit with whoever sends the requests, and keep it in front of the service.',
    owner: 'platform',
    review: { state: 'reviewed', by: 'sre' },
    rollout: 100,
  },
  {
    format: RECIPE_FORMAT,
    recipe_id: 'restore_declared_policy',
    version: '1.0.0',
    title: 'Put the declared allow policy in force again',
    category: 'infrastructure',
    kind: 'iam_drift',
    explanation:
      'Somebody changed who may do what by hand. Exactly those changes are undone, after somebody else approved exactly them.',
    symptom: { fact: 'drift_detected', is: true },
    steps: [
      {
        means: 'puts the declared policy in force',
        action: 'remediate_drift',
        arguments: {},
        undo: {
          by: 'nothing',
          why: 'what was undone was declared nowhere; to have it back, declare it',
        },
      },
    ],
    verify: { fact: 'drift_detected', is: false },
    roles: ['read_iam', 'write_iam', 'write_policy'],
    prevention: 'Take the right to set the policy from everybody but the pipeline that declares it.',
    owner: 'security',
    review: { state: 'reviewed', by: 'sre' },
    rollout: 100,
  },
];
