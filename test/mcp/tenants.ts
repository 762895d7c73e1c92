/** A real governor over a memory store, with tenants that a marketplace opened. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import type { CatalogSource } from '@tai-autonomics/core';
import type { Role } from '@tai-autonomics/core/author';
import { formatInstant } from '@tai-autonomics/core/engine';
import {
  anyResource,
  anySubject,
  type Caller,
  createGovernor,
  type Governor,
  loadCatalog,
  type Observer,
} from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { memorySigner } from '../governor/signer.ts';

const START = Date.UTC(2026, 10, 21, 8);
const DAY = 86_400_000;

/** A deployment that is exactly a release, unless a test says otherwise. */
export interface World {
  isStable: boolean;
}

export interface Tenants {
  readonly governor: Governor;
  readonly world: World;
  /** Posts what the marketplace would: the tenant has this plan from now on. */
  buy(tenant: string, plan: 'base' | 'professional' | 'enterprise'): Promise<void>;
}

export const robotOf = (tenant: string, ...scope: readonly Role[]): Caller => ({
  tenant,
  subject: { type: 'agent', id: 'robot' },
  scope,
});
export const ownerOf = (tenant: string): Caller => ({
  tenant,
  subject: { type: 'user', id: `owner-of-${tenant}` },
  scope: [],
});

/** Starts a governor of an evaluation; the clock moves a second with every purchase and never else. */
export const createTenants = async (source: CatalogSource = library): Promise<Tenants> => {
  const catalog = loadCatalog(source);
  if (E.isLeft(catalog)) throw new Error('the shipped catalog does not compile');
  let now = START;
  const world: World = { isStable: true };
  const git: Observer = {
    source: 'git',
    facts: ['deployment_stable', 'deployed_version', 'rollback_target_known', 'rollback_target_version'],
    timeoutMs: 1_000,
    observe: async () => {
      const seen = {
        deployment_stable: world.isStable,
        deployed_version: 'v2',
        rollback_target_known: true,
        rollback_target_version: 'v1',
      };
      return Object.entries(seen).map(([fact, value]) => ({ fact, value, observedAt: now }));
    },
  };
  const started = await createGovernor({
    standing: { mode: 'eval', session: 'test' },
    domain: 'tai.example',
    catalogs: [catalog.right],
    store: memoryStore(),
    signer: memorySigner(),
    secret: new Uint8Array(32).fill(7),
    clock: () => now,
    random: systemRandom,
    resources: anyResource('sandbox'),
    subjects: anySubject,
    observers: [git],
    handlers: [],
    ownerOf: (tenant) => ({ type: 'user', id: `owner-of-${tenant}` }),
  });
  if (E.isLeft(started)) throw new Error(started.left.join('; '));
  const governor = started.right;
  return {
    governor,
    world,
    buy: async (tenant, plan) => {
      now += 1_000;
      const row = library.plans[plan];
      const submitted = await governor.submit(
        { tenant, subject: { type: 'marketplace', id: 'market' }, scope: [] },
        {
          id: `${tenant} ${plan} ${now}`,
          action: 'apply_entitlement',
          resource: 'entitlement',
          arguments: {
            event_id: `e-${now}`,
            entitlement_id: `ent-${tenant}`,
            occurred_at: formatInstant(now),
            rank: 0,
            status: 'active',
            plan_id: plan,
            sku_id: row?.sku_id,
            enabled_packs: row?.packs,
            iam_roles: row?.iam_roles,
            expiry: formatInstant(now + 365 * DAY),
          },
        },
      );
      if (!submitted.decided || submitted.decision.verdict !== 'approve')
        throw new Error(`not bought: ${JSON.stringify(submitted)}`);
    },
  };
};
