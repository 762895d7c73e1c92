/** What policy documents add to the actions of a catalog. */

import type { Path } from '../data/issue.ts';
import type { Action, ActionId, Requirement, SubjectType } from './action.ts';
import type { CatalogSource, Pack } from './catalog-source.ts';
import { type PolicyDocument, type PolicyTarget, policyCode } from './policy-document.ts';

/** A requirement where it is written. */
export interface PlacedRequirement {
  readonly requirement: Requirement;
  readonly path: Path;
}

/**
 * The catalog with a policy document in it: a new value, compiled and digested like any other. Documents stand in the
 * order of their ids, so it does not matter which was added first. No refusal of the catalog becomes an approval.
 *
 * Does not look at what the document names: `compileCatalog` refuses what the catalog does not have, and a second
 * document of the same id (to replace one, start from the catalog without it).
 */
export const withPolicy = (source: CatalogSource, document: PolicyDocument): CatalogSource => ({
  ...source,
  policies: [...(source.policies ?? []), document].sort((a, b) => (a.policy.id < b.policy.id ? -1 : 1)),
});

/** Whether a tenant may ask more of an action: somebody of the tenant may ask for it at all. */
export const isTenants = ({ who }: Action): boolean => who.some((type) => !OUTSIDE.has(type));

/** Whether a target means an action. A pack and `*external` mean those that are the tenant’s to restrict. */
export const targets = (
  target: PolicyTarget,
  id: ActionId,
  { action, pack }: { readonly action: Action; readonly pack: Pack },
): boolean => {
  if (target === id) return true;
  if (!isTenants(action)) return false;
  return target === '*external' ? changesTheWorld(action) : target === `pack:${pack.pack_id}`;
};

/** What the documents of a catalog require of an action: document by document in the order of their ids. */
export const addedRequirements = (
  { policies = [] }: CatalogSource,
  id: ActionId,
  placed: { readonly action: Action; readonly pack: Pack },
): readonly PlacedRequirement[] =>
  policies
    .map((document, k) => ({ document, k }))
    .sort((a, b) => (a.document.policy.id < b.document.policy.id ? -1 : 1))
    .flatMap(({ document: { policy, requirements }, k }) =>
      requirements.flatMap(({ actions, code, means, when, remedy }, i): readonly PlacedRequirement[] =>
        actions.some((target) => targets(target, id, placed))
          ? [
              {
                requirement: { code: policyCode(policy.id, code), means, when, remedy },
                path: ['policies', k, 'requirements', i],
              },
            ]
          : [],
      ),
    );

/** Everything that gate 8 requires of an action that stands at a path, each where it is written: its pack's own first. */
export const requirementsOf = (
  source: CatalogSource,
  id: ActionId,
  placed: { readonly action: Action; readonly pack: Pack; readonly path: Path },
): readonly PlacedRequirement[] => [
  ...placed.action.requires.map(
    (requirement, i): PlacedRequirement => ({ requirement, path: [...placed.path, 'requires', i] }),
  ),
  ...addedRequirements(source, id, placed),
];

const changesTheWorld = ({ does }: Action): boolean => does.effect === 'external' || does.effect === 'contractual';

/** Subjects whose acts bind the tenant, not the other way round. */
const OUTSIDE: ReadonlySet<SubjectType> = new Set(['marketplace', 'system']);
