/** What all the actions of a catalog share: found once, however many actions ask. */

import type { CatalogSource } from '../policy/catalog-source.ts';

/** The same function of a catalog, which keeps its answer for as long as the catalog is kept. A catalog is not changed. */
export const once = <A extends {}>(of: (source: CatalogSource) => A): ((source: CatalogSource) => A) => {
  const known = new WeakMap<CatalogSource, A>();
  return (source) => {
    const before = known.get(source);
    if (before !== undefined) return before;
    const found = of(source);
    known.set(source, found);
    return found;
  };
};
