/** Plans against actions: what is sold must be possible, and what exists must be sold. */

import type { CatalogSource, Pack, Plan } from '../../policy/catalog-source.ts';
import type { Role } from '../../policy/role.ts';
import type { Note } from './finding.ts';

/** Notes plans that sell what they do not allow, and actions that no plan allows. */
export const lintPlans = (source: CatalogSource, note: Note): void => {
  for (const [id, plan] of Object.entries(source.plans)) lintPlan(id, plan, source, note);
  source.packs.forEach((pack, i) => {
    for (const [id, { roles, entitlement }] of Object.entries(pack.actions)) {
      const bought = pack.always !== true || entitlement === 'active' || roles.length > 0;
      const plans = Object.values(source.plans);
      if (!bought || plans.some((plan) => sells(plan, pack) && lacking(plan, roles).length === 0)) continue;
      const sold = plans.some((plan) => sells(plan, pack));
      note(
        'no_plan_sells_action',
        'error',
        ['packs', i, 'actions', id],
        sold
          ? `no plan allows the roles of \`${id}\` together: ${roles.join(', ')}`
          : `no plan sells \`${pack.pack_id}\`, so nobody can reach \`${id}\``,
      );
    }
  });
};

const lintPlan = (id: string, plan: Plan, source: CatalogSource, note: Note): void => {
  const used = new Set<Role>();
  for (const pack of source.packs.filter((p) => sells(plan, p))) {
    for (const role of pack.required_iam_roles) used.add(role);
    for (const [name, action] of Object.entries(pack.actions)) {
      for (const role of action.roles) used.add(role);
      // What is always on, and not listed, is there for whoever has the roles: the plan promises nothing of it.
      const missing = plan.packs.includes(pack.pack_id) ? lacking(plan, action.roles) : [];
      if (missing.length > 0)
        note(
          'plan_lacks_role',
          'error',
          ['plans', id, 'iam_roles'],
          `the plan \`${id}\` sells \`${name}\` of \`${pack.pack_id}\` but not the roles that it needs: ${missing.join(', ')}`,
        );
    }
    const wanted = lacking(plan, pack.required_iam_roles).filter(
      (role) => !Object.values(pack.actions).some(({ roles }) => roles.includes(role)),
    );
    if (plan.packs.includes(pack.pack_id) && wanted.length > 0)
      note(
        'plan_lacks_pack_role',
        'warning',
        ['plans', id, 'iam_roles'],
        `the plan \`${id}\` sells \`${pack.pack_id}\`, which asks for ${wanted.join(', ')} as well; no action needs it`,
      );
  }
  plan.iam_roles.forEach((role, k) => {
    if (!used.has(role))
      note(
        'unused_role',
        'warning',
        ['plans', id, 'iam_roles', k],
        `nothing that the plan \`${id}\` sells needs the role \`${role}\``,
      );
  });
};

const sells = (plan: Plan, pack: Pack): boolean => pack.always === true || plan.packs.includes(pack.pack_id);

const lacking = (plan: Plan, roles: readonly Role[]): readonly Role[] =>
  roles.filter((role) => !plan.iam_roles.includes(role));
