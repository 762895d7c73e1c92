/** What went wrong with a request, as RFC 9457 problem details. A refusal is not one of these: it is an answer. */
import { SECURITY } from './answer.ts';

/**
 * Every problem that a door answers with, or a server before the door is asked (`throttled`, `timeout`, `expectation_failed`,
 * `headers_too_large`): its status and its title. The `type` is `/problems/<code>`.
 */
export const PROBLEMS = {
  malformed: { status: 400, title: 'The request cannot be read' },
  unauthenticated: { status: 401, title: 'A key is needed' },
  forbidden: { status: 403, title: 'This key is for other routes' },
  not_found: { status: 404, title: 'There is no such route' },
  unknown_tenant: { status: 404, title: 'The tenant has no ledger' },
  no_catalog: { status: 404, title: 'There is no such catalog' },
  no_key: { status: 404, title: 'There is no such key' },
  no_receipt: { status: 404, title: 'There is no such receipt' },
  method_not_allowed: { status: 405, title: 'The route has other methods' },
  intent_conflict: { status: 409, title: 'The id was used for another intent' },
  not_done: { status: 409, title: 'It cannot be done' },
  purged: { status: 410, title: 'The recorded answer was erased' },
  timeout: { status: 408, title: 'The request did not come in time' },
  moved: { status: 421, title: 'The ledger goes on in another place' },
  length_required: { status: 411, title: 'A body is needed' },
  too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body is of another type' },
  expectation_failed: { status: 417, title: 'What is expected cannot be met' },
  event_rejected: { status: 422, title: 'The event belongs to no tenant' },
  no_answer: { status: 422, title: 'The read found no answer' },
  overloaded: { status: 429, title: 'Too much is being decided' },
  throttled: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'The request was not answered' },
  store_unavailable: { status: 503, title: 'The store does not answer' },
  clock_skew: { status: 503, title: 'The clock cannot be trusted' },
  not_ready: { status: 503, title: 'Not ready to decide' },
} as const;

/** The code of a problem: stable, for programs. */
export type ProblemCode = keyof typeof PROBLEMS;

/** A problem before it is written: nothing of the request is in it but names of members and positions. */
export interface Problem {
  readonly problem: ProblemCode;
  readonly detail: string;
  /** Further members (RFC 9457 section 3.2). */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Whether a step of reading a request ended in a problem. */
export const isProblem = (x: unknown): x is Problem => typeof x === 'object' && x !== null && 'problem' in x;

/** A problem as it is written: for a server that answers below the door, where there is no `Response` yet. */
export interface WrittenProblem {
  readonly status: number;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Writes a problem. `type` is a relative reference, so that it holds wherever the door is mounted. */
export const writeProblem = ({ problem, detail, more, headers }: Problem): WrittenProblem => {
  const { status, title } = PROBLEMS[problem];
  const body = { type: `/problems/${problem}`, title, status, code: problem, detail, ...more };
  return {
    status,
    title,
    headers: { ...SECURITY, 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify(body),
  };
};

/** The problem as a response. */
export const problemResponse = (problem: Problem): Response => {
  const { status, headers, body } = writeProblem(problem);
  return new Response(body, { status, headers });
};
