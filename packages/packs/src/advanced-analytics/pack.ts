/** advanced_analytics 1.0.0: figures from receipts, each of which can be computed again by whoever doubts it (P-40, X-42). */
import type { Pack } from '@tai-autonomics/core';
import type { Tool } from '@tai-autonomics/core/author';
import { analyticsActions } from './actions.ts';

const AGAIN =
  'The answer names the receipts that it was computed from; the same function over a bundle of them gives the same figure. Refused without its role, or without an active entitlement.';
const tool = (name: string, title: string, action: string, use: string): Tool => ({
  tool: name,
  title,
  description: `${use} ${AGAIN}`,
  actions: [action],
});

/** The pack advanced_analytics 1.0.0: reads only. */
export const advancedAnalytics: Pack = {
  pack_id: 'advanced_analytics',
  version: '1.0.0',
  description:
    'Computes figures from receipts: refusals, usage, durations, recurrence, adoption, approvals, freshness.',
  tools: [
    tool(
      'ledger_overview',
      'Overview',
      'show_overview',
      'Shows a period of the ledger at a glance: verdicts, outcomes, events, receipts by day. Use it first.',
    ),
    tool(
      'refusal_figures',
      'Refusals',
      'count_refusals',
      'Counts refusals by code and action. Use it to see what stops work, and how often.',
    ),
    tool(
      'usage_figures',
      'Usage',
      'count_usage',
      'Counts approved actions by action and pack. Use it to see what is used, and by how many.',
    ),
    tool(
      'duration_figures',
      'Durations',
      'measure_durations',
      'Measures how long approved actions took to begin and to end. Use it for the time that a rollback or a throttle needs; how long a decision itself took is not in a ledger.',
    ),
    tool(
      'recurrence_figures',
      'Recurrence',
      'find_recurrence',
      'Finds what is refused again for the same action and resource. Use it to find what nobody mends.',
    ),
    tool(
      'adoption_figures',
      'Adoption',
      'measure_adoption',
      'Compares the packs that are bought with those that are used. Use it before a renewal.',
    ),
    tool(
      'approval_figures',
      'Approvals',
      'measure_approvals',
      'Measures how long approvals were waited for, by action. Use it to see where two people are too few.',
    ),
    tool(
      'freshness_figures',
      'Freshness',
      'measure_freshness',
      'Measures how old evidence was when it was decided on, and how old the newest check of the insurance was. Use it to set ages and schedules.',
    ),
  ],
  signals: [],
  facts: {},
  cells: {},
  actions: analyticsActions,
  codes: {},
  required_iam_roles: ['read_metrics', 'read_audit_trail', 'admin_dashboard'],
  incompatible_with: [],
  requires: ['receipt_verifier'],
  receipt_events: [],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 60_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};
