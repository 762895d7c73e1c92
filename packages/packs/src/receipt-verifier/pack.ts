/** receipt_verifier: always on, read-only, needs no role: the four core tools of every deployment, and what auditors use (P-19, P-20, X-42). */
import type { Pack } from '@tai-autonomics/core';
import { receiptVerifierActions } from './actions.ts';

/** The pack receipt_verifier 1.0.0: always on, reads only. */
export const receiptVerifier: Pack = {
  pack_id: 'receipt_verifier',
  version: '1.0.0',
  description: 'Verifies, shows, proves and exports receipts, and previews decisions; reads only.',
  always: true,
  tools: [
    {
      tool: 'health_check',
      title: 'Check health',
      description:
        'Says the mode of the deployment, the size of your ledger, the active catalog and the state of insurance and agreement. Use it first. It is never refused; no answer means that there is no governor.',
      actions: ['check_health'],
    },
    {
      tool: 'entitlement_gate',
      title: 'Preview a decision',
      description:
        'Says whether an action would be approved for you now, with all reasons and next lawful steps, without acting. Use it before anything that changes the world. A preview cannot be executed, and by the time you ask the answer may differ.',
      actions: ['preview_decision'],
    },
    {
      tool: 'receipt_verification',
      title: 'Verify the whole ledger',
      description:
        'Verifies your whole ledger: every link, the tree, the checkpoint and every decision, re-derived from its readings. Use it when you doubt the ledger; it reads all of it. `falsified` names the first bad receipt.',
      actions: ['verify_receipts'],
    },
    {
      tool: 'support_model',
      title: 'Show the support model',
      description: 'Says how support works here, and what you are promised. Use it before you ask a person.',
      actions: ['describe_support'],
    },
    {
      tool: 'chain_check',
      title: 'Verify a part of the ledger',
      description:
        'Verifies the receipts of a range: each is proved to be under the signed checkpoint, linked to the one before, and decided again. At most 2 000 receipts a call.',
      actions: ['verify_chain'],
    },
    {
      tool: 'receipt_check',
      title: 'Check a receipt that you hold',
      description:
        'Checks a receipt that somebody gave you: its form, its disclosures, the decision in it, and whether your ledger has it. Use it before you rely on a receipt that did not come from receipt_display. `inLedger` is unknown for a receipt of another ledger.',
      actions: ['verify_receipt'],
    },
    {
      tool: 'bundle_check',
      title: 'Check an evidence bundle that you hold',
      description:
        'Runs the offline verifier on a small bundle that you pass as base64. Pass the keys that you trust, since a bundle cannot vouch for itself. Larger bundles are for `tai verify`.',
      actions: ['verify_bundle'],
    },
    {
      tool: 'proof_check',
      title: 'Check a proof that you hold',
      description:
        'Checks an inclusion proof of a receipt, or a consistency proof of an older checkpoint. Use it with receipt_proof, or with a proof of another deployment and its key. A proof under a checkpoint that nobody known signed proves nothing.',
      actions: ['verify_proof'],
    },
    {
      tool: 'receipt_search',
      title: 'List receipts',
      description:
        'Lists receipts by action, code, event, incident and time, oldest first, with a cursor. You see what you asked for yourself; an owner, or whoever has read_audit_trail, sees everybody’s. `shown` says which.',
      actions: ['list_receipts'],
    },
    {
      tool: 'receipt_display',
      title: 'Show a receipt',
      description:
        'Shows one receipt byte for byte, with what it discloses: the intent, the readings, the evidence, the decision. Use it to see why something was decided. A place without a receipt and a receipt of somebody else give the same answer.',
      actions: ['show_receipt'],
    },
    {
      tool: 'receipt_proof',
      title: 'Prove a receipt',
      description:
        'Gives a proof file that a receipt is in your ledger, under a checkpoint that is signed now. Use it to show one receipt to somebody without showing the ledger.',
      actions: ['prove_receipt'],
    },
    {
      tool: 'receipt_export',
      title: 'Export an evidence bundle',
      description:
        'Exports your ledger, a period or an incident as a bundle that an auditor checks offline; disclosures can be withheld. It is refused unless an owner asks, or read_audit_trail is effective for you. What is too large for an answer is for `tai export`.',
      actions: ['export_receipts'],
    },
  ],
  signals: [],
  facts: {},
  cells: {},
  actions: receiptVerifierActions,
  codes: {},
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: [],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 60_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};
