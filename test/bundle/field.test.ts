/**
 * Bundles whose bytes are sound and whose verdicts were wrong once: sealed by their own issuer, or touched on their way.
 * Each folder of `test/vectors/field/receipts/` is one, with the auditor's files and what has to be said of it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { detectors } from '@tai-autonomics/packs';
import { afterAll, describe, expect, test } from 'vitest';
import { verifyAt, workFolder } from './evidence.ts';

interface Expected {
  /** Detectors that the auditor does not have. */
  readonly lacks?: readonly string[];
  /** What was done to it. */
  readonly what: string;
  readonly overall: string;
  /** The first bad receipt. */
  readonly firstBad?: number;
  /** Stands in the headline, in a step's sentence, or in what was not checked. */
  readonly says?: string;
}

const folder = fileURLToPath(new URL('../vectors/field/receipts/', import.meta.url));
const work = workFolder();
afterAll(work.remove);

const expectedOf = (name: string): Expected =>
  JSON.parse(readFileSync(join(folder, name, 'expect.json'), 'utf8')) as Expected;

/** Those with `commands` are about what a person types: `hands.test.ts` plays them. */
const cases = readdirSync(folder, { withFileTypes: true }).filter(
  (entry) => entry.isDirectory() && !('commands' in expectedOf(entry.name)),
);

const unpacked = (name: string): string => {
  mkdirSync(work.dir, { recursive: true });
  const path = `${work.path()}.tar`;
  writeFileSync(path, gunzipSync(readFileSync(join(folder, name, 'bundle.tar.gz'))));
  return path;
};

const seenBy = (name: string, origin: string | undefined): string | undefined => {
  const path = join(folder, name, 'seen.json');
  if (!existsSync(path) || origin === undefined) return undefined;
  return (JSON.parse(readFileSync(path, 'utf8')) as { checkpoints: Record<string, string> }).checkpoints[origin];
};

describe('bundles whose bytes are sound', () => {
  test.for(cases.map(({ name }) => name))('%s', async (name) => {
    const expected = expectedOf(name);
    const path = unpacked(name);
    const trust = readFileSync(join(folder, name, 'trust'), 'utf8');
    const { origin } = await verifyAt(path, { trust, rederive: false });
    const remembered = seenBy(name, origin);
    // Whoever was given the checkpoint by another way has nothing left to ask: so only what was done can hold it back.
    const held = detectors.filter(({ id, version }) => expected.lacks?.includes(`${id}@${version}`) !== true);
    const brought = { trust, detectors: held, ...(remembered === undefined ? {} : { outside: remembered }) };
    const report = await verifyAt(path, brought);
    expect(report.overall, report.headline).toBe(expected.overall);
    if (expected.firstBad !== undefined) expect(report.firstBad?.seq).toBe(expected.firstBad);
    const said = [
      report.headline,
      ...report.unchecked.map(({ sentence }) => sentence),
      ...report.steps.map(({ sentence }) => sentence),
    ].join('\n');
    if (expected.says !== undefined) expect(said).toContain(expected.says);
  });
});
