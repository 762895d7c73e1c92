/**
 * Who can be named in a tenant: whom the deployment knows, and whom an owner or the operator registered. Nobody else gets a role, a
 * relation or the ownership.
 */
import {
  type Action,
  type Cell,
  type Fact,
  type LedgerFact,
  NAMED_KINDS,
  type Requirement,
} from '@tai-autonomics/core/author';
import { internal, ownerOrSystem, pseudonym, string, words } from './action.ts';
import { personFits, personRegistered } from './persons.ts';

const KIND: Fact['type'] = { type: 'enum', values: ['nobody', ...NAMED_KINDS] };

/** A user is there who is named: no agent owns, approves or responds. */
export const knownUser = (argument: 'subject' | 'to', registeredFact: string): Requirement =>
  unknown('it is a user whom the deployment knows, or whom register_subject introduced', argument, registeredFact, [
    'user',
  ]);

/** What was registered of whom an argument names. */
const registered = (argument: string): LedgerFact => ({
  means: 'what kind of subject was registered under the pseudonym that is named',
  type: KIND,
  origin: 'ledger',
  cell: 'subject_kinds',
  key: [{ fact: `argument.${argument}` }],
  otherwise: 'nobody',
});

export const subjectFacts: Readonly<Record<string, LedgerFact>> = {
  registered_kind: registered('subject'),
  registered_to: registered('to'),
};

export const subjectCells: Readonly<Record<string, Cell>> = {
  subject_kinds: { means: 'what kind of subject was registered', key: ['subject'], type: KIND },
};

const unknown = (means: string, argument: string, registered: string, kinds: readonly string[]): Requirement => ({
  code: 'subject_unknown',
  means,
  when: {
    any: [
      { fact: 'named_kind', oneOf: kinds },
      { fact: registered, oneOf: kinds },
    ],
  },
  remedy: { by: 'request', argument },
});

/** Somebody is there who is named: a typing error gets no role. */
export const knownSubject: Requirement = unknown(
  'the subject is an agent, user or service that the deployment knows, or that register_subject introduced',
  'subject',
  'registered_kind',
  NAMED_KINDS,
);

export const subjectActions: Readonly<Record<string, Action>> = {
  register_subject: internal({
    means: 'introduces a subject that the deployment does not know yet, so that it can be named',
    who: ['user', 'system'],
    arguments: {
      subject: pseudonym('the pseudonym of the subject'),
      kind: words('what kind of subject it is', ...NAMED_KINDS),
      person: { ...pseudonym('the pseudonym of the user who stands behind it'), otherwise: 'none' },
    },
    requires: [
      ownerOrSystem,
      personFits,
      {
        code: 'subject_is_otherwise',
        means: 'the subject is of no other kind, as the deployment knows it and as it was registered',
        when: {
          all: [
            {
              any: [
                { fact: 'named_kind', is: 'nobody' },
                { fact: 'named_kind', is: { fact: 'argument.kind' } },
              ],
            },
            {
              any: [
                { fact: 'registered_kind', is: 'nobody' },
                { fact: 'registered_kind', is: { fact: 'argument.kind' } },
              ],
            },
          ],
        },
        remedy: { by: 'request', argument: 'subject' },
      },
    ],
    emits: { approve: 'subject_registered', refuse: 'action_refused' },
    writes: [
      { cell: 'subject_kinds', key: [{ fact: 'argument.subject' }], change: { set: { fact: 'argument.kind' } } },
      ...personRegistered,
    ],
  }),
  restore_owner: internal({
    means: 'lets the operator make a user an owner of a tenant whose owners are gone; the tenant sees the receipt',
    who: ['system'],
    arguments: {
      subject: pseudonym('the pseudonym of the user who becomes an owner'),
      why: words('why it is restored', 'access_lost', 'owner_left', 'named_wrongly'),
      finding: string('how the operator made sure of who asks'),
    },
    requires: [knownUser('subject', 'registered_kind')],
    emits: { approve: 'owner_restored', refuse: 'action_refused' },
    writes: [
      { cell: 'relations', key: [{ fact: 'argument.subject' }], change: { add: 'owner' } },
      { cell: 'owner_restored_at', key: [], change: { set: { fact: 'at' } } },
    ],
  }),
};
