/**
 * Intents of a run of standard work are found again by whoever carries it on. Their ids are made from the plan, which holds what
 * nobody can guess: who has the plan, and may ask for the step, goes on where another stopped, and does nothing twice. Receipts
 * show the ids to whoever reads them: so an id is shared by those alone who may ask for the same action, action by action.
 */
import { decide } from '@tai-autonomics/core';
import type { Json } from '@tai-autonomics/core/receipt';
import type { Asked, Caller } from '../api.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import type { IntentKey } from '../ports.ts';
import type { Tenant } from '../tenant.ts';
import { canonicalText, glanceFor, keyOf, type Recorder } from './record-decision.ts';

type Ask = Asked & { readonly id: string };

/** The ids that `runRecipe` makes for a plan that says when it was written. */
const RUN_ID = /^run-[A-Za-z0-9_-]{22}-/;
/** Where these gates refuse, it is the caller who may not ask for it. */
const OF_THE_CALLER: readonly string[] = ['registry', 'role'];

/**
 * How an intent is found again: by its caller's own id; of a run by the run's, together with the action. Who may not ask for a step
 * is told nothing of it, and takes no id of the run: what they ask for is decided under an id of their own, and refused. Another
 * action under the same id is another intent.
 */
export const keyFor = (
  context: Recorder & { readonly clock: () => number },
  catalog: LoadedCatalog,
  { ledger }: Tenant,
  caller: Caller,
  asked: Ask,
): IntentKey => {
  const { identity, clock } = context;
  if (!RUN_ID.test(asked.id)) return keyOf(identity, caller, asked);
  const at = Math.max(clock(), ledger.head.lastAt);
  const decision = decide(
    catalog.catalog,
    glanceFor(context, catalog, { caller, asked, evidence: [] }, at, ledger.state),
  );
  const isBarred = decision.verdict === 'refuse' && decision.reasons.some(({ gate }) => OF_THE_CALLER.includes(gate));
  if (isBarred) return keyOf(identity, caller, { ...asked, id: `${asked.id} barred` });
  const args = (asked.arguments ?? {}) as Json;
  const request: Json = { run: true, action: asked.action, resource: asked.resource, arguments: args };
  return {
    id: identity.digest(caller.tenant, 'intent', canonicalText(['run', asked.id, asked.action])),
    digest: identity.digest(caller.tenant, 'request', canonicalText(request)),
  };
};
