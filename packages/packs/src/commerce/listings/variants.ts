/** What listings say of plans, and for whom they say it again in other words. Data; what a plan switches on is the catalog's. */
import type { PlanId } from '@tai-autonomics/core/author';

/** How a plan is presented. */
export interface Presentation {
  readonly name: string;
  readonly tagline: string;
  readonly recommended_for: string;
}

/** The plans of the catalog as they are presented. A plan without a row is presented by its title. */
export const presentations: Readonly<Record<PlanId, Presentation>> = {
  base: {
    name: 'TAI Receipt Verification, Base',
    tagline: 'Verification only: check receipts, ledgers and previews of decisions. Nothing is ever changed.',
    recommended_for: 'auditors and first evaluations',
  },
  professional: {
    name: 'TAI Rollback Guard and Storm Discipline, Professional',
    tagline: 'Agents roll releases back and throttle request storms, behind gates, with a receipt for every decision.',
    recommended_for: 'service teams that let agents operate',
  },
  release: {
    name: 'TAI Release Guard, Professional',
    tagline:
      'Agents publish marketplace listings and deploy releases, behind gates, with a receipt for every decision.',
    recommended_for: 'product teams whose agents publish and deploy',
  },
  enterprise: {
    name: 'TAI Governance Suite, Enterprise',
    tagline: 'Every capability pack and every role, for the whole estate.',
    recommended_for: 'organisations with several teams, agents and auditors',
  },
};

/** A market for which plans are listed once more: same plan, same SKU, same price, another reader. */
export interface Variant {
  readonly id: string;
  readonly market: string;
  readonly plans: readonly PlanId[];
  readonly recommended_for: string;
}

export const variants: readonly Variant[] = [
  {
    id: 'banking_finance',
    market: 'Banking and Finance',
    plans: ['professional', 'enterprise'],
    recommended_for: 'operations teams of banks and insurers whose changes need two people and a record',
  },
  {
    id: 'healthcare',
    market: 'Healthcare',
    plans: ['professional', 'enterprise'],
    recommended_for: 'clinical systems where an action that is not provably safe must not happen',
  },
  {
    id: 'government',
    market: 'Government',
    plans: ['professional', 'enterprise'],
    recommended_for: 'agencies that must show later why an action was approved or refused',
  },
  {
    id: 'enterprise_saas',
    market: 'Enterprise SaaS',
    plans: ['professional', 'enterprise'],
    recommended_for: 'vendors that run many tenants from one deployment',
  },
];
