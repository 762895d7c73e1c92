/** Reasons of the capability packs that look at storms and at drift. */
import type { Proposal } from './carry-out.ts';
import { approve, SERVICE, TENANT } from './kit.ts';
import { bought, given, type Row, refOf } from './reason-row.ts';
import type { Person, Stage } from './reason-stage.ts';

const about = (action: string, args: Proposal['arguments'] = {}): { readonly by: Person; readonly asks: Proposal } => ({
  by: 'agent',
  asks: { action, resource: SERVICE, arguments: args },
});
const grant = (stage: Stage, person: Person, ...roles: readonly string[]): Promise<void> =>
  given(stage, 'owner', {
    action: 'grant_role',
    resource: 'people',
    arguments: { subject: refOf(stage, person), roles },
  });

/** The agent may throttle, and the owner allows limits in these bounds. */
const throttling =
  (least?: number, most?: number) =>
  async (stage: Stage): Promise<void> => {
    await grant(stage, 'agent', 'write_config');
    if (least === undefined || most === undefined) return;
    await given(stage, 'owner', { action: 'set_throttle_policy', resource: SERVICE, arguments: { least, most } });
  };
const saw =
  (fact: string, value: unknown) =>
  ({ world }: Stage): void =>
    void world.set(fact, value);

const enterprise =
  (fact?: string, value?: unknown) =>
  async (stage: Stage): Promise<void> => {
    await bought({}, 'enterprise')(stage);
    await grant(stage, 'agent', 'read_iam', 'write_iam', 'write_policy');
    await grant(stage, 'steward', 'read_iam', 'write_policy');
    if (fact !== undefined) saw(fact, value)(stage);
  };

/** The tenant may publish and deploy. */
const releasing =
  (fact?: string, value?: unknown) =>
  async (stage: Stage): Promise<void> => {
    await bought({}, 'release')(stage);
    await grant(stage, 'agent', 'read_deployment', 'write_config');
    if (fact !== undefined) saw(fact, value)(stage);
  };

export const PACK_ROWS: readonly Row[] = [
  {
    code: 'no_storm_detected',
    note: 'the rate is calm',
    first: saw('storm_detected', false),
    ...about('detect_storm'),
    next: 'world',
  },
  {
    code: 'no_storm_detected',
    note: 'none is being handled',
    first: throttling(1, 500),
    ...about('clear_storm'),
    next: 'world',
  },
  {
    code: 'throttle_policy_undefined',
    note: 'the owner has not said',
    first: throttling(),
    ...about('activate_throttle'),
    next: 'authority',
  },
  {
    code: 'throttle_policy_undefined',
    note: 'its end is below its beginning',
    by: 'owner',
    asks: { action: 'set_throttle_policy', resource: SERVICE, arguments: { least: 9, most: 8 } },
    next: 'request',
    better: { most: 9 },
  },
  {
    code: 'throttle_limit_outside_policy',
    note: 'the proposal',
    first: throttling(1, 119),
    ...about('activate_throttle'),
    next: 'authority',
  },
  {
    code: 'throttle_limit_outside_policy',
    note: 'the limit that is asked for',
    first: throttling(1, 119),
    ...about('adjust_throttle', { limit: 120 }),
    next: 'request',
    better: { limit: 119 },
  },
  {
    code: 'throttle_not_active',
    note: 'nothing to adjust',
    first: throttling(1, 500),
    ...about('adjust_throttle', { limit: 100 }),
    next: 'world',
  },
  {
    code: 'storm_not_over',
    note: 'a throttle is to be lifted',
    first: throttling(1, 500),
    ...about('adjust_throttle', { limit: 0 }),
    next: 'world',
  },
  {
    code: 'drift_not_detected',
    note: 'what is declared is in force',
    first: enterprise('drift_detected', false),
    ...about('detect_drift'),
    next: 'world',
  },
  {
    code: 'iam_service_unreachable',
    note: 'it does not answer',
    first: enterprise('iam_reachable', false),
    ...about('remediate_drift'),
    next: 'world',
  },
  {
    code: 'remediation_not_approved',
    note: 'nobody approved it',
    first: enterprise(),
    ...about('remediate_drift'),
    next: 'authority',
  },
  {
    code: 'remediation_locks_out',
    note: 'nobody would be left who can repair',
    first: enterprise('drift_locks_out', true),
    ...about('remediate_drift'),
    next: 'authority',
  },
  {
    code: 'listing_invalid',
    note: 'the document is no listing',
    first: releasing('listing_valid', false),
    ...about('publish_listing'),
    next: 'world',
  },
  {
    code: 'listing_not_sold',
    note: 'another SKU than the plan’s',
    first: releasing('listing_sold', false),
    ...about('publish_listing'),
    next: 'world',
  },
  {
    code: 'listing_not_published',
    note: 'nothing is published',
    first: releasing(),
    ...about('withdraw_listing'),
    next: 'world',
    mend: saw('published_listing', 'l'.repeat(43)),
  },
  {
    code: 'desired_state_not_clean',
    note: 'somebody edited it',
    first: releasing('desired_state_clean', false),
    ...about('deploy_release', { release: 'v1.1.0' }),
    next: 'world',
  },
  {
    code: 'release_unknown',
    note: 'no such tag',
    first: releasing(),
    ...about('deploy_release', { release: 'v1.2.0' }),
    next: 'request',
    better: { release: 'v1.1.0' },
  },
  {
    code: 'release_withdrawn',
    note: 'it was reverted',
    first: async (stage) => {
      // The world of this stage doesn't move: what is seen afterwards is where it was.
      await releasing('desired_release', 'v1.1.0')(stage);
      stage.world.set('previous_release', 'v1.1.0');
      const revert = { action: 'revert_release', resource: SERVICE, arguments: {} };
      await approve(stage.setting, revert, TENANT, stage.as('agent'));
      await given(stage, 'agent', revert);
      stage.world.set('desired_release', 'v1.0.0');
    },
    ...about('deploy_release', { release: 'v1.1.0' }),
    next: 'request',
    better: { release: 'v0.9.0' },
  },
  {
    code: 'release_deployed',
    note: 'it is deployed',
    first: releasing('desired_release', 'v1.1.0'),
    ...about('deploy_release', { release: 'v1.1.0' }),
    next: 'request',
    better: { release: 'v0.9.0' },
  },
  {
    code: 'nothing_to_revert',
    note: 'the newest commit is no deployment',
    first: releasing('release_revertible', false),
    ...about('revert_release'),
    next: 'world',
    mend: saw('release_revertible', true),
  },
  {
    code: 'release_before_withdrawn',
    note: 'a reversion is not undone: what was reverted from would come back',
    first: async (stage) => {
      await releasing('desired_release', 'v1.1.0')(stage);
      stage.world.set('previous_release', 'v1.1.0');
      const revert = { action: 'revert_release', resource: SERVICE, arguments: {} };
      await approve(stage.setting, revert, TENANT, stage.as('agent'));
      await given(stage, 'agent', revert);
    },
    ...about('revert_release'),
    next: 'world',
    mend: saw('previous_release', 'v0.9.0'),
  },
  {
    code: 'release_not_approved',
    note: 'nobody approved it',
    first: releasing(),
    ...about('deploy_release', { release: 'v1.1.0' }),
    next: 'authority',
  },
  {
    code: 'eval_only_refusal',
    note: 'deploying in an evaluation',
    mode: 'eval',
    first: releasing(),
    ...about('deploy_release', { release: 'v1.1.0' }),
    next: 'none',
  },
];
