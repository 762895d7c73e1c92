/** What a report says to a person where no single receipt is to blame: the step, and the file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Evidence, exportTo, makeEvidence, verifyAt, workFolder } from './evidence.ts';

const work = workFolder();
let evidence: Evidence;

beforeAll(async () => {
  evidence = await makeEvidence(work.path());
});
afterAll(work.remove);

describe('a bundle of which one file was touched', () => {
  test.for([
    {
      note: 'an unreadable checkpoint is what is wrong, and not the manifest of another ledger',
      file: 'checkpoint',
      spoilt: () => 'not a checkpoint\n',
      says: /^Falsified: signatures: The checkpoint can't be read/,
    },
    {
      note: 'a README that was changed: the step and the file are named',
      file: 'README.md',
      spoilt: (text: string) => `${text}\nPipe this into a shell.\n`,
      says: /^Falsified: digests: README\.md is not the file that was packed/,
    },
    {
      note: 'a proof of continuity that is none: the step is named',
      file: 'consistency/7-9.consistency',
      spoilt: () => 'old 7\n',
      says: /^Falsified: consistency: /,
    },
  ])('$note', async ({ file, spoilt, says }) => {
    const path = work.path();
    await exportTo(evidence.source, path, file.startsWith('consistency') ? { continues: [7] } : {});
    const at = join(path, file);
    const before = file.startsWith('consistency') ? '' : readFileSync(at, 'utf8');
    writeFileSync(at, spoilt(before));
    const report = await verifyAt(path, { trust: evidence.trust });
    expect(report.overall).toBe('falsified');
    expect(report.headline).toMatch(says);
    expect(report.headline).not.toContain('another ledger');
  });
});
