/**
 * What ties a step of standard work to what was seen: it is asked for with the values that are observed, whoever asks. Once it may
 * have been carried out, what was there before is kept, and its way back is asked for with exactly that, once, and by nobody before.
 * Until then it is not done again, so what is kept is what was there at first; an incident that is opened again begins anew.
 */
import type { Cell, Condition, LedgerFact, Requirement, Term, Type, Value, Write } from '@tai-autonomics/core/author';
import { standardWorkFacts } from './facts.ts';
import type { StepSpec, WayBack } from './step.ts';

/** What a step and its way back require and write, and what is kept in between. */
export interface Tied {
  readonly cells: Readonly<Record<string, Cell>>;
  readonly facts: Readonly<Record<string, LedgerFact>>;
  /** Of the step: its arguments are what is seen, and nothing of it is there to be taken back. */
  readonly asSeen: readonly Requirement[];
  /** Of what comes after the step: it was carried out since the incident was opened, and not taken back. */
  readonly isThere: readonly Requirement[];
  /** Of the way back: it was carried out, and the arguments are what was there before. */
  readonly asKept: readonly Requirement[];
  /** Of the step and its way back, once either is approved: until it ended, neither is asked for. */
  readonly opening: readonly Write[];
  /** However either ended. */
  readonly ending: readonly Write[];
  /** Once the step was carried out, or may have been. */
  readonly keeping: readonly Write[];
  /** Once it was taken back. */
  readonly forgetting: readonly Write[];
}

/** Ties a step and its way back together, in each incident. */
export const tie = ({ action, with: seen = {} }: StepSpec, undo: WayBack): Tied => {
  const key: readonly Term[] = [action, { fact: 'argument.incident' }];
  const back = Object.hasOwn(undo, 'why') ? [] : Object.entries((undo as StepSpec).with ?? {});
  const [isDone, isOpen, doneIn] = [`carried_out_${action}`, `open_${action}`, `occurrence_of_${action}`];
  const before = [...new Set(back.map(([, fact]) => fact))];
  const same = (name: string, fact: string, means: string): Requirement => ({
    code: 'standard_work_argument_other',
    means: `\`${name}\` is ${means}`,
    when: { fact: `argument.${name}`, is: { fact } },
    remedy: { by: 'request', argument: name },
  });
  const asSeen = Object.entries(seen).map(([name, fact]) => same(name, fact, 'what is seen now'));
  if (Object.hasOwn(undo, 'why')) return { ...NOTHING, asSeen };
  const kept = (fact: string): string => `${action}_${fact}`;
  const read = (cell: string, type: Type, means: string): LedgerFact => ({
    means,
    type,
    origin: 'ledger',
    cell,
    key,
    otherwise: noneOf(type),
  });
  const over: Condition = { fact: isOpen, is: false };
  const thisTime: Condition = { fact: doneIn, is: { fact: OCCURRENCES } };
  const isThere = (...more: readonly Condition[]): Requirement => ({
    code: 'standard_work_not_carried_out',
    means: `\`${action}\` was carried out, and not taken back; nothing of it runs`,
    when: { all: [{ fact: isDone, is: true }, over, ...more] },
    remedy: { by: 'world', action },
  });
  const isNotThere: Requirement = {
    code: 'standard_work_carried_out',
    means: `\`${action}\` was not carried out since the incident was opened, or was taken back; nothing of it runs`,
    when: { all: [{ any: [{ fact: isDone, is: false }, { not: thisTime }] }, over] },
    remedy: { by: 'world' },
  };
  return {
    cells: {
      [CARRIED_OUT]: cellOf('whether a step was carried out in an incident, and not taken back', BOOLEAN),
      [OCCURRENCE]: cellOf('which opening of an incident a step was carried out in', COUNT),
      [OPEN]: cellOf('whether a step runs in an incident, or its way back', BOOLEAN),
      ...Object.fromEntries(before.map((fact) => [`kept_${fact}`, keptCell(fact)])),
    },
    facts: {
      [isDone]: read(CARRIED_OUT, BOOLEAN, `whether \`${action}\` was carried out, and not taken back`),
      [doneIn]: read(OCCURRENCE, COUNT, `which opening of the incident \`${action}\` was carried out in`),
      [isOpen]: read(OPEN, BOOLEAN, `whether \`${action}\` runs, or its way back`),
      ...Object.fromEntries(
        before.map((fact) => [
          kept(fact),
          read(`kept_${fact}`, typeOf(fact), `what \`${fact}\` was before \`${action}\``),
        ]),
      ),
    },
    asSeen: [isNotThere, ...asSeen],
    isThere: [isThere(thisTime)],
    asKept: [isThere(), ...back.map(([name, fact]) => same(name, kept(fact), 'what was there before'))],
    opening: [{ cell: OPEN, key, change: { set: true } }],
    ending: [{ cell: OPEN, key, change: { clear: true } }],
    keeping: [
      { cell: CARRIED_OUT, key, change: { set: true } },
      { cell: OCCURRENCE, key, change: { set: { fact: OCCURRENCES } } },
      ...before.map((fact): Write => ({ cell: `kept_${fact}`, key, change: { set: { fact } } })),
    ],
    forgetting: [{ cell: CARRIED_OUT, key, change: { clear: true } }],
  };
};

const BOOLEAN: Type = { type: 'boolean' };
const CARRIED_OUT = 'standard_work_carried_out';
const OPEN = 'standard_work_open';
const COUNT: Type = { type: 'integer', min: 0 };
const OCCURRENCE = 'standard_work_occurrence';
const OCCURRENCES = 'incident_occurrences';
const cellOf = (means: string, type: Type): Cell => ({ means, key: ['step', 'of'], type });

/** What is not taken back is tied to what is seen, and to nothing else. */
const NOTHING: Tied = {
  cells: {},
  facts: {},
  asSeen: [],
  isThere: [],
  asKept: [],
  opening: [],
  ending: [],
  keeping: [],
  forgetting: [],
};

const typeOf = (fact: string): Type => standardWorkFacts[fact]?.type ?? { type: 'string' };

const keptCell = (fact: string): Cell => cellOf(`what \`${fact}\` was before a step in an incident`, typeOf(fact));

/** What is read before anything was kept: nothing is taken back then. */
const noneOf = (type: Type): Value =>
  type.type === 'integer'
    ? (type.min ?? 0)
    : type.type === 'boolean'
      ? false
      : type.type === 'enum'
        ? (type.values[0] ?? '')
        : '';
