/** Reasons that lie in assurance, in who asks, in stops, evidence, approvals and arguments. */
import type { Proposal } from './carry-out.ts';
import { approve, assurance, DAY_MS, decided, SERVICE, START } from './kit.ts';
import { asks, at, bought, given, HOUR_MS, later, type Row, refOf, rollback } from './reason-row.ts';
import { type Fault, MISSPELT, type Person, type Stage } from './reason-stage.ts';

const insurance = (more: object): Proposal => ({
  action: 'record_insurance',
  resource: 'insurance',
  arguments: { ...assurance(START).insurance.arguments, ...more },
});
const agreement = (more: object): Proposal => ({
  action: 'record_msa',
  resource: 'agreement',
  arguments: { ...assurance(START).msa.arguments, ...more },
});
const andon = (resource: string): Proposal => ({
  action: 'raise_andon',
  resource,
  arguments: { severity: 'high', finding: 'smoke' },
});
/** The receipt of what was refused to somebody, who is refused it once more, in the arguments of an answer to it. */
const refusalTo = async (
  { refusals, governor, as }: Pick<Stage, 'refusals' | 'governor' | 'as'>,
  person: Person,
): Promise<object> => {
  const known = refusals.get(person);
  if (known !== undefined) return known;
  const { receipt } = decided(await governor.submit(as(person), rollback));
  refusals.set(person, { receipt: receipt.seq, leaf: receipt.leaf });
  return refusalTo({ refusals, governor, as }, person);
};
/** The tenant is made ready by so many receipts; what is refused first comes after them. */
const REFUSED_AT = 7;
const approval = async (stage: Stage, more: object = {}, to: Person = 'agent'): Promise<Proposal> => ({
  action: 'approve_action',
  resource: SERVICE,
  arguments: { ...(await refusalTo(stage, to)), expires_at: at(HOUR_MS), ...more },
});
const astray =
  (fault: Fault) =>
  ({ faults }: Stage): void =>
    void faults.set('deployment_stable', fault);
export const ASKED_ROWS: readonly Row[] = [
  {
    code: 'insurance_missing',
    note: 'it lapsed',
    first: (stage) => given(stage, 'operator', insurance({ status: 'lapsed' })),
    ...asks,
    next: 'authority',
  },
  {
    code: 'insurance_expired',
    note: 'since an hour',
    first: async (stage) => {
      await given(stage, 'operator', insurance({ expires_at: at(HOUR_MS) }));
      later(2 * HOUR_MS)(stage);
    },
    ...asks,
    next: 'authority',
  },
  {
    code: 'insurance_stale',
    note: 'checked a day and a millisecond ago',
    first: later(DAY_MS + 1),
    ...asks,
    next: 'authority',
  },
  {
    code: 'msa_unsigned',
    note: 'it was terminated',
    first: (stage) => given(stage, 'owner', agreement({ status: 'terminated' })),
    ...asks,
    next: 'authority',
  },
  {
    code: 'policy_not_in_force',
    note: 'not before tomorrow',
    first: (stage) => given(stage, 'owner', agreement({ in_force_from: at(DAY_MS) })),
    ...asks,
    next: 'time',
  },
  {
    code: 'policy_not_in_force',
    note: 'until an hour ago',
    first: async (stage) => {
      await given(stage, 'owner', agreement({ in_force_until: at(HOUR_MS) }));
      later(2 * HOUR_MS)(stage);
    },
    ...asks,
    next: 'authority',
  },
  {
    code: 'insufficient_privilege',
    note: 'a user asks for what an agent may',
    by: 'owner',
    asks: rollback,
    next: 'request',
    as: 'agent',
  },
  {
    code: 'insufficient_privilege',
    note: 'not an owner',
    by: 'approver',
    asks: { action: 'clear_andon', resource: SERVICE, arguments: { finding: 'ok' } },
    next: 'request',
    as: 'owner',
  },
  {
    code: 'insufficient_privilege',
    note: 'not an approver',
    by: 'newcomer',
    asks: (stage) => approval(stage),
    next: 'authority',
  },
  {
    code: 'insufficient_privilege',
    note: 'the entitlement does not name the roles',
    first: bought({ iam_roles: ['read_deployment'] }),
    ...asks,
    next: 'authority',
  },
  {
    code: 'insufficient_privilege',
    note: 'the tenant took the role back',
    first: (stage) =>
      given(stage, 'owner', {
        action: 'revoke_role',
        resource: 'people',
        arguments: { subject: refOf(stage, 'agent'), roles: ['write_rollback'] },
      }),
    ...asks,
    next: 'authority',
  },
  {
    code: 'insufficient_privilege',
    note: 'the key does not carry the roles',
    by: 'narrow',
    asks: rollback,
    next: 'request',
    as: 'agent',
  },
  {
    code: 'andon_open',
    note: 'for the service',
    first: (stage) => given(stage, 'agent', andon(SERVICE)),
    ...asks,
    next: 'authority',
  },
  {
    code: 'andon_open',
    note: 'for the whole tenant',
    first: (stage) => given(stage, 'owner', andon('*')),
    ...asks,
    next: 'authority',
  },
  {
    code: 'andon_too_wide',
    note: 'an agent stops everything',
    by: 'agent',
    asks: andon('*'),
    next: 'request',
    as: 'owner',
  },
  {
    code: 'resource_unknown',
    note: 'a name with two letters the wrong way round',
    by: 'agent',
    asks: { ...rollback, resource: MISSPELT },
    next: 'request',
    better: { resource: SERVICE },
  },
  {
    code: 'arguments_invalid',
    note: 'a severity of nobody',
    by: 'agent',
    asks: { ...andon(SERVICE), arguments: { severity: 'huge', finding: 'x' } },
    next: 'request',
    better: { severity: 'high' },
  },
  { code: 'evidence_missing', note: 'git is silent', first: astray('silent'), ...asks, next: 'information' },
  { code: 'evidence_stale', note: 'git looked a minute ago', first: astray('stale'), ...asks, next: 'information' },
  { code: 'evidence_untrusted', note: 'a rumour', first: astray('rumoured'), ...asks, next: 'information' },
  { code: 'evidence_conflicting', note: 'two looks disagree', first: astray('disputed'), ...asks, next: 'information' },
  {
    code: 'deployment_not_stable',
    note: 'an uncommitted change',
    first: ({ world }) => void world.set('deployment_stable', false),
    ...asks,
    next: 'world',
  },
  {
    code: 'rollback_target_unknown',
    note: 'the first release',
    first: ({ world }) => void world.set('rollback_target_known', false),
    ...asks,
    next: 'world',
  },
  {
    code: 'rollback_target_withdrawn',
    note: 'it was itself rolled back from',
    first: async (stage) => {
      // The world of this stage doesn't move: what is seen afterwards is where it was.
      stage.world.set('deployed_version', 'v1.1.0');
      await approve(stage.setting);
      await given(stage, 'agent', rollback);
      stage.world.set('deployed_version', 'v1.2.0');
    },
    ...asks,
    next: 'authority',
  },
  { code: 'rollback_policy_not_approved', note: 'nobody approved it', ...asks, next: 'authority' },
  {
    code: 'approval_expired',
    note: 'an hour ago',
    first: async (stage) => {
      await approve(stage.setting);
      later(HOUR_MS)(stage);
    },
    ...asks,
    next: 'authority',
  },
  {
    code: 'approver_is_requester',
    note: 'their own',
    first: (stage) =>
      given(stage, 'owner', {
        action: 'grant_relation',
        resource: 'people',
        arguments: { subject: refOf(stage, 'newcomer'), relation: 'approver' },
      }),
    by: 'approver',
    asks: (stage) => approval(stage, {}, 'approver'),
    next: 'request',
    as: 'newcomer',
  },
  {
    code: 'approver_is_same_person',
    note: 'the newcomer is an account of the approver',
    first: async (stage) => {
      const person = { subject: refOf(stage, 'newcomer'), kind: 'user', person: refOf(stage, 'approver') };
      await given(stage, 'owner', { action: 'register_subject', resource: 'people', arguments: person });
      for (const one of ['steward'] as const)
        await given(stage, 'owner', {
          action: 'grant_relation',
          resource: 'people',
          arguments: { subject: refOf(stage, one), relation: 'approver' },
        });
    },
    by: 'approver',
    asks: (stage) => approval(stage, {}, 'newcomer'),
    next: 'request',
    as: 'steward',
  },
  {
    code: 'already_approved',
    note: 'with the newcomer; the steward may',
    first: async (stage) => {
      for (const person of ['newcomer', 'steward'] as const)
        await given(stage, 'owner', {
          action: 'grant_relation',
          resource: 'people',
          arguments: { subject: refOf(stage, person), relation: 'approver' },
        });
      await given(stage, 'approver', await approval(stage));
      await given(stage, 'newcomer', await approval(stage));
    },
    by: 'approver',
    asks: (stage) => approval(stage),
    next: 'request',
    as: 'steward',
  },
  {
    code: 'approval_period_invalid',
    note: 'for three days',
    by: 'approver',
    asks: (stage) => approval(stage, { expires_at: at(3 * DAY_MS) }),
    next: 'request',
    better: { expires_at: at(HOUR_MS) },
  },
  {
    code: 'approval_denied',
    note: 'by an approver, for a day',
    first: async (stage) => {
      const finding = 'the release before is broken too';
      const args = { ...(await refusalTo(stage, 'agent')), why: 'not_now', finding };
      await given(stage, 'approver', { action: 'deny_action', resource: SERVICE, arguments: args });
    },
    ...asks,
    next: 'time',
  },
  {
    code: 'approval_names_no_receipt',
    note: 'of the old form',
    by: 'approver',
    asks: (stage) => approval(stage, { receipt: 'the last one' }),
    next: 'request',
    better: { receipt: REFUSED_AT },
  },
  {
    code: 'refusal_unknown',
    note: 'a receipt that refuses nothing',
    by: 'approver',
    asks: (stage) => approval(stage, { receipt: 0 }),
    next: 'request',
    better: { receipt: REFUSED_AT },
  },
  {
    code: 'role_beyond_plan',
    note: 'a role that was not bought',
    by: 'owner',
    asks: { action: 'grant_role', resource: 'people', arguments: { subject: 'sub_bot', roles: ['write_iam'] } },
    next: 'request',
    better: { roles: ['read_deployment'] },
  },
  {
    code: 'record_from_future',
    note: 'checked tomorrow',
    by: 'operator',
    asks: insurance({ verified_at: at(DAY_MS) }),
    next: 'request',
    better: { verified_at: at(0) },
  },
  {
    code: 'period_invalid',
    note: 'ends before it begins',
    by: 'owner',
    asks: agreement({ in_force_until: at(-DAY_MS) }),
    next: 'request',
    better: { in_force_until: at(DAY_MS) },
  },
  {
    code: 'ledger_closed',
    note: 'its owner ended it',
    first: (stage) =>
      given(stage, 'owner', { action: 'close_ledger', resource: '*', arguments: { why: 'contract_ended' } }),
    ...asks,
    next: 'none',
  },
];
