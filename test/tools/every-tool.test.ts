/** Every tool that is sold, run on real input over MCP; a tool that no tour ran fails here, by its name (P-47). */
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { inTheLongRun } from '../runs.ts';
import { tourFigures } from './figures-tour.ts';
import { openOffice } from './office.ts';
import { tourPolicy } from './policy-tour.ts';
import { tourReceipts } from './receipts-tour.ts';
import { releasing, tourReleases } from './releases-tour.ts';

const sold = library.packs.flatMap(({ tools }) => tools.map(({ tool }) => tool)).sort();
const ran = new Set<string>();

test.for([
  { note: 'receipt_verifier', tour: tourReceipts },
  { note: 'rollback_guard, storm_discipline, iam_drift_guard; advanced_analytics of what they did', tour: tourFigures },
  { note: 'policy_engine', tour: tourPolicy },
  { note: 'release_guard', tour: tourReleases, options: releasing },
])('$note', async ({ note, tour, options }, context) => {
  if (note !== 'receipt_verifier') inTheLongRun(context);
  const office = await openOffice(context, options);
  await tour(office);
  for (const tool of office.ran) ran.add(tool);
});

test('no tool is sold that no tour ran', (context) => {
  inTheLongRun(context);
  expect(sold.filter((tool) => !ran.has(tool))).toEqual([]);
});
