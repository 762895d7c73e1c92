/** Evidence bundles: written, read, verified, replayed. */

export {
  type ReplayBundleOptions,
  type ReplayedBundle,
  type ReplaySettings,
  replayBundle,
  replayLedger,
} from '../policy/replay.ts';
export { type BundleSink, folderSink, tarSink } from './archive/bundle-sink.ts';
export type { BundleSource } from './archive/bundle-source.ts';
export { type Bundle, readBundle } from './bundle.ts';
export { type BundleFault, type BundleFaultKind, printBundleFault } from './bundle-fault.ts';
export { type Exported, exportBundle } from './export/export-bundle.ts';
export { exportStream } from './export/export-stream.ts';
export type { LedgerSource } from './export/export-survey.ts';
export type { Bound, Selection } from './export/selection.ts';
export { type ReportedBundle, reportBundle, reportLedger } from './report.ts';
export type { DetectedCounts } from './verify/detected-facts.ts';
export type { VerifyProgress } from './verify/feeding.ts';
export { exportKeyName, type ManifestVerdict } from './verify/manifest-check.ts';
export type { Reached, ReachedRange } from './verify/reached-ranges.ts';
export { trustFileFor } from './verify/trust-file.ts';
export {
  type BesideReceipt,
  type BundleReport,
  type VerifyBundleOptions,
  verifyBundle,
} from './verify/verify-bundle.ts';
