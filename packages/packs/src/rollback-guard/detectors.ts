/** What a git repository of a service's configuration says about the deployment. */

import type { FactId, Value } from '@tai-autonomics/core/author';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Detector } from '../detector.ts';
import { type Members, member } from '../members.ts';
import {
  byVersion,
  compareReleases,
  isReleaseName,
  isReleasePattern,
  RELEASE_TAGS,
  type Release,
  versionOf,
} from './release-tag.ts';
import { parseStandings, RECALLS, type Standings, withoutStandings } from './standing.ts';

/** The raw evidence, as far as the facts need it. */
interface Deployment {
  readonly head: string;
  readonly releases: readonly Release[];
  readonly clean: boolean;
  /** Commits that were rolled back from, by the repository. */
  readonly withdrawn: ReadonlySet<string>;
  /** What the ledger says of releases, which is what counts. */
  readonly standings: Standings;
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const isCommit = (value: unknown): value is string => typeof value === 'string' && COMMIT.test(value);

/** A tag that isn't a release (`v1.0.0-rc.1`, `latest`) gives none; what is no tag at all is an error. */
const parseTag = (tag: unknown, patterns: readonly string[]): E.Either<string, readonly Release[]> => {
  if (!isPlainObject(tag)) return E.left('expected a tag {name, commit}');
  const name = member(tag, 'name');
  const commit = member(tag, 'commit');
  if (typeof name !== 'string' || !isCommit(commit)) return E.left('expected a tag {name, commit}');
  const parts = versionOf(name, patterns);
  return E.right(parts === undefined ? [] : [{ name, commit, parts }]);
};

const parsePatterns = (raw: Members): readonly string[] | undefined => {
  const patterns = member(raw, 'releaseTags');
  if (patterns === undefined) return RELEASE_TAGS;
  return Array.isArray(patterns) && patterns.length > 0 && patterns.every(isReleasePattern) ? patterns : undefined;
};

const parseReleases = (raw: Members): E.Either<string, readonly Release[]> => {
  const tags = member(raw, 'tags');
  const patterns = parsePatterns(raw);
  if (!Array.isArray(tags)) return E.left('expected tags to be a list');
  if (patterns === undefined) return E.left('expected releaseTags to be patterns with one {version} each');
  const releases: Release[] = [];
  for (const tag of tags as readonly unknown[]) {
    const parsed = parseTag(tag, patterns);
    if (E.isLeft(parsed)) return parsed;
    releases.push(...parsed.right);
  }
  return E.right(releases);
};

const parseClean = (raw: Members): E.Either<string, boolean> => {
  const changeCount = member(raw, 'changeCount');
  if (!Number.isSafeInteger(changeCount) || (changeCount as number) < 0) {
    return E.left('expected changeCount to be an integer of at least 0');
  }
  const changes = member(raw, 'changes');
  return Array.isArray(changes) && changes.length <= (changeCount as number)
    ? E.right(changeCount === 0)
    : E.left('expected changes to be a list no longer than changeCount');
};

const parseDeployment = (raw: unknown): E.Either<string, Deployment> => {
  if (!isPlainObject(raw)) return E.left('expected an object');
  const head = member(raw, 'head');
  if (!isCommit(head)) return E.left('expected head to be a commit id');
  const shallow = member(raw, 'shallow') ?? false;
  if (shallow !== false)
    return E.left('expected the whole history, found a shallow clone: fetch the rest (git fetch --unshallow --tags)');
  const clean = parseClean(raw);
  if (E.isLeft(clean)) return clean;
  const withdrawn = member(raw, 'withdrawn') ?? [];
  if (!Array.isArray(withdrawn) || !withdrawn.every(isCommit))
    return E.left('expected withdrawn to be a list of commit ids');
  const standings = parseStandings(raw);
  if (standings === undefined) return E.left('expected ledger to say withdrawn or restored of each release');
  const releases = parseReleases(raw);
  return E.isLeft(releases)
    ? releases
    : E.right({ head, releases: releases.right, clean: clean.right, withdrawn: new Set(withdrawn), standings });
};

const lengthOf = (raw: unknown, name: string): number => {
  const list = isPlainObject(raw) ? member(raw, name) : undefined;
  return Array.isArray(list) ? list.length : 0;
};

/** Two tags of one version at two commits: which one was released nobody can tell. */
const isAmbiguous = (release: Release | undefined, among: readonly Release[]): boolean =>
  release !== undefined &&
  among.some((other) => compareReleases(other, release) === 0 && other.commit !== release.commit);

const factsOf = ({
  head,
  releases,
  clean,
  withdrawn,
  standings,
}: Deployment): E.Either<string, Readonly<Record<FactId, Value>>> => {
  const commitsThatAre = (standing: string): ReadonlySet<string> =>
    new Set(releases.filter(({ name }) => standings.get(name) === standing).map(({ commit }) => commit));
  const [gone, restored] = [commitsThatAre('withdrawn'), commitsThatAre('restored')];
  const deployed = byVersion(releases.filter(({ commit }) => commit === head))[0];
  // A tag on the deployed commit itself is no way back, and neither is a higher one that HEAD happens to contain.
  const earlier = releases.filter(
    (release) =>
      release.commit !== head &&
      !gone.has(release.commit) &&
      (restored.has(release.commit) || !withdrawn.has(release.commit)) &&
      (deployed === undefined || compareReleases(release, deployed) < 0),
  );
  const target = byVersion(earlier)[0];
  if (isAmbiguous(deployed, releases) || isAmbiguous(target, releases))
    return E.left('expected one commit for a version, found two tags of one version at two commits');
  const odd = [deployed, target].find((release) => release !== undefined && !isReleaseName(release.name));
  if (odd !== undefined)
    return E.left(
      `expected releases called by letters, digits and "_.:/+=-", at most 100 characters, found ${JSON.stringify(odd.name.slice(0, 120))}`,
    );
  return E.right({
    deployment_stable: clean && deployed !== undefined,
    rollback_target_known: target !== undefined,
    ...(deployed === undefined ? {} : { deployed_version: deployed.name }),
    ...(target === undefined ? {} : { rollback_target_version: target.name }),
  });
};

/**
 * Raw git evidence → `deployment_stable` (the worktree holds exactly HEAD, and HEAD is exactly a release),
 * `deployed_version` (the release at HEAD; absent if there is none), `rollback_target_version` (the highest release below it
 * that HEAD contains and that was not rolled back from, as the ledger and the repository know; absent if there is none), `rollback_target_known` (whether there is
 * one). A release is a tag `vX.Y.Z` or `X.Y.Z`, of two to four numbers, unless the evidence says `releaseTags`. Of a shallow clone nothing is said.
 */
export const gitDeployment: Detector = {
  id: 'git_deployment',
  version: 3,
  recalls: RECALLS,
  facts: ['deployment_stable', 'deployed_version', 'rollback_target_known', 'rollback_target_version'],
  // Each tag is compared with each pattern, and the evidence says both.
  steps: (raw) => lengthOf(raw, 'tags') * Math.max(1, lengthOf(raw, 'releaseTags')),
  detect: (raw) => E.chain(factsOf)(parseDeployment(raw)),
};

/** The version before: it knew what the repository says of releases, and not what the ledger does. */
export const gitDeploymentVersion2: Detector = {
  id: gitDeployment.id,
  version: 2,
  facts: gitDeployment.facts,
  steps: (raw) => gitDeployment.steps?.(raw) ?? 0,
  detect: (raw) => gitDeployment.detect(withoutStandings(raw)),
};
