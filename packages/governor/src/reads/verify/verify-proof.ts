/** Checks a proof that the caller holds: that a receipt is in a tree, or that an older tree is the beginning of a newer one. */
import {
  encodeUtf8,
  leafHash,
  type NoteKey,
  parseCheckpoint,
  parseConsistency,
  parseInclusion,
  parseVkey,
  verifyConsistency,
  verifyInclusion,
  verifyNote,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadStep } from '../../api.ts';
import { nodeEd25519, nodeSha256 } from '../../node/crypto.ts';
import type { Signer } from '../../ports.ts';
import { heldKeys } from '../../seal/sealing-keys.ts';
import { textOf, wordsOf } from '../step-arguments.ts';

/** Whose signature is good on a checkpoint: of a key that the caller brought, or of this deployment's own. */
type SignedBy = 'your_key' | 'this_deployment' | 'nobody_known';

/** The read step `verify_proof`. A proof that holds under a checkpoint that nobody known signed proves nothing to anybody. */
export const verifyProofText =
  (signer: Signer): ReadStep =>
  async (step) => {
    const [text, about] = [textOf(step, 'proof'), textOf(step, 'about')];
    const keys: NoteKey[] = [];
    for (const vkey of wordsOf(step, 'keys')) {
      const key = parseVkey(nodeSha256, vkey);
      if (E.isLeft(key)) return E.left(`keys: expected ${key.left.expected}`);
      keys.push(key.right);
    }
    const proved = inclusionOf(text, about) ?? consistencyOf(text, about);
    if (proved === undefined) return E.left('proof: expected the text of a .tlog-proof or a .consistency file');
    const sealed = parseCheckpoint(proved.note);
    const checkpoint = E.isLeft(sealed)
      ? {}
      : {
          origin: sealed.right.origin,
          size: sealed.right.size,
          signedBy: signedBy(signer, proved.note, sealed.right.origin, keys),
        };
    const { kind, holds, why } = proved;
    return E.right({ kind, holds, ...(why === undefined ? {} : { why }), ...checkpoint });
  };

const isSignedBy = (note: string, keys: readonly NoteKey[]): boolean =>
  keys.length > 0 && E.isRight(verifyNote(nodeEd25519, keys, note));

const signedBy = (signer: Signer, note: string, origin: string, brought: readonly NoteKey[]): SignedBy => {
  const named = brought.filter(({ name }) => name === origin);
  if (isSignedBy(note, named)) return 'your_key';
  const held = heldKeys(nodeSha256, origin, signer);
  return E.isRight(held) && isSignedBy(note, held.right) ? 'this_deployment' : 'nobody_known';
};

interface Proved {
  readonly kind: 'inclusion' | 'consistency';
  readonly note: string;
  readonly holds: boolean;
  readonly why?: string;
}

const no = (kind: Proved['kind'], note: string, why: string): Proved => ({ kind, note, holds: false, why });

/** The text is a receipt's, byte for byte. */
const inclusionOf = (text: string, about: string): Proved | undefined => {
  const file = parseInclusion(text);
  if (E.isLeft(file)) return undefined;
  const { index, proof, note } = file.right;
  const sealed = parseCheckpoint(note);
  const bytes = encodeUtf8(about);
  if (E.isLeft(sealed) || bytes === undefined) return no('inclusion', note, 'its checkpoint cannot be read');
  const { size, root } = sealed.right;
  const holds = verifyInclusion(nodeSha256, leafHash(nodeSha256, bytes), index, size, root, proof);
  return holds
    ? { kind: 'inclusion', note, holds }
    : no('inclusion', note, `it does not lead from this receipt at place ${index} to the checkpoint’s root`);
};

/** The text is the older checkpoint. */
const consistencyOf = (text: string, about: string): Proved | undefined => {
  const file = parseConsistency(text);
  if (E.isLeft(file)) return undefined;
  const { oldSize, proof, note } = file.right;
  const [older, newer] = [parseCheckpoint(about), parseCheckpoint(note)];
  if (E.isLeft(older) || E.isLeft(newer)) return no('consistency', note, 'a checkpoint cannot be read');
  const [old, now] = [older.right, newer.right];
  if (old.origin !== now.origin || old.size !== oldSize)
    return no('consistency', note, 'it is about another checkpoint than the older one that was given');
  const holds = verifyConsistency(nodeSha256, old.size, old.root, now.size, now.root, proof);
  return holds
    ? { kind: 'consistency', note, holds }
    : no('consistency', note, 'the older tree is not the beginning of the newer one');
};
