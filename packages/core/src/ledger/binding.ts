/** What an approval is bound to: exactly this, asked by exactly this subject, with exactly this plan, under this catalog. */
import type { Catalog } from '../catalog.ts';
import type { Observation } from '../observation.ts';
import type { Json } from '../receipt/index.ts';

/**
 * The record whose keyed digest is the intent's `binding` (C-24). The host takes the digest, since the arguments can be
 * guessed. It holds the approved step's arguments as they are observed now: another target, another binding.
 */
export const bindingRecord = (catalog: Catalog, catalogDigest: string, o: Observation): Json => {
  const { subject, action, resource } = o.intent;
  const plan = catalog.actions.get(action.id)?.plan(o) ?? [];
  return {
    subject: subject.ref,
    action: { id: action.id, arguments: action.arguments as { readonly [name: string]: Json } },
    resource: resource.ref,
    catalog: catalogDigest,
    plan: plan.map(({ step, with: args }) => ({ step, with: args })) as unknown as Json,
  };
};
