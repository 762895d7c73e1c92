/** The refusal that an intent names by its receipt: what an approver was shown says what is approved, not the approver. */
import type { Catalog, Observation, Refusal } from '@tai-autonomics/core';
import { namesRefusal, recordedRefusal } from '@tai-autonomics/core/engine';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Asked, NotDecided } from '../api.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openRow } from '../ledger/read-row.ts';
import type { LedgerStore } from '../ports.ts';

/** What the governor stamps on an intent: the refusal that it names, whom it names, and by which key it is signed; each absent where there is none. */
export type Named = Pick<Observation['intent'], 'refusal' | 'named' | 'signedBy'>;

type Place = Pick<Ledger, 'id' | 'tree'>;

const NONE: Named = {};

/** Looks the named refusal up. It counts only for an intent about its own resource. */
export const namedRefusal = async (
  store: Pick<LedgerStore, 'read'>,
  ledger: Place,
  catalog: Catalog,
  { action, resource, arguments: given = {} }: Asked,
): Promise<E.Either<NotDecided, Named>> => {
  const declared = catalog.actions.get(action)?.action;
  const [seq, leaf] = [given['receipt'], given['leaf']];
  if (declared === undefined || !namesRefusal(declared)) return E.right(NONE);
  if (!Number.isSafeInteger(seq) || (seq as number) < 0 || typeof leaf !== 'string') return E.right(NONE);
  const found = await refusalAt(store, ledger, seq as number, leaf);
  if (E.isLeft(found)) return found;
  const { right } = found;
  return E.right(right === undefined || right.resource !== resource ? NONE : { refusal: right.refusal });
};

/** The refusal at a place of a ledger, if it is one, has this leaf, and asks for an approval. */
const refusalAt = async (
  store: Pick<LedgerStore, 'read'>,
  { id, tree }: Place,
  seq: number,
  leaf: string,
): Promise<E.Either<NotDecided, { readonly refusal: Refusal; readonly resource: string } | undefined>> => {
  for await (const row of store.read(id, seq, seq + 1)) {
    if (E.isLeft(row)) return E.left({ decided: false, why: 'store_unavailable', detail: row.left.detail });
    const opened = openRow(row.right, tree);
    if (E.isLeft(opened)) return E.left({ decided: false, why: 'store_unavailable', detail: opened.left });
    const { receipt, disclosed } = opened.right;
    if (disclosed === undefined || encodeBase64url(row.right.leaf) !== leaf) return E.right(undefined);
    return E.right(recordedRefusal(receipt, disclosed));
  }
  return E.right(undefined);
};
