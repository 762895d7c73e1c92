/** What an incident is called: nobody can take the name that another incident will have. */
import { createHash } from 'node:crypto';
import { incidentOf } from '@tai-autonomics/core/engine';
import { resourceDirectory } from '@tai-autonomics/governor';
import { takeAlerts } from '@tai-autonomics/governor/operator';
import { expect, test } from 'vitest';
import { approved, ledgerOf, makeReady, people, right, SERVICE, startGovernor } from './kit.ts';

const { agent, service } = people();
const KIND = 'configuration_drift';
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const nameOf = (resource: string, kind = KIND): string => incidentOf(sha256, kind, resource);

const production = { kind: 'service', environment: 'production' } as const;
const resources = right(
  resourceDirectory({ acme: { [SERVICE]: { ...production, aliases: ['pay'] }, shipping: production } }),
);
const start = async () => {
  const setting = await startGovernor({ resources });
  await makeReady(setting);
  return setting;
};
const report = (resource: string, args: Readonly<Record<string, unknown>>) => ({
  action: 'report_alert',
  resource,
  arguments: { kind: KIND, severity: 'medium', ...args },
});

test.for([
  { note: 'of another resource', resource: 'shipping', args: { incident: nameOf(SERVICE) } },
  { note: 'of another kind', resource: SERVICE, args: { incident: nameOf(SERVICE), kind: 'failing_release' } },
  { note: 'of nothing at all', resource: SERVICE, args: { incident: `inc-${'A'.repeat(22)}` } },
])('an incident can’t be opened under the name $note, and the alert whose name it is gets through', async (row) => {
  const setting = await start();
  const { governor } = setting;
  expect(await governor.submit(agent, report(row.resource, row.args))).toMatchObject({
    decided: false,
    why: 'malformed',
  });
  const { incident, ...args } = row.args;
  const labelled = { ...report(row.resource, args), incident };
  expect(await governor.submit(agent, labelled)).toMatchObject({ decided: false, why: 'malformed' });
  const alert = approved(await governor.submit(service, report(SERVICE, {})));
  expect(alert).toMatchObject({ incident: nameOf(SERVICE), receipt: { event: 'alert_received' } });
  await governor.close();
});

test('an incident has a name of its own choice, if that has another form', async () => {
  const setting = await start();
  const chosen = approved(await setting.governor.submit(agent, report(SERVICE, { incident: 'INC-2041' })));
  expect(chosen.incident).toBe('INC-2041');
  await setting.governor.close();
});

test('an alert about a resource by another of its names is folded into the one incident, and says which', async () => {
  const setting = await start();
  const { governor } = setting;
  const take = (id: string, subject: string) =>
    takeAlerts(
      governor,
      service,
      'cloudevents',
      Buffer.from(JSON.stringify({ specversion: '1.0', id, source: '/m', type: 'x.configuration-drift', subject })),
      { maxBytes: 65_536, maxDepth: 32 },
    );
  for (const [id, name] of [
    ['1', SERVICE],
    ['2', 'pay'],
    ['2', 'pay'],
  ] as const)
    expect(await take(id, name)).toMatchObject({ read: true, alerts: [{ incident: nameOf(SERVICE), resource: name }] });
  const alerts = (await ledgerOf(setting)).filter(({ receipt }) => receipt.event === 'alert_received');
  expect(alerts.map(({ receipt }) => receipt.incident)).toEqual([nameOf(SERVICE), nameOf(SERVICE)]);
  await governor.close();
});
