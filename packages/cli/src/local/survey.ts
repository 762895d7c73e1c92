/** What there is in a store before a run over all of it. */
import type { LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** The ledgers of a store, and how many receipts there are in all. */
export const survey = async (
  store: Pick<LedgerStore, 'ledgers' | 'head'>,
): Promise<E.Either<string, { readonly ids: readonly string[]; readonly all: number }>> => {
  const ids = await store.ledgers();
  if (E.isLeft(ids)) return E.left(ids.left.detail);
  let all = 0;
  for (const id of ids.right) {
    const head = await store.head(id);
    if (E.isLeft(head)) return E.left(head.left.detail);
    all += head.right?.size ?? 0;
  }
  return E.right({ ids: ids.right, all });
};
