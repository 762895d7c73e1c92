/** The first version of `git_deployment`, for receipts that name it: releases are `vX.Y.Z`, and the tags are all there are. */

import type { FactId, Value } from '@tai-autonomics/core/author';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Detector } from '../detector.ts';
import { member } from '../members.ts';

interface Release {
  readonly name: string;
  readonly commit: string;
  /** Major, minor, patch, in decimal without leading zeros: as long as they are, they compare exactly. */
  readonly parts: readonly string[];
}

/** The raw evidence, as far as the facts need it. */
interface Deployment {
  readonly head: string;
  readonly releases: readonly Release[];
  readonly clean: boolean;
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const RELEASE = /^v(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})$/;

const isCommit = (value: unknown): value is string => typeof value === 'string' && COMMIT.test(value);

/** A tag that isn't a release (`v1.0.0-rc.1`, `vNext`) gives none; what is no tag at all is an error. */
const parseTag = (tag: unknown): E.Either<string, readonly Release[]> => {
  if (!isPlainObject(tag)) return E.left('expected a tag {name, commit}');
  const name = member(tag, 'name');
  const commit = member(tag, 'commit');
  if (typeof name !== 'string' || !isCommit(commit)) return E.left('expected a tag {name, commit}');
  const parts = RELEASE.exec(name)?.slice(1);
  return E.right(parts === undefined ? [] : [{ name, commit, parts }]);
};

const parseReleases = (tags: unknown): E.Either<string, readonly Release[]> => {
  if (!Array.isArray(tags)) return E.left('expected tags to be a list');
  const releases: Release[] = [];
  for (const tag of tags as readonly unknown[]) {
    const parsed = parseTag(tag);
    if (E.isLeft(parsed)) return parsed;
    releases.push(...parsed.right);
  }
  return E.right(releases);
};

const parseDeployment = (raw: unknown): E.Either<string, Deployment> => {
  if (!isPlainObject(raw)) return E.left('expected an object');
  const head = member(raw, 'head');
  if (!isCommit(head)) return E.left('expected head to be a commit id');
  const changeCount = member(raw, 'changeCount');
  if (!Number.isSafeInteger(changeCount) || (changeCount as number) < 0) {
    return E.left('expected changeCount to be an integer of at least 0');
  }
  const changes = member(raw, 'changes');
  if (!Array.isArray(changes) || changes.length > (changeCount as number)) {
    return E.left('expected changes to be a list no longer than changeCount');
  }
  const releases = parseReleases(member(raw, 'tags'));
  return E.isLeft(releases) ? releases : E.right({ head, releases: releases.right, clean: changeCount === 0 });
};

const compareNumbers = (one: string, other: string): number =>
  one.length === other.length ? (one < other ? -1 : one > other ? 1 : 0) : one.length - other.length;

const compareReleases = (one: Release, other: Release): number => {
  for (let place = 0; place < 3; place += 1) {
    const order = compareNumbers(one.parts[place] ?? '', other.parts[place] ?? '');
    if (order !== 0) return order;
  }
  return 0;
};

/** Highest first. */
const byVersion = (releases: readonly Release[]): readonly Release[] =>
  [...releases].sort((one, other) => compareReleases(other, one));

const factsOf = ({ head, releases, clean }: Deployment): Readonly<Record<FactId, Value>> => {
  const deployed = byVersion(releases.filter(({ commit }) => commit === head))[0];
  // A tag on the deployed commit itself is no way back, and neither is a higher one that HEAD happens to contain.
  const earlier = releases.filter(
    (release) => release.commit !== head && (deployed === undefined || compareReleases(release, deployed) < 0),
  );
  const target = byVersion(earlier)[0];
  return {
    deployment_stable: clean && deployed !== undefined,
    rollback_target_known: target !== undefined,
    ...(deployed === undefined ? {} : { deployed_version: deployed.name }),
    ...(target === undefined ? {} : { rollback_target_version: target.name }),
  };
};

/**
 * Raw git evidence → `deployment_stable` (clean worktree, and HEAD is exactly a release `vX.Y.Z`), `deployed_version`
 * (the release at HEAD; absent if there is none), `rollback_target_version` (the highest release below it that HEAD
 * contains; absent if there is none), `rollback_target_known` (whether there is one).
 */
export const gitDeploymentVersion1: Detector = {
  id: 'git_deployment',
  version: 1,
  facts: ['deployment_stable', 'deployed_version', 'rollback_target_known', 'rollback_target_version'],
  detect: (raw) => E.map(factsOf)(parseDeployment(raw)),
};
