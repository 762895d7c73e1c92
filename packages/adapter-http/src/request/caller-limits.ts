/** How much one key, and all keys of one tenant, may ask: what one caller asks takes nothing from another. */
import { type Clock, type CredentialStore, type Ms, verifyKey } from '@tai-autonomics/governor';
import type { Authenticated } from '@tai-autonomics/governor/tokens';
import type { Door } from '../options.ts';
import { pushKeyOf } from './authentication.ts';
import { byKeys } from './by-keys.ts';
import { createThrottle, type Refusal, throttledResponse } from './throttle.ts';

/** Requests a second. */
export interface CallerLimits {
  readonly perKey: number;
  readonly perTenant: number;
}

/** 100 requests a second for a key, 400 for all keys of a tenant; five seconds’ worth may come at once. */
export const CALLER_LIMITS: CallerLimits = { perKey: 100, perTenant: 400 };

const BURST_MS: Ms = 5_000;

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
): ((request: Request) => Promise<Response | undefined>) => {
  const keys = createThrottle(() => ({ get: () => limits().perKey }), clock, BURST_MS);
  const tenants = createThrottle(() => ({ get: () => limits().perTenant }), clock, BURST_MS);
  const admit = async ({ keyId, tenant }: Authenticated): Promise<Refused | undefined> => {
    const key = await keys.admit(keyId);
    if (!key.admitted) return { ...key, who: 'this key' };
    if (tenant === undefined) return undefined;
    const all = await tenants.admit(tenant);
    return all.admitted ? undefined : { ...all, who: 'the keys of this tenant together' };
  };
  return async (request) => {
    const isPush = new URL(request.url).pathname === '/pubsub';
    const verified = isPush ? await verifyKey(credentials, pushKeyOf(request)) : await authenticate(request);
    const whose = verified._tag === 'Right' ? verified.right : await sessionOf(request);
    const refused = whose === undefined ? undefined : await admit(whose);
    return refused === undefined ? undefined : tooMany(refused);
  };
};

type Refused = Refusal & { readonly who: string };

const tooMany = ({ who, limit, retryAfterMs }: Refused): Response =>
  throttledResponse(
    `${who} may ask ${limit} times a second; nothing was decided, ask again later with the same id`,
    retryAfterMs,
  );
