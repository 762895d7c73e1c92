/** What follows a durable ruling: a read is answered, an approved action runs, an internal one is already done. */
import type { CompiledAction, Decision } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { actionOf } from './admission.ts';
import type { Dispatcher } from './dispatch.ts';
import type { Asked, Caller, Decided, Outcome, ReadStep } from './governed.ts';
import type { LoadedCatalog } from './loaded-catalog.ts';
import type { Ruling } from './recorder.ts';
import type { Shared } from './shared.ts';
import type { Tenant } from './tenant.ts';
import type { Upkeep } from './upkeep.ts';

/** What comes after a decision. Never rejects. */
export interface Follow {
  /** Carries on after a ruling; `undefined` if there is nothing to carry on with. */
  after(tenant: Tenant, caller: Caller, ruling: Ruling): Promise<Outcome | undefined>;
  /** Answers a recorded intent that is asked again. What a read finds is recorded nowhere, so it looks again. */
  again(tenant: Tenant, caller: Caller, asked: Asked, decided: Decided): Promise<Decided>;
}

const answerRead = async (
  shared: Shared,
  reads: Readonly<Record<string, ReadStep>>,
  tenant: Tenant,
  caller: Caller,
  { catalog }: LoadedCatalog,
  decision: Decision,
  resource: string,
): Promise<unknown> => {
  const [step] = decision.verdict === 'approve' ? decision.actionPlan : [];
  const read = step !== undefined && Object.hasOwn(reads, step.step) ? reads[step.step] : undefined;
  if (step === undefined || read === undefined) return { error: 'this deployment has no reader for it' };
  const { options, mode } = shared;
  try {
    return await read(step, { caller, resource, mode, state: tenant.ledger.state, catalog, at: options.clock() });
  } catch {
    return { error: 'the reader failed' };
  }
};

const run = (
  dispatcher: Dispatcher,
  tenant: Tenant,
  action: CompiledAction,
  ruling: Ruling,
): Promise<Outcome> | undefined => {
  const { decision, observation, catalog, receipt } = ruling;
  const [step] = decision.verdict === 'approve' ? decision.actionPlan : [];
  if (step === undefined) return undefined;
  const { id, incident, trace } = receipt.receipt;
  return dispatcher.dispatch({
    tenant,
    catalog,
    action,
    observation,
    step,
    of: { seq: receipt.seq, leaf: receipt.leaf },
    id,
    deadline: observation.at + action.limits.timeoutMs,
    ...(incident === undefined ? {} : { incident }),
    ...(trace === undefined ? {} : { trace }),
  });
};

/** The follow-up of one governor. */
export const createFollow = (
  shared: Shared,
  dispatcher: Dispatcher,
  reads: Readonly<Record<string, ReadStep>>,
  upkeep: Upkeep,
): Follow => ({
  after: async (tenant, caller, ruling) => {
    const { decision, observation, catalog, receipt } = ruling;
    const action = catalog.catalog.actions.get(observation.intent.action.id);
    if (decision.verdict === 'refuse' || action === undefined) return undefined;
    const { effect } = action.action.does;
    if (effect === 'internal') {
      await upkeep.followed(tenant, receipt.event);
      return undefined;
    }
    if (effect !== 'read') return run(dispatcher, tenant, action, ruling);
    const { id } = observation.intent.resource;
    const result = await answerRead(shared, reads, tenant, caller, catalog, decision, id);
    const { origin } = tenant.ledger;
    const place = { origin, seq: receipt.seq, leaf: receipt.leaf, event: receipt.event };
    return { status: 'success', result, receipt: place };
  },
  again: async (tenant, caller, asked, decided) => {
    const { decision, receipt } = decided;
    const catalog = await shared.catalogs.loadIn(tenant.ledger.state);
    if (decision.verdict === 'refuse' || E.isLeft(catalog)) return decided;
    const { catalog: active } = catalog.right;
    if (active.actions.get(actionOf(active, asked.action))?.action.does.effect !== 'read') return decided;
    const result = await answerRead(shared, reads, tenant, caller, catalog.right, decision, asked.resource);
    return { ...decided, outcome: { status: 'success', result, receipt } };
  },
});
