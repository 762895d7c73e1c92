/** Publishing and deploying through a governor: contractual, approved by somebody else, bound to what was seen (M-02, M-03, M-10, M-11). */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decide } from '@tai-autonomics/core';
import { ROLES, type Role } from '@tai-autonomics/core/author';
import { formatInstant } from '@tai-autonomics/core/engine';
import { type Asked, anyResource } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type Document, lawful, merged, observed, shipped } from '../fixtures/tenant.ts';
import {
  approvalOf,
  approved,
  assurance,
  clockAt,
  codes,
  decided,
  entitlement,
  eventsOf,
  ledgerOf,
  named,
  people,
  START,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { scratchFolder } from '../governor-parts/scratch.ts';
import { runs } from '../runs.ts';
import { bearing } from './guarded.ts';
import { listingOf, makeReleasing } from './releasing.ts';

const CONTRACTUAL = ['publish_listing', 'withdraw_listing', 'deploy_release', 'revert_release'] as const;
const pilot = { mode: 'eval', session: 'pilot-1' } as const;
const { shop, owner, approver, operator } = people();
const agent = bearing('agent', 'bot', 'read_deployment', 'write_config');
const [CHECKOUT, PROFESSIONAL] = ['service/checkout', 'shop/professional'] as const;

const professional = listingOf('professional');

/** A tenant that bought the plan `release`, over a real desired state and a real document. */
const open = async (standing?: typeof pilot) => {
  const folder = scratchFolder({ onTestFinished });
  const clock = clockAt(START);
  const { path, git, listing, offer, observers, handlers } = makeReleasing(folder, clock, {
    release: CHECKOUT,
    listing: PROFESSIONAL,
    plan: 'professional',
  });
  const setting = await startGovernor({
    clock,
    resources: anyResource(standing === undefined ? 'production' : 'sandbox'),
    ...(standing === undefined ? {} : { standing }),
    observers,
    handlers,
  });
  onTestFinished(() => setting.governor.close());
  const { governor } = setting;
  const { insurance, msa } = assurance(clock.now);
  for (const [caller, asked] of [
    [shop, entitlement(clock.now, 'release')],
    [owner, about('people', 'grant_relation', { subject: named(approver), relation: 'approver' })],
    [owner, about('people', 'grant_role', { subject: named(agent), roles: agent.scope })],
    [operator, insurance],
    [owner, msa],
  ] as const)
    approved(await governor.submit(caller, asked));
  /** Has it approved for an hour, whatever happens to the world then. */
  const approve = async (asked: Asked): Promise<void> => {
    const refusal = await governor.submit(agent, asked);
    approved(await governor.submit(approver, approvalOf(refusal, clock.now + 3_600_000)));
  };
  return {
    setting,
    governor,
    git,
    path,
    listing,
    offer,
    approve,
    env: () => readFileSync(join(path, 'checkout.env'), 'utf8'),
  };
};
const about = (resource: string, action: string, args: Asked['arguments'] = {}): Asked => ({
  action,
  resource,
  arguments: args,
});
const deploy = about(CHECKOUT, 'deploy_release', { release: 'v1.1.0' });
const publish = about(PROFESSIONAL, 'publish_listing');

test('a release is deployed once somebody else approved it, and taken back the same way; each step leaves a receipt', async () => {
  const { setting, governor, git, env, approve } = await open();
  const before = (await eventsOf(setting)).length;
  for (const asked of [deploy, about(CHECKOUT, 'revert_release')]) {
    expect(codes(await governor.submit(agent, asked))).toEqual(['release_not_approved']);
    await approve(asked);
    expect(approved(await governor.submit(agent, asked)).outcome).toMatchObject({ status: 'success' });
    // Used up: the same again is another deployment, of what is deployed already.
    expect(codes(await governor.submit(agent, asked))).toContain('release_not_approved');
  }
  expect(env()).toBe('REGION=eu\nRELEASE=v1.0.0\n');
  expect(git('log', '--format=%s').split('\n')).toEqual([
    'revert: checkout.env v1.1.0 to v1.0.0',
    'deploy: checkout.env v1.0.0 to v1.1.0',
    'desired state',
  ]);
  expect((await eventsOf(setting)).slice(before).filter((event) => !event.startsWith('action_'))).toEqual([
    'approval_granted',
    'deployment_approved',
    'release_deployed',
    'approval_granted',
    'deployment_approved',
    'release_reverted',
  ]);
});

test('a listing is published, and withdrawn, once somebody else approved exactly that', async () => {
  const { governor, listing, approve } = await open();
  const published = (): unknown =>
    JSON.parse(readFileSync(join(listing.directory, 'index.json'), 'utf8')).listings[TENANT];
  await approve(publish);
  expect(approved(await governor.submit(agent, publish)).outcome).toMatchObject({ status: 'success' });
  const [document] = readdirSync(join(listing.directory, 'documents'));
  expect(published()).toEqual({ professional: document?.replace('.json', '') });
  const withdraw = about(PROFESSIONAL, 'withdraw_listing');
  await approve(withdraw);
  expect(approved(await governor.submit(agent, withdraw)).outcome).toMatchObject({ status: 'success' });
  expect(published()).toBeUndefined();
});

test('what moved since it was approved needs another approval: a document by one letter, a desired state by one commit', async () => {
  const { governor, git, path, offer, approve, listing } = await open();
  await approve(publish);
  offer({ ...professional, tagline: 'Agents roll releases back.' });
  expect(codes(await governor.submit(agent, publish))).toEqual(['release_not_approved']);
  await approve(deploy);
  writeFileSync(join(path, 'README'), 'hello');
  git('add', '.');
  git('commit', '--quiet', '--message', 'by somebody');
  expect(codes(await governor.submit(agent, deploy))).toEqual(['release_not_approved']);
  expect(readdirSync(listing.directory)).toEqual([]);
});

test('in an evaluation nothing is published and nothing is deployed, and each refusal is a receipt', async () => {
  const { setting, governor, git, listing } = await open(pilot);
  for (const action of CONTRACTUAL) {
    const asked = action.endsWith('listing')
      ? about(PROFESSIONAL, action)
      : about(CHECKOUT, action, action === 'deploy_release' ? { release: 'v1.1.0' } : {});
    const answer = decided(await governor.submit(agent, asked));
    expect([action, codes(answer)[0]]).toEqual([action, 'eval_only_refusal']);
    const last = (await ledgerOf(setting)).at(-1);
    expect(last?.receipt).toMatchObject({
      verdict: 'refuse',
      mode: 'eval',
      codes: expect.arrayContaining(['eval_only_refusal']),
    });
  }
  expect([git('rev-list', '--count', 'HEAD'), readdirSync(listing.directory)]).toEqual(['1', []]);
});

const anything = fc.record({
  environment: fc.constantFrom('sandbox', 'production', 'unknown'),
  scope: fc.subarray([...ROLES]),
  granted: fc.subarray([...ROLES]),
  type: fc.constantFrom('agent', 'service'),
  plan: fc.constantFrom(...Object.keys(library.plans)),
  status: fc.constantFrom('active', 'suspended', 'cancelled'),
  expiresAt: fc.integer({ min: -10, max: 400 }).map((days) => formatInstant(Date.UTC(2026, 0, 26) + days * 86_400_000)),
  insurance: fc.constantFrom('valid', 'lapsed', 'none'),
  agreement: fc.constantFrom('signed', 'none'),
  pilotEndsAt: fc.constantFrom('2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'),
  approvedFor: fc.constantFrom('sub_bot', 'sub_other'),
  relations: fc.subarray(['owner', 'approver', 'responder']),
  facts: fc.subarray(['listing_valid', 'listing_sold', 'desired_state_clean', 'release_revertible']),
});

test('in an evaluation no configuration, entitlement or environment makes a contractual action approved', () =>
  fc.assert(
    fc.property(fc.constantFrom(...CONTRACTUAL), anything, (action, any) => {
      const decision = decide(shipped, observed(shipped, merged(lawful[action], spoiltBy(action, any, 'eval'))));
      expect(decision.verdict).toBe('refuse');
      // A tool that was not bought does not exist, and says no more.
      const said = decision.verdict === 'refuse' ? decision.reasons.map(({ code }) => code) : [];
      if (said[0] !== 'tool_not_found') expect(said).toContain('eval_only_refusal');
    }),
    { numRuns: runs(2_000) },
  ));

test.for(CONTRACTUAL)(
  '%s is approved in a contractual deployment of the same make, so the law above says something',
  (action) => {
    expect(decide(shipped, observed(shipped, lawful[action])).verdict).toBe('approve');
    const evaluation = merged(lawful[action], { mode: 'eval', intent: { resource: { environment: 'sandbox' } } });
    expect(decide(shipped, observed(shipped, evaluation))).toMatchObject({
      verdict: 'refuse',
      reasons: [{ code: 'eval_only_refusal' }],
    });
  },
);

test('no insurance, no agreement, another SKU, no approval: each alone refuses each of them (M-09, M-10, M-11, M-14)', () => {
  for (const action of CONTRACTUAL)
    for (const [code, state] of [
      ['insurance_missing', { insurance_status: null }],
      ['insurance_expired', { insurance_expires_at: '2026-01-26T12:00:00.000Z' }],
      ['insurance_stale', { insurance_verified_at: '2026-01-25T11:59:59.999Z' }],
      ['msa_unsigned', { msa_status: null }],
      ['sku_mismatch', { entitlement_sku: 'rollback-guard-base' }],
      ['release_not_approved', { approval_requester: null, approval_expires_at: null }],
      ['release_not_approved', { approval_requester: { bind: 'sub_other' } }],
      ['insufficient_privilege', { granted_roles: { sub_bot: ['read_deployment'] } }],
    ] as const) {
      const decision = decide(shipped, observed(shipped, merged(lawful[action], { state })));
      const said = decision.verdict === 'refuse' ? decision.reasons.map((reason) => reason.code) : [];
      expect([action, code, said]).toEqual([action, code, expect.arrayContaining([code])]);
      expect(new Set(said).size).toBe(1);
    }
});

/** A lawful observation with everything else as it comes. */
const spoiltBy = (action: string, any: Spoilt, mode: string): Document => ({
  mode,
  intent: {
    subject: { type: any.type, scope: [...any.scope].sort() },
    resource: { environment: any.environment },
  },
  evidence: ((lawful[action] as Document)['evidence'] as readonly Document[]).map((seen) =>
    typeof seen['value'] === 'boolean' ? { ...seen, value: any.facts.includes(String(seen['fact'])) } : seen,
  ),
  state: {
    entitlement_plan: any.plan,
    entitlement_packs: [...(library.plans[any.plan]?.packs ?? [])].sort(),
    entitlement_sku: library.plans[any.plan]?.sku_id,
    entitlement_status: any.status,
    entitlement_expires_at: any.expiresAt,
    insurance_status: any.insurance,
    msa_status: any.agreement,
    pilot_ends_at: any.pilotEndsAt,
    granted_roles: { sub_bot: [...any.granted].sort() },
    approval_requester: { bind: any.approvedFor },
    relations: { sub_bot: [...any.relations].sort() },
  },
});

interface Spoilt {
  readonly environment: string;
  readonly scope: readonly Role[];
  readonly granted: readonly Role[];
  readonly type: string;
  readonly plan: string;
  readonly status: string;
  readonly expiresAt: string;
  readonly insurance: string;
  readonly agreement: string;
  readonly pilotEndsAt: string;
  readonly approvedFor: string;
  readonly relations: readonly string[];
  readonly facts: readonly string[];
}
