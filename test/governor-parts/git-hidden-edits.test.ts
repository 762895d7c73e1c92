/** What is deployed is compared with the release itself: nothing that git can be told not to look at is overlooked. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitRollback } from '@tai-autonomics/governor/local';
import { afterAll, expect, test } from 'vitest';
import { inTheLongRun, isAmong } from '../runs.ts';
import { look } from './look.ts';
import { makeRepository, openRepository, type Repository } from './repository.ts';
import { scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const rollBack = (path: string, target: string): Promise<unknown> =>
  gitRollback({
    step: stepOf('rollback', { target_version: target }),
    tenant: 'acme',
    resource: 'payments',
    mode: 'contractual',
    options: { repositories: { acme: { payments: path } } },
    signal: new AbortController().signal,
  });

/** Two releases and what makes them awkward, made once: each test begins with a copy. */
let made: string | undefined;
afterAll(() => {
  if (made !== undefined) rmSync(made, { recursive: true });
});
const released = (folder: string): Repository => {
  if (made === undefined) {
    made = mkdtempSync(join(tmpdir(), 'tai-released-'));
    makeReleased(made);
  }
  cpSync(made, folder, { recursive: true, verbatimSymlinks: true });
  const repository = openRepository(join(folder, 'payments'));
  // A copy has other inodes than the index knows.
  repository.git('update-index', '--refresh');
  return repository;
};
const makeReleased = (folder: string): void => {
  const repository = makeRepository(folder);
  const { path, git } = repository;
  repository.release('a=0', 'v1.0.0');
  mkdirSync(join(path, 'deep'));
  writeFileSync(join(path, 'deep', 'run'), '#!/bin/sh\n');
  chmodSync(join(path, 'deep', 'run'), 0o755);
  symlinkSync('service.conf', join(path, 'link'));
  writeFileSync(join(path, '.gitignore'), 'built/\n');
  writeFileSync(join(path, 'caf\u00e9 \u{1f512}.conf'), 'x=1\n');
  git('add', '--all');
  repository.release('a=1', 'v1.1.0');
  mkdirSync(join(path, 'built'));
  writeFileSync(join(path, 'built', 'out'), 'whatever');
};

const program = (folder: string): string => {
  const file = join(folder, 'program');
  writeFileSync(file, `#!/bin/sh\ntouch '${join(folder, 'ran')}'\necho 'a=1'\n`);
  chmodSync(file, 0o755);
  return file;
};

const hidden: readonly {
  readonly note: string;
  readonly hide: (repository: Repository, folder: string) => void;
  readonly changes: readonly string[];
}[] = [
  {
    note: 'skip-worktree',
    hide: ({ git, edit }) => {
      git('update-index', '--skip-worktree', 'service.conf');
      edit('a=2');
    },
    changes: [' M service.conf', 'S service.conf'],
  },
  {
    note: 'assume-unchanged',
    hide: ({ git, edit }) => {
      git('update-index', '--assume-unchanged', 'service.conf');
      edit('a=2');
    },
    changes: [' M service.conf', 'h service.conf'],
  },
  {
    note: 'core.ignoreStat',
    hide: ({ git, path, edit }) => {
      git('config', 'core.ignoreStat', 'true');
      rmSync(join(path, 'service.conf'));
      git('checkout', '--', 'service.conf');
      edit('a=2');
    },
    changes: [' M service.conf', 'h service.conf'],
  },
  {
    note: 'core.fileMode=false',
    hide: ({ git, path }) => {
      git('config', 'core.fileMode', 'false');
      chmodSync(join(path, 'deep', 'run'), 0o644);
    },
    changes: [' M deep/run'],
  },
  {
    note: '.git/info/exclude',
    hide: ({ path }) => {
      appendFileSync(join(path, '.git', 'info', 'exclude'), 'extra.conf\n');
      writeFileSync(join(path, 'extra.conf'), 'b=1');
    },
    changes: ['?? extra.conf'],
  },
  {
    note: 'core.excludesFile',
    hide: ({ path, git }, folder) => {
      writeFileSync(join(folder, 'ignore'), 'extra.conf\n');
      git('config', 'core.excludesFile', join(folder, 'ignore'));
      writeFileSync(join(path, 'extra.conf'), 'b=1');
    },
    changes: ['?? extra.conf'],
  },
  {
    note: 'an ignore file that ignores itself',
    hide: ({ path }) => {
      mkdirSync(join(path, 'sly'));
      writeFileSync(join(path, 'sly', '.gitignore'), '*\n');
      writeFileSync(join(path, 'sly', 'extra.conf'), 'b=1');
    },
    changes: ['?? sly/.gitignore'],
  },
  {
    note: 'a clean filter, which is not run',
    hide: ({ path, git, edit }, folder) => {
      git('config', 'filter.sly.clean', program(folder));
      git('config', 'filter.sly.required', 'true');
      appendFileSync(join(path, '.git', 'info', 'attributes'), '*.conf filter=sly\n');
      edit('a=2');
    },
    changes: [' M service.conf'],
  },
  {
    note: 'converted line ends',
    hide: ({ git, path }) => {
      git('config', 'core.autocrlf', 'true');
      writeFileSync(join(path, 'deep', 'run'), '#!/bin/sh\r\n');
    },
    changes: [' M deep/run'],
  },
  {
    note: 'an index that holds something else',
    hide: ({ git, edit }) => {
      edit('a=2');
      git('add', 'service.conf');
      edit('a=1');
    },
    changes: ['M  service.conf'],
  },
  {
    note: 'a file that was taken out of the index, and is ignored',
    hide: ({ git, path }) => {
      git('rm', '--quiet', '--cached', 'service.conf');
      appendFileSync(join(path, '.git', 'info', 'exclude'), 'service.conf\n');
    },
    changes: ['?? service.conf', 'D  service.conf'],
  },
  {
    note: 'a folder that became a link to another',
    hide: ({ path, git }, folder) => {
      git('update-index', '--skip-worktree', 'deep/run');
      renameSync(join(path, 'deep'), join(folder, 'elsewhere'));
      symlinkSync(join(folder, 'elsewhere'), join(path, 'deep'));
    },
    changes: [' T deep', '?? deep', 'S deep/run'],
  },
  {
    note: 'a link that points elsewhere',
    hide: ({ path, git }) => {
      git('update-index', '--assume-unchanged', 'link');
      rmSync(join(path, 'link'));
      symlinkSync('/etc/hostname', join(path, 'link'));
    },
    changes: [' M link', 'h link'],
  },
  {
    note: 'a sparse checkout',
    hide: ({ git }) => git('sparse-checkout', 'set', '--no-cone', '/service.conf', '/link', '/.gitignore'),
    changes: [' D caf\u00e9 \u{1f512}.conf', ' D deep/run', 'S caf\u00e9 \u{1f512}.conf', 'S deep/run'],
  },
  {
    note: 'core.ignoreCase',
    hide: ({ git, path }) => {
      git('config', 'core.ignoreCase', 'true');
      writeFileSync(join(path, 'Service.conf'), 'a=2');
    },
    changes: ['?? Service.conf'],
  },
  {
    note: 'git add --intent-to-add',
    hide: ({ git, path }) => {
      writeFileSync(join(path, 'extra.conf'), '');
      git('add', '--intent-to-add', 'extra.conf');
    },
    changes: ['A  extra.conf'],
  },
  {
    note: 'a graft and a replaced commit change nothing',
    hide: ({ git, edit }) => {
      git('replace', git('rev-parse', 'HEAD'), git('rev-parse', 'HEAD~1'));
      edit('a=2');
    },
    changes: [' M service.conf'],
  },
];

test.for(hidden.map((row, i) => ({ ...row, i })))(
  '$note hides no edit, and nothing is rolled back over it',
  async ({ hide, changes, i }, context) => {
    if (!isAmong(i, 3)) inTheLongRun(context);
    const folder = scratchFolder(context);
    const repository = released(folder);
    expect(await look(repository.path)).toEqual({ stable: true, changes: [] });
    hide(repository, folder);
    expect(await look(repository.path)).toEqual({ stable: false, changes });
    const content = readFileSync(join(repository.path, 'service.conf'), 'utf8');
    await expect(rollBack(repository.path, 'v1.0.0')).rejects.toThrow(/uncommitted change/);
    expect(readFileSync(join(repository.path, 'service.conf'), 'utf8')).toBe(content);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  },
);

test.for([
  {
    note: 'a merge',
    begin: ({ git }: Repository) => {
      git('checkout', '--quiet', '-b', 'side', 'v1.0.0');
      git('commit', '--quiet', '--allow-empty', '--message', 'side');
      git('checkout', '--quiet', 'main');
      git('merge', '--quiet', '--no-commit', '--no-ff', '--strategy=ours', 'side');
    },
    changes: ['?? .git/MERGE_HEAD'],
  },
  { note: 'a search', begin: ({ git }: Repository) => void git('bisect', 'start'), changes: ['?? .git/BISECT_LOG'] },
  {
    note: 'a lock that nobody took away',
    begin: ({ path }: Repository) => {
      writeFileSync(join(path, '.git', 'index.lock'), '');
      writeFileSync(join(path, '.git', 'HEAD.lock'), '');
    },
    changes: ['?? .git/HEAD.lock', '?? .git/index.lock'],
  },
])('$note that was begun and is not over is a change, and no rollback ends it', async ({ begin, changes }, context) => {
  const repository = released(scratchFolder(context));
  begin(repository);
  expect(await look(repository.path)).toEqual({ stable: false, changes });
  await expect(rollBack(repository.path, 'v1.0.0')).rejects.toThrow(/uncommitted change/);
  expect(await look(repository.path)).toEqual({ stable: false, changes });
});

test('the case: an edit behind skip-worktree', async (context) => {
  const path = join(scratchFolder(context), 'repo');
  execFileSync('sh', ['test/vectors/field/git-hidden-edits/repo.sh', path], { stdio: 'pipe' });
  expect(await look(path)).toEqual({ stable: false, changes: [' M db.yaml', 'S db.yaml'] });
});

test('a rollback runs no filter of the repository either', async (context) => {
  const folder = scratchFolder(context);
  const repository = released(folder);
  // Ignored by v1.1.0 alone: for v1.0.0 it would be a file that nobody committed.
  rmSync(join(repository.path, 'built'), { recursive: true });
  repository.git('config', 'filter.sly.smudge', program(folder));
  repository.git('config', 'filter.sly.process', program(folder));
  repository.git('config', 'filter.sly.required', 'true');
  appendFileSync(join(repository.path, '.git', 'info', 'attributes'), '*.conf filter=sly\n');
  expect(await rollBack(repository.path, 'v1.0.0')).toMatchObject({ from: 'v1.1.0', to: 'v1.0.0' });
  expect(readFileSync(join(repository.path, 'service.conf'), 'utf8')).toBe('a=0');
  expect(existsSync(join(folder, 'ran'))).toBe(false);
});

test('a target that git converts when it checks it out is no release: it is moved back, and said so', async (context) => {
  const folder = scratchFolder(context);
  const repository = makeRepository(folder);
  writeFileSync(join(repository.path, '.gitattributes'), '*.conf text eol=crlf\n');
  repository.git('add', '--all');
  repository.release('a=0\n', 'v1.0.0');
  repository.git('rm', '--quiet', '.gitattributes');
  repository.release('a=1\n', 'v1.1.0');
  rmSync(join(repository.path, 'service.conf'));
  repository.git('checkout', '--', 'service.conf');
  expect(await look(repository.path)).toEqual({ stable: true, changes: [] });
  await expect(rollBack(repository.path, 'v1.0.0')).rejects.toThrow(/uncommitted change \([^\n]+\); it was moved back/);
  expect(await look(repository.path)).toEqual({ stable: true, changes: [] });
  expect(repository.git('symbolic-ref', '--short', 'HEAD')).toBe('main');
});

test('the case: a submodule that would have to move stops the rollback before anything moved', async (context) => {
  const folder = join(scratchFolder(context), 'made');
  execFileSync('sh', ['test/vectors/field/git-rollback-submodule/repo.sh', folder], { stdio: 'pipe' });
  const path = join(folder, 'repo');
  const head = execFileSync('git', ['-C', path, 'rev-parse', 'HEAD'], { encoding: 'utf8' });
  expect((await look(path)).stable).toBe(true);
  await expect(rollBack(path, 'v1.2.0')).rejects.toThrow(/submodule lib at another commit/);
  expect(execFileSync('git', ['-C', path, 'rev-parse', 'HEAD'], { encoding: 'utf8' })).toBe(head);
  expect((await look(path)).stable).toBe(true);
  // What is edited inside of a submodule is no release either, however it is hidden there.
  execFileSync('git', ['-C', join(path, 'lib'), 'update-index', '--assume-unchanged', 'f']);
  writeFileSync(join(path, 'lib', 'f'), 'edited');
  expect(await look(path)).toEqual({ stable: false, changes: [' M lib'] });
});

test('what the target does not ignore is moved back from, too', async (context) => {
  const { path } = released(scratchFolder(context));
  await expect(rollBack(path, 'v1.0.0')).rejects.toThrow(
    /after the checkout the worktree has 1 uncommitted change \(\?\? built\/out\); it was moved back/,
  );
  expect(await look(path)).toEqual({ stable: true, changes: [] });
});

test('a submodule that nobody checked out is no obstacle', async (context) => {
  const folder = join(scratchFolder(context), 'made');
  execFileSync('sh', ['test/vectors/field/git-rollback-submodule/repo.sh', folder], { stdio: 'pipe' });
  const clone = join(folder, 'clone');
  execFileSync('git', ['clone', '--quiet', join(folder, 'repo'), clone], { stdio: 'pipe' });
  expect((await look(clone)).stable).toBe(true);
  expect(await rollBack(clone, 'v1.2.0')).toMatchObject({ from: 'v1.3.0', to: 'v1.2.0' });
  expect((await look(clone)).stable).toBe(true);
});

test('a submodule that is staged at another commit is a change, though git is told to ignore all of it', async (context) => {
  const folder = join(scratchFolder(context), 'made');
  execFileSync('sh', ['test/vectors/field/git-rollback-submodule/repo.sh', folder], { stdio: 'pipe' });
  const path = join(folder, 'repo');
  const git = (...args: readonly string[]): string => execFileSync('git', ['-C', path, ...args], { encoding: 'utf8' });
  git('config', 'submodule.lib.ignore', 'all');
  const other = git('-C', 'lib', 'rev-parse', 'HEAD~1').trim();
  git('update-index', '--cacheinfo', `160000,${other},lib`);
  expect(await look(path)).toEqual({ stable: false, changes: ['M  lib'] });
});
