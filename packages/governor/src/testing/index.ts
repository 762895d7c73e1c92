/** For whoever tests a deployment: suites that a host runs against its own wiring. Not needed to run anything. */
export {
  type IsolationCase,
  type IsolationResult,
  type IsolationTestApi,
  type IsolationWiring,
  isolationCases,
  isolationReport,
  isolationSuite,
} from './isolation.ts';
