/**
 * The product's own marketplace event, and the intent that it stands for:
 *
 * ```json
 * { "event": "entitlement.activated", "event_id": "e-1", "entitlement_id": "ent-1", "occurred_at": "2026-11-21T08:00:00Z",
 *   "record": { "tenant_id": "acme", "sku_id": "rollback-guard-base", "plan_id": "base",
 *               "enabled_packs": ["receipt_verifier"], "iam_roles": ["read_deployment"], "expiry": "2027-11-21T08:00:00Z" } }
 * ```
 *
 * It carries the full record, never a delta. Reading it is lenient on purpose: what is missing or ill-typed is passed on,
 * and refused by the decision with a receipt, so that no event is lost.
 */
import type { CatalogSource } from './catalog-source.ts';
import { formatInstant } from './instant.ts';
import { encodeUtf8, type Sha256 } from './receipt/index.ts';

/** The event types, and what the entitlement is from then on. */
export const ENTITLEMENT_EVENTS: Readonly<Record<string, 'active' | 'suspended' | 'cancelled'>> = {
  'entitlement.activated': 'active',
  'entitlement.upgraded': 'active',
  'entitlement.downgraded': 'active',
  'entitlement.renewed': 'active',
  'entitlement.suspended': 'suspended',
  'entitlement.cancelled': 'cancelled',
};

/** The intent of an event: for which tenant, and what it asks. */
export interface EntitlementIntent {
  readonly tenant: string;
  readonly id: string;
  readonly action: 'apply_entitlement';
  readonly resource: 'entitlement';
  readonly arguments: Readonly<Record<string, unknown>>;
}

type Members = Readonly<Record<string, unknown>>;
const isMembers = (x: unknown): x is Members => typeof x === 'object' && x !== null && !Array.isArray(x);

/** `read:deployment` is another spelling of `read_deployment`. */
const roleSpelling = (role: unknown): unknown => (typeof role === 'string' ? role.replaceAll(':', '_') : role);

/** The founding documents write an expiry in epoch seconds too. */
const expiryOf = (x: unknown): unknown =>
  Number.isSafeInteger(x) && (x as number) >= 0 && (x as number) < 253_402_300_800
    ? formatInstant((x as number) * 1000)
    : x;

/** Orders events of one instant, the same way everywhere: the first 48 bits of the SHA-256 of the event id. */
export const eventRank = (sha256: Sha256, eventId: string): number => {
  const digest = sha256(encodeUtf8(eventId) ?? new Uint8Array(0));
  return digest.subarray(0, 6).reduce((rank, byte) => rank * 256 + byte, 0);
};

const withoutAbsent = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** A set is a set in any order, and however often a marketplace repeats a member. */
const asSet = (x: unknown, spelling: (item: unknown) => unknown): unknown =>
  Array.isArray(x) ? [...new Set(x.map(spelling))] : x;

/**
 * Reads an event. `undefined` if it is not one of ours, names no tenant or has no id: then there is no ledger to refuse
 * it in, and it belongs to the operator's. `disabled_packs` is derived, so it is ignored on input.
 */
export const readEntitlementEvent = (
  sha256: Sha256,
  json: unknown,
  aliases: CatalogSource['aliases'] = {},
): EntitlementIntent | undefined => {
  if (!isMembers(json)) return undefined;
  const { event, event_id: id, record } = json;
  if (typeof event !== 'string' || typeof id !== 'string' || id.length === 0 || id.length > 200 || !isMembers(record))
    return undefined;
  const status = Object.hasOwn(ENTITLEMENT_EVENTS, event) ? ENTITLEMENT_EVENTS[event] : undefined;
  const { tenant_id: tenant, plan_id: plan } = record;
  if (status === undefined || typeof tenant !== 'string' || tenant.length === 0 || tenant.length > 200)
    return undefined;
  const planId = typeof plan === 'string' && Object.hasOwn(aliases.plans ?? {}, plan) ? aliases.plans?.[plan] : plan;
  const args = withoutAbsent({
    event_id: id,
    entitlement_id: json['entitlement_id'],
    occurred_at: json['occurred_at'],
    rank: eventRank(sha256, id),
    status,
    plan_id: planId,
    sku_id: record['sku_id'],
    enabled_packs: asSet(record['enabled_packs'], (x) => x),
    iam_roles: asSet(record['iam_roles'], roleSpelling),
    expiry: expiryOf(record['expiry']),
  });
  return { tenant, id, action: 'apply_entitlement', resource: 'entitlement', arguments: args };
};
