/** A prevention test: what happened once, as a case that has to be refused from now on (D-13). */
import type { CaseTable } from '../cases/case-table.ts';
import type { Document } from '../cases/document.ts';
import type { Catalog } from '../catalog.ts';
import { stateOfReadings } from '../ledger/decision-disclosures.ts';
import type { RecordedObservation } from '../ledger/receipted-decision.ts';
import type { Code } from '../policy/action.ts';
import { observationJson } from './observation-json.ts';

/** What a prevention test says of itself: what was prevented, and with which codes it is refused from now on. */
export interface Prevented {
  readonly note: string;
  readonly codes: readonly [Code, ...Code[]];
}

/**
 * The table with one case: the observation of a decision as its receipt recorded it, expected to be refused. Under the catalog that
 * approved it the case fails; under one that prevents it, it passes. `catalog` is the one that decided. What a decision did not
 * read is not in its record, so a prevention that looks at more than that finds its evidence missing.
 */
export const preventionTest = (
  catalog: Catalog,
  { observation, readings }: RecordedObservation,
  { note, codes }: Prevented,
): CaseTable => {
  const state = stateOfReadings(catalog, readings, observation);
  return {
    given: observationJson(catalog, { ...observation, state }) as Document,
    cases: [{ note, expect: { verdict: 'refuse', codes } }],
  };
};
