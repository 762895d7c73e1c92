/** Deploys a release by a commit to a desired state, and takes it back; an evaluation refuses to. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '@tai-autonomics/adapter-storage';
import type { Role } from '@tai-autonomics/core/author';
import { formatInstant, readEntitlementEvent } from '@tai-autonomics/core/engine';
import {
  type Asked,
  anyResource,
  anySubject,
  type Caller,
  createGovernor,
  type Governor,
  loadCatalog,
  type Standing,
} from '@tai-autonomics/governor';
import { desiredStateObserver, type ReleasePlace } from '@tai-autonomics/governor/local';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { releaseHandlers } from '@tai-autonomics/governor/production';
import { desiredState, library } from '@tai-autonomics/packs';
import { orThrow } from './deployment.ts';
import { random, signer } from './key.ts';

// A desired state that names v1.0.0, of a service that has released v1.1.0 since.
const repository = await mkdtemp(join(tmpdir(), 'tai-desired-'));
const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=Rosa', '-c', 'user.email=rosa@shop.example', ...args], {
    cwd: repository,
    encoding: 'utf8',
  });
git('init', '--quiet', '--initial-branch=main');
await mkdir(join(repository, 'checkout'));
await writeFile(join(repository, 'checkout/values.yaml'), 'image:\n  name: shop/checkout\n  tag: "v1.0.0"\n');
git('add', '.');
git('commit', '--quiet', '--no-gpg-sign', '--message', 'checkout runs v1.0.0');
for (const release of ['v1.0.0', 'v1.1.0']) git('tag', '--no-sign', release);
const place: ReleasePlace = { repository, file: 'checkout/values.yaml', line: 'tag: "{release}"' };

const now = Date.UTC(2026, 10, 21, 8);
const hence = (ms: number): string => formatInstant(now + ms);
const [HOUR, DAY] = [3_600_000, 86_400_000];

const open = async (standing: Standing): Promise<Governor> =>
  orThrow(
    await createGovernor({
      standing,
      domain: 'tai.example',
      secret: random(32),
      catalogs: [orThrow(loadCatalog(library))],
      store: memoryStore(),
      signer,
      random,
      clock: () => now,
      resources: anyResource(standing.mode === 'eval' ? 'sandbox' : 'production'),
      subjects: anySubject,
      observers: [
        desiredStateObserver({
          source: 'desired_state',
          detector: desiredState,
          timeoutMs: 10_000,
          clock: () => now,
          place: () => place,
        }),
      ],
      handlers: releaseHandlers({ acme: { 'service/checkout': place } }),
      ownerOf: () => ({ type: 'user', id: 'olivia' }),
    }),
  );

const as = (type: 'agent' | 'user' | 'system' | 'marketplace', id: string, ...scope: readonly Role[]): Caller => ({
  tenant: 'acme',
  subject: { type, id },
  scope,
});
const [olivia, arjun, operator] = [as('user', 'olivia'), as('user', 'arjun'), as('system', 'operator')];
const agent = as('agent', 'agent-1', 'read_deployment', 'write_config');

const certificate = { id: 'POL-77', digest: 'A'.repeat(43) };
const { sku_id, packs, iam_roles } = library.plans['release'] ?? { sku_id: '', packs: [], iam_roles: [] };

/** The tenant buys the plan `release`; its owner signs the agreement, and says who may ask and who may approve. */
const setUp = async (governor: Governor): Promise<void> => {
  const bought = readEntitlementEvent(nodeSha256, {
    event: 'entitlement.activated',
    event_id: 'evt-1',
    entitlement_id: 'ent-1',
    occurred_at: hence(0),
    record: {
      tenant_id: 'acme',
      plan_id: 'release',
      sku_id,
      enabled_packs: packs,
      iam_roles,
      expiry: hence(365 * DAY),
    },
  });
  if (bought === undefined) throw new Error('this is no event of ours');
  const { tenant: _, ...event } = bought;
  const steps: readonly (readonly [Caller, Asked])[] = [
    [as('marketplace', 'a-marketplace'), event],
    [olivia, about('people', 'grant_role', { subject: 'agent:agent-1', roles: agent.scope })],
    [olivia, about('people', 'grant_relation', { subject: 'user:arjun', relation: 'approver' })],
    [
      operator,
      about('insurance', 'record_insurance', {
        status: 'valid',
        certificate: certificate.digest,
        verified_at: hence(0),
        expires_at: hence(30 * DAY),
      }),
    ],
    [
      olivia,
      about('agreement', 'record_msa', {
        status: 'signed',
        agreement: 'A'.repeat(43),
        in_force_from: hence(0),
        in_force_until: hence(365 * DAY),
      }),
    ],
  ];
  for (const [caller, asked] of steps) {
    const answer = await governor.submit(caller, asked);
    if (!answer.decided || answer.decision.verdict === 'refuse') throw new Error(JSON.stringify(answer));
  }
};
const about = (resource: string, action: string, args: Asked['arguments'] = {}): Asked => ({
  action,
  resource,
  arguments: args,
});

/** Asks, says in a line what came of it, and answers the approval that would help. */
const ask = async (governor: Governor, caller: Caller, asked: Asked): Promise<Asked | undefined> => {
  const answer = await governor.submit(caller, asked);
  if (!answer.decided) throw new Error(answer.detail);
  const { decision, outcome, receipt } = answer;
  const reasons = decision.verdict === 'approve' ? [] : decision.reasons;
  const codes = reasons.map(({ code }) => code).join(', ');
  const came = outcome === undefined ? '' : `, ${outcome.status}`;
  console.log(
    `${caller.subject.id}: ${asked.action}: ${decision.verdict}${came}${codes === '' ? '' : ` (${codes})`} #${receipt.seq}`,
  );
  const step = reasons.map(({ next }) => next).find((next) => next.kind === 'authority');
  if (step?.kind !== 'authority') return undefined;
  const { action, resource, arguments: args } = step.submit;
  return { action, resource, arguments: { ...args, expires_at: hence(HOUR) } };
};
const deploy = about('service/checkout', 'deploy_release', { release: 'v1.1.0' });
const revert = about('service/checkout', 'revert_release');

console.log('in an evaluation, about a sandbox:');
const pilot = await open({ mode: 'eval', session: 'examples' });
await setUp(pilot);
await ask(pilot, agent, deploy);
await pilot.close();

console.log('in a contractual deployment:');
const live = await open({ mode: 'contractual', insurance: { ...certificate, validUntil: now + 30 * DAY } });
await setUp(live);
for (const asked of [deploy, revert]) {
  const approval = await ask(live, agent, asked);
  if (approval !== undefined) await ask(live, arjun, approval);
  await ask(live, agent, asked);
}
await live.close();

console.log('what the desired state says of it, the newest first:');
console.log(git('log', '--format=  %s').trimEnd());
await rm(repository, { recursive: true });
