/** Gate 8: the action's own preconditions, as its pack wrote them, then those of policy documents. Arguments and missing evidence are named here too. */
import { addedRequirements } from '../policy/with-policy.ts';
import type { Gate } from './gate.ts';

export const precondition: Gate = {
  gate: 'precondition',
  codes: {
    arguments_invalid: 'an argument is missing, unknown or not of its type',
    evidence_missing: 'nobody who may state the fact stated it',
    evidence_stale: 'the newest statement of the fact is too old',
    evidence_untrusted: 'the fact was stated by somebody who may not state it, or about the future',
    evidence_conflicting: 'those who may state the fact disagree',
    approval_missing: 'the approval that the action needs is not there',
    approval_expired: 'the approval that the action needs has expired',
    spec_version_unknown: 'the version of the specification is not known',
  },
  facts: {},
  cells: {},
  requires: ({ id, source, action, pack }) => [
    ...action.requires,
    ...addedRequirements(source, id, { action, pack }).map(({ requirement }) => requirement),
  ],
};
