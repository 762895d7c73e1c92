/** Gate 1: does this tool exist for this tenant. Packs stay active whatever the entitlement's dates; always-on packs need none. */

import type { Type } from '../data/value.ts';
import { NAMED_KINDS } from '../policy/action.ts';
import type { PlanFact } from '../policy/fact.ts';
import { ROLES } from '../policy/role.ts';
import { buyPlan, cellFact, contextFact, type Gate, smallestPlan } from './gate.ts';
import { TOOL_NOT_FOUND } from './tool-not-found.ts';

const STRING: Type = { type: 'string' };
const NAMES: Type = { type: 'set' };
const ROLE_SET: Type = { type: 'set', of: ROLES };
const planFact = (means: string, type: Type, column: PlanFact['column']): PlanFact => ({
  means,
  type,
  origin: 'plan',
  column,
});

export const registry: Gate = {
  gate: 'registry',
  codes: { tool_not_found: 'there is no such tool for this tenant' },
  facts: {
    at: contextFact('the instant of the decision', { type: 'instant' }, 'at'),
    mode: contextFact('the mode of this deployment', { type: 'enum', values: ['eval', 'contractual'] }, 'mode'),
    action: contextFact('the action that is asked for', STRING, 'action'),
    subject: contextFact('the pseudonym of who asks', STRING, 'subject'),
    person: contextFact('the pseudonym of the user who stands behind who asks', STRING, 'person'),
    persons: contextFact('the pseudonyms of all users who stand behind who asks', NAMES, 'persons'),
    subject_type: contextFact(
      'what kind of subject asks',
      { type: 'enum', values: ['agent', 'user', 'service', 'marketplace', 'system'] },
      'subject_type',
    ),
    scope: contextFact('the roles that the credential carries at most', ROLE_SET, 'scope'),
    resource: contextFact('what the action is about', STRING, 'resource'),
    resource_ref: contextFact('the pseudonym of what the action is about', STRING, 'resource_ref'),
    environment: contextFact(
      'where the resource is; unknown is production',
      { type: 'enum', values: ['sandbox', 'production', 'unknown'] },
      'environment',
    ),
    binding: contextFact('the keyed digest of exactly what is asked', STRING, 'binding'),
    receipt_id: contextFact('the id of the receipt that this decision leaves', STRING, 'receipt_id'),
    catalog: contextFact('the digest of the catalog that decides', STRING, 'catalog'),
    refusal_asks: contextFact('the actions that the named refusal asks to be approved by', NAMES, 'refusal_asks'),
    refusal_binding: contextFact('the keyed digest of what was refused', STRING, 'refusal_binding'),
    refusal_requester: contextFact('the pseudonym of who was refused', STRING, 'refusal_requester'),
    refusal_person: contextFact(
      'the pseudonym of the user who stands behind who was refused',
      STRING,
      'refusal_person',
    ),
    refusal_persons: contextFact(
      'the pseudonyms of all users who stand behind who was refused',
      NAMES,
      'refusal_persons',
    ),
    named_kind: contextFact(
      'what kind of subject the arguments name, if the deployment knows it',
      { type: 'enum', values: ['nobody', ...NAMED_KINDS] },
      'named_kind',
    ),
    signed_by: contextFact('the key by which the intent is signed, as it was checked', STRING, 'signed_by'),
    plan_packs: planFact('the packs that the tenant bought', NAMES, 'packs'),
    plan_ceiling: planFact('the roles that its plan allows at most', ROLE_SET, 'ceiling'),
    plan_quota: planFact(
      'the approvals an action that its plan allows in a period',
      { type: 'integer', min: 0 },
      'quota',
    ),
    entitlement_plan: cellFact('the plan that the tenant bought', STRING, 'entitlement_plan', ''),
    entitlement_packs: cellFact('the packs that its entitlement names', NAMES, 'entitlement_packs', []),
    entitlement_roles: cellFact('the roles that its entitlement names', ROLE_SET, 'entitlement_roles', []),
  },
  cells: {
    catalog_disclosed: {
      means: 'whether subjects of the tenant are told what it could buy',
      key: [],
      type: { type: 'boolean' },
    },
    entitlement_plan: { means: 'the plan that the tenant bought', key: [], type: STRING },
    entitlement_packs: { means: 'the packs that its entitlement names', key: [], type: NAMES },
    entitlement_roles: { means: 'the roles that its entitlement names', key: [], type: ROLE_SET },
  },
  requires: ({ pack, action, source }) =>
    pack.always === true
      ? []
      : [
          {
            ...TOOL_NOT_FOUND,
            when: { fact: 'plan_packs', contains: pack.pack_id },
            remedy: buyPlan(source, smallestPlan(source, pack, action.roles) ?? smallestPlan(source, pack, [])),
          },
        ],
};
