/** storm_discipline through the governor, over real files: every event and every code of the pack (P-27 to P-32, C-21, C-22). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { stormDiscipline } from '@tai-autonomics/packs';
import { describe, expect, test } from 'vitest';
import { loaded, people, SERVICE, shipped, TENANT } from '../governor/kit.ts';
import { expectVerified } from '../governor/verified.ts';
import { builtModule } from '../programs/program.ts';
import { bearing, type Guarded, grant, startGuarded, unproduced } from './guarded.ts';

const { owner } = people();
const agent = bearing('agent', 'bot', 'read_deployment', 'write_config');
const STORM = [60, 60, 60];
const CALM_AGAIN = [10, 10, 10, 10, 10];

const handlerOf = (name: string, folder: string) => ({
  step: 'set_throttle',
  module: builtModule(import.meta.resolve('../governor/handlers.ts')),
  export: name,
  options: { log: `${folder}/log`, world: `${folder}/world` },
});
const limitsOf = ({ limits }: Guarded): unknown => JSON.parse(readFileSync(limits, 'utf8')).limits.acme ?? {};

test('a storm from its detection to its end: throttled inside the policy, lifted when it is over, and all of it verifies', async (context) => {
  const guarded = await startGuarded(context);
  const { ask, submit, events, measure, setting } = guarded;
  await grant(guarded, agent);
  measure();
  expect(await ask(agent, 'detect_storm')).toEqual(['no_storm_detected']);
  expect(await ask(agent, 'activate_throttle')).toEqual(['no_storm_detected', 'throttle_policy_undefined']);
  expect(await ask(agent, 'adjust_throttle', { limit: 30 })).toEqual([
    'throttle_not_active',
    'throttle_limit_outside_policy',
  ]);
  expect(await ask(agent, 'clear_storm')).toEqual(['no_storm_detected']);
  expect(await ask(owner, 'set_throttle_policy', { least: 5, most: 4 })).toEqual(['throttle_policy_undefined']);
  expect(await ask(agent, 'set_throttle_policy', { least: 1, most: 50 })).toEqual([
    'insufficient_privilege',
    'insufficient_privilege',
  ]);
  expect(await ask(owner, 'set_throttle_policy', { least: 5, most: 19 })).toBe('approve');
  measure(...STORM);
  expect(await ask(agent, 'activate_throttle')).toEqual(['throttle_limit_outside_policy']);
  expect(await ask(owner, 'set_throttle_policy', { least: 5, most: 50 })).toBe('approve');
  await events();

  const seen = await submit(agent, 'detect_storm');
  expect(seen.outcome?.result).toEqual({ rate: 60, baseline: 10, proposal: 20 });
  const activated = await submit(agent, 'activate_throttle');
  expect(activated.outcome).toMatchObject({ status: 'success', result: { from: 0, to: 20 } });
  expect(limitsOf(guarded)).toEqual({ [SERVICE]: 20 });
  expect(await events()).toEqual(['storm_detected', 'action_approved', 'action_begun', 'throttle_activated']);

  expect(await ask(agent, 'adjust_throttle', { limit: 51 })).toEqual(['throttle_limit_outside_policy']);
  expect(await ask(agent, 'adjust_throttle', { limit: 0 })).toEqual(['storm_not_over']);
  expect(await ask(agent, 'adjust_throttle', {})).toEqual(['arguments_invalid']);
  expect(await ask(agent, 'clear_storm')).toEqual(['storm_not_over', 'storm_not_over']);
  await events();
  expect(await ask(agent, 'adjust_throttle', { limit: 35 })).toBe('approve');
  expect(limitsOf(guarded)).toEqual({ [SERVICE]: 35 });
  const { outcome } = await submit(agent, 'check_storm_status');
  expect(outcome?.result).toEqual({ status: 'storm', calm: 20, limit: 35, outcome: 'success', least: 5, most: 50 });

  measure(...STORM, ...CALM_AGAIN);
  expect(await ask(agent, 'clear_storm')).toEqual(['storm_not_over']);
  expect(await ask(agent, 'adjust_throttle', { limit: 0 })).toBe('approve');
  expect(limitsOf(guarded)).toEqual({});
  expect(await ask(agent, 'clear_storm')).toBe('approve');
  expect((await events()).filter((event) => event.startsWith('storm_') || event.startsWith('throttle_'))).toEqual([
    'throttle_adjusted',
    'throttle_adjusted',
    'storm_cleared',
  ]);
  expect(await ask(agent, 'clear_storm')).toEqual(['no_storm_detected']);
  await expectVerified(setting, TENANT, new Set(guarded.raw.keys()));
});

/** The shipped catalog, with a throttle that may take so long. */
const hasty = loaded({
  ...shipped.catalog.source,
  packs: shipped.catalog.source.packs.map((pack) =>
    pack.pack_id === 'storm_discipline'
      ? { ...pack, compute_limits: { ...pack.compute_limits, timeoutMs: 1_500 } }
      : pack,
  ),
});

test('a throttle that is not set in time is a storm_timeout; since it may be there, it can be adjusted', async (context) => {
  const folder = await startGuarded(context, { catalog: hasty, handlers: [] });
  const guarded = await startGuarded(context, { catalog: hasty, handlers: [handlerOf('hangs', folder.folder)] });
  const { ask, submit, events, measure } = guarded;
  await grant(guarded, agent);
  await ask(owner, 'set_throttle_policy', { least: 5, most: 50 });
  measure(...STORM);
  const { outcome } = await submit(agent, 'activate_throttle');
  expect(outcome).toMatchObject({ status: 'timeout', result: { limitMs: 1_500 } });
  expect((await events()).at(-1)).toBe('storm_timeout');
  expect((await submit(agent, 'check_storm_status')).outcome?.result).toMatchObject({ limit: 20, outcome: 'timeout' });
});

test('a handler that says so while no limit is in force has failed, and no throttle counts as active', async (context) => {
  const guarded = await startGuarded(context);
  const claiming = await startGuarded(context, { handlers: [handlerOf('claims', guarded.folder)] });
  const { ask, submit, measure } = claiming;
  await grant(claiming, agent);
  await ask(owner, 'set_throttle_policy', { least: 5, most: 50 });
  measure(...STORM);
  const { outcome } = await submit(agent, 'activate_throttle');
  expect(outcome).toMatchObject({ status: 'failed', receipt: { event: 'action_executed' } });
  expect(existsSync(claiming.limits)).toBe(false);
  expect(await ask(agent, 'adjust_throttle', { limit: 20 })).toEqual(['throttle_not_active']);
});

describe('evidence', () => {
  test('a series that ended more than a minute ago is stale, however fresh the file', async (context) => {
    const guarded = await startGuarded(context);
    const { ask, measure, setting } = guarded;
    await grant(guarded, agent);
    measure(...STORM);
    setting.clock.now += 60_000;
    expect(await ask(agent, 'detect_storm')).toBe('approve');
    setting.clock.now += 1;
    expect(new Set(await ask(agent, 'detect_storm'))).toEqual(new Set(['evidence_stale']));
  });
  test('without metrics, or with a broken limits file, nothing is known and nothing is throttled', async (context) => {
    const guarded = await startGuarded(context);
    const { ask, submit, measure } = guarded;
    await grant(guarded, agent);
    expect(new Set(await ask(agent, 'detect_storm'))).toEqual(new Set(['evidence_missing']));
    await ask(owner, 'set_throttle_policy', { least: 5, most: 50 });
    measure(...STORM);
    writeFileSync(guarded.limits, '{"format":"tai-autonomics/throttle@2","limits":{"acme":{"payments":-1}}}');
    expect((await submit(agent, 'activate_throttle')).outcome?.status).toBe('failed');
    expect(readFileSync(guarded.limits, 'utf8')).toContain('-1');
  });
});

test('what the pack says of itself is what was asked for', () => {
  const { tools, signals, receipt_events, compute_limits, required_iam_roles, requires, version } = stormDiscipline;
  expect({ version, requires, signals, receipt_events, compute_limits, required_iam_roles }).toEqual({
    version: '1.0.0',
    requires: ['receipt_verifier'],
    signals: ['storm_detected', 'throttle_activated', 'throttle_adjusted', 'storm_cleared'],
    receipt_events: ['storm_detected', 'throttle_activated', 'throttle_adjusted', 'storm_cleared', 'storm_timeout'],
    compute_limits: { timeoutMs: 60_000, memoryBytes: 134_217_728, cpuPercent: 15 },
    required_iam_roles: ['read_deployment', 'write_config', 'read_metrics'],
  });
  const rolesOf = (action: string): unknown => stormDiscipline.actions[action]?.roles;
  expect(tools.map(({ tool, actions }) => [tool, actions.map((action) => [action, rolesOf(action)])])).toEqual([
    ['storm_detector', [['detect_storm', ['read_deployment']]]],
    [
      'throttle_config',
      [
        ['activate_throttle', ['read_deployment', 'write_config']],
        ['adjust_throttle', ['read_deployment', 'write_config']],
      ],
    ],
    [
      'storm_status',
      [
        ['clear_storm', ['read_deployment']],
        ['check_storm_status', ['read_deployment']],
      ],
    ],
  ]);
});

test('every event and every code of the pack was produced here', () => expect(unproduced(stormDiscipline)).toEqual([]));
