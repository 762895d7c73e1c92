/** One handler for a step whose resources are in several systems: each resource is in exactly one of them. */

import { isPlainObject } from '@tai-autonomics/core/receipt';
import { gitRollback } from '../local/git-handler.ts';
import { type IamPolicyPlace, iamPolicyFile } from '../local/iam-policy.ts';
import { type Places, registeredFor } from '../local/places.ts';
import type { Handler, HandlerCall } from '../ports.ts';
import type { GoogleIamPlace } from '../remote/google-iam.ts';
import type { KubernetesPlace } from '../remote/kubectl.ts';
import { googleIamPolicy } from './google-iam-handler.ts';
import { kubectlRollback } from './kubectl-handler.ts';

/** Rolls back where the resource is registered: in a git repository, or in Kubernetes. */
export const rollback = async (call: HandlerCall): Promise<unknown> => {
  const inGit = registeredFor(call.options['repositories'], call) !== undefined;
  const inKubernetes = registeredFor(call.options['places'], call) !== undefined;
  if (inGit && inKubernetes) throw new Error('the resource is registered in git and in Kubernetes: nothing was done');
  return inKubernetes ? kubectlRollback(call) : gitRollback(call);
};

/** The registration of `rollback` for a step, over repositories and Deployments (tenant → resource → place). */
export const rollbackHandler = (
  step: string,
  repositories: Places<string>,
  places: Places<KubernetesPlace>,
): Handler => ({ step, module: import.meta.url, export: 'rollback', options: { repositories, places } });

/** Restores the policy of a resource: in a file, or in Google IAM. */
export const restorePolicy = (call: HandlerCall): Promise<unknown> => {
  const place = registeredFor(call.options['policies'], call);
  return isPlainObject(place) && Object.hasOwn(place, 'google') ? googleIamPolicy(call) : iamPolicyFile(call);
};

/** The registration of `restorePolicy` for a step, over these places (tenant → resource → place). */
export const restorePolicyHandler = (step: string, policies: Places<IamPolicyPlace | GoogleIamPlace>): Handler => ({
  step,
  module: import.meta.url,
  export: 'restorePolicy',
  options: { policies },
});
