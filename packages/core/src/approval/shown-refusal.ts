/** What an approver is shown of a refusal: exactly what an approval of it releases, and nothing else. */
import type { Catalog } from '../catalog.ts';
import { stateOfReadings } from '../ledger/decision-disclosures.ts';
import { type Disclosed, recordedObservation } from '../ledger/receipted-decision.ts';
import type { Json, Receipt } from '../receipt/index.ts';

/** A refusal as an approver sees it, and as a signed approval repeats it. */
export interface ShownRefusal {
  /** The place of the refusal in its ledger, and the leaf hash of its receipt. */
  readonly receipt: number;
  readonly leaf: string;
  readonly requester: { readonly type: string; readonly id: string; readonly ref: string };
  readonly action: string;
  readonly arguments: { readonly [name: string]: Json };
  readonly resource: string;
  /** What would run, step by step. */
  readonly plan: readonly { readonly step: string; readonly with: { readonly [name: string]: Json } }[];
  /** The digest of the catalog that refused it. */
  readonly catalog: string;
}

/**
 * What is shown of a receipt with this leaf. The plan is the one of the refusal's own readings, so it is what would have run then.
 * `undefined` for a receipt whose intent or readings aren't disclosed, or whose action is not in the catalog.
 */
export const shownRefusal = (
  catalog: Catalog,
  receipt: Receipt,
  leaf: string,
  disclosed: Disclosed,
): ShownRefusal | undefined => {
  const recorded = recordedObservation(receipt, disclosed);
  if (recorded === undefined) return undefined;
  const { observation: bare, readings } = recorded;
  const { action, resource, subject } = bare.intent;
  const compiled = catalog.actions.get(action.id);
  if (compiled === undefined) return undefined;
  const plan = compiled.plan({ ...bare, state: stateOfReadings(catalog, readings, bare) });
  return {
    receipt: receipt.seq,
    leaf,
    requester: { type: subject.type, id: subject.id, ref: subject.ref },
    action: action.id,
    arguments: action.arguments as ShownRefusal['arguments'],
    resource: resource.id,
    plan: plan.map(({ step, with: args }) => ({ step, with: args as { readonly [name: string]: Json } })),
    catalog: receipt.catalog.digest,
  };
};
