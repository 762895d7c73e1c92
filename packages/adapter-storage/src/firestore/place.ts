/** Where a Firestore store is: a project and a database of it, and the name by which every message calls it. */
import type { StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** A place that was understood. Whoever may read and write it is known to Google: no secret stands in here. */
export interface FirestorePlace {
  /** `firestore:PROJECT/DATABASE`: for messages. */
  readonly name: string;
  readonly project: string;
  /** `(default)` where none was named. */
  readonly database: string;
}

/** Whether a text names a Firestore store. */
export const isFirestoreUrl = (text: string): boolean => text.startsWith('firestore:');

const PLACE =
  /^firestore:(?<project>(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{2,62})(?:\/(?<database>\(default\)|[a-z][a-z0-9-]{2,62}))?$/;

/** Reads `firestore:PROJECT[/DATABASE]`; the database is `(default)` where it is absent. */
export const parseFirestoreUrl = (text: string): E.Either<StoreFault, FirestorePlace> => {
  const { project, database = '(default)' } = PLACE.exec(text)?.groups ?? {};
  return project === undefined
    ? E.left({
        fault: 'unavailable',
        detail: 'the store firestore:…: it is not of the form firestore:PROJECT or firestore:PROJECT/DATABASE',
        outcome: 'not_written',
      })
    : E.right({ name: `firestore:${project}/${database}`, project, database });
};
