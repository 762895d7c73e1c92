/**
 * Checkpoints (C2SP tlog-checkpoint): a signed note that says origin, size and root of a ledger, and nothing else.
 * Stricter than the specification: a root of 32 bytes, no extension lines, the origin in this product's shape.
 */
import { either as E } from 'fp-ts';
import { decodeBase64, encodeBase64, equalBytes, parseDecimal } from '../encoding/bytes.ts';
import type { Sha256 } from '../encoding/crypto.ts';
import { type FormatIssue, issue } from '../encoding/format-issue.ts';
import { isOrigin } from '../tree/leaf.ts';
import { verifyConsistency } from '../tree/proof.ts';
import { parseNote } from './note.ts';

/** What a checkpoint says: this ledger had this many receipts and this root. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Why a signer must not sign a checkpoint. */
export type SigningRefusal = 'another_origin' | 'smaller_size' | 'another_root' | 'inconsistent';

/** The text of a checkpoint's note: origin, decimal size, base64 root, a newline after each. This is what gets signed. */
export const checkpointBody = (checkpoint: Checkpoint): string =>
  `${checkpoint.origin}\n${checkpoint.size}\n${encodeBase64(checkpoint.root)}\n`;

/** Reads a checkpoint's text (not the whole note). Exactly three lines. */
export const parseCheckpointBody = (text: string): E.Either<FormatIssue, Checkpoint> => {
  if (text.length > 512) return issue([], 'a checkpoint of three lines', text);
  const lines = text.split('\n');
  if (lines.length !== 4 || lines[3] !== '') return issue([], 'three lines, each with its newline', text);
  const [origin, sizeText = '', rootText = ''] = lines;
  if (!isOrigin(origin)) return issue(['line', 1], 'an origin', origin);
  const size = parseDecimal(sizeText);
  if (size === undefined) return issue(['line', 2], 'a size', sizeText);
  const root = decodeBase64(rootText);
  if (root === undefined || root.length !== 32) return issue(['line', 3], 'base64 of a root of 32 bytes', rootText);
  return E.right({ origin, size, root });
};

/** Reads the checkpoint that a note carries. Its signatures are not verified here: see `verifyNote`. */
export const parseCheckpoint = (note: string): E.Either<FormatIssue, Checkpoint> => {
  const parsed = parseNote(note);
  return E.isLeft(parsed) ? parsed : parseCheckpointBody(parsed.right.text);
};

/**
 * What a signer that has signed `previous` may do with `next`. It holds `previous` beside its key, outside the store.
 * Refused: another origin, a smaller size, the same size with another root, a larger size without a valid consistency
 * proof. `same` is what was signed already. Nothing signed yet, or only the empty tree: every next one may be signed.
 */
export const signingRule = (
  hash: Sha256,
  previous: Checkpoint | undefined,
  next: Checkpoint,
  proof: readonly Uint8Array[],
): E.Either<SigningRefusal, 'sign' | 'same'> => {
  if (previous === undefined) return E.right('sign');
  if (previous.origin !== next.origin) return E.left('another_origin');
  if (next.size < previous.size) return E.left('smaller_size');
  if (next.size === previous.size)
    return equalBytes(next.root, previous.root) ? E.right('same') : E.left('another_root');
  if (previous.size === 0) return E.right('sign');
  return verifyConsistency(hash, previous.size, previous.root, next.size, next.root, proof)
    ? E.right('sign')
    : E.left('inconsistent');
};
