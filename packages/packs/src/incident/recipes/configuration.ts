/** Recipes for configuration that is not what was committed. */
import { RECIPE_FORMAT, type Recipe } from '@tai-autonomics/core/author';

export const configurationRecipes: readonly Recipe[] = [
  {
    format: RECIPE_FORMAT,
    recipe_id: 'restore_drifted_configuration',
    version: '1.0.0',
    title: 'Restore configuration that was changed by hand',
    category: 'infrastructure',
    kind: 'configuration_drift',
    explanation:
      'The worktree of the configuration differs from its commit: somebody changed it by hand. What was changed is put aside, and the commit is in force again.',
    symptom: { fact: 'configuration_drifted', is: true },
    steps: [
      {
        means: 'puts the change aside and restores the commit',
        action: 'restore_configuration',
        arguments: {},
        undo: {
          by: 'nothing',
          why: 'what was changed by hand is kept as a git stash, named after the digest of the drift; `git stash apply` brings it back',
        },
      },
    ],
    verify: { fact: 'configuration_drifted', is: false },
    roles: ['read_deployment', 'write_rollback'],
    prevention:
      'Let nobody write to the worktree but the deployment; a policy document can refuse deployments while it differs.',
    owner: 'platform',
    review: { state: 'reviewed', by: 'sre' },
    rollout: 100,
  },
];
