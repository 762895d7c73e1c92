/** The tables of cases of the first packs: every row holds, and what no row has seen is said here, line by line. */
import { readFileSync } from 'node:fs';
import { parseCaseTable, runCases } from '@tai-autonomics/core/testing';
import { describe, expect, test } from 'vitest';
import { shipped } from '../fixtures/tenant.ts';
import { right } from '../receipt/fixture.ts';

/** What the shipped catalog can't come to: no shipped pack requires what can be off, or excludes another. */
const CANNOT_BE_SEEN: readonly RegExp[] = [/: pack_(prerequisite_missing|conflict)\b/];

const tableOf = (folder: string) => {
  const file = new URL(`../../packages/packs/src/${folder}/cases.json`, import.meta.url);
  return right(parseCaseTable(JSON.parse(readFileSync(file, 'utf8'))));
};

describe.for(['platform', 'receipt-verifier', 'rollback-guard'])('%s', (folder) => {
  const report = runCases(shipped, tableOf(folder));

  test.for(report.results)('$note', ({ wrong }) => {
    expect(wrong).toEqual([]);
  });

  test('every action has a row that is approved and one that is refused', () => {
    const pack = [...shipped.packs.values()].find(({ pack_id }) => pack_id === folder.replace('-', '_'));
    const seen = new Set(report.coverage.requirements.filter(({ holds }) => holds > 0).map(({ action }) => action));
    expect([...seen].sort()).toEqual(Object.keys(pack?.actions ?? {}).sort());
  });

  // Required by what the action looks at and writes, not by the pack's own requirements.
  const FROM_THE_ACTION: readonly string[] = ['evidence_missing', 'cell_out_of_range'];

  test('every precondition was seen true and seen false', () => {
    const unseen = report.coverage.requirements
      .filter(
        ({ gate, holds, fails, code }) =>
          gate === 'precondition' && (holds === 0 || (fails === 0 && !FROM_THE_ACTION.includes(code))),
      )
      .map(({ action, code, means }) => `${action}: ${code}: ${means}`);
    expect(unseen.filter((gap) => !CANNOT_BE_SEEN.some((known) => known.test(gap)))).toEqual([]);
  });
});
