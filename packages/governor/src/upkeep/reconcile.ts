/**
 * Approved actions whose outcome nobody recorded: their process ended, or their ledger could not be written. After the
 * deadline and a grace an idempotent one is driven again under its own approval; any other becomes `unknown`, and the
 * line stops for its resource (an Andon by the system). Effects on the outside are at-least-once or unknown.
 */
import type { ActionStep, Observation } from '@tai-autonomics/core';
import {
  type CompiledAction,
  type Engines,
  type OpenAction,
  recordedObservation,
  stateOfReadings,
} from '@tai-autonomics/core/engine';
import { encodeBase64url, type Json, owns, type Receipt } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Catalogs } from '../catalogs/catalogs.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import { isByCaller } from '../intent/by-caller.ts';
import type { Approved } from '../intent/dispatch.ts';
import { entriesFrom, withdrawnBy } from '../intent/withdrawal.ts';
import { type OpenedRow, openOwnRow } from '../ledger/read-row.ts';
import type { LedgerStore, Ms, Row } from '../ports.ts';
import type { Tenant } from '../tenant.ts';

/** How long after its deadline an open action may still be recorded by whoever runs it. */
export const GRACE_MS: Ms = 10_000;

/** An action whose outcome is not known and that can't be driven again. */
export type Lost = Pick<Approved, 'of' | 'id' | 'incident' | 'trace'> & {
  /** Present if it can be read back: what the catalog says of an unknown outcome is recorded then. */
  readonly decided?: Pick<Approved, 'catalog' | 'observation'>;
  readonly resource: string;
};

/** What to do with an open action. */
export type Overdue =
  | { readonly drive: Approved }
  /** Not idempotent, or it can't be read back: its outcome is unknown. */
  | { readonly giveUp: Lost };

/** Open actions that are past `deadline + GRACE_MS` and that this process does not run. */
export const overdue = async (from: Reconciled, tenant: Tenant, now: Ms): Promise<readonly Overdue[]> => {
  const found: Overdue[] = [];
  for (const [seq, open] of [...tenant.ledger.state.open]) {
    if (tenant.running.has(seq) || now < open.deadline + GRACE_MS) continue;
    for await (const row of from.store.read(tenant.ledger.id, seq, seq + 1)) {
      const judged = E.isLeft(row) ? undefined : await judge(from, tenant, row.right, open);
      if (judged !== undefined) found.push(judged);
    }
  }
  return found;
};

const observationOf = (
  { catalog }: LoadedCatalog,
  receipt: Receipt,
  disclosed: ReadonlyMap<string, Json>,
): Observation | undefined => {
  const recorded = recordedObservation(receipt, disclosed);
  if (recorded === undefined) return undefined;
  const { observation, readings } = recorded;
  return { ...observation, state: stateOfReadings(catalog, readings, observation) };
};

/** A decision as it was taken: under the catalog that took it, with the plan that it allowed. */
interface ReadBack {
  readonly catalog: LoadedCatalog;
  readonly observation: Observation;
  readonly action?: CompiledAction;
  readonly step?: ActionStep;
}

const readBack = (catalog: LoadedCatalog | undefined, { receipt, disclosed }: OpenedRow): ReadBack | undefined => {
  // Disclosures that are not the receipt's own were put there by somebody else: nothing is done because of them.
  if (catalog === undefined || disclosed === undefined) return undefined;
  const observation = observationOf(catalog, receipt, disclosed);
  if (observation === undefined) return undefined;
  const action = catalog.catalog.actions.get(observation.intent.action.id);
  if (action === undefined) return { catalog, observation };
  const [step] = action.plan(observation);
  return { catalog, observation, action, ...(step === undefined ? {} : { step }) };
};

/** What an open action is read back with. */
export interface Reconciled {
  readonly catalogs: Catalogs;
  readonly engines: Engines;
  readonly store: LedgerStore;
}

const judge = async (
  { catalogs, engines, store }: Reconciled,
  tenant: Tenant,
  row: Row,
  open: OpenAction,
): Promise<Overdue | undefined> => {
  const opened = await openOwnRow(row, tenant.ledger.tree);
  if (E.isLeft(opened)) return undefined;
  const { id, incident, trace } = opened.right.receipt;
  const of = { seq: row.seq, leaf: encodeBase64url(row.leaf) };
  const context = { ...(incident === undefined ? {} : { incident }), ...(trace === undefined ? {} : { trace }) };
  const shared = { of, id, ...context };
  const loaded = await catalogs.load(opened.right.receipt.catalog.digest);
  // It is looked at again when the catalog store answers.
  if (E.isLeft(loaded) && loaded.left.fault === 'unavailable') return undefined;
  const back = readBack(E.isLeft(loaded) ? undefined : loaded.right, opened.right);
  if (back === undefined) return { giveUp: { ...shared, resource: '*' } };
  const { catalog, observation, action, step } = back;
  const does = action?.action.does;
  // What its caller carries out, nobody else does again.
  const isOurs = does !== undefined && owns(does, 'idempotent') && !isByCaller(does);
  const isHarmless = isOurs && (does.idempotent || !open.begun);
  const lost = { giveUp: { ...shared, decided: { catalog, observation }, resource: observation.intent.resource.id } };
  const engine = engines.get(opened.right.receipt.engine.semantics);
  if (action === undefined || step === undefined || engine === undefined || !isHarmless) return lost;
  const drive = { ...shared, tenant, engine, catalog, action, observation, step };
  if (!open.begun) return { drive };
  // It may have been done in part: it is not done again without the authority for it.
  const since = await entriesFrom(store, tenant.ledger, row.seq + 1, tenant.ledger.head.size);
  if (E.isLeft(since)) return undefined;
  return withdrawnBy(drive, since.right).length === 0 ? { drive } : lost;
};
