/** `openDeployment`: a folder and the defaults of one machine. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCatalogs, memoryStore, sqliteStorage } from '@tai-autonomics/adapter-storage';
import {
  type Caller,
  type Deployment,
  type DeploymentOptions,
  formatCredentials,
  loadCatalog,
  mintCredential,
  openDeployment,
} from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { afterEach, expect, test } from 'vitest';
import { publishing } from '../fixtures/publishing-pack.ts';
import { right } from './kit.ts';

const dirs: string[] = [];
const open: Deployment[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((deployment) => deployment.close()));
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'tai-deployment-'));
  dirs.push(dir);
  return dir;
};

const opened = async (dir: string, differs: Partial<DeploymentOptions> = {}): Promise<Deployment> => {
  const answer = await openDeployment({ dir, storage: sqliteStorage, catalog: library, ...differs });
  if (!answer.opened) throw new Error(answer.wrong.join('\n'));
  open.push(answer.deployment);
  return answer.deployment;
};

const wrongWith = async (dir: string, differs: Partial<DeploymentOptions> = {}): Promise<readonly string[]> => {
  const answer = await openDeployment({ dir, storage: sqliteStorage, catalog: library, ...differs });
  if (answer.opened) open.push(answer.deployment);
  return answer.opened ? [] : answer.wrong;
};

const olivia: Caller = { tenant: 'acme', subject: { type: 'user', id: 'olivia' }, scope: [] };
const toolsOf = async ({ governor }: Deployment): Promise<readonly string[]> =>
  right(await governor.tools({ ...olivia, scope: ['write_config'] })).map(({ tool }) => tool);

test('an empty folder is all that it needs: a key of its own, a ledger, and a tenant that the operator opens', async () => {
  const dir = folder();
  const deployment = await opened(dir, { packs: [publishing] });
  expect(await deployment.openTenant('acme', 'olivia')).toEqual([]);
  expect(readdirSync(dir).sort()).toEqual(expect.arrayContaining(['catalogs', 'keys', 'ledger.db']));
  expect(statSync(join(dir, 'keys/eval-ledger.key')).mode & 0o777).toBe(0o600);
  expect(await toolsOf(deployment)).toEqual(expect.arrayContaining(['publisher', 'receipt_search']));
});

test('its owner grants, and nobody else does: the plan alone gives no role', async () => {
  const { governor, openTenant } = await opened(folder());
  await openTenant('acme', 'olivia');
  const subject = 'agent:bot';
  const introduced = { action: 'register_subject', resource: '*', arguments: { subject, kind: 'agent' } };
  expect(await governor.submit(olivia, introduced)).toMatchObject({ decision: { verdict: 'approve' } });
  const asked = { action: 'grant_role', resource: '*', arguments: { subject, roles: ['read_deployment'] } };
  const mallory: Caller = { ...olivia, subject: { type: 'user', id: 'mallory' } };
  expect(await governor.submit(mallory, asked)).toMatchObject({ decision: { verdict: 'refuse' } });
  expect(await governor.submit(olivia, asked)).toMatchObject({ decision: { verdict: 'approve' } });
});

test('a tenant is opened once under one catalog; under the next one it gets the packs that came since', async () => {
  const dir = folder();
  const first = await opened(dir);
  expect(await first.openTenant('acme', 'olivia')).toEqual([]);
  const size = right(await first.governor.head('acme'))?.size;
  expect(await first.openTenant('acme', 'mallory')).toEqual([]);
  expect(right(await first.governor.head('acme'))?.size).toBe(size);
  await first.close();
  open.splice(0);

  const second = await opened(dir, { packs: [publishing] });
  expect(await second.openTenant('acme', 'mallory')).toEqual([]);
  expect(await toolsOf(second)).toContain('publisher');
  const grown = right(await second.governor.head('acme'))?.size;
  expect(await second.openTenant('acme', 'mallory')).toEqual([]);
  expect(right(await second.governor.head('acme'))?.size).toBe(grown);
  // Who owns it was settled when it was opened.
  const asked = { action: 'raise_andon', resource: '*', arguments: { reason: 'a try', severity: 'high' } };
  expect(await second.governor.submit(olivia, asked)).toMatchObject({ decided: true });
});

test('a start after the first one asks for nothing again, so that nobody is told of a conflict', async () => {
  const dir = folder();
  const first = await opened(dir);
  expect(await first.openTenant('acme', 'olivia')).toEqual([]);
  await first.close();
  open.splice(0);
  const heard: unknown[] = [];
  const second = await opened(dir, { onAnswered: (answered) => heard.push(answered) });
  expect(await second.openTenant('acme', 'olivia')).toEqual([]);
  expect(heard).toEqual([]);
});

test('the folder that it makes is for its user alone', async () => {
  const dir = join(folder(), 'made');
  await opened(dir);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
});

test('keys in the folder are those of the doors; without a file there are none', async () => {
  const dir = folder();
  const { credential } = mintCredential(systemRandom, { tenant: 'acme', subject: olivia.subject, scope: [] } as never);
  writeFileSync(join(dir, 'credentials.json'), formatCredentials([credential]));
  expect(await (await opened(dir)).credentials.find(credential.keyId)).toEqual(credential);
  expect(await (await opened(folder())).credentials.find(credential.keyId)).toBeUndefined();
});

test('any storage will do', async () => {
  const storage = { ledgers: async () => E.right(memoryStore()), catalogs: memoryCatalogs };
  const dir = folder();
  const deployment = await opened(dir, { storage });
  expect(await deployment.openTenant('acme', 'olivia')).toEqual([]);
  expect(readdirSync(dir)).toEqual(['keys']);
});

test('a catalog that is loaded decides as it is, and so sells no plan of this machine', async () => {
  const loaded = right(loadCatalog(library));
  const deployment = await opened(folder(), { catalog: loaded });
  expect(deployment.catalogs[0].digest).toBe(loaded.digest);
  expect(await deployment.openTenant('acme', 'olivia')).toEqual([expect.stringContaining('no plan self_hosted')]);
});

test.for<{ note: string; prepare?: (dir: string) => void; differs?: Partial<DeploymentOptions>; says: string }>([
  {
    note: 'a pack that is none',
    differs: { packs: [{ ...publishing, version: 'one' }] },
    says: 'the catalog: at $.packs',
  },
  {
    note: 'credentials that are none',
    prepare: (dir) => writeFileSync(join(dir, 'credentials.json'), '{ "format": 7 }'),
    says: 'credentials.json:1:13: at $.format: expected tai-autonomics/credentials@1',
  },
  {
    note: 'credentials that are no JSON',
    prepare: (dir) => writeFileSync(join(dir, 'credentials.json'), '{'),
    says: 'credentials.json:1:2: at $: expected',
  },
  {
    note: 'credentials that cannot be read',
    prepare: (dir) => rmSync(dir, { recursive: true }),
    differs: { dir: '/dev/null/deployment' },
    says: '/dev/null/deployment',
  },
])('$note: nothing is started, and one line says what is wrong', async ({ prepare, differs, says }) => {
  const dir = folder();
  prepare?.(dir);
  if (differs?.dir !== undefined) dirs.pop();
  const [line = '', ...more] = await wrongWith(dir, differs);
  expect(line).toContain(says);
  expect(more.every((other) => !other.includes('\n'))).toBe(true);
});

test('a folder has one holder; the second is told so, and gets it when the first has closed', async () => {
  const dir = folder();
  const first = await opened(dir);
  expect((await wrongWith(dir)).join('\n')).toContain('has it open already');
  await first.close();
  open.splice(0);
  expect(await wrongWith(dir)).toEqual([]);
});
