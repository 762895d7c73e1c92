/**
 * Deploys a release by one commit to the desired state, and undoes it by another: forward and recorded, no history is
 * rewritten. A commit changes the one line that is declared, or takes back the one that did, and nothing else.
 */
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { uncertainEnding } from '../executor/uncertain-ending.ts';
import {
  type DeclaredFile,
  desiredHead,
  fileAt,
  isReleaseName,
  isReleasePlace,
  previousRelease,
  type ReleasePlace,
  releaseIn,
  withRelease,
} from '../local/desired-state.ts';
import { type Git, type GitOptions, headCommit, openGit } from '../local/git.ts';
import { type Places, registeredFor } from '../local/places.ts';
import { worktreeChanges } from '../local/worktree.ts';
import { replaceFile } from '../node/durable-file.ts';
import type { Handler, HandlerCall } from '../ports.ts';

/** What was deployed: from and to which release, and the commit that says so. */
export interface ReleaseDeployed {
  readonly from: string;
  readonly to: string;
  readonly commit: string;
}

/**
 * The handler that deploys. It refuses a desired state that moved since it was looked at or is not clean, a release that is no
 * tag, and a file whose declared line is not there exactly once; then it has changed nothing. Idempotent: if its own commit
 * is there already, it succeeds. No program that the repository names is run.
 */
export const deployRelease = (call: HandlerCall): Promise<ReleaseDeployed> => carriedOut(call, deploy);

/** The handler that reverts: the newest commit, if it changed the release and nothing else. Else as `deployRelease`. */
export const revertRelease = (call: HandlerCall): Promise<ReleaseDeployed> => carriedOut(call, revert);

/** The registrations of both, `deploy_release` and `revert_release`, over these places (tenant → resource → place). */
export const releaseHandlers = (releases: Places<ReleasePlace>): readonly Handler[] => [
  { step: 'deploy_release', module: import.meta.url, export: 'deployRelease', options: { releases } },
  { step: 'revert_release', module: import.meta.url, export: 'revertRelease', options: { releases } },
];

/** One step, opened: the repository, and the commit and the release that were approved. */
interface Job {
  readonly git: Git;
  readonly place: ReleasePlace;
  readonly options: GitOptions;
  readonly from: string;
  readonly release: string;
}
type Act = (job: Job) => Promise<E.Either<string, ReleaseDeployed>>;

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** Who commits: the address has no domain that anybody could own. */
const COMMITTER = [
  '-c',
  'user.name=TAI Autonomics',
  '-c',
  'user.email=tai@localhost',
  '-c',
  'i18n.commitEncoding=UTF-8',
];

const carriedOut = async (call: HandlerCall, act: Act): Promise<ReleaseDeployed> => {
  const job = await open(call);
  const done = E.isLeft(job) ? job : await act(job.right);
  // The executor's contract with handlers: what is thrown is the detail of a failed step.
  if (E.isLeft(done)) throw new Error(done.left);
  return done.right;
};

const open = async (call: HandlerCall): Promise<E.Either<string, Job>> => {
  const { releases } = call.options;
  const place = isPlainObject(releases) ? registeredFor(releases, call) : undefined;
  if (!isReleasePlace(place)) return E.left('no desired state is registered for this resource');
  const { release, from } = call.step.with;
  if (!isReleaseName(release)) return E.left('no release is named');
  if (typeof from !== 'string' || !COMMIT.test(from)) return E.left('the commit that was looked at is not named');
  const options = { timeoutMs: call.step.limits.timeoutMs, signal: call.signal };
  const git = await openGit(place.repository, options);
  return E.isLeft(git) ? git : E.right({ git: git.right, place, options, from, release });
};

const deploy: Act = async (job) => {
  const { git, place, from, release } = job;
  const tag = await taggedIn(job);
  if (E.isLeft(tag)) return tag;
  const head = await desiredHead(git);
  if (E.isLeft(head)) return head;
  if (head.right !== from) return carriedOutBefore(job, head.right);
  const clean = await requireClean(git, from);
  if (E.isLeft(clean)) return clean;
  const file = await fileAt(git, from, place.file);
  if (E.isLeft(file)) return file;
  const now = releaseIn(file.right.text, place.line);
  const text = withRelease(file.right.text, place.line, release);
  if (now === undefined || text === undefined)
    return E.left('the declared line is not in the file exactly once: nothing was done');
  if (now === release) return E.left(`the desired state names ${release} already`);
  return commit(job, file.right, { release: now, text }, `deploy: ${place.file} ${now} to ${release}`);
};

const revert: Act = async (job) => {
  const { git, place, from, release } = job;
  const head = await desiredHead(git);
  if (E.isLeft(head)) return head;
  if (head.right !== from) return carriedOutBefore(job, head.right);
  const clean = await requireClean(git, from);
  if (E.isLeft(clean)) return clean;
  const previous = await previousRelease(git, from, place);
  if (E.isLeft(previous)) return previous;
  if (previous.right !== release) return E.left('the newest commit is not the deployment that was looked at');
  const file = await fileAt(git, from, place.file);
  if (E.isLeft(file)) return file;
  const now = releaseIn(file.right.text, place.line);
  const text = withRelease(file.right.text, place.line, release);
  if (now === undefined || text === undefined) return E.left('the declared line is not in the file exactly once');
  const message = `revert: ${place.file} ${now} to ${release}\n\nThis reverts commit ${from}.`;
  return commit(job, file.right, { release: now, text }, message);
};

/** Somebody else's commit on top of what was looked at stops the step; its own, from before a crash, is what it was to do. */
const carriedOutBefore = async (job: Job, head: string): Promise<E.Either<string, ReleaseDeployed>> => {
  const { git, place, from, release } = job;
  const moved = E.left('the desired state moved since it was looked at: nothing was done');
  const parent = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${head}^`);
  if (E.isLeft(parent) || parent.right.trim() !== from) return moved;
  const file = await fileAt(git, head, place.file);
  if (E.isLeft(file) || releaseIn(file.right.text, place.line) !== release) return moved;
  const previous = await previousRelease(git, head, place);
  if (E.isLeft(previous) || previous.right === undefined) return moved;
  const followed = await followedUp(job, file.right, head);
  // The commit is there, from before a crash: it is the worktree that nobody could bring there.
  if (E.isLeft(followed)) throw uncertainEnding(followed.left);
  return E.right({ from: previous.right, to: release, commit: head });
};

/** Brings the worktree to a commit of ours that a crash kept it from. Nothing of anybody's is overwritten: the file is as it was before. */
const followedUp = async (job: Job, committed: DeclaredFile, head: string): Promise<E.Either<string, void>> => {
  const { git, place, from } = job;
  const clean = await requireClean(git, head);
  if (E.isRight(clean)) return clean;
  const was = await fileAt(git, from, place.file);
  const here = await readFile(join(git.folder, place.file), 'utf8').catch(() => undefined);
  if (E.isLeft(was) || here !== was.right.text)
    return E.left('the release was committed, and the worktree differs from it: look at the repository');
  const made = await written(job, committed.mode, committed.text);
  return E.isLeft(made) ? made : placed(git, place, { ...committed, blob: made.right.blob }, head);
};

const taggedIn = async ({ git, place, options, release }: Job): Promise<E.Either<string, void>> => {
  const tags = place.tags === undefined ? E.right(git) : await openGit(place.tags, options);
  if (E.isLeft(tags)) return tags;
  const found = await tags.right(
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `refs/tags/${release}^{commit}`,
  );
  return E.isLeft(found) ? E.left(`there is no tag ${release}`) : E.right(undefined);
};

const requireClean = async (git: Git, commit: string): Promise<E.Either<string, void>> => {
  const changes = await worktreeChanges(git, commit);
  if (E.isLeft(changes)) return changes;
  return changes.right.length === 0
    ? E.right(undefined)
    : E.left(`the worktree differs from its commit in ${changes.right.length} places: nothing was done`);
};

/** A file with another text, as git keeps it: its blob, and the tree of the approved commit with it. */
interface Written {
  readonly blob: string;
  readonly tree: string;
}

/** Puts the tree together beside the worktree: until it is committed, nothing that anybody looks at has moved. */
const written = async (
  { git, place, options, from }: Job,
  mode: string,
  text: string,
): Promise<E.Either<string, Written>> => {
  const folder = await mkdtemp(join(tmpdir(), 'tai-release-'));
  try {
    await writeFile(join(folder, 'file'), text, { mode: 0o600 });
    const blob = await git('hash-object', '-w', '--no-filters', '--', join(folder, 'file'));
    if (E.isLeft(blob)) return blob;
    const aside = await openGit(git.folder, { ...options, index: join(folder, 'index') });
    if (E.isLeft(aside)) return aside;
    const read = await aside.right('read-tree', from);
    if (E.isLeft(read)) return read;
    const put = await aside.right(...indexed(place, mode, blob.right));
    if (E.isLeft(put)) return put;
    return E.map((tree: string) => ({ blob: blob.right.trim(), tree: tree.trim() }))(await aside.right('write-tree'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const indexed = ({ file }: ReleasePlace, mode: string, blob: string): readonly string[] => [
  'update-index',
  '--cacheinfo',
  `${mode},${blob.trim()},${file}`,
];

/**
 * Commits another text of the declared file on top of the approved commit, and moves branch, index and worktree there, whole or
 * not at all. The file is written by us, byte for byte: git would convert it where its attributes say so.
 */
const commit = async (
  job: Job,
  { mode, text: was }: DeclaredFile,
  next: { readonly release: string; readonly text: string },
  message: string,
): Promise<E.Either<string, ReleaseDeployed>> => {
  const { git, from, release } = job;
  const [old, made] = [await written(job, mode, was), await written(job, mode, next.text)];
  if (E.isLeft(old)) return old;
  if (E.isLeft(made)) return made;
  const committed = await git(...COMMITTER, 'commit-tree', made.right.tree, '-p', from, '-m', message);
  if (E.isLeft(committed)) return committed;
  const id = committed.right.trim();
  const [title = ''] = message.split('\n');
  // Compares and sets: whoever committed in between wins, and nothing of theirs is lost.
  const set = await git('update-ref', '-m', title, 'HEAD', id, from);
  if (E.isLeft(set)) {
    const now = await headCommit(git);
    if (E.isRight(now) && now.right !== id)
      return E.left('the desired state moved while the step ran: nothing was done');
    throw uncertainEnding(`${set.left}; the release may have been committed`);
  }
  const done = await placed(git, job.place, { mode, blob: made.right.blob, text: next.text }, id);
  if (E.isRight(done)) return E.right({ from: next.release, to: release, commit: id });
  if (await movedBack(job, { mode, blob: old.right.blob, text: was }, id))
    return E.left(`${done.left}; it was moved back`);
  throw uncertainEnding(`${done.left}; IT COULD NOT BE MOVED BACK: look at the repository`);
};

/** Brings the index and the worktree to a commit that differs in the declared file alone. */
const placed = async (
  git: Git,
  place: ReleasePlace,
  { mode, blob, text }: DeclaredFile & { readonly blob: string },
  at: string,
): Promise<E.Either<string, void>> => {
  const put = await git(...indexed(place, mode, blob));
  if (E.isLeft(put)) return put;
  const path = join(git.folder, place.file);
  try {
    // A folder that became a link since it was looked at would lead out of the repository.
    if ((await realpath(dirname(path))) !== dirname(path)) return E.left('a folder of the declared file is a link');
    await replaceFile(path, text, mode === '100755' ? 0o755 : 0o644);
  } catch (thrown) {
    return E.left(`the declared file cannot be written: ${messageOf(thrown)}`);
  }
  const head = await headCommit(git);
  if (E.isLeft(head)) return head;
  return head.right === at ? requireClean(git, at) : E.left('HEAD is somewhere else after the commit');
};

/** Not with the step's own signal: what began is brought back also when its time is up. */
const movedBack = async (
  { git: { folder }, place, options: { timeoutMs }, from }: Job,
  was: DeclaredFile & { readonly blob: string },
  id: string,
): Promise<boolean> => {
  const git = await openGit(folder, { timeoutMs });
  if (E.isLeft(git)) return false;
  const set = await git.right('update-ref', '-m', `deploy undone: ${id}`, 'HEAD', from, id);
  if (E.isLeft(set)) return false;
  if (E.isRight(await requireClean(git.right, from))) return true;
  return E.isRight(await placed(git.right, place, was, from));
};
