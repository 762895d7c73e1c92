/** The world of the demonstration: a real git repository with releases, and the papers of a contractual deployment. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Role } from '@tai-autonomics/core/author';
import { type MintedCredential, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { type Insurer, makeInsurer } from './insurer.ts';

const run = promisify(execFile);

/** The tenant, the service and the people of the story. */
export const STORY = {
  tenant: 'acme',
  resource: 'service/checkout',
  owner: 'olivia',
  approver: 'arjun',
  agent: 'rollback-agent',
  marketplace: 'gcp-marketplace',
  monitor: 'alertmanager',
} as const;

/** Runs git in a folder, as the checkout team. */
export const git = async (dir: string, ...args: readonly string[]): Promise<string> => {
  const identity = [
    '-c',
    'user.name=Checkout team',
    '-c',
    'user.email=checkout@acme.example',
    '-c',
    'commit.gpgsign=false',
    '-c',
    'tag.gpgsign=false',
    '-c',
    'init.defaultBranch=main',
  ];
  const { stdout } = await run('git', [...identity, '-C', dir, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, GIT_CONFIG_NOSYSTEM: '1' },
  });
  return stdout.trim();
};

/** Makes the service's repository: releases v1.0.0 and v1.1.0, the second one deployed. */
export const makeRepository = async (dir: string): Promise<void> => {
  await mkdir(dir, { recursive: true });
  await git(dir, 'init', '--quiet');
  for (const [version, replicas] of [
    ['1.0.0', 3],
    ['1.1.0', 5],
  ] as const) {
    await writeFile(join(dir, 'service.yaml'), configuration(replicas, `checkout:${version}`));
    await git(dir, 'add', 'service.yaml');
    await git(dir, 'commit', '--quiet', '-m', `release ${version}`);
    await git(dir, 'tag', '-a', `v${version}`, '-m', `v${version}`);
  }
};

/** Somebody edits the configuration in production and doesn't commit it. */
export const editInPlace = (dir: string): Promise<void> =>
  writeFile(join(dir, 'service.yaml'), configuration(12, 'checkout:1.1.0'));

/** What a person on call does about it. */
export const discardEdits = async (dir: string): Promise<void> => {
  await git(dir, 'checkout', '--quiet', '--', '.');
};

/** The release that is checked out, and whether anything is uncommitted. */
export const describeRepository = async (dir: string): Promise<string> => git(dir, 'describe', '--tags', '--dirty');

const DATA_RULE = `Receipts name people and services by pseudonyms. What was asked, and what was seen, is disclosed beside them,\nand is erased when the tenant’s owner orders it.\n`;

/** Makes the folder of a contractual deployment: certificate, credentials and configuration. */
export const makeDeployment = async (
  deployment: string,
  now: number,
  scopes: Scopes,
  config: Readonly<Record<string, unknown>>,
): Promise<Papers> => (await makeDeployments(deployment, now, scopes, config, [STORY.tenant]))[0];

/** The same for several tenants, whose people and resources have the same names; the papers of each, in that order. */
export const makeDeployments = async <const Tenants extends readonly [string, ...string[]]>(
  deployment: string,
  now: number,
  scopes: Scopes,
  config: Readonly<Record<string, unknown>>,
  tenants: Tenants,
): Promise<{ readonly [K in keyof Tenants]: Papers }> => {
  await mkdir(deployment, { recursive: true });
  const insurer = makeInsurer(now);
  const keys = tenants.map((tenant) => mintKeys(tenant, scopes));
  const write = (name: string, json: unknown): Promise<void> =>
    writeFile(join(deployment, name), `${JSON.stringify(json, null, 2)}\n`, { mode: 0o600 });
  await write('certificate.json', insurer.certificate);
  await write('revocations.json', insurer.revocations(now));
  await writeFile(join(deployment, 'data-handling.md'), DATA_RULE, { mode: 0o600 });
  await write('credentials.json', {
    format: 'tai-autonomics/credentials@1',
    credentials: keys.flatMap((minted) => Object.values(minted).map(({ credential }) => credential)),
  });
  await write('config.json', {
    mode: 'contractual',
    domain: 'demo.tai.example',
    owners: Object.fromEntries(tenants.map((tenant) => [tenant, STORY.owner])),
    insurance: { certificate: 'certificate.json', revocations: 'revocations.json', ...insurer.terms },
    dataRule: 'data-handling.md',
    resources: 'resources.json',
    ...config,
  });
  await write('resources.json', {
    format: 'tai-autonomics/resources@1',
    tenants: Object.fromEntries(
      tenants.map((tenant) => [
        tenant,
        { [STORY.resource]: { kind: 'service', environment: 'production', aliases: ['checkout'] } },
      ]),
    ),
  });
  const papersOf = (tenant: string, minted: ReturnType<typeof mintKeys>): Papers => {
    const secrets = Object.entries(minted).map(([holder, { secretText }]) => [holder, secretText]);
    return { deployment, insurer, tenant, keys: Object.fromEntries(secrets) as Record<Holder, string> };
  };
  return tenants.map((tenant, n) => papersOf(tenant, keys[n] ?? mintKeys(tenant, scopes))) as {
    readonly [K in keyof Tenants]: Papers;
  };
};

/** Makes the whole world in an empty folder. */
export const makeWorld = async (dir: string, now: number): Promise<World> => {
  const repository = join(dir, 'repository');
  await makeRepository(repository);
  const scopes: Scopes = { agent: ['read_deployment', 'write_rollback'], approver: [] };
  const repositories = { [STORY.tenant]: { [STORY.resource]: '../repository' } };
  return { repository, ...(await makeDeployment(join(dir, 'deployment'), now, scopes, { repositories })) };
};

const configuration = (replicas: number, image: string): string =>
  `# configuration of the checkout service\nimage: ${image}\nreplicas: ${replicas}\n`;

/** Who holds a key in the story. */
export type Holder = 'owner' | 'approver' | 'agent' | 'marketplace' | 'monitor';

/** The roles that a story's credentials carry at most. */
export type Scopes = Readonly<Record<'agent' | 'approver', readonly Role[]>>;

/** The keys of the story; their secrets are shown to their holders alone. */
const mintKeys = (tenant: string, scopes: Scopes): Readonly<Record<Holder, MintedCredential>> => {
  const { owner, approver, agent, marketplace, monitor } = STORY;
  const key = (parts: Parameters<typeof mintCredential>[1]): MintedCredential => mintCredential(systemRandom, parts);
  return {
    owner: key({ tenant, subject: { type: 'user', id: owner }, scope: [], relations: ['owner'] }),
    approver: key({
      tenant,
      subject: { type: 'user', id: approver },
      scope: scopes.approver,
      relations: ['approver'],
    }),
    agent: key({ tenant, subject: { type: 'agent', id: agent }, scope: scopes.agent }),
    monitor: key({ tenant, subject: { type: 'service', id: monitor }, scope: [] }),
    marketplace: key({ subject: { type: 'marketplace', id: marketplace }, scope: [] }),
  };
};

/** A deployment and the keys to it. */
export interface Papers {
  readonly deployment: string;
  readonly keys: Readonly<Record<Holder, string>>;
  readonly insurer: Insurer;
  readonly tenant: string;
}

/** The demonstration's folder: `repository/` and `deployment/`. */
export interface World extends Papers {
  readonly repository: string;
}
