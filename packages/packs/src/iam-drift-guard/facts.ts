/** What iam_drift_guard looks at, and what it remembers. */
import type { Cell, LedgerFact, ObservedFact, Type } from '@tai-autonomics/core/author';

/** What a remediation looks at may be a minute old. */
const MAX_AGE_MS = 60_000;
const DIGEST: Type = { type: 'string', maxLength: 64 };

const observed = (means: string, type: Type): ObservedFact => ({
  means,
  type,
  origin: 'observed',
  sources: ['iam'],
  maxAgeMs: MAX_AGE_MS,
});

const detected = (means: string, type: Type): ObservedFact => ({ ...observed(means, type), detector: 'iam_drift@2' });

const binding = [{ fact: 'binding' }] as const;

export const driftFacts: Readonly<Record<string, ObservedFact | LedgerFact>> = {
  iam_reachable: observed('whether the policy in force can be read', { type: 'boolean' }),
  drift_detected: detected('whether the policy in force grants something else than is declared', { type: 'boolean' }),
  drift_digest: detected('the digest of the changes that would undo the drift', DIGEST),
  drift_changes: detected('how many changes would undo the drift', { type: 'integer', min: 0 }),
  drift_plan: detected('the first changes that would undo the drift, at most 50', { type: 'set' }),
  drift_locks_out: detected(
    'whether undoing the drift would remove every binding, or everybody from a role that can repair',
    { type: 'boolean' },
  ),
  policy_etag: detected('the version of the policy in force', { type: 'string', maxLength: 200 }),
  declared_policy: detected('the digest of the declared policy', DIGEST),
  remediation_approved_for: {
    means: 'the subject for whom exactly this remediation is approved',
    type: { type: 'string' },
    origin: 'ledger',
    cell: 'remediation_requester',
    key: binding,
    otherwise: '',
  },
  lockout_approved_for: {
    means: 'the subject for whom an owner approved exactly this remediation although it may lock everybody out',
    type: { type: 'string' },
    origin: 'ledger',
    cell: 'lockout_requester',
    key: binding,
    otherwise: '',
  },
  lockout_approval_expires_at: {
    means: 'when the approval of exactly this lockout expires',
    type: { type: 'instant' },
    origin: 'ledger',
    cell: 'lockout_approval_expires_at',
    key: binding,
    otherwise: '1970-01-01T00:00:00.000Z',
  },
  remediation_approval_expires_at: {
    means: 'when the approval of exactly this remediation expires',
    type: { type: 'instant' },
    origin: 'ledger',
    cell: 'remediation_approval_expires_at',
    key: binding,
    otherwise: '1970-01-01T00:00:00.000Z',
  },
};

/** Cells of their own: a general approval needs no `write_policy`, so it is none of a remediation. */
export const driftCells: Readonly<Record<string, Cell>> = {
  remediation_requester: { means: 'for whom a remediation is approved', key: ['binding'], type: { type: 'string' } },
  lockout_requester: {
    means: 'for whom a remediation that may lock everybody out is approved',
    key: ['binding'],
    type: { type: 'string' },
  },
  lockout_approval_expires_at: {
    means: 'when the approval of a lockout expires',
    key: ['binding'],
    type: { type: 'instant' },
  },
  remediation_approval_expires_at: {
    means: 'when the approval of a remediation expires',
    key: ['binding'],
    type: { type: 'instant' },
  },
};
