/** The tables of cases that the packs ship: every row holds, and every precondition of the pack was seen true and false. */
import { readFileSync } from 'node:fs';
import { gapsOf, parseCaseTable, runCases } from '@tai-autonomics/core/testing';
import { describe, expect, test } from 'vitest';
import { right, shipped } from '../governor/kit.ts';

const tableOf = (folder: string) =>
  right(parseCaseTable(JSON.parse(readFileSync(`packages/packs/src/${folder}/cases.json`, 'utf8'))));

describe.for([
  { folder: 'storm-discipline', least: 8 },
  { folder: 'iam-drift-guard', least: 8 },
  { folder: 'policy-engine', least: 15 },
  { folder: 'advanced-analytics', least: -1 },
  { folder: 'release-guard', least: 8 },
  { folder: 'incident', least: 15 },
])('$folder', ({ folder, least }) => {
  const report = runCases(shipped.catalog, tableOf(folder));
  test.for(report.results)('$note', ({ wrong }) => expect(wrong).toEqual([]));
  test('no action, precondition or code of the pack is left that no row asked for, made true, made false or gave', () => {
    expect(report.coverage.requirements.filter(({ gate }) => gate === 'precondition').length).toBeGreaterThan(least);
    expect(gapsOf(report.coverage, 'own')).toEqual([]);
  });
});
