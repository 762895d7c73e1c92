/** A rollback of a Deployment of Kubernetes, by `kubectl`. */
import { either as E } from 'fp-ts';
import { oneLine } from '../bounds/bounded-text.ts';
import { uncertainEnding } from '../executor/uncertain-ending.ts';
import { type Places, registeredFor } from '../local/places.ts';
import type { Handler, HandlerCall } from '../ports.ts';
import {
  isKubernetesPlace,
  KUBERNETES_NAME,
  type KubectlCall,
  type KubernetesPlace,
  memberAt,
  nameOf,
  readDeployment,
  runKubectl,
} from '../remote/kubectl.ts';

/**
 * The handler: `kubectl rollout undo` to the revision of the ReplicaSet that the step names, and then `kubectl rollout
 * status` until it is complete. Idempotent. What is thrown is the detail of a step that changed nothing; once the rollback was
 * sent, of one of which nobody knows.
 */
export const kubectlRollback = async (call: HandlerCall): Promise<KubernetesRollback> => {
  const place = registeredFor(call.options['places'], call);
  if (!isKubernetesPlace(place)) throw new Error('no Deployment is registered for this resource');
  const target = call.step.with['target_version'];
  if (typeof target !== 'string' || !KUBERNETES_NAME.test(target))
    throw new Error('target_version is not the name of a ReplicaSet');
  const done = await rollBack(place, target, { timeoutMs: call.step.limits.timeoutMs, signal: call.signal });
  if (E.isLeft(done)) throw new Error(done.left);
  return done.right;
};

/** The registration of `kubectlRollback` for a step, over these Deployments (tenant → resource → place). */
export const kubectlRollbackHandler = (step: string, places: Places<KubernetesPlace>): Handler => ({
  step,
  module: import.meta.url,
  export: 'kubectlRollback',
  options: { places },
});

/** What was rolled back: the ReplicaSets before and after, and the revision whose template is in force again. */
export interface KubernetesRollback {
  readonly from: string;
  readonly to: string;
  readonly revision: string;
}

const REVISION = 'deployment.kubernetes.io/revision';
const revisionOf = (json: unknown): string | undefined => {
  const revision = memberAt(json, 'metadata', 'annotations', REVISION);
  return typeof revision === 'string' && /^[1-9]\d{0,14}$/.test(revision) ? revision : undefined;
};
const rollBack = async (
  place: KubernetesPlace,
  to: string,
  call: KubectlCall,
): Promise<E.Either<string, KubernetesRollback>> => {
  const list = await readDeployment(place, call);
  if (E.isLeft(list)) return list;
  const [deployment, ...replicaSets] = list.right['items'] as readonly unknown[];
  const current = revisionOf(deployment);
  const target = replicaSets.find((one) => nameOf(one) === to);
  const revision = revisionOf(target);
  if (current === undefined || revision === undefined)
    return E.left(`the Deployment keeps no ReplicaSet ${oneLine(to)} with a revision: nothing was done`);
  const from = replicaSets.find((one) => revisionOf(one) === current);
  const done = { from: from === undefined ? `revision ${current}` : nameOf(from), to, revision };
  const name = `deployments.apps/${place.deployment}`;
  // Already there: the step was carried out before, and a second time changes nothing but waits.
  if (revision !== current) {
    const undone = await runKubectl(place, ['rollout', 'undo', name, `--to-revision=${revision}`], call);
    if (E.isLeft(undone)) {
      if (undone.left.isNothing) return E.left(undone.left.detail);
      throw uncertainEnding(undone.left.detail);
    }
  }
  const status = await runKubectl(
    place,
    ['rollout', 'status', name, '--watch=true', `--timeout=${call.timeoutMs}ms`],
    call,
  );
  // The template of that revision is in force, whatever becomes of its Pods.
  if (E.isLeft(status)) throw uncertainEnding(status.left.detail);
  return E.right(done);
};
