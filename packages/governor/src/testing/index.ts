/** For whoever tests a deployment: suites that a host runs against its own wiring. Not needed to run anything. */

export {
  createTreeCache,
  type Leaves,
  type TreeCache,
  type TreeSource,
  type TreeStart,
  treeStart,
} from '../ledger/tree-cache.ts';
export { lockFile } from '../node/file-lock.ts';
export { createSubscriber } from '../signals/subscriber.ts';
export { createJobs, type Job, type Jobs } from '../walk/walk-jobs.ts';
export {
  type IsolationCase,
  type IsolationResult,
  type IsolationTestApi,
  type IsolationWiring,
  isolationCases,
  isolationReport,
  isolationSuite,
} from './isolation.ts';
