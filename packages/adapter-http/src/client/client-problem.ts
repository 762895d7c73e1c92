/** Why a call was not answered. */
import type { ProblemCode } from '../answer/problem.ts';

/** A problem of the door, as RFC 9457 has it. `retryAfterMs` where it is worth asking again, with the same id. */
export interface ClientProblem {
  readonly status: number;
  /** `unreachable`: no answer came, so nobody knows whether it was recorded. `unknown`: what answered is no door of ours. */
  readonly code: ProblemCode | 'unreachable' | 'unknown';
  readonly detail: string;
  readonly retryAfterMs?: number;
}

/** Whether it is one, and no response: not asked by class, as a server in the same process may put its own in the place of `Response`. */
export const isProblem = (answer: Response | ClientProblem): answer is ClientProblem => 'code' in answer;
