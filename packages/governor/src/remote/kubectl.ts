/**
 * A Deployment of Kubernetes, by `kubectl`: what it says of it, and a rollback of it. `kubectl` has the credentials and the
 * cluster's address; nothing here sees them.
 */

import { execFile } from 'node:child_process';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf, oneLine } from '../bounds/bounded-text.ts';
import { parseJsonText } from '../local/json-file.ts';
import { type Places, registeredFor } from '../local/places.ts';
import { type DetectorOptions, observerOf, remembered, seenIn } from '../local/raw-evidence.ts';
import type { Handler, HandlerCall, Ms, Observer, TenantResource } from '../ports.ts';

/** Where a Deployment is. */
export interface KubernetesPlace {
  readonly namespace: string;
  readonly deployment: string;
  /** A context of the kubeconfig; absent: the current one. */
  readonly context?: string;
  /** A kubeconfig file; absent: kubectl's own default. */
  readonly kubeconfig?: string;
  /** The program; absent: `kubectl`, found on the PATH. */
  readonly kubectl?: string;
}

const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const TEXT = /^[^-\p{Cc}][^\p{Cc}]{0,499}$/u;
const OUTPUT_BYTES_MAX = 67_108_864;

type Members = Readonly<Record<string, unknown>>;

/** Whether it names a Deployment, with nothing that a command line could read as an option. */
export const isKubernetesPlace = (x: unknown): x is KubernetesPlace => {
  if (!isPlainObject(x)) return false;
  const isText = (name: string): boolean =>
    x[name] === undefined || (typeof x[name] === 'string' && TEXT.test(x[name] as string));
  const isName = (name: string): boolean => typeof x[name] === 'string' && NAME.test(x[name] as string);
  return isName('namespace') && isName('deployment') && ['context', 'kubeconfig', 'kubectl'].every(isText);
};

/** An observer of Deployments. It asks `kubectl` for one Deployment by its name; what kubectl refuses is nothing seen. */
export const kubectlObserver = (options: KubectlObserverOptions): Observer =>
  observerOf(options, options.detector.facts, async (of, signal, recall) => {
    const observedAt = options.clock();
    const place = options.place(of);
    if (place === undefined) return E.left('no Deployment is registered for this resource');
    if (!isKubernetesPlace(place)) return E.left('what is registered for this resource is no Deployment');
    const raw = await read(place, { timeoutMs: options.timeoutMs, signal });
    if (E.isLeft(raw)) return raw;
    const [, ...replicaSets] = raw.right['items'] as readonly unknown[];
    const ledger = remembered(options.detector, replicaSets.map(nameOf), recall);
    const { namespace, deployment } = place;
    const told = ledger === undefined ? raw.right : { deployment, namespace, answer: raw.right, ledger };
    return seenIn(told, observedAt, options);
  });

/**
 * The handler: `kubectl rollout undo` to the revision of the ReplicaSet that the step names, and then `kubectl rollout
 * status` until it is complete. Idempotent. What is thrown is the detail of a failed step.
 */
export const kubectlRollback = async (call: HandlerCall): Promise<KubernetesRollback> => {
  const place = registeredFor(call.options['places'], call);
  if (!isKubernetesPlace(place)) throw new Error('no Deployment is registered for this resource');
  const target = call.step.with['target_version'];
  if (typeof target !== 'string' || !NAME.test(target))
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
const own = (json: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, name) => (isPlainObject(at) && Object.hasOwn(at, name) ? at[name] : undefined), json);

interface Call {
  readonly timeoutMs: Ms;
  readonly signal: AbortSignal;
}

/** Runs kubectl with these arguments: no shell, no input. */
const run = (place: KubernetesPlace, args: readonly string[], call: Call): Promise<E.Either<string, string>> =>
  new Promise((resolve) => {
    const { namespace, context, kubeconfig, kubectl = 'kubectl' } = place;
    const where = [
      `--namespace=${namespace}`,
      ...(context === undefined ? [] : [`--context=${context}`]),
      ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
    ];
    const options = { encoding: 'utf8', maxBuffer: OUTPUT_BYTES_MAX, shell: false, killSignal: 'SIGKILL' } as const;
    try {
      const child = execFile(
        kubectl,
        [...args, ...where, `--request-timeout=${call.timeoutMs}ms`],
        { ...options, timeout: call.timeoutMs, signal: call.signal },
        (error, stdout, stderr) =>
          resolve(
            error === null ? E.right(stdout) : E.left(`kubectl ${args[0]}: ${oneLine(stderr) || messageOf(error)}`),
          ),
      );
      child.stdin?.end();
    } catch (thrown) {
      // What is no program at all is refused at once.
      resolve(E.left(`kubectl ${args[0]}: ${messageOf(thrown)}`));
    }
  });

const KINDS = 'deployments.apps,replicasets.apps';

/** The Deployment and the ReplicaSets that it controls, as one List: of a namespace no more is kept than is meant. */
const read = async (place: KubernetesPlace, call: Call): Promise<E.Either<string, Members>> => {
  const text = await run(place, ['get', KINDS, '--output=json'], call);
  if (E.isLeft(text)) return text;
  const json = parseJsonText(text.right);
  if (E.isLeft(json)) return E.left(`the answer of kubectl: ${json.left}`);
  const items = own(json.right, 'items');
  if (own(json.right, 'kind') !== 'List' || !Array.isArray(items)) return E.left('kubectl did not answer a List');
  const deployment = items.find(
    (item) => own(item, 'kind') === 'Deployment' && own(item, 'metadata', 'name') === place.deployment,
  );
  if (deployment === undefined) return E.left(`the namespace has no Deployment ${place.deployment}`);
  const uid = own(deployment, 'metadata', 'uid');
  const isOwned = (item: unknown): boolean => {
    const owners = own(item, 'metadata', 'ownerReferences');
    return (
      own(item, 'kind') === 'ReplicaSet' && Array.isArray(owners) && owners.some((owner) => own(owner, 'uid') === uid)
    );
  };
  return E.right({ apiVersion: 'v1', kind: 'List', items: [deployment, ...items.filter(isOwned)] });
};

/** What an observer of Deployments is made from. */
export interface KubectlObserverOptions extends DetectorOptions {
  /** Where the resource's Deployment is; `undefined`: this observer doesn't know the resource. */
  readonly place: (of: TenantResource) => KubernetesPlace | undefined;
}

/** What was rolled back: the ReplicaSets before and after, and the revision whose template is in force again. */
export interface KubernetesRollback {
  readonly from: string;
  readonly to: string;
  readonly revision: string;
}

const REVISION = 'deployment.kubernetes.io/revision';
const revisionOf = (json: unknown): string | undefined => {
  const revision = own(json, 'metadata', 'annotations', REVISION);
  return typeof revision === 'string' && /^[1-9]\d{0,14}$/.test(revision) ? revision : undefined;
};
const nameOf = (json: unknown): string => String(own(json, 'metadata', 'name'));

const rollBack = async (
  place: KubernetesPlace,
  to: string,
  call: Call,
): Promise<E.Either<string, KubernetesRollback>> => {
  const list = await read(place, call);
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
    const undone = await run(place, ['rollout', 'undo', name, `--to-revision=${revision}`], call);
    if (E.isLeft(undone)) return undone;
  }
  const status = await run(place, ['rollout', 'status', name, '--watch=true', `--timeout=${call.timeoutMs}ms`], call);
  return E.isLeft(status) ? status : E.right(done);
};
