/** What is wrong with a piece of the ledger's text or bytes, and where. */
import { either as E } from 'fp-ts';

/** Where in a document: member names, list positions or line numbers (from 1) from its beginning. */
export type FormatPath = readonly (string | number)[];

/** One thing that is wrong: where, what was expected, what was found. `found` never echoes more than 80 characters. */
export interface FormatIssue {
  readonly path: FormatPath;
  readonly expected: string;
  readonly found: string;
}

/** The left side of every parser here: `found` is turned into a short picture. */
export const issue = (path: FormatPath, expected: string, found: unknown): E.Either<FormatIssue, never> =>
  E.left({ path, expected, found: pictureOf(found) });

/** A short picture of any value that never throws and never grows. */
const pictureOf = (x: unknown): string => {
  if (x === undefined) return 'nothing';
  if (x === null || typeof x === 'boolean' || typeof x === 'number') return String(x);
  if (typeof x === 'string') return x.length > 60 ? `a string of ${x.length} characters` : JSON.stringify(x);
  if (x instanceof Uint8Array) return `${x.length} bytes`;
  return typeof x === 'object' ? 'an object' : `a ${typeof x}`;
};
