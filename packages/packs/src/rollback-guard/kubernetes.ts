/**
 * What Kubernetes says about a Deployment: `kubectl get deployments.apps NAME -o json`, or of its namespace
 * `kubectl get deployments.apps,replicasets.apps -o json`, which answers a List of both.
 *
 * A release is named by its ReplicaSet and not by its revision number: a rollback gives the old template a *new* number
 * (kubectl rollout undo), so a number that was rolled back to is never seen again, while the ReplicaSet is.
 */

import type { FactId, Value } from '@tai-autonomics/core/author';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Detector } from '../detector.ts';
import { listMember, type Members, member } from '../members.ts';
import { isReleaseName } from './release-tag.ts';
import { parseStandings, RECALLS, type Standings, withoutStandings } from './standing.ts';

const REVISION = 'deployment.kubernetes.io/revision';
/** The numbers that a ReplicaSet had before, with commas between them. */
const HISTORY = 'deployment.kubernetes.io/revision-history';

interface Release {
  readonly name: string;
  readonly revision: number;
  readonly before: readonly number[];
  /** It is being deleted: nothing can go back to it. */
  readonly leaves: boolean;
}

const at = (json: Members, ...path: readonly string[]): unknown => {
  let value: unknown = json;
  for (const name of path) value = isPlainObject(value) ? member(value, name) : undefined;
  return value;
};

/** A member that is `null` is one that was left out, as in all of Kubernetes. */
const said = (json: Members, ...path: readonly string[]): unknown => at(json, ...path) ?? undefined;

/** Counts of a status are left out when they are 0. */
const count = (json: Members, ...path: readonly string[]): number | undefined => {
  const value = said(json, ...path);
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

const historyOf = (json: Members): readonly number[] => {
  const text = at(json, 'metadata', 'annotations', HISTORY);
  return typeof text === 'string'
    ? text
        .split(',')
        .filter((part) => /^[1-9]\d{0,14}$/.test(part))
        .map(Number)
    : [];
};

/** `Progressing` is absent where a Deployment has no deadline (progressDeadlineSeconds 2147483647). */
const isOverdue = (deployment: Members): boolean => {
  const status = at(deployment, 'status');
  const conditions = isPlainObject(status) ? listMember(status, 'conditions') : undefined;
  return (conditions ?? []).some(
    (c) =>
      isPlainObject(c) && member(c, 'type') === 'Progressing' && member(c, 'reason') === 'ProgressDeadlineExceeded',
  );
};

/**
 * Whether the rollout is complete, as `kubectl rollout status` decides it (pkg/polymorphichelpers/rollout_status.go): the
 * controller saw this generation, its deadline is not exceeded, every replica that is wanted is of the newest template and
 * available, none of an older one is left. One that is paused or being deleted is not stable: it can't be rolled back.
 */
const stableOf = (deployment: Members): boolean | undefined => {
  // What has no status is a manifest: what somebody wants, not what is there.
  if (!isPlainObject(at(deployment, 'spec')) || !isPlainObject(at(deployment, 'status'))) return undefined;
  const wanted = said(deployment, 'spec', 'replicas') === undefined ? 1 : count(deployment, 'spec', 'replicas');
  const generation = count(deployment, 'metadata', 'generation');
  const seen = count(deployment, 'status', 'observedGeneration');
  const all = count(deployment, 'status', 'replicas');
  const updated = count(deployment, 'status', 'updatedReplicas');
  const available = count(deployment, 'status', 'availableReplicas');
  const paused = said(deployment, 'spec', 'paused');
  if ([wanted, generation, seen, all, updated, available].includes(undefined)) return undefined;
  if (paused !== undefined && typeof paused !== 'boolean') return undefined;
  const [ofNewest, ready] = [updated as number, available as number];
  return (
    paused !== true &&
    !isLeaving(deployment) &&
    (seen as number) >= (generation as number) &&
    !isOverdue(deployment) &&
    ofNewest >= (wanted as number) &&
    (all as number) <= ofNewest &&
    ready >= ofNewest
  );
};

const isLeaving = (json: Members): boolean => said(json, 'metadata', 'deletionTimestamp') !== undefined;

const isOwnedBy = (replicaSet: Members, uid: string): boolean => {
  const metadata = member(replicaSet, 'metadata');
  const owners = isPlainObject(metadata) ? listMember(metadata, 'ownerReferences') : undefined;
  return (owners ?? []).some((o) => isPlainObject(o) && member(o, 'controller') === true && member(o, 'uid') === uid);
};

interface Answer {
  readonly deployment: Members;
  /** Absent: nobody looked for them. */
  readonly replicaSets?: readonly Members[];
  readonly standings: Standings;
}

const expected = E.left('expected one Deployment, alone or in a List with its ReplicaSets; of several, name one');

/** Which Deployment is meant: `{ deployment, namespace?, answer, ledger? }`. Where nobody says, there has to be one alone. */
interface Named {
  readonly name?: string;
  readonly namespace?: string;
  readonly answer: unknown;
  readonly standings: Standings;
}

const namedIn = (raw: unknown): E.Either<string, Named> => {
  if (!isPlainObject(raw) || !Object.hasOwn(raw, 'answer')) return E.right({ answer: raw, standings: new Map() });
  const [name, namespace] = [member(raw, 'deployment'), member(raw, 'namespace')];
  if (typeof name !== 'string' || (namespace !== undefined && typeof namespace !== 'string'))
    return E.left('expected {deployment, namespace?, answer, ledger?}');
  const standings = parseStandings(raw);
  if (standings === undefined) return E.left('expected ledger to say withdrawn or restored of each release');
  const answer = member(raw, 'answer');
  return E.right({ name, ...(namespace === undefined ? {} : { namespace }), answer, standings });
};

const parseAnswer = (raw: unknown): E.Either<string, Answer> => {
  const named = namedIn(raw);
  if (E.isLeft(named)) return named;
  const { name, namespace, answer, standings } = named.right;
  if (!isPlainObject(answer)) return expected;
  const isMeant = (json: Members): boolean =>
    (name === undefined || nameOf(json) === name) &&
    (namespace === undefined || at(json, 'metadata', 'namespace') === namespace);
  const kind = member(answer, 'kind');
  if (kind === 'Deployment') return isMeant(answer) ? E.right({ deployment: answer, standings }) : expected;
  const items = kind === 'List' ? listMember(answer, 'items') : undefined;
  if (items === undefined || !items.every(isPlainObject)) return expected;
  const of = (kindName: string): readonly Members[] =>
    (items as readonly Members[]).filter((i) => member(i, 'kind') === kindName);
  const [deployment, second] = of('Deployment').filter(isMeant);
  return deployment === undefined || second !== undefined
    ? expected
    : E.right({ deployment, replicaSets: of('ReplicaSet'), standings });
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
    if (!isReleaseName(name)) return E.left(`expected names of at most 100 characters, found ${name.slice(0, 120)}`);
    releases.push({ name, revision, before: historyOf(replicaSet), leaves: isLeaving(replicaSet) });
  }
  releases.sort((a, b) => b.revision - a.revision || (a.name < b.name ? -1 : 1));
  return releases.some(({ revision }, i) => revision === releases[i - 1]?.revision)
    ? E.left('expected no two ReplicaSets of one revision')
    : E.right(releases);
};

/**
 * Releases that were rolled back from: the number that followed theirs was given to a template that had one before theirs,
 * and that is what `kubectl rollout undo` does.
 */
const withdrawnIn = (releases: readonly Release[]): ReadonlySet<Release> => {
  // By each number that a template had, the first number that one with it had: looked up, not searched for.
  const firsts = new Map<number, number>();
  for (const { revision, before } of releases) {
    const first = before.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY);
    for (const number of [revision, ...before]) firsts.set(number, Math.min(first, firsts.get(number) ?? first));
  }
  return new Set(releases.filter(({ revision }) => (firsts.get(revision + 1) ?? revision) < revision));
};

const factsOf = ({ deployment, replicaSets, standings }: Answer): E.Either<string, Readonly<Record<FactId, Value>>> => {
  const stable = stableOf(deployment);
  if (stable === undefined)
    return E.left('expected a Deployment with a spec, a status, counts of replicas and generations');
  if (replicaSets === undefined) return E.right({ deployment_stable: stable });
  const releases = releasesOf(deployment, replicaSets);
  if (E.isLeft(releases)) return releases;
  const revision = revisionOf(deployment);
  if (revision === undefined) return E.left('expected the Deployment to have a revision');
  const current = releases.right.find((release) => release.revision === revision);
  const withdrawn = withdrawnIn(releases.right);
  // What the ledger says counts; where it says nothing, what Kubernetes remembers.
  const isGone = (release: Release): boolean =>
    (standings.get(release.name) ?? (withdrawn.has(release) ? 'withdrawn' : '')) === 'withdrawn';
  const previous = releases.right.find((release) => release.revision < revision && !release.leaves && !isGone(release));
  return E.right({
    deployment_stable: stable && current !== undefined,
    rollback_target_known: previous !== undefined,
    ...(current === undefined ? {} : { deployed_version: current.name }),
    ...(previous === undefined ? {} : { rollback_target_version: previous.name }),
  });
};

const APPS = /^(?:apps|extensions)\//;
const isForeign = (item: unknown): boolean => {
  const version = isPlainObject(item) ? member(item, 'apiVersion') : undefined;
  return version !== undefined && !(typeof version === 'string' && APPS.test(version));
};
const isNothing = (said: unknown): boolean => [undefined, null, '', 0].includes(said as undefined);

/** The answer of an API server, if it is the whole one: a page of a longer list is none. Kinds of other groups are left out. */
const wholeAnswer = (answer: Members): E.Either<string, Members> => {
  if (member(answer, 'kind') !== 'List')
    return isForeign(answer) ? E.left('expected a Deployment of the group apps') : E.right(answer);
  const page = ['continue', 'remainingItemCount'].some((name) => !isNothing(at(answer, 'metadata', name)));
  if (page) return E.left('expected the whole list, found a page of it: ask for the rest (metadata.continue)');
  const items = member(answer, 'items');
  return E.right(Array.isArray(items) ? { ...answer, items: items.filter((item) => !isForeign(item)) } : answer);
};

const whole = (raw: unknown): E.Either<string, unknown> => {
  if (!isPlainObject(raw)) return E.right(raw);
  if (!Object.hasOwn(raw, 'answer')) return wholeAnswer(raw);
  const answer = member(raw, 'answer');
  if (!isPlainObject(answer)) return E.right(raw);
  return E.map((all: Members): unknown => ({ ...raw, answer: all }))(wholeAnswer(answer));
};

const detect = (raw: unknown): ReturnType<Detector['detect']> => E.chain(factsOf)(parseAnswer(raw));

/**
 * A Deployment → `deployment_stable`; with its ReplicaSets also `deployed_version` (the ReplicaSet of the Deployment’s
 * revision), `rollback_target_version` (the one of the highest revision below it that was not rolled back from, as the ledger and Kubernetes know) and
 * `rollback_target_known`. Without ReplicaSets nothing is said about releases. Of several Deployments in one answer,
 * `{ deployment, namespace?, answer }` says which is meant; with `ledger`, what the ledger says of releases, by ReplicaSet. Of
 * a page of a longer list nothing is said.
 */
export const kubernetesDeployment: Detector = {
  id: 'kubernetes_deployment',
  version: 3,
  recalls: RECALLS,
  facts: ['deployment_stable', 'deployed_version', 'rollback_target_known', 'rollback_target_version'],
  detect: (raw) => E.chain(detect)(whole(raw)),
};

/** The version before: it knew what Kubernetes says of releases, and not what the ledger does; a page was a list to it. */
export const kubernetesDeploymentVersion2: Detector = {
  id: kubernetesDeployment.id,
  version: 2,
  facts: kubernetesDeployment.facts,
  detect: (raw) => detect(withoutStandings(raw)),
};
