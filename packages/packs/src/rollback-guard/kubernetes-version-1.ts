/** The first version of `kubernetes_deployment`, for receipts that name it: it waits for the condition Progressing. */

import type { FactId, Value } from '@tai-autonomics/core/author';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Detector } from '../detector.ts';
import { listMember, type Members, member } from '../members.ts';

const REVISION = 'deployment.kubernetes.io/revision';

interface Release {
  readonly name: string;
  readonly revision: number;
}

const at = (json: Members, ...path: readonly string[]): unknown => {
  let value: unknown = json;
  for (const name of path) value = isPlainObject(value) ? member(value, name) : undefined;
  return value;
};

/** Counts of a status are left out when they are 0. */
const count = (json: Members, ...path: readonly string[]): number | undefined => {
  const value = at(json, ...path);
  if (value === undefined) return 0;
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
};

const revisionOf = (json: Members): number | undefined => {
  const text = at(json, 'metadata', 'annotations', REVISION);
  return typeof text === 'string' && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
};

const nameOf = (json: Members): string | undefined => {
  const name = at(json, 'metadata', 'name');
  return typeof name === 'string' && name !== '' ? name : undefined;
};

const holds = (deployment: Members, type: string, reason?: string): boolean => {
  const status = at(deployment, 'status');
  const conditions = isPlainObject(status) ? listMember(status, 'conditions') : undefined;
  return (conditions ?? []).some(
    (c) =>
      isPlainObject(c) &&
      member(c, 'type') === type &&
      member(c, 'status') === 'True' &&
      (reason === undefined || member(c, 'reason') === reason),
  );
};

/**
 * Whether the rollout is complete, as `kubectl rollout status` decides it: the controller saw this generation, every
 * replica is of the newest template and available, none of an older one is left. A paused one is not stable: it can't be
 * rolled back.
 */
const stableOf = (deployment: Members): boolean | undefined => {
  const wanted = at(deployment, 'spec', 'replicas') === undefined ? 1 : count(deployment, 'spec', 'replicas');
  const generation = count(deployment, 'metadata', 'generation');
  const seen = count(deployment, 'status', 'observedGeneration');
  const all = count(deployment, 'status', 'replicas');
  const updated = count(deployment, 'status', 'updatedReplicas');
  const available = count(deployment, 'status', 'availableReplicas');
  const paused = at(deployment, 'spec', 'paused');
  if ([wanted, generation, seen, all, updated, available].includes(undefined)) return undefined;
  if (paused !== undefined && typeof paused !== 'boolean') return undefined;
  return (
    paused !== true &&
    seen === generation &&
    all === wanted &&
    updated === wanted &&
    available === wanted &&
    holds(deployment, 'Available') &&
    holds(deployment, 'Progressing', 'NewReplicaSetAvailable')
  );
};

const isOwnedBy = (replicaSet: Members, uid: string): boolean => {
  const metadata = member(replicaSet, 'metadata');
  const owners = isPlainObject(metadata) ? listMember(metadata, 'ownerReferences') : undefined;
  return (owners ?? []).some((o) => isPlainObject(o) && member(o, 'controller') === true && member(o, 'uid') === uid);
};

interface Answer {
  readonly deployment: Members;
  /** Absent: nobody looked for them. */
  readonly replicaSets?: readonly Members[];
}

const parseAnswer = (raw: unknown): E.Either<string, Answer> => {
  const wrong = E.left('expected one Deployment, alone or in a List with its ReplicaSets');
  if (!isPlainObject(raw)) return wrong;
  const kind = member(raw, 'kind');
  if (kind === 'Deployment') return E.right({ deployment: raw });
  const items = kind === 'List' ? listMember(raw, 'items') : undefined;
  if (items === undefined || !items.every(isPlainObject)) return wrong;
  const of = (name: string): readonly Members[] =>
    (items as readonly Members[]).filter((i) => member(i, 'kind') === name);
  const [deployment, second] = of('Deployment');
  return deployment === undefined || second !== undefined
    ? wrong
    : E.right({ deployment, replicaSets: of('ReplicaSet') });
};

/** The releases that the Deployment still keeps, the newest first. */
const releasesOf = (deployment: Members, replicaSets: readonly Members[]): E.Either<string, readonly Release[]> => {
  const uid = at(deployment, 'metadata', 'uid');
  if (typeof uid !== 'string') return E.left('expected the Deployment to have a uid');
  const releases: Release[] = [];
  for (const replicaSet of replicaSets) {
    if (!isOwnedBy(replicaSet, uid)) continue;
    const name = nameOf(replicaSet);
    const revision = revisionOf(replicaSet);
    if (name === undefined || revision === undefined)
      return E.left('expected each ReplicaSet to have a name and a revision');
    releases.push({ name, revision });
  }
  releases.sort((a, b) => b.revision - a.revision || (a.name < b.name ? -1 : 1));
  return releases.some(({ revision }, i) => revision === releases[i - 1]?.revision)
    ? E.left('expected no two ReplicaSets of one revision')
    : E.right(releases);
};

const factsOf = ({ deployment, replicaSets }: Answer): E.Either<string, Readonly<Record<FactId, Value>>> => {
  const stable = stableOf(deployment);
  if (stable === undefined) return E.left('expected counts of replicas and generations');
  if (replicaSets === undefined) return E.right({ deployment_stable: stable });
  const releases = releasesOf(deployment, replicaSets);
  if (E.isLeft(releases)) return releases;
  const revision = revisionOf(deployment);
  if (revision === undefined) return E.left('expected the Deployment to have a revision');
  const current = releases.right.find((release) => release.revision === revision);
  const previous = releases.right.find((release) => release.revision < revision);
  return E.right({
    deployment_stable: stable && current !== undefined,
    rollback_target_known: previous !== undefined,
    ...(current === undefined ? {} : { deployed_version: current.name }),
    ...(previous === undefined ? {} : { rollback_target_version: previous.name }),
  });
};

/**
 * A Deployment → `deployment_stable`; with its ReplicaSets also `deployed_version` (the ReplicaSet of the Deployment’s
 * revision), `rollback_target_version` (the one of the highest revision below it) and `rollback_target_known`. Without
 * ReplicaSets nothing is said about releases.
 */
export const kubernetesDeploymentVersion1: Detector = {
  id: 'kubernetes_deployment',
  version: 1,
  facts: ['deployment_stable', 'deployed_version', 'rollback_target_known', 'rollback_target_version'],
  detect: (raw) => E.chain(factsOf)(parseAnswer(raw)),
};
