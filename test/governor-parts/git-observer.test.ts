import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalize } from '@tai-autonomics/core/receipt';
import type { Seen } from '@tai-autonomics/governor';
import { gitObserver } from '@tai-autonomics/governor/local';
import { gitDeployment } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test, vi } from 'vitest';
import { makeRepository, type Repository } from './repository.ts';
import { scratchFolder } from './scratch.ts';

const FACTS = gitDeployment.facts;

interface Look {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly seen: readonly Seen[];
  readonly faults: readonly string[];
  readonly raw: ReadonlyMap<string, string>;
}

const lookAt = async (path: string | undefined, about = 'payments', facts = FACTS): Promise<Look> => {
  const faults: string[] = [];
  const raw = new Map<string, string>();
  const observer = gitObserver({
    source: 'git',
    repository: () => path,
    detector: gitDeployment,
    timeoutMs: 20_000,
    clock: () => 1_000,
    onFault: (_, detail) => faults.push(detail),
    onRaw: (digest, canonical) => raw.set(digest, canonical),
  });
  const seen = await observer.observe(about, facts, new AbortController().signal, 'acme');
  return { facts: Object.fromEntries(seen.map(({ fact, value }) => [fact, value])), seen, faults, raw };
};

const twoReleases = (repository: Repository): void => {
  repository.release('a=1', 'v1.0.0');
  repository.release('a=2', 'v1.1.0');
};

test.for([
  {
    note: 'a clean worktree at a release is stable, and the release before it is the way back',
    arrange: twoReleases,
    want: { deployment_stable: true, deployed_version: 'v1.1.0', rollback_target_version: 'v1.0.0' },
  },
  {
    note: 'an edited file makes it unstable',
    arrange: (repository: Repository) => {
      twoReleases(repository);
      repository.edit('a=3');
    },
    want: { deployment_stable: false, deployed_version: 'v1.1.0', rollback_target_version: 'v1.0.0' },
  },
  {
    note: 'an untracked file makes it unstable, also where the configuration hides untracked files',
    arrange: (repository: Repository) => {
      twoReleases(repository);
      repository.git('config', 'status.showUntrackedFiles', 'no');
      writeFileSync(join(repository.path, 'extra.conf'), 'b=1');
    },
    want: { deployment_stable: false, deployed_version: 'v1.1.0', rollback_target_version: 'v1.0.0' },
  },
  {
    note: 'a commit after the release is unstable, has no version, and the release is the way back',
    arrange: (repository: Repository) => {
      twoReleases(repository);
      repository.release('a=3');
    },
    want: { deployment_stable: false, rollback_target_version: 'v1.1.0' },
  },
  {
    note: 'without tags there is neither a version nor a way back',
    arrange: (repository: Repository) => repository.release('a=1'),
    want: { deployment_stable: false },
  },
  {
    note: 'the first release has no way back',
    arrange: (repository: Repository) => repository.release('a=1', 'v1.0.0'),
    want: { deployment_stable: true, deployed_version: 'v1.0.0' },
  },
  {
    note: 'versions are ordered as numbers, and annotated tags count',
    arrange: (repository: Repository) => {
      repository.release('a=1', 'v1.9.0');
      repository.release('a=2');
      repository.git('tag', '--annotate', 'v1.10.0', '--message', 'ten');
      repository.release('a=3', 'v1.11.0');
    },
    want: { deployment_stable: true, deployed_version: 'v1.11.0', rollback_target_version: 'v1.10.0' },
  },
  {
    note: 'a tag of a tag of a tag is a release of the commit',
    arrange: (repository: Repository) => {
      repository.release('a=1');
      repository.git('tag', '--annotate', 'inner', '--message', 'one');
      repository.git('tag', '--annotate', 'middle', 'inner', '--message', 'two');
      repository.git('tag', '--annotate', 'v1.0.0', 'middle', '--message', 'three');
    },
    want: { deployment_stable: true, deployed_version: 'v1.0.0' },
  },
  {
    note: 'an annotated tag is a release of the commit that it names',
    arrange: (repository: Repository) => {
      repository.release('a=1');
      repository.git('tag', '--annotate', 'v1.0.0', '--message', 'one');
    },
    want: { deployment_stable: true, deployed_version: 'v1.0.0' },
  },
  {
    note: 'a lower release on another branch is no way back',
    arrange: (repository: Repository) => {
      twoReleases(repository);
      repository.git('checkout', '--quiet', '-b', 'maintenance', 'v1.0.0');
      repository.release('a=1.1', 'v1.0.1');
      repository.git('checkout', '--quiet', 'main');
    },
    want: { deployment_stable: true, deployed_version: 'v1.1.0', rollback_target_version: 'v1.0.0' },
  },
  {
    note: 'pre-releases and other tags are no releases',
    arrange: (repository: Repository) => {
      repository.release('a=1', 'v1.0.0');
      repository.release('a=2', 'v1.1.0-rc.1');
      repository.git('tag', 'release-1.1');
      repository.git('tag', 'v1');
      repository.git('tag', 'latest');
    },
    want: { deployment_stable: false, rollback_target_version: 'v1.0.0' },
  },
  {
    note: 'a release that HEAD does not contain is no way back',
    arrange: (repository: Repository) => {
      twoReleases(repository);
      repository.git('checkout', '--quiet', '--detach', 'v1.0.0');
    },
    want: { deployment_stable: true, deployed_version: 'v1.0.0' },
  },
])('$note', async ({ arrange, want }, context) => {
  const repository = makeRepository(scratchFolder(context));
  arrange(repository);
  const known = { rollback_target_known: 'rollback_target_version' in want };
  expect((await lookAt(repository.path)).facts).toEqual({ ...known, ...want });
});

test('each fact carries the detector and the digest of the raw evidence, from which the facts follow again', async (context) => {
  const repository = makeRepository(scratchFolder(context));
  twoReleases(repository);
  const { seen, facts, raw } = await lookAt(repository.path);
  const [digest = '', canonical = ''] = [...raw][0] ?? [];
  expect(createHash('sha256').update(canonical).digest('base64url')).toBe(digest);
  expect(seen.map(({ ref, observedAt }) => ({ ref, observedAt }))).toEqual(
    seen.map(() => ({ ref: { detector: 'git_deployment@3', digest }, observedAt: 1_000 })),
  );
  expect(gitDeployment.detect(JSON.parse(canonical))).toEqual(E.right(facts));
  expect(canonicalize(JSON.parse(canonical))).toEqual(E.right(canonical));
  expect(await lookAt(repository.path)).toEqual({ seen, facts, raw, faults: [] });
});

test('only the facts that were asked for are answered', async (context) => {
  const repository = makeRepository(scratchFolder(context));
  twoReleases(repository);
  expect((await lookAt(repository.path, 'payments', ['deployed_version'])).facts).toEqual({
    deployed_version: 'v1.1.0',
  });
});

test.for([
  { note: 'a resource that nobody registered', path: () => undefined, fault: /no repository is registered/ },
  { note: 'a folder that is not there', path: (folder: string) => join(folder, 'nowhere'), fault: /cannot be opened/ },
  { note: 'a folder without a repository', path: (folder: string) => folder, fault: /not a git repository/ },
  {
    note: 'a folder inside a repository',
    path: (folder: string) => {
      const inside = join(makeRepository(folder).path, 'inside');
      mkdirSync(inside);
      return inside;
    },
    fault: /not a git repository/,
  },
  { note: 'a repository without a commit', path: (folder: string) => makeRepository(folder).path, fault: /no commit/ },
])('$note gives no fact, and the log says why', async ({ path, fault }, context) => {
  const { seen, faults } = await lookAt(path(scratchFolder(context)));
  expect(seen).toEqual([]);
  expect(faults).toEqual([expect.stringMatching(fault)]);
});

test('a shallow clone gives no fact, and the log says that its history is cut', async (context) => {
  const folder = scratchFolder(context);
  const repository = makeRepository(folder);
  twoReleases(repository);
  repository.git('clone', '--quiet', '--depth=1', `file://${repository.path}`, join(folder, 'clone'));
  const { seen, faults } = await lookAt(join(folder, 'clone'));
  expect(seen).toEqual([]);
  expect(faults).toEqual([expect.stringMatching(/shallow clone/)]);
});

test('what is said of a damaged repository begins with what is wrong', async (context) => {
  const repository = makeRepository(scratchFolder(context));
  twoReleases(repository);
  writeFileSync(join(repository.path, '.git', 'index'), 'garbage');
  const { seen, faults } = await lookAt(repository.path);
  expect(seen).toEqual([]);
  expect(faults).toEqual([expect.stringMatching(/^git diff-index: (?:error|fatal): .*index file/)]);
});

test('neither hooks, a file system monitor, replaced objects nor the environment of the host change what is seen', async (context) => {
  const folder = scratchFolder(context);
  const repository = makeRepository(folder);
  twoReleases(repository);
  const marker = join(folder, 'ran');
  const program = join(folder, 'program');
  writeFileSync(program, `#!/bin/sh\ntouch '${marker}'\n`);
  chmodSync(program, 0o755);
  repository.git('config', 'core.fsmonitor', program);
  repository.git('config', 'core.pager', program);
  repository.git('config', 'core.hooksPath', folder);
  const elsewhere = makeRepository(folder, 'elsewhere');
  process.env['GIT_DIR'] = join(elsewhere.path, '.git');
  const { facts } = await lookAt(repository.path);
  delete process.env['GIT_DIR'];
  expect(facts).toMatchObject({ deployed_version: 'v1.1.0', deployment_stable: true });
  expect(existsSync(marker)).toBe(false);
});

test('a git that gives no answer is given up, and gives no fact', async (context) => {
  const folder = scratchFolder(context);
  const repository = makeRepository(folder);
  twoReleases(repository);
  const aborted = AbortSignal.abort();
  const options = { source: 'git', repository: () => repository.path, detector: gitDeployment, clock: () => 0 };
  const faults: string[] = [];
  // A git that never answers, so that no machine is fast enough.
  const silent = join(folder, 'silent');
  mkdirSync(silent);
  writeFileSync(join(silent, 'git'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  vi.stubEnv('PATH', `${silent}:${process.env['PATH'] ?? ''}`);
  context.onTestFinished(() => void vi.unstubAllEnvs());
  const observer = gitObserver({ ...options, timeoutMs: 200, onFault: (_, detail) => faults.push(detail) });
  expect(await observer.observe('payments', FACTS, new AbortController().signal, 'acme')).toEqual([]);
  expect(await observer.observe('payments', FACTS, aborted, 'acme')).toEqual([]);
  expect(faults).toHaveLength(2);
});

test('the case: a git that spells paths as on Windows does not hide the top of a repository', async (context) => {
  const folder = scratchFolder(context);
  const repository = makeRepository(folder);
  twoReleases(repository);
  const { realpath, toplevel } = JSON.parse(
    readFileSync('test/vectors/field/windows-toplevel/paths.json', 'utf8'),
  ) as Readonly<Record<string, string>>;
  expect(toplevel).not.toBe(realpath);
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const spelling = join(folder, 'spelling');
  mkdirSync(spelling);
  const program = [
    '#!/bin/sh',
    `for word; do if [ "$word" = --show-toplevel ]; then echo '${toplevel}'; exit; fi; done`,
    `exec ${real} "$@"`,
    '',
  ];
  writeFileSync(join(spelling, 'git'), program.join('\n'), { mode: 0o755 });
  vi.stubEnv('PATH', `${spelling}:${process.env['PATH'] ?? ''}`);
  context.onTestFinished(() => void vi.unstubAllEnvs());
  expect((await lookAt(repository.path)).facts).toMatchObject({ deployed_version: 'v1.1.0', deployment_stable: true });
  mkdirSync(join(repository.path, 'below'));
  expect((await lookAt(join(repository.path, 'below'))).facts).toEqual({});
});
