/** What could not be seen is said to the operator, on standard error, beside the refusal that follows from it. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

const FIELD = 'test/vectors/field/observer-says-nothing';

const event = (): unknown => {
  const row = library.plans['enterprise'];
  return {
    event: 'entitlement.activated',
    event_id: 'evt-1',
    entitlement_id: 'ent-1',
    occurred_at: '2026-01-26T09:00:00Z',
    record: {
      tenant_id: 'acme',
      plan_id: 'enterprise',
      sku_id: row?.sku_id,
      enabled_packs: row?.packs,
      iam_roles: row?.iam_roles,
      expiry: '2099-01-01T00:00:00Z',
    },
  };
};

const ASKED = [
  { note: 'a repository that git refuses', action: 'trigger_rollback', says: /git: .*bad config/ },
  { note: 'a metrics file with half a JSON', action: 'detect_storm', says: /metrics: line 1, column \d+: expected/ },
  { note: 'a policy that is no JSON', action: 'detect_drift', says: /iam: .*expected/ },
];

test('a repository that git refuses, half a metrics file and a policy that is no JSON: the operator reads why', async () => {
  const dir = scratch();
  const tai = async (...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> => {
    const { io, out, err } = captureIo(dir);
    const code = await main(argv, io);
    return { code, out: out(), err: err() };
  };
  const json = (name: string, value: unknown): void => writeFileSync(join(dir, name), JSON.stringify(value));
  mkdirSync(join(dir, '.tai'));
  const git = (path: string, ...args: readonly string[]): unknown =>
    execFileSync('git', ['-C', path, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      stdio: 'pipe',
    });
  for (const name of ['refused', 'declared']) {
    mkdirSync(join(dir, '.tai', name));
    git(join(dir, '.tai', name), 'init', '--quiet');
  }
  copyFileSync(join(FIELD, 'config.txt'), join(dir, '.tai/refused/.git/config'));
  copyFileSync(join(FIELD, 'metrics.txt'), join(dir, '.tai/metrics.json'));
  copyFileSync(join(FIELD, 'policy.txt'), join(dir, '.tai/in-force.json'));
  copyFileSync('test/vectors/field/iam-email-case/declared.json', join(dir, '.tai/declared/policy.json'));
  git(join(dir, '.tai/declared'), 'add', '-A');
  git(join(dir, '.tai/declared'), 'commit', '--quiet', '--message', 'declared');
  json('.tai/config.json', {
    mode: 'eval',
    session: 'test',
    domain: 'localhost',
    owners: { acme: 'olivia' },
    repositories: { acme: { shop: 'refused' } },
    metrics: { acme: { shop: 'metrics.json' } },
    iam: { acme: { shop: { repository: 'declared', declared: 'policy.json', policy: 'in-force.json' } } },
    resources: 'resources.json',
  });
  json('.tai/resources.json', {
    format: 'tai-autonomics/resources@1',
    tenants: { acme: { shop: { kind: 'service', environment: 'sandbox' } } },
  });
  json('.tai/credentials.json', { format: 'tai-autonomics/credentials@1', credentials: [] });
  json('event.json', event());
  expect((await tai('event', 'event.json')).code).toBe(EXIT.ok);
  for (const { note, action, says } of ASKED) {
    const asked = await tai('submit', action, '--tenant', 'acme', '--as', 'agent:bot', '--about', 'shop');
    expect(asked.code, note).toBe(EXIT.refused);
    expect(asked.out, note).toContain('evidence_missing');
    const told = asked.err.split('\n').filter((line) => line.startsWith('tai: acme shop was not seen: '));
    expect(told.join('\n'), `${note}: ${asked.err}`).toMatch(says);
  }
});
