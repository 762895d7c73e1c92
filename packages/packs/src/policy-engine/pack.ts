/** policy_engine 1.0.0: a tenant's own policy, changed like code: drafted, simulated, approved, activated, rolled back (P-39, X-42). */
import type { Pack } from '@tai-autonomics/core';
import type { Tool } from '@tai-autonomics/core/author';
import { policyActions } from './actions.ts';
import { policyCells, policyFacts } from './facts.ts';

const tool = (name: string, title: string, description: string, ...actions: readonly string[]): Tool => ({
  tool: name,
  title,
  description,
  actions,
});

/** The pack policy_engine 1.0.0. */
export const policyEngine: Pack = {
  pack_id: 'policy_engine',
  version: '1.0.0',
  description: 'Changes a tenant’s own policy in steps, each with a receipt, and answers questions about policy.',
  tools: [
    tool(
      'policy_linter',
      'Check a policy document',
      'Checks a policy document against the catalog that decides, and keeps the candidate that it makes. Use it first, and again after each change of the document; the digest that it answers is the `resource` of every other policy tool. Findings are an answer, not a refusal.',
      'lint_policy',
    ),
    tool(
      'policy_proposal',
      'Propose a policy',
      'Proposes a candidate as the next policy version. It is refused unless the candidate was drafted on the catalog that decides now and has no lint errors: then draft it again.',
      'propose_policy',
    ),
    tool(
      'policy_simulator',
      'Simulate a policy',
      'Decides your whole ledger again under a candidate. `list_policy_flips` shows which decisions would have been others; `simulate_policy` records how many, which approval and activation rest on. A decision since then that would be another one, in a way that it did not show, makes the simulation outdated: simulate again. What a candidate reads and nobody recorded cannot be told; the list says which facts.',
      'simulate_policy',
      'list_policy_flips',
    ),
    tool(
      'policy_approval',
      'Approve a policy',
      'Approves a simulated candidate of somebody else for a day, or takes the approval back. It is refused to the proposer, and to who is no approver of the tenant. Where the simulation could not tell some decisions, `accept_undecided` says that it shall count all the same.',
      'approve_policy',
      'withdraw_policy_approval',
    ),
    tool(
      'policy_activation',
      'Activate a policy',
      'Lets an approved candidate decide from the next receipt on. It is refused, with the next lawful step for each reason, while an invariant is broken, something happened that the simulation did not show, or the approval does not cover what the newest simulation shows.',
      'activate_policy',
    ),
    tool(
      'policy_rollback',
      'Roll a policy back',
      'Lets what decided before the present policy version decide again. Use it when a version does harm; only an owner may, and only one version back.',
      'roll_back_policy',
    ),
    tool(
      'policy_status',
      'Show a policy',
      'Shows how far a candidate is: proposed, simulated, approved, active. Never acts.',
      'show_policy',
    ),
    tool(
      'policy_explainer',
      'Explain an action',
      'Says what an action requires, condition by condition, in the order of the gates, and how it would be decided for you now. Use it to understand a refusal. Never acts.',
      'explain_action',
    ),
    tool(
      'policy_diff',
      'Compare two policies',
      'Compares the catalog that decides with a candidate over all possible observations, not over recorded ones alone. `not_decided` says that a budget was spent; nothing is guessed.',
      'diff_policies',
    ),
    tool(
      'policy_prover',
      'Prove an invariant',
      'Proves an invariant of the catalog that decides (resource `*`) or of a candidate over all observations, or shows the smallest one that breaks it. Use it to be sure of what can never happen.',
      'prove_policy',
    ),
    tool(
      'permitted_actions',
      'What may I do',
      'Lists every action that you can see, and whether it would be approved for you now. Use it before you plan. The answers are previews: none can be executed, and what depends on arguments says so.',
      'list_permitted_actions',
    ),
  ],
  signals: ['policy_proposed', 'policy_simulated', 'policy_approved', 'policy_activated', 'policy_rolled_back'],
  facts: policyFacts,
  cells: policyCells,
  actions: policyActions,
  codes: {
    policy_base_differs: 'the candidate adds to another catalog than the one that decides',
    policy_lint_failed: 'the linter finds an error in the tenant’s documents',
    policy_invariants_broken: 'an invariant of the candidate is broken, or could not be proved',
    policy_not_proposed: 'nobody proposed the candidate',
    policy_not_simulated: 'the candidate was not simulated',
    policy_simulation_outdated:
      'something since the simulation would be decided otherwise, or cannot be told, in a way that it did not show',
    policy_undecided: 'the simulation could not tell some decisions, and the approver did not accept that',
    policy_not_approved: 'nobody other than the proposer approved the candidate',
    policy_approval_outdated: 'the newest simulation shows something else than was approved',
    policy_not_active: 'no policy version that was activated here decides now',
  },
  required_iam_roles: ['write_policy'],
  incompatible_with: [],
  requires: ['receipt_verifier'],
  receipt_events: [
    'policy_proposed',
    'policy_simulated',
    'policy_approved',
    'policy_approval_withdrawn',
    'policy_activated',
    'policy_rolled_back',
    'policy_refused',
  ],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 60_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};
