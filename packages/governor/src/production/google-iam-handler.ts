/**
 * Writes allow policies of Google Cloud: `setIamPolicy` with the etag that was read, so that a policy that changed in between is
 * never overwritten.
 */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { declaredPolicy, type IamRestored, type IamService, restoreIamPolicy } from '../local/iam-policy.ts';
import { type Places, registeredFor } from '../local/places.ts';
import type { Handler, HandlerCall } from '../ports.ts';
import {
  CHANGED,
  callGoogleIam,
  type GoogleIamPlace,
  type GoogleIamResource,
  googleIamReader,
  isGoogleIamResource,
} from '../remote/google-iam.ts';

/** The service of one resource. A policy without an etag is never written. */
export const googleIamService = (resource: GoogleIamResource): IamService => {
  const { read } = googleIamReader(resource);
  return {
    read,
    compareAndSet: async (etag, replace, signal) => {
      const before = await read(signal);
      if (E.isLeft(before)) return before;
      if (etag === '' || before.right['etag'] !== etag) return E.left(CHANGED);
      return callGoogleIam(resource, 'setIamPolicy', { policy: { ...replace(before.right), etag } }, signal);
    },
  };
};

/** The handler over Google IAM. What is thrown is the detail of a step that wrote nothing, or of which nobody knows. */
export const googleIamPolicy = async (step: HandlerCall): Promise<IamRestored> => {
  const place = registeredFor(step.options['policies'], step);
  if (!isPlace(place)) throw new Error('no policy is registered for this resource');
  const { timeoutMs } = step.step.limits;
  const declared = await declaredPolicy(place, timeoutMs, step.signal);
  if (E.isLeft(declared)) throw new Error(declared.left);
  const done = await restoreIamPolicy(step, declared.right, googleIamService(place.google));
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

const isPlace = (x: unknown): x is GoogleIamPlace =>
  isPlainObject(x) &&
  typeof x['repository'] === 'string' &&
  typeof x['declared'] === 'string' &&
  isGoogleIamResource(x['google']);
