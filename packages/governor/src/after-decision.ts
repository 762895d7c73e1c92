/** What follows a durable ruling: a read is answered, an approved action runs, an internal one is already done. */

import type { Decision } from '@tai-autonomics/core';
import type { CompiledAction } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Asked, Caller, Decided, Outcome, ReadStep, ReceiptPlace } from './api.ts';
import { messageOf } from './bounds/bounded-text.ts';
import type { LoadedCatalog } from './catalogs/loaded-catalog.ts';
import type { Context } from './context.ts';
import { actionOf } from './intent/admit.ts';
import { isByCaller } from './intent/by-caller.ts';
import type { Approved, Dispatcher } from './intent/dispatch.ts';
import type { Ruling } from './intent/record-decision.ts';
import { readLedger } from './reads/read-ledger.ts';
import type { Tenant } from './tenant.ts';
import type { Upkeep } from './upkeep/upkeep.ts';

/** Says whether somebody still waits for an answer. Its signal is made when it is asked for: most answers need none. */
export type Waits = Pick<AbortController, 'signal'>;

/** What comes after a decision. Never rejects. */
export interface AfterDecision {
  /** Carries on after a ruling; `undefined` if there is nothing to carry on with. */
  carryOn(tenant: Tenant, caller: Caller, ruling: Ruling, waits: Waits): Promise<Outcome | undefined>;
  /** Answers a recorded intent that is asked again. What a read finds is recorded nowhere, so it looks again. */
  answerAgain(tenant: Tenant, caller: Caller, asked: Asked, decided: Decided, waits: Waits): Promise<Decided>;
}

/** A read whose receipt is durable. */
interface Reading {
  readonly caller: Caller;
  /** The catalog that decided it. */
  readonly catalog: LoadedCatalog;
  readonly decision: Decision;
  readonly resource: string;
  readonly receipt: ReceiptPlace;
  /** Whether somebody still waits for the answer. */
  readonly waits: Waits;
}
type Reads = Readonly<Record<string, ReadStep>>;

/** What answering a read takes. */
type Answering = Pick<Context, 'mode' | 'clock' | 'store' | 'catalogs' | 'onFault'>;

/** The follow-up of one governor. */
export const createAfterDecision = (
  context: Pick<Context, 'sealing'> & Answering,
  dispatcher: Dispatcher,
  reads: Reads,
  upkeep: Pick<Upkeep, 'followed'>,
): AfterDecision => ({
  carryOn: async (tenant, caller, ruling, waits) => {
    const { decision, observation, catalog, receipt } = ruling;
    const action = catalog.catalog.actions.get(observation.intent.action.id);
    if (decision.verdict === 'refuse' || action === undefined) return undefined;
    const { effect } = action.action.does;
    if (effect === 'internal') {
      // A draft that was activated is kept from now on, before it can expire. If it can't be, the next intent says so.
      await context.catalogs.loadIn(tenant.ledger.state);
      await upkeep.followed(tenant, receipt.event);
      return undefined;
    }
    if (effect !== 'read') return run(context, dispatcher, tenant, action, ruling);
    const { origin } = tenant.ledger;
    const place = { origin, seq: receipt.seq, leaf: receipt.leaf, event: receipt.event };
    const resource = observation.intent.resource.id;
    return answerRead(context, reads, tenant, { caller, catalog, decision, resource, receipt: place, waits });
  },
  answerAgain: async (tenant, caller, asked, decided, waits) => {
    const { decision, receipt } = decided;
    const catalog = await context.catalogs.loadIn(tenant.ledger.state);
    if (decision.verdict === 'refuse' || E.isLeft(catalog)) return decided;
    const { catalog: active } = catalog.right;
    if (active.actions.get(actionOf(active, asked.action))?.action.does.effect !== 'read') return decided;
    const reading = { caller, catalog: catalog.right, decision, resource: asked.resource, receipt, waits };
    return { ...decided, outcome: await answerRead(context, reads, tenant, reading) };
  },
});

const answerRead = async (
  context: Answering,
  reads: Reads,
  tenant: Tenant,
  { caller, catalog, decision, resource, receipt, waits }: Reading,
): Promise<Outcome> => {
  const [step] = decision.verdict === 'approve' ? decision.actionPlan : [];
  const read = step !== undefined && Object.hasOwn(reads, step.step) ? reads[step.step] : undefined;
  const failed = (why: string): Outcome => ({ status: 'failed', result: { why }, receipt });
  if (step === undefined || read === undefined) return failed('this deployment has no reader for it');
  const { clock, mode, onFault } = context;
  const { state } = tenant.ledger;
  const ledger = readLedger(context, tenant, receipt.seq);
  try {
    const answer = await read(step, {
      caller,
      resource,
      mode,
      state,
      catalog: catalog.catalog,
      at: clock(),
      ledger,
      get signal() {
        return waits.signal;
      },
    });
    return E.isLeft(answer) ? failed(answer.left) : { status: 'success', result: answer.right, receipt };
  } catch (thrown) {
    onFault(`the reader of ${step.step} failed: ${messageOf(thrown)}`);
    return failed('the reader failed');
  }
};

const run = (
  { sealing }: Pick<Context, 'sealing'>,
  dispatcher: Dispatcher,
  tenant: Tenant,
  action: CompiledAction,
  ruling: Ruling,
): Promise<Outcome | undefined> | Outcome | undefined => {
  const { decision, observation, catalog, receipt, begun } = ruling;
  const [step] = decision.verdict === 'approve' ? decision.actionPlan : [];
  const engine = sealing.engines.get(receipt.receipt.engine.semantics);
  if (step === undefined || engine === undefined) return undefined;
  const { id, incident, trace } = receipt.receipt;
  const approved: Approved = {
    tenant,
    engine,
    catalog,
    action,
    observation,
    step,
    of: { seq: receipt.seq, leaf: receipt.leaf },
    id,
    deadline: observation.at + action.limits.timeoutMs,
    ...(incident === undefined ? {} : { incident }),
    ...(trace === undefined ? {} : { trace }),
  };
  return isByCaller(action.action.does) ? dispatcher.hand(approved, begun) : dispatcher.dispatch(approved);
};
