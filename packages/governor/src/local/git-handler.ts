/**
 * Rolls a service's configuration repository back to an earlier release, by a checkout of that release's tag.
 * Forward and recorded: no history is rewritten, branches stay where they are, and the reflog of HEAD names the move.
 */
import { either as E } from 'fp-ts';
import type { Handler, HandlerCall } from '../ports.ts';
import { type Git, headCommit, openGit, worktreeChanges } from './git.ts';
import { type Places, registeredFor } from './places.ts';

/** What was rolled back: from and to which release (or commit, where no release tag was at HEAD). */
export interface GitRollback {
  readonly from: string;
  readonly to: string;
  readonly commit: string;
}

/** `vX.Y.Z` without leading zeros. Also what makes the name safe as a part of a ref. */
const RELEASE_TAG = /^v(?:0|[1-9]\d{0,17})(?:\.(?:0|[1-9]\d{0,17})){2}$/;

const repositoryOf = (call: HandlerCall): E.Either<string, string> => {
  const repositories = call.options['repositories'];
  if (typeof repositories !== 'object' || repositories === null) return E.left('no repositories are registered');
  const path = registeredFor(repositories, call);
  return typeof path === 'string' ? E.right(path) : E.left('no repository is registered for this resource');
};

const targetOf = (call: HandlerCall): E.Either<string, string> => {
  const target = call.step.with['target_version'];
  return typeof target === 'string' && RELEASE_TAG.test(target)
    ? E.right(target)
    : E.left('target_version is not a release tag vX.Y.Z');
};

const releaseAt = async (git: Git, commit: string): Promise<string> => {
  const tags = await git(
    'for-each-ref',
    `--points-at=${commit}`,
    '--sort=-version:refname',
    '--format=%(refname:strip=2)',
    'refs/tags/v[0-9]*',
  );
  const names = E.isRight(tags) ? tags.right.split('\n') : [];
  return names.find((name) => RELEASE_TAG.test(name)) ?? commit;
};

const requireClean = async (git: Git): Promise<E.Either<string, void>> => {
  const changes = await worktreeChanges(git);
  if (E.isLeft(changes)) return changes;
  const count = changes.right.length;
  return count === 0
    ? E.right(undefined)
    : E.left(`the worktree has ${count} uncommitted change${count === 1 ? '' : 's'}`);
};

const checkout = async (git: Git, commit: string): Promise<E.Either<string, void>> => {
  const moved = await git(
    'checkout',
    '--quiet',
    '--detach',
    '--no-overwrite-ignore',
    '--no-recurse-submodules',
    commit,
  );
  if (E.isLeft(moved)) return moved;
  const head = await headCommit(git);
  if (E.isLeft(head)) return head;
  return head.right === commit ? requireClean(git) : E.left('HEAD is not at the target after the checkout');
};

const rollBack = async (git: Git, to: string): Promise<E.Either<string, GitRollback>> => {
  const clean = await requireClean(git);
  if (E.isLeft(clean)) return clean;
  const before = await headCommit(git);
  if (E.isLeft(before)) return before;
  const target = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `refs/tags/${to}^{commit}`);
  if (E.isLeft(target)) return E.left(`the repository has no tag ${to}`);
  const commit = target.right.trim();
  const from = await releaseAt(git, before.right);
  // Already there: the step was carried out before, and a second time changes nothing.
  const moved = before.right === commit ? clean : await checkout(git, commit);
  return E.isLeft(moved) ? moved : E.right({ from, to, commit });
};

const perform = async (call: HandlerCall): Promise<E.Either<string, GitRollback>> => {
  const to = targetOf(call);
  if (E.isLeft(to)) return to;
  const path = repositoryOf(call);
  if (E.isLeft(path)) return path;
  const { timeoutMs } = call.step.limits;
  const git = await openGit(path.right, { timeoutMs, signal: call.signal, reflog: `rollback: to ${to.right}` });
  return E.isLeft(git) ? git : rollBack(git.right, to.right);
};

/**
 * The handler. Refuses a dirty worktree, an unknown resource and a tag that isn't there, and then has changed nothing.
 * Idempotent: at the target already, it succeeds. The resource's name only looks the path up; `git` never sees it.
 */
export const gitRollback = async (call: HandlerCall): Promise<GitRollback> => {
  const done = await perform(call);
  // The executor's contract with handlers: what is thrown is the detail of a failed step.
  if (E.isLeft(done)) throw new Error(done.left);
  return done.right;
};

/** The registration of `gitRollback` for a step, over these repositories (tenant → resource → top folder). */
export const gitRollbackHandler = (step: string, repositories: Places<string>): Handler => ({
  step,
  module: import.meta.url,
  export: 'gitRollback',
  options: { repositories },
});
