/** Allow policies of Google Cloud over REST: `getIamPolicy` in version 3. */

import { readFile } from 'node:fs/promises';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf, oneLine } from '../bounds/bounded-text.ts';
import { isUncertain, uncertainEnding } from '../executor/uncertain-ending.ts';
import type { IamReader, Policy } from '../local/iam-policy.ts';
import { parseJsonText } from '../local/json-file.ts';
import { isCode } from '../node/durable-file.ts';

/** A resource of Google Cloud with an allow policy. */
export interface GoogleIamResource {
  /** As its API names it: `projects/shop`, `projects/shop/locations/europe-west1/services/checkout`. */
  readonly resource: string;
  /** The API with its version; absent: `https://cloudresourcemanager.googleapis.com/v3`. */
  readonly endpoint?: string;
  /** A file with an access token, kept fresh by somebody else: `gcloud auth print-access-token > FILE`. */
  readonly tokenFile: string;
}

const ENDPOINT = 'https://cloudresourcemanager.googleapis.com/v3';
const RESOURCE = /^[a-z][A-Za-z0-9]*(?:\/[A-Za-z0-9][A-Za-z0-9._~%:-]*)+$/;
const LOOPBACK = /^(?:127\.0\.0\.1|\[::1\]|localhost)$/;

/** Whether it names a resource of Google Cloud, at an endpoint that a token may be sent to. */
export const isGoogleIamResource = (x: unknown): x is GoogleIamResource =>
  isPlainObject(x) &&
  typeof x['resource'] === 'string' &&
  RESOURCE.test(x['resource']) &&
  typeof x['tokenFile'] === 'string' &&
  isEndpoint(x['endpoint']);

/** Reads the policy in force of one resource. */
export const googleIamReader = (resource: GoogleIamResource): IamReader => ({
  read: (signal) => callGoogleIam(resource, 'getIamPolicy', { options: { requestedPolicyVersion: 3 } }, signal),
});

/** What a policy that moved is refused with. */
export const CHANGED = 'the policy changed since it was looked at: its etag moved';

/** Why a request never left this machine. */
const UNSENT: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/**
 * One call of the service. Rejects with an uncertain ending where a policy that was sent may have been written: the answer did not
 * come, or is none.
 */
export const callGoogleIam = async (
  { resource, endpoint = ENDPOINT, tokenFile }: GoogleIamResource,
  method: 'getIamPolicy' | 'setIamPolicy',
  body: unknown,
  signal: AbortSignal,
): Promise<E.Either<string, Policy>> => {
  const lost = (why: string): E.Either<string, never> => {
    if (method === 'setIamPolicy') throw uncertainEnding(why);
    return E.left(why);
  };
  const token = await readFile(tokenFile, 'utf8').catch((thrown: unknown) => E.left(`${method}: ${messageOf(thrown)}`));
  if (typeof token !== 'string') return token;
  if (signal.aborted) return E.left(`${method}: the time of the step is up: nothing was done`);
  try {
    const answer = await fetch(`${endpoint.replace(/\/+$/, '')}/${resource}:${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal,
    });
    const json = parseJsonText(new Uint8Array(await answer.arrayBuffer()));
    const said = E.isRight(json) ? json.right : undefined;
    if (!answer.ok) {
      const error = isPlainObject(said) && isPlainObject(said['error']) ? said['error'] : {};
      if (answer.status === 409 || error['status'] === 'ABORTED') return E.left(CHANGED);
      const why = oneLine(`${method}: ${answer.status} ${error['status'] ?? ''} ${error['message'] ?? ''}`);
      return didNothing(answer.status) ? E.left(why) : lost(why);
    }
    return isPlainObject(said) ? E.right(said) : lost(`${method} did not answer a policy`);
  } catch (thrown) {
    if (isUncertain(thrown)) throw thrown;
    const why = `${method}: ${messageOf(thrown)}`;
    return isUnsent(thrown) ? E.left(why) : lost(why);
  }
};

/** What the service answers where it did nothing: what it was asked is wrong, or not allowed, or changed since. */
const didNothing = (status: number): boolean => status >= 400 && status < 500 && status !== 408;

const isUnsent = (thrown: unknown): boolean => {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return UNSENT.some((code) => isCode(cause, code));
};

/** Where the declared policy of a resource stands, and the resource whose policy is in force. */
export interface GoogleIamPlace {
  readonly repository: string;
  readonly declared: string;
  readonly google: GoogleIamResource;
}

/** A token is sent over TLS alone, or not out of this machine. */
const isEndpoint = (text: unknown): boolean => {
  if (text === undefined) return true;
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, hostname, search, hash } = new URL(text);
  return search === '' && hash === '' && (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname)));
};
