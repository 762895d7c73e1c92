/** Gate 8: the action's own preconditions, as its pack wrote them, then those of policy documents. Arguments and missing evidence are named here too. */

import type { Code, Requirement } from '../policy/action.ts';
import { addedRequirements } from '../policy/with-policy.ts';
import { changesTheWorld, type Gate, type Placed } from './gate.ts';

/** What is misspelt is nobody's: neither refused for want of evidence alone, nor carried out anywhere. */
const knownResource: Requirement = {
  code: 'resource_unknown',
  means: 'the resource is one of the tenant’s',
  when: { not: { fact: 'environment', is: 'unknown' } },
  remedy: { by: 'request', argument: 'resource' },
};

/** Codes of what the gate itself requires, of every action that changes the world. */
export const OWN_CODES: ReadonlySet<Code> = new Set([knownResource.code]);

/** What the gate itself requires, before what the pack wrote. */
export const ownRequirements = (placed: Placed): readonly Requirement[] =>
  changesTheWorld(placed) ? [knownResource] : [];

export const precondition: Gate = {
  gate: 'precondition',
  codes: {
    resource_unknown: 'the directory of resources has none of this name for the tenant',
    arguments_invalid: 'an argument is missing, unknown or not of its type',
    evidence_missing: 'nobody who may state the fact stated it',
    evidence_stale: 'the newest statement of the fact is too old',
    evidence_untrusted: 'the fact was stated by somebody who may not state it, or about the future',
    evidence_conflicting: 'those who may state the fact disagree',
    approval_expired: 'the approval that the action needs has expired',
    cell_out_of_range: 'what would be written is not of the type of its place in the ledger',
  },
  facts: {},
  cells: {},
  requires: (placed) => [
    ...ownRequirements(placed),
    ...placed.action.requires,
    ...addedRequirements(placed.source, placed.id, placed).map(({ requirement }) => requirement),
  ],
};
