/** Sees the deployment of a service in the git repository of its configuration. */
import { either as E } from 'fp-ts';
import type { Observer, TenantResource } from '../ports.ts';
import { type Git, headCommit, openGit } from './git.ts';
import { type DetectorOptions, observerOf, remembered, seenIn } from './raw-evidence.ts';
import { worktreeChanges } from './worktree.ts';

/** A tag that HEAD reaches, and the commit that it names. */
export interface GitTag {
  readonly name: string;
  readonly commit: string;
}

/** What `git` said, before anybody draws a conclusion: the raw evidence, plain JSON. */
export interface GitDeployment {
  readonly head: string;
  /** Every tag that HEAD reaches, ordered by name, in code units. */
  readonly tags: readonly GitTag[];
  /** What a release tag looks like, where it was configured: texts with one `{version}`. */
  readonly releaseTags?: readonly string[];
  /** Commits that HEAD was rolled back from, as its reflog says. */
  readonly withdrawn: readonly string[];
  /** What the ledger says of releases, by tag: `withdrawn`, `restored`. Absent where it says nothing. */
  readonly ledger?: Readonly<Record<string, string>>;
  /** Whether this is a shallow clone, whose history is cut. */
  readonly shallow: boolean;
  /** Lines `XY path`: at most 100 of them; `changeCount` says how many there are. */
  readonly changes: readonly string[];
  readonly changeCount: number;
}

/** What a git observer is made from. */
export interface GitObserverOptions extends DetectorOptions {
  /** The top folder of a resource's repository; `undefined`: this observer doesn't know the resource. */
  readonly repository: (of: TenantResource) => string | undefined;
  /** What a release tag of the resource looks like, `release-{version}`; absent: as the detector has it. */
  readonly releaseTags?: (of: TenantResource) => readonly string[] | undefined;
}

const CHANGES_MAX = 100;

/**
 * An observer of git repositories. It answers no fact at all when the resource is unknown to it, when `git` fails or
 * is too slow, or when the detector can't read the evidence: silence, never a guess. Facts are dated at the beginning
 * of the look, so they are never newer than what was seen.
 */
export const gitObserver = (options: GitObserverOptions): Observer =>
  observerOf(options, options.detector.facts, async (of, signal, recall) => {
    const observedAt = options.clock();
    const path = options.repository(of);
    if (path === undefined) return E.left('no repository is registered for this resource');
    const git = await openGit(path, { timeoutMs: options.timeoutMs, signal });
    if (E.isLeft(git)) return git;
    const raw = await readGitDeployment(git.right, options.releaseTags?.(of));
    if (E.isLeft(raw)) return raw;
    const names = raw.right.tags.map(({ name }) => name);
    const ledger = remembered(options.detector, names, recall);
    return seenIn({ ...raw.right, ...(ledger === undefined ? {} : { ledger }) }, observedAt, options);
  });
const byName = (one: GitTag, other: GitTag): number => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');
const TAGS = 'refs/tags/';
const PEELED = '^{}';

/** The tags that HEAD reaches, with the commits that they name: an annotated tag is followed to its commit, however often. */
const reachableTags = async (git: Git): Promise<E.Either<string, readonly GitTag[]>> => {
  const listed = await git('for-each-ref', '--merged=HEAD', '--format=%(refname)', TAGS);
  if (E.isLeft(listed)) return listed;
  const reached = linesOf(listed.right);
  if (reached.length === 0) return E.right([]);
  const shown = await git('show-ref', '--tags', '--dereference');
  if (E.isLeft(shown)) return shown;
  const commits = new Map<string, string>();
  // A peeled line follows the line of its tag, and counts.
  for (const line of linesOf(shown.right)) {
    const name = line.slice(line.indexOf(' ') + 1);
    commits.set(name.endsWith(PEELED) ? name.slice(0, -PEELED.length) : name, line.slice(0, line.indexOf(' ')));
  }
  const tags = reached.flatMap((ref): readonly GitTag[] => {
    const commit = commits.get(ref);
    return commit === undefined ? [] : [{ name: ref.slice(TAGS.length), commit }];
  });
  return tags.length === reached.length
    ? E.right([...tags].sort(byName))
    : E.left('tags moved while they were looked at');
};

/** As `gitRollback` names its moves in the reflog of HEAD. */
const ROLLED_BACK = /^rollback: to /;
const MOVED_BACK = /^rollback undone: /;
const MOVES_MAX = 1_000;

/** Where HEAD was when it was rolled back; not where the rollback was undone at once. */
const withdrawnCommits = async (git: Git): Promise<E.Either<string, readonly string[]>> => {
  const listed = await git('log', '--walk-reflogs', `--max-count=${MOVES_MAX}`, '--format=%H%x00%gs', 'HEAD', '--');
  if (E.isLeft(listed)) return listed;
  const moves = linesOf(listed.right).map((line) => line.split('\0'));
  const from = moves.flatMap(([commit, why = ''], i): readonly string[] => {
    const [before] = moves[i + 1] ?? [];
    const isUndone = MOVED_BACK.test(moves[i - 1]?.[1] ?? '');
    return ROLLED_BACK.test(why) && !isUndone && before !== undefined && before !== commit ? [before] : [];
  });
  return E.right([...new Set(from)].sort());
};

/**
 * Collects the raw evidence. HEAD is read before and after: if it moved in between, the parts don't belong together and
 * nothing is answered.
 */
const readGitDeployment = async (
  git: Git,
  releaseTags: readonly string[] | undefined,
): Promise<E.Either<string, GitDeployment>> => {
  const head = await headCommit(git);
  if (E.isLeft(head)) return head;
  const shallow = await git('rev-parse', '--is-shallow-repository');
  if (E.isLeft(shallow)) return shallow;
  const tags = await reachableTags(git);
  if (E.isLeft(tags)) return tags;
  const withdrawn = await withdrawnCommits(git);
  if (E.isLeft(withdrawn)) return withdrawn;
  const changes = await worktreeChanges(git, head.right);
  if (E.isLeft(changes)) return changes;
  const after = await headCommit(git);
  if (E.isLeft(after)) return after;
  if (after.right !== head.right) return E.left('HEAD moved while it was looked at');
  return E.right({
    head: head.right,
    tags: tags.right,
    ...(releaseTags === undefined ? {} : { releaseTags }),
    withdrawn: withdrawn.right,
    shallow: shallow.right.trim() === 'true',
    changes: changes.right.slice(0, CHANGES_MAX),
    changeCount: changes.right.length,
  });
};
