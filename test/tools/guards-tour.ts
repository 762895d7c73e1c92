/** rollback_guard, storm_discipline and iam_drift_guard, used: each on a real deployment file, rate series and allow policy. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatInstant } from '@tai-autonomics/core/engine';
import { expect } from 'vitest';
import { named, people, SERVICE } from '../governor/kit.ts';
import { bearing, grant } from '../packs/guarded.ts';
import { approveFor, type Office } from './office.ts';

const { owner } = people();
const agent = bearing(
  'agent',
  'bot',
  'read_deployment',
  'write_rollback',
  'write_config',
  'read_iam',
  'write_iam',
  'write_policy',
);
const approver = bearing('user', 'arthur', 'read_iam', 'write_policy');
const about = { resource: SERVICE };

const rollsBack = async (office: Office): Promise<void> => {
  const { call } = office;
  expect((await call(agent, 'deployment_validator', about)).found).toMatchObject({ decision: { verdict: 'refuse' } });
  expect((await call(agent, 'rollback_orchestrator', about)).outcome).toBe('refused');
  // The approver sees the request whole before anything is approved.
  const waits = (await call(approver, 'approvals', { resource: '*', action: 'pending_approvals' })).found['pending'];
  expect(waits).toMatchObject([{ action: 'trigger_rollback' }]);
  await approveFor(office, agent, approver, 'trigger_rollback');
  expect((await call(agent, 'deployment_validator', about)).found).toMatchObject({ decision: { verdict: 'approve' } });
  const done = await call(agent, 'rollback_orchestrator', about);
  expect(done).toMatchObject({ outcome: 'approved', status: 'success', result: { deployed: 'v1.1.0' } });
  expect((await call(agent, 'rollback_status', about)).found).toEqual({ status: 'success' });
};

const stops = async ({ call, ask }: Office): Promise<void> => {
  const stopped = await call(agent, 'andon', { ...about, severity: 'high', finding: 'the error rate rises' });
  expect(stopped).toMatchObject({ outcome: 'approved' });
  expect(await ask(owner, 'clear_andon', { finding: 'a false alarm' })).toEqual([
    'stop_cause_missing',
    'recovery_not_confirmed',
  ]);
  expect(await ask(owner, 'record_stop_cause', { finding: 'a probe was wrong' })).toBe('approve');
  expect(await ask(owner, 'confirm_recovery', { evidence: 'd1' })).toBe('approve');
  expect(await ask(owner, 'clear_andon', { finding: 'a false alarm' })).toBe('approve');
};

const throttles = async ({ call, ask, measure }: Office): Promise<void> => {
  measure(60, 60, 60);
  expect(await ask(owner, 'set_throttle_policy', { least: 5, most: 50 })).toBe('approve');
  expect((await call(agent, 'storm_detector', about)).found).toEqual({ rate: 60, baseline: 10, proposal: 20 });
  const set = await call(agent, 'throttle_config', { ...about, action: 'activate_throttle' });
  expect(set.result).toEqual({ from: 0, to: 20 });
  expect((await call(agent, 'storm_status', { ...about, action: 'check_storm_status' })).found).toMatchObject({
    limit: 20,
  });
};

const undoesDrift = async ({ call, declare, enforce, setting, submit }: Office): Promise<void> => {
  const binding = { role: 'roles/run.invoker', members: ['user:dana@acme.example'] };
  const extra = { role: 'roles/editor', members: ['user:contractor@elsewhere.example'] };
  declare({ version: 3, bindings: [binding] });
  enforce({ version: 3, bindings: [binding, extra], etag: 'one' });
  expect((await call(agent, 'drift_detector', about)).found).toMatchObject({ changes: 1 });
  const refused = await submit(agent, 'remediate_drift');
  if (refused.decision.verdict !== 'refuse') throw new Error('nobody approved it');
  const step = refused.decision.reasons.map(({ next }) => next).find((next) => next.kind === 'authority');
  if (step?.kind !== 'authority') throw new Error('no approval would help');
  const expires_at = formatInstant(setting.clock.now + 3_600_000);
  const approval = await call(approver, 'drift_policy', { ...about, ...step.submit.arguments, expires_at });
  expect(approval).toMatchObject({ outcome: 'approved' });
  expect(await call(agent, 'drift_remediate', about)).toMatchObject({ outcome: 'approved', status: 'success' });
};

/** An incident, from its alert to its end, with a throttle as its remedy; and one whose remedy is not there to be given. */
const carriesThrough = async ({ call, measure, ask, folder }: Office): Promise<void> => {
  measure(60, 60, 60);
  const incident = { ...about, incident: 'inc-storm' };
  const step = async (action: string, args = {}): Promise<void> =>
    expect(await call(agent, 'incidents', { ...incident, action, ...args })).toMatchObject({ outcome: 'approved' });
  await step('report_alert', { kind: 'request_storm', severity: 'high' });
  await step('check_incident', { recipe: 'throttle_request_storm' });
  const throttled = await call(agent, 'throttle_config', { ...incident, action: 'activate_throttle' });
  expect(throttled).toMatchObject({ outcome: 'approved', status: 'success' });
  await step('verify_incident');
  await step('close_incident', { finding: 'a partner began to poll' });
  const shown = await call(agent, 'incidents', { ...incident, action: 'show_incident' });
  expect(shown.found).toMatchObject({ state: 'closed', occurrences: 1, recipe: 'throttle_request_storm@1.0.0' });
  // Why it came about: each answer names a receipt of the incident. What prevents it is proposed, and not tested yet.
  const look = async (action: string, args = {}) => call(agent, 'incidents', { ...incident, action, ...args });
  expect(await look('open_analysis')).toMatchObject({ outcome: 'approved' });
  let receipt = (shown.found as { readonly latest?: string }).latest ?? '';
  for (let i = 0; i < 5; i++) {
    expect(await look('record_why', { receipt, because: 'nobody had said a limit' })).toMatchObject({
      outcome: 'approved',
    });
    // The next one is asked of this answer.
    receipt = ((await look('show_analysis')).found as { readonly latest_why?: string }).latest_why ?? '';
  }
  const candidate = 'c'.repeat(43);
  expect(await ask(owner, 'propose_prevention', { incident: 'inc-storm', candidate })).toBe('approve');
  expect(await look('close_analysis', { finding: 'no limit' })).toMatchObject({ outcome: 'refused' });
  expect((await look('show_analysis')).found).toMatchObject({ state: 'open', whys: 5, passed: false });
  // Configuration that somebody edits by hand, in the repository of the declared policy.
  writeFileSync(join(folder, 'repository', 'policy.json'), '{}');
  const drift = { ...about, incident: 'inc-drift' };
  for (const step of [
    { action: 'report_alert', kind: 'configuration_drift', severity: 'low' },
    { action: 'check_incident', recipe: 'restore_drifted_configuration' },
  ])
    expect(await call(agent, 'incidents', { ...drift, ...step })).toMatchObject({ outcome: 'approved' });
  expect(await ask(owner, 'allow_restoration', { allowed: true })).toBe('approve');
  const restored = await call(agent, 'configuration_restorer', drift);
  expect(restored).toMatchObject({ outcome: 'approved', status: 'success', result: { files: 1 } });
  const measured = await call(agent, 'incidents', { resource: '*', action: 'measure_incidents' });
  expect(measured.found).toMatchObject({ figure: { opened: 2, decided: 2, breached: 0, closed: 1 } });
};

/** The whole tour. */
export const tourGuards = async (office: Office): Promise<void> => {
  const subject = named(approver);
  await grant(office, agent);
  await grant(office, approver);
  expect(await office.ask(owner, 'grant_relation', { subject, relation: 'approver' })).toBe('approve');
  await rollsBack(office);
  await stops(office);
  await throttles(office);
  await undoesDrift(office);
  await carriesThrough(office);
};
