/** The checkpoints that an auditor saw last, one a ledger, in a file of the auditor's own. Nothing else says how long a ledger was. */
import { readFile } from 'node:fs/promises';
import { isPlainObject, parseCheckpoint } from '@tai-autonomics/core/receipt';
import { parseStrictJson, printFault } from '@tai-autonomics/governor/json';
import { isCode, replacePrivate } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** Signed notes by origin. */
export type Remembered = ReadonlyMap<string, string>;

const FORMAT = 'tai-autonomics/remembered@1';
const LIMITS = { comments: false, maxBytes: 16_777_216, maxDepth: 4 } as const;

/** Reads the file; nothing is remembered yet where there is none. */
export const readRemembered = async (path: string): Promise<E.Either<string, Remembered>> => {
  try {
    return parse(path, await readFile(path));
  } catch (thrown) {
    if (isCode(thrown, 'ENOENT')) return E.right(new Map());
    return E.left(`${path}: cannot be read`);
  }
};

/** Puts a new file in place of the old one, durable when it answers: after a crash there is the one or the other. */
export const writeRemembered = (path: string, remembered: Remembered): Promise<E.Either<string, void>> => {
  const checkpoints = Object.fromEntries([...remembered].sort(([a], [b]) => (a < b ? -1 : 1)));
  return replacePrivate(path, `${JSON.stringify({ format: FORMAT, checkpoints }, null, 2)}\n`);
};

const parse = (path: string, bytes: Uint8Array): E.Either<string, Remembered> => {
  const json = parseStrictJson(bytes, LIMITS);
  if (E.isLeft(json)) return E.left(printFault(path, json.left));
  const file = json.right.value;
  const notes = isPlainObject(file) && file['format'] === FORMAT ? file['checkpoints'] : undefined;
  if (!isPlainObject(notes)) return E.left(`${path}: expected a file of remembered checkpoints (${FORMAT})`);
  const remembered = new Map<string, string>();
  for (const [origin, note] of Object.entries(notes)) {
    const said = typeof note === 'string' ? parseCheckpoint(note) : undefined;
    if (said === undefined || E.isLeft(said) || said.right.origin !== origin)
      return E.left(`${path}: expected a checkpoint of ${origin}, found something else`);
    remembered.set(origin, note as string);
  }
  return E.right(remembered);
};
