/** Gate 2: is what the tenant bought in force. Only for actions with `entitlement: active`. */
import type { Type } from '../data/value.ts';
import { buyPlan, cellFact, EPOCH, type Gate, renewPlan, smallestPlan } from './gate.ts';

const INSTANT: Type = { type: 'instant' };
const STATUS: Type = { type: 'enum', values: ['none', 'active', 'suspended', 'cancelled'] };

export const entitlement: Gate = {
  gate: 'entitlement',
  codes: {
    no_entitlement: 'the tenant has no entitlement, or it was cancelled',
    expired: 'the entitlement has expired; at the very instant of its expiry it is not active',
    suspended: 'the entitlement is suspended',
    sku_mismatch: 'the SKU is not the one under which the plan is sold',
  },
  facts: {
    entitlement_status: cellFact('the status of the entitlement', STATUS, 'entitlement_status', 'none'),
    entitlement_expires_at: cellFact('when the entitlement expires', INSTANT, 'entitlement_expires_at', EPOCH),
    entitlement_sku: cellFact('the SKU that was bought', { type: 'string' }, 'entitlement_sku', ''),
    entitlement_occurred_at: cellFact(
      'when the newest entitlement event occurred',
      INSTANT,
      'entitlement_occurred_at',
      EPOCH,
    ),
    entitlement_rank: cellFact('orders events of one instant', { type: 'integer', min: 0 }, 'entitlement_rank', 0),
  },
  cells: {
    entitlement_status: { means: 'the status of the entitlement', key: [], type: STATUS },
    entitlement_expires_at: { means: 'when the entitlement expires', key: [], type: INSTANT },
    entitlement_sku: { means: 'the SKU that was bought', key: [], type: { type: 'string' } },
    entitlement_occurred_at: { means: 'when the newest event occurred', key: [], type: INSTANT },
    entitlement_rank: { means: 'orders events of one instant', key: [], type: { type: 'integer', min: 0 } },
  },
  requires: ({ action, pack, source }) =>
    action.entitlement === 'none'
      ? []
      : [
          {
            code: 'no_entitlement',
            means: 'the tenant has an entitlement',
            when: { fact: 'entitlement_status', oneOf: ['active', 'suspended'] },
            remedy: buyPlan(source, smallestPlan(source, pack, action.roles) ?? smallestPlan(source, pack, [])),
          },
          {
            code: 'expired',
            means: 'the entitlement has not expired',
            when: {
              any: [
                { not: { fact: 'entitlement_status', oneOf: ['active', 'suspended'] } },
                { fact: 'entitlement_expires_at', after: { fact: 'at' } },
              ],
            },
            remedy: renewPlan(source),
          },
          {
            code: 'suspended',
            means: 'the entitlement is not suspended',
            when: { not: { fact: 'entitlement_status', is: 'suspended' } },
            remedy: renewPlan(source),
          },
          {
            code: 'sku_mismatch',
            means: 'the SKU is the one under which the plan is sold',
            when: {
              each: 'plan',
              holds: {
                any: [
                  { not: { fact: 'entitlement_plan', is: { row: 'id' } } },
                  { fact: 'entitlement_sku', is: { row: 'sku_id' } },
                ],
              },
            },
            remedy: buyPlan(source, smallestPlan(source, pack, action.roles) ?? smallestPlan(source, pack, [])),
          },
        ],
};
