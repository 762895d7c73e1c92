/** The keys that seal a deployment's ledgers, as its operator works with them: what the verbs and the operator's door both do. */

import type { HeldKeys, RevokedKey, Revoking, SealingKeys } from '@tai-autonomics/adapter-http/operator';
import { formatRevocation, parseNote } from '@tai-autonomics/core/receipt';
import type { Caller, TenantStatus } from '@tai-autonomics/governor';
import {
  addNextKey,
  type KeyRing,
  keyIdText,
  ledgerKeyPath,
  type Rotated,
  readKeyRing,
  rotateKeys,
  vkeyIn,
} from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import type { LocalDeployment } from '../local/local-deployment.ts';

/** Lines for a person: what is in the way. */
type Trouble = readonly string[];

/** The file of the keys that seal a deployment's ledgers. */
export const ringPathOf = ({ dir, config }: Pick<LocalDeployment, 'dir' | 'config'>): string =>
  ledgerKeyPath(dir, config.mode);

/** Makes the key that will take over; the public part. */
export const makeNextKey = async (path: string): Promise<E.Either<Trouble, string>> => {
  const ring = await addNextKey(path, systemRandom);
  return E.isLeft(ring) ? E.left([ring.left]) : E.right(keyText(ring.right.next ?? new Uint8Array(0)));
};

/** Lets the key that waits take over in every ledger of a tenant that can be named. */
export const rotateSealing = (
  deployment: LocalDeployment,
  to?: { readonly key: string; readonly repeated: boolean },
): Promise<E.Either<Trouble, Rotated>> => {
  const { governor, identity, store, reload } = deployment;
  const host = { keyPath: ringPathOf(deployment), governor, identity, store, tenants: tenantsOf(deployment) };
  const takesOver = to === undefined ? {} : { to: { key: Buffer.from(to.key, 'base64url'), repeated: to.repeated } };
  return rotateKeys({ ...host, restart: reload, ...takesOver });
};

/** The public parts of the keys that are held. */
export const heldKeys = async (
  deployment: Pick<LocalDeployment, 'dir' | 'config'>,
): Promise<E.Either<Trouble, HeldKeys>> => {
  const ring = await readKeyRing(ringPathOf(deployment));
  return E.isLeft(ring) ? E.left([ring.left]) : E.right(ringJson(ring.right));
};

/** Says in a tenant's ledger up to which size an old key vouches for it: up to `lastGood`, or the largest that it signed. */
export const revokeSealing = async (
  deployment: LocalDeployment,
  { operator, keyId, tenant, lastGood, id }: Revoking,
): Promise<E.Either<Trouble, RevokedKey>> => {
  const last = await lastSigned(deployment, tenant, keyId);
  if (E.isLeft(last)) return E.left([last.left]);
  if (last.right === undefined) return E.left(['no checkpoint of the tenant is signed with this key']);
  if (last.right.inUse) return E.left(['this key seals the ledger now; rotate first']);
  const size = lastGood ?? last.right.size;
  const caller: Caller = { tenant, subject: { type: 'system', id: operator }, scope: [] };
  const answer = await deployment.governor.submit(caller, {
    ...(id === undefined ? {} : { id }),
    action: 'revoke_key',
    resource: '*',
    arguments: { key_id: keyId, last_good_size: size },
  });
  if (!answer.decided) return E.left([answer.detail]);
  if (answer.decision.verdict === 'refuse')
    return E.left([`refused: ${answer.decision.reasons.map(({ means }) => means).join('; ')}`]);
  const sealed = await deployment.governor.seal(tenant);
  if (E.isLeft(sealed)) return E.left([sealed.left.detail]);
  const { origin, seq } = answer.receipt;
  const line = formatRevocation({ name: origin, keyId: Number.parseInt(keyId, 16), lastGoodSize: size });
  return E.right({ revoked: keyId, lastGoodSize: size, origin, seq, line });
};

/**
 * The keys that are held, and what each ledger says of its own: what was folded of it, so that no ledger is read for it that is open.
 * One tenant after the other, for as long as somebody waits.
 */
export const listSealing = async (
  deployment: LocalDeployment,
  signal?: AbortSignal,
): Promise<E.Either<Trouble, SealingKeys>> => {
  const ring = await readKeyRing(ringPathOf(deployment));
  if (E.isLeft(ring)) return E.left([ring.left]);
  const tenants: SealingKeys['tenants'][number][] = [];
  for (const tenant of tenantsOf(deployment)) {
    if (signal?.aborted === true) return E.left(['nobody waits for the answer any more']);
    const status = await deployment.governor.status(tenant);
    if (E.isLeft(status)) return E.left([`${tenant}: ${status.left.detail}`]);
    const vkey = vkeyIn(deployment.identity, tenant, ring.right.active) ?? '';
    tenants.push({ tenant, vkey, ...(status.right?.keys ?? NO_KEYS) });
  }
  return E.right({ ...ringJson(ring.right), tenants });
};

/** A ledger that says nothing yet. */
const NO_KEYS: TenantStatus['keys'] = { named: [], revoked: [] };

const keyText = (key: Uint8Array): string => Buffer.from(key).toString('base64url');

/** Those whose ledgers this deployment can name. Ledgers are opaque: a tenant that nobody names is found when it comes. */
const tenantsOf = ({ config }: LocalDeployment): readonly string[] => Object.keys(config.owners).sort();

/** The largest checkpoint that a key signed, and whether it alone signed the newest: then it is in use. */
const lastSigned = async (
  { store, identity }: LocalDeployment,
  tenant: string,
  keyId: string,
): Promise<E.Either<string, { readonly size: number; readonly inUse: boolean } | undefined>> => {
  const ledger = identity.ledger(tenant);
  let atMost = Number.MAX_SAFE_INTEGER;
  for (let newest = true; ; newest = false) {
    const stored = await store.checkpoint(ledger, atMost);
    if (E.isLeft(stored)) return E.left(stored.left.detail);
    if (stored.right === undefined) return E.right(undefined);
    const note = parseNote(stored.right.note);
    const ids = E.isLeft(note) ? [] : note.right.signatures.map((line) => keyIdText(line.keyId));
    if (ids.includes(keyId)) return E.right({ size: stored.right.size, inUse: newest && ids.length === 1 });
    atMost = stored.right.size - 1;
  }
};

const ringJson = ({ active, next, older }: KeyRing) => ({
  active: keyText(active),
  ...(next === undefined ? {} : { next: keyText(next) }),
  older: older.map(keyText),
});
