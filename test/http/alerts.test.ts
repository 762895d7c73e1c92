/** Alerts over HTTP, in the published forms of three monitors: each has its receipt, and what can't be read has one of its digest. */
import { createHash } from 'node:crypto';
import { kindOf, readAlerts, severityOf } from '@tai-autonomics/core/engine';
import { expect, test } from 'vitest';
import { ledgerOf, makeReady, right, startGovernor } from '../governor/kit.ts';
import { keys, openDoor, posting } from './door.ts';

const SERVICE = 'payments';

/** As Alertmanager's documentation has it: a group of two. */
const alertmanager = {
  version: '4',
  groupKey: '{}:{alertname="HighErrorRate"}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'tai',
  groupLabels: { alertname: 'HighErrorRate' },
  commonLabels: { alertname: 'HighErrorRate', severity: 'critical' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager.example:9093',
  alerts: ['firing', 'resolved'].map((status, i) => ({
    status,
    labels: { alertname: 'HighErrorRate', severity: 'critical', service: i === 0 ? SERVICE : 'search' },
    annotations: { summary: 'errors' },
    startsAt: '2026-11-21T08:58:00Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.example:9090/graph',
    fingerprint: `c0ffee000000000${i}`,
  })),
};
const cloudEvent = {
  specversion: '1.0',
  id: 'A234-1234-1234',
  source: '/monitors/drift',
  type: 'example.monitor.configuration-drift',
  subject: SERVICE,
  time: '2026-11-21T08:58:00Z',
  datacontenttype: 'application/json',
  data: { severity: 'warning', status: 'firing' },
};
const pagerDuty = {
  routing_key: 'a-secret-that-nobody-keeps',
  event_action: 'trigger',
  dedup_key: 'srv01/HTTP',
  payload: {
    summary: 'Example alert',
    source: 'srv01.example',
    severity: 'error',
    component: SERVICE,
    class: 'failing_release',
    timestamp: '2026-11-21T08:58:00.000+0000',
  },
};

const open = async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  const door = openDoor(setting.governor);
  const post = async (format: string, message: unknown) => {
    const response = await door.fetch(posting(`/v1/alerts/${format}`, message, { key: keys.agent }));
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { setting, post };
};

test('a group of Alertmanager’s has a receipt for each alert, and sent again it has the same ones', async () => {
  const { setting, post } = await open();
  const first = await post('alertmanager', alertmanager);
  expect(first).toMatchObject({
    status: 200,
    body: {
      alerts: [
        { resource: SERVICE, status: 'firing', verdict: 'approve', repeated: false },
        { resource: 'search', status: 'resolved', verdict: 'approve', repeated: false },
      ],
    },
  });
  const size = (await ledgerOf(setting)).length;
  const again = await post('alertmanager', alertmanager);
  expect(again.body['alerts']).toMatchObject([{ repeated: true }, { repeated: true }]);
  expect((await ledgerOf(setting)).length).toBe(size);
});

test('three monitors that see one thing go wrong with one resource open one incident', async () => {
  const { post } = await open();
  const incidents = [
    await post('cloudevents', cloudEvent),
    await post('cloudevents', [{ ...cloudEvent, id: 'another' }]),
    await post('pagerduty', { ...pagerDuty, payload: { ...pagerDuty.payload, class: 'ConfigurationDrift' } }),
  ].map(({ body }) => (body['alerts'] as readonly { readonly incident: string }[])[0]?.incident);
  expect(new Set(incidents).size).toBe(1);
  expect(incidents[0]).toMatch(/^inc-[\w-]{22}$/);
});

test('a routing key is in no receipt', async () => {
  const { setting, post } = await open();
  expect((await post('pagerduty', pagerDuty)).status).toBe(200);
  const kept = (await ledgerOf(setting)).map(({ row }) => [Buffer.from(row.bytes).toString(), row.disclosures]);
  expect(JSON.stringify(kept)).not.toContain(pagerDuty.routing_key);
});

test.for([
  { note: 'no JSON', format: 'alertmanager', message: '{', why: 'line 1' },
  { note: 'an older webhook', format: 'alertmanager', message: { ...alertmanager, version: '3' }, why: 'version 4' },
  { note: 'a group of none', format: 'alertmanager', message: { ...alertmanager, alerts: [] }, why: '1 to 256' },
  {
    note: 'an alert of no resource',
    format: 'alertmanager',
    message: { ...alertmanager, alerts: [{ ...alertmanager.alerts[0], labels: { alertname: 'Watchdog' } }] },
    why: 'alerts[0]: expected what it is about',
  },
  { note: 'another specversion', format: 'cloudevents', message: { ...cloudEvent, specversion: '0.3' }, why: '1.0' },
  {
    note: 'an acknowledgement',
    format: 'pagerduty',
    message: { ...pagerDuty, event_action: 'acknowledge' },
    why: 'resolve',
  },
])('$note is kept by its digest, and answered', async ({ format, message, why }) => {
  const { setting, post } = await open();
  const { status, body } = await post(format, message);
  // An agent's key reports what it can say; what it can't say is not its to keep, and that is recorded too.
  expect([status, body['detail']]).toEqual([400, expect.stringContaining(why)]);
  expect(body['receipt']).toMatchObject({ seq: expect.any(Number) });
  const bytes = typeof message === 'string' ? message : JSON.stringify(message);
  const digest = createHash('sha256').update(bytes).digest('base64url');
  const disclosed = (await ledgerOf(setting)).at(-1)?.disclosed.get('request/intent');
  expect(JSON.stringify(disclosed)).toContain(digest);
});

test.for([
  ['HighErrorRate', 'high_error_rate'],
  ['high-error rate', 'high_error_rate'],
  ['5xx', '5xx'],
  ['', undefined],
  [7, undefined],
])('the kind of %o is %o', ([text, kind]) => expect(kindOf(text)).toBe(kind));

test('a severity that nobody knows is high: nobody waits longer because of a spelling', () => {
  expect(['page', 'WARNING', 'sev2', undefined].map(severityOf)).toEqual(['critical', 'medium', 'high', 'high']);
});

test('what PagerDuty’s form says of a resolution is read alike', () => {
  const [alert] = right(readAlerts('pagerduty', { ...pagerDuty, event_action: 'resolve' }));
  expect(alert).toMatchObject({ kind: 'failing_release', resource: SERVICE, severity: 'high', status: 'resolved' });
});

test('CloudEvents come in each of their modes, and are one alert: structured, binary, a batch, plain JSON', async () => {
  const door = openDoor((await open()).setting.governor);
  const send = async (headers: Readonly<Record<string, string>>, body: unknown) => {
    const response = await door.fetch(posting('/v1/alerts/cloudevents', body, { key: keys.agent, headers }));
    return (await response.json()) as {
      readonly alerts: readonly { readonly incident: string; readonly repeated: boolean }[];
    };
  };
  const { data, datacontenttype, ...attributes } = cloudEvent;
  const binary = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]));
  const answers = [
    await send({ 'content-type': 'application/json' }, cloudEvent),
    await send({ 'content-type': 'application/cloudevents+json; charset=UTF-8' }, cloudEvent),
    await send({ 'content-type': datacontenttype, ...binary }, data),
    await send({ 'content-type': 'application/cloudevents-batch+json' }, [cloudEvent]),
  ];
  expect(answers.map(({ alerts }) => alerts.map(({ repeated }) => repeated))).toEqual([
    [false],
    [true],
    [true],
    [true],
  ]);
  expect(new Set(answers.map(({ alerts }) => alerts[0]?.incident)).size).toBe(1);
});

test('another route takes no CloudEvent for JSON, and a format that nobody reads is 415', async () => {
  const door = openDoor((await open()).setting.governor);
  const send = (path: string, type: string) =>
    door.fetch(posting(path, cloudEvent, { key: keys.agent, headers: { 'content-type': type } }));
  expect((await send('/v1/alerts/pagerduty', 'application/cloudevents+json')).status).toBe(415);
  expect((await send('/v1/alerts/cloudevents', 'application/cloudevents+avro')).status).toBe(415);
});
