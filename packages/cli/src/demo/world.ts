/** The world of the demonstration: a real git repository with releases, and the papers of a contractual deployment. */
import { execFile } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Role } from '@tai-autonomics/core/author';
import { formatInstant } from '@tai-autonomics/core/engine';
import { type MintedCredential, mintCredential } from '@tai-autonomics/governor';
import { certificateMessage, type InsuranceCertificate } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';

const run = promisify(execFile);
const YEAR_MS = 365 * 86_400_000;

/** The tenant, the service and the people of the story. */
export const STORY = {
  tenant: 'acme',
  resource: 'service/checkout',
  owner: 'olivia',
  approver: 'arjun',
  agent: 'rollback-agent',
  monitor: 'insurance-monitor',
  marketplace: 'gcp-marketplace',
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

/** Makes the folder of a contractual deployment: certificate, credentials and configuration. */
export const makeDeployment = async (
  deployment: string,
  now: number,
  scopes: Scopes,
  config: Readonly<Record<string, unknown>>,
): Promise<Papers> => {
  await mkdir(deployment, { recursive: true });
  const { signed, insurerKey, policy } = makeCertificate(now);
  const keys = mintKeys(scopes);
  const write = (name: string, json: unknown): Promise<void> =>
    writeFile(join(deployment, name), `${JSON.stringify(json, null, 2)}\n`, { mode: 0o600 });
  await write('certificate.json', signed);
  await write('credentials.json', {
    format: 'tai-autonomics/credentials@1',
    credentials: Object.values(keys).map(({ credential }) => credential),
  });
  await write('config.json', {
    mode: 'contractual',
    domain: 'demo.tai.example',
    owners: { [STORY.tenant]: STORY.owner },
    insurance: { certificate: 'certificate.json', insurerKey },
    resources: 'resources.json',
    ...config,
  });
  await write('resources.json', {
    format: 'tai-autonomics/resources@1',
    tenants: {
      [STORY.tenant]: { [STORY.resource]: { kind: 'service', environment: 'production', aliases: ['checkout'] } },
    },
  });
  const secrets = Object.fromEntries(
    Object.entries(keys).map(([holder, { secretText }]) => [holder, secretText]),
  ) as Record<Holder, string>;
  return { deployment, keys: secrets, policy };
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

/** A signed insurance certificate, and the key of the insurer who signed it. */
const makeCertificate = (
  now: number,
): { readonly signed: unknown; readonly insurerKey: string; readonly policy: string } => {
  const certificate: InsuranceCertificate = {
    format: 'tai-autonomics/insurance-certificate@1',
    insurer: 'Example Mutual',
    policy: 'EM-2026-0417',
    insured: 'TAI Autonomics, demonstration',
    currency: 'USD',
    limitPerClaim: 100_000_000,
    limitInAll: 500_000_000,
    validFrom: formatInstant(now - YEAR_MS / 2),
    validUntil: formatInstant(now + YEAR_MS / 2),
  };
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const message = certificateMessage(certificate) ?? new Uint8Array(0);
  const signature = sign(null, message, createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })));
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    signed: { certificate, signature: signature.toString('base64url') },
    insurerKey: raw.toString('base64url'),
    policy: certificate.policy,
  };
};

/** Who holds a key in the story. */
export type Holder = 'owner' | 'approver' | 'agent' | 'monitor' | 'marketplace';

/** The roles that a story's credentials carry at most. */
export type Scopes = Readonly<Record<'agent' | 'approver', readonly Role[]>>;

/** The keys of the story; their secrets are shown to their holders alone. */
const mintKeys = (scopes: Scopes): Readonly<Record<Holder, MintedCredential>> => {
  const { tenant, owner, approver, agent, monitor, marketplace } = STORY;
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
  readonly policy: string;
}

/** The demonstration's folder: `repository/` and `deployment/`. */
export interface World extends Papers {
  readonly repository: string;
}
