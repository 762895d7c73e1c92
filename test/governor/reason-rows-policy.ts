/** Reasons that lie in what was done with a policy version so far. */
import { type CatalogSource, parsePolicyDocument, withPolicy } from '@tai-autonomics/core';
import type { LoadedCatalog } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { draftNote, successor } from './catalogs.ts';
import { loaded, right, SERVICE, TENANT } from './kit.ts';
import { bought, given, type Row, refOf } from './reason-row.ts';
import type { Person, Stage } from './reason-stage.ts';

const ONLY_TRIALS = { fact: 'mode', is: 'eval' };

/** A tenant's document; looks at rollbacks are refused, unless it says otherwise. */
const version = (more: object = {}, source: CatalogSource = library): LoadedCatalog => {
  const document = {
    policy: { id: 'own_looks', version: '1.0.0' },
    requirements: [
      {
        actions: ['check_rollback_status'],
        code: 'closed',
        means: 'it is asked for in a trial',
        when: ONLY_TRIALS,
        remedy: { by: 'nobody', why: 'looks are for trials' },
      },
    ],
    codes: { closed: 'it is not asked for in a trial' },
    ...more,
  };
  return loaded(withPolicy(source, right(parsePolicyDocument(document))));
};
const good = version();
const elsewhere = version({}, successor.catalog.source);
const broken = version({ invariants: [{ action: 'trigger_rollback', verdict: 'never_approve' }] });
const faulty = version({
  requirements: [
    {
      actions: ['check_rollback_status'],
      code: 'closed',
      means: 'it is asked for in a trial and in earnest',
      when: { all: [ONLY_TRIALS, { fact: 'mode', is: 'contractual' }] },
      remedy: { by: 'nobody', why: 'it never can be' },
    },
  ],
});
const unread = version({
  requirements: [
    {
      actions: ['check_rollback_status'],
      code: 'closed',
      means: 'the newest release may be left',
      when: { fact: 'release_revertible', is: true },
      remedy: { by: 'nobody', why: 'there is no way back' },
    },
  ],
});

const about = ({ digest }: LoadedCatalog, action: string) => ({ action, resource: digest, arguments: {} });

/** Everybody who changes policy, and these candidates in the store; then the steps, by whom. */
const after =
  (candidate: LoadedCatalog, ...steps: readonly (readonly [Person, string])[]) =>
  async (stage: Stage): Promise<void> => {
    await bought({}, 'enterprise')(stage);
    const { identity } = stage.setting;
    for (const kept of [good, elsewhere, broken, faulty, unread]) {
      stage.texts.set(kept.digest, kept.text);
      stage.texts.set(...draftNote(identity.ledger(TENANT), kept));
    }
    for (const person of ['agent', 'steward'] as const) {
      const grant = { subject: refOf(stage, person), roles: ['write_policy'] };
      await given(stage, 'owner', { action: 'grant_role', resource: 'people', arguments: grant });
    }
    for (const relation of ['approver', 'owner']) {
      const grant = { subject: refOf(stage, 'steward'), relation };
      await given(stage, 'owner', { action: 'grant_relation', resource: 'people', arguments: grant });
    }
    for (const [person, action] of steps) {
      const looks = action === 'check_rollback_status';
      await given(stage, person, looks ? { action, resource: SERVICE, arguments: {} } : about(candidate, action));
    }
  };
const PROPOSE = ['agent', 'propose_policy'] as const;
const SIMULATE = ['agent', 'simulate_policy'] as const;
const APPROVE = ['steward', 'approve_policy'] as const;

export const POLICY_ROWS: readonly Row[] = [
  {
    code: 'policy_base_differs',
    note: 'it was drafted on another catalog',
    first: after(elsewhere),
    by: 'agent',
    asks: about(elsewhere, 'propose_policy'),
    next: 'world',
    instead: about(good, 'propose_policy'),
  },
  {
    code: 'policy_lint_failed',
    note: 'its condition can never be true',
    first: after(faulty),
    by: 'agent',
    asks: about(faulty, 'propose_policy'),
    next: 'world',
    instead: about(good, 'propose_policy'),
  },
  {
    code: 'policy_not_proposed',
    note: 'nobody did',
    first: after(good),
    by: 'agent',
    asks: about(good, 'simulate_policy'),
    next: 'world',
  },
  {
    code: 'policy_not_simulated',
    note: 'not yet',
    first: after(good, PROPOSE),
    by: 'steward',
    asks: about(good, 'approve_policy'),
    next: 'world',
  },
  {
    code: 'policy_not_approved',
    note: 'nobody did',
    first: after(good, PROPOSE, SIMULATE),
    by: 'steward',
    asks: about(good, 'activate_policy'),
    next: 'world',
  },
  {
    code: 'policy_simulation_outdated',
    note: 'the first look since was approved, and would not be',
    first: after(good, PROPOSE, SIMULATE, APPROVE, ['agent', 'check_rollback_status']),
    by: 'steward',
    asks: about(good, 'activate_policy'),
    next: 'world',
  },
  {
    code: 'policy_undecided',
    note: 'it reads what was never recorded',
    first: after(unread, PROPOSE, ['agent', 'check_rollback_status'], SIMULATE),
    by: 'steward',
    asks: about(unread, 'approve_policy'),
    next: 'request',
    better: { accept_undecided: true },
  },
  {
    code: 'policy_approval_outdated',
    note: 'a look was approved that would not be',
    first: after(good, PROPOSE, SIMULATE, APPROVE, ['agent', 'check_rollback_status'], SIMULATE),
    by: 'steward',
    asks: about(good, 'activate_policy'),
    next: 'world',
  },
  {
    code: 'policy_invariants_broken',
    note: 'rollbacks can be approved',
    first: after(broken, PROPOSE, SIMULATE, APPROVE),
    by: 'steward',
    asks: about(broken, 'activate_policy'),
    next: 'world',
    instead: about(good, 'activate_policy'),
  },
  {
    code: 'policy_not_active',
    note: 'none was activated yet',
    first: after(good, PROPOSE, SIMULATE, APPROVE),
    by: 'steward',
    asks: about(good, 'roll_back_policy'),
    next: 'world',
  },
];
