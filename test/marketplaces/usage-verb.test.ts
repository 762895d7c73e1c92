/** `tai marketplace usage --at google`: counted from a contractual ledger, metered under the id that the purchase names, and once. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { EXIT, makeInsurer } from '@tai-autonomics/cli';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runIn } from '../cli/rows.ts';
import { endService, moveService } from '../cli/sample-port.ts';
import { scratch } from '../cli/scratch.ts';
import { entitlementOf, PROVIDER, serveGoogle, TOKEN } from './fake-google.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Objects of objects, as far as they are looked at. */
type Document = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Service Control as far as it is asked: what was checked and reported, in order. */
const serveControl = async () => {
  const seen: { readonly verb: string; readonly operations: readonly Readonly<Record<string, unknown>>[] }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const verb = request.url ?? '';
    const { operation, operations = [operation] } = JSON.parse(body);
    seen.push({ verb, operations });
    response.writeHead(request.headers.authorization === `Bearer ${TOKEN}` ? 200 : 401, {
      'content-type': 'application/json',
    });
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
};

test('what was done is reported to Google, hour by hour, under the id that the purchase names', async () => {
  const [google, control] = [await serveGoogle(), await serveControl()];
  onTestFinished(() => google.close());
  google.entitlements.set('E1', entitlementOf('E1', { plan: 'pro', usageReportingId: 'project_number:42' }));
  const dir = scratch();
  const insurer = makeInsurer(Date.now());
  const write = (name: string, json: unknown): void => writeFileSync(join(dir, name), JSON.stringify(json));
  write('certificate.json', insurer.certificate);
  write('revocations.json', insurer.revocations(Date.now()));
  writeFileSync(join(dir, 'rule.md'), 'what is recorded is kept for a year\n');
  const insurance = { certificate: 'certificate.json', revocations: 'revocations.json', ...insurer.terms };
  write('papers.json', { insurance, dataRule: 'rule.md' });
  const run = async (code: number, ...line: readonly string[]) => {
    const ran = await runIn(dir, line);
    expect([line.join(' '), ran.code, ran.err]).toEqual([line.join(' '), code, code === EXIT.ok ? '' : ran.err]);
    return ran;
  };
  await run(EXIT.ok, 'init', '--dir', 'live', '--tenant', 'acme', '--contractual', 'papers.json');
  const change = (name: string, by: (json: Document) => unknown): void => {
    const path = join(dir, 'live', name);
    writeFileSync(path, JSON.stringify(by(JSON.parse(readFileSync(path, 'utf8')))));
  };
  // Its own tenant has what it has by itself; this one buys.
  change('config.json', (json) => ({ ...json, owners: { ...json['owners'], shop: 'owner' } }));
  change('resources.json', (json) => ({ ...json, tenants: { ...json['tenants'], shop: json['tenants']?.['acme'] } }));
  await moveService(dir);
  onTestFinished(() => endService(dir));
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  const agreement = {
    status: 'signed',
    agreement: 'A'.repeat(43),
    section: '4.2',
    in_force_from: at(-DAY_MS),
    in_force_until: at(DAY_MS),
  };
  write('event.json', {
    event: 'entitlement.activated',
    event_id: 'google-1',
    entitlement_id: 'google:E1',
    occurred_at: at(-1_000),
    record: {
      tenant_id: 'shop',
      sku_id: 'self-hosted-1',
      plan_id: 'self_hosted',
      enabled_packs: ['restart'],
      iam_roles: ['restart/operate'],
      expiry: at(DAY_MS),
    },
  });
  await run(EXIT.ok, 'event', 'event.json', '--dir', 'live');
  const of = ['--dir', 'live', '--tenant', 'shop'];
  const owner = [...of, '--as', 'user:owner'];
  await run(EXIT.ok, 'submit', 'record_msa', ...owner, '--arguments', JSON.stringify(agreement));
  await run(EXIT.ok, 'credentials', 'new', ...of, '--as', 'agent:agent', '--scope', 'restart/operate');
  const grant = { subject: 'agent:agent', roles: ['restart/operate'] };
  await run(EXIT.ok, 'submit', 'grant_role', ...owner, '--about', 'web', '--arguments', JSON.stringify(grant));
  const agent = [...of, '--as', 'agent:agent', '--scope', 'restart/operate'];
  await run(EXIT.ok, 'submit', 'restart_service', ...agent, '--about', 'web');

  const usage = [
    'marketplace',
    'usage',
    '--dir',
    'live',
    '--at',
    'google',
    '--tenant',
    'shop',
    '--count',
    'restart_service=restarts',
  ];
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * HOUR_MS });
  onTestFinished(() => void vi.useRealTimers());
  const unnamed = await run(EXIT.unreadable, ...usage, '--report');
  expect(unnamed.err).toContain('marketplaces.google: nothing can be reported there');
  const config = join(dir, 'live', 'config.json');
  const place = {
    provider: PROVIDER,
    tokenFile: 'google.token',
    endpoint: google.endpoint,
    tenants: {},
    plans: {},
    usage: { service: 'guard.example', endpoint: control.endpoint },
  };
  writeFileSync(
    config,
    JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), marketplaces: { google: place } }),
  );
  writeFileSync(join(dir, 'live', 'google.token'), TOKEN, { mode: 0o600 });
  const counted = JSON.parse((await run(EXIT.ok, ...usage, '--json')).out);
  expect(counted).toMatchObject({ missing: [{ purchase: 'E1', dimension: 'restarts', quantity: 1 }], accepted: [] });
  expect(control.seen).toEqual([]);
  const reported = JSON.parse((await run(EXIT.ok, ...usage, '--report', '--json')).out);
  expect(reported).toMatchObject({ accepted: [{ purchase: 'E1', quantity: 1 }], missing: [], faults: [] });
  const sent = [
    expect.objectContaining({
      operationId: counted.missing[0].id,
      consumerId: 'project_number:42',
      metricValueSets: [{ metricName: 'guard.example/restarts', metricValues: [{ int64Value: '1' }] }],
    }),
  ];
  expect(control.seen).toEqual([
    { verb: '/v1/services/guard.example:check', operations: sent },
    { verb: '/v1/services/guard.example:report', operations: sent },
  ]);
  // What was accepted is not sent again.
  await run(EXIT.ok, ...usage, '--report');
  expect(control.seen).toHaveLength(2);
});
