/** Edits that git can be told to overlook in ways that no report named yet, and what is no edit: neighbours of the field's cases. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { inTheLongRun, isAmong } from '../runs.ts';
import { look } from './look.ts';
import { makeRepository, openRepository, type Repository } from './repository.ts';
import { scratchFolder } from './scratch.ts';

let made: string | undefined;
afterAll(() => {
  if (made !== undefined) rmSync(made, { recursive: true });
});
const released = (folder: string): Repository => {
  if (made === undefined) {
    made = mkdtempSync(join(tmpdir(), 'tai-released-'));
    const repository = makeRepository(made);
    repository.release('a=0', 'v1.0.0');
    symlinkSync('service.conf', join(repository.path, 'link'));
    writeFileSync(join(repository.path, 'caf\u00e9.conf'), 'x=1');
    repository.git('add', '--all');
    repository.release('a=1', 'v1.1.0');
  }
  cpSync(made, folder, { recursive: true, verbatimSymlinks: true });
  const repository = openRepository(join(folder, 'payments'));
  repository.git('update-index', '--refresh');
  return repository;
};

/** Another content of the same length, at the same time. */
const quietly = ({ path }: Repository): void => {
  const file = join(path, 'service.conf');
  const { atime, mtime } = statSync(file);
  writeFileSync(file, readFileSync(file, 'utf8').replace('a=1', 'a=9'));
  utimesSync(file, atime, mtime);
};
const ignoringAll = (path: string): string => {
  const file = join(path, '..', 'ignores');
  writeFileSync(file, '*\n');
  return file;
};

interface Row {
  readonly note: string;
  /** What is done; a path, where another folder is looked at. */
  readonly done: (repository: Repository) => string | undefined;
  readonly changes: readonly string[];
}

const rows: readonly Row[] = [
  {
    note: 'another content of the same size and time, under core.checkStat=minimal',
    done: (repository) => {
      repository.git('config', 'core.trustctime', 'false');
      repository.git('config', 'core.checkStat', 'minimal');
      quietly(repository);
      return undefined;
    },
    changes: [' M service.conf'],
  },
  {
    note: 'core.fsmonitor, a program that saw nothing',
    done: (repository) => {
      const program = join(repository.path, '..', 'monitor');
      writeFileSync(program, "#!/bin/sh\nprintf 'x\\0'\n");
      chmodSync(program, 0o755);
      repository.git('config', 'core.fsmonitor', program);
      repository.git('status');
      quietly(repository);
      return undefined;
    },
    changes: [' M service.conf'],
  },
  {
    note: 'an untracked cache',
    done: ({ git, path }) => {
      git('config', 'core.untrackedCache', 'true');
      git('update-index', '--force-untracked-cache');
      git('status');
      writeFileSync(join(path, 'new'), 'x');
      return undefined;
    },
    changes: ['?? new'],
  },
  {
    note: 'what ident calls the same',
    done: (repository) => {
      writeFileSync(join(repository.path, '.git/info/attributes'), 'service.conf ident\n');
      repository.release('$Id$', 'v1.2.0');
      repository.edit('$Id: another $');
      return undefined;
    },
    changes: [' M service.conf'],
  },
  {
    note: 'working-tree-encoding',
    done: ({ path }) => {
      writeFileSync(join(path, '.git/info/attributes'), 'service.conf working-tree-encoding=UTF-16LE\n');
      const file = join(path, 'service.conf');
      writeFileSync(file, Buffer.from(readFileSync(file, 'utf8'), 'utf16le'));
      return undefined;
    },
    changes: [' M service.conf'],
  },
  {
    note: 'core.symlinks=false, and a file where a link was',
    done: ({ git, path }) => {
      git('config', 'core.symlinks', 'false');
      unlinkSync(join(path, 'link'));
      writeFileSync(join(path, 'link'), 'service.conf');
      return undefined;
    },
    changes: [' T link'],
  },
  {
    note: 'core.precomposeUnicode, and a decomposed name beside',
    done: ({ git, path }) => {
      git('config', 'core.precomposeUnicode', 'true');
      writeFileSync(join(path, 'cafe\u0301.conf'), 'y=1');
      return undefined;
    },
    changes: ['?? cafe\u0301.conf'],
  },
  {
    note: 'a file that became a pipe',
    done: ({ path }) => {
      unlinkSync(join(path, 'service.conf'));
      execFileSync('mkfifo', [join(path, 'service.conf')]);
      return undefined;
    },
    changes: [' T service.conf'],
  },
  {
    note: 'a repository within',
    done: ({ path }) => {
      mkdirSync(join(path, 'vendor'));
      execFileSync('git', ['init', '--quiet', join(path, 'vendor')]);
      writeFileSync(join(path, 'vendor', 'x'), 'x');
      return undefined;
    },
    changes: ['?? vendor/'],
  },
  {
    note: 'an included configuration',
    done: ({ git, path }) => {
      const included = join(path, '..', 'included');
      writeFileSync(included, `[core]\n\texcludesFile = ${ignoringAll(path)}\n`);
      git('config', 'include.path', included);
      writeFileSync(join(path, 'new'), 'x');
      return undefined;
    },
    changes: ['?? new'],
  },
  {
    note: 'the configuration of a worktree',
    done: ({ git, path }) => {
      git('config', 'extensions.worktreeConfig', 'true');
      git('config', '--worktree', 'core.excludesFile', ignoringAll(path));
      writeFileSync(join(path, 'new'), 'x');
      return undefined;
    },
    changes: ['?? new'],
  },
  {
    note: 'a replaced blob',
    done: (repository) => {
      const blob = repository.git('rev-parse', 'HEAD:service.conf');
      repository.edit('a=2');
      repository.git('replace', blob, repository.git('hash-object', '-w', 'service.conf'));
      return undefined;
    },
    changes: [' M service.conf'],
  },
  {
    note: 'skip-worktree in a linked worktree',
    done: ({ git, path }) => {
      const linked = join(path, '..', 'linked');
      git('worktree', 'add', '--quiet', linked, 'v1.1.0');
      const there = openRepository(linked);
      there.git('update-index', '--skip-worktree', 'service.conf');
      there.edit('a=2');
      return linked;
    },
    changes: [' M service.conf', 'S service.conf'],
  },
  {
    note: 'a split index of version 4',
    done: ({ git, edit }) => {
      git('update-index', '--index-version', '4');
      git('update-index', '--split-index');
      edit('a=2');
      return undefined;
    },
    changes: [' M service.conf'],
  },
];

test.for(rows.map((row, i) => ({ ...row, i })))('$note hides no edit', async ({ done, changes, i }, context) => {
  if (!isAmong(i, 4)) inTheLongRun(context);
  const repository = released(scratchFolder(context));
  const path = done(repository) ?? repository.path;
  expect(await look(path)).toEqual({ stable: false, changes });
});

test.for<Omit<Row, 'changes'>>([
  {
    note: 'objects that stand elsewhere',
    done: ({ path }) => {
      renameSync(join(path, '.git/objects'), join(path, '..', 'objects'));
      mkdirSync(join(path, '.git/objects/info'), { recursive: true });
      writeFileSync(join(path, '.git/objects/info/alternates'), `${join(path, '..', 'objects')}\n`);
      return undefined;
    },
  },
  {
    note: 'a linked worktree',
    done: ({ git, path }) => {
      git('worktree', 'add', '--quiet', join(path, '..', 'linked'), 'v1.1.0');
      return join(path, '..', 'linked');
    },
  },
  {
    note: 'packed refs, and a branch, a branch and a tag of misleading names',
    done: ({ git }) => {
      git('branch', 'v1.1.0', 'v1.0.0');
      git('update-ref', 'refs/heads/HEAD', 'v1.0.0^{commit}');
      git('update-ref', 'refs/tags/HEAD', 'refs/tags/v1.0.0');
      git('pack-refs', '--all');
      return undefined;
    },
  },
])('$note is no edit', async ({ done }, context) => {
  const repository = released(scratchFolder(context));
  const path = done(repository) ?? repository.path;
  expect(await look(path)).toEqual({ stable: true, changes: [] });
});
