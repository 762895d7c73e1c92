/** A real git repository in a scratch folder: a service's configuration and its release tags. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

export interface Repository {
  readonly path: string;
  git(...args: readonly string[]): string;
  /** Writes the configuration and commits it; a tag where one is given. */
  release(content: string, tag?: string): void;
  edit(content: string): void;
}

const isolated = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
const gitIn =
  (path: string) =>
  (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: path, encoding: 'utf8', env: { PATH: process.env['PATH'], ...isolated } }).trim();

/** What `git init` and four settings make, made once: every repository of a test begins as a copy of it. */
let empty: string | undefined;
const emptyRepository = (): string => {
  if (empty !== undefined) return empty;
  const path = mkdtempSync(join(tmpdir(), 'tai-empty-'));
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  const git = gitIn(path);
  git('init', '--quiet', '--initial-branch=main', '--template=');
  mkdirSync(join(path, '.git/info'));
  for (const [key, value] of [
    ['user.name', 'Release Engineer'],
    ['user.email', 'release@example.com'],
    ['commit.gpgsign', 'false'],
    ['tag.gpgsign', 'false'],
  ] as const) {
    git('config', '--local', key, value);
  }
  empty = path;
  return path;
};

export const makeRepository = (folder: string, name = 'payments'): Repository => {
  const path = join(folder, name);
  cpSync(emptyRepository(), path, { recursive: true });
  return openRepository(path);
};

/** A repository that is there already, or a copy of one. */
export const openRepository = (path: string): Repository => {
  const git = gitIn(path);
  const edit = (content: string): void => writeFileSync(join(path, 'service.conf'), content);
  const release = (content: string, tag?: string): void => {
    edit(content);
    git('add', 'service.conf');
    git('commit', '--quiet', '--message', `set ${content}`);
    if (tag !== undefined) git('tag', tag);
  };
  return { path, git, edit, release };
};
