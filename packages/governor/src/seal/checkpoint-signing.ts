/**
 * Signs one checkpoint: of a durable prefix only, and by the signing rule (RECEIPTS 3.4): never smaller, never another
 * root, never without a consistency proof from what was signed last. What was signed last is kept beside the key.
 */
import {
  assembleNote,
  type Checkpoint,
  checkpointBody,
  checkpointOf,
  consistencyProof,
  equalBytes,
  type NoteSignature,
  noteMessage,
  parseCheckpoint,
  type Sha256,
  signingRule,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerStore, Signer } from '../ports.ts';
import type { FoldedLedger } from '../snapshots/folded-ledger.ts';
import { isDeclaredLost } from './lost.ts';
import { type SealingKey, sealingKeys } from './sealing-keys.ts';
import { cutLine } from './truncation.ts';

/** A checkpoint as it is stored: how much it covers, and the note; and the ledger as it was folded at that size. */
export interface SealedCheckpoint {
  readonly size: number;
  readonly note: string;
  readonly folded: FoldedLedger;
}

type Sealed = Omit<SealedCheckpoint, 'folded'>;

export interface CheckpointSigning {
  /** Signs all that is durable now, whoever wrote it. */
  sign(): Promise<E.Either<string, SealedCheckpoint>>;
  /** What was signed last must be a prefix of the ledger. Answers its size, 0 if nothing was signed, or what is wrong. */
  check(): Promise<E.Either<string, number>>;
}

export interface CheckpointSigningParts {
  readonly ledger: Ledger;
  readonly store: LedgerStore;
  readonly signer: Signer;
  readonly sha256: Sha256;
  /** A ledger that was restored from an older copy is let in, so that the operator can say so in it. */
  readonly acceptsRestores?: boolean;
}

/** The signing of one ledger's checkpoints. One call at a time. */
export const createCheckpointSigning = (parts: CheckpointSigningParts): CheckpointSigning => {
  const { ledger, signer, sha256 } = parts;
  return {
    sign: async () => {
      for (let tries = 1; ; tries += 1) {
        // Another process may have written.
        const refreshed = await ledger.refresh();
        if (E.isLeft(refreshed)) return E.left(refreshed.left.detail);
        const { head, state, annals } = ledger;
        const next = checkpointOf(sha256, head);
        const once = await signOnce(parts, next);
        const signed = E.map((sealed: Sealed) => ({ ...sealed, folded: { head, state, annals } }))(once);
        if (E.isRight(signed) || tries === SIGN_TRIES) return signed;
        const mark = await signer.highWaterMark(ledger.origin);
        // Another process signed more of it meanwhile: that is no fault, this one reads again.
        if (E.isLeft(mark) || (mark.right?.size ?? 0) <= next.size) return signed;
      }
    },
    check: async () => {
      const mark = await signer.highWaterMark(ledger.origin);
      if (E.isLeft(mark)) return mark;
      if (mark.right === undefined || mark.right.size === 0) return E.right(0);
      const { size } = mark.right;
      if (parts.acceptsRestores === true && (ledger.head.size < size || isDeclaredLost(ledger.state, mark.right)))
        return E.right(0);
      if (ledger.head.size < size)
        return E.left(cutLine({ origin: ledger.origin, size: ledger.head.size, signed: size }));
      const now = checkpointOf(sha256, ledger.head);
      const ruled = signingRule(sha256, mark.right, now, await proofFrom(parts, size, now.size));
      return E.isLeft(ruled)
        ? E.left(`the ledger ${ledger.origin} is not the one that was signed (${ruled.left})`)
        : E.right(size);
    },
  };
};

/** How often another process may have signed more in between. */
const SIGN_TRIES = 10;

const signOnce = async (parts: CheckpointSigningParts, next: Checkpoint): Promise<E.Either<string, Sealed>> => {
  const { ledger, store } = parts;
  if (next.size === 0) return E.left('the ledger is empty');
  const known = await store.checkpoint(ledger.id, next.size);
  if (E.isRight(known) && known.right?.size === next.size) return sealed(known.right.note, next);
  const note = await noteOf(parts, next);
  if (E.isLeft(note)) return note;
  // Another process may have published first: the stored note counts.
  const put = await store.putCheckpoint(ledger.id, { size: next.size, note: note.right });
  return E.isLeft(put) ? E.left(put.left.detail) : sealed(put.right.note, next);
};

/** A stored note counts only if it is of this very tree. */
const sealed = (note: string, { size, root }: Checkpoint): E.Either<string, Sealed> => {
  const stored = parseCheckpoint(note);
  const agrees = E.isRight(stored) && stored.right.size === size && equalBytes(stored.right.root, root);
  return agrees ? E.right({ size, note }) : E.left(`another checkpoint of size ${size} is stored`);
};

const proofFrom = async (
  { ledger, sha256 }: CheckpointSigningParts,
  from: number,
  to: number,
): Promise<readonly Uint8Array[]> => {
  if (from === 0 || from >= to) return [];
  const { tree } = ledger;
  const held = consistencyProof(sha256, tree.read, from, to);
  if (held !== undefined) return held;
  await tree.loadProof(from - 1, to - 1);
  return consistencyProof(sha256, tree.read, from, to) ?? [];
};

const signWith = async (
  keys: readonly SealingKey[],
  body: string,
): Promise<E.Either<string, readonly NoteSignature[]>> => {
  const lines: NoteSignature[] = [];
  for (const { name, keyId, sign } of keys) {
    const signature = await sign(noteMessage(body));
    if (E.isLeft(signature)) return signature;
    lines.push({ name, keyId, signature: signature.right });
  }
  return E.right(lines);
};

const noteOf = async (parts: CheckpointSigningParts, next: Checkpoint): Promise<E.Either<string, string>> => {
  const { signer, sha256 } = parts;
  const mark = await signer.highWaterMark(next.origin);
  if (E.isLeft(mark)) return mark;
  const proof = await proofFrom(parts, mark.right?.size ?? 0, next.size);
  const ruled = signingRule(sha256, mark.right, next, proof);
  if (E.isLeft(ruled)) return E.left(`the signer refuses: ${ruled.left}`);
  const keys = await sealingKeys(parts, next.size);
  if (E.isLeft(keys)) return keys;
  const body = checkpointBody(next);
  const signatures = await signWith(keys.right, body);
  if (E.isLeft(signatures)) return signatures;
  const note = assembleNote(body, signatures.right);
  if (E.isLeft(note)) return E.left('the checkpoint cannot be written as a note');
  // Before anybody sees the note: a crash here leaves a mark without its note, never a note without its mark.
  const raised = await signer.raise({ origin: next.origin, size: next.size, root: next.root });
  return E.isLeft(raised) ? raised : note;
};
