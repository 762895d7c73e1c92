/** What policy_engine looks at: what the governor's own bench finds about a candidate, and what the ledger says was done with it. */
import type { Cell, LedgerFact, ObservedFact, Type, Value } from '@tai-autonomics/core/author';

/** What the bench says stays true of a candidate; where it speaks of the ledger, it has to have looked just now. */
const MAX_AGE_MS = 60_000;
const NEWS_MAX_AGE_MS = 10_000;

const STRING: Type = { type: 'string' };
const INTEGER: Type = { type: 'integer' };
const INSTANT: Type = { type: 'instant' };

const seen = (means: string, type: Type, maxAgeMs = MAX_AGE_MS): ObservedFact => ({
  means,
  type,
  origin: 'observed',
  sources: ['policy_bench'],
  maxAgeMs,
});
const of = (means: string, type: Type, cell: string, otherwise: Value): LedgerFact => ({
  means,
  type,
  origin: 'ledger',
  cell,
  key: [{ fact: 'resource' }],
  otherwise,
});
const alone = (means: string, cell: string): LedgerFact => ({
  means,
  type: STRING,
  origin: 'ledger',
  cell,
  key: [],
  otherwise: '',
});

const behind = (means: string, of: string): LedgerFact => ({
  means,
  type: STRING,
  origin: 'ledger',
  cell: 'subject_persons',
  key: [{ fact: of }],
  otherwise: 'none',
});

export const policyFacts: Readonly<Record<string, ObservedFact | LedgerFact>> = {
  policy_base: seen('the digest of the catalog that the candidate adds the tenant’s own documents to', STRING),
  policy_lint_errors: seen('how many errors the linter finds in the tenant’s own documents', INTEGER),
  policy_invariants_broken: seen(
    'how many of the candidate’s own invariants are broken, or could not be proved',
    INTEGER,
  ),
  simulated_size: seen('how many receipts of the ledger were decided again under the candidate', INTEGER),
  simulated_flips: seen('how many of their decisions would have had another verdict', INTEGER),
  simulated_undecided: seen(
    'in how many ways decisions could not be told: the candidate reads what was not recorded',
    INTEGER,
  ),
  policy_news: seen(
    'how many decisions since the simulation have another verdict, or cannot be told, in a way that none before it had',
    INTEGER,
    NEWS_MAX_AGE_MS,
  ),
  policy_proposer: of('who proposed the candidate', STRING, 'policy_proposer', ''),
  policy_proposer_person: of('the user who stands behind who proposed it', STRING, 'policy_proposer_person', ''),
  policy_proposer_persons: of(
    'all users who stand behind who proposed it',
    { type: 'set' },
    'policy_proposer_persons',
    [],
  ),
  proposer_behind: behind('who was registered to stand behind who proposed it', 'policy_proposer'),
  proposer_person_behind: behind('who was registered to stand behind that user', 'policy_proposer_person'),
  policy_simulated_size: of('up to which receipt it was simulated', INTEGER, 'policy_simulated_size', 0),
  policy_simulated_flips: of('how many verdicts flipped in its simulation', INTEGER, 'policy_simulated_flips', 0),
  policy_simulated_undecided: of(
    'in how many ways decisions could not be told in its simulation',
    INTEGER,
    'policy_simulated_undecided',
    0,
  ),
  policy_approver: of('who approved it', STRING, 'policy_approver', ''),
  policy_approved_flips: of('how many flips were approved', INTEGER, 'policy_approved_flips', 0),
  policy_approved_undecided: of(
    'with how many ways it was approved in which decisions could not be told',
    INTEGER,
    'policy_approved_undecided',
    0,
  ),
  policy_approval_expires_at: of(
    'when its approval expires',
    INSTANT,
    'policy_approval_expires_at',
    '1970-01-01T00:00:00.000Z',
  ),
  active_policy: alone('the digest of the policy version that was activated last', 'active_policy'),
  active_policy_base: alone('the catalog that it adds to', 'active_policy_base'),
  policy_before: alone('what decided before it', 'policy_before'),
};

const cell = (means: string, type: Type, key: readonly string[] = ['policy']): Cell => ({ means, key, type });
export const policyCells: Readonly<Record<string, Cell>> = {
  policy_proposer: cell('who proposed a candidate', STRING),
  policy_proposer_person: cell('the user who stands behind who proposed a candidate', STRING),
  policy_proposer_persons: cell('all users who stand behind who proposed a candidate', { type: 'set' }),
  policy_simulated_size: cell('up to which receipt it was simulated', INTEGER),
  policy_simulated_flips: cell('how many verdicts flipped in its simulation', INTEGER),
  policy_simulated_undecided: cell('in how many ways decisions could not be told in its simulation', INTEGER),
  policy_approver: cell('who approved it', STRING),
  policy_approved_flips: cell('how many flips were approved', INTEGER),
  policy_approved_undecided: cell('with how many such ways it was approved', INTEGER),
  policy_approval_expires_at: cell('when its approval expires', INSTANT),
  active_policy: cell('the policy version that was activated last', STRING, []),
  active_policy_base: cell('the catalog that it adds to', STRING, []),
  policy_before: cell('what decided before it', STRING, []),
};
