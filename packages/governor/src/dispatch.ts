/**
 * Carries an approved action out: records that it begins, runs its step, looks whether the world is as promised, and
 * records the outcome. The approving receipt is durable before any of it (no receipt, no action).
 */
import {
  type ActionStep,
  type CompiledAction,
  type Evidence,
  evidenceRecords,
  type Json,
  type Observation,
  outcomeOf,
  type Status,
  verifyOutcome,
} from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Draft, Place, Written } from './draft.ts';
import type { Execution } from './execution.ts';
import type { Executor } from './executor.ts';
import { gather } from './gather.ts';
import type { NotDecided, Outcome } from './governed.ts';
import type { LoadedCatalog } from './loaded-catalog.ts';
import type { Clock, Observer } from './ports.ts';
import type { Tenant } from './tenant.ts';

/** An approved action whose receipt is durable. */
export interface Approved {
  readonly tenant: Tenant;
  readonly action: CompiledAction;
  readonly observation: Observation;
  readonly step: ActionStep;
  readonly of: Place;
  readonly id: string;
  readonly incident?: string;
  readonly trace?: string;
}

export interface Dispatcher {
  /** Never rejects. Answers when the outcome is durable. */
  dispatch(approved: Approved): Promise<Outcome>;
}

export interface DispatchOptions {
  readonly catalog: LoadedCatalog;
  readonly executor: Executor;
  readonly observers: readonly Observer[];
  readonly clock: Clock;
  readonly closing: AbortSignal;
}

/** Writes one receipt that the ledger itself decides on; resolves when it is durable. */
const append = (
  tenant: Tenant,
  write: (draft: Draft) => E.Either<unknown, Written>,
): Promise<E.Either<NotDecided, Written>> =>
  new Promise((resolve) => {
    let written: E.Either<unknown, Written> = E.left(undefined);
    tenant.ledger.enqueue({
      write: (draft) => {
        written = write(draft);
      },
      done: () =>
        resolve(
          E.isRight(written)
            ? written
            : E.left({ decided: false, why: 'malformed', detail: 'the receipt can not be written' }),
        ),
      failed: (why) => resolve(E.left(why)),
    });
  });

const common = (
  a: Approved,
): { readonly id: string; readonly subject: string; readonly incident?: string; readonly trace?: string } => ({
  id: a.id,
  subject: a.observation.intent.subject.ref,
  ...(a.incident === undefined ? {} : { incident: a.incident }),
  ...(a.trace === undefined ? {} : { trace: a.trace }),
});

const begin = (a: Approved, event: string): Promise<E.Either<NotDecided, Written>> =>
  append(a.tenant, (draft) =>
    draft.record({ ...common(a), body: { kind: 'consequence', of: a.of }, event, writes: [], disclosures: new Map() }),
  );

interface Ended {
  readonly status: Status;
  readonly result: Json;
  readonly execution?: Execution;
  readonly evidence: readonly Evidence[];
}

const bodyOf = ({ status, result, execution }: Ended): Json => ({
  status,
  result,
  ...(execution === undefined
    ? {}
    : { measured: { ...execution.measured }, bounds: { ...execution.bounds } as unknown as Json }),
});

const finish = async (catalog: LoadedCatalog, a: Approved, ended: Ended): Promise<Outcome> => {
  const expected = outcomeOf(catalog.catalog, a.observation, ended.status);
  const disclosures = new Map<string, Json>([['outcome/body', bodyOf(ended)], ...evidenceRecords(ended.evidence)]);
  const body = { kind: 'outcome', of: a.of, status: ended.status } as const;
  const written = await append(a.tenant, (draft) =>
    draft.record({
      ...common(a),
      body,
      event: expected?.event ?? 'action_executed',
      writes: expected?.writes ?? [],
      disclosures,
    }),
  );
  const { origin } = a.tenant.ledger;
  if (E.isLeft(written)) {
    // The world may have changed and the ledger does not say so yet: the action stays open and is reconciled later.
    return {
      status: 'unknown',
      result: `the outcome is not recorded: ${written.left.detail}`,
      receipt: { origin, ...a.of, event: a.action.action.emits.approve },
    };
  }
  return {
    status: ended.status,
    result: ended.result,
    receipt: { origin, seq: written.right.seq, leaf: written.right.leaf, event: written.right.event },
  };
};

/** Runs approved actions of one deployment. */
export const createDispatcher = ({ catalog, executor, observers, clock, closing }: DispatchOptions): Dispatcher => {
  const ended = async (a: Approved, execution: Execution): Promise<Ended> => {
    if (execution.status !== 'success') {
      const result =
        'detail' in execution
          ? execution.detail
          : execution.status === 'timeout'
            ? { limitMs: execution.limitMs }
            : { limitBytes: execution.limitBytes };
      return { status: execution.status, result, execution, evidence: [] };
    }
    const evidence = await gather(observers, a.observation.intent.resource.id, a.action.verifies);
    const seen: Observation = { ...a.observation, at: clock(), evidence, state: a.tenant.ledger.state };
    const { result } = execution;
    switch (verifyOutcome(catalog.catalog, a.observation, seen)) {
      case 'held':
        return { status: 'success', result, execution, evidence };
      case 'not_held':
        return {
          status: 'failed',
          result: { why: 'what the action promised is not seen', handler: result },
          execution,
          evidence,
        };
      case 'unknown':
        return {
          status: 'unknown',
          result: { why: 'whether the world is as promised could not be observed', handler: result },
          execution,
          evidence,
        };
    }
  };

  const run = async (a: Approved): Promise<Outcome> => {
    const { does } = a.action.action;
    const begun = await begin(a, 'begins' in does ? does.begins : 'action_begun');
    if (E.isLeft(begun)) {
      // Not begun, and nobody ran anything: it stays open, and is driven when the ledger can be written again.
      const { origin } = a.tenant.ledger;
      return {
        status: 'unknown',
        result: `not begun: ${begun.left.detail}`,
        receipt: { origin, ...a.of, event: a.action.action.emits.approve },
      };
    }
    const execution = await executor.run(a.step, a.observation.intent.resource.id, a.observation.mode, {
      signal: closing,
    });
    return finish(catalog, a, await ended(a, execution));
  };

  return {
    dispatch: (a) => {
      const known = a.tenant.running.get(a.of.seq);
      if (known !== undefined) return known;
      const running = run(a).finally(() => void a.tenant.running.delete(a.of.seq));
      a.tenant.running.set(a.of.seq, running);
      return running;
    },
  };
};
