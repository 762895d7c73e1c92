/** A ledger that was restored from a copy with fewer receipts than were sealed: the operator says so in it, and it goes on. */
import type { Action, Cell } from '@tai-autonomics/core/author';
import { internal, opaqueId, string } from './action.ts';

export const restoreCells: Readonly<Record<string, Cell>> = {
  accepted_restores: {
    means: 'by the size and the root of what had been sealed and was lost: how many receipts the copy had',
    key: ['lost_size', 'lost_root'],
    type: { type: 'integer', min: 0 },
  },
};

export const restoreActions: Readonly<Record<string, Action>> = {
  accept_restore: internal({
    means: 'says that the ledger was restored from an older copy, and what was lost that had been sealed; it goes on',
    who: ['system'],
    arguments: {
      size: { means: 'how many receipts the copy had', type: { type: 'integer', min: 0 } },
      lost_size: { means: 'how many receipts had been sealed', type: { type: 'integer', min: 1 } },
      lost_root: opaqueId('the root of what had been sealed, base64url'),
      finding: string('how it came to be, and what became of the rest'),
    },
    requires: [
      {
        code: 'restore_not_older',
        means: 'the copy had fewer receipts than had been sealed',
        when: { fact: 'argument.size', below: { fact: 'argument.lost_size' } },
        remedy: { by: 'nobody', why: 'nothing that was sealed is missing, so there is nothing to accept' },
      },
    ],
    emits: { approve: 'restore_accepted', refuse: 'action_refused' },
    writes: [
      {
        cell: 'accepted_restores',
        key: [{ fact: 'argument.lost_size' }, { fact: 'argument.lost_root' }],
        change: { set: { fact: 'argument.size' } },
      },
    ],
    evenWhenClosed: true,
    evenWhenSuspended: true,
  }),
};
