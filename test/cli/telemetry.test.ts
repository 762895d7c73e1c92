/** What a server tells its operator: each intent and each fault, and no secret, no evidence, no name of a subject. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTelemetry } from '@tai-autonomics/cli';
import { mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import {
  approve,
  makeReady,
  people,
  rollback,
  type Setting,
  stableWorld,
  startGovernor,
  worldObserver,
} from '../governor/kit.ts';
import { captureIo } from './terminal.ts';

/** What is planted in every input, and may stand in no output. */
const PLANTED = /planted/i;

const terminal = captureIo('.');
const telemetry = createTelemetry(terminal.io, 'json');
let setting: Setting;
const lines = (): readonly Readonly<Record<string, unknown>>[] =>
  terminal
    .err()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

beforeAll(async () => {
  const world = stableWorld().set('deployed_version', 'v-planted-evidence');
  setting = await startGovernor({
    world,
    onAnswered: telemetry.answered,
    onFault: (detail) => telemetry.io.err(`tai: ${detail}\n`),
  });
  const { governor } = setting;
  telemetry.watch(governor);
  await makeReady(setting);
  const { agent } = people();
  await approve(setting, { ...rollback, resource: 'planted-resource' });
  await governor.submit(agent, {
    ...rollback,
    id: 'planted-id',
    incident: 'planted-incident',
    resource: 'planted-resource',
    arguments: { planted: 'planted-argument' },
    trace: '0af7651916cd43dd8448eb211c80319c',
  });
  await governor.submit(agent, { action: 'planted_action', resource: 'planted-resource' });
  await governor.submit({ ...agent, tenant: 'nobody', subject: { type: 'agent', id: 'planted-subject' } }, rollback);
});
afterAll(() => setting.governor.close());

describe('the log', () => {
  test('has one line for each intent: who, what, the verdict, every code, the receipt and how long it took', () => {
    const intents = lines().filter(({ msg }) => msg === 'intent');
    expect(intents).toHaveLength(10);
    const asked = intents.find(({ trace_id: trace }) => trace !== undefined);
    expect(asked).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^20\d\d-\d\d-\d\dT/),
      tenant: 'acme',
      subject: setting.governor.refOf('acme', people().agent.subject),
      subject_type: 'agent',
      action: 'trigger_rollback',
      verdict: 'refuse',
      codes: ['arguments_invalid', 'rollback_policy_not_approved'],
      receipt: expect.any(Number),
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      ms: expect.any(Number),
    });
    expect(intents.at(-1)).toMatchObject({ level: 'warn', verdict: 'not_decided', codes: ['unknown_tenant'] });
  });

  test('names no action that the tenant does not have: it is the caller’s own text', () => {
    const unknown = lines().filter(({ codes }) => (codes as readonly string[] | undefined)?.includes('tool_not_found'));
    expect(unknown).toHaveLength(1);
    expect(unknown[0]).not.toHaveProperty('action');
  });

  test('says a fault once, in one line, without what looks like a secret in it', async () => {
    const { secretText } = mintCredential(systemRandom, { tenant: 'a', subject: { type: 'user', id: 'u' }, scope: [] });
    const secrets = [
      secretText,
      'authorization: Bearer planted.planted.planted',
      'https://user:planted@example.com/x',
      'password=planted, token: "planted with spaces"',
      '-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----',
      'AWS_SECRET_ACCESS_KEY=planted',
    ];
    const before = lines().length;
    telemetry.io.err(`tai: kubectl said: ${secrets.join('\n')}\n`);
    const said = lines().slice(before);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ level: 'warn', msg: 'fault', fault: expect.stringContaining('kubectl said') });
    expect(JSON.stringify(said)).not.toContain(secretText.slice(-43));
  });

  test('for a person is one short line each', () => {
    const { io, err } = captureIo('.');
    const short = createTelemetry(io, 'pretty');
    short.answered({
      tenant: 'acme',
      subject: { type: 'agent', ref: 'sub_x' },
      action: 'trigger_rollback',
      verdict: 'refuse',
      codes: ['andon_open', 'rate_limited'],
      receipt: { seq: 7, leaf: 'x' },
      repeated: false,
      ms: 1.26,
    });
    short.io.err('tai: the signer is gone\n');
    short.info('serving on http://127.0.0.1:1');
    expect(err().replace(/^\d\d:\d\d:\d\d/gm, 'AT')).toBe(
      'AT acme  trigger_rollback  refuse  andon_open, rate_limited  receipt 7  1.3 ms\n' +
        'AT fault the signer is gone\n' +
        'AT serving on http://127.0.0.1:1\n',
    );
  });

  test('that is off leaves the faults, as plain lines', () => {
    const { io, err } = captureIo('.');
    const off = createTelemetry(io, 'off');
    off.info('serving');
    off.io.err('tai: the signer is gone\n');
    expect(err()).toBe('tai: the signer is gone\n');
  });
});

describe('the figures', () => {
  test('count intents, reasons and outcomes, and say whether intents can be decided', async () => {
    const text = await telemetry.metrics.text();
    expect(text).toContain('tai_intents_total{action="trigger_rollback",verdict="refuse"} 2');
    expect(text).toContain('tai_intents_total{action="unknown",verdict="not_decided"} 1');
    expect(text).toContain('tai_reasons_total{code="tool_not_found"} 1');
    expect(text).toContain('tai_ready 1');
  });

  test('do not count an answer again that was recorded', async () => {
    const before = await telemetry.metrics.text();
    await setting.governor.submit(people().agent, { action: 'planted_action', resource: 'x', id: 'twice' });
    const once = await telemetry.metrics.text();
    await setting.governor.submit(people().agent, { action: 'planted_action', resource: 'x', id: 'twice' });
    const counted = (all: string): string | undefined =>
      /^tai_intents_total\{action="unknown",verdict="refuse"\} \d+$/m.exec(all)?.[0];
    expect(counted(once)).not.toBe(counted(before));
    expect(counted(await telemetry.metrics.text())).toBe(counted(once));
  });

  test('are those that the dashboard and the alerts ask for', async () => {
    const known = new Set(
      [...(await telemetry.metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    );
    for (const file of ['examples/operating/dashboard.json', 'deploy/prometheus/rules.yaml']) {
      const asked = readFileSync(join(repository, file), 'utf8');
      const names = [...asked.matchAll(/\b(?:tai|nodejs)_[a-z0-9_]+\b(?=[^:\w]|$)/g)].map(([name]) => name);
      expect(names.length).toBeGreaterThan(4);
      expect(
        names.filter((name) => !known.has(name)),
        file,
      ).toEqual([]);
    }
  });
});

test('no output holds what was planted in the inputs', async () => {
  // The plants are real: the ledger has the resource's reading and the evidence.
  expect(JSON.stringify([...setting.world])).toMatch(PLANTED);
  expect(terminal.err()).not.toMatch(PLANTED);
  expect(await telemetry.metrics.text()).not.toMatch(PLANTED);
});

test('a listener that throws is said, and changes no answer', async () => {
  const faults: string[] = [];
  const world = stableWorld();
  const { governor, clock } = await startGovernor({
    world,
    observers: [worldObserver(world, () => 0)],
    onFault: (detail) => faults.push(detail),
    onAnswered: () => {
      throw new Error('the disk of the log is full');
    },
  });
  // What was said of the store at the start is no matter here.
  faults.length = 0;
  await makeReady({ governor, clock });
  expect(new Set(faults)).toEqual(new Set(['a listener for answers failed: the disk of the log is full']));
  await governor.close();
});
