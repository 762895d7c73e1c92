/** The waiting key of a deployment takes over in every ledger that can be named, and old keys are forgotten when no ledger needs them. */
import { buildNoteKey, formatVkey, parseNote } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Governor, TenantId } from '../api.ts';
import type { Identity } from '../ledger/identity.ts';
import { OPERATOR } from '../ledger/operator.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { LedgerStore } from '../ports.ts';
import { forgetOlderKeys, type KeyRing, promoteNextKey, readKeyRing } from './key-ring.ts';
import { keyIdText } from './sealing-keys.ts';

/** A deployment whose key is rotated. */
export interface RotationHost {
  /** The key file. */
  readonly keyPath: string;
  /** It decides by whatever `restart` made it read. */
  readonly governor: Pick<Governor, 'knows' | 'seal' | 'status'>;
  readonly identity: Pick<Identity, 'ledger' | 'origin'>;
  readonly store: Pick<LedgerStore, 'ledgers'>;
  /** Whose ledgers can be named; the operator's is one of them by itself. */
  readonly tenants: readonly TenantId[];
  /**
   * The public key that is to take over, so that no other one does; whichever waits where absent. `repeated`: it was asked before,
   * so that it is fine where it took over since.
   */
  readonly to?: { readonly key: Uint8Array; readonly repeated: boolean };
  /** Makes the governor sign with the key that is active in the file by now. Left: why not, one line each. */
  restart(): Promise<E.Either<readonly string[], void>>;
}

/** What a rotation came to. */
export interface Rotated {
  /** How many ledgers are sealed with the new key. */
  readonly moved: number;
  /** How many ledgers have a tenant that nobody named: each moves when it is next used, and the old key is kept until then. */
  readonly left: number;
  /** The name of the new key in the ledger of each tenant, for its auditors. */
  readonly vkeys: readonly { readonly tenant: TenantId; readonly vkey: string }[];
}

/**
 * Rotates to the key that waits, or finishes a rotation that was interrupted. Each ledger moves by a receipt, and by a
 * checkpoint that both keys sign. Left: what is in the way, one line each; asked again, it goes on where it stopped.
 */
export const rotateKeys = async (host: RotationHost): Promise<E.Either<readonly string[], Rotated>> => {
  const ring = await promoted(host);
  if (E.isLeft(ring)) return E.left([ring.left]);
  const { active } = ring.right;
  const restarted = await host.restart();
  if (E.isLeft(restarted)) return E.left([...restarted.left, AGAIN]);
  const moved = await moveAll(host, active);
  if (E.isLeft(moved)) return moved;
  const all = await host.store.ledgers();
  if (E.isLeft(all)) return E.left([all.left.detail]);
  const left = all.right.filter((ledger) => !moved.right.includes(ledger)).length;
  if (left === 0) {
    const forgotten = await forgetOlderKeys(host.keyPath, () => true);
    if (E.isLeft(forgotten)) return E.left([forgotten.left]);
  }
  const vkeys = host.tenants.flatMap((tenant) => {
    const vkey = vkeyIn(host.identity, tenant, active);
    return vkey === undefined ? [] : [{ tenant, vkey }];
  });
  return E.right({ moved: moved.right.length, left, vkeys });
};

/** What a key is called in the ledger of a tenant; `undefined` where the bytes are no key. */
export const vkeyIn = (identity: Pick<Identity, 'origin'>, tenant: TenantId, key: Uint8Array): string | undefined => {
  const made = buildNoteKey(nodeSha256, identity.origin(tenant), 1, key);
  return E.isLeft(made) ? undefined : formatVkey(made.right);
};

const AGAIN = 'the new key takes over when the deployment is next started; then ask again';

/** Lets the new key take over in the file, unless a rotation was interrupted: that one is finished. */
const promoted = async ({ keyPath, to }: RotationHost): Promise<E.Either<string, KeyRing>> => {
  const before = await readKeyRing(keyPath);
  if (E.isLeft(before)) return before;
  const { active, next, older } = before.right;
  const isUnfinished = next === undefined && older.length > 0;
  if (to === undefined) return isUnfinished ? before : promoteNextKey(keyPath);
  if (Buffer.compare(to.key, active) === 0 && (isUnfinished || to.repeated)) return before;
  return promoteNextKey(keyPath, to.key);
};

/** Opens every ledger that can be named and seals it: that moves it to the active key. Answers which they are. */
const moveAll = async (
  { governor, identity, tenants }: RotationHost,
  active: Uint8Array,
): Promise<E.Either<readonly string[], readonly string[]>> => {
  const moved: string[] = [];
  for (const tenant of [OPERATOR, ...tenants]) {
    const known = await governor.knows(tenant);
    if (E.isLeft(known)) return E.left([known.left.detail]);
    if (!known.right) continue;
    const status = await governor.status(tenant);
    if (E.isLeft(status)) return E.left([`${tenant}: ${status.left.detail}`]);
    // It is sealed to its end here, and goes on with the keys of another place.
    if (status.right?.movedTo !== undefined) continue;
    const note = await governor.seal(tenant);
    if (E.isLeft(note)) return E.left([`${tenant}: ${note.left.detail}`]);
    if (!isSignedWith(note.right, vkeyIn(identity, tenant, active)))
      return E.left([`${tenant}: the receipt of the new key could not be written; ask again`]);
    moved.push(identity.ledger(tenant));
  }
  return E.right(moved);
};

const isSignedWith = (note: string, vkey: string | undefined): boolean => {
  const parsed = parseNote(note);
  return E.isRight(parsed) && parsed.right.signatures.some(({ keyId }) => keyIdText(keyId) === vkey?.split('+')[1]);
};
