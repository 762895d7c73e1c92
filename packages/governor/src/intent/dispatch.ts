/**
 * Carries an approved action out: records that it begins, runs its step, looks whether the world is as promised, and
 * records the outcome. The approving receipt is durable before any of it (no receipt, no action).
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { ActionStep, Evidence } from '@tai-autonomics/core';
import type { Status } from '@tai-autonomics/core/author';
import {
  ALERT_SEVERITIES,
  type AlertSeverity,
  type Entry,
  evidenceRecords,
  outcomeOf,
  verifyOutcome,
} from '@tai-autonomics/core/engine';
import type { Json } from '@tai-autonomics/core/receipt';
import { owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { NotDecided, Outcome, Reported, TenantId } from '../api.ts';
import type { Context } from '../context.ts';
import type { Execution } from '../executor/execution.ts';
import type { Executor } from '../executor/executor.ts';
import type { Draft, Place, Recorded, Written } from '../ledger/draft.ts';
import { createTries, type Tries } from '../ledger/tries.ts';
import type { LedgerStore, Ms } from '../ports.ts';
import type { Tenant } from '../tenant.ts';
import { beginningOf, type Common } from './beginning.ts';
import { executionOf, reportedEvidence } from './by-caller.ts';
import { gather } from './gather-evidence.ts';
import { type Approval, entriesFrom, withdrawnBy } from './withdrawal.ts';

/** An approved action whose receipt is durable. */
export interface Approved extends Approval {
  readonly tenant: Tenant;
  readonly step: ActionStep;
  readonly of: Place;
  readonly id: string;
  readonly incident?: string;
  readonly trace?: string;
  /** The approval's deadline; absent when it is driven again after it. */
  readonly deadline?: Ms;
}

export interface Dispatcher {
  /** Never rejects. Answers when the outcome is durable. */
  dispatch(approved: Approved): Promise<Outcome>;
  /**
   * Hands an action to its caller, who carries it out; `undefined` once it may. It is then open until it is reported. It began in the
   * append that approved it, or nobody carries it out.
   */
  hand(approved: Approved, begun: Written | undefined): Outcome | undefined;
  /** Records how an action ended that was handed out; `undefined` where none of this subject is open there. */
  report(tenant: Tenant, of: Pick<Place, 'seq' | 'leaf'>, subject: string, how: Reported): Promise<Outcome | undefined>;
}

/** Pauses before an outcome that could not be recorded is tried again: shorter together than the grace of a deadline. */
const RETRIES_MS: readonly Ms[] = [100, 400, 1_600];

const CLOSING: NotDecided = { decided: false, why: 'not_ready', detail: 'the governor is closing' };
const UNWRITABLE: NotDecided = { decided: false, why: 'malformed', detail: 'the receipt cannot be written' };

/** It is no longer this process's to begin, or to end: another did, or its outcome is recorded. */
const ELSEWHERE = 'elsewhere';

type Appending = E.Either<NotDecided | typeof ELSEWHERE, Written>;

/** Runs approved actions of one deployment. */
export const createDispatcher = (
  { observers, store, clock }: Pick<Context, 'observers' | 'store' | 'clock'>,
  executor: Executor,
  closing: AbortSignal,
): Dispatcher => {
  const finish = async (a: Approved, execution: Execution, said?: readonly Evidence[]): Promise<Outcome> => {
    const about = a.observation.intent.resource.id;
    const evidence =
      execution.status !== 'success'
        ? []
        : (said ?? (await gather(observers, { tenant: a.tenant.id, about }, a.action.verifies)));
    let ended: Ended = { status: 'unknown', result: null };
    const record = (draft: Draft): Recorded | undefined => {
      // Late: somebody gave it up already, and that is what the ledger says.
      if (!draft.state.open.has(a.of.seq)) return undefined;
      ended = endedAt(a, execution, evidence, draft.at);
      return outcomeRecord(a, execution, evidence, ended);
    };
    let written = await append(a.tenant, createTries(), record);
    for (const ms of RETRIES_MS) {
      if (E.isRight(written) || written.left === ELSEWHERE || closing.aborted) break;
      await pause(ms);
      written = await append(a.tenant, createTries(), record);
    }
    // The world may have changed and the ledger does not say so yet: the action stays open and is reconciled later.
    if (E.isLeft(written)) return unknown(a, written.left, 'the outcome is not recorded');
    const { seq, leaf, event } = written.right;
    return { ...ended, receipt: { origin: a.tenant.ledger.origin, seq, leaf, event } };
  };

  const run = async (a: Approved): Promise<Outcome> => {
    // Whoever waits has not begun: it may still be withdrawn, and after a crash it is simply begun.
    const leave = await executor.turn({ tenant: a.tenant.id, severity: severityIn(a) }, closing);
    try {
      return closing.aborted ? unknown(a, CLOSING, 'not begun') : await carryOut(a, leave);
    } finally {
      leave();
    }
  };
  const carryOut = async (a: Approved, leave: () => void): Promise<Outcome> => {
    const begun = await begin(a, store);
    const ended = unbegun(a, begun);
    if (ended !== undefined) return ended;
    const of = { tenant: a.tenant.id, resource: a.observation.intent.resource.id };
    const left = a.deadline === undefined ? {} : { withinMs: a.deadline - clock() };
    const execution = await executor.run(a.step, of, a.observation.mode, { signal: closing, ...left });
    leave();
    return finish(a, execution);
  };

  /** What callers carry out now, by tenant and place. */
  const handed = new Map<string, Approved>();
  return {
    hand: (a, begun) => {
      if (begun === undefined) return unknown(a, UNWRITABLE, 'not begun');
      handed.set(placeOf(a.tenant, a.of), a);
      if (handed.size > HANDED_MAX) forget(handed, a.tenant.id);
      return undefined;
    },
    report: async (tenant, of, subject, how) => {
      const place = placeOf(tenant, of);
      const a = handed.get(place);
      if (a === undefined || a.of.leaf !== of.leaf || a.observation.intent.subject.ref !== subject) return undefined;
      handed.delete(place);
      try {
        return await finish(a, executionOf(how), reportedEvidence(a, clock()));
      } finally {
        // What could not be recorded may be reported again.
        if (isOpen(a)) handed.set(place, a);
      }
    },
    dispatch: (a) => {
      const known = a.tenant.running.get(a.of.seq);
      if (known !== undefined) return known;
      const running = run(a).finally(() => void a.tenant.running.delete(a.of.seq));
      a.tenant.running.set(a.of.seq, running);
      return running;
    },
  };
};

/** What callers carry out at once; more of it is looked through for what has ended … */
const HANDED_MAX = 10_000;
/** … and of one tenant no more than this is remembered then. */
const HANDED_MAX_OF_TENANT = 1_000;

const isOpen = ({ tenant, of }: Approved): boolean => tenant.ledger.state.open.has(of.seq);

/** Forgets what has ended, and the oldest of a tenant whose callers never report: no tenant makes another’s forgotten. */
const forget = (handed: Map<string, Approved>, tenant: TenantId): void => {
  for (const [place, a] of handed) if (!isOpen(a)) handed.delete(place);
  const own = [...handed].filter(([, a]) => a.tenant.id === tenant);
  for (const [place] of own.slice(0, -HANDED_MAX_OF_TENANT)) handed.delete(place);
};

/** How bad the incident is that it belongs to; what belongs to none stands in the middle. */
const severityIn = ({ tenant, incident }: Approved): AlertSeverity => {
  const severity =
    incident === undefined ? undefined : tenant.ledger.state.cells.get('incident_severity')?.get(incident);
  return ALERT_SEVERITIES.find((one) => one === severity) ?? 'medium';
};

const placeOf = ({ id }: Tenant, { seq }: Pick<Place, 'seq'>): string => `${id}\u0000${seq}`;

/** Why an action did not begin; `undefined` if it did. */
const unbegun = (a: Approved, begun: E.Either<NotDecided | typeof ELSEWHERE, Begun>): Outcome | undefined => {
  // Not begun, and nobody ran anything: it stays open, and is driven when the ledger can be written again.
  if (E.isLeft(begun)) return unknown(a, begun.left, 'not begun');
  const { withdrawn: result, seq, leaf, event } = begun.right;
  return result === undefined
    ? undefined
    : { status: 'withdrawn', result, receipt: { origin: a.tenant.ledger.origin, seq, leaf, event } };
};

/** Writes one receipt about an open action, or none if `record` has none; resolves when it is durable. */
const append = (tenant: Tenant, tries: Tries, record: (draft: Draft) => Recorded | undefined): Promise<Appending> =>
  new Promise((resolve) => {
    let written: Appending = E.left(ELSEWHERE);
    tenant.ledger.enqueue({
      tries,
      write: (draft) => {
        const recorded = record(draft);
        written = recorded === undefined ? E.left(ELSEWHERE) : E.mapLeft(() => UNWRITABLE)(draft.record(recorded));
      },
      done: () => resolve(written),
      failed: (why) => resolve(E.left(why)),
    });
  });

const common = (a: Approved): Common => ({
  id: a.id,
  catalog: a.catalog,
  subject: a.observation.intent.subject.ref,
  ...(a.incident === undefined ? {} : { incident: a.incident }),
  ...(a.trace === undefined ? {} : { trace: a.trace }),
});

/** Whoever carries it out first begins it; after its deadline it may begin again, if that does no harm. */
const mayBegin = (a: Approved, draft: Draft): boolean => {
  const open = draft.state.open.get(a.of.seq);
  if (open === undefined) return false;
  const { does } = a.action.action;
  return !open.begun || (a.deadline === undefined && owns(does, 'idempotent') && does.idempotent);
};

const beginning = (a: Approved): Recorded => beginningOf(common(a), a.action.action.does, a.of);

/** Why an approved action did not begin. */
interface Withdrawal {
  readonly why: string;
  readonly codes: readonly string[];
}

const withdrawal = (a: Approved, result: Withdrawal): Recorded => {
  const status = 'withdrawn';
  const expected = outcomeOf(a.catalog.catalog, a.observation, status);
  return {
    ...common(a),
    body: { kind: 'outcome', of: a.of, status },
    event: expected?.event ?? 'action_executed',
    writes: expected?.writes ?? [],
    disclosures: new Map<string, Json>([['outcome/body', { status, result: { ...result } }]]),
  };
};

/** Begun, or withdrawn for what was recorded since the approval. */
type Begun = Written & { readonly withdrawn?: Withdrawal };

/** In one append with the beginning, so that nothing can come in between (see `createWithdrawalCheck`). */
const begin = async (a: Approved, store: LedgerStore): Promise<E.Either<NotDecided | typeof ELSEWHERE, Begun>> => {
  const { ledger } = a.tenant;
  let older: readonly Entry[] = [];
  const tries = createTries();
  while (!tries.isSpent()) {
    let isRead = true;
    let withdrawn: Withdrawal | undefined;
    const appended = await append(a.tenant, tries, (draft) => {
      withdrawn = undefined;
      if (!mayBegin(a, draft)) return undefined;
      // What has begun is not stopped here: whether it may be driven again was asked before.
      if (draft.state.open.get(a.of.seq)?.begun === true) return beginning(a);
      const newer = draft.since(a.of.seq + 1 + older.length);
      isRead = newer !== undefined;
      if (newer === undefined) return undefined;
      const codes = withdrawnBy(a, [...older, ...newer]);
      if (codes.length === 0) return beginning(a);
      withdrawn = { why: 'what was recorded since its approval refuses it', codes };
      return withdrawal(a, withdrawn);
    });
    if (isRead)
      return E.map((written: Written): Begun => (withdrawn === undefined ? written : { ...written, withdrawn }))(
        appended,
      );
    const found = await entriesFrom(store, ledger, a.of.seq + 1, ledger.head.size);
    if (E.isLeft(found)) return E.left({ decided: false, why: 'store_unavailable', detail: found.left });
    older = found.right;
  }
  return E.left({ decided: false, why: 'overloaded', detail: 'the ledger grew faster than it could be read' });
};

interface Ended {
  readonly status: Status;
  readonly result: Json;
}

/** How it ended, as the world looks: a handler's word alone is not success. */
const endedAt = (a: Approved, execution: Execution, evidence: readonly Evidence[], at: Ms): Ended => {
  switch (execution.status) {
    case 'failed':
    case 'unknown':
      return { status: execution.status, result: execution.detail };
    case 'timeout':
      return { status: execution.status, result: { limitMs: execution.limitMs } };
    case 'memory_exceeded':
      return { status: execution.status, result: { limitBytes: execution.limitBytes } };
    case 'success':
      break;
  }
  const handler = execution.result;
  // At the receipt's own instant and on the decided state: so whoever re-derives it sees the same.
  switch (verifyOutcome(a.catalog.catalog, a.observation, { ...a.observation, at, evidence })) {
    case 'held':
      return { status: 'success', result: handler };
    case 'not_held':
      return { status: 'failed', result: { why: 'what the action promised is not seen', handler } };
    case 'unknown':
      return { status: 'unknown', result: { why: 'whether the world is as promised could not be observed', handler } };
  }
};

const outcomeRecord = (a: Approved, execution: Execution, evidence: readonly Evidence[], ended: Ended): Recorded => {
  const { status, result } = ended;
  const expected = outcomeOf(a.catalog.catalog, a.observation, status);
  const measured = { ...execution.measured };
  const bounds = { ...execution.bounds } as unknown as Json;
  return {
    ...common(a),
    body: { kind: 'outcome', of: a.of, status },
    event: expected?.event ?? 'action_executed',
    writes: expected?.writes ?? [],
    disclosures: new Map<string, Json>([
      ['outcome/body', { status, result, measured, bounds }],
      ...evidenceRecords(evidence),
    ]),
  };
};

/** What the caller is told when this process has no outcome of its own: the receipt is the approval's. */
const unknown = (a: Approved, left: NotDecided | typeof ELSEWHERE, what: string): Outcome => ({
  status: 'unknown',
  result: left === ELSEWHERE ? 'another process carries it out, or its outcome is recorded' : `${what}: ${left.detail}`,
  receipt: { origin: a.tenant.ledger.origin, ...a.of, event: a.action.action.emits.approve },
});
