/** For whoever tests a policy: trials over a scene, and matchers for the runner at hand. Not needed to decide anything. */
export { type DecisionMatchers, type Matched, matchers, type RefusalWanted } from './matchers.ts';
export type { Step } from './step.ts';
export { type Trial, trials } from './trial.ts';
