/** What a ledger remembers of a resource, for observers: a reading of the state that an intent is decided on. */

import type { Catalog, Observation } from '@tai-autonomics/core';
import type { Recall } from '../ports.ts';

/** Reads facts of the ledger as they would be if something were seen. Total: what can't be read is `undefined`. */
export const recallFrom =
  (catalog: Catalog, o: Observation): Recall =>
  (fact, given = {}) => {
    if (catalog.facts.get(fact)?.origin !== 'ledger') return undefined;
    const evidence = Object.entries(given).flatMap(([id, value]) => {
      const declared = catalog.facts.get(id);
      if (declared?.origin !== 'observed') return [];
      return [{ fact: id, about: o.intent.resource.id, value, source: declared.sources[0], observedAt: o.at }];
    });
    const sight = catalog.readerOf(fact)({ ...o, evidence });
    return typeof sight === 'symbol' ? undefined : sight;
  };
