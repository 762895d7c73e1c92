/** release_guard, used: on a real desired state and a real listing document. */
import { expect } from 'vitest';
import { approvalOf, approved, named, people, SERVICE } from '../governor/kit.ts';
import { bearing, type GuardedOptions, grant } from '../packs/guarded.ts';
import { makeReleasing } from '../packs/releasing.ts';
import type { Office } from './office.ts';

const { owner, approver } = people();
const agent = bearing('agent', 'bot', 'read_deployment', 'write_config');
const about = { resource: SERVICE };

/** What such a tenant runs. */
export const releasing: GuardedOptions = {
  plan: 'release',
  also: (folder, clock) => makeReleasing(folder, clock, { release: SERVICE, listing: SERVICE, plan: 'base' }),
};

/** The whole tour. */
export const tourReleases = async (office: Office): Promise<void> => {
  const { call, ask, submit, setting } = office;
  await grant(office, agent);
  expect(await ask(owner, 'grant_relation', { subject: named(approver), relation: 'approver' })).toBe('approve');
  const acts = async (tool: string, action: string, args: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    const refused = await submit(agent, action, args);
    approved(await setting.governor.submit(approver, approvalOf(refused, setting.clock.now + 3_600_000)));
    expect(await call(agent, tool, { ...about, ...args })).toMatchObject({ outcome: 'approved', status: 'success' });
  };
  expect((await call(agent, 'listing_status', about)).found).toMatchObject({
    listing_valid: true,
    listing_sold: true,
    published_listing: 'none',
  });
  await acts('listing_publisher', 'publish_listing');
  await acts('listing_withdrawal', 'withdraw_listing');
  expect((await call(agent, 'release_status', about)).found).toMatchObject({ newest_release: 'v1.1.0' });
  await acts('release_deployer', 'deploy_release', { release: 'v1.1.0' });
  expect((await call(agent, 'release_status', about)).found).toMatchObject({ desired_release: 'v1.1.0' });
  await acts('release_reverter', 'revert_release');
};
