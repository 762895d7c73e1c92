/**
 * Which keys sign the next checkpoint of a ledger. The ledger says which one seals it; the checkpoint that first covers a
 * rotation carries the old key's signature too, so whoever trusts the old key sees the new one vouched for.
 */
import {
  buildNoteKey,
  encodeBase64url,
  formatVkey,
  keyAtSize,
  type NoteKey,
  parseNote,
  type Sha256,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { createRecentlyUsed } from '../bounds/recently-used.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerStore, Signer, SigningKey, StoredCheckpoint } from '../ports.ts';

/** A key that is held, under the ledger's name. */
export interface SealingKey extends NoteKey {
  readonly sign: SigningKey['sign'];
}

/** What it takes to know. */
export interface SealingKeyParts {
  readonly ledger: Pick<Ledger, 'id' | 'origin' | 'annals'>;
  readonly store: Pick<LedgerStore, 'checkpoint'>;
  readonly signer: Signer;
  readonly sha256: Sha256;
}

/** The keys that a signer holds under a ledger's name, the one for everything new first. */
export const heldKeys = (
  sha256: Sha256,
  origin: string,
  signer: Signer,
): E.Either<string, readonly [SealingKey, ...SealingKey[]]> => {
  const keys: SealingKey[] = [];
  for (const held of [signer, ...(signer.older ?? [])]) {
    const key = noteKeyOf(sha256, origin, held.publicKey);
    if (key === undefined) return E.left('the signer’s key is not one');
    keys.push({ ...key, sign: (message) => held.sign(message) });
  }
  const [active, ...older] = keys;
  return active === undefined ? E.left('the signer has no key') : E.right([active, ...older]);
};

/** Whether a key is one takes milliseconds to say, and the same few sign again and again. */
const noteKeyOf = (sha256: Sha256, origin: string, publicKey: Uint8Array): NoteKey | undefined => {
  const name = `${encodeBase64url(publicKey)} ${origin}`;
  const known = NOTE_KEYS.get(name);
  if (known !== undefined) return known;
  const key = buildNoteKey(sha256, origin, 1, publicKey);
  if (E.isLeft(key)) return undefined;
  NOTE_KEYS.set(name, key.right);
  return key.right;
};

const NOTE_KEYS = createRecentlyUsed<NoteKey>(1_024);

/** The keys that sign a checkpoint of `size` receipts, in the order of their lines. */
export const sealingKeys = async (
  { ledger, store, signer, sha256 }: SealingKeyParts,
  size: number,
): Promise<E.Either<string, readonly SealingKey[]>> => {
  const held = heldKeys(sha256, ledger.origin, signer);
  if (E.isLeft(held)) return held;
  const last = await store.checkpoint(ledger.id);
  if (E.isLeft(last)) return E.left(last.left.detail);
  const { keys } = ledger.annals;
  const before = held.right.filter((key) => signedBy(last.right, key) && !keys.revoked.has(keyIdText(key.keyId)));
  const named = keyAtSize(keys, size);
  if (named === undefined) return E.right([before[0] ?? held.right[0]]);
  const current = held.right.find((key) => formatVkey(key) === named.vkey);
  if (current === undefined) return E.left(`the key that receipt ${named.seq} names is not held by this signer`);
  const handsOver = last.right !== undefined && last.right.size <= named.seq;
  return E.right(handsOver ? [...before.filter((key) => key !== current), current] : [current]);
};

/**
 * The receipt by which the ledger moved to a key that this signer doesn't hold: whoever holds that key seals the ledger from
 * there on. `undefined` where this signer holds the key.
 */
export const handedOverAt = ({ ledger, signer, sha256 }: Omit<SealingKeyParts, 'store'>): number | undefined => {
  const named = ledger.annals.keys.named.at(-1);
  const held = heldKeys(sha256, ledger.origin, signer);
  if (named === undefined || E.isLeft(held)) return undefined;
  return held.right.some((key) => formatVkey(key) === named.vkey) ? undefined : named.seq;
};

/** A key's id as vkeys and revocations write it: 8 hex digits. */
export const keyIdText = (keyId: number): string => keyId.toString(16).padStart(8, '0');

/** The vkey to which a ledger is to be moved; `undefined` if the signer's own key seals it already, or nothing is sealed yet. */
export const keyToMoveTo = async (parts: SealingKeyParts): Promise<E.Either<string, string | undefined>> => {
  const { ledger, store, signer, sha256 } = parts;
  const held = heldKeys(sha256, ledger.origin, signer);
  if (E.isLeft(held)) return held;
  const [active] = held.right;
  const { keys } = ledger.annals;
  const named = keys.named.at(-1);
  if (named !== undefined) return E.right(named.vkey === formatVkey(active) ? undefined : formatVkey(active));
  const last = await store.checkpoint(ledger.id);
  if (E.isLeft(last)) return E.left(last.left.detail);
  return E.right(last.right === undefined || signedBy(last.right, active) ? undefined : formatVkey(active));
};

const signedBy = (stored: StoredCheckpoint | undefined, key: NoteKey): boolean => {
  const note = stored === undefined ? undefined : parseNote(stored.note);
  if (note === undefined || E.isLeft(note)) return false;
  return note.right.signatures.some(({ name, keyId }) => name === key.name && keyId === key.keyId);
};
