/**
 * What has to be shown before a stop ends (D-06 to D-08): its cause is recorded, and somebody confirmed that it is over. A critical
 * Andon is cleared by somebody else than who raised it, and what is in quarantine is released by somebody else than who confirmed
 * the recovery: so no owner's word alone lets anything go. A new stop of the same begins all of it anew.
 */
import type { Ask, Cell, Condition, LedgerFact, Requirement, Term, Write } from '@tai-autonomics/core/author';
import { byAnother } from './persons.ts';
import { ANDON_SEVERITIES } from './severities.ts';

/** What can be stopped: how its cells are named and kept, which facts say that it is stopped, and who shows what of it. */
export interface Stopped {
  readonly prefix: 'stop' | 'scope';
  readonly key: readonly Term[];
  readonly parts: readonly string[];
  /** The fact and the cell of its Andon. */
  readonly andon: 'andon' | 'scope_andon';
  readonly andonFact: string;
  /** The fact of its quarantine. */
  readonly isQuarantined: string;
  /** The intent by which the one or the other is shown, and the argument that is chosen. */
  readonly submit: (what: 'cause' | 'recovery', argument: string) => Ask;
}

/** What one kind of stop keeps, requires and writes. */
export interface LettingGo {
  readonly cells: Readonly<Record<string, Cell>>;
  readonly facts: Readonly<Record<string, LedgerFact>>;
  /** An Andon is raised with `argument.severity`; a milder one lowers nothing. */
  readonly raising: readonly Write[];
  /** What was shown before says nothing of what is stopped now: of this scope, or of the one that the key names. */
  readonly anew: (key?: readonly Term[], when?: Condition) => readonly Write[];
  readonly causeRecorded: readonly Write[];
  readonly recoveryConfirmed: readonly Write[];
  readonly clearing: readonly Requirement[];
  readonly releasing: readonly Requirement[];
}

/** Cells, facts, requirements and writes of one kind of stop. */
export const lettingGo = (stopped: Stopped): LettingGo => {
  const { prefix, andonFact, isQuarantined } = stopped;
  const isOpen: Condition = { not: { fact: andonFact, is: 'none' } };
  const inQuarantine: Condition = { fact: isQuarantined, is: true };
  const raiser = somebody(stopped, `${prefix}_raiser`, 'who raised the Andon');
  const confirmer = somebody(stopped, `${prefix}_confirmer`, 'who confirmed the recovery');
  const set = setting(stopped);
  const [cause, recovery] = [`${prefix}_cause`, `${prefix}_recovery`];
  const shown = [
    flag(stopped, cause, 'whether the cause is recorded'),
    flag(stopped, recovery, 'whether the recovery is confirmed'),
  ];
  const anew: LettingGo['anew'] = (key = stopped.key, when) => [
    ...[cause, recovery].map((cell) => setting({ ...stopped, key })(cell, false, when)),
    ...confirmer.forgotten(key, when),
  ];
  return {
    cells: Object.assign({}, ...[...shown, raiser, confirmer].map(({ cells }) => cells)),
    facts: Object.assign({}, ...[...shown, raiser, confirmer].map(({ facts }) => facts)),
    raising: [...raises(stopped), ...raiser.kept(isWorst(andonFact)), ...anew()],
    anew,
    causeRecorded: [set(cause, true)],
    recoveryConfirmed: [set(recovery, true), ...confirmer.kept()],
    clearing: [
      ...whatIsShown(stopped, isOpen),
      raiser.isAnother('andon_raiser_clears', 'a critical Andon is cleared by somebody else than who raised it', {
        fact: andonFact,
        is: 'critical',
      }),
    ],
    releasing: [
      ...whatIsShown(stopped, inQuarantine),
      confirmer.isAnother(
        'recovery_by_releaser',
        'somebody else than who confirmed the recovery releases it',
        inQuarantine,
      ),
    ],
  };
};

/** What has to be shown of what is stopped, or in quarantine. */
const whatIsShown = ({ prefix, submit }: Stopped, when: Condition): readonly Requirement[] => [
  {
    code: 'stop_cause_missing',
    means: 'the cause of the stop is recorded',
    when: { any: [{ not: when }, { fact: `${prefix}_cause`, is: true }] },
    remedy: { by: 'authority', who: { type: 'user' }, submit: submit('cause', 'finding') },
  },
  {
    code: 'recovery_not_confirmed',
    means: 'it is confirmed that what was stopped for is over',
    when: { any: [{ not: when }, { fact: `${prefix}_recovery`, is: true }] },
    remedy: { by: 'authority', who: { type: 'user' }, submit: submit('recovery', 'evidence') },
  },
];

const flag = ({ key, parts }: Stopped, cell: string, means: string): Pick<LettingGo, 'cells' | 'facts'> => ({
  cells: { [cell]: { means, key: parts, type: { type: 'boolean' } } },
  facts: { [cell]: { means, type: { type: 'boolean' }, origin: 'ledger', cell, key, otherwise: false } },
});

const setting =
  ({ key }: Stopped) =>
  (cell: string, to: Term, when?: Condition): Write => ({
    cell,
    key,
    change: { set: to },
    ...(when === undefined ? {} : { when }),
  });

/** The severity that is asked for, and nothing as bad is open: it only rises until the Andon is cleared. */
const raises = (stopped: Stopped): readonly Write[] =>
  ANDON_SEVERITIES.map((severity, i) =>
    setting(stopped)(stopped.andon, severity, {
      all: [
        { fact: 'argument.severity', is: severity },
        { fact: stopped.andonFact, oneOf: ['none', ...ANDON_SEVERITIES.slice(0, i)] },
      ],
    }),
  );

/** Whoever raises what is milder than what is open did not raise what is open. */
const isWorst = (andon: string): Condition => ({
  any: ANDON_SEVERITIES.map((severity, i) => ({
    all: [
      { fact: 'argument.severity', is: severity },
      { fact: andon, oneOf: ['none', ...ANDON_SEVERITIES.slice(0, i)] },
    ],
  })),
});

interface Somebody {
  readonly cells: Readonly<Record<string, Cell>>;
  readonly facts: Readonly<Record<string, LedgerFact>>;
  readonly kept: (when?: Condition) => readonly Write[];
  readonly forgotten: (key: readonly Term[], when?: Condition) => readonly Write[];
  /** Somebody else has to ask, under whatever names, where the condition holds. */
  readonly isAnother: (code: string, means: string, when: Condition) => Requirement;
}

/** Somebody who is kept with everybody who stands behind them. */
const somebody = (stopped: Stopped, name: string, means: string): Somebody => {
  const kept = [
    [name, means, 'subject', { type: 'string' }, ''],
    [`${name}_person`, `the user who stands behind ${means}`, 'person', { type: 'string' }, ''],
    [`${name}_persons`, `all users who stand behind ${means}`, 'persons', { type: 'set' }, []],
  ] as const;
  const behind = (of: string): LedgerFact => ({
    means: `who was registered to stand behind ${of === name ? means : 'that user'}`,
    type: { type: 'string' },
    origin: 'ledger',
    cell: 'subject_persons',
    key: [{ fact: of }],
    otherwise: 'none',
  });
  const set = setting(stopped);
  return {
    cells: Object.fromEntries(kept.map(([cell, text, , type]) => [cell, { means: text, key: stopped.parts, type }])),
    facts: {
      ...Object.fromEntries(
        kept.map(([cell, text, , type, otherwise]): [string, LedgerFact] => [
          cell,
          { means: text, type, origin: 'ledger', cell, key: stopped.key, otherwise },
        ]),
      ),
      [`${name}_behind`]: behind(name),
      [`${name}_person_behind`]: behind(`${name}_person`),
    },
    kept: (when) => kept.map(([cell, , fact]) => set(cell, { fact }, when)),
    forgotten: (key, when) =>
      kept.map(([cell]) => ({ cell, key, change: { clear: true }, ...(when === undefined ? {} : { when }) })),
    isAnother: (code, text, when) => {
      const { when: another } = byAnother({
        subject: name,
        person: `${name}_person`,
        subjectBehind: `${name}_behind`,
        personBehind: `${name}_person_behind`,
        persons: `${name}_persons`,
      });
      return {
        code,
        means: text,
        when: { any: [{ not: when }, { all: [{ not: { fact: name, is: { fact: 'subject' } } }, another] }] },
        remedy: { by: 'request', argument: 'credential' },
      };
    },
  };
};
