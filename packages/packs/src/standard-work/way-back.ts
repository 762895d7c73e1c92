/**
 * What ties a step of standard work to what was seen: it is asked for with the values that are observed, whoever asks. Once it may
 * have been carried out, what was there before is kept, and its way back is asked for with exactly that, once, and by nobody before.
 */
import type { Cell, LedgerFact, Requirement, Term, Type, Value, Write } from '@tai-autonomics/core/author';
import { standardWorkFacts } from './facts.ts';
import type { StepSpec, WayBack } from './step.ts';

/** What a step and its way back require and write, and what is kept in between. */
export interface Tied {
  readonly cells: Readonly<Record<string, Cell>>;
  readonly facts: Readonly<Record<string, LedgerFact>>;
  /** Of the step: its arguments are what is seen. */
  readonly asSeen: readonly Requirement[];
  /** Of the way back: the step was carried out, and the arguments are what was there before. */
  readonly asKept: readonly Requirement[];
  /** Once the step was carried out, or may have been. */
  readonly keeping: readonly Write[];
  /** Once it was taken back. */
  readonly forgetting: readonly Write[];
}

/** Ties a step and its way back together, in each incident. */
export const tie = ({ action, with: seen = {} }: StepSpec, undo: WayBack): Tied => {
  const key: readonly Term[] = [action, { fact: 'argument.incident' }];
  const back = Object.hasOwn(undo, 'why') ? [] : Object.entries((undo as StepSpec).with ?? {});
  const isDone = `carried_out_${action}`;
  const before = [...new Set(back.map(([, fact]) => fact))];
  const same = (name: string, fact: string, means: string): Requirement => ({
    code: 'standard_work_argument_other',
    means: `\`${name}\` is ${means}`,
    when: { fact: `argument.${name}`, is: { fact } },
    remedy: { by: 'request', argument: name },
  });
  const asSeen = Object.entries(seen).map(([name, fact]) => same(name, fact, 'what is seen now'));
  if (Object.hasOwn(undo, 'why')) return { cells: {}, facts: {}, asSeen, asKept: [], keeping: [], forgetting: [] };
  const kept = (fact: string): string => `${action}_${fact}`;
  return {
    cells: {
      [CARRIED_OUT]: CARRIED_OUT_CELL,
      ...Object.fromEntries(before.map((fact) => [`kept_${fact}`, keptCell(fact)])),
    },
    facts: {
      [isDone]: {
        means: `whether \`${action}\` was carried out, and not taken back`,
        type: BOOLEAN,
        origin: 'ledger',
        cell: CARRIED_OUT,
        key,
        otherwise: false,
      },
      ...Object.fromEntries(before.map((fact) => [kept(fact), keptFact(action, fact, key)])),
    },
    asSeen,
    asKept: [
      {
        code: 'standard_work_not_carried_out',
        means: `\`${action}\` was carried out, and not taken back`,
        when: { fact: isDone, is: true },
        remedy: { by: 'world', action },
      },
      ...back.map(([name, fact]) => same(name, kept(fact), 'what was there before')),
    ],
    keeping: [
      { cell: CARRIED_OUT, key, change: { set: true } },
      ...before.map((fact): Write => ({ cell: `kept_${fact}`, key, change: { set: { fact } } })),
    ],
    forgetting: [{ cell: CARRIED_OUT, key, change: { clear: true } }],
  };
};

const BOOLEAN: Type = { type: 'boolean' };
const CARRIED_OUT = 'standard_work_carried_out';
const CARRIED_OUT_CELL: Cell = {
  means: 'whether a step was carried out in an incident, and not taken back',
  key: ['step', 'of'],
  type: BOOLEAN,
};

const typeOf = (fact: string): Type => standardWorkFacts[fact]?.type ?? { type: 'string' };

const keptCell = (fact: string): Cell => ({
  means: `what \`${fact}\` was before a step in an incident`,
  key: ['step', 'of'],
  type: typeOf(fact),
});

const keptFact = (action: string, fact: string, key: readonly Term[]): LedgerFact => ({
  means: `what \`${fact}\` was before \`${action}\``,
  type: typeOf(fact),
  origin: 'ledger',
  cell: `kept_${fact}`,
  key,
  otherwise: noneOf(typeOf(fact)),
});

/** What is read before anything was kept: nothing is taken back then. */
const noneOf = (type: Type): Value =>
  type.type === 'integer'
    ? (type.min ?? 0)
    : type.type === 'boolean'
      ? false
      : type.type === 'enum'
        ? (type.values[0] ?? '')
        : '';
