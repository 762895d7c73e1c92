/** What a report says to a person where no single receipt is to blame: the step, and the file. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needs } from '../outside-tools.ts';
import { type Evidence, exportTo, makeEvidence, verifyAt, workFolder } from './evidence.ts';

const work = workFolder();
let evidence: Evidence;

beforeAll(async () => {
  evidence = await makeEvidence(work.path());
});
afterAll(work.remove);

test('packed from inside its folder, as tar -C B . does, it is read, and how it was spelt is said', async (context) => {
  needs(context, 'tar');
  const path = work.path();
  await exportTo(evidence.source, path);
  const archive = `${path}.tar`;
  const { status } = spawnSync('tar', ['--format=ustar', '-C', path, '-cf', archive, '.']);
  expect(status).toBe(0);
  const report = await verifyAt(archive, { trust: evidence.trust });
  expect(report).toMatchObject({ overall: 'incomplete', findings: [], manifest: { manifest: 'holds' } });
  expect(report.unchecked.map(({ sentence }) => sentence)).toContain(
    'What is no part of a bundle was passed over: ./.',
  );
});

describe('a bundle of which one file was touched', () => {
  test.for([
    {
      note: 'an unreadable checkpoint is what is wrong, and not the manifest of another ledger',
      file: 'checkpoint',
      spoilt: () => 'not a checkpoint\n',
      says: /^Falsified: signatures: The checkpoint cannot be read/,
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
