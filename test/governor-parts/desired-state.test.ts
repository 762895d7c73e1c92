/** Deploying by a commit to desired state, and taking it back: on real repositories, against whoever may lie. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { HandlerCall } from '@tai-autonomics/governor';
import {
  desiredStateObserver,
  isReleasePlace,
  type ReleasePlace,
  releaseIn,
  withRelease,
} from '@tai-autonomics/governor/local';
import { createExecutor } from '@tai-autonomics/governor/node';
import { deployRelease, releaseHandlers, revertRelease } from '@tai-autonomics/governor/production';
import { desiredState, detectors } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, onTestFinished, test } from 'vitest';
import { inTheLongRun, runs } from '../runs.ts';
import { makeRepository, type Repository } from './repository.ts';
import { scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const ACME = { tenant: 'acme', resource: 'checkout' };
const FILE = 'apps/checkout/values.yaml';
const LINE = 'tag: "{release}"';
const valuesOf = (release: string): string =>
  `# by hand\r\nimage:\n  name: shop/checkout\n  tag: "${release}"\nreplicas: 3\n`;

interface State extends Repository {
  readonly place: ReleasePlace;
  readonly head: () => string;
  readonly values: () => string;
  readonly call: (release: unknown, from?: unknown, over?: Partial<ReleasePlace>) => HandlerCall;
  readonly see: () => Promise<Readonly<Record<string, unknown>>>;
}

/** A desired state that names v1.0.0, of a service with three releases. */
const makeState = (): State => {
  const repository = makeRepository(scratchFolder({ onTestFinished }), 'desired');
  const { path, git } = repository;
  mkdirSync(join(path, 'apps/checkout'), { recursive: true });
  writeFileSync(join(path, FILE), valuesOf('v1.0.0'));
  git('add', '.');
  git('commit', '--quiet', '--message', 'desired state');
  for (const tag of ['v1.0.0', 'v1.1.0', 'v1.2.0', 'latest']) git('tag', tag);
  const place: ReleasePlace = { repository: path, file: FILE, line: LINE };
  const head = (): string => git('rev-parse', 'HEAD');
  const observer = desiredStateObserver({
    source: 'desired_state',
    detector: desiredState,
    timeoutMs: 20_000,
    clock: () => 0,
    place: () => place,
  });
  return {
    ...repository,
    place,
    head,
    values: () => readFileSync(join(path, FILE), 'utf8'),
    call: (release, from = head(), over = {}) => ({
      ...ACME,
      step: stepOf('deploy_release', { release: release as string, from: from as string }),
      mode: 'contractual',
      options: { releases: { acme: { checkout: { ...place, ...over } } } },
      signal: new AbortController().signal,
    }),
    see: async () => {
      const seen = await observer.observe('checkout', observer.facts, new AbortController().signal, 'acme');
      return Object.fromEntries(seen.map(({ fact, value }) => [fact, value]));
    },
  };
};

test('a deployment is one commit that changes one line, and its reversion another that takes it back', async () => {
  const state = makeState();
  const before = state.head();
  expect(await state.see()).toEqual({
    desired_release: 'v1.0.0',
    desired_state_clean: true,
    desired_state_head: before,
    newest_release: 'v1.2.0',
    release_revertible: false,
    releases: { complete: true, items: ['v1.2.0', 'v1.1.0', 'v1.0.0'] },
  });
  const executor = createExecutor(releaseHandlers({ acme: { checkout: state.place } }));
  const step = stepOf('deploy_release', { release: 'v1.1.0', from: before });
  const done = await executor.run(step, ACME, 'contractual');
  expect(done).toMatchObject({ status: 'success', result: { from: 'v1.0.0', to: 'v1.1.0', commit: state.head() } });
  expect(state.values()).toBe(valuesOf('v1.1.0'));
  expect(state.git('diff', '--numstat', before, 'HEAD')).toBe(`1\t1\t${FILE}`);
  expect([state.git('rev-parse', 'HEAD^'), state.git('status', '--porcelain')]).toEqual([before, '']);
  expect(await state.see()).toMatchObject({
    desired_release: 'v1.1.0',
    release_revertible: true,
    previous_release: 'v1.0.0',
  });
  const deployed = state.head();
  const back = stepOf('revert_release', { release: 'v1.0.0', from: deployed });
  expect(await executor.run(back, ACME, 'contractual')).toMatchObject({
    status: 'success',
    result: { from: 'v1.1.0', to: 'v1.0.0' },
  });
  expect([state.values(), state.git('rev-parse', 'HEAD^')]).toEqual([valuesOf('v1.0.0'), deployed]);
  expect(state.git('rev-parse', 'HEAD^{tree}')).toBe(state.git('rev-parse', `${before}^{tree}`));
});

test('whatever else is in the file stays byte for byte', () =>
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a: 1', '  tag: "x y"', '# tag: "v9"', '', '\ttag: ""', 'tag:"v1"'), { maxLength: 6 }),
      fc.nat(6),
      fc.constantFrom('\n', '\r\n'),
      fc.constantFrom('v1.1.0', '2026.11.29+build.5', 'release-7'),
      (others, at, end, release) => {
        const text = (name: string): string =>
          [...others.slice(0, at), `  tag: "${name}"`, ...others.slice(at)].join(end);
        expect(withRelease(text('v1.0.0'), LINE, release)).toBe(text(release));
        expect(releaseIn(text(release), LINE)).toBe(release);
      },
    ),
    { numRuns: runs(300) },
  ));

test.for([
  { note: 'a commit that somebody made in between', spoil: (s: State) => commit(s, 'README', 'hello') },
  { note: 'a file that was edited', spoil: (s: State) => writeFileSync(join(s.path, FILE), valuesOf('v6')) },
  { note: 'a file that nobody committed', spoil: (s: State) => writeFileSync(join(s.path, 'new'), 'x') },
  { note: 'a head at no branch', spoil: (s: State) => s.git('checkout', '--quiet', '--detach') },
  {
    note: 'a line that is there twice',
    spoil: (s: State) => commit(s, FILE, valuesOf('v1.0.0').repeat(2)),
    from: (s: State) => s.head(),
  },
  {
    note: 'a line that is not there',
    spoil: (s: State) => commit(s, FILE, 'replicas: 3\n'),
    from: (s: State) => s.head(),
  },
  {
    note: 'a file that became a link out of the repository',
    spoil: (s: State) => {
      rmSync(join(s.path, FILE));
      symlinkSync(join(s.path, '..', 'outside'), join(s.path, FILE));
      s.git('add', '.');
      s.git('commit', '--quiet', '--message', 'link');
    },
    from: (s: State) => s.head(),
  },
  { note: 'a release that is no tag', spoil: () => {}, release: 'v9.9.9' },
  { note: 'a release that is a branch', spoil: (s: State) => s.git('branch', 'v3.0.0'), release: 'v3.0.0' },
  { note: 'a release with a line break', spoil: () => {}, release: 'v1.1.0"\n  privileged: "true' },
  { note: 'a release that is an option', spoil: () => {}, release: '--upload-pack=touch' },
  { note: 'a release up the tree', spoil: () => {}, release: '../heads/main' },
  { note: 'a commit that is none', spoil: () => {}, from: () => 'main' },
])('$note: nothing is changed', async ({ spoil, release = 'v1.1.0', from }) => {
  const state = makeState();
  const seen = state.head();
  spoil(state);
  const outside = join(state.path, '..', 'outside');
  const before = [state.head(), state.git('status', '--porcelain'), state.git('branch', '--all')];
  await expect(deployRelease(state.call(release, from?.(state) ?? seen))).rejects.toThrow(/./);
  expect([state.head(), state.git('status', '--porcelain'), state.git('branch', '--all')]).toEqual(before);
  expect(existsSync(outside)).toBe(false);
});

test('a step that was carried out before a crash is the same a second time', async (context) => {
  inTheLongRun(context);
  const state = makeState();
  const call = state.call('v1.1.0');
  const first = await deployRelease(call);
  expect(await deployRelease(call)).toEqual(first);
  const undo = state.call('v1.0.0');
  const undone = await revertRelease(undo);
  expect(await revertRelease(undo)).toEqual(undone);
  expect(state.git('rev-list', '--count', 'HEAD')).toBe('3');
});

test('a crash between the commit and the worktree is made good a second time, and nobody’s edit is overwritten', async (context) => {
  inTheLongRun(context);
  const state = makeState();
  const call = state.call('v1.1.0');
  const first = await deployRelease(call);
  const crashed = (text: string): void => {
    state.git('read-tree', 'HEAD~1');
    writeFileSync(join(state.path, FILE), text);
  };
  crashed(valuesOf('v1.0.0'));
  expect(await deployRelease(call)).toEqual(first);
  expect([state.values(), state.git('status', '--porcelain')]).toEqual([valuesOf('v1.1.0'), '']);
  const edited = `${valuesOf('v1.0.0')}# somebody is at work here\n`;
  crashed(edited);
  await expect(deployRelease(call)).rejects.toThrow('look at the repository');
  expect(state.values()).toBe(edited);
});

test('only a commit that changed the release and nothing else is reverted', async () => {
  const state = makeState();
  await deployRelease(state.call('v1.1.0'));
  commit(state, 'README', 'hello');
  expect(await state.see()).toMatchObject({ release_revertible: false });
  await expect(revertRelease(state.call('v1.0.0'))).rejects.toThrow('not the deployment');
  commit(state, FILE, valuesOf('v1.2.0').replace('replicas: 3', 'replicas: 9'));
  expect(await state.see()).toMatchObject({ release_revertible: false, desired_release: 'v1.2.0' });
});

test('no program of the repository is run: hooks, filters, a signing program, a monitor of the file system', async (context) => {
  inTheLongRun(context);
  const state = makeState();
  const trace = join(state.path, '..', 'ran');
  const program = join(state.path, '..', 'program.sh');
  writeFileSync(program, `#!/bin/sh\necho "$0" >> '${trace}'\ncat\n`, { mode: 0o755 });
  const hooks = join(state.path, '.git/hooks');
  mkdirSync(hooks, { recursive: true });
  for (const hook of [
    'pre-commit',
    'commit-msg',
    'post-commit',
    'post-checkout',
    'reference-transaction',
    'post-index-change',
    'post-merge',
  ])
    writeFileSync(join(hooks, hook), `#!/bin/sh\necho ${hook} >> '${trace}'\n`, { mode: 0o755 });
  for (const [key, value] of [
    ['core.fsmonitor', program],
    ['commit.gpgsign', 'true'],
    ['gpg.program', program],
    ['filter.evil.clean', program],
    ['filter.evil.smudge', program],
    ['diff.evil.command', program],
    ['diff.evil.textconv', program],
  ] as const)
    state.git('config', '--local', key, value);
  writeFileSync(join(state.path, '.git/info/attributes'), '* filter=evil diff=evil\n');
  await state.see();
  await deployRelease(state.call('v1.1.0'));
  await revertRelease(state.call('v1.0.0'));
  expect(existsSync(trace)).toBe(false);
  // The plant bites: git by itself would have run them.
  state.git('config', '--local', 'commit.gpgsign', 'false');
  state.git('commit', '--quiet', '--allow-empty', '--message', 'by hand');
  expect(existsSync(trace)).toBe(true);
});

test('while somebody else’s git holds the index, nothing is done', async () => {
  const state = makeState();
  const before = [state.head(), state.values()];
  writeFileSync(join(state.path, '.git/index.lock'), '');
  await expect(deployRelease(state.call('v1.1.0'))).rejects.toThrow('nothing was done');
  expect([state.head(), state.values()]).toEqual(before);
});

test('what cannot be moved whole is moved back', async () => {
  const state = makeState();
  const before = [state.head(), state.values()];
  // The branch moves, and then git can't write the index, once.
  const tools = scratchFolder({ onTestFinished });
  const [path, failed] = [process.env['PATH'] ?? '', join(tools, 'failed')];
  const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const script = `case " $* " in *" update-index "*"--cacheinfo"*) if [ -e '${failed}.moved' ] && [ ! -e '${failed}' ]; then : > '${failed}'; echo 'no space left' >&2; exit 1; fi;; *" update-ref "*) : > '${failed}.moved';; esac`;
  writeFileSync(join(tools, 'git'), `#!/bin/sh\n${script}\nexec '${git}' "$@"\n`, { mode: 0o755 });
  process.env['PATH'] = `${tools}:${path}`;
  onTestFinished(() => {
    process.env['PATH'] = path;
  });
  await expect(deployRelease(state.call('v1.1.0'))).rejects.toThrow('it was moved back');
  expect(existsSync(failed)).toBe(true);
  expect([state.head(), state.values()]).toEqual(before);
  expect(state.git('reflog', '-1', '--format=%gs')).toMatch(/^deploy undone: /);
});

test('what git would convert is written as it was committed', async () => {
  const state = makeState();
  writeFileSync(join(state.path, '.git/info/attributes'), `${FILE} text eol=crlf\n`);
  await deployRelease(state.call('v1.1.0'));
  expect(state.values()).toBe(valuesOf('v1.1.0'));
  expect(await state.see()).toMatchObject({ desired_state_clean: true, desired_release: 'v1.1.0' });
});

test('a folder that is a link is not written through', async () => {
  const state = makeState();
  const outside = join(state.path, '..', 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'values.yaml'), valuesOf('v1.0.0'));
  rmSync(join(state.path, 'apps/checkout'), { recursive: true });
  symlinkSync(outside, join(state.path, 'apps/checkout'));
  expect(await state.see()).toMatchObject({ desired_state_clean: false });
  await expect(deployRelease(state.call('v1.1.0'))).rejects.toThrow('nothing was done');
  expect(readFileSync(join(outside, 'values.yaml'), 'utf8')).toBe(valuesOf('v1.0.0'));
});

test('at most the 100 newest releases are named, and what names version 1 of the detector is read as before', () => {
  const tags = Array.from({ length: 300 }, (_, minor) => `v1.${minor}.0`);
  const raw = { head: 'c'.repeat(40), changeCount: 0, release: 'v1.0.0', previous: null, tags };
  const seen = (version: number) => {
    const detector = detectors.find((one) => one.id === 'desired_state' && one.version === version);
    const facts = detector?.detect(raw) ?? E.left('no such version');
    return E.isRight(facts) ? facts.right : facts.left;
  };
  const first = {
    desired_release: 'v1.0.0',
    desired_state_clean: true,
    desired_state_head: 'c'.repeat(40),
    newest_release: 'v1.299.0',
    release_revertible: false,
  };
  expect(seen(1)).toEqual(first);
  expect(seen(2)).toEqual({ ...first, releases: tags.slice(200).reverse() });
});

test('a place stays inside its repository', () => {
  const place = { repository: '/r', file: FILE, line: LINE };
  expect(isReleasePlace(place)).toBe(true);
  for (const file of ['/etc/passwd', '../x', 'a/../../x', '.git/config', 'a/.GIT/x', './x', 'a//b', '', 'a\nb', 'a\\b'])
    expect([file, isReleasePlace({ ...place, file })]).toEqual([file, false]);
  for (const line of ['tag', '{release}{release}', ' tag: {release}', 'a\n{release}'])
    expect([line, isReleasePlace({ ...place, line })]).toEqual([line, false]);
});

const commit = (state: Repository, file: string, text: string): void => {
  writeFileSync(join(state.path, file), text);
  state.git('add', '.');
  state.git('commit', '--quiet', '--message', 'by somebody');
};
