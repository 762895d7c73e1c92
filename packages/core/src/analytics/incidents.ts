/**
 * Incidents, by what receipts write of them in clear: how many, which were not decided in time, and how long each step took
 * (D-16, D-39 to D-42). The times are T1, alert to checks; T2, checks to decision; T3, decision to the end of the execution;
 * T4, execution to verification. A breach is a decision later than what it was due at, exactly; or an escalation.
 */
import { parseInstant } from '../data/instant.ts';
import { owns } from '../receipt/encoding/own.ts';
import type { Json, WireWrite } from '../receipt/index.ts';
import type { Reducer } from './reducer.ts';
import { createSpread } from './spread.ts';
import { createTable } from './tally.ts';

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
  /** Where it is counted: altogether, with its severity, with its kind; nowhere if it was opened before the period. */
  readonly rows: readonly Counts[];
  dueAt: number;
  checkedAt?: number;
  decidedAt?: number;
  executedAt?: number;
  isVerified: boolean;
  isBreached: boolean;
}

/** Incidents at once; further ones are counted and not measured. */
const OPEN_MAX = 10_000;

/** What a receipt writes of one incident, by cell. */
type Written = Readonly<Record<string, boolean | number | string>>;

export const startIncidents = (): Reducer => {
  const total = counts();
  const [bySeverity, byKind] = [createTable(counts), createTable(counts)];
  const [toChecks, toDecision, toExecution, toVerification] = [
    createSpread(),
    createSpread(),
    createSpread(),
    createSpread(),
  ];
  const open = new Map<string, Occurrence>();
  let [alerts, closed, notRemembered] = [0, 0, 0];

  const begin = (incident: string, at: number, isIn: boolean, w: Written): void => {
    const rows = isIn
      ? [total, bySeverity.at(String(w['incident_severity'])), byKind.at(String(w['incident_kind']))]
      : [];
    for (const row of rows) {
      row.opened += 1;
      if (w['incident_recurred'] === true) row.recurred += 1;
    }
    if (open.size >= OPEN_MAX) notRemembered += 1;
    else open.set(incident, { openedAt: at, rows, dueAt: instant(w) ?? at, isVerified: false, isBreached: false });
  };
  const decide = (one: Occurrence, at: number, isIn: boolean, isDeclined: boolean): void => {
    if (one.decidedAt !== undefined) return;
    one.decidedAt = at;
    if (isIn) toDecision.add(at - (one.checkedAt ?? one.openedAt));
    for (const row of one.rows) {
      row.decided += 1;
      if (isDeclined) row.declined += 1;
    }
    if (at > one.dueAt) breach(one);
  };
  const move = (incident: string, one: Occurrence, state: unknown, at: number, isIn: boolean): void => {
    if (state === 'checked' && one.checkedAt === undefined) {
      one.checkedAt = at;
      if (isIn) toChecks.add(at - one.openedAt);
    } else if (state === 'remedying' || state === 'declined') decide(one, at, isIn, state === 'declined');
    else if (state === 'executed' && one.executedAt === undefined) {
      one.executedAt = at;
      if (isIn) toExecution.add(at - (one.decidedAt ?? at));
    } else if (state === 'verified' && !one.isVerified) {
      one.isVerified = true;
      if (isIn) toVerification.add(at - (one.executedAt ?? at));
    } else if (state === 'closed') {
      open.delete(incident);
      if (isIn) closed += 1;
    }
  };
  return {
    step: ({ receipt, at, isIn }) => {
      for (const [incident, w] of writtenOf(receipt.writes)) {
        if (isIn && (w['incident_signal'] ?? '') !== '') alerts += 1;
        if (w['incident_state'] === 'alerted') begin(incident, at, isIn, w);
        const one = open.get(incident);
        if (one === undefined) continue;
        if (w['incident_state'] !== 'alerted') move(incident, one, w['incident_state'], at, isIn);
        one.dueAt = instant(w) ?? one.dueAt;
        if (w['incident_escalated'] === true) breach(one);
      }
    },
    finish: () => ({
      ...total,
      alerts,
      closed,
      open: open.size,
      bySeverity: byName(bySeverity),
      byKind: byName(byKind),
      toChecks: toChecks.finish(),
      toDecision: toDecision.finish(),
      toExecution: toExecution.finish(),
      toVerification: toVerification.finish(),
      notRemembered,
    }),
  };
};

const byName = (table: ReturnType<typeof createTable<Counts>>): Json =>
  Object.fromEntries(table.entries().map(([name, row]) => [name, { ...row }]));

/** Once an occurrence, however late it is. */
const breach = (one: Occurrence): void => {
  if (one.isBreached) return;
  one.isBreached = true;
  for (const row of one.rows) row.breached += 1;
};

const counts = (): Counts => ({ opened: 0, decided: 0, declined: 0, breached: 0, recurred: 0 });

const instant = (w: Written): number | undefined => {
  const due = w['incident_due_at'];
  return typeof due === 'string' ? parseInstant(due) : undefined;
};

/** The last value of each cell of each incident. */
const writtenOf = (writes: readonly WireWrite[]): ReadonlyMap<string, Written> => {
  const written = new Map<string, Record<string, boolean | number | string>>();
  for (const write of writes) {
    const [incident] = write.key;
    const value = owns(write, 'set') ? write.set : owns(write, 'at') ? write.at : undefined;
    if (!write.cell.startsWith('incident_') || incident === undefined || value === undefined) continue;
    const cells = written.get(incident) ?? {};
    cells[write.cell] = value as boolean | number | string;
    written.set(incident, cells);
  }
  return written;
};
