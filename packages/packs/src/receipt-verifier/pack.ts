/** receipt_verifier: always on, read-only, needs no role: the four tools of every deployment (P-19, P-20, X-42). */
import type { Action, Pack } from '@tai-autonomics/core';

const read = (means: string, step: string, args: Action['arguments'] = {}): Action => ({
  means,
  who: ['agent', 'user', 'service'],
  entitlement: 'none',
  roles: [],
  arguments: args,
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: {
    effect: 'read',
    step,
    with: Object.fromEntries(Object.keys(args).map((name) => [name, { fact: `argument.${name}` }])),
  },
});

/** The pack receipt_verifier 1.0.0: always on, reads only. */
export const receiptVerifier: Pack = {
  pack_id: 'receipt_verifier',
  version: '1.0.0',
  description: 'Verifies receipts and previews decisions; reads only.',
  always: true,
  tools: [
    {
      tool: 'health_check',
      title: 'Check health',
      description:
        'Says the mode of the deployment, the head of your ledger, the active catalog and the state of insurance and agreement.',
      actions: ['check_health'],
    },
    {
      tool: 'entitlement_gate',
      title: 'Preview a decision',
      description:
        'Says whether an action would be approved for you now, with all reasons and next lawful steps, without acting. A preview can not be executed.',
      actions: ['preview_decision'],
    },
    {
      tool: 'receipt_verification',
      title: 'Verify receipts',
      description:
        'Verifies your whole ledger: every link, the tree, the checkpoint and every decision, re-derived from its readings.',
      actions: ['verify_receipts'],
    },
    {
      tool: 'support_model',
      title: 'Show the support model',
      description:
        'Says how support works here: decisions and receipts, refusals with their next lawful step, no improvised remedies.',
      actions: ['describe_support'],
    },
  ],
  signals: [],
  facts: {},
  cells: {},
  actions: {
    check_health: read('says how the deployment is', 'health'),
    preview_decision: read('previews a decision without acting', 'preview', {
      action: { means: 'the action to preview', type: { type: 'string', maxLength: 64 } },
    }),
    verify_receipts: read('verifies the tenant’s ledger', 'verify_ledger'),
    describe_support: read('describes how support works', 'support_model'),
  },
  codes: {},
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: [],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 60_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};
