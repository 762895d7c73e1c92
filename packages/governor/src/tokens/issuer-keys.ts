/** The public keys of an issuer, from the one place that the configuration names. */

import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Ms } from '../ports.ts';
import { documentUrl, isDocumentUrl } from '../remote/document-url.ts';

/** How keys are asked for. */
export interface IssuerKeysOptions {
  /** How long keys count without asking again; ten minutes where absent. */
  readonly freshMs?: Ms;
  /** How long they count while the issuer does not answer; an hour where absent. */
  readonly staleMs?: Ms;
  /** A key that is not there is asked for again after this; half a minute where absent. */
  readonly cooldownMs?: Ms;
  /** Told once when the issuer does not answer, and once with nothing when it does again. */
  readonly onFault?: (why: string | undefined) => void;
}

const TIMEOUT_MS: Ms = 5_000;
const FRESH_MS: Ms = 600_000;
const STALE_MS: Ms = 3_600_000;
const COOLDOWN_MS: Ms = 30_000;
const KEYS_MAX = 100;
const BACKOFF_MS: Ms = 1_000;
const BACKOFF_MOST_MS: Ms = 60_000;

/** The issuer's keys can't be had. What was asked can be asked again later. */
export class KeysUnavailable extends Error {}

/**
 * Looks keys up by the header of a token. They are fetched on first use, kept, and asked for again when they are old or a key
 * is missing; never more often than the cool-down, with a pause that doubles while the issuer fails. At most a mebibyte is read,
 * no redirection is followed, and nothing that a token says decides where keys come from.
 */
export const issuerKeys = (url: string, options: IssuerKeysOptions = {}): JWTVerifyGetKey => {
  if (!isDocumentUrl(url)) throw new TypeError('the address of keys does not begin with https://');
  const { freshMs = FRESH_MS, cooldownMs = COOLDOWN_MS } = options;
  const read = patiently(url, options);
  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: freshMs,
    cooldownDuration: Math.min(cooldownMs, freshMs),
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: async () => Response.json(await read()),
  });
  return keys;
};

/** Reads the set; while that fails, answers the last one for a while, and does not knock at every question. */
const patiently = (
  url: string,
  { staleMs = STALE_MS, onFault = () => {} }: IssuerKeysOptions,
): (() => Promise<unknown>) => {
  const source = documentUrl(url, TIMEOUT_MS);
  let last: { readonly jwks: unknown; readonly at: Ms } | undefined;
  let failures = 0;
  let notBefore = 0;
  const stale = (why: string): unknown => {
    if (last !== undefined && performance.now() - last.at <= staleMs) return last.jwks;
    throw new KeysUnavailable(why);
  };
  return async () => {
    if (performance.now() < notBefore) return stale('the keys of the issuer could not be read lately');
    const found = E.chain(keySet)(await source().catch((thrown: unknown) => E.left(messageOf(thrown))));
    if (E.isLeft(found)) {
      failures += 1;
      notBefore = performance.now() + Math.min(BACKOFF_MOST_MS, BACKOFF_MS * 2 ** Math.min(failures - 1, 10));
      if (failures === 1) onFault(found.left);
      return stale(found.left);
    }
    if (failures > 0) onFault(undefined);
    failures = 0;
    last = { jwks: found.right, at: performance.now() };
    return found.right;
  };
};

/** What is no set of keys is a failure of the issuer too: it would be asked for again at every question. */
const keySet = (x: unknown): E.Either<string, unknown> =>
  isPlainObject(x) && Array.isArray(x['keys']) && x['keys'].length <= KEYS_MAX && x['keys'].every(isPlainObject)
    ? E.right(x)
    : E.left(`expected a JWK set of at most ${KEYS_MAX} keys`);
