/** Who may see what of a ledger: an owner and an auditor see all of it, everybody else what they asked for themselves. */
import type { ActionStep } from '@tai-autonomics/core';
import type { ReadRow } from '../api.ts';

/** Whose eyes a read serves, as the receipt of its decision says. */
export interface Viewer {
  readonly ref: string;
  readonly seesAll: boolean;
}

/**
 * The viewer of a step whose pack declares `viewer`, `scope`, `granted`, `ceiling` and `relations`. All is seen by an owner
 * of the tenant, and by whom `read_audit_trail` is effective for: in the plan's ceiling, the grant and the credential at once.
 */
export const viewerOf = ({ with: seen }: ActionStep): Viewer => ({
  ref: String(seen['viewer'] ?? ''),
  seesAll:
    includes(seen['relations'], 'owner') ||
    ['scope', 'granted', 'ceiling'].every((place) => includes(seen[place], 'read_audit_trail')),
});

/** Whether a receipt is the viewer's to see. */
export const mayView = ({ ref, seesAll }: Viewer, { receipt }: ReadRow): boolean => seesAll || receipt.subject === ref;

/** The names of disclosures that are kept from a viewer: nobody but an auditor learns by a refusal what could be bought. */
export const hiddenFrom = ({ seesAll }: Viewer, { receipt }: ReadRow): readonly string[] =>
  seesAll || receipt.event !== 'tool_not_found' ? [] : CAUSES;

const includes = (list: unknown, word: string): boolean => Array.isArray(list) && list.includes(word);

/** What tells the true cause of a tool that does not exist for the caller. */
const CAUSES = ['decision/body', 'state/readings'] as const;
