/**
 * Runs `git` in one repository: no shell, no hooks, no prompts, no network, nothing of the host's `GIT_*` environment.
 * Arguments are the caller's constants and names that the caller has checked; the repository is the working directory
 * and never an argument.
 */
import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { either as E } from 'fp-ts';
import { messageOf, oneLine } from '../bounded-text.ts';
import type { Ms } from '../ports.ts';

export interface GitOptions {
  readonly timeoutMs: Ms;
  readonly signal?: AbortSignal;
  /** What the reflog says about a move of HEAD. */
  readonly reflog?: string;
}

/** One repository, opened: runs `git` with these arguments and answers its standard output. */
export type Git = (...args: readonly string[]) => Promise<E.Either<string, string>>;

const OUTPUT_BYTES_MAX = 4_194_304;

/** Settings that could run a program, or hide a change, whatever the repository or the user configured. */
const SETTINGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.excludesFile=/dev/null',
  'protocol.allow=never',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'advice.detachedHead=false',
];

const environment = (above: string, reflog: string | undefined): Record<string, string> => {
  const { PATH, HOME } = process.env;
  return {
    ...(PATH === undefined ? {} : { PATH }),
    ...(HOME === undefined ? {} : { HOME }),
    ...(reflog === undefined ? {} : { GIT_REFLOG_ACTION: reflog }),
    LC_ALL: 'C',
    // The folder that was named has to be the repository: one further up is somebody else's.
    GIT_CEILING_DIRECTORIES: above,
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  };
};

const runGit = (args: readonly string[], cwd: string, options: GitOptions): Promise<E.Either<string, string>> =>
  new Promise((resolve) => {
    const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
    execFile(
      'git',
      ['--no-pager', '--literal-pathspecs', ...settings, ...args],
      {
        cwd,
        env: environment(dirname(cwd), options.reflog),
        encoding: 'utf8',
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: OUTPUT_BYTES_MAX,
        shell: false,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(E.right(stdout));
        const why =
          error.killed === true && error.signal === 'SIGKILL' ? `no answer in ${options.timeoutMs} ms` : stderr;
        return resolve(E.left(`git ${args[0] ?? ''}: ${oneLine(why) || messageOf(error)}`));
      },
    );
  });

/** Opens the repository whose top folder is `path`. A folder inside a repository is not taken for it. Never rejects. */
export const openGit = async (path: string, options: GitOptions): Promise<E.Either<string, Git>> => {
  try {
    const folder = await realpath(path);
    const git: Git = (...args) => runGit(args, folder, options);
    const top = await git('rev-parse', '--show-toplevel');
    if (E.isLeft(top)) return top;
    return top.right.replace(/\n$/, '') === folder ? E.right(git) : E.left('the folder is not the top of a repository');
  } catch (thrown) {
    return E.left(`the repository cannot be opened: ${messageOf(thrown)}`);
  }
};

/** The worktree's changes, untracked files included: one `XY path` each; empty if it is clean. */
export const worktreeChanges = async (git: Git): Promise<E.Either<string, readonly string[]>> => {
  const status = await git(
    'status',
    '--porcelain=v1',
    '-z',
    '--untracked-files=normal',
    '--ignored=no',
    '--ignore-submodules=none',
    '--no-renames',
  );
  return E.isLeft(status) ? status : E.right(status.right.split('\0').filter((entry) => entry !== ''));
};

/** The commit that HEAD is at. */
export const headCommit = async (git: Git): Promise<E.Either<string, string>> => {
  const head = await git('rev-parse', '--verify', '--quiet', '--end-of-options', 'HEAD^{commit}');
  return E.isLeft(head) ? E.left('the repository has no commit') : E.right(head.right.trim());
};
