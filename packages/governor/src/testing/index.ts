/** For whoever tests a deployment: suites that a host runs against its own wiring. Not needed to run anything. */
export {
  type IsolationCase,
  type IsolationTestApi,
  type IsolationWiring,
  isolationCases,
  isolationSuite,
} from './isolation.ts';
