/** The receipt that says that an approved action begins. */
import { owns } from '@tai-autonomics/core/receipt';
import type { Place, Recorded } from '../ledger/draft.ts';
import type { Approval } from './withdrawal.ts';

/** What all receipts of one intent say alike. */
export type Common = Pick<Recorded, 'id' | 'catalog' | 'subject' | 'incident' | 'trace'>;

/** That an action begins, which was approved at a place. */
export const beginningOf = (common: Common, does: Approval['action']['action']['does'], of: Place): Recorded => ({
  ...common,
  body: { kind: 'consequence', of },
  event: owns(does, 'begins') ? does.begins : 'action_begun',
  writes: [],
  disclosures: new Map(),
});
