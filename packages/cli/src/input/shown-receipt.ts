/** A receipt as `show_receipt` answers it: on a file, or in the answer of a door. */
import type { Catalog } from '@tai-autonomics/core';
import { preventionTest } from '@tai-autonomics/core/analysis';
import { recordedObservation } from '@tai-autonomics/core/engine';
import { encodeUtf8, isPlainObject, type Json, parseReceipt } from '@tai-autonomics/core/receipt';
import type { CaseTable } from '@tai-autonomics/core/testing';
import { either as E } from 'fp-ts';

type Members = Readonly<Record<string, unknown>>;

/** The prevention test of a decision that was shown: what happened, expected to be refused. Left: why there is none. */
export const preventionOf = (
  catalog: Catalog,
  answer: unknown,
  codes: readonly [string, ...string[]],
): E.Either<string, CaseTable> => {
  const { receipt, disclosed } = resultIn(answer);
  if (typeof receipt !== 'string' || !isPlainObject(disclosed))
    return E.left('expected the answer of show_receipt, with a receipt and what it discloses');
  const parsed = parseReceipt(encodeUtf8(receipt) ?? new Uint8Array());
  if (E.isLeft(parsed)) return E.left('the receipt is not of its form');
  const { id, at } = parsed.right;
  const recorded = recordedObservation(parsed.right, new Map(Object.entries(disclosed as Record<string, Json>)));
  if (recorded === undefined || parsed.right.kind !== 'decision')
    return E.left('the receipt is not that of a decision, or not all of it is disclosed');
  return preventionTest(catalog, recorded, { note: `what was decided at ${at} (${id}) cannot come back`, codes });
};

/** The result of `show_receipt` in what a door or `tai submit --json` answered, or the result itself. */
const resultIn = (answer: unknown): Members => {
  if (!isPlainObject(answer)) return {};
  const { outcome, result } = answer as Members;
  if (isPlainObject(outcome)) return resultIn(outcome);
  return isPlainObject(result) ? result : answer;
};
