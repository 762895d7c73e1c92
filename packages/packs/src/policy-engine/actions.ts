/** The steps of a policy version, and the questions that can be asked about one. The resource is the candidate's digest. */
import type { Action, ResultSchema, Write } from '@tai-autonomics/core/author';
import { internal } from '../platform/action.ts';
import { byAnother } from '../platform/persons.ts';
import { byName, count, flag, listOf, members, text, word } from '../result.ts';
import {
  approvedByAnother,
  clean,
  keepsInvariants,
  notActive,
  onPresentBase,
  proposed,
  simulated,
  sound,
  undecidedAccepted,
  unpinned,
  upToDate,
} from './requirements.ts';

const DAY_MS = 86_400_000;
const BY_POLICY = [{ fact: 'resource' }] as const;
const set = (cell: string, fact: string, plus?: number): Write => ({
  cell,
  key: BY_POLICY,
  change: { set: plus === undefined ? { fact } : { fact, plus } },
});
const clear = (cell: string): Write => ({ cell, key: BY_POLICY, change: { clear: true } });
const alone = (cell: string, to: string | { readonly fact: string }): Write => ({ cell, key: [], change: { set: to } });
const forget: readonly Write[] = [
  clear('policy_approver'),
  clear('policy_approved_flips'),
  clear('policy_approved_undecided'),
  clear('policy_approval_expires_at'),
];

/** A step: its writes are its whole effect, its receipt says what it rested on. */
const step = (action: Omit<Parameters<typeof internal>[0], 'arguments'>): Action => ({
  ...internal({ ...action, arguments: {} }),
  entitlement: 'active',
  roles: ['write_policy'],
});

/** A question: looks, and keeps at most a draft. */
const ask = (means: string, name: string, args: Action['arguments'], returns: ResultSchema): Action => ({
  means,
  who: ['agent', 'user', 'service'],
  entitlement: 'active',
  roles: ['write_policy'],
  arguments: args,
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: {
    effect: 'read',
    step: name,
    with: Object.fromEntries(Object.keys(args).map((arg) => [arg, { fact: `argument.${arg}` }])),
  },
  returns,
});

const counts = members({
  decisions: count('decided again'),
  same: count('same answer'),
  changed: count('same verdict, another reason, plan or write'),
  approved: count('refused then, approved under the candidate'),
  refused: count('approved then, refused under the candidate'),
  notDecided: count('could not be told from what was recorded'),
});

const questions: Readonly<Record<string, Action>> = {
  lint_policy: ask(
    'checks a policy document against the catalog that decides, and keeps the candidate under its digest',
    'policy_lint',
    {
      document: {
        means: 'the policy document, as JSON text; its id begins with `own_`',
        type: { type: 'string', maxLength: 65_536 },
      },
    },
    members({
      loads: flag('the document can be read, and fits the catalog'),
      'candidate?': text('the digest of the catalog with the document in it: the resource of every further step'),
      'base?': text('the digest of the catalog that it adds to'),
      kept: flag('the candidate is kept, and can be proposed'),
      'keptUntil?': text('until when, if it is not activated; drafted again, it is kept anew'),
      findings: listOf(members({ severity: text('error or warning'), path: text('where'), message: text('what') })),
    }),
  ),
  list_policy_flips: ask(
    'shows which recorded decisions the candidate would have made otherwise',
    'policy_flips',
    { limit: { means: 'at most so many', type: { type: 'integer', min: 1, max: 100 }, otherwise: 20 } },
    members({
      counts,
      size: count('receipts that were looked at'),
      flips: listOf(
        members({
          seq: count('which receipt'),
          'action?': text('what was asked'),
          verdict: listOf(text('a verdict'), 'then, and under the candidate'),
          gained: listOf(text('a code'), 'why it would be refused'),
        }),
      ),
      undecided: listOf(
        members({
          'action?': text('what was asked'),
          why: text('why it cannot be told'),
          unread: listOf(text('a fact'), 'that was not recorded then'),
          decisions: count('how many'),
        }),
        'in which ways decisions cannot be told',
      ),
    }),
  ),
  explain_action: ask(
    'says what an action requires, in words, and how it would be decided for you now',
    'policy_explain',
    { action: { means: 'the action to explain', type: { type: 'string', maxLength: 64 } } },
    members({
      action: text('which action'),
      means: text('what it does'),
      requires: listOf(
        members({ gate: text('which gate'), code: text('if not'), means: text('what'), when: text('exactly') }),
      ),
      'now?': members({ verdict: word('now, for you', 'approve', 'refuse'), codes: listOf(text('why not')) }),
    }),
  ),
  diff_policies: ask(
    'compares the catalog that decides with a candidate, over all observations',
    'policy_diff',
    {},
    members({
      answer: word('whether anything is decided otherwise', 'alike', 'different', 'not_decided'),
      differences: listOf(
        members({
          action: text('which action'),
          verdict: listOf(text('a verdict'), 'now, and under the candidate'),
          gained: listOf(text('a code')),
          lost: listOf(text('a code')),
        }),
      ),
      truncated: flag('there are more'),
    }),
  ),
  prove_policy: ask(
    'proves an invariant over all observations, or shows one that breaks it',
    'policy_prove',
    {
      invariant: {
        means: 'one invariant, as JSON text; `{}` for the candidate’s own',
        type: { type: 'string', maxLength: 8_192 },
        otherwise: '{}',
      },
    },
    members({
      proofs: listOf(
        members({
          action: text('about which action'),
          verdict: text('what never or always happens'),
          answer: word('what is known', 'holds', 'broken', 'not_decided'),
          'counterexample?': byName({}, 'an observation that breaks it'),
        }),
      ),
    }),
  ),
  list_permitted_actions: {
    ...ask(
      'lists the actions that you can see, and how each would be decided for you now',
      'permitted_actions',
      {},
      members({
        actions: listOf(
          members({
            tool: text('by which tool'),
            action: text('what'),
            effect: text('what it changes'),
            arguments: listOf(text('an argument that it takes')),
            verdict: word('now, for you', 'approve', 'refuse', 'depends_on_arguments', 'not_decided'),
            codes: listOf(text('why not')),
          }),
        ),
      }),
    ),
    roles: [],
  },
  show_policy: {
    ...ask(
      'shows how far a candidate is',
      'show',
      {},
      members({
        proposer: text('who proposed it; empty where nobody did'),
        simulated_size: count('receipts that it was simulated on'),
        simulated_flips: count('verdicts that flipped'),
        simulated_undecided: count('ways in which decisions could not be told'),
        approver: text('who approved it; empty where nobody did'),
        approval_expires_at: text('until when'),
        active: text('the version that was activated last'),
        deciding: text('the catalog that decides now'),
      }),
    ),
    does: {
      effect: 'read',
      step: 'show',
      with: {
        proposer: { fact: 'policy_proposer' },
        simulated_size: { fact: 'policy_simulated_size' },
        simulated_flips: { fact: 'policy_simulated_flips' },
        simulated_undecided: { fact: 'policy_simulated_undecided' },
        approver: { fact: 'policy_approver' },
        approval_expires_at: { fact: 'policy_approval_expires_at' },
        active: { fact: 'active_policy' },
        deciding: { fact: 'catalog' },
      },
    },
  },
};

const steps: Readonly<Record<string, Action>> = {
  propose_policy: step({
    means: 'proposes a candidate as the next policy version',
    who: ['agent', 'user', 'service'],
    requires: [...sound, onPresentBase, clean],
    emits: { approve: 'policy_proposed', refuse: 'policy_refused' },
    // A new proposer is a new proposal: what was approved of another one does not count.
    writes: [
      set('policy_proposer', 'subject'),
      set('policy_proposer_person', 'person'),
      set('policy_proposer_persons', 'persons'),
      ...forget,
    ],
  }),
  simulate_policy: step({
    means: 'records what the candidate would have decided otherwise in the tenant’s own ledger',
    who: ['agent', 'user', 'service'],
    requires: [proposed],
    emits: { approve: 'policy_simulated', refuse: 'policy_refused' },
    writes: [
      set('policy_simulated_size', 'simulated_size'),
      set('policy_simulated_flips', 'simulated_flips'),
      set('policy_simulated_undecided', 'simulated_undecided'),
    ],
  }),
  approve_policy: {
    ...step({
      means: 'approves a simulated candidate of somebody else, for a day',
      who: ['user'],
      relation: 'approver',
      requires: [
        proposed,
        {
          code: 'approver_is_requester',
          means: 'somebody other than the proposer approves',
          when: { not: { fact: 'policy_proposer', is: { fact: 'subject' } } },
          remedy: { by: 'request', argument: 'credential' },
        },
        byAnother({
          subject: 'policy_proposer',
          person: 'policy_proposer_person',
          subjectBehind: 'proposer_behind',
          personBehind: 'proposer_person_behind',
          persons: 'policy_proposer_persons',
        }),
        simulated,
        undecidedAccepted,
      ],
      emits: { approve: 'policy_approved', refuse: 'policy_refused' },
      writes: [
        set('policy_approver', 'subject'),
        set('policy_approved_flips', 'policy_simulated_flips'),
        set('policy_approved_undecided', 'policy_simulated_undecided'),
        set('policy_approval_expires_at', 'at', DAY_MS),
      ],
    }),
    arguments: {
      accept_undecided: {
        means: 'it shall count although the simulation could not tell some decisions',
        type: { type: 'boolean' },
        otherwise: false,
      },
    },
  },
  withdraw_policy_approval: step({
    means: 'takes the approval of a candidate back before it is activated',
    who: ['user'],
    relation: 'approver',
    requires: [proposed],
    emits: { approve: 'policy_approval_withdrawn', refuse: 'policy_refused' },
    writes: forget,
  }),
  activate_policy: step({
    means: 'lets an approved candidate decide, from the next receipt on',
    who: ['user', 'service'],
    requires: [
      unpinned,
      notActive,
      ...sound,
      onPresentBase,
      clean,
      keepsInvariants,
      proposed,
      simulated,
      upToDate,
      ...approvedByAnother,
    ],
    emits: { approve: 'policy_activated', refuse: 'policy_refused' },
    writes: [
      alone('previous_catalog', { fact: 'catalog' }),
      alone('policy_before', { fact: 'catalog' }),
      alone('active_catalog', { fact: 'resource' }),
      alone('active_policy', { fact: 'resource' }),
      alone('active_policy_base', { fact: 'policy_base' }),
      ...forget,
    ],
  }),
  roll_back_policy: step({
    means: 'lets what decided before the present policy version decide again, from the next receipt on',
    who: ['user'],
    relation: 'owner',
    requires: [
      unpinned,
      {
        code: 'policy_not_active',
        means: 'a policy version decides now, and it was activated here',
        when: { all: [{ fact: 'active_policy', is: { fact: 'catalog' } }, { not: { fact: 'policy_before', is: '' } }] },
        remedy: { by: 'world', action: 'activate_policy' },
      },
    ],
    emits: { approve: 'policy_rolled_back', refuse: 'policy_refused' },
    writes: [
      alone('previous_catalog', { fact: 'catalog' }),
      alone('active_catalog', { fact: 'policy_before' }),
      alone('active_policy', { fact: 'policy_before' }),
      { cell: 'policy_before', key: [], change: { clear: true } },
    ],
  }),
};

/** The actions of policy_engine. */
export const policyActions: Readonly<Record<string, Action>> = { ...questions, ...steps };
