/** A ledger whose last instant is still to come, because the clock was ahead: the operator lets it go on at that instant. */
import type { Action, Cell } from '@tai-autonomics/core/author';
import { instant, internal, setTo, string } from './action.ts';

export const clockCells: Readonly<Record<string, Cell>> = {
  clock_accepted_until: {
    means: 'the last instant of the ledger when the operator let it go on although the clock was behind',
    key: [],
    type: { type: 'instant' },
  },
};

export const clockActions: Readonly<Record<string, Action>> = {
  accept_clock: internal({
    means:
      'lets the ledger go on at its last instant until the clock has caught up, which was ahead when it was written',
    who: ['system'],
    arguments: {
      until: instant('the instant of the ledger’s last receipt'),
      clock: instant('what the clock says now'),
      finding: string('how it was made sure that the clock is right now'),
    },
    requires: [
      {
        code: 'clock_not_behind',
        means: '`until` is the instant of the ledger’s last receipt, and the clock is behind it',
        when: {
          all: [
            { fact: 'argument.until', notAfter: { fact: 'at' } },
            { fact: 'argument.until', notBefore: { fact: 'at' } },
          ],
        },
        remedy: { by: 'request', argument: 'until' },
      },
      {
        code: 'clock_not_behind',
        means: 'the clock is before the ledger’s last instant',
        when: { fact: 'argument.clock', before: { fact: 'at' } },
        remedy: { by: 'request', argument: 'clock' },
      },
    ],
    emits: { approve: 'clock_accepted', refuse: 'action_refused' },
    writes: [setTo('clock_accepted_until', 'until')],
    evenWhenClosed: true,
    evenWhenSuspended: true,
  }),
};
