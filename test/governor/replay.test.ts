/** A ledger replayed from its store: what a catalog is called decides nothing, what it says does. */
import { replayLedger } from '@tai-autonomics/governor/bundle';
import { expect, test } from 'vitest';
import { sourceOf } from '../bundle/evidence.ts';
import { makeReady, right, shipped, startGovernor } from './kit.ts';

test('under the catalog that decided nothing flips, and all of it can be told', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  const counts = right(await replayLedger(sourceOf(setting), { under: shipped.catalog, onReplayed: () => {} }));
  expect(counts.decisions).toBeGreaterThan(5);
  expect(counts).toMatchObject({ same: counts.decisions, notDecided: 0, approved: 0, refused: 0 });
});

test.for([
  { note: 'is no JSON', text: '{' },
  { note: 'does not compile', text: '{}' },
  { note: 'is another catalog', text: shipped.text.replace('"version":"0.1.0"', '"version":"0.1.1"') },
])('nothing is told where what is kept under the digest $note', async ({ text }) => {
  expect(text).not.toBe(shipped.text);
  const setting = await startGovernor();
  await makeReady(setting);
  const source = { ...sourceOf(setting), catalogs: [{ digest: shipped.digest, text }] };
  const counts = right(await replayLedger(source, { under: shipped.catalog, onReplayed: () => {} }));
  expect(counts.decisions).toBeGreaterThan(5);
  expect(counts.notDecided).toBe(counts.decisions);
});
