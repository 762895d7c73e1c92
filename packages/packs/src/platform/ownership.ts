/**
 * How the ownership of a tenant goes from one user to another: the owner offers it, and stays the owner until the receiver accepts.
 * So it is never handed to nobody: whoever accepts is there.
 */
import { type Action, type Cell, type LedgerFact, RELATIONS } from '@tai-autonomics/core/author';
import { internal, pseudonym } from './action.ts';
import { knownUser } from './subjects.ts';

const WEEK_MS = 7 * 86_400_000;
const FROM = [{ fact: 'argument.from' }] as const;

export const ownershipFacts: Readonly<Record<string, LedgerFact>> = {
  offered_to: {
    means: 'to whom the ownership was offered',
    type: { type: 'string' },
    origin: 'ledger',
    cell: 'ownership_offered_to',
    key: FROM,
    otherwise: '',
  },
  offered_until: {
    means: 'until when the offer stands',
    type: { type: 'instant' },
    origin: 'ledger',
    cell: 'ownership_offered_until',
    key: FROM,
    otherwise: '1970-01-01T00:00:00.000Z',
  },
  offerer_relations: {
    means: 'what whoever offered the ownership is to the tenant',
    type: { type: 'set', of: RELATIONS },
    origin: 'ledger',
    cell: 'relations',
    key: FROM,
    otherwise: [],
  },
};

export const ownershipCells: Readonly<Record<string, Cell>> = {
  ownership_offered_to: { means: 'to whom an owner offered its ownership', key: ['owner'], type: { type: 'string' } },
  ownership_offered_until: { means: 'until when its offer stands', key: ['owner'], type: { type: 'instant' } },
};

export const ownershipActions: Readonly<Record<string, Action>> = {
  transfer_ownership: internal({
    means: 'offers the ownership to another user for a week; who asks stays an owner until that one accepts',
    who: ['user'],
    relation: 'owner',
    arguments: { to: pseudonym('the pseudonym of the user who is to be an owner in place of who asks') },
    requires: [
      {
        code: 'last_owner',
        means: 'the ownership goes to somebody else',
        when: { not: { fact: 'argument.to', is: { fact: 'subject' } } },
        remedy: { by: 'request', argument: 'to' },
      },
      knownUser('to', 'registered_to'),
    ],
    emits: { approve: 'ownership_offered', refuse: 'action_refused' },
    writes: [
      { cell: 'ownership_offered_to', key: [{ fact: 'subject' }], change: { set: { fact: 'argument.to' } } },
      { cell: 'ownership_offered_until', key: [{ fact: 'subject' }], change: { set: { fact: 'at', plus: WEEK_MS } } },
    ],
  }),
  accept_ownership: internal({
    means: 'accepts the ownership that an owner offered to who asks; from then on that one is an owner no more',
    who: ['user'],
    arguments: { from: pseudonym('the pseudonym of the owner who offered it') },
    requires: [
      {
        code: 'ownership_not_offered',
        means: 'an owner, who still is one, offered its ownership to who asks within the last week',
        when: {
          all: [
            { fact: 'offered_to', is: { fact: 'subject' } },
            { fact: 'offered_until', after: { fact: 'at' } },
            { fact: 'offerer_relations', contains: 'owner' },
          ],
        },
        remedy: { by: 'world', action: 'transfer_ownership' },
      },
    ],
    emits: { approve: 'ownership_transferred', refuse: 'action_refused' },
    writes: [
      { cell: 'relations', key: [{ fact: 'subject' }], change: { add: 'owner' } },
      { cell: 'relations', key: FROM, change: { remove: 'owner' } },
      { cell: 'ownership_offered_to', key: FROM, change: { clear: true } },
      { cell: 'ownership_offered_until', key: FROM, change: { clear: true } },
    ],
  }),
};
