/**
 * Puts the configuration of a service back to its commit. Nothing is lost: what was changed is kept as a stash of the
 * repository, named after the drift, and `git stash apply` brings it back.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalize, isPlainObject, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { uncertainEnding } from '../executor/uncertain-ending.ts';
import type { Handler, HandlerCall } from '../ports.ts';
import { type GitConfiguration, readConfiguration } from './configuration.ts';
import { type Git, openGit } from './git.ts';
import { type Places, registeredFor } from './places.ts';

/** What was restored: the commit that is in force, how many files differed, and the stash that keeps them; null where none differed. */
export interface ConfigurationRestored {
  readonly commit: string;
  readonly files: number;
  readonly kept: string | null;
}

/**
 * The handler. It refuses a drift that is not exactly the approved one, and a commit that moved; then it has changed nothing.
 * What cannot be shown to have changed nothing has an uncertain ending. Idempotent: configuration that is its commit already is restored.
 */
export const restoreConfiguration = async (call: HandlerCall): Promise<ConfigurationRestored> => {
  const done = await perform(call);
  // The executor's contract with handlers: what is thrown is the detail of a failed step.
  if (E.isLeft(done)) throw new Error(done.left);
  return done.right;
};

/** The registration of `restoreConfiguration` for a step, over these repositories (tenant → resource → top folder). */
export const restoreConfigurationHandler = (step: string, repositories: Places<string>): Handler => ({
  step,
  module: import.meta.url,
  export: 'restoreConfiguration',
  options: { repositories },
});

/** The digest of exactly what differs, as the detector has it. */
const driftDigest = ({ head, changes }: GitConfiguration): string | undefined => {
  const text = canonicalize({ head, changes } as unknown as Json);
  return E.isRight(text) ? createHash('sha256').update(text.right, 'utf8').digest('base64url') : undefined;
};

const perform = async (call: HandlerCall): Promise<E.Either<string, ConfigurationRestored>> => {
  const { drift, commit } = call.step.with;
  if (typeof drift !== 'string' || typeof commit !== 'string')
    return E.left('the drift that was looked at is not named');
  const { repositories } = call.options;
  const path = isPlainObject(repositories) ? registeredFor(repositories, call) : undefined;
  if (typeof path !== 'string') return E.left('no repository is registered for this resource');
  const options = { timeoutMs: call.step.limits.timeoutMs, signal: call.signal };
  const git = await openGit(path, options);
  if (E.isLeft(git)) return git;
  const before = await readConfiguration(git.right);
  if (E.isLeft(before)) return before;
  const { head, changes } = before.right;
  if (head !== commit)
    return E.left('the configuration has another commit than the one that was looked at: nothing was done');
  if (changes.length === 0) return E.right({ commit, files: 0, kept: null });
  if (driftDigest(before.right) !== drift)
    return E.left('the drift is another one than was approved: nothing was done');
  return putAside(git.right, before.right, drift);
};

const UNTRACKED = '?? ';
const AS_TAI = ['-c', 'user.name=TAI Autonomics', '-c', 'user.email=tai@localhost'];

const putAside = async (
  git: Git,
  { head: commit, changes }: GitConfiguration,
  drift: string,
): Promise<E.Either<string, ConfigurationRestored>> => {
  const stashed = await git(...AS_TAI, 'stash', 'push', '--include-untracked', '--message', `drift ${drift}`);
  if (E.isLeft(stashed)) {
    const now = await readConfiguration(git);
    if (E.isRight(now) && driftDigest(now.right) === drift) return stashed;
    throw uncertainEnding(`${stashed.left}; something may have been put aside already`);
  }
  const kept = await git('rev-parse', '--verify', '--quiet', 'refs/stash');
  // git leaves them where paths are taken literally; only what the stash holds is taken away.
  for (const { change, blob } of changes) {
    if (!change.startsWith(UNTRACKED) || blob === null) continue;
    const name = change.slice(UNTRACKED.length);
    const inStash = await git('rev-parse', '--verify', '--quiet', `refs/stash^3:${name}`);
    if (E.isRight(inStash) && inStash.right.trim() === blob) await rm(join(git.folder, name), { force: true });
  }
  const after = await readConfiguration(git);
  if (E.isLeft(after)) throw uncertainEnding(after.left);
  if (after.right.head !== commit || after.right.changes.length > 0)
    throw uncertainEnding(
      `${after.right.changes.length} files still differ; what was put aside is in the stash \`drift ${drift}\``,
    );
  if (E.isLeft(kept)) throw uncertainEnding('what was changed is not in a stash: look at the repository');
  return E.right({ commit, files: changes.length, kept: kept.right.trim() });
};
