/**
 * Keys that an auditor need not know: the ledger names each by a receipt, and the first checkpoint that covers it is
 * signed by the key before as well. So whoever trusts an old key can follow a whole ledger to the one that seals it now.
 */
import { either as E } from 'fp-ts';
import { equalBytes } from '../encoding/bytes.ts';
import { type Checkpoint, parseCheckpoint } from '../signing/checkpoint.ts';
import { keyAtSize, type NamedKey } from '../signing/key-history.ts';
import { judgeNote, parseNote } from '../signing/note.ts';
import { type NoteKey, parseVkey } from '../signing/note-key.ts';
import { verifyConsistency } from '../tree/proof.ts';
import { parseConsistency } from '../tree/proof-file.ts';
import type { Verification } from './session.ts';

/** A checkpoint that the bundle shows beside its own, and what it says. */
export interface Handover {
  readonly note: string;
  readonly checkpoint: Checkpoint;
}

/** The hand-overs that are of these receipts, and what is wrong with the others, one sentence each. */
export interface Handovers {
  readonly sound: readonly Handover[];
  readonly flaws: readonly string[];
}

/** The keys that may vouch for the ledger at its end, by the auditor's trust and by what followed from it. */
export interface Succession {
  /** Of the trusted keys those that no other took over from, or who took over from them. */
  readonly heirs: readonly NoteKey[];
  /** The sizes at which a key that the auditor did not name took over. */
  readonly sizes: readonly number[];
}

/**
 * Compares the hand-overs of a whole ledger with its receipts. Of a part those count from which a proof of continuity leads to
 * the bundle's checkpoint; of the others nothing can be said.
 */
export const readHandovers = (v: Verification, trusted: readonly NoteKey[]): Handovers => {
  const keys = byId([...trusted, ...v.keys.history.named.flatMap((one) => namedKey(v, one) ?? [])]);
  const notes = v.options.handovers ?? [];
  const proofs = v.options.coverage === 'whole' ? undefined : proofsBySize(v);
  const flaws: string[] = [];
  const sound: Handover[] = [];
  for (const note of notes) {
    const read = parseCheckpoint(note);
    if (E.isRight(read) && proofs !== undefined && !proofs.has(read.right.size)) continue;
    const flaw = E.isLeft(read) ? 'A hand-over cannot be read.' : flawOf(v, note, read.right, keys, proofs);
    if (flaw !== undefined) flaws.push(flaw);
    else if (E.isRight(read)) sound.push({ note, checkpoint: read.right });
  }
  return { sound, flaws };
};

/**
 * Follows the ledger from the keys that are trusted to those that it names, in their order: a key that took over ends
 * what the one before vouches for. `counts` says whether a key still counts at a size.
 */
export const followSuccession = (
  v: Verification,
  trusted: readonly NoteKey[],
  handovers: readonly Handover[],
  counts: (key: NoteKey, size: number) => boolean,
): Succession => {
  const sizes: number[] = [];
  const named = v.keys.history.named.map((one) => ({ one, key: namedKey(v, one) }));
  const taken = byId(named.flatMap(({ key }) => key ?? []));
  let heirs = trusted.filter((known) => !(taken.get(known.keyId) ?? []).some((key) => isSame(key, known)));
  const under = new Map<NamedKey, Handover[]>();
  for (const each of handovers) {
    const one = keyAtSize(v.keys.history, each.checkpoint.size);
    if (one === undefined) continue;
    const known = under.get(one);
    if (known === undefined) under.set(one, [each]);
    else known.push(each);
  }
  for (const { one, key } of named) {
    const known = key === undefined ? undefined : trusted.find((each) => isSame(each, key));
    if (known !== undefined) heirs = [known];
    if (known !== undefined || key === undefined) continue;
    const at = under.get(one)?.find((each) => handsOver(v, heirs, key, each, counts));
    if (at === undefined) continue;
    sizes.push(at.checkpoint.size);
    heirs = [key];
  }
  return { heirs, sizes };
};

/** Keys by their id: a note names few of many. */
const byId = (keys: readonly NoteKey[]): ReadonlyMap<number, readonly NoteKey[]> => {
  const found = new Map<number, NoteKey[]>();
  for (const key of keys) {
    const same = found.get(key.keyId);
    if (same === undefined) found.set(key.keyId, [key]);
    else same.push(key);
  }
  return found;
};

/** Of these keys those that may have signed a note. */
const signersOf = (keys: ReadonlyMap<number, readonly NoteKey[]>, note: string): readonly NoteKey[] => {
  const parsed = parseNote(note);
  const ids = new Set(E.isLeft(parsed) ? [] : parsed.right.signatures.map(({ keyId }) => keyId));
  return [...ids].flatMap((id) => keys.get(id) ?? []);
};

/** The key that a receipt names, if it can be this ledger's. */
const namedKey = (v: Verification, { vkey }: NamedKey): NoteKey | undefined => {
  const key = parseVkey(v.options.sha256, vkey);
  return E.isRight(key) && key.right.type === 1 && key.right.name === v.chain.origin ? key.right : undefined;
};

const flawOf = (
  v: Verification,
  note: string,
  { origin, size, root }: Checkpoint,
  keys: ReadonlyMap<number, readonly NoteKey[]>,
  proofs: ProofsBySize | undefined,
): string | undefined => {
  if (origin !== v.chain.origin) return `The hand-over at size ${size} is of another ledger.`;
  const here = v.chain.roots.get(size);
  const isOfThese =
    proofs === undefined
      ? here !== undefined && equalBytes(here, root)
      : isBeginning(v, size, root, proofs.get(size) ?? []);
  if (!isOfThese) return `The hand-over at size ${size} is not of these receipts.`;
  const judged = judgeNote(v.options.ed25519, signersOf(keys, note), note);
  return E.isRight(judged) && judged.right.bad.length > 0
    ? `A signature on the hand-over at size ${size} is bad.`
    : undefined;
};

type ProofsBySize = ReadonlyMap<number, readonly Uint8Array[]>;

/**
 * The bundle's proofs of continuity by the size that they begin from, the first of each: nobody needs two, and many of both
 * would be compared each with each. That each leads to the bundle's checkpoint, step 6 says.
 */
const proofsBySize = (v: Verification): ProofsBySize => {
  const found = new Map<number, readonly Uint8Array[]>();
  for (const text of v.options.consistency ?? []) {
    const file = parseConsistency(text);
    if (E.isLeft(file)) continue;
    const { oldSize, proof } = file.right;
    if (!found.has(oldSize)) found.set(oldSize, proof);
  }
  return found;
};

/** Whether a tree of this size is the beginning of the one that the bundle's checkpoint is of. */
const isBeginning = (v: Verification, size: number, root: Uint8Array, proof: readonly Uint8Array[]): boolean =>
  v.checkpoint !== undefined &&
  E.isRight(v.checkpoint) &&
  verifyConsistency(v.options.sha256, size, root, v.checkpoint.right.size, v.checkpoint.right.root, proof);

const isSame = (a: NoteKey, b: NoteKey): boolean => a.keyId === b.keyId && equalBytes(a.publicKey, b.publicKey);

/** Whether an heir and the next key both signed. */
const handsOver = (
  v: Verification,
  heirs: readonly NoteKey[],
  next: NoteKey,
  { note, checkpoint }: Handover,
  counts: (key: NoteKey, size: number) => boolean,
): boolean => {
  const judged = judgeNote(v.options.ed25519, [...heirs, next], note);
  if (E.isLeft(judged)) return false;
  const signers = judged.right.verified.map(({ key }) => key);
  return signers.includes(next) && heirs.some((key) => signers.includes(key) && counts(key, checkpoint.size));
};
