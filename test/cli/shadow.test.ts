/** `tai serve --shadow` in a process of its own, and `tai replay --tenant` on what it left: they say the same. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import type { Replayed } from '@tai-autonomics/core/analysis';
import { type ShadowDifference, shadowDifference } from '@tai-autonomics/governor/operator';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { inTheLongRun } from '../runs.ts';
import { startTai } from './process.ts';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

/** The shipped catalog in which nobody may look at the health of anything. */
const strict = (): unknown => {
  const source = structuredClone(library) as unknown as {
    readonly packs: readonly { actions: Record<string, { who: readonly string[] }> }[];
  };
  for (const { actions } of source.packs)
    if (actions['check_health'] !== undefined) actions['check_health'].who = ['system'];
  return source;
};

test('what the shadow writes down is what a replay of the ledger says', async (context) => {
  inTheLongRun(context);
  const dir = scratch();
  writeFileSync(join(dir, 'strict.json'), JSON.stringify(strict()));
  const serving = startTai(dir, 'serve', '--port', '0', '--shadow', 'strict.json');
  const [, url = ''] = await serving.says(/^serving on (\S+)$/m);
  await serving.says(/a shadow decides beside; where it differs is written to .*shadow\.jsonl\n/);
  const post = (path: string, holder: string, body: object): Promise<Response> => {
    const key = new RegExp(`^  ${holder} +(tai_\\S+)$`, 'm').exec(serving.printed())?.[1] ?? '';
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    return fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  };
  const base = library.plans['base'];
  await post('/marketplace', 'marketplace', {
    event: 'entitlement.activated',
    event_id: 'e-1',
    entitlement_id: 'ent-1',
    occurred_at: '2026-01-05T08:00:00Z',
    record: {
      tenant_id: 'acme',
      sku_id: base?.sku_id,
      plan_id: 'base',
      enabled_packs: base?.packs,
      iam_roles: base?.iam_roles,
      expiry: '2100-01-01T00:00:00Z',
    },
  });
  await post('/v1/actions', 'agent', { action: 'check_health', resource: '*' });
  await serving.says(/^shadow: acme receipt \d+ check_health: /m);
  serving.child.kill('SIGTERM');
  await serving.ended;

  const path = join(dir, '.tai', 'shadow.jsonl');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  const shadowed = lines.map((line) => JSON.parse(line) as ShadowDifference).filter(({ tenant }) => tenant === 'acme');
  const { io, out } = captureIo(dir);
  const code = await main(['replay', '--tenant', 'acme', 'strict.json', '--json'], io);
  expect(code).toBe(EXIT.failed);
  const { differences } = JSON.parse(out()) as { readonly differences: readonly Replayed[] };
  const [{ tenant, origin, catalog }] = shadowed as [ShadowDifference];
  expect(shadowed).toEqual(differences.map((replayed) => shadowDifference(replayed, { tenant, origin, catalog })));
});

test('a shadow that cannot be read: exit 2, and nothing is served', async () => {
  const dir = scratch();
  const { io, err } = captureIo(dir);
  expect(await main(['serve', '--port', '0', '--shadow', 'nothing.json'], io)).toBe(EXIT.unreadable);
  expect(err()).toContain('nothing.json');
});
