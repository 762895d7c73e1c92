/**
 * Gate 5: who may. Subject type and relation come from the credential and the ledger; a role is effective only in the
 * intersection of the plan's ceiling, the tenant's grant and the credential's scope (C-15). Each has its own remedy.
 */

import type { Type } from '../data/value.ts';
import type { Requirement } from '../policy/action.ts';
import { RELATIONS } from '../policy/action.ts';
import type { Condition } from '../policy/condition.ts';
import { ROLES } from '../policy/role.ts';
import { buyPlan, cellFact, type Gate, type Placed, smallestPlan } from './gate.ts';

const ROLE_SET: Type = { type: 'set', of: ROLES };
const RELATION_SET: Type = { type: 'set', of: RELATIONS };
const CODE = 'insufficient_privilege';

const subjectType = ({ action }: Placed): Requirement => ({
  code: CODE,
  means: `it is asked by ${action.who.join(' or ')}`,
  when: { fact: 'subject_type', oneOf: action.who },
  remedy: { by: 'request', argument: 'credential' },
});

const relation = ({ action }: Placed): readonly Requirement[] => {
  if (action.relation === undefined) return [];
  const when: Condition = { fact: 'subject_relations', contains: action.relation };
  const means = `it is asked by ${action.relation === 'responder' ? 'a' : 'an'} ${action.relation} of the tenant`;
  if (action.relation === 'owner')
    return [{ code: CODE, means, when, remedy: { by: 'request', argument: 'credential' } }];
  return [
    {
      code: CODE,
      means,
      when,
      remedy: {
        by: 'authority',
        who: { type: 'user', relation: 'owner' },
        submit: { action: 'grant_relation', arguments: { subject: { fact: 'subject' }, relation: action.relation } },
      },
    },
  ];
};

const roles = ({ action, pack, source }: Placed): readonly Requirement[] => {
  if (action.roles.length === 0) return [];
  const needed = action.roles.join(', ');
  return [
    {
      code: CODE,
      means: `the plan allows ${needed}`,
      when: { fact: 'plan_ceiling', containsAll: action.roles },
      remedy: buyPlan(source, smallestPlan(source, pack, action.roles)),
    },
    {
      code: CODE,
      means: `the tenant granted ${needed}`,
      when: { fact: 'granted_roles', containsAll: action.roles },
      remedy: {
        by: 'authority',
        who: { type: 'user', relation: 'owner' },
        submit: { action: 'grant_role', arguments: { subject: { fact: 'subject' }, roles: action.roles } },
      },
    },
    {
      code: CODE,
      means: `the credential carries ${needed}`,
      when: { fact: 'scope', containsAll: action.roles },
      remedy: { by: 'request', argument: 'credential' },
    },
  ];
};

export const role: Gate = {
  gate: 'role',
  codes: { insufficient_privilege: 'whoever asks may not' },
  facts: {
    subject_relations: cellFact(
      'what the subject is to the tenant',
      RELATION_SET,
      'relations',
      [],
      [{ fact: 'subject' }],
    ),
    granted_roles: cellFact(
      'the roles that the tenant granted to the subject',
      ROLE_SET,
      'granted_roles',
      [],
      [{ fact: 'subject' }],
    ),
  },
  cells: {
    relations: { means: 'what a subject is to the tenant', key: ['subject'], type: RELATION_SET },
    granted_roles: { means: 'the roles that the tenant granted', key: ['subject'], type: ROLE_SET },
  },
  requires: (placed) => [subjectType(placed), ...relation(placed), ...roles(placed)],
};
