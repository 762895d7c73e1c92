/**
 * Incidents, by what receipts write of them in clear: how many, which were not decided in time, and how long each step took
 * (D-16, D-39 to D-42). The times are T1, alert to checks; T2, checks to decision; T3, decision to the end of the execution;
 * T4, execution to verification. A breach is a decision later than what it was due at, exactly; or an escalation. After a remedy
 * that did not help the next decision is due anew, and may be a breach of its own; T2 and what is decided count the first one.
 */
import { parseInstant } from '../data/instant.ts';
import type { Json } from '../receipt/index.ts';
import { type Counted, reducerOf, type StartReducer } from './reducer.ts';
import { addSpan, newSpread, type Spread, spreadOf } from './spread.ts';
import { newTable, rowAt, rowsOf, type Table } from './tally.ts';
import { type Written, writtenOf } from './written.ts';

interface Counts {
  opened: number;
  decided: number;
  declined: number;
  breached: number;
  recurred: number;
}

/** One occurrence of an incident, as far as it has come. */
interface Occurrence {
  readonly openedAt: number;
  readonly severity: string;
  readonly kind: string;
  /** Whether it was opened in the period: only then it is counted. */
  readonly isCounted: boolean;
  dueAt: number;
  checkedAt?: number;
  decidedAt?: number;
  executedAt?: number;
  /** Whether a decision is due: until the first one, and anew after what did not help. */
  isWaiting: boolean;
  isVerified: boolean;
  isBreached: boolean;
}

interface Memory {
  readonly total: Counts;
  readonly bySeverity: Table<Counts>;
  readonly byKind: Table<Counts>;
  readonly toChecks: Spread;
  readonly toDecision: Spread;
  readonly toExecution: Spread;
  readonly toVerification: Spread;
  readonly open: Map<string, Occurrence>;
  alerts: number;
  closed: number;
  notRemembered: number;
}

/** Its receipt says that nobody decided in time. */
const ESCALATED = 'incident_escalated';
/** Incidents at once; further ones are counted and not measured. */
const OPEN_MAX = 10_000;

export const startIncidents: StartReducer = reducerOf(
  (): Memory => ({
    total: counts(),
    bySeverity: newTable(),
    byKind: newTable(),
    toChecks: newSpread(),
    toDecision: newSpread(),
    toExecution: newSpread(),
    toVerification: newSpread(),
    open: new Map(),
    alerts: 0,
    closed: 0,
    notRemembered: 0,
  }),
  (memory, counted) => {
    for (const [incident, written] of writtenOf(counted.receipt.writes)) follow(memory, incident, written, counted);
  },
  (memory) => ({
    ...memory.total,
    alerts: memory.alerts,
    closed: memory.closed,
    open: memory.open.size,
    bySeverity: byName(memory.bySeverity),
    byKind: byName(memory.byKind),
    toChecks: spreadOf(memory.toChecks),
    toDecision: spreadOf(memory.toDecision),
    toExecution: spreadOf(memory.toExecution),
    toVerification: spreadOf(memory.toVerification),
    notRemembered: memory.notRemembered,
  }),
);

const counts = (): Counts => ({ opened: 0, decided: 0, declined: 0, breached: 0, recurred: 0 });
const byName = (table: Table<Counts>): Json =>
  Object.fromEntries(rowsOf(table).map(([name, row]) => [name, { ...row }]));

/** Where an occurrence is counted: altogether, with its severity, with its kind. */
const rowsFor = (memory: Memory, { isCounted, severity, kind }: Occurrence): readonly Counts[] =>
  isCounted ? [memory.total, rowAt(memory.bySeverity, severity, counts), rowAt(memory.byKind, kind, counts)] : [];

const follow = (memory: Memory, incident: string, w: Written, counted: Counted): void => {
  const { at, isIn } = counted;
  if (isIn && w['incident_signal'] !== undefined) memory.alerts += 1;
  if (w['incident_state'] === 'alerted') begin(memory, incident, w, counted);
  const one = memory.open.get(incident);
  if (one === undefined) return;
  if (w['incident_state'] === 'closed') {
    memory.open.delete(incident);
    if (isIn) memory.closed += 1;
    return;
  }
  move(memory, one, w['incident_state'], at, isIn);
  one.dueAt = dueIn(w) ?? one.dueAt;
  // The cell says it of the last escalation only.
  if (counted.receipt.event === ESCALATED || w[ESCALATED] === true) breach(memory, one);
};

const begin = (memory: Memory, incident: string, w: Written, { at, isIn }: Counted): void => {
  const one: Occurrence = {
    openedAt: at,
    severity: String(w['incident_severity']),
    kind: String(w['incident_kind']),
    isCounted: isIn,
    dueAt: dueIn(w) ?? at,
    isWaiting: true,
    isVerified: false,
    isBreached: false,
  };
  for (const row of rowsFor(memory, one)) {
    row.opened += 1;
    if (w['incident_recurred'] === true) row.recurred += 1;
  }
  if (memory.open.size < OPEN_MAX) memory.open.set(incident, one);
  else memory.notRemembered += 1;
};

const move = (memory: Memory, one: Occurrence, state: unknown, at: number, isIn: boolean): void => {
  const span = (spread: Spread, since: number): void => {
    if (isIn) addSpan(spread, at - since);
  };
  if (state === 'checked') {
    if (one.checkedAt === undefined) span(memory.toChecks, one.openedAt);
    one.checkedAt ??= at;
    if (!one.isWaiting) one.isBreached = false;
    one.isWaiting = true;
  } else if ((state === 'remedying' || state === 'declined') && one.isWaiting) {
    one.isWaiting = false;
    if (one.decidedAt === undefined) {
      one.decidedAt = at;
      span(memory.toDecision, one.checkedAt ?? one.openedAt);
      for (const row of rowsFor(memory, one)) {
        row.decided += 1;
        if (state === 'declined') row.declined += 1;
      }
    }
    if (at > one.dueAt) breach(memory, one);
  } else if (state === 'executed' && one.executedAt === undefined) {
    one.executedAt = at;
    span(memory.toExecution, one.decidedAt ?? at);
  } else if (state === 'verified' && !one.isVerified) {
    one.isVerified = true;
    span(memory.toVerification, one.executedAt ?? at);
  }
};

/** Once for each decision that was due, however late it is. */
const breach = (memory: Memory, one: Occurrence): void => {
  if (one.isBreached) return;
  one.isBreached = true;
  for (const row of rowsFor(memory, one)) row.breached += 1;
};

const dueIn = (w: Written): number | undefined => {
  const due = w['incident_due_at'];
  return typeof due === 'string' ? parseInstant(due) : undefined;
};
