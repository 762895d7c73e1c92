/** The story of one incident: what happened in which order, each sentence with its receipt, and how long each step took (E-02, D-40). */
import type { Receipt } from '../../receipt/index.ts';
import type { Counted } from '../reducer.ts';
import { type Written, writtenOf } from '../written.ts';
import { costIn, dueIn } from './occurrence.ts';
import {
  count,
  type Measure,
  newStatements,
  quoted,
  type Reporter,
  type Statements,
  say,
  sectionOf,
} from './report.ts';
import { type Said, saidIn } from './said.ts';

/** When each step of an occurrence was taken, and whether any of it is in the period. */
interface Times {
  isIn: boolean;
  opened?: number;
  checked?: number;
  decided?: number;
  executed?: number;
  verified?: number;
  due?: number;
}

interface Memory {
  readonly story: Statements;
  /** Places of receipts of this incident, by their ids: what a step names as its cause. */
  readonly places: Map<string, number>;
  /** One for each time that it was opened, the first ones. */
  readonly times: Times[];
  occurrences: number;
  alerts: number;
  cost: number;
}

/** The report on an incident: everything that names it. */
export const incidentReporter = (incident: string): Reporter => {
  const memory: Memory = {
    story: newStatements(),
    places: new Map(),
    times: [],
    occurrences: 0,
    alerts: 0,
    cost: 0,
  };
  return {
    step: (counted) => {
      const written = writtenOf(counted.receipt.writes).get(incident);
      if (counted.receipt.incident === incident || written !== undefined) tell(memory, counted, written ?? {});
    },
    finish: () => [
      sectionOf('What happened', [count('receipts', memory.story.kept.length + memory.story.left)], memory.story),
      ...memory.times.flatMap((times, i) =>
        times.isIn ? [sectionOf(`How long it took, occurrence ${i + 1}`, measuresOf(times))] : [],
      ),
      sectionOf('Counts', [
        count('times opened', memory.occurrences),
        count('alerts', memory.alerts),
        { name: 'cost', value: memory.cost, unit: 'minor_units' },
      ]),
    ],
  };
};

const tell = (memory: Memory, counted: Counted, w: Written): void => {
  const { receipt, disclosed, isIn, at } = counted;
  move(memory, w, at, isIn);
  if (isIn) memory.cost += costIn(receipt);
  if (memory.places.size < PLACES_MAX) memory.places.set(receipt.id, receipt.seq);
  if (!isIn) return;
  const cause = memory.places.get(String(w['incident_cause'] ?? ''));
  const before = receipt.kind === 'decision' ? cause : receipt.of.seq;
  const cites: [number, ...number[]] =
    before === undefined || before === receipt.seq ? [receipt.seq] : [receipt.seq, before];
  say(memory.story, `${receipt.at}: ${sentenceOf(receipt, saidIn(receipt, disclosed), w)}.`, ...cites);
};

/** Receipts of one incident whose ids are remembered. */
const PLACES_MAX = 10_000;

const move = (memory: Memory, w: Written, at: number, isIn: boolean): void => {
  const state = w['incident_state'];
  if (isIn && w['incident_signal'] !== undefined) memory.alerts += 1;
  const due = dueIn(w);
  const times = memory.times.at(-1) ?? { isIn };
  if (state !== 'alerted') times.isIn ||= isIn;
  // A decision says until when the next one is due: that is about the one after it.
  if (due !== undefined && times.decided === undefined && state !== 'remedying') times.due = due;
  if (state === 'alerted') {
    if (isIn) memory.occurrences += 1;
    if (memory.times.length < OCCURRENCES_MAX)
      memory.times.push({ isIn, opened: at, ...(due === undefined ? {} : { due }) });
    else memory.times.splice(-1, 1, { isIn, opened: at });
  } else if (state === 'checked') times.checked ??= at;
  else if (state === 'remedying' || state === 'declined') times.decided ??= at;
  else if (state === 'executed') times.executed = at;
  else if (state === 'verified') times.verified = at;
};

/** Occurrences that are told apart; the last place is that of the latest. */
const OCCURRENCES_MAX = 100;

const measuresOf = (times: Times): readonly Measure[] => [
  span('T1, alert to checks', times.opened, times.checked),
  span('T2, checks to decision', times.checked ?? times.opened, times.decided),
  span('T3, decision to the end of the execution', times.decided, times.executed),
  span('T4, execution to verification', times.executed, times.verified),
  span('decided too late by', times.due, times.decided),
];

const span = (name: string, from: number | undefined, to: number | undefined): Measure => ({
  name,
  unit: 'ms',
  ...(from === undefined || to === undefined ? {} : { value: Math.max(0, to - from) }),
});

const sentenceOf = (receipt: Receipt, said: Said, w: Written): string => {
  if (receipt.kind === 'outcome') return `what was approved ended: ${receipt.status}${nowIs(w)}`;
  if (receipt.kind === 'consequence') return `${words(receipt.event)} followed`;
  const { who, action, resource, argument } = said;
  if (receipt.verdict === 'refuse')
    return `${who} was refused ${action} about ${resource}: ${receipt.codes.join(', ')}`;
  const finding = quoted(argument('finding'));
  const told = finding === undefined ? '' : `, and said ${finding}`;
  return `${who} was approved ${action} about ${resource} (${words(receipt.event)})${nowIs(w)}${recipeIn(w)}${told}`;
};

const nowIs = (w: Written): string => {
  const [state, severity] = [w['incident_state'], w['incident_severity']];
  const isNow = state === undefined ? '' : `; the incident was then ${String(state)}`;
  return `${isNow}${severity === undefined ? '' : `, severity ${String(severity)}`}`;
};
const recipeIn = (w: Written): string =>
  w['incident_recipe'] === undefined ? '' : `, by the recipe ${String(w['incident_recipe'])}`;

const words = (event: string): string => event.replaceAll('_', ' ');
