/** Where a ledger is kept: it moves to another place by a receipt there and one here, and what was removed is named in the operator's. */
import type { Action, Cell, LedgerFact } from '@tai-autonomics/core/author';
import { internal, opaqueId, setTo, string } from './action.ts';

export const movingCells: Readonly<Record<string, Cell>> = {
  ledger_moved_to: {
    means: 'the place where the ledger goes on, from its move until that place takes it over',
    key: [],
    type: { type: 'string' },
  },
  ledger_place: { means: 'the place that took the ledger over last', key: [], type: { type: 'string' } },
  removed_ledgers: {
    means: 'by the opaque id of a ledger that was removed: the root of its tree',
    key: ['ledger'],
    type: { type: 'string' },
  },
};

export const movingFacts: Readonly<Record<string, LedgerFact>> = {
  ledger_moved_to: {
    means:
      'the place where the ledger goes on, as its last receipt in the old one says; empty where it is not on its way',
    origin: 'ledger',
    cell: 'ledger_moved_to',
    key: [],
    otherwise: '',
    type: { type: 'string' },
  },
};

const size = { means: 'how many receipts it has', type: { type: 'integer', min: 1 } } as const;
const root = opaqueId('the root of its tree, base64url');

export const movingActions: Readonly<Record<string, Action>> = {
  move_ledger: internal({
    means:
      'ends the ledger in this place and names the one where it goes on; nothing else is decided in it before that',
    who: ['system'],
    arguments: { to: opaqueId('the name of the place where it goes on') },
    requires: [],
    emits: { approve: 'ledger_moved', refuse: 'action_refused' },
    writes: [setTo('ledger_moved_to', 'to')],
    evenWhenSuspended: true,
  }),
  take_over_ledger: internal({
    means: 'goes on with a ledger that moved to this place, after all of it was read and compared here',
    who: ['system'],
    arguments: { place: opaqueId('the name of this place'), size, root },
    requires: [
      {
        code: 'not_moved_here',
        means: 'the ledger’s last receipt names this place as the one where it goes on',
        when: { fact: 'argument.place', is: { fact: 'ledger_moved_to' } },
        remedy: {
          by: 'authority',
          who: { type: 'system' },
          submit: { action: 'move_ledger', arguments: { to: { fact: 'argument.place' } } },
        },
      },
    ],
    emits: { approve: 'ledger_taken_over', refuse: 'action_refused' },
    writes: [setTo('ledger_place', 'place'), { cell: 'ledger_moved_to', key: [], change: { clear: true } }],
    evenWhenSuspended: true,
  }),
  remove_ledger: internal({
    means: 'says in the operator’s ledger that a ledger which had ended is removed, and where its archive is',
    who: ['system'],
    arguments: {
      ledger: opaqueId('the opaque id of the ledger'),
      size,
      root,
      archive: string('where its archive is'),
      digest: opaqueId('the digest of the archive’s manifest, base64url'),
    },
    requires: [],
    emits: { approve: 'ledger_removed', refuse: 'action_refused' },
    writes: [
      { cell: 'removed_ledgers', key: [{ fact: 'argument.ledger' }], change: { set: { fact: 'argument.root' } } },
    ],
    evenWhenSuspended: true,
  }),
};
