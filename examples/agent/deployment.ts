/** A deployment in a temporary folder: a service whose release is a file, and a handler that rolls it back. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStorage } from '@tai-autonomics/adapter-storage';
import { anyResource, openDeployment } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';

const dir = await mkdtemp(join(tmpdir(), 'tai-agent-'));
const path = join(dir, 'deployed-version');
await writeFile(path, 'v1.1.0');

const opened = await openDeployment({
  dir,
  storage: sqliteStorage,
  catalog: library,
  observers: [
    {
      source: 'git',
      facts: ['deployment_stable', 'deployed_version', 'rollback_target_known', 'rollback_target_version'],
      timeoutMs: 1_000,
      observe: async () => {
        const seen = {
          deployment_stable: true,
          deployed_version: await readFile(path, 'utf8'),
          rollback_target_known: true,
          rollback_target_version: 'v1.0.0',
        };
        return Object.entries(seen).map(([fact, value]) => ({ fact, value, observedAt: Date.now() }));
      },
    },
  ],
  handlers: [
    {
      step: 'rollback',
      module: new URL('rollback.mjs', import.meta.url).href,
      export: 'rollback',
      options: { path },
    },
  ],
  // An evaluation acts on sandboxes alone.
  resources: anyResource('sandbox'),
});
if (!opened.opened) throw new Error(opened.wrong.join('\n'));
const { deployment } = opened;

export const { governor } = deployment;
/** Which version is deployed now. */
export const deployed = (): Promise<string> => readFile(path, 'utf8');
/** Opens a tenant that bought the professional plan, with its owner. */
export const openTenant = async (tenant: string, owner: string): Promise<void> => {
  const wrong = await deployment.openTenant(tenant, owner);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
};
export const close = async (): Promise<void> => {
  await deployment.close();
  await rm(dir, { recursive: true });
};
