/** A plan of two steps against a real repository: the second one fails, the first is taken back, and another caller goes on. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CatalogSource, Pack } from '@tai-autonomics/core';
import { compileRecipes } from '@tai-autonomics/core/analysis';
import { RECIPE_FORMAT, type Recipe } from '@tai-autonomics/core/author';
import { diagnose } from '@tai-autonomics/core/engine';
import type { Asked, Caller, Handler } from '@tai-autonomics/governor';
import {
  type CommandLine,
  commandHandler,
  commandOutput,
  configurationObserver,
  documentObserver,
  restoreConfigurationHandler,
} from '@tai-autonomics/governor/local';
import { type RecipeRun, runRecipe } from '@tai-autonomics/governor/operator';
import { type Detector, gitConfiguration, incidentPack, library, recipes } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, type TestContext, test } from 'vitest';
import { repository as root } from '../canary/repository.ts';
import {
  approved,
  ledgerOf,
  loaded,
  makeReady,
  named,
  people,
  runningClock,
  SERVICE,
  type Setting,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { makeRepository } from '../governor-parts/repository.ts';
import { scratchFolder } from '../governor-parts/scratch.ts';

const INCIDENT = 'inc-drift';
const MARK = 'before-restoring';

/** Whether a tag marks the place to go back to: `git tag --list` prints it, or nothing. */
const marks: Detector = {
  id: 'git_mark',
  version: 1,
  facts: ['is_marked'],
  detect: (raw) => E.right({ is_marked: raw === `${MARK}\n` }),
};
const ended = { emits: 'action_executed', writes: [] };
const marking = (means: string, is: boolean, step: string): Pack['actions'][string] => ({
  means,
  who: ['agent', 'service'],
  entitlement: 'active',
  roles: ['read_deployment', 'write_rollback'],
  arguments: {},
  requires: [
    {
      code: 'mark_is_so',
      means: 'it is not so yet',
      when: { fact: 'is_marked', is: !is },
      remedy: { by: 'world' },
    },
  ],
  emits: { approve: 'mark_approved', refuse: 'action_refused' },
  writes: [],
  does: {
    effect: 'external',
    step,
    with: {},
    verify: { fact: 'is_marked', is },
    idempotent: false,
    begins: 'action_begun',
    after: { success: ended, failed: ended, timeout: ended, memory_exceeded: ended, unknown: ended },
  },
});
const marker: Pack = {
  pack_id: 'marker',
  version: '1.0.0',
  description: 'Marks where a repository was.',
  always: true,
  tools: [{ tool: 'marker', title: 'Mark', description: 'Marks a place.', actions: ['mark_place', 'unmark_place'] }],
  signals: [],
  facts: {
    is_marked: {
      means: 'whether the place to go back to is marked',
      type: { type: 'boolean' },
      origin: 'observed',
      sources: ['mark'],
      maxAgeMs: 60_000,
      detector: 'git_mark@1',
    },
  },
  cells: {},
  actions: {
    mark_place: marking('marks the place to go back to', true, 'mark_place'),
    unmark_place: marking('takes the mark away', false, 'unmark_place'),
  },
  codes: { mark_is_so: 'it is so already' },
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: ['mark_approved', 'action_executed'],
  storage: 'none',
  compute_limits: { timeoutMs: 20_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};
const careful: Recipe = {
  format: RECIPE_FORMAT,
  recipe_id: 'restore_carefully',
  version: '1.0.0',
  title: 'Mark the place, and restore the configuration',
  category: 'infrastructure',
  kind: 'careful_drift',
  explanation: 'The configuration differs from its commit. The place is marked first.',
  symptom: { fact: 'configuration_drifted', is: true },
  steps: [
    {
      means: 'marks the place',
      action: 'mark_place',
      arguments: {},
      undo: { by: 'action', action: 'unmark_place', arguments: {} },
    },
    {
      means: 'restores the commit',
      action: 'restore_configuration',
      arguments: {},
      undo: { by: 'nothing', why: 'what was changed by hand is kept as a git stash' },
    },
  ],
  verify: { fact: 'configuration_drifted', is: false },
  roles: ['read_deployment', 'write_rollback'],
  prevention: 'Let nobody write to the worktree.',
  owner: 'platform',
  review: { state: 'reviewed', by: 'sre' },
  rollout: 100,
};
const incidents = incidentPack([...recipes, careful]);
const source: CatalogSource = {
  ...library,
  catalog: { id: 'with-marker', version: '1.0.0' },
  packs: [...library.packs.map((one) => (one.pack_id === incidents.pack_id ? incidents : one)), marker],
};
const catalog = loaded(source);
const { agent, owner, service } = people();
const other: Caller = { ...agent, subject: { type: 'agent', id: 'second-bot' } };

/** What runs in a process of its own is what was built. */
const builtFrom = (handler: Handler, file: string): Handler => ({
  ...handler,
  module: pathToFileURL(join(root, 'packages/governor/dist/local', file)).href,
});

const setUp = async (context: TestContext) => {
  const repository = makeRepository(scratchFolder(context));
  repository.release('replicas=3', 'v1.0.0');
  const clock = runningClock();
  const git = (...args: readonly string[]): CommandLine => ['git', '-C', repository.path, ...args];
  const here = <A>(of: A) => ({ [TENANT]: { [SERVICE]: of } });
  const setting = await startGovernor({
    clock,
    catalogs: [catalog],
    observers: [
      configurationObserver({
        source: 'configuration',
        detector: gitConfiguration,
        timeoutMs: 20_000,
        clock,
        repository: () => repository.path,
      }),
      documentObserver({
        source: 'mark',
        detector: marks,
        timeoutMs: 20_000,
        clock,
        read: commandOutput(here(git('tag', '--list', MARK)), 'text', 20_000),
      }),
    ],
    handlers: [
      builtFrom(
        restoreConfigurationHandler('restore_configuration', here(repository.path)),
        'configuration-handler.js',
      ),
      builtFrom(commandHandler('mark_place', here(git('tag', MARK))), 'command-handler.js'),
      builtFrom(commandHandler('unmark_place', here(git('tag', '--delete', MARK))), 'command-handler.js'),
    ],
  });
  await makeReady(setting);
  const ask = async (caller: Caller, action: string, args: Asked['arguments'] = {}, resource = SERVICE) =>
    approved(await setting.governor.submit(caller, { action, resource, arguments: args }));
  await ask(owner, 'allow_restoration', { allowed: true });
  const roles = ['read_deployment', 'write_rollback'];
  await ask(owner, 'grant_role', { subject: named(other), roles }, 'people');
  repository.edit('replicas=12');
  await ask(service, 'report_alert', { incident: INCIDENT, kind: careful.kind, severity: 'medium' });
  return { repository, setting };
};

const planned = (name: string): RecipeRun => {
  const book = compileRecipes(catalog.catalog, [careful]);
  if (E.isLeft(book)) throw new Error(JSON.stringify(book.left));
  const found = diagnose(book.right, careful.kind, new Map([['configuration_drifted', true]]));
  if (found.answer !== 'recipe') throw new Error(found.answer);
  const { recipe_id: recipe, version } = careful;
  return { incident: INCIDENT, resource: SERVICE, recipe, version, plan: found.plan, planned: name };
};
const endsOf = ({ steps }: Awaited<ReturnType<typeof runRecipe>>) => steps.map(({ action, ended }) => [action, ended]);
const receiptsOf = async (setting: Setting) =>
  (await ledgerOf(setting)).map(({ receipt }) => receipt).filter(({ incident }) => incident === INCIDENT);

test('a second step that fails takes the first one back', async (context) => {
  const { repository, setting } = await setUp(context);
  // Somebody else's git is at work: nothing can be put aside.
  writeFileSync(join(repository.path, '.git', 'index.lock'), '');
  const run = planned('a'.repeat(22));
  const report = await runRecipe(setting.governor, agent, run);
  expect(report.stands).toBe('undone');
  expect(endsOf(report)).toEqual([
    ['check_incident', 'done'],
    ['mark_place', 'done'],
    ['restore_configuration', 'failed'],
    ['unmark_place', 'undone'],
  ]);
  expect(repository.git('tag', '--list', MARK)).toBe('');
  rmSync(join(repository.path, '.git', 'index.lock'));
  expect(repository.git('status', '--porcelain')).not.toBe('');

  // The receipts of the run name the incident, and each outcome names its decision.
  const receipts = await receiptsOf(setting);
  expect(receipts.map(({ kind, event }) => `${kind} ${event}`)).toEqual([
    'decision alert_received',
    'decision incident_checked',
    'decision mark_approved',
    'consequence action_begun',
    'outcome action_executed',
    'decision restoration_approved',
    'consequence action_begun',
    'outcome action_executed',
    'decision mark_approved',
    'consequence action_begun',
    'outcome action_executed',
  ]);
  const outcomes = receipts.flatMap((one) => (one.kind === 'outcome' ? [[one.of.seq, one.status]] : []));
  const decided = receipts.filter(({ event }) => /^(mark|restoration)_approved$/.test(event)).map(({ seq }) => seq);
  expect(outcomes).toEqual(decided.map((seq, i) => [seq, i === 1 ? 'failed' : 'success']));

  // Another caller with the plan is told the same, and nothing is done twice.
  const size = (await ledgerOf(setting)).length;
  expect(await runRecipe(setting.governor, other, run)).toEqual(report);
  expect((await ledgerOf(setting)).length).toBe(size);
});

test('who reads the ids of a run in its receipts takes none of them, whatever they ask for under them', async (context) => {
  const { repository, setting } = await setUp(context);
  const run = planned('d'.repeat(22));
  const reader: Caller = { ...agent, subject: { type: 'agent', id: 'reader' } };
  const grant = { subject: named(reader), roles: ['read_deployment'] };
  approved(await setting.governor.submit(owner, { action: 'grant_role', resource: 'people', arguments: grant }));
  const steps = ['mark_place', 'restore_configuration'];
  const taken: string[] = [];
  /** Before each step of the run, somebody looks at the incident under the step's id. */
  const raced = {
    submit: async (...[caller, asked]: Parameters<Setting['governor']['submit']>) => {
      const look = { action: 'show_incident', resource: SERVICE, arguments: { incident: INCIDENT } };
      const looked = await setting.governor.submit(reader, { ...look, id: String(asked.id) });
      if (looked.decided && looked.decision.verdict === 'approve') taken.push(String(asked.id));
      if (steps.includes(asked.action)) {
        const same = await setting.governor.submit(reader, asked);
        expect(same.decided && same.decision.verdict).toBe('refuse');
      }
      return setting.governor.submit(caller, asked);
    },
  };
  const report = await runRecipe(raced, agent, run);
  expect(taken.length).toBe(4);
  expect([report.stands, endsOf(report)]).toEqual([
    'verified',
    [
      ['check_incident', 'done'],
      ['mark_place', 'done'],
      ['restore_configuration', 'done'],
      ['verify_incident', 'done'],
    ],
  ]);
  expect(repository.git('status', '--porcelain')).toBe('');

  // Asked again, by whoever may: nothing is done twice.
  const size = (await ledgerOf(setting)).length;
  expect(await runRecipe(setting.governor, other, run)).toEqual(report);
  expect((await ledgerOf(setting)).length).toBe(size);
});

test('where one caller stopped another one goes on, or gives up for all', async (context) => {
  const { repository, setting } = await setUp(context);
  const run = planned('b'.repeat(22));
  /** Dies after the first step. */
  const dying = {
    submit: (...args: Parameters<Setting['governor']['submit']>) =>
      args[1].action === 'restore_configuration'
        ? Promise.resolve({ decided: false, why: 'not_ready', detail: 'gone' } as const)
        : setting.governor.submit(...args),
  };
  expect((await runRecipe(dying, agent, run)).stands).toBe('waiting');
  expect(repository.git('tag', '--list', MARK)).toBe(MARK);

  // Who may not ask for the steps is told nothing, and takes nothing away from those who may.
  const stranger: Caller = { ...agent, subject: { type: 'agent', id: 'stranger' } };
  for (const giveUp of [false, true]) {
    const barred = await runRecipe(setting.governor, stranger, run, { giveUp });
    expect([barred.stands, barred.steps.map(({ why }) => why)]).toEqual(['waiting', ['insufficient_privilege']]);
  }

  const report = await runRecipe(setting.governor, other, run, { giveUp: true });
  expect([report.stands, endsOf(report)]).toEqual([
    'undone',
    [
      ['check_incident', 'done'],
      ['mark_place', 'done'],
      ['unmark_place', 'undone'],
    ],
  ]);
  expect(repository.git('tag', '--list', MARK)).toBe('');
  expect(endsOf(await runRecipe(setting.governor, agent, run))).toEqual(endsOf(report));
  expect(repository.git('status', '--porcelain')).not.toBe('');

  const again = planned('c'.repeat(22));
  await runRecipe(dying, agent, again);
  const done = await runRecipe(setting.governor, other, again);
  expect([done.stands, endsOf(done).length]).toEqual(['verified', 4]);
  expect(repository.git('status', '--porcelain')).toBe('');
});
