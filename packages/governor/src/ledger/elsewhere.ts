/** A ledger that moved: it ends here with a receipt that names the place where it goes on, and is decided in there alone. */
import type { State } from '@tai-autonomics/core';
import type { Asked, Caller, NotDecided } from '../api.ts';

/** The action by which a ledger leaves a place. */
export const MOVE_LEDGER = 'move_ledger';
/** The action by which the place that it named goes on with it. */
export const TAKE_OVER_LEDGER = 'take_over_ledger';

/**
 * The place where a ledger goes on, as it says itself; `undefined`: in this one. A ledger that never moved goes on wherever it is; one
 * that is on its way, nowhere, before the place that it named takes it over.
 */
export const elsewhere = ({ cells }: State, place: string | undefined): string | undefined => {
  const to = cells.get('ledger_moved_to')?.get('');
  if (typeof to === 'string' && to !== '') return to;
  const at = cells.get('ledger_place')?.get('');
  return typeof at === 'string' && at !== place ? at : undefined;
};

/** Whether this place is asked to go on with a ledger: the only thing that is decided in one that is on its way here. */
export const takesOver = ({ subject }: Caller, asked: Asked, place: string | undefined): boolean =>
  subject.type === 'system' &&
  asked.action === TAKE_OVER_LEDGER &&
  place !== undefined &&
  asked.arguments?.['place'] === place;

/** Why a ledger does not leave yet: what runs here could not say there how it ended. Asked where nothing can begin any more. */
export const staysFor = ({ subject }: Caller, asked: Asked, { open }: State): NotDecided | undefined =>
  subject.type === 'system' && asked.action === MOVE_LEDGER && open.size > 0
    ? {
        decided: false,
        why: 'overloaded',
        detail: `${open.size} of its actions have no outcome yet; ask again when they have ended`,
        retryAfterMs: RETRY_MS,
      }
    : undefined;

const RETRY_MS = 1_000;

/** The place where a ledger goes on, if what is asked of it here is not to go on with it. */
export const goneTo = (state: State, place: string | undefined, caller: Caller, asked: Asked): string | undefined => {
  const to = elsewhere(state, place);
  return to === place && takesOver(caller, asked, place) ? undefined : to;
};

/** What is answered here of a ledger that goes on elsewhere. */
export const movedTo = (to: string): NotDecided => ({
  decided: false,
  why: 'moved',
  detail: `the tenant’s ledger goes on at ${to}; ask there, with the same id`,
});
