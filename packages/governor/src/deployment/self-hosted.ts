/** Without a shop: one plan that sells every loaded pack, and the event by which the operator gives it to a tenant. */
import type { CatalogSource, Pack } from '@tai-autonomics/core';
import { type Plan, rolesOf } from '@tai-autonomics/core/author';
import { formatInstant, readEntitlementEvent } from '@tai-autonomics/core/engine';
import type { Asked, Caller, TenantId } from '../api.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { Ms } from '../ports.ts';

/** The plan that a deployment of one's own has beside those of its catalog. */
const SELF_HOSTED = 'self_hosted';

const SKU = 'self-hosted-1';
/** A window's approvals that nobody reaches: the plan is not metered. */
const QUOTA = 1_000_000_000;
const CENTURY_MS = 36_525 * 86_400_000;

/** The catalog with one's own packs, each in the place of one of its name, and with the plan that sells them all. */
export const withSelfHosted = (source: CatalogSource, own: readonly Pack[]): CatalogSource => {
  const replaced = new Set(own.map(({ pack_id }) => pack_id));
  const packs = [...source.packs.filter(({ pack_id }) => !replaced.has(pack_id)), ...own.map(withoutSchema)];
  const sold = packs.filter(({ always }) => always !== true).map(({ pack_id }) => pack_id);
  const plan: Plan = { title: 'Self-hosted', sku_id: SKU, packs: sold, iam_roles: rolesOf({ packs }), quota: QUOTA };
  return { ...source, packs, plans: { ...source.plans, [SELF_HOSTED]: plan } };
};

/** What gives a tenant the plan, as a door would hand it in. Its id is that of the catalog, so it is given once under each. */
export const selfHostedActivation = (
  { catalog, digest }: LoadedCatalog,
  tenant: TenantId,
  now: Ms,
): { readonly caller: Caller; readonly asked: Asked & { readonly id: string } } | undefined => {
  const plan = catalog.plans.get(SELF_HOSTED);
  if (plan === undefined) return undefined;
  const asked = readEntitlementEvent(nodeSha256, {
    event: 'entitlement.activated',
    event_id: `self-hosted ${digest}`,
    entitlement_id: 'self-hosted',
    occurred_at: formatInstant(now),
    record: {
      tenant_id: tenant,
      plan_id: SELF_HOSTED,
      sku_id: plan.sku_id,
      enabled_packs: plan.packs,
      iam_roles: plan.iam_roles,
      expiry: formatInstant(now + CENTURY_MS),
    },
  });
  if (asked === undefined) return undefined;
  const { id, action, resource, arguments: args } = asked;
  const caller: Caller = { tenant, subject: { type: 'marketplace', id: 'self-hosted' }, scope: [] };
  return { caller, asked: { id, action, resource, arguments: args } };
};

/** A pack as its file has it, without the member by which an editor finds its schema: no digest covers that. */
const withoutSchema = (pack: Pack & { readonly $schema?: unknown }): Pack => {
  if (typeof pack.$schema !== 'string') return pack;
  const { $schema: _, ...rest } = pack;
  return rest;
};
