/**
 * Evidence of equivocation: two checkpoints of one ledger and one size with different roots, both signed with its key. It
 * needs no ledger and no bundle, so whoever finds it can show it to anybody who has the key.
 */
import { either as E } from 'fp-ts';
import { encodeUtf8, equalBytes } from '../encoding/bytes.ts';
import { canonicalize, parseCanonical } from '../encoding/canonical.ts';
import type { Ed25519 } from '../encoding/crypto.ts';
import { type FormatIssue, issue } from '../encoding/format-issue.ts';
import { isPlainObject } from '../encoding/json.ts';
import { type Checkpoint, parseCheckpoint } from '../signing/checkpoint.ts';
import { verifyNote } from '../signing/note.ts';
import type { NoteKey } from '../signing/note-key.ts';

/** A proved fork. */
export interface ProvedFork {
  readonly origin: string;
  readonly size: number;
  readonly roots: readonly [Uint8Array, Uint8Array];
}

const VERSION = 'tai-autonomics/equivocation@1';

/** The file: canonical JSON with both signed notes, byte for byte. */
export const formatEquivocation = (notes: readonly [string, string]): E.Either<FormatIssue, string> =>
  canonicalize({ v: VERSION, notes: [...notes] });

/**
 * Judges the file by keys that the reader trusts. Right only if both notes are signed with such a key of their common
 * origin, say the same size, and say different roots. Notes of different sizes prove nothing without the ledger.
 */
export const verifyEquivocation = (
  ed25519: Ed25519,
  keys: readonly NoteKey[],
  file: string,
): E.Either<FormatIssue, ProvedFork> => {
  const bytes = encodeUtf8(file);
  const json = bytes === undefined ? issue([], 'UTF-8', file) : parseCanonical(bytes);
  if (E.isLeft(json)) return json;
  const read: unknown = json.right;
  const notes =
    isPlainObject(read) && read['v'] === VERSION && Object.keys(read).length === 2 ? read['notes'] : undefined;
  if (!Array.isArray(notes) || notes.length !== 2) return issue([], `${VERSION} with two notes`, read);
  const first = signedCheckpoint(ed25519, keys, notes[0]);
  if (E.isLeft(first)) return first;
  const second = signedCheckpoint(ed25519, keys, notes[1]);
  if (E.isLeft(second)) return second;
  const { origin, size, root } = first.right;
  if (second.right.origin !== origin || second.right.size !== size)
    return issue(['notes'], 'one origin and one size', 'two');
  if (equalBytes(root, second.right.root)) return issue(['notes'], 'two roots', 'one');
  return E.right({ origin, size, roots: [root, second.right.root] });
};

const signedCheckpoint = (
  ed25519: Ed25519,
  keys: readonly NoteKey[],
  note: unknown,
): E.Either<FormatIssue, Checkpoint> => {
  if (typeof note !== 'string') return issue(['notes'], 'a signed note', note);
  const checkpoint = parseCheckpoint(note);
  if (E.isLeft(checkpoint)) return checkpoint;
  const own = keys.filter((key) => key.type === 1 && key.name === checkpoint.right.origin);
  const verified = verifyNote(ed25519, own, note);
  return E.isLeft(verified) ? verified : checkpoint;
};
