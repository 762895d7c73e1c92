/** A throttle in front of any fetch handler: what storm discipline sets, this enforces. */
import type { Clock, Ms } from '@tai-autonomics/governor';
import { problemResponse } from '../answer/problem.ts';

/** Requests a second by resource; a resource that isn't there is not throttled. A map is one. */
export interface Limits {
  get(resource: string): number | undefined;
}

/** The limits as they are now. `throttleFileReader` answers these. */
export type ReadLimits = () => Limits | Promise<Limits>;

/** Whether a request may pass now, or when to come again. */
export type Admission =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly limit: number; readonly retryAfterMs: Ms };

/** A request that may not pass now. */
export type Refusal = Extract<Admission, { admitted: false }>;

/** A Web-standard fetch handler. */
export type Fetch = (request: Request) => Promise<Response>;

/** How much of what may come at once is left. */
export interface Quota {
  /** Requests that may come at once, and the span in which they come again. */
  readonly quota: number;
  readonly windowMs: Ms;
  readonly remaining: number;
  /** Until all of them may come at once again. */
  readonly resetMs: Ms;
}

/** A throttle in front of a fetch handler. */
export interface Throttle {
  /** Counts requests for a resource, one where their number is absent, if all of them pass. */
  admit(resource: string, count?: number): Promise<Admission>;
  /** How a resource stands now; `undefined` for one that is not throttled. */
  standing(resource: string): Promise<Quota | undefined>;
  /** Answers 429 with `retry-after` in place of the handler where a request may not pass. */
  before(resource: string, handler: Fetch): Fetch;
}

const PASSES: Admission = { admitted: true };
/** Sums of fractions of milliseconds are this exact. */
const ROUNDING_MS = 1e-6;

/**
 * A throttle by GCRA: one number a throttled resource, nothing queued. Of a resource with limit n, no span of t seconds
 * admits more than n·t + max(1, n·b) requests, b being the seconds of a burst, a tenth unless told; steady requests at the
 * limit all pass. A changed limit holds from the next request on, a lifted one too. A clock that steps back makes nobody wait
 * longer than the burst.
 */
export const createThrottle = (readLimits: ReadLimits, clock: Clock, burst: Ms = BURST_MS): Throttle => {
  /** The instant at which the requests admitted so far would have been due, had they come evenly. */
  const due = new Map<string, Ms>();
  const admit = async (resource: string, count = 1): Promise<Admission> => {
    const limit = (await readLimits()).get(resource);
    if (limit === undefined) {
      due.delete(resource);
      return PASSES;
    }
    if (!(limit > 0)) return { admitted: false, limit: 0, retryAfterMs: 1_000 };
    const now = clock();
    const burstMs = Math.max(1_000 / limit, burst);
    const interval = 1_000 / limit;
    const next = Math.max(now, Math.min(due.get(resource) ?? now, now + burstMs));
    const retryAfterMs = next + interval * count - now - burstMs;
    const admitted = retryAfterMs <= ROUNDING_MS;
    // Kept for a refused request too: a lower burst, or an earlier clock, counts from when it was first seen.
    due.set(resource, admitted ? next + interval * count : next);
    return admitted ? PASSES : { admitted, limit, retryAfterMs };
  };
  const standing = async (resource: string): Promise<Quota | undefined> => {
    const limit = (await readLimits()).get(resource);
    if (limit === undefined || !(limit > 0)) return undefined;
    const windowMs = Math.max(1_000 / limit, burst);
    const resetMs = Math.min(windowMs, Math.max(0, (due.get(resource) ?? 0) - clock()));
    const inMs = (ms: Ms): number => Math.floor((ms * limit) / 1_000 + ROUNDING_MS);
    return { quota: inMs(windowMs), windowMs, remaining: inMs(windowMs - resetMs), resetMs };
  };
  return {
    admit,
    standing,
    before: (resource, handler) => async (request) => {
      const admission = await admit(resource);
      return admission.admitted ? handler(request) : tooMany(admission);
    },
  };
};

/** 429, and when to come again. */
export const throttledResponse = (detail: string, retryAfterMs: Ms): Response =>
  problemResponse({
    problem: 'throttled',
    detail,
    headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) },
  });

/**
 * `RateLimit` and `RateLimit-Policy` as the IETF draft has them (draft-ietf-httpapi-ratelimit-headers, version 10): what is left of each
 * by name, and in how many seconds all is back. None of nothing.
 */
export const rateLimitHeaders = (
  standings: readonly (readonly [string, Quota])[],
): Readonly<Record<string, string>> => {
  if (standings.length === 0) return {};
  const seconds = (ms: Ms): number => Math.ceil(ms / 1_000);
  return {
    ratelimit: standings
      .map(([name, { remaining, resetMs }]) => `"${name}";r=${remaining};t=${seconds(resetMs)}`)
      .join(', '),
    'ratelimit-policy': standings
      .map(([name, { quota, windowMs }]) => `"${name}";q=${quota};w=${seconds(windowMs)}`)
      .join(', '),
  };
};

/** How much may come at once: a tenth of a second’s worth, and one request at least. */
const BURST_MS = 100;

const tooMany = ({ limit, retryAfterMs }: Refusal): Response =>
  throttledResponse(`at most ${limit} requests a second are taken for now`, retryAfterMs);
