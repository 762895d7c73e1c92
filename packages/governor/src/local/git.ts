/**
 * Runs `git` in one repository: no shell, no hooks, no prompts, no network, nothing of the host's `GIT_*` environment.
 * Arguments are the caller's constants and names that the caller has checked; the repository is the working directory
 * and never an argument.
 */
import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { either as E } from 'fp-ts';
import { messageOf, oneLine } from '../bounds/bounded-text.ts';
import type { Ms } from '../ports.ts';

export interface GitOptions {
  readonly timeoutMs: Ms;
  readonly signal?: AbortSignal;
  /** What the reflog says about a move of HEAD. */
  readonly reflog?: string;
  /** An index of its own, beside that of the worktree: a tree is put together in it, and nobody else's files move. */
  readonly index?: string;
}

/** One repository, opened. */
export interface Git {
  /** Runs `git` with these arguments and answers its standard output. */
  (...args: readonly string[]): Promise<E.Either<string, string>>;
  /** The same, byte for byte: one character a byte. Names of files need not be UTF-8. */
  readonly bytes: (...args: readonly string[]) => Promise<E.Either<string, string>>;
  /** The top folder. */
  readonly folder: string;
  readonly options: GitOptions;
}

const OUTPUT_BYTES_MAX = 67_108_864;

/** Settings that could run a program, convert a file, or hide a change, whatever the repository or the user configured. */
const SETTINGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.excludesFile=/dev/null',
  'core.attributesFile=/dev/null',
  'core.autocrlf=false',
  'core.ignoreStat=false',
  'core.sparseCheckout=false',
  'log.showSignature=false',
  'core.eol=lf',
  ...(process.platform === 'win32' ? [] : ['core.fileMode=true', 'core.symlinks=true', 'core.ignoreCase=false']),
  'protocol.allow=never',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'advice.detachedHead=false',
  // It is about the file of grafts that nothing here reads, and would stand before what went wrong.
  'advice.graftFileDeprecated=false',
];

/** Programs that the repository or the user registered to convert files: each is given the empty command, which is none. */
type Filters = Readonly<Record<string, string>>;
const NO_FILTERS: Filters = {};

/** Opens the repository whose top folder is `path`. A folder inside a repository is not taken for it. Never rejects. */
export const openGit = async (path: string, options: GitOptions): Promise<E.Either<string, Git>> => {
  try {
    const folder = await realpath(path);
    const unread: Run = { ...options, cwd: folder, encoding: 'utf8', filters: NO_FILTERS };
    // An empty prefix is the top, however the platform spells paths.
    const top = await runGit(['rev-parse', '--is-inside-work-tree', '--show-prefix'], unread);
    if (E.isLeft(top)) return top;
    if (top.right !== 'true\n\n') return E.left('the folder is not the top of a repository');
    const run: Run = { ...unread, filters: await filtersOff(unread) };
    const bytes: Git['bytes'] = (...args) => runGit(args, { ...run, encoding: 'latin1' });
    return E.right(
      Object.assign((...args: readonly string[]) => runGit(args, run), { bytes, folder, options } as const),
    );
  } catch (thrown) {
    return E.left(`the repository cannot be opened: ${messageOf(thrown)}`);
  }
};

/** The commit that HEAD is at. */
export const headCommit = async (git: Git): Promise<E.Either<string, string>> => {
  const head = await git('rev-parse', '--verify', '--quiet', '--end-of-options', 'HEAD^{commit}');
  return E.isLeft(head) ? E.left('the repository has no commit') : E.right(head.right.trim());
};

const environment = ({ cwd, reflog, index, filters }: Run): Record<string, string> => {
  const { PATH, HOME } = process.env;
  return {
    ...(PATH === undefined ? {} : { PATH }),
    ...(HOME === undefined ? {} : { HOME }),
    ...(reflog === undefined ? {} : { GIT_REFLOG_ACTION: reflog }),
    ...(index === undefined ? {} : { GIT_INDEX_FILE: index }),
    LC_ALL: 'C',
    // The folder that was named has to be the repository: one further up is somebody else's.
    GIT_CEILING_DIRECTORIES: dirname(cwd),
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_NO_LAZY_FETCH: '1',
    ...filters,
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  };
};

interface Run extends GitOptions {
  readonly cwd: string;
  readonly encoding: 'utf8' | 'latin1';
  readonly filters: Filters;
}

const runGit = (args: readonly string[], run: Run): Promise<E.Either<string, string>> =>
  new Promise((resolve) => {
    const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
    execFile(
      'git',
      ['--no-pager', '--literal-pathspecs', ...settings, ...args],
      {
        cwd: run.cwd,
        env: environment(run),
        encoding: run.encoding,
        timeout: run.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: OUTPUT_BYTES_MAX,
        shell: false,
        ...(run.signal === undefined ? {} : { signal: run.signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(E.right(stdout));
        const why = error.killed === true && error.signal === 'SIGKILL' ? `no answer in ${run.timeoutMs} ms` : stderr;
        return resolve(E.left(`git ${args[0] ?? ''}: ${oneLine(why) || messageOf(error)}`));
      },
    );
  });

const FILTER = '^filter\\..*\\.(clean|smudge|process|required)$';

/** Every filter that is configured, in any file, turned off. */
const filtersOff = async (run: Run): Promise<Filters> => {
  const listed = await runGit(['config', '--null', '--name-only', '--get-regexp', FILTER], run);
  const names = E.isRight(listed) ? [...new Set(listed.right.split('\0').filter((name) => name !== ''))] : [];
  const pairs = names.map((name, i): readonly (readonly [string, string])[] => [
    [`GIT_CONFIG_KEY_${i}`, name],
    [`GIT_CONFIG_VALUE_${i}`, name.endsWith('.required') ? 'false' : ''],
  ]);
  return { GIT_CONFIG_COUNT: String(names.length), ...Object.fromEntries(pairs.flat()) };
};
