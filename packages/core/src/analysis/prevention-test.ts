/** A prevention test: what happened once, as a case that has to be refused from now on (D-13). */
import { either as E } from 'fp-ts';
import type { CaseTable } from '../cases/case-table.ts';
import type { Document } from '../cases/document.ts';
import type { Catalog } from '../catalog.ts';
import { precondition } from '../gates/precondition.ts';
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
 * read is not in its record, so a prevention that looks at more than that finds its evidence missing. Left: a code that says only
 * that: any requirement over another fact would pass such a test, and it would show nothing.
 */
export const preventionTest = (
  catalog: Catalog,
  { observation, readings }: RecordedObservation,
  { note, codes }: Prevented,
): E.Either<string, CaseTable> => {
  const empty = codes.filter((code) => ABOUT_EVIDENCE.has(code));
  if (empty.length > 0)
    return E.left(
      `${empty.join(', ')}: says only that evidence is not there, or no good, and shows no prevention; name the code of what is refused`,
    );
  const state = stateOfReadings(catalog, readings, observation);
  return E.right({
    given: observationJson(catalog, { ...observation, state }) as Document,
    cases: [{ note, expect: { verdict: 'refuse', codes } }],
  });
};

/** Codes of the gate that say what is wrong with evidence, and nothing of the world. */
const ABOUT_EVIDENCE: ReadonlySet<Code> = new Set(
  Object.keys(precondition.codes).filter((code) => code.startsWith('evidence_')),
);
