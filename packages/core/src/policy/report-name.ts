/** The reports that there are: a plan may promise them by name. */
export const REPORTS = ['weekly', 'incident', 'andon', 'proposals', 'rca', 'sla', 'kaizen'] as const;
/** What a report is about. */
export type ReportName = (typeof REPORTS)[number];
