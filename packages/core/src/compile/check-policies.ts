/** What policy documents refer to: actions that exist and are the tenant's to restrict. */

import type { Path } from '../data/issue.ts';
import type { Action, ActionId, Remedy } from '../policy/action.ts';
import type { CatalogSource, Pack } from '../policy/catalog-source.ts';
import { documentIssues, type PolicyTarget } from '../policy/policy-document.ts';
import { addedRequirements, isTenants, targets } from '../policy/with-policy.ts';
import type { Complaints } from './scope.ts';

const PACK = 'pack:';

/** Complains about documents of one id, about what a document says of itself, and about targets that mean nothing. */
export const checkPolicies = (source: CatalogSource, actions: ReadonlyMap<ActionId, Action>, to: Complaints): void => {
  const policies = source.policies ?? [];
  for (const [k, document] of policies.entries()) {
    const path: Path = ['policies', k];
    const { id } = document.policy;
    if (policies.findIndex(({ policy }) => policy.id === id) < k)
      to.add([...path, 'policy', 'id'], 'a document of its own', `\`${id}\` again`);
    for (const issue of documentIssues(document)) to.add([...path, ...issue.path], issue.expected, issue.found);
    for (const [i, requirement] of document.requirements.entries())
      for (const [t, target] of requirement.actions.entries())
        checkTarget(target, source, actions, [...path, 'requirements', i, 'actions', t], to);
  }
};

/** Where a policy document leads from one action to another; nothing where the packs do. */
export const remedyPath = (source: CatalogSource, id: ActionId, pack: Pack, next: ActionId): Path | undefined => {
  const action = pack.actions[id];
  if (action === undefined || action.requires.some(({ remedy }) => leadsTo(remedy) === next)) return undefined;
  const added = addedRequirements(source, id, { action, pack });
  const found = added.find(({ requirement }) => leadsTo(requirement.remedy) === next);
  return found === undefined ? undefined : [...found.path, 'remedy'];
};

const checkTarget = (
  target: PolicyTarget,
  source: CatalogSource,
  actions: ReadonlyMap<ActionId, Action>,
  path: Path,
  to: Complaints,
): void => {
  if (target === '*external' || target.startsWith(PACK)) {
    const packs = source.packs.map(({ pack_id }) => `${PACK}${pack_id}`);
    const known = target === '*external' || packs.includes(target);
    const some = source.packs.some((pack) =>
      Object.entries(pack.actions).some(([id, action]) => targets(target, id, { action, pack })),
    );
    if (!known) to.add(path, `a pack of this catalog${to.hint(target, () => packs)}`, `\`${target}\``);
    else if (!some) to.add(path, 'a target that means an action', `\`${target}\`, which means none`);
    return;
  }
  const action = actions.get(target);
  if (action === undefined)
    to.add(path, `an action of this catalog${to.hint(target, () => actions.keys())}`, `\`${target}\``);
  else if (!isTenants(action))
    to.add(
      path,
      'an action that somebody of the tenant may ask for',
      `\`${target}\`, asked by ${action.who.join(', ')}`,
    );
};

const leadsTo = (remedy: Remedy): ActionId | undefined =>
  remedy.by === 'authority' ? remedy.submit.action : remedy.by === 'world' ? remedy.action : undefined;
