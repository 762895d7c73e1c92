/**
 * Whether what was promised was kept (D-43, D-44, X-23). Two clocks, which are never mixed: the decision on an incident, due at the
 * instant that the ledger itself recorded; and the response to the account, due by the plan that the ledger says was bought when the
 * alert came. How long a service was there is on no receipt, so no sentence is about that.
 */
import { parseInstant } from '../../data/instant.ts';
import { owns } from '../../receipt/encoding/own.ts';
import type { Receipt } from '../../receipt/index.ts';
import type { Counted } from '../reducer.ts';
import { followOccurrences, newOccurrences, type Occurrence, type Occurrences, type Turn } from './occurrence.ts';
import { count, type Measure, newStatements, type Reporter, type Statements, say, sectionOf, share } from './report.ts';

/** Within so many minutes somebody is at work on an alert, by plan. A plan that is not named promises nothing. */
export type ResponseMinutes = Readonly<Record<string, number>>;

interface Kept {
  kept: number;
  late: number;
}

/** An occurrence that may still be late, and what was promised of it. */
interface Promise {
  readonly seq: number;
  readonly isIn: boolean;
  readonly plan: string;
  /** Absent where the plan promises nothing. */
  readonly responseDue?: number;
}

interface Account {
  plan: string;
  status: string;
  expires: number;
}

interface Memory {
  readonly account: Account;
  readonly occurrences: Occurrences;
  readonly promises: WeakMap<Occurrence, Promise>;
  readonly decisions: Map<string, Kept>;
  readonly responses: Map<string, Kept>;
  readonly late: Statements;
  notPromised: number;
  at: number;
  seq: number;
}

const MINUTE_MS = 60_000;
const SEVERITIES = ['critical', 'high', 'medium', 'low'];

/** The report on what was promised. */
export const slaReporter = (minutes: ResponseMinutes): Reporter => {
  const memory: Memory = {
    account: { plan: '', status: 'none', expires: 0 },
    occurrences: newOccurrences(),
    promises: new WeakMap(),
    decisions: new Map(),
    responses: new Map(),
    late: newStatements(),
    notPromised: 0,
    at: 0,
    seq: -1,
  };
  return { step: (counted) => follow(memory, minutes, counted), finish: () => finish(memory) };
};

const follow = (memory: Memory, minutes: ResponseMinutes, { receipt, at, isIn }: Counted): void => {
  memory.at = at;
  memory.seq = receipt.seq;
  followOccurrences(memory.occurrences, receipt, at, (turn, one) => {
    if (turn === 'opened')
      memory.promises.set(one, { seq: receipt.seq, isIn, ...promiseOf(memory.account, minutes, receipt, at) });
    takeTurn(memory, turn, one, { at, isIn, seq: receipt.seq });
  });
  noteAccount(memory.account, receipt);
};

/** What the plan that is in force when the alert comes promises; an evaluation promises nothing. */
const promiseOf = (account: Account, minutes: ResponseMinutes, { mode }: Receipt, at: number) => {
  const { plan, status, expires } = account;
  const inForce = mode === 'contractual' && status === 'active' && at < expires;
  const own = inForce && Object.hasOwn(minutes, plan) ? minutes[plan] : undefined;
  return { plan, ...(own === undefined ? {} : { responseDue: at + own * MINUTE_MS }) };
};

/** When something was late, or was not. */
interface When {
  readonly at: number;
  readonly isIn: boolean;
  readonly seq: number;
}

const takeTurn = (memory: Memory, turn: Turn, one: Occurrence, when: When): void => {
  const promise = memory.promises.get(one);
  if (promise === undefined || !when.isIn) return;
  const isDecided = turn === 'decided' || turn === 'decided_again';
  if (isDecided && !one.isBreached && when.at <= one.dueAt) rowAt(memory.decisions, one.severity).kept += 1;
  if (turn === 'breached') decidedLate(memory, one, promise, when.seq);
  if (turn === 'responded') responded(memory, one, promise, when);
};

const decidedLate = (memory: Memory, one: Occurrence, { seq }: Promise, seen: number): void => {
  rowAt(memory.decisions, one.severity).late += 1;
  say(memory.late, `an incident of severity ${one.severity} (${one.kind}) was not decided in time.`, seq, seen);
};

const responded = (memory: Memory, one: Occurrence, promise: Promise, { at, seq }: When): void => {
  const { responseDue, plan } = promise;
  if (responseDue === undefined) {
    memory.notPromised += 1;
    return;
  }
  const row = rowAt(memory.responses, plan);
  if (at <= responseDue) {
    row.kept += 1;
    return;
  }
  row.late += 1;
  say(memory.late, `nobody was at work on an alert (${one.kind}) within what ${plan} promises.`, promise.seq, seq);
};

const rowAt = (rows: Map<string, Kept>, name: string): Kept => {
  const row = rows.get(name) ?? { kept: 0, late: 0 };
  rows.set(name, row);
  return row;
};

const noteAccount = (account: Account, { writes }: Receipt): void => {
  for (const write of writes) {
    if (write.cell === 'entitlement_plan' && owns(write, 'set')) account.plan = String(write.set);
    if (write.cell === 'entitlement_status' && owns(write, 'set')) account.status = String(write.set);
    if (write.cell === 'entitlement_expires_at' && owns(write, 'at')) account.expires = parseInstant(write.at) ?? 0;
  }
};

/** What waits at the end is late exactly if its time had passed at the last receipt. */
const finish = (memory: Memory) => {
  let waiting = 0;
  for (const one of memory.occurrences.open.values()) {
    const promise = memory.promises.get(one);
    if (promise === undefined) continue;
    const when = { at: memory.at, isIn: true, seq: memory.seq };
    if (one.isWaiting && !one.isBreached) {
      if (memory.at > one.dueAt) decidedLate(memory, one, promise, memory.seq);
      else waiting += 1;
    }
    if (one.respondedAt === undefined && promise.responseDue !== undefined && memory.at > promise.responseDue)
      responded(memory, one, promise, when);
  }
  const { decisions, responses, late, occurrences } = memory;
  return [
    sectionOf('Decisions on incidents', [
      ...keptMeasures([...decisions].sort(([a], [b]) => SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b))),
      count('not due yet at the end', waiting),
      count('not remembered', occurrences.notRemembered),
    ]),
    sectionOf('Responses to the account', [
      ...keptMeasures([...responses].sort(([a], [b]) => (a < b ? -1 : 1))),
      count('without a promise', memory.notPromised),
    ]),
    sectionOf('What was late', [], late),
  ];
};

const keptMeasures = (rows: readonly (readonly [string, Kept])[]): readonly Measure[] => {
  const kept = rows.reduce((sum, [, row]) => sum + row.kept, 0);
  const late = rows.reduce((sum, [, row]) => sum + row.late, 0);
  return [
    ...rows.flatMap(([name, row]) => [count(`${name}: in time`, row.kept), count(`${name}: too late`, row.late)]),
    count('in time', kept),
    count('too late', late),
    share('in time, of all', kept, kept + late),
  ];
};
