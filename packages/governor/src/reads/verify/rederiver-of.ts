/** Re-derives what a ledger recorded, with the catalogs that decided in it. */
import { createRederiver, type Engines, nobleP256 } from '@tai-autonomics/core/engine';
import type { Rederiver } from '@tai-autonomics/core/receipt';
import type { LoadedCatalog } from '../../catalogs/loaded-catalog.ts';

/** A re-deriver at the first receipt. What a catalog that is missing decided reads "not available". */
export const rederiverOf = (catalogs: readonly LoadedCatalog[], engines: Engines): Rederiver =>
  createRederiver({
    catalogs: new Map(catalogs.map(({ digest, catalog }) => [digest, catalog])),
    engines,
    p256: nobleP256,
  });
