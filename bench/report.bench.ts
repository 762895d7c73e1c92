/**
 * Reports over a long ledger. Workload: 1 000 000 receipts, of which each tenth is a step of an incident (opened, checked, remedied,
 * executed, verified, closed) and each tenth a refusal; what they disclose is parsed already. The memory is what the heap holds more
 * at the end than after a hundredth of it: it must not grow with the ledger.
 */
import process from 'node:process';
import { REPORTS, startReport } from '@tai-autonomics/core/analytics';
import { formatInstant } from '@tai-autonomics/core/engine';
import type { Json, Receipt, WireWrite } from '@tai-autonomics/core/receipt';
import { amount, cpuMsSince, figure, heapBytes } from './measure.ts';

const receipts = amount(1_000_000);
const START = Date.UTC(2026, 0, 5);
const STATES = ['alerted', 'checked', 'remedying', 'executed', 'verified', 'closed'] as const;

const stepAt = (n: number): readonly WireWrite[] => {
  const key = [`inc-${Math.floor(n / 60)}`];
  const state = STATES[Math.floor(n / 10) % STATES.length] ?? 'closed';
  const opening: readonly WireWrite[] =
    state === 'alerted'
      ? [
          { cell: 'incident_kind', key, set: `kind_${n % 7}` },
          { cell: 'incident_due_at', key, at: formatInstant(START + n * 10_000 + 900_000) },
        ]
      : [];
  return [{ cell: 'incident_state', key, set: state }, ...opening];
};

const receiptAt = (n: number): Receipt => {
  const isRefused = n % 10 === 5;
  return {
    kind: 'decision',
    seq: n,
    at: formatInstant(START + n * 10_000),
    id: `id-${n}`,
    event: 'made_up',
    subject: `sub_${n % 97}`,
    verdict: isRefused ? 'refuse' : 'approve',
    codes: isRefused ? ['andon_open'] : [],
    writes: n % 10 === 0 ? stepAt(n) : [],
    ...(n % 10 === 0 ? { incident: `inc-${Math.floor(n / 60)}` } : {}),
  } as unknown as Receipt;
};

const disclosed: ReadonlyMap<string, Json> = new Map<string, Json>([
  [
    'request/intent',
    {
      action: { id: 'trigger_rollback', arguments: {} },
      resource: { id: 'svc', ref: 'res_svc' },
      subject: { type: 'agent', id: 'bot' },
      binding: 'b',
    },
  ],
]);

const heldMb = (): number => heapBytes() / 1_048_576;

/** Prints a line a report. */
export const reportBench = async (): Promise<void> => {
  for (const report of REPORTS) {
    const run = startReport({ report, incident: 'inc-1', since: 0, until: Date.UTC(9999, 0) });
    const started = process.cpuUsage();
    let before = 0;
    for (let n = 0; n < receipts; n++) {
      run.step(receiptAt(n), disclosed);
      if (n === Math.floor(receipts / 100)) before = heldMb();
    }
    run.finish();
    const ms = cpuMsSince(started);
    const more = heldMb() - before;
    console.log(
      `report ${report.padEnd(10)} ${figure('receipts', receipts)} receipts: ${figure('ms of CPU', ms)} ms of CPU, ${figure('MB more', Math.max(0, more), 1)} MB more than after a hundredth`,
    );
  }
};
