/** A tenant verifies a long ledger of its own, over the read that every deployment has (P-20). */
import { formatInstant } from '@tai-autonomics/core/engine';
import type { Asked } from '@tai-autonomics/governor';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { approved, decided, entitlement, ledgerOf, people, START, startGovernor } from './kit.ts';

const RECEIPTS = runs(10_000);
const AT_ONCE = 500;
const { agent, shop } = people();

const finding = (n: number): Asked => ({
  id: `finding ${n}`,
  action: 'raise_andon',
  resource: `service-${n % 100}`,
  arguments: { severity: 'low', finding: formatInstant(START + n) },
});

test('receipts are linked, sealed and decided again, ten thousand of them in the long run', async () => {
  const setting = await startGovernor();
  const { governor } = setting;
  approved(await governor.submit(shop, entitlement(START)));
  for (let n = 0; n < RECEIPTS; n += AT_ONCE) {
    const asked = Array.from({ length: AT_ONCE }, (_, k) => governor.submit(agent, finding(n + k)));
    for (const answer of await Promise.all(asked)) decided(answer);
  }
  const read = approved(await governor.submit(agent, { action: 'verify_receipts', resource: 'ledger' }));
  // The read sees the ledger as it was before its own receipt.
  const size = (await ledgerOf(setting)).length - 1;
  expect(size).toBeGreaterThan(RECEIPTS);
  expect(read.outcome).toMatchObject({
    status: 'success',
    result: {
      labels: { linked: 'yes', signed: 'yes', trusted: 'unknown' },
      receipts: size,
      rederived: { level2: size, falsified: 0, notAvailable: 0, notRun: 0 },
      findings: [],
    },
  });
});
