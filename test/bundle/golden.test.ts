import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { statusOf, verifyAt } from './evidence.ts';
import { writeGolden } from './write-golden.ts';

// Bundles of every released format, as they were written then. They are verified for ever, whatever became of the code.
// Like any snapshot a folder is written where there is none, and never in CI: only before a format's first release may
// its folder be removed to be written again.

const folder = fileURLToPath(new URL('../vectors/bundle-v1/', import.meta.url));
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');
if (!existsSync(join(folder, 'trust')) && process.env['CI'] === undefined) await writeGolden(folder);
const brought = { trust: textOf('trust'), outside: textOf('remembered') };

describe('bundle-v1', () => {
  test('whole: verified, every receipt re-derived from ledger, catalog and evidence', async () => {
    const report = await verifyAt(join(folder, 'whole'), brought);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      overall: 'verified',
      headline: 'Verified, and complete up to receipt 13.',
      labels: { linked: 'yes', signed: 'yes', trusted: 'yes' },
      reached: [{ from: 0, to: 13, reached: 'ledger' }],
      manifest: { manifest: 'holds', signed: 'claimed' },
    });
  });

  test.for(['part', 'part.tar'])('%s: an incident without its evidence, proved and consistent', async (name) => {
    const report = await verifyAt(join(folder, name), brought);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      overall: 'incomplete',
      coverage: 'partial',
      labels: { linked: 'yes', signed: 'yes', trusted: 'yes' },
      reached: [
        { from: 7, to: 7, reached: 'withheld', why: '3 of evidence' },
        { from: 9, to: 9, reached: 'withheld', why: '3 of evidence' },
        { from: 10, to: 11, reached: 'withheld', why: 'the decision 9' },
      ],
    });
    expect(statusOf(report, 'tree')).toBe('passed');
  });

  test.for(['whole', 'part', 'part.tar'])(
    '%s: it continues the ledger of seven receipts that an auditor saw',
    async (name) => {
      const early = { trust: brought.trust, remembered: textOf('remembered-early') };
      const report = await verifyAt(join(folder, name), early);
      expect(report.findings).toEqual([]);
      expect(statusOf(report, 'consistency')).toBe('passed');
    },
  );
});
