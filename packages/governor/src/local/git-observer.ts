/** Sees the deployment of a service in the git repository of its configuration. */
import { either as E } from 'fp-ts';
import type { Observer, TenantResource } from '../ports.ts';
import { type Git, headCommit, openGit, worktreeChanges } from './git.ts';
import { type DetectorOptions, observerOf, seenIn } from './raw-evidence.ts';

/** A tag that HEAD reaches, and the commit that it names. */
export interface GitTag {
  readonly name: string;
  readonly commit: string;
}

/** What `git` said, before anybody draws a conclusion: the raw evidence, plain JSON. */
export interface GitDeployment {
  readonly head: string;
  /** Ordered by name, in code units. */
  readonly tags: readonly GitTag[];
  /** Porcelain v1 lines `XY path`: at most 100 of them; `changeCount` says how many there are. */
  readonly changes: readonly string[];
  readonly changeCount: number;
}

/** What a git observer is made from. */
export interface GitObserverOptions extends DetectorOptions {
  /** The top folder of a resource's repository; `undefined`: this observer doesn't know the resource. */
  readonly repository: (of: TenantResource) => string | undefined;
}

const CHANGES_MAX = 100;
const byName = (one: GitTag, other: GitTag): number => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);

/** Tags that look like a version, with the commit that they name (an annotated tag is followed to its commit). */
const reachableTags = async (git: Git): Promise<E.Either<string, readonly GitTag[]>> => {
  const format = '--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)';
  const listed = await git('for-each-ref', '--merged=HEAD', format, 'refs/tags/v[0-9]*');
  if (E.isLeft(listed)) return listed;
  const lines = listed.right.split('\n').filter((line) => line !== '');
  const tags = lines.map((line): GitTag => {
    const [name = '', object = '', peeled = ''] = line.split('\0');
    return { name, commit: peeled === '' ? object : peeled };
  });
  return E.right(tags.sort(byName));
};

/**
 * Collects the raw evidence. HEAD is read before and after: if it moved in between, the parts don't belong together and
 * nothing is answered.
 */
const readGitDeployment = async (git: Git): Promise<E.Either<string, GitDeployment>> => {
  const head = await headCommit(git);
  if (E.isLeft(head)) return head;
  const tags = await reachableTags(git);
  if (E.isLeft(tags)) return tags;
  const changes = await worktreeChanges(git);
  if (E.isLeft(changes)) return changes;
  const after = await headCommit(git);
  if (E.isLeft(after)) return after;
  if (after.right !== head.right) return E.left('HEAD moved while it was looked at');
  return E.right({
    head: head.right,
    tags: tags.right,
    changes: changes.right.slice(0, CHANGES_MAX),
    changeCount: changes.right.length,
  });
};

/**
 * An observer of git repositories. It answers no fact at all when the resource is unknown to it, when `git` fails or
 * is too slow, or when the detector can't read the evidence: silence, never a guess. Facts are dated at the beginning
 * of the look, so they are never newer than what was seen.
 */
export const gitObserver = (options: GitObserverOptions): Observer =>
  observerOf(options, options.detector.facts, async (of, signal) => {
    const observedAt = options.clock();
    const path = options.repository(of);
    if (path === undefined) return E.left('no repository is registered for this resource');
    const git = await openGit(path, { timeoutMs: options.timeoutMs, signal });
    if (E.isLeft(git)) return git;
    const raw = await readGitDeployment(git.right);
    return E.isLeft(raw) ? raw : seenIn(raw.right, observedAt, options);
  });
