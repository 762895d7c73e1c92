/**
 * Rolls a service's configuration repository back to an earlier release, by a checkout of that release's tag.
 * Forward and recorded: no history is rewritten, branches stay where they are, and the reflog of HEAD names the move.
 */
import { readdir } from 'node:fs/promises';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { oneLine } from '../bounds/bounded-text.ts';
import { uncertainEnding } from '../executor/uncertain-ending.ts';
import type { Handler, HandlerCall } from '../ports.ts';
import { type Git, headCommit, openGit } from './git.ts';
import { type Places, registeredFor } from './places.ts';
import { pathIn, SUBMODULE, type TreeEntry, treeOf, worktreeChanges } from './worktree.ts';

/** What was rolled back: from and to which release (or commit, where no release tag was at HEAD). */
export interface GitRollback {
  readonly from: string;
  readonly to: string;
  readonly commit: string;
}

/**
 * What a tag may be called: as git-check-ref-format(1) has it, so that nothing in it is read as more than a name. It stands
 * behind `refs/tags/`, so that no tag is read as an option.
 */
const TAG =
  /^(?!\.)(?!.*(?:\.\.|\/\/|\/\.|@\{|\.lock(?:\/|$)))[^\p{Cc}\p{Cs} ~^:?*[\\/](?:[^\p{Cc}\p{Cs} ~^:?*[\\]{0,498}[^\p{Cc}\p{Cs} ~^:?*[\\/.])?$/u;

/**
 * The handler. Refuses a worktree that is not exactly its commit, an unknown resource, a tag that isn't there and a
 * submodule that would have to move, and then has changed nothing. What turns out not to be the target after the checkout
 * is moved back; what is not seen to be back has an uncertain ending. Idempotent: at the target already, it succeeds. The
 * resource's name only looks the path up; `git` never sees it.
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

const repositoryOf = (call: HandlerCall): E.Either<string, string> => {
  const repositories = call.options['repositories'];
  if (!isPlainObject(repositories)) return E.left('no repositories are registered');
  const path = registeredFor(repositories, call);
  return typeof path === 'string' ? E.right(path) : E.left('no repository is registered for this resource');
};

const targetOf = (call: HandlerCall): E.Either<string, string> => {
  const target = call.step.with['target_version'];
  return typeof target === 'string' && TAG.test(target)
    ? E.right(target)
    : E.left('target_version is not a release tag');
};

/** The tag at a commit that is called as the target is, up to its first digit; else the first one, or the commit. */
const releaseAt = async (git: Git, commit: string, like: string): Promise<string> => {
  const tags = await git(
    'for-each-ref',
    `--points-at=${commit}`,
    '--sort=-version:refname',
    '--format=%(refname:strip=2)',
    'refs/tags/',
  );
  const names = E.isRight(tags) ? tags.right.split('\n').filter((name) => name !== '') : [];
  const prefix = /^[^0-9]*/.exec(like)?.[0] ?? '';
  return names.find((name) => name.startsWith(prefix)) ?? names[0] ?? commit;
};

const CHANGES_NAMED = 3;
const requireClean = async (git: Git, commit: string): Promise<E.Either<string, void>> => {
  const changes = await worktreeChanges(git, commit);
  if (E.isLeft(changes)) return changes;
  const count = changes.right.length;
  if (count === 0) return E.right(undefined);
  const named = changes.right.slice(0, CHANGES_NAMED).map(oneLine).join(', ');
  const more = count > CHANGES_NAMED ? ', …' : '';
  return E.left(`the worktree has ${count} uncommitted change${count === 1 ? '' : 's'} (${named}${more})`);
};

const isFilled = (folder: string, path: string): Promise<boolean> =>
  readdir(pathIn(folder, path)).then(
    (names) => names.length > 0,
    () => false,
  );

/** Submodules are never moved: one that is checked out, and that the target has at another commit, stops the rollback. */
const requireSameSubmodules = async (git: Git, from: string, to: string): Promise<E.Either<string, void>> => {
  const before = await treeOf(git, from);
  if (E.isLeft(before)) return before;
  const after = await treeOf(git, to);
  if (E.isLeft(after)) return after;
  const pins = (tree: readonly TreeEntry[]): ReadonlyMap<string, string> =>
    new Map(tree.filter(({ mode }) => mode === SUBMODULE).map(({ path, id }) => [path, id]));
  const [was, becomes] = [pins(before.right), pins(after.right)];
  for (const path of new Set([...was.keys(), ...becomes.keys()])) {
    if (was.get(path) === becomes.get(path) || !(await isFilled(git.folder, path))) continue;
    const name = Buffer.from(path, 'latin1').toString('utf8');
    return E.left(
      `the target has the submodule ${name} at another commit, and submodules are not moved: nothing was done`,
    );
  }
  return E.right(undefined);
};

const checkout = (git: Git, ...to: readonly string[]): Promise<E.Either<string, string>> =>
  git('checkout', '--quiet', '--no-overwrite-ignore', '--no-recurse-submodules', ...to, '--');

const arrived = async (git: Git, commit: string): Promise<E.Either<string, void>> => {
  const head = await headCommit(git);
  if (E.isLeft(head)) return head;
  if (head.right !== commit) return E.left('HEAD is not at the target after the checkout');
  return E.mapLeft((why: string) => `after the checkout ${why}`)(await requireClean(git, commit));
};

/** Where HEAD was: a branch, or a commit. */
const placeOf = async (git: Git, commit: string): Promise<readonly string[]> => {
  const branch = await git('symbolic-ref', '--quiet', '--short', 'HEAD');
  return E.isRight(branch) ? [branch.right.trim()] : ['--detach', commit];
};

/** Moves whole, or goes back to where it was. */
const move = async (git: Git, back: Git, from: string, to: string): Promise<E.Either<string, void>> => {
  const place = await placeOf(git, from);
  const moved = await checkout(git, '--detach', to);
  const done = E.isLeft(moved) ? moved : await arrived(git, to);
  if (E.isRight(done)) return done;
  const head = await headCommit(git);
  if (E.isLeft(moved) && E.isRight(head) && head.right === from && E.isRight(await requireClean(git, from)))
    return moved;
  // Whether it is back is seen, and not what git says of the way: a lock that stays lets files move, and HEAD not.
  await checkout(back, '--force', ...place);
  if (E.isRight(await arrived(back, from))) return E.left(`${done.left}; it was moved back`);
  throw uncertainEnding(`${done.left}; IT COULD NOT BE MOVED BACK: look at the repository`);
};

const rollBack = async (git: Git, back: Git, to: string): Promise<E.Either<string, GitRollback>> => {
  const before = await headCommit(git);
  if (E.isLeft(before)) return before;
  const clean = await requireClean(git, before.right);
  if (E.isLeft(clean)) return clean;
  const target = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `refs/tags/${to}^{commit}`);
  if (E.isLeft(target)) return E.left(`the repository has no tag ${to}`);
  const commit = target.right.trim();
  const from = await releaseAt(git, before.right, to);
  // Already there: the step was carried out before, and a second time changes nothing.
  if (before.right === commit) return E.right({ from, to, commit });
  const same = await requireSameSubmodules(git, before.right, commit);
  if (E.isLeft(same)) return same;
  const moved = await move(git, back, before.right, commit);
  return E.isLeft(moved) ? moved : E.right({ from, to, commit });
};

const perform = async (call: HandlerCall): Promise<E.Either<string, GitRollback>> => {
  const to = targetOf(call);
  if (E.isLeft(to)) return to;
  const path = repositoryOf(call);
  if (E.isLeft(path)) return path;
  const options = { timeoutMs: call.step.limits.timeoutMs, signal: call.signal };
  const git = await openGit(path.right, { ...options, reflog: `rollback: to ${to.right}` });
  if (E.isLeft(git)) return git;
  const back = await openGit(path.right, { ...options, reflog: `rollback undone: not at ${to.right}` });
  return E.isLeft(back) ? back : rollBack(git.right, back.right, to.right);
};
