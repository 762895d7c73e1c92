/** From an incident to the policy that makes it impossible, over HTTP: five whys, a test that fails before and passes after (D-11 to D-13, D-16). */
import { createHash } from 'node:crypto';
import { memoryCatalogs } from '@tai-autonomics/adapter-storage';
import { type PolicyDocument, withPolicy } from '@tai-autonomics/core';
import { preventionTest } from '@tai-autonomics/core/analysis';
import { startReport } from '@tai-autonomics/core/analytics';
import { recordedObservation } from '@tai-autonomics/core/engine';
import { type CaseTable, runCases } from '@tai-autonomics/core/testing';
import { type Caller, loadCatalog } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import {
  approve,
  approved,
  codes,
  DAY_MS,
  entitlement,
  eventsOf,
  ledgerOf,
  makeReady,
  named,
  people,
  right,
  rollback,
  SERVICE,
  type Setting,
  shipped,
  startGovernor,
} from '../governor/kit.ts';
import { sealedLedger, verify } from '../governor/verified.ts';
import { bearing } from '../packs/guarded.ts';
import { type KeyName, keys, openDoor, posting } from './door.ts';

const { owner, shop, approver, agent } = people();
const author = bearing('agent', 'pia', 'write_policy');
const arthur: Caller = { ...approver, scope: ['write_policy'] };

/** The root cause: nobody had written down that version 1.1.0 loses orders. */
const DOCUMENT: PolicyDocument = {
  policy: {
    id: 'own_known_faults',
    version: '1.0.0',
    description: 'no rollback to a release that is known to be broken',
  },
  requirements: [
    {
      actions: ['trigger_rollback'],
      code: 'broken_release',
      means: 'the release before is not v1.1.0, which loses orders',
      when: { not: { fact: 'rollback_target_version', is: 'v1.1.0' } },
      remedy: { by: 'nobody', why: 'v1.1.0 loses orders: deploy a newer release' },
    },
  ],
  codes: { broken_release: 'the release before is known to be broken' },
};
const CODE = 'own_known_faults__broken_release';

interface Told {
  readonly verdict?: string;
  readonly reasons?: readonly { readonly code: string }[];
  readonly outcome?: { readonly result?: Readonly<Record<string, unknown>> };
}

const start = async () => {
  const setting = await startGovernor({ catalogStore: memoryCatalogs() });
  const { governor, clock } = setting;
  await makeReady(setting);
  clock.now += 1_000;
  approved(await governor.submit(shop, entitlement(clock.now, 'enterprise')));
  for (const caller of [author, arthur]) {
    const subject = named(caller);
    const grant = { action: 'grant_role', resource: 'people', arguments: { subject, roles: ['write_policy'] } };
    approved(await governor.submit(owner, grant));
  }
  const door = openDoor(governor);
  const ask = async (key: KeyName, action: string, args: Readonly<Record<string, unknown>> = {}): Promise<Told> => {
    const sent = posting('/v1/actions', { action, resource: SERVICE, arguments: args }, { key: keys[key] });
    return (await (await door.fetch(sent)).json()) as Told;
  };
  return { setting, ask };
};

const codesOf = ({ reasons = [] }: Told): readonly string[] => reasons.map(({ code }) => code);
const result = ({ outcome }: Told, member: string): unknown => outcome?.result?.[member];

/** An agent rolls back, as it may; the release that comes back is broken, and a monitor says so. Answers what was decided. */
const harm = async (setting: Setting) => {
  await approve(setting);
  approved(await setting.governor.submit(agent, rollback));
  const entry = (await ledgerOf(setting)).find(({ receipt }) => receipt.event === 'rollback_approved');
  const recorded = entry === undefined ? undefined : recordedObservation(entry.receipt, entry.disclosed);
  if (recorded === undefined) throw new Error('the approval is recorded');
  return recorded;
};

const draft = async ({ governor }: Setting): Promise<string> => {
  const lint = { action: 'lint_policy', resource: '*', arguments: { document: JSON.stringify(DOCUMENT) } };
  const { outcome } = approved(await governor.submit(author, lint));
  const candidate = String((outcome?.result as { readonly candidate?: string } | undefined)?.candidate);
  for (const [caller, action] of [
    [author, 'propose_policy'],
    [author, 'simulate_policy'],
    [arthur, 'approve_policy'],
  ] as const)
    approved(await governor.submit(caller, { action, resource: candidate }));
  return candidate;
};

/** The report on its analysis, from the receipts alone: each why on the receipt before it, each sentence with its own. */
const reported = async (setting: Setting, incident: string): Promise<void> => {
  const run = startReport({ report: 'rca', incident, since: 0, until: Date.UTC(9999, 0) });
  const ledger = await ledgerOf(setting);
  for (const { receipt, disclosed } of ledger) run.step(receipt, disclosed);
  const [analysis, counts] = run.finish().sections;
  const cited = (analysis?.statements ?? []).map(({ text, cites }) => ({
    text: text.slice(text.indexOf(': ') + 2),
    events: cites.map((seq) => ledger[seq]?.receipt.event),
  }));
  const found = (start: string) => cited.filter(({ text }) => text.startsWith(start)).map(({ events }) => events);
  expect(cited[0]).toEqual({ text: 'agent:bot opened the analysis.', events: ['analysis_opened'] });
  expect(found('why ')).toEqual([
    ['why_recorded', 'alert_received'],
    ...Array.from({ length: 4 }, () => ['why_recorded', 'why_recorded']),
  ]);
  expect(found('why 5')).toHaveLength(1);
  expect(cited.map(({ text }) => text).join('\n')).toContain('why 1: "orders are lost since the rollback" (agent:bot)');
  expect(found('user:olivia proposed that the catalog')).toEqual([['prevention_proposed']]);
  expect(cited.filter(({ text }) => text.startsWith('the prevention test')).map(({ text }) => text)).toEqual([
    expect.stringContaining(' failed (service:probe)'),
    expect.stringContaining(' passed (service:probe)'),
  ]);
  expect(found('from here on, that catalog decides')).toHaveLength(1);
  expect(cited.at(-1)).toEqual({
    text: 'agent:bot closed the analysis; the cause is "known faults were not written down".',
    events: ['analysis_closed'],
  });
  expect(analysis?.measures.map(({ value }) => value)).toEqual([5, 1, 1, 1]);
  expect(counts?.measures.map(({ value }) => value)).toEqual([1, 1, 0]);
};

const digestOf = (table: CaseTable): string => createHash('sha256').update(JSON.stringify(table)).digest('base64url');

test('an incident is asked five whys, and its prevention is tested before and after: the same cannot come back', async () => {
  const { setting, ask } = await start();
  const recorded = await harm(setting);
  const incident = { incident: 'lost-orders' };
  const alert = { ...incident, kind: 'orders_lost', severity: 'high' };
  expect(await ask('agent', 'report_alert', alert)).toMatchObject({ verdict: 'approve' });
  expect(codesOf(await ask('agent', 'record_why', { ...incident, receipt: 'x', because: 'x' }))).toContain(
    'analysis_not_open',
  );
  expect(await ask('agent', 'open_analysis', incident)).toMatchObject({ verdict: 'approve' });
  const receipt = result(await ask('agent', 'show_incident', incident), 'latest');
  expect(receipt).toEqual(expect.any(String));

  // Every why names a receipt: that of the alert, then the why before.
  let cited = receipt;
  for (const [i, because] of [
    'orders are lost since the rollback',
    'the release before loses orders',
    'it was rolled back to all the same',
    'nothing said that it is broken',
    'nobody writes down what is broken',
  ].entries()) {
    expect(codesOf(await ask('agent', 'close_analysis', { ...incident, finding: 'odd' }))).toContain('whys_incomplete');
    expect(await ask('agent', 'record_why', { ...incident, receipt: cited, because }), because).toMatchObject({
      verdict: 'approve',
    });
    const shown = await ask('agent', 'show_analysis', incident);
    expect(result(shown, 'whys')).toBe(i + 1);
    cited = result(shown, 'latest_why');
  }
  const elsewhere = { incident: 'another', kind: 'odd', severity: 'low' };
  await ask('agent', 'report_alert', elsewhere);
  const other = result(await ask('agent', 'show_incident', { incident: 'another' }), 'latest');
  expect(codesOf(await ask('agent', 'record_why', { ...incident, receipt: other, because: 'x' }))).toEqual([
    'receipt_not_of_incident',
  ]);

  const candidate = await draft(setting);
  expect(await ask('owner', 'propose_prevention', { ...incident, candidate })).toMatchObject({ verdict: 'approve' });
  // The test is what happened, expected to be refused: it fails under the catalog that let it happen.
  const table = right(preventionTest(shipped.catalog, recorded, { note: 'no orders are lost', codes: [CODE] }));
  const empty = preventionTest(shipped.catalog, recorded, { note: 'x', codes: [CODE, 'evidence_stale'] });
  expect(empty).toEqual(E.left(expect.stringMatching(/^evidence_stale: says only that evidence is not there/)));
  const preventing = right(loadCatalog(withPolicy(library, DOCUMENT)));
  expect(preventing.digest).toBe(candidate);
  expect([runCases(shipped.catalog, table).failed, runCases(preventing.catalog, table).failed]).toEqual([1, 0]);
  const tested = (how: string) => ({ ...incident, test: digestOf(table), result: how });
  expect(codesOf(await ask('probe', 'record_prevention_test', tested('passed')))).toEqual([
    'prevention_not_active',
    'prevention_test_not_failed',
  ]);
  expect(await ask('probe', 'record_prevention_test', tested('failed'))).toMatchObject({ verdict: 'approve' });
  approved(await setting.governor.submit(arthur, { action: 'activate_policy', resource: candidate }));
  expect(codesOf(await ask('agent', 'close_analysis', { ...incident, finding: 'odd' }))).toEqual([
    'prevention_not_tested',
  ]);
  expect(await ask('probe', 'record_prevention_test', tested('passed'))).toMatchObject({ verdict: 'approve' });
  const finding = 'known faults were not written down';
  expect(await ask('agent', 'close_analysis', { ...incident, finding })).toMatchObject({ verdict: 'approve' });
  expect(result(await ask('agent', 'show_analysis', incident), 'improvements')).toBe(1);

  // The same is asked for again, and can't be approved by anybody.
  expect(codes(await setting.governor.submit(agent, rollback))).toContain(CODE);
  expect(await eventsOf(setting)).toEqual(
    expect.arrayContaining(['why_recorded', 'prevention_proposed', 'prevention_tested', 'analysis_closed']),
  );
  await reported(setting, incident.incident);
  // The catalog of the policy is the tenant’s own: the story `five-whys` verifies a bundle that holds it.
  expect(verify(await sealedLedger(setting)).findings).toEqual([]);
});

test('an incident of the same kind about the same resource within 30 days opens its analysis by itself, under whatever id', async () => {
  const { setting, ask } = await start();
  const happens = async (incident: string, kind = 'orders_lost'): Promise<unknown> => {
    expect(await ask('agent', 'report_alert', { incident, kind, severity: 'low' })).toMatchObject({
      verdict: 'approve',
    });
    return result(await ask('agent', 'show_analysis', { incident }), 'state');
  };
  const ends = async (incident: string): Promise<void> => {
    await ask('agent', 'decline_incident', { incident, why: 'no_recipe' });
    expect(await ask('agent', 'close_incident', { incident, finding: 'gone' })).toMatchObject({ verdict: 'approve' });
  };
  expect(await happens('first')).toBe('none');
  await ends('first');
  expect(await happens('unlike', 'another_kind')).toBe('none');
  setting.clock.now += 30 * DAY_MS;
  expect(await happens('second')).toBe('open');
  expect(result(await ask('agent', 'show_incident', { incident: 'second' }), 'recurred')).toBe(true);
  await ends('second');
  setting.clock.now += 30 * DAY_MS + 1;
  expect(await happens('third')).toBe('none');
  await setting.governor.close();
});
