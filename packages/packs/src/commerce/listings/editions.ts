/** Editions: selections of packs that are sold as products of their own. A new one is a row here, and nothing else (P-45, B-17). */
import type { CatalogSource } from '@tai-autonomics/core';
import {
  type AccountTerms,
  normaliseSelection,
  type Plan,
  type PlanId,
  type Role,
  rolesOf,
} from '@tai-autonomics/core/author';
import { either as E } from 'fp-ts';
import { teamTerms } from '../support/terms.ts';

/** A product made of packs. Its roles are those that its packs name, and its price is that of the least plan that covers it. */
export interface Edition {
  readonly plan_id: PlanId;
  readonly title: string;
  readonly sku_id: string;
  readonly packs: readonly string[];
  readonly quota: number;
  readonly recommended_for: string;
  /** What it promises an account; nothing where absent. */
  readonly support?: AccountTerms;
}

const QUOTA = 10_000;

/** The catalog with its editions as plans. A plan that it has already stays as it is. */
export const withEditions = (source: CatalogSource, rows: readonly Edition[] = editions): CatalogSource => {
  const plans = editionsFor(source, rows).map(({ plan_id, title, sku_id, packs, quota, support }): [PlanId, Plan] => [
    plan_id,
    {
      title: `Edition: ${title}`,
      sku_id,
      packs,
      iam_roles: rolesNamed(source, packs),
      quota,
      ...(support === undefined ? {} : { support }),
    },
  ]);
  return { ...source, plans: { ...Object.fromEntries(plans), ...source.plans } };
};
const edition = (name: string, title: string, packs: readonly string[], recommended: string): Edition => ({
  plan_id: `${name}_edition`,
  title,
  sku_id: `tai-${name.replaceAll('_', '-')}-edition`,
  packs: ['receipt_verifier', ...packs],
  quota: QUOTA,
  recommended_for: recommended,
  support: teamTerms,
});

/** The editions of the product, from one catalog. */
export const editions: readonly Edition[] = [
  edition('rollback', 'Rollback Guard', ['rollback_guard'], 'teams whose agents may undo a release, and nothing else'),
  edition('storm', 'Storm Discipline', ['storm_discipline'], 'services that need request storms throttled by rule'),
  edition(
    'drift',
    'IAM Drift Guard',
    ['iam_drift_guard'],
    'platform teams that hold access policies to what is declared',
  ),
  edition(
    'policy',
    'Policy Engine',
    ['policy_engine'],
    'who changes policy often, and wants each change proposed, simulated and approved',
  ),
  edition(
    'analytics',
    'Advanced Analytics',
    ['advanced_analytics'],
    'who answers for figures, and wants each computed from receipts',
  ),
  edition(
    'release_and_access',
    'Rollback Guard and IAM Drift Guard',
    ['rollback_guard', 'iam_drift_guard'],
    'platform teams without request storms of their own',
  ),
  edition(
    'access_policy',
    'IAM Drift Guard and Policy Engine',
    ['iam_drift_guard', 'policy_engine'],
    'security teams that own access and the policies about it',
  ),
  edition('change_policy', 'Rollback Guard and Policy Engine', ['rollback_guard', 'policy_engine'], 'change managers'),
  edition(
    'reliability',
    'Rollback Guard, Storm Discipline and Advanced Analytics',
    ['rollback_guard', 'storm_discipline', 'advanced_analytics'],
    'reliability teams that report what was refused and why',
  ),
];

/** All roles that some packs of a catalog name, in the order of the nine, then those of the packs' own. */
const rolesNamed = (source: CatalogSource, names: readonly string[]): readonly Role[] => {
  const named = new Set(
    source.packs
      .filter((pack) => names.includes(pack.pack_id))
      .flatMap((pack) => [...pack.required_iam_roles, ...Object.values(pack.actions).flatMap(({ roles }) => roles)]),
  );
  return rolesOf(source).filter((role) => named.has(role));
};

/** The editions that a catalog can be sold in: those of which it has every pack, as a lawful selection. */
const editionsFor = (source: CatalogSource, rows: readonly Edition[] = editions): readonly Edition[] =>
  rows.filter(({ packs }) => E.isRight(normaliseSelection(source, packs)));
