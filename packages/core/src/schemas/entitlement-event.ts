/** An entitlement event as a marketplace should send it. What deviates is read as far as it can be, noted or refused. */
import { ENTITLEMENT_EVENTS } from '../entitlement/entitlement-event.ts';
import { RoleCodec } from '../policy/role.ts';
import type { SchemaPart } from '../receipt/encoding/json.ts';

const NAME: SchemaPart = { type: 'string', minLength: 1, maxLength: 200 };
const INSTANT: SchemaPart = { type: 'string', format: 'date-time' };

/** The product's own event, in its own spelling. */
export const ENTITLEMENT_EVENT_SCHEMA: SchemaPart = {
  type: 'object',
  properties: {
    event: { enum: Object.keys(ENTITLEMENT_EVENTS) },
    event_id: NAME,
    entitlement_id: NAME,
    occurred_at: INSTANT,
    record: {
      type: 'object',
      properties: {
        tenant_id: NAME,
        sku_id: NAME,
        plan_id: NAME,
        enabled_packs: { type: 'array', items: NAME, uniqueItems: true },
        iam_roles: { type: 'array', items: RoleCodec.describe(new Map()), uniqueItems: true },
        expiry: INSTANT,
      },
      required: ['tenant_id', 'sku_id', 'plan_id', 'enabled_packs', 'iam_roles', 'expiry'],
      additionalProperties: false,
    },
  },
  required: ['event', 'event_id', 'entitlement_id', 'occurred_at', 'record'],
  additionalProperties: false,
};
