/** Reasons that lie in what a tenant bought, or in the event that says so. */
import type { CatalogSource, Pack } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { publishingLibrary } from '../fixtures/publishing-pack.ts';
import { approve, DAY_MS, PLANS } from './kit.ts';
import { asks, at, bought, event, given, HOUR_MS, later, type Row, rollback } from './reason-row.ts';
import type { Stage } from './reason-stage.ts';

const posts = (more: Readonly<Record<string, unknown>>, afterMs = 0) =>
  ({ by: 'shop', asks: event(afterMs, more) }) as const;

const STUDIO = { plan_id: 'studio', sku_id: 'studio-1', iam_roles: ['write_config'] };

/** The fixture pack with another relation to its neighbours, and a plan that sells what may be sold together. */
const studio = (pack: Partial<Pick<Pack, 'requires' | 'incompatible_with'>>): CatalogSource => {
  const { studio: plan, ...plans } = publishingLibrary.plans;
  if (plan === undefined) throw new Error('no such plan');
  const packs = plan.packs.filter((id) => pack.incompatible_with?.includes(id) !== true);
  return {
    ...publishingLibrary,
    packs: publishingLibrary.packs.map((one) => (one.pack_id === 'publishing' ? { ...one, ...pack } : one)),
    plans: { ...plans, studio: { ...plan, packs } },
  };
};
/** The professional plan with so many rollbacks in 30 days. */
const withQuota = (quota: number): CatalogSource => {
  const plans = Object.entries(library.plans).map(([id, plan]) => [
    id,
    id === 'professional' ? { ...plan, quota } : plan,
  ]);
  return { ...library, plans: Object.fromEntries(plans) };
};
const limited =
  (args: Readonly<Record<string, unknown>>) =>
  async (stage: Stage): Promise<void> => {
    await given(stage, 'owner', { action: 'set_limits', resource: '*', arguments: args });
    await rolledBack(stage);
  };
const rolledBack = async (stage: Stage): Promise<void> => {
  await approve(stage.setting);
  await given(stage, 'agent', rollback);
};

export const BOUGHT_ROWS: readonly Row[] = [
  {
    code: 'quota_exceeded',
    note: 'one of one is used',
    catalog: withQuota(1),
    first: rolledBack,
    ...asks,
    next: 'time',
  },
  { code: 'quota_exceeded', note: 'none is sold', catalog: withQuota(0), ...asks, next: 'authority' },
  { code: 'rate_limited', note: 'not within the hour', first: limited({ pace: 'hour' }), ...asks, next: 'time' },
  { code: 'budget_exceeded', note: 'one of one is used', first: limited({ budget: 1 }), ...asks, next: 'time' },
  {
    code: 'tool_not_found',
    note: 'the plan does not have the pack',
    first: async (stage) => {
      await bought({}, 'base')(stage);
      await given(stage, 'owner', { action: 'set_disclosure', resource: '*', arguments: { disclose_catalog: true } });
    },
    ...asks,
    next: 'authority',
  },
  {
    code: 'no_entitlement',
    note: 'it was cancelled',
    first: bought({ status: 'cancelled', change: 'cancelled' }),
    ...asks,
    next: 'authority',
  },
  {
    code: 'suspended',
    note: 'it is suspended',
    first: bought({ status: 'suspended', change: 'suspended' }),
    ...asks,
    next: 'authority',
  },
  { code: 'expired', note: 'a year has passed', first: later(365 * DAY_MS), ...asks, next: 'authority' },
  {
    code: 'expired',
    note: 'an activation that ends before it begins',
    ...posts({ expiry: at(-2_000) }, -1_000),
    next: 'request',
    better: { expiry: at(DAY_MS) },
  },
  {
    code: 'sku_mismatch',
    note: 'another SKU',
    ...posts({ sku_id: 'rollback-guard-base' }),
    next: 'request',
    better: { sku_id: 'rollback-guard-professional' },
  },
  {
    code: 'unknown_plan',
    note: 'a plan of nobody',
    ...posts({ plan_id: 'golden' }),
    next: 'request',
    better: { plan_id: 'professional' },
  },
  {
    code: 'unknown_pack',
    note: 'a pack of nobody',
    ...posts({ enabled_packs: ['receipt_verifier', 'coffee'] }),
    next: 'request',
    better: { enabled_packs: ['receipt_verifier'] },
  },
  {
    code: 'unknown_role',
    note: 'a role of nobody',
    ...posts({ iam_roles: ['make_coffee'] }),
    next: 'request',
    better: { iam_roles: [] },
  },
  {
    code: 'pack_not_in_plan',
    note: 'a pack of another plan',
    ...posts({ ...PLANS.base, enabled_packs: ['receipt_verifier', 'rollback_guard'] }),
    next: 'request',
    better: { enabled_packs: ['receipt_verifier'] },
  },
  {
    code: 'role_not_in_plan',
    note: 'a role of another plan',
    ...posts({ ...PLANS.base, iam_roles: ['write_rollback'] }),
    next: 'request',
    better: { iam_roles: [] },
  },
  {
    code: 'pack_prerequisite_missing',
    note: 'a pack without its companion',
    catalog: studio({ requires: ['receipt_verifier', 'rollback_guard'] }),
    ...posts({ ...STUDIO, enabled_packs: ['publishing'] }),
    next: 'request',
    better: { enabled_packs: ['publishing', 'rollback_guard'] },
  },
  {
    code: 'pack_conflict',
    note: 'two packs that exclude each other',
    catalog: studio({ incompatible_with: ['rollback_guard'] }),
    ...posts({ ...STUDIO, enabled_packs: ['publishing', 'rollback_guard'] }),
    next: 'request',
    better: { enabled_packs: ['publishing'] },
  },
  {
    code: 'invalid_entitlement_structure',
    note: 'no SKU',
    ...posts({ sku_id: undefined }),
    next: 'request',
    better: { sku_id: 'rollback-guard-professional' },
  },
  {
    code: 'event_contradicts_itself',
    note: 'suspended, and active',
    ...posts({ change: 'suspended' }),
    direct: true,
    next: 'request',
    better: { change: 'renewed' },
  },
  { code: 'event_from_future', note: 'in an hour', ...posts({}, HOUR_MS), next: 'time' },
  {
    code: 'not_expired_yet',
    note: 'expired, next month',
    ...posts({ change: 'expired', expiry: at(30 * DAY_MS) }),
    direct: true,
    next: 'request',
    better: { expiry: at(-DAY_MS) },
  },
  { code: 'entitlement_superseded', note: 'from yesterday', ...posts({}, -DAY_MS), next: 'none' },
  {
    code: 'eval_only_refusal',
    note: 'publishing in an evaluation',
    mode: 'eval',
    catalog: publishingLibrary,
    first: bought({ ...STUDIO, enabled_packs: ['publishing'] }),
    by: 'agent',
    asks: { action: 'publish', resource: 'site', arguments: { version: 'v2' } },
    next: 'none',
  },
];
