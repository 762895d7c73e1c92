/** Calls of a Firestore client that end: each has what is left of one budget of time, in which it is made again if that may help. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Ms, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { FirestoreBatch, FirestoreDocument, FirestoreQuery, FirestoreReference } from './client.ts';
import { firestoreFault, isAnswer, isTransient, tooSlow } from './fault.ts';

/** What became of a write: it is done, or one of its conditions did not hold. */
export type Written = { readonly written: true } | { readonly written: false; readonly error: unknown };

/** Calls that share a budget. Nothing is thrown. */
export interface Calls {
  query(query: FirestoreQuery): Answer<readonly FirestoreDocument[]>;
  get(ref: FirestoreReference): Answer<FirestoreDocument>;
  /**
   * Commits a batch, made anew for each attempt. `isRefused` tells the errors that are an answer for the caller. After an attempt
   * that was not answered, a condition may not hold because of that very attempt: the caller looks.
   */
  commit(make: () => FirestoreBatch, isRefused: (error: unknown) => boolean): Answer<Written>;
}

/** Calls of the store of this name, which end when `withinMs` is over: what was not answered then is not known. */
export const callsWithin = (name: string, withinMs: Ms): Calls => {
  const until = performance.now() + withinMs;
  const read = async <A>(act: () => Promise<A>): Answer<A> => {
    for (let n = 0; ; n += 1) {
      const tried = await attempt(act, until);
      if (E.isRight(tried)) return tried;
      if (!(await mayTryAgain(tried.left, n, until))) return E.left(firestoreFault(name, tried.left, 'not_written'));
    }
  };
  return {
    query: (query) => read(async () => (await query.get()).docs),
    get: (ref) => read(() => ref.get()),
    commit: async (make, isRefused) => {
      let outcome: StoreFault['outcome'] = 'not_written';
      for (let n = 0; ; n += 1) {
        const tried = await attempt(() => make().commit(), until);
        if (E.isRight(tried)) return E.right({ written: true });
        if (isRefused(tried.left)) return E.right({ written: false, error: tried.left });
        if (!isAnswer(tried.left)) outcome = 'unknown';
        if (!(await mayTryAgain(tried.left, n, until))) return E.left(firestoreFault(name, tried.left, outcome));
      }
    },
  };
};

const PAUSE_MS: Ms = 10;
const PAUSE_MS_MAX: Ms = 1_000;

/** One attempt, in the time that is left. */
const attempt = async <A>(act: () => Promise<A>, until: number): Promise<E.Either<unknown, A>> => {
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(tooSlow()), Math.max(1, until - performance.now()));
    });
    return E.right(await Promise.race([act(), late]));
  } catch (error) {
    return E.left(error);
  } finally {
    clearTimeout(timer);
  }
};

/** Waits a random while, longer each time, if the time allows it. */
const mayTryAgain = async (error: unknown, n: number, until: number): Promise<boolean> => {
  if (!isTransient(error)) return false;
  const ms = Math.random() * Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** n);
  if (performance.now() + ms >= until) return false;
  await pause(ms);
  return true;
};
