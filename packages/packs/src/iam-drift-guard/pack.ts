/** iam_drift_guard 1.0.0: drift between declared and observed allow policies, and its remediation (P-33 to P-38, C-23 to C-25). */
import type { Pack } from '@tai-autonomics/core';
import { driftActions } from './actions.ts';
import { driftCells, driftFacts } from './facts.ts';

/** The pack iam_drift_guard 1.0.0. */
export const iamDriftGuard: Pack = {
  pack_id: 'iam_drift_guard',
  version: '1.0.0',
  description: 'Detects drift of allow policies, and undoes exactly what somebody else approved.',
  tools: [
    {
      tool: 'drift_detector',
      title: 'Detect policy drift',
      description:
        'Says whether the allow policy of a resource grants something else than is declared: the exact changes that would undo the drift, how many there are, and their digest. A refusal drift_not_detected means that there is no drift. Never acts.',
      actions: ['detect_drift'],
    },
    {
      tool: 'drift_policy',
      title: 'Approve a remediation',
      description:
        'Approves exactly the remediation that a refusal refused to somebody else, named by its receipt; people only. Whoever asked for it cannot approve it.',
      actions: ['approve_remediation'],
    },
    {
      tool: 'drift_remediate',
      title: 'Undo policy drift',
      description:
        'Puts the declared allow policy of a resource in force again. It is refused, with the next lawful step for each reason, unless there is drift, the policy can be read now, and somebody else approved exactly these changes to exactly this version of the policy. If the policy changes in between, nothing is written. What would remove every binding, or everybody from a role that can repair, needs the owner’s approval as well.',
      actions: ['remediate_drift'],
    },
  ],
  signals: ['drift_detected', 'drift_remediated', 'drift_refused'],
  facts: driftFacts,
  cells: driftCells,
  actions: driftActions,
  codes: {
    drift_not_detected: 'the resource grants what is declared, or something else than the drift that is named',
    remediation_not_approved: 'nobody else approved exactly this remediation',
    remediation_locks_out:
      'it would remove every binding, or everybody from a role that can repair, and no owner approved that',
    iam_service_unreachable: 'the policy in force cannot be read',
  },
  required_iam_roles: ['read_iam', 'write_iam', 'write_policy', 'read_audit_trail'],
  incompatible_with: [],
  requires: ['receipt_verifier'],
  receipt_events: ['drift_detected', 'drift_remediated', 'drift_refused'],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 180_000, memoryBytes: 536_870_912, cpuPercent: 40 },
};
