/** Configuration that was changed by hand, in a real repository: what is seen of it, and that a restoration loses nothing. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HandlerCall } from '@tai-autonomics/governor';
import { configurationObserver, restoreConfiguration } from '@tai-autonomics/governor/local';
import { gitConfiguration } from '@tai-autonomics/packs';
import { expect, type TestContext, test } from 'vitest';
import { makeRepository, type Repository } from './repository.ts';
import { scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const open = (context: Pick<TestContext, 'onTestFinished'>): Repository => {
  const repository = makeRepository(scratchFolder(context));
  repository.release('replicas=3', 'v1.0.0');
  return repository;
};

const see = async ({ path }: Repository): Promise<Readonly<Record<string, unknown>>> => {
  const observer = configurationObserver({
    source: 'configuration',
    detector: gitConfiguration,
    timeoutMs: 20_000,
    clock: () => 1,
    repository: () => path,
  });
  const seen = await observer.observe('payments', gitConfiguration.facts, new AbortController().signal, 'acme');
  return Object.fromEntries(seen.map(({ fact, value }) => [fact, value]));
};

const callOf = ({ path }: Repository, seen: Readonly<Record<string, unknown>>): HandlerCall => ({
  step: stepOf('restore_configuration', {
    drift: String(seen['configuration_drift']),
    commit: String(seen['configuration_commit']),
  }),
  tenant: 'acme',
  resource: 'payments',
  mode: 'contractual',
  options: { repositories: { acme: { payments: path } } },
  signal: new AbortController().signal,
});

/** Edits one file by hand, and puts another one beside it. */
const drift = (repository: Repository): void => {
  repository.edit('replicas=12');
  writeFileSync(join(repository.path, 'local.conf'), 'debug=1');
};

test('what was changed is put aside, the commit is in force again, and the stash brings all of it back', async (context) => {
  const repository = open(context);
  drift(repository);
  const before = await see(repository);
  expect(before).toMatchObject({
    configuration_drifted: true,
    configuration_commit: repository.git('rev-parse', 'HEAD'),
  });
  const done = await restoreConfiguration(callOf(repository, before));
  expect(done).toMatchObject({ files: 2, commit: before['configuration_commit'] });
  expect(await see(repository)).toMatchObject({ configuration_drifted: false });
  expect(repository.git('stash', 'list')).toContain(String(before['configuration_drift']));
  // Carried out again, it changes nothing: there is one stash.
  expect(await restoreConfiguration(callOf(repository, before))).toMatchObject({ files: 0, kept: null });
  repository.git('stash', 'apply');
  expect(await see(repository)).toMatchObject({ configuration_drift: before['configuration_drift'] });
});

test('a drift that is another one than was approved is left alone, and so is another commit', async (context) => {
  const repository = open(context);
  drift(repository);
  const approved = await see(repository);
  repository.edit('replicas=13');
  await expect(restoreConfiguration(callOf(repository, approved))).rejects.toThrow('the drift is another one');
  repository.git('commit', '--quiet', '--all', '--message', 'by hand');
  await expect(restoreConfiguration(callOf(repository, approved))).rejects.toThrow('another commit');
  expect(repository.git('stash', 'list')).toBe('');
});

test('what stands in a file whose name begins with spaces counts, staged or not', async (context) => {
  const repository = open(context);
  const holding = async (text: string): Promise<unknown> => {
    writeFileSync(join(repository.path, '  local.conf'), text);
    return (await see(repository))['configuration_drift'];
  };
  const drifts = [await holding('a'), await holding('b')];
  repository.git('add', '-A');
  drifts.push(await holding('a'), await holding('b'));
  expect(drifts.filter((one) => typeof one === 'string')).toHaveLength(4);
  expect(new Set(drifts).size).toBe(4);
});

test('a file that is gone drifts, and is back afterwards', async (context) => {
  const repository = open(context);
  rmSync(join(repository.path, 'service.conf'));
  const before = await see(repository);
  expect(before['configuration_drifted']).toBe(true);
  expect(await restoreConfiguration(callOf(repository, before))).toMatchObject({ files: 1 });
  expect(await see(repository)).toMatchObject({ configuration_drifted: false });
});

test.for([
  { note: 'no object', raw: null },
  { note: 'no commit', raw: { head: 'main', changes: [] } },
  { note: 'a change without its blob', raw: { head: 'c'.repeat(40), changes: [{ change: ' M a' }] } },
  {
    note: 'more than anybody looks at',
    raw: { head: 'c'.repeat(40), changes: Array.from({ length: 1_001 }, () => ({ change: ' M a', blob: null })) },
  },
])('evidence that is $note gives no fact', ({ raw }) => {
  expect(gitConfiguration.detect(raw)).toMatchObject({ _tag: 'Left' });
});
