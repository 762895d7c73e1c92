/** Reports over a ledger: from a bundle, which is verified on the way, or from the store that holds it. Neither keeps the receipts. */
import { type Report, type ReportQuestion, startReport } from '@tai-autonomics/core/analytics';
import type { Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { openRow } from '../ledger/read-row.ts';
import type { Bundle } from './bundle.ts';
import type { BundleFault } from './bundle-fault.ts';
import { type LedgerSource, rowsOf } from './export/export-survey.ts';
import type { VerifyProgress } from './verify/feeding.ts';
import { type BundleReport, type VerifyBundleOptions, verifyBundle } from './verify/verify-bundle.ts';

/** A report, and whether the bundle that it is from holds. */
export interface ReportedBundle {
  readonly report: Report;
  /** What is reported of a bundle that is falsified is evidence of nothing. */
  readonly verified: BundleReport;
}

/** Verifies a bundle, and reports on it in the same pass. Left only if its files can't be read. */
export const reportBundle = async (
  bundle: Bundle,
  question: ReportQuestion,
  options: Omit<VerifyBundleOptions, 'rederive' | 'beside'>,
): Promise<E.Either<BundleFault, ReportedBundle>> => {
  const run = startReport(question);
  const verified = await verifyBundle(bundle, {
    ...options,
    rederive: true,
    beside: () => run.step,
  });
  return E.map((found: BundleReport): ReportedBundle => ({ report: run.finish(), verified: found }))(verified);
};

/**
 * Reports on a ledger as its store holds it, sealed or not yet, in memory that does not grow with it. Each receipt must have the
 * hash that it is stored under; who wants the whole chain checked reports on a bundle. Left with the first thing that can't be read.
 */
export const reportLedger = async (
  source: LedgerSource,
  question: ReportQuestion,
  onProgress?: (progress: VerifyProgress) => void,
): Promise<E.Either<string, Report>> => {
  const head = await source.store.head(source.ledger);
  if (E.isLeft(head)) return E.left(head.left.detail);
  const size = head.right?.size ?? 0;
  const run = startReport(question);
  for await (const row of rowsOf(source, 0, size)) {
    if (E.isLeft(row)) return row;
    const opened = openRow(row.right);
    if (E.isLeft(opened)) return opened;
    const { receipt, disclosed = NOTHING } = opened.right;
    run.step(receipt, disclosed);
    if (receipt.seq % WORD === 0) onProgress?.({ receipts: receipt.seq, share: receipt.seq / size });
  }
  return E.right(run.finish());
};

const NOTHING: ReadonlyMap<string, Json> = new Map();
/** How many receipts are read between two words of progress. */
const WORD = 512;
