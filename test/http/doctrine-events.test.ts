/** Every event of the support doctrine, and how it comes about through a door: here over HTTP, or in the test that is named. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DECISION_WITHIN_MS, incidentResponse, library, standardWork } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { eventsOf, makeReady, restart, SERVICE, startGovernor } from '../governor/kit.ts';
import { type KeyName, keys, openDoor, posting } from './door.ts';

const INCIDENT = 'INC-1';
const STOPS = [
  'raise_andon',
  'record_stop_cause',
  'confirm_recovery',
  'clear_andon',
  'quarantine_resource',
  'release_quarantine',
] as const;

type Asked = readonly [key: KeyName, action: string, args: Readonly<Record<string, unknown>>];
const alert: Asked = ['agent', 'report_alert', { incident: INCIDENT, kind: 'odd', severity: 'critical' }];
const decline: Asked = ['agent', 'decline_incident', { incident: INCIDENT, why: 'false_alarm' }];
const raise: Asked = ['agent', 'raise_andon', { severity: 'high', finding: 'odd' }];
const isolate: Asked = ['owner', 'quarantine_resource', { finding: 'odd' }];
const cause: Asked = ['owner', 'record_stop_cause', { finding: 'a probe was wrong' }];
const recovered: Asked = ['probe', 'confirm_recovery', { evidence: 'd1' }];
const SANDBOX = { scope: 'environment', name: 'sandbox' };
const scoped = (action: string, more: Readonly<Record<string, unknown>> = { finding: 'full' }): Asked => [
  'owner',
  action,
  { ...SANDBOX, ...more },
];
const stopped = scoped('raise_scope_andon', { severity: 'high', finding: 'full' });
const shown = [
  scoped('record_scope_cause'),
  ['probe', 'confirm_scope_recovery', { ...SANDBOX, evidence: 'd1' }],
] as const satisfies readonly Asked[];
const analyse: Asked = ['agent', 'open_analysis', { incident: INCIDENT }];

/** What is asked over HTTP, in order; the last of it brings the event about. A number is a time that passes. */
const OVER_HTTP: Readonly<Record<string, readonly (Asked | number)[]>> = {
  alert_received: [alert],
  incident_declined: [alert, decline],
  incident_closed: [alert, decline, ['agent', 'close_incident', { incident: INCIDENT, finding: 'nothing' }]],
  incident_escalated: [alert, DECISION_WITHIN_MS.critical + 1, ['owner', 'check_health', {}]],
  andon_raised: [raise],
  stop_cause_recorded: [raise, cause],
  recovery_confirmed: [raise, recovered],
  andon_cleared: [raise, cause, recovered, ['owner', 'clear_andon', { finding: 'mended' }]],
  resource_quarantined: [isolate],
  scope_andon_raised: [stopped],
  scope_cause_recorded: [stopped, shown[0]],
  scope_recovery_confirmed: [stopped, ...shown],
  scope_andon_cleared: [stopped, ...shown, scoped('clear_scope_andon')],
  scope_quarantined: [scoped('quarantine_scope')],
  scope_released: [scoped('quarantine_scope'), ...shown, scoped('release_scope')],
  analysis_opened: [alert, analyse],
  improvement_submitted: [['owner', 'submit_improvement', { kind: 'odd', proposal: 'a probe of its own' }]],
  restoration_allowance_set: [['owner', 'allow_restoration', { allowed: true }]],
  quarantine_released: [isolate, cause, recovered, ['owner', 'release_quarantine', { finding: 'mended' }]],
};

/** A test of another door, and a text that it holds. */
const ELSEWHERE: Readonly<Record<string, readonly [file: string, text: string]>> = {
  alert_rejected: ['test/http/alerts.test.ts', 'is kept by its digest, and answered'],
  incident_checked: ['test/cli/stories.test.ts', "story: 'drift'"],
  incident_verified: ['test/cli/stories.test.ts', "story: 'drift'"],
  why_recorded: ['test/http/five-whys.test.ts', "'why_recorded'"],
  prevention_proposed: ['test/http/five-whys.test.ts', "'prevention_proposed'"],
  prevention_tested: ['test/http/five-whys.test.ts', "'prevention_tested'"],
  analysis_closed: ['test/http/five-whys.test.ts', "'analysis_closed'"],
  restoration_approved: ['test/cli/stories.test.ts', "story: 'drift'"],
  configuration_restored: ['test/cli/stories.test.ts', "story: 'drift'"],
  // Standard work stands beside the shipped catalog: no door of this folder has it.
  standard_work_allowance_set: ['test/recipes/machine-work.test.ts', "'standard_work_allowance_set'"],
  standard_work_approved: ['test/recipes/machine-work.test.ts', "'standard_work_approved'"],
  standard_work_done: ['test/recipes/machine-work.test.ts', "'standard_work_done'"],
};

/** Those that the packs declare: of incidents, of standard work and the restoration that is one, of what stops a resource. */
const events = [
  ...incidentResponse.receipt_events,
  ...standardWork.receipt_events,
  ...library.packs.flatMap(({ receipt_events }) =>
    receipt_events.filter((event) => /restoration_|^configuration_restored$/.test(event)),
  ),
  ...library.packs.flatMap(({ actions }) =>
    STOPS.flatMap((id) => (Object.hasOwn(actions, id) ? [actions[id]?.emits.approve ?? ''] : [])),
  ),
];

test('each event of the doctrine is brought about through a door, and no other one is listed', () => {
  expect([...Object.keys(OVER_HTTP), ...Object.keys(ELSEWHERE)].sort()).toEqual([...events].sort());
});

test.for(Object.entries(OVER_HTTP))('%s comes about over HTTP', async ([event, steps]) => {
  let setting = await startGovernor();
  await makeReady(setting);
  let door = openDoor(setting.governor);
  for (const step of steps) {
    if (typeof step === 'number') {
      // Nobody waits for it: whoever opens the ledger next finds how late it is.
      setting.clock.now += step;
      setting = await restart(setting);
      door = openDoor(setting.governor);
      continue;
    }
    const [key, action, args] = step;
    const resource = action === 'check_health' ? '*' : SERVICE;
    const response = await door.fetch(
      posting('/v1/actions', { action, resource, arguments: args }, { key: keys[key] }),
    );
    expect(await response.json(), action).toMatchObject({ verdict: 'approve' });
  }
  await expect.poll(() => eventsOf(setting)).toContain(event);
  await setting.governor.close();
});

test.for(Object.entries(ELSEWHERE))('%s comes about where it is said', ([event, [file, text]]) => {
  expect(readFileSync(join(repository, file), 'utf8')).toContain(text);
  if (file.includes('stories'))
    expect(readFileSync(join(repository, 'packages/cli/src/demo/configuration-drift.ts'), 'utf8')).toContain(event);
});
