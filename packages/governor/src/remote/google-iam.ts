/**
 * Allow policies of Google Cloud over REST: `getIamPolicy` in version 3, and `setIamPolicy` with the etag that was read, so
 * that a policy that changed in between is never overwritten.
 */

import { readFile } from 'node:fs/promises';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf, oneLine } from '../bounds/bounded-text.ts';
import {
  declaredPolicy,
  type IamRestored,
  type IamService,
  type Policy,
  restoreIamPolicy,
} from '../local/iam-policy.ts';
import { parseJsonText } from '../local/json-file.ts';
import { type Places, registeredFor } from '../local/places.ts';
import type { Handler, HandlerCall, Ms } from '../ports.ts';

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

/** The service of one resource. A policy without an etag is never written. */
export const googleIamService = (resource: GoogleIamResource, timeoutMs: Ms): IamService => {
  const read: IamService['read'] = (signal) =>
    call(resource, 'getIamPolicy', { options: { requestedPolicyVersion: 3 } }, signal);
  return {
    read,
    compareAndSet: async (etag, replace) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const before = await read(signal);
      if (E.isLeft(before)) return before;
      if (etag === '' || before.right['etag'] !== etag) return E.left(CHANGED);
      return call(resource, 'setIamPolicy', { policy: { ...replace(before.right), etag } }, signal);
    },
  };
};

/** The handler over Google IAM. What is thrown is the detail of a failed step, and then nothing was written. */
export const googleIamPolicy = async (step: HandlerCall): Promise<IamRestored> => {
  const place = registeredFor(step.options['policies'], step);
  if (!isPlace(place)) throw new Error('no policy is registered for this resource');
  const { timeoutMs } = step.step.limits;
  const declared = await declaredPolicy(place, timeoutMs, step.signal);
  if (E.isLeft(declared)) throw new Error(declared.left);
  const done = await restoreIamPolicy(step, declared.right, googleIamService(place.google, timeoutMs));
  if (E.isLeft(done)) throw new Error(done.left);
  return done.right;
};

/** The registration of `googleIamPolicy` for a step, over these places (tenant → resource → place). */
export const googleIamPolicyHandler = (step: string, policies: Places<GoogleIamPlace>): Handler => ({
  step,
  module: import.meta.url,
  export: 'googleIamPolicy',
  options: { policies },
});

/** A token is sent over TLS alone, or not out of this machine. */
const isEndpoint = (text: unknown): boolean => {
  if (text === undefined) return true;
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, hostname, search, hash } = new URL(text);
  return search === '' && hash === '' && (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname)));
};

const CHANGED = 'the policy changed since it was looked at: its etag moved';

const call = async (
  { resource, endpoint = ENDPOINT, tokenFile }: GoogleIamResource,
  method: 'getIamPolicy' | 'setIamPolicy',
  body: unknown,
  signal: AbortSignal,
): Promise<E.Either<string, Policy>> => {
  try {
    const token = (await readFile(tokenFile, 'utf8')).trim();
    const answer = await fetch(`${endpoint.replace(/\/+$/, '')}/${resource}:${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal,
    });
    const json = parseJsonText(new Uint8Array(await answer.arrayBuffer()));
    const said = E.isRight(json) ? json.right : undefined;
    if (!answer.ok) {
      const error = isPlainObject(said) && isPlainObject(said['error']) ? said['error'] : {};
      if (answer.status === 409 || error['status'] === 'ABORTED') return E.left(CHANGED);
      return E.left(oneLine(`${method}: ${answer.status} ${error['status'] ?? ''} ${error['message'] ?? ''}`));
    }
    return isPlainObject(said) ? E.right(said) : E.left(`${method} did not answer a policy`);
  } catch (thrown) {
    return E.left(`${method}: ${messageOf(thrown)}`);
  }
};

/** Where the declared policy of a resource stands, and the resource whose policy is in force. */
export interface GoogleIamPlace {
  readonly repository: string;
  readonly declared: string;
  readonly google: GoogleIamResource;
}

const isPlace = (x: unknown): x is GoogleIamPlace =>
  isPlainObject(x) &&
  typeof x['repository'] === 'string' &&
  typeof x['declared'] === 'string' &&
  isGoogleIamResource(x['google']);
