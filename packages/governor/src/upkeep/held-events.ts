/**
 * Events that nothing is wrong with, and that could not be applied: the deployment names no owner for a tenant that they
 * would open. They are kept whole in the operator's ledger, and taken when an owner is named.
 */
import type { State } from '@tai-autonomics/core';
import type { Asked, Governor, Submitted } from '../api.ts';
import { OPERATOR } from '../ledger/operator.ts';

/** The event of a receipt that keeps something. */
export const EVENT_HELD = 'event_held';
/** The event of a receipt that says that it was taken, or given up. */
export const EVENT_RELEASED = 'event_released';
/** The cell of what is kept and was not taken yet. */
const HELD_EVENTS = 'held_events';

/** The intent that keeps an event in the operator's ledger. The digest of its bytes is its id: it is kept once. */
export const holdEvent = (digest: string, event: string): Asked => ({
  id: `hold ${digest}`,
  action: 'hold_event',
  resource: 'marketplace',
  arguments: { digest, event },
});

/**
 * The intent that keeps a marketplace’s own message, which is worked on until what it is about is applied. The digest of its
 * bytes is its id: the same message is kept once.
 */
export const holdMessage = (digest: string, { marketplace, message }: MarketplaceMessage): Asked =>
  holdEvent(digest, JSON.stringify({ marketplace, message }));

/** The longest text that can be kept. */
export const HELD_CHARACTERS_MAX = 65_536;

/** A message as its marketplace wrote it, and which marketplace that is. */
export interface MarketplaceMessage {
  readonly marketplace: string;
  readonly message: string;
}

/** A marketplace’s message that is kept. */
export interface HeldMessage extends MarketplaceMessage {
  readonly digest: string;
}

/** Says that an event or a message that was kept has been taken. Said again, it has its recorded answer. */
export const releaseHeld = (governor: Pick<Governor, 'submit'>, digest: string): Promise<Submitted> =>
  governor.submit(
    { tenant: OPERATOR, subject: { type: 'system', id: 'operator' }, scope: [] },
    { id: `release ${digest}`, action: 'release_event', resource: 'marketplace', arguments: { digest } },
  );

/** How many events and messages are kept and were not taken yet, by what was folded of a ledger. */
export const heldIn = ({ cells }: Pick<State, 'cells'>): number => cells.get(HELD_EVENTS)?.size ?? 0;
