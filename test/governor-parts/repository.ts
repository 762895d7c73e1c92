/** A real git repository in a scratch folder: a service's configuration and its release tags. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Repository {
  readonly path: string;
  git(...args: readonly string[]): string;
  /** Writes the configuration and commits it; a tag where one is given. */
  release(content: string, tag?: string): void;
  edit(content: string): void;
}

const isolated = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };

export const makeRepository = (folder: string, name = 'payments'): Repository => {
  const path = join(folder, name);
  mkdirSync(path);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: path, encoding: 'utf8', env: { PATH: process.env['PATH'], ...isolated } }).trim();
  const edit = (content: string): void => writeFileSync(join(path, 'service.conf'), content);
  git('init', '--quiet', '--initial-branch=main');
  for (const [key, value] of [
    ['user.name', 'Release Engineer'],
    ['user.email', 'release@example.com'],
    ['commit.gpgsign', 'false'],
    ['tag.gpgsign', 'false'],
  ] as const) {
    git('config', '--local', key, value);
  }
  const release = (content: string, tag?: string): void => {
    edit(content);
    git('add', 'service.conf');
    git('commit', '--quiet', '--message', `set ${content}`);
    if (tag !== undefined) git('tag', tag);
  };
  return { path, git, edit, release };
};
