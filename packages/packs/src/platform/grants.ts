/** Who may do what in a tenant: roles below the plan’s ceiling, and relations. Granted by an owner, never by a purchase. */
import { type Action, RELATIONS, ROLES } from '@tai-autonomics/core/author';
import { internal, pseudonym, words } from './action.ts';
import { knownSubject, knownUser } from './subjects.ts';

const roles = { means: 'the roles', type: { type: 'set', of: ROLES } } as const;

export const grantActions: Readonly<Record<string, Action>> = {
  grant_role: internal({
    means: 'grants roles to a subject, within what the plan allows',
    who: ['user'],
    relation: 'owner',
    arguments: { subject: pseudonym('the pseudonym of the subject'), roles },
    requires: [
      knownSubject,
      {
        code: 'role_beyond_plan',
        means: 'the plan allows the roles',
        when: { fact: 'argument.roles', subsetOf: { fact: 'plan_ceiling' } },
        remedy: { by: 'request', argument: 'roles' },
      },
    ],
    emits: { approve: 'role_granted', refuse: 'action_refused' },
    writes: [
      { cell: 'granted_roles', key: [{ fact: 'argument.subject' }], change: { add: { fact: 'argument.roles' } } },
    ],
  }),
  revoke_role: internal({
    means: 'takes roles from a subject',
    who: ['user'],
    relation: 'owner',
    arguments: { subject: pseudonym('the pseudonym of the subject'), roles },
    requires: [],
    emits: { approve: 'role_revoked', refuse: 'action_refused' },
    writes: [
      { cell: 'granted_roles', key: [{ fact: 'argument.subject' }], change: { remove: { fact: 'argument.roles' } } },
    ],
  }),
  grant_relation: internal({
    means: 'makes a user an owner, an approver or a responder of the tenant',
    who: ['user'],
    relation: 'owner',
    arguments: {
      subject: pseudonym('the pseudonym of the user'),
      relation: words('what the user becomes', ...RELATIONS),
    },
    requires: [knownUser('subject', 'registered_kind')],
    emits: { approve: 'relation_granted', refuse: 'action_refused' },
    writes: [
      { cell: 'relations', key: [{ fact: 'argument.subject' }], change: { add: { fact: 'argument.relation' } } },
    ],
  }),
  revoke_relation: internal({
    means: 'takes from a user what it is to the tenant',
    who: ['user'],
    relation: 'owner',
    arguments: {
      subject: pseudonym('the pseudonym of the user'),
      relation: words('what the user is from now on no more', ...RELATIONS),
    },
    requires: [
      {
        code: 'last_owner',
        means: 'no owner removes itself: whoever removes an owner is one, so one is always left',
        when: {
          any: [
            { not: { fact: 'argument.relation', is: 'owner' } },
            { not: { fact: 'argument.subject', is: { fact: 'subject' } } },
          ],
        },
        remedy: { by: 'request', argument: 'credential' },
      },
    ],
    emits: { approve: 'relation_revoked', refuse: 'action_refused' },
    writes: [
      { cell: 'relations', key: [{ fact: 'argument.subject' }], change: { remove: { fact: 'argument.relation' } } },
    ],
  }),
};
