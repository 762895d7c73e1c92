/**
 * Which key seals a ledger, as the ledger itself says: `key_rotated` names the next one, `key_revoked` says up to which
 * size an old one vouches. Clear members only, so a redacted ledger has the same history. Sizes, never times.
 */
import { owns } from '../encoding/own.ts';
import type { Receipt } from '../receipt.ts';

/** A key that the ledger names. */
export interface NamedKey {
  readonly vkey: string;
  /** The place of the receipt that names it: a checkpoint of more receipts than `seq` carries its signature. */
  readonly seq: number;
}

/** The keys of a ledger after some receipts. */
export interface KeyHistory {
  /** In their order; the last one seals. Empty: the key that the ledger began with still seals. */
  readonly named: readonly NamedKey[];
  /** The last good size by key id (8 hex digits). */
  readonly revoked: ReadonlyMap<string, number>;
}

/** The event that names the key which seals from then on. */
export const KEY_ROTATED = 'key_rotated';
/** The event that ends what an old key vouches for. */
export const KEY_REVOKED = 'key_revoked';
/** The cell in which a rotation writes the new key's vkey. */
export const LEDGER_KEY_CELL = 'ledger_key';
/** The cell in which a revocation writes the last good size, by the key's id (8 hex digits). */
export const REVOKED_KEYS_CELL = 'revoked_keys';

const KEY_ID = /^[0-9a-f]{8}$/;

/** No key was ever changed. */
export const noKeyHistory: KeyHistory = { named: [], revoked: new Map() };

/** A history that a stream of receipts adds to in place: for ledgers that name any number of keys. */
export const createKeyHistory = (from: KeyHistory = noKeyHistory): KeyFollower => {
  const history = { named: [...from.named], revoked: new Map(from.revoked) };
  return {
    history,
    follow: (receipt) => {
      if (!changesKeys(receipt)) return;
      if (receipt.event === KEY_ROTATED) {
        const named = namedBy(receipt);
        if (named !== undefined) history.named.push(named);
        return;
      }
      for (const [keyId, size] of revokedBy(receipt))
        history.revoked.set(keyId, Math.min(size, history.revoked.get(keyId) ?? size));
    },
  };
};

/** A history in the making; `history` is a view of it. */
export interface KeyFollower {
  readonly history: KeyHistory;
  readonly follow: (receipt: Receipt) => void;
}

/** The history after one more receipt; the same object where nothing changed. A revocation can be tightened, never loosened. */
export const followKeys = (history: KeyHistory, receipt: Receipt): KeyHistory => {
  if (!changesKeys(receipt)) return history;
  const after = createKeyHistory(history);
  after.follow(receipt);
  return after.history;
};

/** The key that a checkpoint of `size` receipts must carry, if the ledger names one. */
export const keyAtSize = ({ named }: KeyHistory, size: number): NamedKey | undefined => {
  // Named in the order of their places, so the last one before the size is found by halves.
  let [low, high] = [0, named.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((named[middle]?.seq ?? size) < size) low = middle + 1;
    else high = middle;
  }
  return named[low - 1];
};

const changesKeys = (receipt: Receipt): boolean =>
  (receipt.event === KEY_ROTATED || receipt.event === KEY_REVOKED) && isApproved(receipt);

const isApproved = (receipt: Receipt): boolean => receipt.kind === 'decision' && receipt.verdict === 'approve';

const namedBy = (receipt: Receipt): NamedKey | undefined => {
  const write = receipt.writes.find(({ cell, key }) => cell === LEDGER_KEY_CELL && key.length === 0);
  return write !== undefined && owns(write, 'set') && typeof write.set === 'string'
    ? { vkey: write.set, seq: receipt.seq }
    : undefined;
};

const revokedBy = (receipt: Receipt): readonly (readonly [string, number])[] =>
  receipt.writes.flatMap((write) => {
    const [keyId = '', ...more] = write.key;
    const isOne = write.cell === REVOKED_KEYS_CELL && more.length === 0 && KEY_ID.test(keyId);
    return isOne && owns(write, 'set') && typeof write.set === 'number' ? [[keyId, write.set] as const] : [];
  });
