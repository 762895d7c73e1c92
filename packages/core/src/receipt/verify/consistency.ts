/** Step 6: the bundle's checkpoint against the last one that the auditor saw. */
import { either as E } from 'fp-ts';
import type { TrustPolicy } from '../bundle/trust.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { type Checkpoint, parseCheckpoint } from '../signing/checkpoint.ts';
import { verifyNote } from '../signing/note.ts';
import type { NoteKey } from '../signing/note-key.ts';
import { verifyConsistency } from '../tree/proof.ts';
import { type ConsistencyFile, parseConsistency } from '../tree/proof-file.ts';
import type { Equivocation, StepResult, StepStatus } from './report.ts';
import { describeFlaw, noteFinding, type Verification } from './session.ts';
import { isRevokedOutside } from './signatures.ts';

/** Step 6, and what it proves. */
export interface ConsistencyVerdict {
  readonly step: StepResult;
  /** The size that the auditor's own checkpoint vouches for, if it is consistent with the bundle. */
  readonly outsideSize?: number;
  readonly equivocation?: Equivocation;
}

/**
 * Judges consistency. `sealed` says whether the bundle's checkpoint is signed by a trusted key and fits the receipts;
 * only then is a contradiction evidence against the signer, rather than against whoever carried the bundle.
 */
export const judgeConsistency = (
  v: Verification,
  now: Checkpoint | undefined,
  policy: TrustPolicy | undefined,
  sealed: boolean,
): ConsistencyVerdict => {
  const files = readFiles(v);
  if (E.isLeft(files)) return fail(v, files.left);
  if (v.remembered === undefined) {
    return verdict('not_run', 'No earlier checkpoint of this ledger was given: integrity only.');
  }
  if (E.isLeft(v.remembered))
    return verdict('not_run', `The remembered checkpoint can't be read: ${describeFlaw(v.remembered.left)}.`);
  const old = v.remembered.right;
  const signers = trustedSigners(v, policy, old.origin);
  // By the auditor's own word alone: a ledger must not be able to make its auditors forget.
  if (signers.length > 0 && signers.every((key) => isRevokedOutside(v, key, old.size)))
    return verdict(
      'incomplete',
      `Your checkpoint of size ${old.size} is signed with a key that was revoked at a smaller size: forget it.`,
    );
  if (now === undefined) return fail(v, `You have seen a checkpoint of size ${old.size}, and the bundle has none.`);
  if (old.origin !== now.origin) return fail(v, `Your checkpoint is of another ledger, ${old.origin}.`);
  if (old.size > now.size) return fail(v, `You have seen ${old.size} receipts; this bundle ends at ${now.size}.`);
  return compare(v, old, now, files.right, sealed && signers.length > 0);
};

const readFiles = (v: Verification): E.Either<string, readonly ConsistencyFile[]> => {
  const files: ConsistencyFile[] = [];
  for (const text of v.options.consistency ?? []) {
    const file = parseConsistency(text);
    if (E.isLeft(file)) return E.left(`A consistency file can't be read: ${describeFlaw(file.left)}.`);
    files.push(file.right);
  }
  return E.right(files);
};

const fail = (v: Verification, sentence: string): ConsistencyVerdict => {
  noteFinding(v, { step: 'consistency', why: sentence });
  return verdict('failed', sentence);
};

const verdict = (status: StepStatus, sentence: string): ConsistencyVerdict => ({
  step: { step: 'consistency', status, sentence },
});

/** The keys of the trust file that signed the checkpoint that the auditor kept: only by one does it bind its signer. */
const trustedSigners = (v: Verification, policy: TrustPolicy | undefined, origin: string): readonly NoteKey[] => {
  const keys = (policy?.logs ?? []).filter((log) => log.name === origin);
  const note = verifyNote(v.options.ed25519, keys, v.options.remembered ?? '');
  return E.isLeft(note) ? [] : note.right.verified.map(({ key }) => key);
};

/** Whether the older checkpoint is the beginning of the newer: from the receipts themselves, or by a proof file. */
const compare = (
  v: Verification,
  old: Checkpoint,
  now: Checkpoint,
  files: readonly ConsistencyFile[],
  believable: boolean,
): ConsistencyVerdict => {
  if (old.size === now.size) {
    if (equalBytes(old.root, now.root))
      return { ...verdict('passed', 'This is the checkpoint that you saw last.'), outsideSize: old.size };
    return conflict(
      v,
      old,
      `Two checkpoints of size ${old.size} have different roots: the ledger was forked.`,
      believable,
    );
  }
  const here = v.options.coverage === 'whole' ? v.chain.roots.get(old.size) : undefined;
  const holds = old.size === 0 ? true : here !== undefined ? equalBytes(here, old.root) : provedBy(v, files, old, now);
  if (holds === undefined)
    return verdict('incomplete', `Nothing in the bundle proves that it continues your checkpoint of size ${old.size}.`);
  if (holds)
    return { ...verdict('passed', `It continues your checkpoint of size ${old.size}.`), outsideSize: old.size };
  const why = `It does not continue your checkpoint of size ${old.size}: history before it was rewritten.`;
  return conflict(v, old, why, believable && here !== undefined);
};

const conflict = (v: Verification, old: Checkpoint, why: string, proved: boolean): ConsistencyVerdict => {
  const failed = fail(v, why);
  const { remembered, checkpoint } = v.options;
  if (!proved || remembered === undefined || checkpoint === undefined) return failed;
  return { ...failed, equivocation: { origin: old.origin, why, notes: [remembered, checkpoint] } };
};

/** Whether one of the files proves that `old` is the beginning of `now`; `undefined` if none is about that size. */
const provedBy = (
  v: Verification,
  files: readonly ConsistencyFile[],
  old: Checkpoint,
  now: Checkpoint,
): boolean | undefined => {
  const about = files.filter((file) => {
    const note = parseCheckpoint(file.note);
    return file.oldSize === old.size && E.isRight(note) && sameCheckpoint(note.right, now);
  });
  if (about.length === 0) return undefined;
  return about.some((file) => verifyConsistency(v.options.sha256, old.size, old.root, now.size, now.root, file.proof));
};

const sameCheckpoint = (a: Checkpoint, b: Checkpoint): boolean =>
  a.origin === b.origin && a.size === b.size && equalBytes(a.root, b.root);
