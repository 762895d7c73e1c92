/**
 * Incidents, from their alert to their end: no step can be skipped, each names the one before, their clocks are the ledger's, and
 * the same observations give the same bytes (D-01, D-16, D-39 to D-41, D-45, R-07).
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { decide } from '@tai-autonomics/core';
import { formatInstant } from '@tai-autonomics/core/engine';
import { owns, type Receipt, type WireWrite } from '@tai-autonomics/core/receipt';
import type { Asked, Handler, Observer, Submitted } from '@tai-autonomics/governor';
import { takeAlerts } from '@tai-autonomics/governor/operator';
import { DECISION_WITHIN_MS, incidentResponse, library, SEVERITIES } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lawful, merged, observed, shipped } from '../fixtures/tenant.ts';
import { system } from '../keys/two-keys.ts';
import { builtModule } from '../programs/program.ts';
import { runs } from '../runs.ts';
import {
  approved,
  clockAt,
  codes,
  decided,
  ledgerOf,
  loaded,
  makeReady,
  people,
  restart,
  SERVICE,
  type Setting,
  START,
  startGovernor,
} from './kit.ts';
import { expectVerified } from './verified.ts';

const { agent, owner, service } = people();
const MINUTE_MS = 60_000;
const INCIDENT = 'inc-drift';
const RECIPE = 'restore_drifted_configuration';

const about = (action: string, args: Asked['arguments'] = {}, id?: string): Asked => ({
  action,
  resource: SERVICE,
  arguments: { incident: INCIDENT, ...args },
  ...(id === undefined ? {} : { id }),
});
const alert = (severity: string, status = 'firing', id?: string): Asked =>
  about('report_alert', { kind: 'configuration_drift', severity, status }, id);

/** Random bytes that are the same in every run. */
const countedBytes = (): ((length: number) => Uint8Array) => {
  let n = 0;
  return (length) =>
    Uint8Array.from({ length }, () => {
      n = (n + 7) % 251;
      return n;
    });
};

/** Says that it did; what is seen then is the observer's. */
const claims: Handler = {
  step: 'restore_configuration',
  module: builtModule(import.meta.resolve('./handlers.ts')),
  export: 'claims',
  options: { log: '/dev/null' },
};

/** The scenario of D-45: alert at 0, checks at 2, decision at 4, execution done at 8, verification and end at 12 minutes. */
const drift = async (): Promise<Setting & { readonly answers: readonly Submitted[] }> => {
  const clock = clockAt(START);
  // Checked, and looked at before the restoration: drifted. Looked at after it, and verified: not.
  const looks = [true, true, false, false];
  const observer: Observer = {
    source: 'configuration',
    facts: ['configuration_drifted', 'configuration_commit', 'configuration_drift'],
    timeoutMs: 2_000,
    observe: async (_about, facts) => {
      const drifted = looks.shift() ?? false;
      if (looks.length === 1) clock.now = START + 8 * MINUTE_MS;
      const all = {
        configuration_drifted: drifted,
        configuration_commit: 'c'.repeat(40),
        configuration_drift: 'd'.repeat(43),
      };
      return Object.entries(all)
        .filter(([fact]) => facts.includes(fact))
        .map(([fact, value]) => ({ fact, value, observedAt: clock.now }));
    },
  };
  const setting = await startGovernor({ clock, random: countedBytes(), observers: [observer], handlers: [claims] });
  await makeReady(setting);
  const { governor } = setting;
  approved(
    await governor.submit(owner, {
      id: 'allow',
      action: 'allow_restoration',
      resource: SERVICE,
      arguments: { allowed: true },
    }),
  );
  const steps = [
    [service, alert('medium', 'firing', 'R1'), 0],
    [agent, about('check_incident', { recipe: RECIPE }, 'R2'), 2],
    [agent, about('restore_configuration', {}, 'R3'), 4],
    [agent, about('verify_incident', {}, 'R5'), 12],
    [agent, about('close_incident', { finding: 'it was edited by hand' }, 'R6'), 12],
  ] as const;
  const answers: Submitted[] = [];
  for (const [caller, asked, minutes] of steps) {
    clock.now = START + minutes * MINUTE_MS;
    answers.push(approved(await governor.submit(caller, asked)));
  }
  return { ...setting, answers };
};

const written = ({ writes }: Receipt, cell: string): unknown => {
  const write = (writes as readonly WireWrite[]).find((one) => one.cell === cell);
  return write !== undefined && owns(write, 'set') ? write.set : undefined;
};

test('the drift of the founding example leaves six receipts, each naming the one before, and the ledger verifies', async () => {
  const setting = await drift();
  const entries = (await ledgerOf(setting)).filter(({ receipt }) => receipt.incident === INCIDENT);
  const steps = entries.filter(({ receipt }) => receipt.kind !== 'consequence').map(({ receipt }) => receipt);
  expect(steps.map(({ event }) => event)).toEqual([
    'alert_received',
    'incident_checked',
    'restoration_approved',
    'configuration_restored',
    'incident_verified',
    'incident_closed',
  ]);
  const [r1, r2, r3, r4, r5, r6] = steps as [Receipt, Receipt, Receipt, Receipt, Receipt, Receipt];
  for (const [before, after] of [
    [r1, r2],
    [r2, r3],
    [r3, r5],
    [r5, r6],
  ] as const)
    expect(written(after, 'incident_cause')).toBe(before.id);
  // The execution has its own link, which every outcome has; it shares its decision's id, so R5 follows from both.
  expect(r4.kind === 'outcome' && r4.of.seq).toBe(r3.seq);
  expect(r4.id).toBe(r3.id);
  expect(written(r2, 'incident_recipe')).toBe(`${RECIPE}@1.0.0`);
  await expectVerified(setting);
});

test('its times are measured from the receipts: 2, 2, 4 and 4 minutes', async () => {
  const { governor } = await drift();
  const measured = approved(await governor.submit(agent, { action: 'measure_incidents', resource: '*' }));
  const took = (minutes: number): unknown =>
    expect.objectContaining({ count: 1, leastMs: minutes * MINUTE_MS, mostMs: minutes * MINUTE_MS });
  expect(measured.outcome?.result).toMatchObject({
    figure: {
      opened: 1,
      decided: 1,
      declined: 0,
      breached: 0,
      recurred: 0,
      closed: 1,
      open: 0,
      toChecks: took(2),
      toDecision: took(2),
      toExecution: took(4),
      toVerification: took(4),
    },
  });
});

/** What a run measures of itself (how long it took) is disclosed with its outcome: that digest differs, and what links to it. */
const decidedBytes = ({ prev: _, _sd, ...receipt }: Receipt): string =>
  JSON.stringify(receipt.kind === 'outcome' ? receipt : { ...receipt, _sd });

test('the same observations give the same receipts, byte for byte, but for what a run measures of itself', async () => {
  const runOnce = async (): Promise<readonly string[]> =>
    (await ledgerOf(await drift())).map(({ receipt }) => decidedBytes(receipt));
  expect(await runOnce()).toEqual(await runOnce());
});

const STATES = ['none', 'alerted', 'checked', 'remedying', 'executed', 'verified', 'declined', 'closed'] as const;
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  report_alert: STATES,
  check_incident: ['alerted', 'checked', 'executed'],
  restore_configuration: ['checked'],
  decline_incident: ['alerted', 'checked', 'executed'],
  verify_incident: ['executed'],
  close_incident: ['verified', 'declined'],
  escalate_incident: ['alerted', 'checked'],
};

const inState = (state: string) => ({
  incident_state: { 'inc-1': state },
  incident_resource: { 'inc-1': 'res_svc' },
  incident_kind: { 'inc-1': 'configuration_drift' },
});

test.for(Object.entries(ALLOWED))('%s is approved in exactly its states, whatever else holds', ([action, allowed]) => {
  const approvedIn = STATES.filter(
    (state) =>
      decide(shipped, observed(shipped, merged(lawful[action], { state: inState(state) }))).verdict === 'approve',
  );
  expect(approvedIn).toEqual(allowed);
});

test.for(SEVERITIES)('a decision on an incident that is %s is late exactly when it is over its limit', (severity) => {
  const limit = DECISION_WITHIN_MS[severity];
  const reported = decide(
    shipped,
    observed(shipped, merged(lawful['report_alert'], { intent: { action: { arguments: { severity } } } })),
  );
  const at = Date.parse('2026-01-26T12:00:00.000Z');
  expect(reported.verdict === 'approve' && reported.writes).toContainEqual({
    cell: 'incident_due_at',
    key: ['inc-1'],
    change: { at: at + limit },
  });
  const escalated = (overMs: number): string => {
    const due = formatInstant(at - overMs);
    return decide(
      shipped,
      observed(shipped, merged(lawful['escalate_incident'], { state: { incident_due_at: { 'inc-1': due } } })),
    ).verdict;
  };
  expect([escalated(0), escalated(1)]).toEqual(['refuse', 'approve']);
});

test.for(SEVERITIES)(
  'a remedy that was approved in time and did not succeed has to be decided on anew, and is not late: %s',
  (severity) => {
    const at = Date.parse('2026-01-26T12:00:00.000Z');
    const within = DECISION_WITHIN_MS[severity];
    const dueAfter = (action: string, state: string): number | undefined => {
      const o = merged(lawful[action], {
        state: {
          ...inState(state),
          incident_severity: { 'inc-1': severity },
          incident_due_at: { 'inc-1': formatInstant(at) },
        },
      });
      const decision = decide(shipped, observed(shipped, o));
      const write =
        decision.verdict === 'approve' ? decision.writes.findLast(({ cell }) => cell === 'incident_due_at') : undefined;
      return write !== undefined && 'at' in write.change ? Number(write.change.at) : undefined;
    };
    const deadline = shipped.actions.get('restore_configuration')?.action.does;
    const limit = deadline !== undefined && 'limits' in deadline ? deadline.limits?.timeoutMs : undefined;
    expect(dueAfter('restore_configuration', 'checked')).toBe(at + (limit ?? 300_000) + within);
    // What is still seen afterwards is decided on within the same time; a first check changes nothing.
    expect(dueAfter('check_incident', 'executed')).toBe(at + within);
    expect(dueAfter('check_incident', 'alerted')).toBeUndefined();
  },
);

test('an alert that is worse than an incident after its remedy makes it due from then on, not from its first alert', () => {
  const at = Date.parse('2026-01-26T12:00:00.000Z');
  const dueWith = (clock: Readonly<Record<string, unknown>>): unknown => {
    const o = merged(lawful['report_alert'], {
      intent: { action: { arguments: { severity: 'critical' } } },
      state: {
        ...inState('checked'),
        incident_severity: { 'inc-1': 'low' },
        incident_opened_at: { 'inc-1': formatInstant(at - 3_600_000) },
        ...clock,
      },
    });
    const decision = decide(shipped, observed(shipped, o));
    const write =
      decision.verdict === 'approve' ? decision.writes.findLast(({ cell }) => cell === 'incident_due_at') : undefined;
    return write?.change;
  };
  const within = DECISION_WITHIN_MS.critical;
  expect(dueWith({})).toEqual({ at: at - 3_600_000 + within });
  expect(dueWith({ incident_clock_at: { 'inc-1': formatInstant(at - 1_000) } })).toEqual({ at: at - 1_000 + within });
});

test('a clock survives a restart: nobody decided while no process ran, and that is recorded once', async () => {
  const first = await startGovernor();
  await makeReady(first);
  approved(await first.governor.submit(service, alert('critical')));
  first.clock.now += DECISION_WITHIN_MS.critical + 1;
  for (const _ of [1, 2]) {
    const again = await restart(first);
    await again.governor.submit(owner, { action: 'check_health', resource: '*' });
    await expect
      .poll(async () => (await ledgerOf(again)).filter(({ receipt }) => receipt.event === 'incident_escalated').length)
      .toBe(1);
  }
  const escalated = (await ledgerOf(first)).find(({ receipt }) => receipt.event === 'incident_escalated');
  expect(escalated?.receipt.incident).toBe(INCIDENT);
});

const suspend: Asked = {
  action: 'suspend_tenant',
  resource: '*',
  arguments: { why: 'payment', finding: 'two invoices are open' },
};
/** What became of the incident after its alert. */
const overdue = async (setting: Setting): Promise<readonly string[]> =>
  (await ledgerOf(setting)).flatMap(({ receipt: { incident, event } }) =>
    incident === INCIDENT && event !== 'alert_received' ? [event] : [],
  );

test('nobody decided while the tenant was suspended: that is recorded once all the same', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  approved(await setting.governor.submit(service, alert('critical')));
  approved(await setting.governor.submit(system, suspend));
  setting.clock.now += DECISION_WITHIN_MS.critical + 1;
  const next = await restart(setting);
  await next.governor.submit(owner, { action: 'check_health', resource: '*' });
  await expect.poll(() => overdue(next)).toEqual(['incident_escalated']);
});

const { escalate_incident: escalation, ...others } = incidentResponse.actions;
const { evenWhenSuspended: _, ...held } = escalation ?? expect.fail();
test.for([
  ['has no such action', others, [], 1],
  ['refuses it', { ...others, escalate_incident: held }, ['action_refused'], 0],
] as const)('where the catalog %s, it is asked once, and not again at once', async ([, actions, recorded, said]) => {
  const packs = library.packs.map((pack) => (pack.pack_id === incidentResponse.pack_id ? { ...pack, actions } : pack));
  const setting = await startGovernor({ catalogs: [loaded({ ...library, packs })] });
  await makeReady(setting);
  approved(await setting.governor.submit(service, alert('critical')));
  approved(await setting.governor.submit(system, suspend));
  const now = setting.clock.now + DECISION_WITHIN_MS.critical + 1;
  let looks = 0;
  const counted = (): number => {
    looks += 1;
    return now;
  };
  const next = await restart(setting, { clock: Object.assign(counted, { now }) });
  await next.governor.submit(owner, { action: 'check_health', resource: '*' });
  const missed = (): number => setting.faults.filter((fault) => fault.includes('has no such action')).length;
  await expect.poll(async () => [await overdue(next), missed()]).toEqual([recorded, said]);
  await pause(50);
  const before = looks;
  await pause(100);
  expect(looks - before).toBeLessThan(10);
  expect([await overdue(next), missed()]).toEqual([recorded, said]);
});

test('alerts of one incident are folded into it: the severity only rises, and one is opened', async () => {
  const anAlert = fc.record({
    severity: fc.constantFrom(...SEVERITIES),
    status: fc.constantFrom('firing', 'resolved'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anAlert, { minLength: 1, maxLength: 6 }), async (alerts) => {
      const setting = await startGovernor();
      await makeReady(setting);
      const { governor } = setting;
      for (const { severity, status } of alerts) approved(await governor.submit(service, alert(severity, status)));
      const shown = approved(await governor.submit(agent, about('show_incident'))).outcome?.result as Record<
        string,
        unknown
      >;
      const firing = alerts.findIndex(({ status }) => status === 'firing');
      const folded = firing < 0 ? [] : alerts.slice(firing);
      const worst = Math.max(
        ...folded.flatMap(({ severity, status }) => (status === 'firing' ? [SEVERITIES.indexOf(severity)] : [])),
      );
      expect(shown).toMatchObject({
        state: firing < 0 ? 'none' : 'alerted',
        occurrences: firing < 0 ? 0 : 1,
        alerts: folded.length,
        severity: firing < 0 ? 'none' : SEVERITIES[worst],
      });
      await governor.close();
    }),
    { numRuns: runs(20) },
  );
});

test('an incident that comes back within 30 days recurs; a millisecond later it is another time', async () => {
  const recursAfter = async (ms: number): Promise<unknown> => {
    const setting = await startGovernor();
    await makeReady(setting);
    const { governor, clock } = setting;
    const steps = [
      alert('low'),
      about('decline_incident', { why: 'false_alarm' }),
      about('close_incident', { finding: 'no' }),
    ];
    for (const asked of steps) approved(await governor.submit(agent, asked));
    clock.now += ms;
    approved(await governor.submit(agent, alert('low')));
    const shown = approved(await governor.submit(agent, about('show_incident'))).outcome?.result as Record<
      string,
      unknown
    >;
    await governor.close();
    return [shown['recurred'], shown['occurrences']];
  };
  const DAYS_30_MS = 30 * 86_400_000;
  expect(await recursAfter(DAYS_30_MS)).toEqual([true, 2]);
  expect(await recursAfter(DAYS_30_MS + 1)).toEqual([false, 2]);
});

test('the label of an intent and its incident are one; two of them are none', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  const { governor } = setting;
  const { incident: _, ...unnamed } = alert('low').arguments as Record<string, unknown>;
  const labelled = { ...alert('low'), arguments: unnamed, incident: INCIDENT };
  const answer = approved(await governor.submit(service, labelled));
  const entry = (await ledgerOf(setting)).find(({ receipt }) => receipt.seq === answer.receipt.seq);
  expect(entry?.receipt.incident).toBe(INCIDENT);
  expect(await governor.submit(service, { ...alert('low'), incident: 'inc-other' })).toMatchObject({
    decided: false,
    why: 'malformed',
  });
  // Whoever reads about an incident is no part of it.
  const read = approved(await governor.submit(agent, about('show_incident')));
  expect((await ledgerOf(setting)).at(read.receipt.seq)?.receipt.incident).toBeUndefined();
  const elsewhere = await governor.submit(service, { ...alert('low'), resource: 'service/search' });
  expect(codes(elsewhere)).toEqual(['incident_elsewhere']);
  expect(decided(elsewhere).receipt.event).toBe('action_refused');
});

test('a monitor’s message is taken in the process too, and what cannot be read is kept by its digest', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  const take = (text: string) =>
    takeAlerts(setting.governor, service, 'cloudevents', Buffer.from(text), { maxBytes: 65_536, maxDepth: 32 });
  const event = {
    specversion: '1.0',
    id: '1',
    source: '/m',
    type: 'drift',
    subject: SERVICE,
    data: { severity: 'info' },
  };
  const taken = await take(JSON.stringify(event));
  expect(taken).toMatchObject({ read: true, alerts: [{ resource: SERVICE, status: 'firing' }] });
  const unread = await take('{');
  expect(unread).toMatchObject({ read: false, detail: expect.stringContaining('line 1') });
  if (unread.read) return;
  expect(approved(unread.submitted).receipt.event).toBe('alert_rejected');
  expect(unread.digest).toBe(createHash('sha256').update('{').digest('base64url'));
});
