/** What a user is told when Firestore says no: which store, what is wrong, what to do, and whether anything may have been written. */
import type { StoreFault } from '@tai-autonomics/governor';

/** A document is there that must not be. */
export const isTaken = (error: unknown): boolean => statusOf(error) === 6;

/** The document was changed, or went, since it was read. */
export const isChanged = (error: unknown): boolean => statusOf(error) === 9 || statusOf(error) === 5;

/** The same call may pass when it is made again: deadline, quota, contention, internal, unavailable. */
export const isTransient = (error: unknown): boolean => [4, 8, 10, 13, 14].includes(statusOf(error) ?? 0);

/** Firestore itself answered that it changed nothing. A way that broke, a deadline or a cancelled call say nothing. */
export const isAnswer = (error: unknown): boolean => [3, 5, 6, 7, 8, 9, 10, 11, 12, 16].includes(statusOf(error) ?? 0);

/** Says what went wrong with the store of this name. Values are left out of what is said. */
export const firestoreFault = (name: string, error: unknown, outcome: StoreFault['outcome']): StoreFault => {
  const status = statusOf(error);
  const isUnknown = status === undefined && error instanceof Error && /credentials/i.test(error.message);
  const [fault, what] = BY_STATUS[isUnknown ? UNAUTHENTICATED : (status ?? 0)] ?? ['unavailable', 'it did not answer'];
  return { fault, detail: `the store ${name}: ${what} (${saidBy(error, status)})`, outcome };
};

/** What an answer is that can't be so. */
export const damaged = (name: string, what: string): StoreFault => ({
  fault: 'corrupt',
  detail: `the store ${name}: ${what}`,
  outcome: 'not_written',
});

/** Nothing was answered within the time that a call has. */
export const tooSlow = (): Error => Object.assign(new Error('no answer in time'), { code: 4 });

/** The status of gRPC, github.com/grpc/grpc/blob/master/doc/statuscodes.md; `undefined` where an error has none. */
const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;

/** Names of statuses and paths; a long line is cut. */
const saidBy = (error: unknown, status: number | undefined): string => {
  const said = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  return status === undefined ? said.slice(0, 200) : `${status}: ${said.slice(0, 200)}`;
};

/** Google’s client says in words alone that it found nobody to ask as. */
const UNAUTHENTICATED = 16;

const BY_STATUS: Readonly<Record<number, readonly [StoreFault['fault'], string]>> = {
  3: ['unavailable', 'it refuses what was asked; look at its limits in docs/firestore.md'],
  4: ['unavailable', 'it was too slow'],
  5: ['unavailable', 'it has no such database; create one in Native mode, or mend the name'],
  7: ['unavailable', 'these credentials have not the right; grant roles/datastore.user'],
  8: ['unavailable', 'its quota is used up; raise it, or wait'],
  9: ['unavailable', 'it misses an index, or is in Datastore mode; create the database in Native mode'],
  10: ['unavailable', 'others wrote there at once, again and again'],
  12: ['unavailable', 'it does not know what was asked; is the database in Native mode?'],
  13: ['unavailable', 'it failed'],
  14: ['unavailable', 'it cannot be reached'],
  16: ['unavailable', 'it does not know who asks; set GOOGLE_APPLICATION_CREDENTIALS, or run with a service account'],
};
