/** Step 6: the bundle's checkpoint against those that the auditor has: remembered, or come by another way. */
import { either as E } from 'fp-ts';
import type { TrustPolicy } from '../bundle/trust.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { type Checkpoint, parseCheckpoint } from '../signing/checkpoint.ts';
import { verifyNote } from '../signing/note.ts';
import type { NoteKey } from '../signing/note-key.ts';
import { verifyConsistency } from '../tree/proof.ts';
import { type ConsistencyFile, parseConsistency } from '../tree/proof-file.ts';
import type { Equivocation, StepResult, StepStatus } from './report.ts';
import { lostIn } from './restores.ts';
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
  const files = readFiles(v, now);
  if (E.isLeft(files)) return fail(v, files.left);
  const own: readonly Own[] = [
    { whose: 'the checkpoint that you remembered', note: v.options.remembered, read: v.remembered },
    { whose: 'the checkpoint that reached you by another way', note: v.options.outside, read: v.outside },
  ];
  const given = own.filter(({ read }) => read !== undefined);
  if (given.length === 0) return verdict('not_run', 'No earlier checkpoint of this ledger was given.');
  const judged = given.map((one) => judgeOwn(v, one, now, policy, files.right, sealed));
  const worst = WORST.flatMap((status) => judged.filter(({ step }) => step.status === status));
  const outside = v.outside === undefined ? undefined : judged.at(-1)?.outsideSize;
  const equivocation = judged.find((one) => one.equivocation !== undefined)?.equivocation;
  return {
    ...verdict(worst[0]?.step.status ?? 'not_run', worst.map(({ step }) => step.sentence).join(' ')),
    ...(outside !== undefined && { outsideSize: outside }),
    ...(equivocation !== undefined && { equivocation }),
  };
};

/** A checkpoint that the auditor brings, read. */
interface Brought {
  readonly whose: string;
  readonly note: string;
  readonly old: Checkpoint;
}

/** A checkpoint that the auditor brings. */
interface Own {
  readonly whose: string;
  readonly note: string | undefined;
  readonly read: Verification['remembered'];
}

const WORST: readonly StepStatus[] = ['failed', 'incomplete', 'not_run', 'passed'];

const judgeOwn = (
  v: Verification,
  own: Own,
  now: Checkpoint | undefined,
  policy: TrustPolicy | undefined,
  files: readonly ConsistencyFile[],
  sealed: boolean,
): ConsistencyVerdict => {
  const { whose, note, read } = own;
  if (read === undefined || note === undefined) return verdict('not_run', `There is none of ${whose}.`);
  if (E.isLeft(read)) return verdict('not_run', `${upper(whose)} cannot be read: ${describeFlaw(read.left)}.`);
  const old = read.right;
  const signers = trustedSigners(v, policy, old.origin, note);
  // By the auditor's own word alone: a ledger must not be able to make its auditors forget.
  if (signers.length > 0 && signers.every((key) => isRevokedOutside(v, key, old.size)))
    return verdict(
      'incomplete',
      `${upper(whose)}, of size ${old.size}, is signed with a key that was revoked at a smaller size: forget it.`,
    );
  if (now === undefined) return fail(v, `You have seen a checkpoint of size ${old.size}, and the bundle has none.`);
  if (old.origin !== now.origin) return fail(v, `${upper(whose)} is of another ledger, ${old.origin}.`);
  if (old.size > now.size)
    return saidLost(v, whose, old) ?? fail(v, `You have seen ${old.size} receipts; this bundle ends at ${now.size}.`);
  return compare(v, { whose, note, old }, now, files, sealed && signers.length > 0);
};

const upper = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

/** The bundle's own proofs. One that is of another ledger, or of another checkpoint of this size, belongs to no honest bundle. */
const readFiles = (v: Verification, now: Checkpoint | undefined): E.Either<string, readonly ConsistencyFile[]> => {
  const files: ConsistencyFile[] = [];
  for (const text of v.options.consistency ?? []) {
    const file = parseConsistency(text);
    if (E.isLeft(file)) return E.left(`A consistency file cannot be read: ${describeFlaw(file.left)}.`);
    const note = parseCheckpoint(file.right.note);
    if (E.isLeft(note)) return E.left(`A consistency file cannot be read: ${describeFlaw(note.left)}.`);
    const { origin, size, root } = note.right;
    if (now !== undefined && origin !== now.origin)
      return E.left(`A consistency file is of another ledger, ${origin}.`);
    if (now !== undefined && (size !== now.size || !equalBytes(root, now.root)))
      return E.left(`A consistency file leads to another checkpoint than the bundle's, of size ${size}.`);
    const here = v.options.coverage === 'whole' ? v.chain.roots.get(file.right.oldSize) : undefined;
    if (
      here !== undefined &&
      !verifyConsistency(v.options.sha256, file.right.oldSize, here, size, root, file.right.proof)
    )
      return E.left(`The consistency file from size ${file.right.oldSize} proves nothing of these receipts.`);
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
const trustedSigners = (
  v: Verification,
  policy: TrustPolicy | undefined,
  origin: string,
  text: string,
): readonly NoteKey[] => {
  const keys = (policy?.logs ?? []).filter((log) => log.name === origin);
  const note = verifyNote(v.options.ed25519, keys, text);
  return E.isLeft(note) ? [] : note.right.verified.map(({ key }) => key);
};

/** Whether the older checkpoint is the beginning of the newer: from the receipts themselves, or by a proof file. */
const compare = (
  v: Verification,
  { whose, note, old }: Brought,
  now: Checkpoint,
  files: readonly ConsistencyFile[],
  believable: boolean,
): ConsistencyVerdict => {
  if (old.size === now.size) {
    if (equalBytes(old.root, now.root)) return { ...verdict('passed', `It is ${whose}.`), outsideSize: old.size };
    return conflict(
      v,
      { whose, note, old },
      `Two checkpoints of size ${old.size} have different roots: the ledger was forked.`,
      believable,
    );
  }
  const here = v.options.coverage === 'whole' ? v.chain.roots.get(old.size) : undefined;
  const holds = old.size === 0 ? true : here !== undefined ? equalBytes(here, old.root) : provedBy(v, files, old, now);
  if (holds === undefined)
    return verdict('incomplete', `Nothing in the bundle proves that it continues ${whose}, of size ${old.size}.`);
  if (holds) return { ...verdict('passed', `It continues ${whose}, of size ${old.size}.`), outsideSize: old.size };
  const why = `It does not continue ${whose}, of size ${old.size}: history before it was rewritten.`;
  return conflict(v, { whose, note, old }, why, believable && here !== undefined);
};

const conflict = (v: Verification, { whose, note, old }: Brought, why: string, proved: boolean): ConsistencyVerdict => {
  const judged = saidLost(v, whose, old) ?? fail(v, why);
  const { checkpoint } = v.options;
  // Evidence of a fork stays evidence, also where the ledger says how it came to be.
  if (!proved || checkpoint === undefined) return judged;
  return { ...judged, equivocation: { origin: old.origin, why, notes: [note, checkpoint] } };
};

/** What the auditor saw is not in the ledger, and the ledger says itself that it was lost. Whether it was, is the issuer's word. */
const saidLost = (v: Verification, whose: string, old: Checkpoint): ConsistencyVerdict | undefined => {
  const restore = lostIn(v.restores, old);
  return restore === undefined
    ? undefined
    : verdict(
        'incomplete',
        `The ledger does not continue ${whose}, of size ${old.size}, and says so: by receipt ${restore.seq} it was restored from a copy of ${restore.size}, and what had been sealed up to ${restore.lostSize} was lost.`,
      );
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
