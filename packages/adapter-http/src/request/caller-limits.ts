/** How much one key, and all keys of one tenant, may ask: what one caller asks takes nothing from another. */

import type { Clock, CredentialStore, Ms } from '@tai-autonomics/governor';
import { verifyKey } from '@tai-autonomics/governor/door';
import type { Authenticated } from '@tai-autonomics/governor/tokens';
import type { Door } from '../options.ts';
import { pushKeyOf } from './authentication.ts';
import { byKeys } from './by-keys.ts';
import { createThrottle, type Refusal, rateLimitHeaders, throttledResponse } from './throttle.ts';

/** Requests a second. */
export interface CallerLimits {
  readonly perKey: number;
  readonly perTenant: number;
}

/** 100 requests a second for a key, 400 for all keys of a tenant; five seconds’ worth may come at once. */
export const CALLER_LIMITS: CallerLimits = { perKey: 100, perTenant: 400 };

const BURST_MS: Ms = 5_000;

/** Limits what callers ask. */
export interface CallerLimiter {
  /** Answers 429 for a request that may not pass, and counts one that may. */
  (request: Request): Promise<Response | undefined>;
  /** Counts what a request that passed asks beside itself: the other questions of a batch. 429 if that is too much. */
  spend(request: Request, count: number): Promise<Response | undefined>;
  /** `RateLimit` and `RateLimit-Policy` of whoever asked; none for a request of nobody. */
  headersOf(request: Request): Promise<Readonly<Record<string, string>>>;
}

/**
 * Answers 429 with `retry-after` for a request above the limits, and `undefined` for one that may pass. Only a key that is
 * right is counted: nobody uses up what another one may ask. Nothing was decided then, so there is no receipt. A request
 * without a key counts for the key of its session, where `sessionOf` knows one; `authenticate` knows callers by more than keys.
 */
export const limitCallers = (
  credentials: CredentialStore,
  limits: () => CallerLimits,
  clock: Clock,
  sessionOf: (request: Request) => Promise<Authenticated | undefined> = async () => undefined,
  authenticate: Door['authenticate'] = byKeys(credentials),
): CallerLimiter => {
  const keys = createThrottle(() => ({ get: () => limits().perKey }), clock, BURST_MS);
  const tenants = createThrottle(() => ({ get: () => limits().perTenant }), clock, BURST_MS);
  const callers = new WeakMap<Request, Authenticated>();
  const admit = async ({ keyId, tenant }: Authenticated, count: number): Promise<Refused | undefined> => {
    const key = await keys.admit(keyId, count);
    if (!key.admitted) return { ...key, who: 'this key' };
    if (tenant === undefined) return undefined;
    const all = await tenants.admit(tenant, count);
    return all.admitted ? undefined : { ...all, who: 'the keys of this tenant together' };
  };
  const limited = async (request: Request): Promise<Response | undefined> => {
    const isPush = new URL(request.url).pathname === '/pubsub';
    const verified = isPush ? await verifyKey(credentials, pushKeyOf(request)) : await authenticate(request);
    const whose = verified._tag === 'Right' ? verified.right : await sessionOf(request);
    if (whose === undefined) return undefined;
    callers.set(request, whose);
    const refused = await admit(whose, 1);
    return refused === undefined ? undefined : tooMany(refused);
  };
  return Object.assign(limited, {
    spend: async (request: Request, count: number): Promise<Response | undefined> => {
      const whose = callers.get(request);
      const refused = whose === undefined || count < 1 ? undefined : await admit(whose, count);
      return refused === undefined ? undefined : tooMany(refused);
    },
    headersOf: async (request: Request): Promise<Readonly<Record<string, string>>> => {
      const whose = callers.get(request);
      if (whose === undefined) return {};
      const key = await keys.standing(whose.keyId);
      const all = whose.tenant === undefined ? undefined : await tenants.standing(whose.tenant);
      return rateLimitHeaders([
        ...(key === undefined ? [] : [['key', key] as const]),
        ...(all === undefined ? [] : [['tenant', all] as const]),
      ]);
    },
  });
};

type Refused = Refusal & { readonly who: string };

const tooMany = ({ who, limit, retryAfterMs }: Refused): Response =>
  throttledResponse(
    `${who} may ask ${limit} times a second; nothing was decided, ask again later with the same id`,
    retryAfterMs,
  );
