/**
 * A pilot ends after 14 days, unless the operator extends it, once, to 90 days after its beginning at most (M-05); and when its
 * tenant goes live, which is one receipt that names the contractual ledger (M-15).
 */
import type { Action, Cell, LedgerFact, Write } from '@tai-autonomics/core/author';
import { EPOCH, instant, internal, opaqueId, setTo, words } from './action.ts';

const DAY_MS = 86_400_000;

/** What the opening of a ledger writes of its pilot: an evaluation's alone. */
export const pilotBegins: readonly Write[] = [
  { cell: 'pilot_began_at', key: [], change: { set: { fact: 'at' } }, when: { fact: 'mode', is: 'eval' } },
  {
    cell: 'pilot_ends_at',
    key: [],
    change: { set: { fact: 'at', plus: 14 * DAY_MS } },
    when: { fact: 'mode', is: 'eval' },
  },
];

export const pilotCells: Readonly<Record<string, Cell>> = {
  pilot_extended: { means: 'whether the pilot was extended', key: [], type: { type: 'boolean' } },
  pilot_converted_to: { means: 'the ledger in which the tenant went on', key: [], type: { type: 'string' } },
};

export const pilotFacts: Readonly<Record<string, LedgerFact>> = {
  pilot_extended: {
    means: 'whether the pilot was extended',
    type: { type: 'boolean' },
    origin: 'ledger',
    cell: 'pilot_extended',
    key: [],
    otherwise: false,
  },
  pilot_converted_to: {
    means: 'the contractual ledger in which the tenant went on, if it did',
    type: { type: 'string' },
    origin: 'ledger',
    cell: 'pilot_converted_to',
    key: [],
    otherwise: '',
  },
};

export const pilotActions: Readonly<Record<string, Action>> = {
  extend_pilot: internal({
    means: 'extends the pilot, once, to 90 days after its beginning at most',
    who: ['system'],
    arguments: { until: instant('when it ends from now on') },
    requires: [
      {
        code: 'pilot_extended_already',
        means: 'the pilot was not extended yet',
        when: { fact: 'pilot_extended', is: false },
        remedy: { by: 'nobody', why: 'a pilot is extended once; whoever goes on makes a contractual deployment' },
      },
      {
        code: 'pilot_period_invalid',
        means: 'it ends after now',
        when: { fact: 'argument.until', after: { fact: 'at' } },
        remedy: { by: 'request', argument: 'until' },
      },
      {
        code: 'pilot_period_invalid',
        means:
          'it ends within 90 days of its beginning; one of which no beginning is recorded, within 90 days from now',
        when: {
          any: [
            { fact: 'argument.until', notAfter: { fact: 'pilot_began_at', plus: 90 * DAY_MS } },
            {
              all: [
                { fact: 'pilot_began_at', is: EPOCH },
                { fact: 'argument.until', notAfter: { fact: 'at', plus: 90 * DAY_MS } },
              ],
            },
          ],
        },
        remedy: { by: 'request', argument: 'until' },
      },
    ],
    emits: { approve: 'pilot_extended', refuse: 'action_refused' },
    writes: [setTo('pilot_ends_at', 'until'), { cell: 'pilot_extended', key: [], change: { set: true } }],
  }),
  convert_pilot: internal({
    means: 'ends the evaluation: from now on the tenant goes on in its contractual ledger',
    who: ['system'],
    arguments: {
      ledger: opaqueId('the origin of the contractual ledger'),
      receipt: {
        means: 'the receipt in it that shows its insurance and its agreement',
        type: { type: 'integer', min: 0 },
      },
      leaf: opaqueId('the leaf hash of that receipt'),
      insurance: words('how the insurance is, by that receipt', 'valid'),
      agreement: words('how the agreement is, by that receipt', 'signed'),
    },
    requires: [
      {
        code: 'not_an_evaluation',
        means: 'this ledger is that of an evaluation',
        when: { fact: 'mode', is: 'eval' },
        remedy: { by: 'nobody', why: 'the mode is fixed when a deployment is made and is sealed into every receipt' },
      },
      {
        code: 'pilot_converted_already',
        means: 'the tenant did not go on in another ledger yet',
        when: { fact: 'pilot_converted_to', is: '' },
        remedy: {
          by: 'nobody',
          why: 'an evaluation is ended once; the receipt names the ledger that the tenant went on in',
        },
      },
    ],
    emits: { approve: 'pilot_converted', refuse: 'action_refused' },
    // Nothing extends what was converted.
    writes: [
      setTo('pilot_converted_to', 'ledger'),
      { cell: 'pilot_ends_at', key: [], change: { set: { fact: 'at' } } },
      { cell: 'pilot_extended', key: [], change: { set: true } },
    ],
  }),
};
