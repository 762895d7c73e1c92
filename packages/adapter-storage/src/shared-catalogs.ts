/** Catalogs that the processes of a deployment share, with a copy near each. */
import type { Answer, CatalogStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** Asks the near one first, and keeps there what it finds afar: a catalog never changes. Drafts are near alone. */
export const sharedCatalogs = (near: CatalogStore, open: () => Answer<CatalogStore>): CatalogStore => ({
  ...(near.drafts === undefined ? {} : { drafts: near.drafts }),
  read: async (digest) => {
    const here = await near.read(digest);
    if (E.isRight(here) && here.right !== undefined) return here;
    const far = await open();
    if (E.isLeft(far)) return far;
    const there = await far.right.read(digest);
    if (E.isRight(there) && there.right !== undefined) await near.write(there.right);
    return there;
  },
  write: async (text) => {
    const here = await near.write(text);
    if (E.isLeft(here)) return here;
    const far = await open();
    return E.isLeft(far) ? far : far.right.write(text);
  },
});
