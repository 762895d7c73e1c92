/** What each step of a policy version needs of the steps before it. A step is about the candidate that the resource names by its digest. */
import type { Requirement } from '@tai-autonomics/core/author';

/** The catalog store has it, it compiles, and it can be left again. */
export const sound: readonly Requirement[] = [
  {
    code: 'catalog_unknown',
    means: 'the candidate was drafted: it is kept under its digest',
    when: { not: { fact: 'catalog_standing', is: 'unknown' } },
    remedy: { by: 'world', action: 'lint_policy' },
  },
  {
    code: 'catalog_unsound',
    means: 'the candidate compiles, refuses what must be refused, and can be left again',
    when: { not: { fact: 'catalog_standing', is: 'unsound' } },
    remedy: { by: 'world', action: 'lint_policy' },
  },
];

/** Whatever the operator activates meanwhile, a tenant's version adds to the catalog that decides, and to no other. */
export const onPresentBase: Requirement = {
  code: 'policy_base_differs',
  means: 'the candidate adds the tenant’s documents to the catalog that decides now, and changes nothing else',
  when: {
    any: [
      {
        all: [
          { fact: 'active_policy', is: { fact: 'catalog' } },
          { fact: 'policy_base', is: { fact: 'active_policy_base' } },
        ],
      },
      {
        all: [
          { not: { fact: 'active_policy', is: { fact: 'catalog' } } },
          { fact: 'policy_base', is: { fact: 'catalog' } },
        ],
      },
    ],
  },
  remedy: { by: 'world', action: 'lint_policy' },
};

export const clean: Requirement = {
  code: 'policy_lint_failed',
  means: 'the linter finds no error in the tenant’s documents',
  when: { fact: 'policy_lint_errors', is: 0 },
  remedy: { by: 'world', action: 'lint_policy' },
};

export const keepsInvariants: Requirement = {
  code: 'policy_invariants_broken',
  means: 'every invariant of the candidate is proved',
  when: { fact: 'policy_invariants_broken', is: 0 },
  remedy: { by: 'world', action: 'prove_policy' },
};

export const proposed: Requirement = {
  code: 'policy_not_proposed',
  means: 'the candidate is proposed',
  when: { not: { fact: 'policy_proposer', is: '' } },
  remedy: { by: 'world', action: 'propose_policy' },
};

export const simulated: Requirement = {
  code: 'policy_not_simulated',
  means: 'the candidate was simulated on the tenant’s own ledger',
  when: { fact: 'policy_simulated_size', above: 0 },
  remedy: { by: 'world', action: 'simulate_policy' },
};

/** A candidate that reads what was never recorded can't be simulated on that: whoever approves it says that they know. */
export const undecidedAccepted: Requirement = {
  code: 'policy_undecided',
  means: 'the simulation could tell every decision, or the approver accepts that it could not',
  when: {
    any: [
      { fact: 'policy_simulated_undecided', is: 0 },
      { fact: 'argument.accept_undecided', is: true },
    ],
  },
  remedy: { by: 'request', argument: 'accept_undecided' },
};

/** The steps of a version themselves are no news. */
export const upToDate: Requirement = {
  code: 'policy_simulation_outdated',
  means: 'nothing since the simulation would be decided otherwise, or cannot be told, in a way that it did not show',
  when: { fact: 'policy_news', is: 0 },
  remedy: { by: 'world', action: 'simulate_policy' },
};

const byAnApprover = { by: 'world', action: 'approve_policy' } as const;
export const approvedByAnother: readonly Requirement[] = [
  {
    code: 'policy_not_approved',
    means: 'somebody other than the proposer approved the candidate',
    when: { not: { fact: 'policy_approver', is: '' } },
    remedy: byAnApprover,
  },
  {
    code: 'approval_expired',
    means: 'the approval has not expired',
    when: {
      any: [
        { fact: 'policy_approver', is: '' },
        { fact: 'policy_approval_expires_at', after: { fact: 'at' } },
      ],
    },
    remedy: byAnApprover,
  },
  {
    code: 'policy_approval_outdated',
    means: 'the newest simulation flips as many verdicts as were approved, and cannot tell what was accepted',
    when: {
      any: [
        { fact: 'policy_approver', is: '' },
        {
          all: [
            { fact: 'policy_approved_flips', is: { fact: 'policy_simulated_flips' } },
            { fact: 'policy_approved_undecided', is: { fact: 'policy_simulated_undecided' } },
          ],
        },
      ],
    },
    remedy: byAnApprover,
  },
];

export const notActive: Requirement = {
  code: 'catalog_active',
  means: 'it is another version than the one that decides now',
  when: { not: { fact: 'resource', is: { fact: 'catalog' } } },
  remedy: { by: 'nobody', why: 'the version decides already' },
};

export const unpinned: Requirement = {
  code: 'catalog_pinned',
  means: 'no owner pinned the present catalog',
  when: { fact: 'catalog_pinned', is: false },
  remedy: {
    by: 'authority',
    who: { type: 'user', relation: 'owner' },
    submit: { action: 'unpin_catalog', resource: '*', arguments: {} },
  },
};
