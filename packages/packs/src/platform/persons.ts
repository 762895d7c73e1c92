/**
 * Who is one person. An agent, a user and a service of one name are; so is whoever the credential says, or `register_subject`
 * said. Whatever somebody asked for, nobody behind whom the same person stands approves or reviews it.
 */
import type { Cell, Condition, LedgerFact, Requirement, Write } from '@tai-autonomics/core/author';

/** A set of persons has the one behind who asks. */
export const hasPerson = (set: string): Condition => ({
  any: ['subject', 'person', 'subject_behind', 'person_behind'].map((fact) => ({ fact: set, contains: { fact } })),
});

/** Somebody else than another one, whom these facts say, has to ask. */
export const byAnother = (other: Known): Requirement => ({
  code: 'approver_is_same_person',
  means: 'no one person stands behind who asked and who approves',
  // That it is the requester itself has a code of its own.
  when: {
    any: [
      { fact: other.subject, is: { fact: 'subject' } },
      {
        // Itself too: the name of the person behind it may have become another one since, as accounts were joined.
        all: [
          { not: isOnePerson(other) },
          ...['person', 'subject'].map((fact) => ({ not: { fact: other.persons, contains: { fact } } })),
        ],
      },
    ],
  },
  remedy: { by: 'request', argument: 'credential' },
});

/** Puts the person behind who asks into a set, once for all its names, or takes it out. */
export const onePerson = (
  cell: string,
  key: Write['key'],
  act: 'add' | 'remove',
  when: readonly Condition[] = [],
): readonly Write[] => {
  const change = (fact: string): Write['change'] => (act === 'add' ? { add: { fact } } : { remove: { fact } });
  const unknown = (fact: string): Condition => ({ fact, is: 'none' });
  return [
    { cell, key, change: change('persons'), ...(when.length === 0 ? {} : { when: { all: when } }) },
    { cell, key, change: change('subject_behind'), when: { all: [isKnown('subject_behind'), ...when] } },
    {
      cell,
      key,
      change: change('person_behind'),
      when: { all: [unknown('subject_behind'), isKnown('person_behind'), ...when] },
    },
    {
      cell,
      key,
      change: change('person'),
      when: { all: [unknown('subject_behind'), unknown('person_behind'), ...when] },
    },
  ];
};

const registered = (means: string, of: string): LedgerFact => ({
  means,
  type: { type: 'string' },
  origin: 'ledger',
  cell: 'subject_persons',
  key: [{ fact: of }],
  otherwise: 'none',
});

export const personFacts: Readonly<Record<string, LedgerFact>> = {
  subject_behind: registered('who was registered to stand behind who asks', 'subject'),
  person_behind: registered('who was registered to stand behind the user behind who asks', 'person'),
  requester_behind: registered('who was registered to stand behind who was refused', 'refusal_requester'),
  refused_person_behind: registered(
    'who was registered to stand behind the user behind who was refused',
    'refusal_person',
  ),
  named_behind: registered('who was registered to stand behind whom the arguments name', 'argument.subject'),
  given_behind: registered('who was registered to stand behind the person that is given', 'argument.person'),
  stands_behind: {
    means: 'whether whom the arguments name was registered to stand behind somebody',
    type: { type: 'boolean' },
    origin: 'ledger',
    cell: 'persons_behind',
    key: [{ fact: 'argument.subject' }],
    otherwise: false,
  },
};

export const personCells: Readonly<Record<string, Cell>> = {
  subject_persons: { means: 'who stands behind a subject', key: ['subject'], type: { type: 'string' } },
  persons_behind: { means: 'whether a subject stands behind another one', key: ['subject'], type: { type: 'boolean' } },
};

const isKnown = (fact: string): Condition => ({ not: { fact, is: 'none' } });
const isOneOf = (fact: string, others: readonly string[]): readonly Condition[] =>
  others.map((other) => ({ fact, is: { fact: other } }));

/** The facts by which another subject is known: itself, the person behind it, who was registered behind either, and all of them as they were stamped. */
interface Known {
  readonly subject: string;
  readonly person: string;
  readonly subjectBehind: string;
  readonly personBehind: string;
  readonly persons: string;
}

/** One person stands behind who asks and the other one. */
const isOnePerson = ({ subject, person, subjectBehind, personBehind }: Known): Condition => ({
  any: [
    ...isOneOf(person, ['subject', 'person', 'subject_behind', 'person_behind']),
    ...isOneOf(subject, ['person', 'subject_behind', 'person_behind']),
    ...isOneOf(subjectBehind, ['subject', 'person']),
    ...isOneOf(personBehind, ['subject', 'person']),
    ...['subject_behind', 'person_behind'].map(
      (fact): Condition => ({ all: [isKnown(fact), { any: isOneOf(fact, [subjectBehind, personBehind]) }] }),
    ),
  ],
});

/** Somebody else has to approve, under whatever names. */
export const byAnotherPerson: Requirement = byAnother({
  subject: 'refusal_requester',
  person: 'refusal_person',
  subjectBehind: 'requester_behind',
  personBehind: 'refused_person_behind',
  persons: 'refusal_persons',
});

const isGiven: Condition = isKnown('argument.person');

/** Nobody stands behind two, nor behind who stands behind another; and who stands behind a subject stays so until the operator says otherwise. */
export const personFits: Requirement = {
  code: 'person_is_otherwise',
  means: 'the person is another subject, behind whom nobody stands, and the one that was registered before, if any was',
  when: {
    any: [
      { not: isGiven },
      {
        all: [
          { not: { fact: 'argument.person', is: { fact: 'argument.subject' } } },
          { fact: 'given_behind', is: 'none' },
          { fact: 'stands_behind', is: false },
          {
            any: [
              { fact: 'named_behind', is: 'none' },
              { fact: 'named_behind', is: { fact: 'argument.person' } },
              { fact: 'subject_type', is: 'system' },
            ],
          },
        ],
      },
    ],
  },
  remedy: { by: 'request', argument: 'person' },
};

/** Keeps who stands behind whom. */
export const personRegistered: readonly Write[] = [
  {
    cell: 'subject_persons',
    key: [{ fact: 'argument.subject' }],
    change: { set: { fact: 'argument.person' } },
    when: isGiven,
  },
  { cell: 'persons_behind', key: [{ fact: 'argument.person' }], change: { set: true }, when: isGiven },
];
