/**
 * Signs checkpoints: of durable prefixes only, and by the signing rule (RECEIPTS 3.4): never smaller, never another
 * root, never without a consistency proof from what was signed last. What was signed last is kept beside the key.
 */
import {
  assembleNote,
  buildNoteKey,
  checkpointBody,
  checkpointOf,
  consistencyProof,
  equalBytes,
  noteMessage,
  parseCheckpoint,
  type Sha256,
  signingRule,
} from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Ledger } from './ledger.ts';
import type { LedgerStore, Ms, Signer } from './ports.ts';

export interface CheckpointOptions {
  /** A checkpoint after so many receipts … */
  readonly every: number;
  /** … or so many milliseconds after a receipt that none covers. */
  readonly withinMs: Ms;
}
export const CHECKPOINT_DEFAULTS: CheckpointOptions = { every: 256, withinMs: 1_000 };

export interface Checkpointer {
  /** A receipt became durable: signs now, or soon. */
  noticed(): void;
  /** Signs everything that is durable; the signed note. */
  seal(): Promise<E.Either<string, string>>;
  /** What was signed last must be a prefix of the ledger: says what is wrong if it is not. */
  check(): Promise<E.Either<string, void>>;
  stop(): void;
}

/** The checkpoints of one ledger. */
export const createCheckpointer = (
  ledger: Ledger,
  store: LedgerStore,
  signer: Signer,
  sha256: Sha256,
  options: CheckpointOptions,
): Checkpointer => {
  let signed = 0;
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<E.Either<string, string>> = Promise.resolve(E.right(''));

  const check = async (): Promise<E.Either<string, void>> => {
    const mark = await signer.highWaterMark(ledger.origin);
    if (E.isLeft(mark)) return mark;
    if (mark.right === undefined || mark.right.size === 0) return E.right(undefined);
    signed = mark.right.size;
    if (ledger.head.size < mark.right.size) {
      return E.left(
        `the ledger ${ledger.origin} has ${ledger.head.size} receipts, but ${mark.right.size} were signed: it was cut or restored from an older copy`,
      );
    }
    const { size, root } = checkpointOf(sha256, ledger.head);
    const proof = size === mark.right.size ? [] : consistencyProof(sha256, ledger.tree.read, mark.right.size, size);
    const ruled = signingRule(sha256, mark.right, { origin: ledger.origin, size, root }, proof ?? []);
    return E.isLeft(ruled)
      ? E.left(`the ledger ${ledger.origin} is not the one that was signed (${ruled.left})`)
      : E.right(undefined);
  };

  const signNow = async (): Promise<E.Either<string, string>> => {
    const next = checkpointOf(sha256, ledger.head);
    const stored = await store.checkpoint(ledger.id, next.size);
    if (E.isRight(stored) && stored.right?.size === next.size) return E.right(stored.right.note);
    const mark = await signer.highWaterMark(ledger.origin);
    if (E.isLeft(mark)) return mark;
    const proof =
      mark.right === undefined || mark.right.size === 0 || mark.right.size >= next.size
        ? []
        : consistencyProof(sha256, ledger.tree.read, mark.right.size, next.size);
    const ruled = signingRule(sha256, mark.right, next, proof ?? []);
    if (E.isLeft(ruled)) return E.left(`the signer refuses: ${ruled.left}`);
    const key = buildNoteKey(sha256, ledger.origin, 1, signer.publicKey);
    if (E.isLeft(key)) return E.left('the signer’s key is not one');
    const body = checkpointBody(next);
    const signature = await signer.sign(noteMessage(body));
    if (E.isLeft(signature)) return signature;
    const note = assembleNote(body, [{ name: key.right.name, keyId: key.right.keyId, signature: signature.right }]);
    if (E.isLeft(note)) return E.left('the checkpoint can not be written as a note');
    const raised = await signer.raise({ origin: next.origin, size: next.size, root: next.root });
    if (E.isLeft(raised)) return raised;
    const put = await store.putCheckpoint(ledger.id, { size: next.size, note: note.right });
    if (E.isLeft(put)) return E.left(put.left.detail);
    signed = Math.max(signed, next.size);
    // Another process may have published first: the stored one counts, and it must be of the same tree.
    const published = parseCheckpoint(put.right.note);
    return E.isRight(published) && equalBytes(published.right.root, next.root)
      ? E.right(put.right.note)
      : E.left('another checkpoint of this size is stored');
  };

  /** One at a time: a second seal waits, then mostly finds its checkpoint stored. */
  const seal = (): Promise<E.Either<string, string>> => {
    clearTimeout(timer);
    timer = undefined;
    const waited = last.then(signNow, signNow);
    last = waited;
    return waited;
  };

  return {
    check,
    seal,
    noticed: () => {
      if (ledger.head.size - signed >= options.every) {
        void seal();
        return;
      }
      if (timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        void seal();
      }, options.withinMs);
      timer.unref();
    },
    stop: () => clearTimeout(timer),
  };
};
