/** Not decided: which problem that is, and whether it is worth asking again. */
import type { NotDecided } from '@tai-autonomics/governor';
import type { Problem } from './problem.ts';

/** Whether the same intent, asked again later, may be decided. */
export const isTransient = ({ why }: NotDecided): boolean => {
  switch (why) {
    case 'store_unavailable':
    case 'overloaded':
    case 'clock_skew':
    case 'not_ready':
      return true;
    case 'malformed':
    case 'intent_conflict':
    case 'purged':
    case 'unknown_tenant':
    case 'moved':
      return false;
  }
};

/** Said in our own words: the governor's may hold a piece of the input, or of the store's inside. */
const DETAILS: Readonly<Record<NotDecided['why'], string>> = {
  store_unavailable: 'nothing was recorded and nothing was done; ask again with the same id',
  overloaded: 'the queue of this tenant is full; ask again with the same id',
  clock_skew: 'nothing is decided until the clock is right again; ask again with the same id',
  not_ready: 'it is starting or stopping; ask again with the same id',
  malformed: 'the intent does not fit a receipt: its arguments have at most 131072 characters as canonical JSON',
  intent_conflict: 'the same id was recorded with another request; nothing was done now',
  purged: 'the intent of this id was decided earlier, and what was decided has been erased since; nothing was done now',
  moved: 'the tenant’s ledger goes on in another place, which its operator names; nothing was done; ask there',
  unknown_tenant: 'a tenant’s ledger begins with the activation of its entitlement',
};

const MS_PER_SECOND = 1_000;

/** In whole seconds, at least one (RFC 9110 section 10.2.3). */
export const retryAfter = (retryAfterMs = 0): Readonly<Record<string, string>> => ({
  'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / MS_PER_SECOND))),
});

/** The problem that a caller sees. */
export const notDecidedProblem = (notDecided: NotDecided): Problem => ({
  problem: notDecided.why,
  detail: DETAILS[notDecided.why],
  ...(notDecided.receipt === undefined ? {} : { more: { receipt: notDecided.receipt } }),
  ...(isTransient(notDecided) ? { headers: retryAfter(notDecided.retryAfterMs) } : {}),
});
