/** What waits for an approver: refusals that ask for an approval and were not answered, each as a whole, the newest first. */
import { setImmediate as turn } from 'node:timers/promises';
import { type Catalog, decide, type Observation, type Refuse } from '@tai-autonomics/core';
import {
  APPROVER_KEYS_CELL,
  recordedObservation,
  recordedRefusal,
  refusalOf,
  type ShownRefusal,
  shownRefusal,
  withReceipt,
} from '@tai-autonomics/core/engine';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadRow, ReadStep, ReadView } from '../api.ts';
import type { Catalogs } from '../catalogs/catalogs.ts';
import type { Identity } from '../ledger/identity.ts';
import type { Walk } from '../walk/walk.ts';
import { integerOf, placeOf } from './step-arguments.ts';

/** The cell that says whether only signed approvals count. */
const SIGNATURES_CELL = 'signatures_required';
/** Refusals that one call decides again: what is not reached is the next call's. */
const LOOKED_AT_MAX = 500;
/** Refusals between which others have their turn. */
const A_TURN = 8;

interface Waiting {
  readonly binding: string;
  readonly shown: Readonly<Record<string, unknown>>;
}

/** The read step `pending_approvals`: at most `limit` refusals before the place `before`, and `next` where there may be more. */
export const pendingApprovals =
  ({ digestIn }: Pick<Catalogs, 'digestIn'>, refOf: Identity['subject'], walk: Walk): ReadStep =>
  async (step, view) => {
    const { ledger } = view;
    const [before, limit] = [integerOf(step, 'before'), integerOf(step, 'limit')];
    const to = before === 0 ? ledger.size : Math.min(before, ledger.size);
    const asking = await walk(placeOf(view), { ask: 'waiting', before: to, most: LOOKED_AT_MAX });
    if (E.isLeft(asking)) return asking;
    const { places, next: rest } = asking.right;
    const digest = digestIn(view.state);
    const seen = new Set<string>();
    const pending: Readonly<Record<string, unknown>>[] = [];
    let next = rest;
    for (const [at, seq] of places.entries()) {
      if (pending.length >= limit) {
        next = seq + 1;
        break;
      }
      if (at % A_TURN === A_TURN - 1) await turn();
      if (view.signal.aborted) return E.left('nobody waits for the answer any more');
      for await (const row of ledger.rows(seq, seq + 1)) {
        if (E.isLeft(row)) return row;
        const waiting = waitingIn(row.right, view, digest);
        // Asked again, it is the same request: the newest refusal of it is shown.
        if (waiting === undefined || seen.has(waiting.binding)) continue;
        seen.add(waiting.binding);
        pending.push(waiting.shown);
      }
    }
    const { type, id } = view.caller.subject;
    const approver = refOf(view.caller.tenant, type, id);
    const key = view.state.cells.get(APPROVER_KEYS_CELL)?.get(approver);
    return E.right({
      pending,
      ledger: ledger.origin,
      approver,
      ...(key === undefined ? {} : { key }),
      signed: view.state.cells.get(SIGNATURES_CELL)?.get('') === true,
      size: ledger.size,
      ...(next > 0 ? { next } : {}),
    });
  };

/** The refusal as it would be decided with all that was recorded since. */
const refusedNow = (catalog: Catalog, recorded: Observation, { at, state }: ReadView): Refuse | undefined => {
  const decision = decide(catalog, { ...recorded, at: Math.max(at, recorded.at), state });
  return decision.verdict === 'refuse' ? decision : undefined;
};

/** What an approver is shown: what a signed approval repeats, when and why it was refused, and what to submit. */
const withContext = (
  { receipt }: ReadRow,
  catalog: Catalog,
  shown: ShownRefusal,
  now: Refuse,
): Readonly<Record<string, unknown>> => {
  const told = withReceipt(now, { seq: receipt.seq, leaf: shown.leaf });
  return {
    ...shown,
    at: receipt.at,
    means: catalog.actions.get(shown.action)?.action.means ?? '',
    codes: receipt.kind === 'decision' ? receipt.codes : [],
    submit:
      told.verdict === 'approve'
        ? []
        : told.reasons.flatMap(({ next }) =>
            next.kind === 'authority' && Object.hasOwn(next.submit.arguments, 'receipt') ? [next.submit] : [],
          ),
  };
};

/** A refusal that still asks for an approval; `undefined` for what was answered, is superseded, or cannot be released any more. */
const waitingIn = (read: ReadRow, view: ReadView, digest: string): Waiting | undefined => {
  const { receipt, disclosed } = read;
  // Under another catalog the same intent has another binding: it has to be asked, and refused, anew.
  if (receipt.catalog.digest !== digest || recordedRefusal(receipt, disclosed) === undefined) return undefined;
  const recorded = recordedObservation(receipt, disclosed);
  if (recorded === undefined) return undefined;
  const { observation } = recorded;
  const action = view.catalog.actions.get(observation.intent.action.id);
  const shown = shownRefusal(view.catalog, receipt, encodeBase64url(read.row.leaf), disclosed);
  // Where it was not seen what would run, an approval would release nothing.
  if (action === undefined || shown === undefined) return undefined;
  if (action.action.does.effect !== 'internal' && shown.plan.length === 0) return undefined;
  const now = refusedNow(view.catalog, observation, view);
  if (now === undefined || refusalOf(observation.intent, now) === undefined) return undefined;
  if (now.reasons.some(({ code }) => code === 'approval_denied')) return undefined;
  return { binding: observation.intent.binding, shown: withContext(read, view.catalog, shown, now) };
};
