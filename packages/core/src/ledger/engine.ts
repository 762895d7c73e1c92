/** Which engine decided. Pinned in every receipt. */

/** Changes whenever `decide` or `evolve` changes meaning; every released one stays available. */
export const SEMANTICS = 1;
/** The engine that decides, as receipts name it. */
export const ENGINE: { readonly name: string; readonly version: string; readonly semantics: number } = {
  name: '@tai-autonomics/core',
  version: '0.1.0',
  semantics: SEMANTICS,
};
