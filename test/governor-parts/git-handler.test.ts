import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HandlerCall } from '@tai-autonomics/governor';
import { gitObserver, gitRollback, gitRollbackHandler } from '@tai-autonomics/governor/local';
import { createExecutor } from '@tai-autonomics/governor/node';
import { gitDeployment } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { inTheLongRun, isAmong } from '../runs.ts';
import { makeRepository, type Repository } from './repository.ts';
import { scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const ACME = { tenant: 'acme', resource: 'payments' };

const twoReleases = (folder: string): Repository => {
  const repository = makeRepository(folder);
  repository.release('a=1', 'v1.0.0');
  repository.release('a=2', 'v1.1.0');
  return repository;
};

const callOf = (own: unknown, target: unknown, resource = 'payments'): HandlerCall => ({
  step: stepOf('rollback', { target_version: target as string }),
  tenant: 'acme',
  resource,
  mode: 'contractual',
  options: { repositories: { acme: own } },
  signal: new AbortController().signal,
});

const stateOf = ({ git }: Repository): readonly string[] => [
  git('rev-parse', 'HEAD'),
  git('status', '--porcelain'),
  git('branch'),
];

test('through the executor a rollback really happens, and the observer sees the target, stable', async (context) => {
  const repository = twoReleases(scratchFolder(context));
  const commit = repository.git('rev-parse', 'v1.0.0');
  const executor = createExecutor([gitRollbackHandler('rollback', { acme: { payments: repository.path } })]);
  const done = await executor.run(stepOf('rollback', { target_version: 'v1.0.0' }), ACME, 'contractual');
  expect(done).toMatchObject({ status: 'success', result: { from: 'v1.1.0', to: 'v1.0.0', commit } });
  expect(await readFile(join(repository.path, 'service.conf'), 'utf8')).toBe('a=1');
  const observer = gitObserver({
    source: 'git',
    repository: () => repository.path,
    detector: gitDeployment,
    timeoutMs: 20_000,
    clock: () => 0,
  });
  const seen = await observer.observe('payments', observer.facts, new AbortController().signal, 'acme');
  expect(Object.fromEntries(seen.map(({ fact, value }) => [fact, value]))).toEqual({
    deployment_stable: true,
    deployed_version: 'v1.0.0',
    rollback_target_known: false,
  });
});

test('a rollback rewrites nothing: branches stay, and the reflog names the move', async (context) => {
  const repository = twoReleases(scratchFolder(context));
  await gitRollback(callOf({ payments: repository.path }, 'v1.0.0'));
  expect(repository.git('rev-parse', 'main')).toBe(repository.git('rev-parse', 'v1.1.0'));
  expect(repository.git('reflog', '-1', '--format=%gs')).toMatch(/rollback: to v1\.0\.0/);
});

test('a rollback carried out twice is the same as once', async (context) => {
  const repository = twoReleases(scratchFolder(context));
  const call = callOf({ payments: repository.path }, 'v1.0.0');
  const { commit } = await gitRollback(call);
  const once = stateOf(repository);
  expect(await gitRollback(call)).toEqual({ from: 'v1.0.0', to: 'v1.0.0', commit });
  expect(stateOf(repository)).toEqual(once);
});

test('whatever git lets a tag be called can be a target', async (context) => {
  inTheLongRun(context);
  const repository = twoReleases(scratchFolder(context));
  for (const name of [
    'pkg@1.0.0',
    '@acme/pkg@1.0.0',
    '_v1.0.0',
    'gr\u00f6\u00dfe-1.0.0',
    'v1.0.0(a)',
    'x=1.0.0',
    '-v1.0.0',
  ]) {
    repository.git('update-ref', `refs/tags/${name}`, 'v1.0.0');
    expect(await gitRollback(callOf({ payments: repository.path }, name))).toMatchObject({ to: name });
    repository.git('checkout', '--quiet', 'main');
  }
  for (const name of [
    'a..b',
    'a@{1}',
    'a^{}',
    'a:b',
    'a.lock',
    'a/.b',
    '/a',
    'a/',
    'a.',
    'a b',
    'a\\b',
    'a*',
    'a?',
    'a[b',
    '',
  ])
    await expect(gitRollback(callOf({ payments: repository.path }, name))).rejects.toThrow(/not a release tag/);
});

test.for(
  [
    {
      note: 'an edited file',
      arrange: ({ edit }: Repository) => edit('a=3'),
      target: 'v1.0.0',
      why: /1 uncommitted change \(/,
    },
    {
      note: 'an untracked file',
      arrange: ({ path }: Repository) => writeFileSync(join(path, 'new.conf'), ''),
      target: 'v1.0.0',
      why: /1 uncommitted change \(/,
    },
    { note: 'a tag that is not there', arrange: () => {}, target: 'v0.9.0', why: /has no tag v0\.9\.0/ },
    { note: 'a branch for a tag', arrange: () => {}, target: 'main', why: /has no tag main/ },
    {
      note: 'a branch named like a release',
      arrange: ({ git }: Repository) => void git('branch', 'v2.0.0', 'v1.0.0'),
      target: 'v2.0.0',
      why: /has no tag v2\.0\.0/,
    },
    { note: 'an option for a tag', arrange: () => {}, target: '--orphan=v1.0.0', why: /has no tag/ },
    { note: 'a revision for a tag', arrange: () => {}, target: 'v1.1.0~1', why: /not a release tag/ },
    { note: 'a tag with a line end', arrange: () => {}, target: 'v1.0.0\n', why: /not a release tag/ },
    { note: 'a number for a tag', arrange: () => {}, target: 1, why: /not a release tag/ },
    {
      note: 'an ignored file that the target would overwrite',
      arrange: (repository: Repository) => {
        repository.git('rm', '--quiet', 'service.conf');
        writeFileSync(join(repository.path, '.gitignore'), 'service.conf\n');
        repository.git('add', '.gitignore');
        repository.git('commit', '--quiet', '--message', 'ignore');
        repository.edit('local=1');
      },
      target: 'v1.0.0',
      why: /overwritten/,
    },
  ].map((row, i) => ({ ...row, i })),
)('$note is refused and nothing is changed', async ({ arrange, target, why, i }, context) => {
  if (!isAmong(i, 3)) inTheLongRun(context);
  const repository = twoReleases(scratchFolder(context));
  arrange(repository);
  const before = stateOf(repository);
  await expect(gitRollback(callOf({ payments: repository.path }, target))).rejects.toThrow(why);
  expect(stateOf(repository)).toEqual(before);
});

test.for(['shipping', '--exec=/bin/sh', '../payments', '__proto__', 'constructor', ''])(
  'the resource %j only looks a path up: without one nothing is run',
  async (resource, context) => {
    const repository = twoReleases(scratchFolder(context));
    const before = stateOf(repository);
    const call = callOf({ payments: repository.path }, 'v1.0.0', resource);
    await expect(gitRollback(call)).rejects.toThrow(/no repository is registered/);
    expect(stateOf(repository)).toEqual(before);
  },
);

test('a resource named like an option is rolled back like any other', async (context) => {
  const repository = twoReleases(scratchFolder(context));
  const resource = '--upload-pack=touch /tmp/never';
  expect(await gitRollback(callOf({ [resource]: repository.path }, 'v1.0.0', resource))).toMatchObject({
    to: 'v1.0.0',
  });
});

test('the case: what was rolled back from is not rolled back to', async (context) => {
  const path = join(scratchFolder(context), 'repo');
  const arrange = (step: 'made' | 'mended'): unknown =>
    execFileSync('sh', ['test/vectors/field/git-known-bad-target/repo.sh', step, path], { stdio: 'pipe' });
  const observer = gitObserver({
    source: 'git',
    repository: () => path,
    detector: gitDeployment,
    timeoutMs: 20_000,
    clock: () => 0,
  });
  const seen = async (): Promise<Readonly<Record<string, unknown>>> =>
    Object.fromEntries(
      (await observer.observe('payments', observer.facts, new AbortController().signal, 'acme')).map(
        ({ fact, value }) => [fact, value],
      ),
    );
  arrange('made');
  expect(await seen()).toMatchObject({ deployed_version: 'v1.1.0', rollback_target_version: 'v1.0.0' });
  expect(await gitRollback(callOf({ payments: path }, 'v1.0.0'))).toMatchObject({ from: 'v1.1.0', to: 'v1.0.0' });
  arrange('mended');
  expect(await seen()).toMatchObject({ deployed_version: 'v1.2.0', rollback_target_version: 'v1.0.0' });
  // Nobody rolled back from what came after it.
  const git = (...args: readonly string[]): unknown => execFileSync('git', ['-C', path, ...args], { stdio: 'pipe' });
  writeFileSync(join(path, 'service.conf'), 'a=3');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qam', 'set 3');
  git('tag', 'v1.3.0');
  expect(await seen()).toMatchObject({ deployed_version: 'v1.3.0', rollback_target_version: 'v1.2.0' });
});
