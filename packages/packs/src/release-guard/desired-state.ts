/** What a git repository of desired state says about the release that a service is to run. */
import type { FactId, Value } from '@tai-autonomics/core/author';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Detector } from '../detector.ts';
import { type Members, member } from '../members.ts';
import { byVersion, isReleasePattern, RELEASE_TAGS, type Release, versionOf } from '../rollback-guard/release-tag.ts';

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** What a release may be called where it is written into a file: nothing that a format reads as more than a name. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;
/** So many releases may be named: the list stands in receipts. A line of older ones is named by `releaseTags`. */
const NAMED = 100;

/** The raw evidence. */
interface DesiredState {
  readonly head: string;
  readonly changeCount: number;
  readonly release?: string;
  readonly previous?: string;
  readonly tags: readonly string[];
  readonly patterns: readonly string[];
}

const isTags = (tags: unknown): tags is readonly string[] =>
  Array.isArray(tags) && tags.every((tag) => typeof tag === 'string');

const nameIn = (raw: Members, name: string): E.Either<string, string | undefined> => {
  const value = member(raw, name);
  return value === null || (typeof value === 'string' && NAME.test(value))
    ? E.right(value ?? undefined)
    : E.left(`expected ${name} to be the name of a release, or null`);
};

const parse = (raw: unknown): E.Either<string, DesiredState> => {
  if (!isPlainObject(raw)) return E.left('expected an object');
  const [head, changeCount, tags] = [member(raw, 'head'), member(raw, 'changeCount'), member(raw, 'tags')];
  if (typeof head !== 'string' || !COMMIT.test(head)) return E.left('expected head to be a commit id');
  if (!Number.isSafeInteger(changeCount) || (changeCount as number) < 0)
    return E.left('expected changeCount to be an integer of at least 0');
  if (!isTags(tags)) return E.left('expected tags to be a list of names');
  const patterns = member(raw, 'releaseTags') ?? RELEASE_TAGS;
  if (!Array.isArray(patterns) || !patterns.every(isReleasePattern))
    return E.left('expected releaseTags to be patterns with one {version} each');
  const release = nameIn(raw, 'release');
  if (E.isLeft(release)) return release;
  const previous = nameIn(raw, 'previous');
  if (E.isLeft(previous)) return previous;
  return E.right({
    head,
    changeCount: changeCount as number,
    tags,
    patterns,
    ...(release.right === undefined ? {} : { release: release.right }),
    ...(previous.right === undefined ? {} : { previous: previous.right }),
  });
};

/** Tags that are releases and may be written into a file, the newest first. */
const releasesOf = ({ tags, patterns }: DesiredState): readonly string[] =>
  byVersion(
    [...new Set(tags)].flatMap((name): readonly Release[] => {
      const parts = NAME.test(name) ? versionOf(name, patterns) : undefined;
      return parts === undefined ? [] : [{ name, commit: '', parts }];
    }),
  ).map(({ name }) => name);

const factsOf = (state: DesiredState): Readonly<Record<FactId, Value>> => {
  const releases = releasesOf(state);
  const newest = releases[0];
  const { head, changeCount, release, previous } = state;
  const isRevertible = release !== undefined && previous !== undefined && previous !== release;
  return {
    desired_state_clean: changeCount === 0,
    desired_state_head: head,
    release_revertible: isRevertible,
    releases: releases.slice(0, NAMED),
    ...(newest === undefined ? {} : { newest_release: newest }),
    ...(release === undefined ? {} : { desired_release: release }),
    ...(isRevertible ? { previous_release: previous } : {}),
  };
};

const lengthOf = (raw: unknown, name: string): number => {
  const list = isPlainObject(raw) ? member(raw, name) : undefined;
  return Array.isArray(list) ? list.length : 0;
};

const VERSION_1_FACTS: readonly FactId[] = [
  'desired_release',
  'desired_state_clean',
  'desired_state_head',
  'newest_release',
  'previous_release',
  'release_revertible',
];

/**
 * Raw git evidence `{head, changeCount, release, previous, tags, releaseTags?}` → `desired_release` (absent where the declared
 * line is not there exactly once), `desired_state_clean`, `desired_state_head`, `releases` (the tags that are releases, at most
 * the 100 newest), `newest_release` (absent where there is none), `release_revertible` and `previous_release`. `previous` is
 * null unless HEAD changed the release and nothing else.
 */
export const desiredState: Detector = {
  id: 'desired_state',
  version: 2,
  facts: [...VERSION_1_FACTS, 'releases'],
  // Each tag is compared with each pattern, and the evidence says both.
  steps: (raw) => lengthOf(raw, 'tags') * Math.max(1, lengthOf(raw, 'releaseTags')),
  detect: (raw) => E.map(factsOf)(parse(raw)),
};

/** The version before: it named the newest release alone. */
export const desiredStateVersion1: Detector = {
  id: desiredState.id,
  version: 1,
  facts: VERSION_1_FACTS,
  steps: (raw) => desiredState.steps?.(raw) ?? 0,
  detect: (raw) =>
    E.map(({ releases: _, ...facts }: Readonly<Record<FactId, Value>>) => facts)(desiredState.detect(raw)),
};
