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

import { formatInstant, parseInstant } from '../data/instant.ts';
import type { CatalogSource } from '../policy/catalog-source.ts';
import { isPlainObject } from '../receipt/encoding/json.ts';
import { own, ownMembers } from '../receipt/encoding/own.ts';
import { encodeUtf8, type Sha256 } from '../receipt/index.ts';

type EventNote = (typeof EVENT_NOTES)[number];

/** The intent of an event: for which tenant, and what it asks. */
export interface EntitlementIntent {
  readonly tenant: string;
  readonly id: string;
  readonly action: 'apply_entitlement';
  readonly resource: 'entitlement';
  readonly arguments: Readonly<Record<string, unknown>>;
}

type Members = Readonly<Record<string, unknown>>;

/** What a door changed or left out when it read an event; the receipt's intent says it. */
export const EVENT_NOTES = [
  'disabled_packs_ignored',
  'epoch_seconds_read',
  'instant_respelt',
  'instant_truncated',
  'plan_alias_read',
  'repetition_dropped',
  'role_spelling_read',
] as const;

/**
 * The event types, and what the entitlement is from then on. An expired one stays `active` until its expiry, which has
 * passed: the gate says `expired` of it, and the next step is to renew it.
 */
export const ENTITLEMENT_EVENTS: Readonly<Record<string, 'active' | 'suspended' | 'cancelled'>> = {
  'entitlement.activated': 'active',
  'entitlement.upgraded': 'active',
  'entitlement.downgraded': 'active',
  'entitlement.renewed': 'active',
  'entitlement.expired': 'active',
  'entitlement.suspended': 'suspended',
  'entitlement.cancelled': 'cancelled',
};

/** Orders events of one instant, the same way everywhere: the first 48 bits of the SHA-256 of the event id. */
export const eventRank = (sha256: Sha256, eventId: string): number => {
  const digest = sha256(encodeUtf8(eventId) ?? new Uint8Array(0));
  return digest.subarray(0, 6).reduce((rank, byte) => rank * 256 + byte, 0);
};

/**
 * Reads an event. `undefined` if it is not one of ours, names no tenant or has no id: then there is no ledger to refuse
 * it in, and it belongs to the operator's. `disabled_packs` is derived, so it is ignored on input; other spellings
 * are read as ours. Each of it is noted in the intent. A member that nobody knows is passed on, to be refused by its name.
 */
export const readEntitlementEvent = (
  sha256: Sha256,
  json: unknown,
  aliases: CatalogSource['aliases'] = {},
): EntitlementIntent | undefined => {
  const event = membersOf(json);
  const record = membersOf(event?.['record']);
  if (event === undefined || record === undefined) return undefined;
  const { event: type, event_id: id } = event;
  if (typeof type !== 'string' || typeof id !== 'string' || !ID.test(id)) return undefined;
  const status = own(ENTITLEMENT_EVENTS, type);
  const tenant = record['tenant_id'];
  if (status === undefined || typeof tenant !== 'string' || !ID.test(tenant)) return undefined;
  const occurredAt = respelt(event['occurred_at']);
  const args = withoutAbsent({
    event_id: id,
    entitlement_id: event['entitlement_id'],
    occurred_at: toMilliseconds(occurredAt),
    rank: eventRank(sha256, id),
    change: type.slice(type.indexOf('.') + 1),
    status,
    ...readRecord(record, aliases, {
      isTruncated: isFiner(occurredAt),
      isRespelt: occurredAt !== event['occurred_at'],
    }),
    ...strangers(event, ENVELOPE, 'event'),
    ...strangers(record, RECORD, 'record'),
  });
  return { tenant, id, action: 'apply_entitlement', resource: 'entitlement', arguments: args };
};

/** 1 to 200 characters, counted as JSON Schema does. */
const ID = /^[\s\S]{1,200}$/u;

/** A JSON object's own members. */
const membersOf = (x: unknown): Members | undefined => (isPlainObject(x) ? ownMembers(x) : undefined);

const withoutAbsent = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** The record in the product's own spelling, and what was changed for it. */
const readRecord = (
  record: Members,
  aliases: NonNullable<CatalogSource['aliases']>,
  occurred: { readonly isTruncated: boolean; readonly isRespelt: boolean },
): Members => {
  const { plan_id: plan, enabled_packs: enabled, iam_roles: named } = record;
  const expiry = respelt(record['expiry']);
  const alias =
    typeof plan === 'string' && Object.hasOwn(aliases.plans ?? {}, plan) ? aliases.plans?.[plan] : undefined;
  const spelt = Array.isArray(named) ? named.map(roleSpelling) : named;
  const [packs, roles] = [asSet(enabled), asSet(spelt)];
  const isRespelt = Array.isArray(named) && named.some((role) => roleSpelling(role) !== role);
  const noted: readonly (readonly [EventNote, boolean])[] = [
    ['disabled_packs_ignored', record['disabled_packs'] !== undefined],
    ['epoch_seconds_read', isEpochSeconds(expiry)],
    ['instant_respelt', occurred.isRespelt || expiry !== record['expiry']],
    ['instant_truncated', occurred.isTruncated || isFiner(expiry)],
    ['plan_alias_read', alias !== undefined],
    ['repetition_dropped', sizeOf(packs) < sizeOf(enabled) || sizeOf(roles) < sizeOf(named)],
    ['role_spelling_read', isRespelt],
  ];
  const notes = noted.filter(([, holds]) => holds).map(([note]) => note);
  return {
    plan_id: alias ?? plan,
    sku_id: record['sku_id'],
    enabled_packs: packs,
    iam_roles: roles,
    expiry: isEpochSeconds(expiry) ? formatInstant(expiry * 1000) : toMilliseconds(expiry),
    notes: notes.length === 0 ? undefined : notes,
  };
};

/** `read:deployment` is another spelling of `read_deployment`. */
const roleSpelling = (role: unknown): unknown => (typeof role === 'string' ? role.replaceAll(':', '_') : role);

/** A set is a set in any order, and however often a marketplace repeats a member. */
const asSet = (x: unknown): unknown => (Array.isArray(x) ? [...new Set(x)] : x);

/** The founding documents write an expiry in epoch seconds too. */
const isEpochSeconds = (x: unknown): x is number =>
  Number.isSafeInteger(x) && Number(x) >= 0 && Number(x) < 253_402_300_800;

const isFiner = (x: unknown): x is string => typeof x === 'string' && FINER.test(x);

const toMilliseconds = (x: unknown): unknown => (isFiner(x) ? x.replace(FINER, '$1$2') : x);

/**
 * RFC 3339 lets `t`, `z` and a space stand where others write `T` and `Z`, and knows leap seconds: such a one, which only
 * ends a month in UTC, is read as the last millisecond before it. Everything else stays what it is.
 */
const respelt = (x: unknown): unknown => {
  const [, day, minute, second, fraction = '', zone = ''] = (typeof x === 'string' ? LOOSE.exec(x) : null) ?? [];
  if (day === undefined) return x;
  if (second !== '60') return `${day}T${minute}:${second}${fraction}${zone.toUpperCase()}`;
  const last = `${day}T${minute}:59.999${zone.toUpperCase()}`;
  const ms = parseInstant(last);
  return ms !== undefined && formatInstant(ms + 1).slice(8, 19) === '01T00:00:00' ? last : x;
};
const LOOSE = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

const sizeOf = (x: unknown): number => (Array.isArray(x) ? x.length : 0);

/** Members that nobody knows become arguments that nobody knows: the decision refuses them by name (P-01). */
const strangers = (members: Members, known: ReadonlySet<string>, place: string): Members =>
  Object.fromEntries(
    Object.entries(members)
      .filter(([name]) => !known.has(name))
      .map(([name, value]) => [`${place}.${name}`, value]),
  );

/** An instant finer than a millisecond, as the clouds write it. What is beyond the millisecond is cut off, and noted. */
const FINER = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3})\d{1,9}(Z|[+-]\d{2}:\d{2})$/;

const ENVELOPE: ReadonlySet<string> = new Set(['event', 'event_id', 'entitlement_id', 'occurred_at', 'record']);
const RECORD: ReadonlySet<string> = new Set([
  'tenant_id',
  'sku_id',
  'plan_id',
  'enabled_packs',
  'disabled_packs',
  'iam_roles',
  'expiry',
]);
