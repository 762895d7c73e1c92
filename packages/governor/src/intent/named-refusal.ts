/** The refusal that an intent names by its receipt: what an approver was shown says what is approved, not the approver. */
import type { Observation } from '@tai-autonomics/core';
import {
  APPROVER_KEYS_CELL,
  namesRefusal,
  nobleP256,
  recordedRefusal,
  type ShownRefusal,
  type SignatureChecks,
  shownRefusal,
  signerOf,
} from '@tai-autonomics/core/engine';
import { encodeBase64url, type Json, nobleEd25519, type Receipt } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Asked, NotDecided } from '../api.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openOwnRow } from '../ledger/read-row.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { LedgerStore } from '../ports.ts';

/** What the governor stamps on an intent: the refusal that it names, whom it names, and by which key it is signed; each absent where there is none. */
export type Named = Pick<Observation['intent'], 'refusal' | 'named' | 'person' | 'persons' | 'signedBy'>;

/** The ledger in which a refusal is looked up. */
type Searched = Pick<Ledger, 'id' | 'tree' | 'origin' | 'state'>;

const NONE: Named = {};

const CHECKS: SignatureChecks = { sha256: nodeSha256, ed25519: nobleEd25519, p256: nobleP256 };

/** Looks up what an intent names, and checks its signature. A refusal counts only for an intent about its own resource. */
export const namedRefusal = async (
  store: Pick<LedgerStore, 'read'>,
  ledger: Searched,
  { catalog, digest }: LoadedCatalog,
  ref: string,
  { action, resource, arguments: given = {} }: Asked,
  behind: (requester: Requester) => Promise<E.Either<NotDecided, Pick<Refusal, 'namesake' | 'person' | 'persons'>>>,
): Promise<E.Either<NotDecided, Named>> => {
  const compiled = catalog.actions.get(action);
  if (compiled === undefined) return E.right(NONE);
  const declared = compiled.action;
  const key = ledger.state.cells.get(APPROVER_KEYS_CELL)?.get(ref);
  const signed = (shown: ShownRefusal | undefined): Pick<Named, 'signedBy'> => {
    const intent = { subject: { ref }, action: { id: action, arguments: given } };
    const context = { ledger: ledger.origin, key: String(key ?? ''), ...(shown === undefined ? {} : { shown }) };
    const signer = signerOf(CHECKS, declared, intent, context);
    return typeof signer === 'object' ? { signedBy: signer.key } : {};
  };
  if (!namesRefusal(declared)) return E.right(signed(undefined));
  const [seq, leaf] = [given['receipt'], given['leaf']];
  if (!Number.isSafeInteger(seq) || (seq as number) < 0 || typeof leaf !== 'string') return E.right(NONE);
  const found = await refusalAt(store, ledger, seq as number, leaf);
  if (E.isLeft(found)) return found;
  const { right } = found;
  if (right === undefined || right.named.resource !== resource) return E.right(NONE);
  // Under another catalog something else would run: what was shown then is not what would be released.
  const isCurrent = right.receipt.catalog.digest === digest;
  const shown = isCurrent ? shownRefusal(catalog, right.receipt, leaf, right.disclosed) : undefined;
  const readsPerson = ['refusal_person', 'refusal_persons'].some((fact) => compiled.facts.includes(fact));
  const person = readsPerson ? await behind(right.named.requester) : E.right({});
  if (E.isLeft(person)) return person;
  return E.right({ refusal: { ...right.named.refusal, ...person.right }, ...signed(shown) });
};

type Refusal = NonNullable<Observation['intent']['refusal']>;
type Requester = Pick<Observation['intent']['subject'], 'type' | 'id'>;

interface Found {
  readonly named: NonNullable<ReturnType<typeof recordedRefusal>>;
  readonly receipt: Receipt;
  readonly disclosed: ReadonlyMap<string, Json>;
}

/** The refusal at a place of a ledger, if it is one, has this leaf, and asks for an approval. */
const refusalAt = async (
  store: Pick<LedgerStore, 'read'>,
  { id, tree }: Searched,
  seq: number,
  leaf: string,
): Promise<E.Either<NotDecided, Found | undefined>> => {
  for await (const row of store.read(id, seq, seq + 1)) {
    if (E.isLeft(row)) return E.left({ decided: false, why: 'store_unavailable', detail: row.left.detail });
    const opened = await openOwnRow(row.right, tree);
    if (E.isLeft(opened)) return E.left({ decided: false, why: 'store_unavailable', detail: opened.left });
    const { receipt, disclosed } = opened.right;
    if (disclosed === undefined || encodeBase64url(row.right.leaf) !== leaf) return E.right(undefined);
    const named = recordedRefusal(receipt, disclosed);
    return E.right(named === undefined ? undefined : { named, receipt, disclosed });
  }
  return E.right(undefined);
};
