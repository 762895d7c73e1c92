/** Re-derives what a ledger recorded, with every catalog that decided in it. */
import { createRederiver, type Engines, nobleP256 } from '@tai-autonomics/core/engine';
import type { Rederiver } from '@tai-autonomics/core/receipt';
import type { ReadLedger } from '../../api.ts';

/** A re-deriver at the first receipt. What a catalog that is missing decided reads "not available". */
export const rederiverOf = async (ledger: ReadLedger, engines: Engines): Promise<Rederiver> =>
  createRederiver({
    catalogs: new Map((await ledger.catalogs()).map(({ digest, catalog }) => [digest, catalog])),
    engines,
    p256: nobleP256,
  });
