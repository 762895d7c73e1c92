/**
 * A Deployment of Kubernetes, by `kubectl`: what it says of it. `kubectl` has the credentials and the cluster's address;
 * nothing here sees them.
 */

import { execFile } from 'node:child_process';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf, oneLine } from '../bounds/bounded-text.ts';
import { parseJsonText } from '../local/json-file.ts';
import { type DetectorOptions, observerOf, remembered, seenIn } from '../local/raw-evidence.ts';
import type { Ms, Observer, TenantResource } from '../ports.ts';

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

/** What an object may be called. */
export const KUBERNETES_NAME: RegExp = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const TEXT = /^[^-\p{Cc}][^\p{Cc}]{0,499}$/u;
const OUTPUT_BYTES_MAX = 67_108_864;

type Members = Readonly<Record<string, unknown>>;

/** Whether it names a Deployment, with nothing that a command line could read as an option. */
export const isKubernetesPlace = (x: unknown): x is KubernetesPlace => {
  if (!isPlainObject(x)) return false;
  const isText = (name: string): boolean =>
    x[name] === undefined || (typeof x[name] === 'string' && TEXT.test(x[name] as string));
  const isName = (name: string): boolean => typeof x[name] === 'string' && KUBERNETES_NAME.test(x[name] as string);
  return isName('namespace') && isName('deployment') && ['context', 'kubeconfig', 'kubectl'].every(isText);
};

/** An observer of Deployments. It asks `kubectl` for one Deployment by its name; what kubectl refuses is nothing seen. */
export const kubectlObserver = (options: KubectlObserverOptions): Observer =>
  observerOf(options, options.detector.facts, async (of, signal, recall) => {
    const observedAt = options.clock();
    const place = options.place(of);
    if (place === undefined) return E.left('no Deployment is registered for this resource');
    if (!isKubernetesPlace(place)) return E.left('what is registered for this resource is no Deployment');
    const raw = await readDeployment(place, { timeoutMs: options.timeoutMs, signal });
    if (E.isLeft(raw)) return raw;
    const [, ...replicaSets] = raw.right['items'] as readonly unknown[];
    const ledger = remembered(options.detector, replicaSets.map(nameOf), recall);
    const { namespace, deployment } = place;
    const told = ledger === undefined ? raw.right : { deployment, namespace, answer: raw.right, ledger };
    return seenIn(told, observedAt, options);
  });

/** A member, however deep; nothing that is inherited. */
export const memberAt = (json: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, name) => (isPlainObject(at) && Object.hasOwn(at, name) ? at[name] : undefined), json);

/** How long kubectl may take, and what ends it before. */
export interface KubectlCall {
  readonly timeoutMs: Ms;
  readonly signal: AbortSignal;
}

/** Why kubectl did not end well. `isNothing`: it never started, or the server or kubectl itself refused what was asked. */
export interface KubectlFault {
  readonly detail: string;
  readonly isNothing: boolean;
}

/** What says that nothing was done: the server's refusal, by its reason, or that there is no such revision. */
const REFUSED =
  /^(?:Error from server \((?:Forbidden|NotFound|Invalid|BadRequest|Conflict|Unauthorized|MethodNotAllowed|NotAcceptable|UnsupportedMediaType)\)|error: unable to find specified revision )/m;

/** Runs kubectl with these arguments: no shell, no input. */
export const runKubectl = (
  place: KubernetesPlace,
  args: readonly string[],
  call: KubectlCall,
): Promise<E.Either<KubectlFault, string>> =>
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
        (error, stdout, stderr) => {
          if (error === null) return resolve(E.right(stdout));
          const detail = `kubectl ${args[0]}: ${oneLine(stderr) || messageOf(error)}`;
          const isCode = typeof error.code === 'number' && !child.killed;
          resolve(E.left({ detail, isNothing: child.pid === undefined || (isCode && REFUSED.test(stderr)) }));
        },
      );
      child.stdin?.end();
    } catch (thrown) {
      // What is no program at all is refused at once.
      resolve(E.left({ detail: `kubectl ${args[0]}: ${messageOf(thrown)}`, isNothing: true }));
    }
  });

const KINDS = 'deployments.apps,replicasets.apps';

/** The Deployment and the ReplicaSets that it controls, as one List: of a namespace no more is kept than is meant. */
export const readDeployment = async (place: KubernetesPlace, call: KubectlCall): Promise<E.Either<string, Members>> => {
  const text = await runKubectl(place, ['get', KINDS, '--output=json'], call);
  if (E.isLeft(text)) return E.left(text.left.detail);
  const json = parseJsonText(text.right);
  if (E.isLeft(json)) return E.left(`the answer of kubectl: ${json.left}`);
  const items = memberAt(json.right, 'items');
  if (memberAt(json.right, 'kind') !== 'List' || !Array.isArray(items)) return E.left('kubectl did not answer a List');
  const deployment = items.find(
    (item) => memberAt(item, 'kind') === 'Deployment' && memberAt(item, 'metadata', 'name') === place.deployment,
  );
  if (deployment === undefined) return E.left(`the namespace has no Deployment ${place.deployment}`);
  const uid = memberAt(deployment, 'metadata', 'uid');
  const isOwned = (item: unknown): boolean => {
    const owners = memberAt(item, 'metadata', 'ownerReferences');
    return (
      memberAt(item, 'kind') === 'ReplicaSet' &&
      Array.isArray(owners) &&
      owners.some((owner) => memberAt(owner, 'uid') === uid)
    );
  };
  return E.right({ apiVersion: 'v1', kind: 'List', items: [deployment, ...items.filter(isOwned)] });
};

/** What an observer of Deployments is made from. */
export interface KubectlObserverOptions extends DetectorOptions {
  /** Where the resource's Deployment is; `undefined`: this observer doesn't know the resource. */
  readonly place: (of: TenantResource) => KubernetesPlace | undefined;
}

/** The name of an object. */
export const nameOf = (json: unknown): string => String(memberAt(json, 'metadata', 'name'));
