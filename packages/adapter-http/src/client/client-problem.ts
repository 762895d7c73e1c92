/** Why a call was not answered. */
import type { ProblemCode } from '../answer/problem.ts';

/** A problem of the door, as RFC 9457 has it. `retryAfterMs` where it is worth asking again, with the same id. */
export interface ClientProblem {
  readonly status: number;
  /** `unreachable`: no answer came, so nobody knows whether it was recorded. `unknown`: what answered is no door of ours. */
  readonly code: ProblemCode | 'throttled' | 'unreachable' | 'unknown';
  readonly detail: string;
  readonly retryAfterMs?: number;
}
