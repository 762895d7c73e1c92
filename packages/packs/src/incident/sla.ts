/**
 * How long a decision on an incident may take, from its alert on (D-39, X-22). One table: the ledger's clocks, the figures and
 * what support says of itself are all made from it.
 */

/** How bad an incident is, the mildest first. */
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
/** How bad an incident is; it only rises until its end. */
export type Severity = (typeof SEVERITIES)[number];

const MINUTE_MS = 60_000;

/** Within it is decided; a breach is a decision, or none, later than exactly this. */
export const DECISION_WITHIN_MS: Readonly<Record<Severity, number>> = {
  critical: 3 * MINUTE_MS,
  high: 8 * MINUTE_MS,
  medium: 15 * MINUTE_MS,
  low: 30 * MINUTE_MS,
};

/** An incident of one kind about one resource that comes back within this recurs, and is looked into (D-16). */
export const RECURS_WITHIN_MS: number = 30 * 24 * 60 * MINUTE_MS;
