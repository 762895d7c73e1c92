/** A service of one's own embeds the governor: a folder, a pack, an observer and a handler are all that it brings. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStorage } from '@tai-autonomics/adapter-storage';
import { explain } from '@tai-autonomics/core';
import { anyResource, type Caller, openDeployment } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { cachePack, flusher, proxy, traffic } from './service.ts';

const dir = await mkdtemp(join(tmpdir(), 'tai-embed-'));
const opened = await openDeployment({
  dir,
  storage: sqliteStorage,
  catalog: library,
  packs: [cachePack],
  observers: [proxy],
  handlers: [flusher],
  // An evaluation acts on sandboxes alone.
  resources: anyResource('sandbox'),
});
if (!opened.opened) throw new Error(opened.wrong.join('\n'));
const { governor, openTenant, close } = opened.deployment;

const wrong = await openTenant('acme', 'olivia');
if (wrong.length > 0) throw new Error(wrong.join('\n'));

const agent: Caller = { tenant: 'acme', subject: { type: 'agent', id: 'agent-1' }, scope: [] };
const flush = async (): Promise<void> => {
  const answer = await governor.submit(agent, { action: 'flush_cache', resource: 'service/checkout' });
  if (!answer.decided) throw new Error(answer.detail);
  const { decision, outcome, receipt } = answer;
  console.log(explain(decision).join('\n'));
  if (outcome !== undefined) console.log(`${outcome.status}:`, outcome.result);
  console.log(`receipt ${receipt.seq}: ${receipt.event}`);
};

await flush();
traffic.requests_per_second = 40;
await flush();

await close();
await rm(dir, { recursive: true });
