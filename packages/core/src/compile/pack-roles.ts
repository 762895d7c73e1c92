/** Roles that packs declare: who may name them, and where the nine stand for all roles of a catalog. */

import type { Path } from '../data/issue.ts';
import { sameType, type Type } from '../data/value.ts';
import type { CatalogSource, Pack } from '../policy/catalog-source.ts';
import { expectedRole, ROLES, type Role, rolesOf } from '../policy/role.ts';
import type { Complaints } from './scope.ts';

/** Widens what holds a set of the nine roles: it holds any role of the catalog. */
export type Widen = <A extends Typed>(of: Readonly<Record<string, A>>) => Readonly<Record<string, A>>;

interface Typed {
  readonly type: Type;
}

const NINE: Type = { type: 'set', of: ROLES };

/** The same value where no pack declares a role. */
export const widening = (source: CatalogSource): Widen => {
  const roles = rolesOf(source);
  if (roles === ROLES) return (of) => of;
  const all: Type = { type: 'set', of: roles };
  return (of) =>
    Object.values(of).some(({ type }) => sameType(type, NINE))
      ? Object.fromEntries(
          Object.entries(of).map(([id, one]) => [id, sameType(one.type, NINE) ? { ...one, type: all } : one]),
        )
      : of;
};

/** The catalog with its facts, cells and arguments widened; the very same where no pack declares a role. */
export const withPackRoles = (source: CatalogSource): CatalogSource => {
  if (rolesOf(source) === ROLES) return source;
  const widen = widening(source);
  const widened = (pack: Pack): Pack => ({
    ...pack,
    facts: widen(pack.facts),
    cells: widen(pack.cells),
    actions: Object.fromEntries(
      Object.entries(pack.actions).map(([id, action]) => [id, { ...action, arguments: widen(action.arguments) }]),
    ),
  });
  return { ...source, packs: source.packs.map(widened) };
};

/**
 * A pack declares roles under its own name, and its actions need these and the nine: what a role of one pack lets
 * somebody do is never said by another. A plan may allow any role of the catalog.
 */
export const checkRoles = (source: CatalogSource, to: Complaints): void => {
  for (const [i, pack] of source.packs.entries()) {
    const path: Path = ['packs', i];
    const own = Object.keys(pack.roles ?? {});
    for (const role of own)
      if (!role.startsWith(`${pack.pack_id}/`))
        to.add([...path, 'roles', role], `a role of the pack, \`${pack.pack_id}/…\``, `\`${role}\``);
    const known = rolesOf({ packs: [pack] });
    checkNamed(pack.required_iam_roles, known, [...path, 'required_iam_roles'], to);
    for (const [id, { roles }] of Object.entries(pack.actions))
      checkNamed(roles, known, [...path, 'actions', id, 'roles'], to);
  }
  const all = rolesOf(source);
  for (const [id, { iam_roles }] of Object.entries(source.plans))
    checkNamed(iam_roles, all, ['plans', id, 'iam_roles'], to);
};

const checkNamed = (named: readonly Role[], known: readonly Role[], path: Path, to: Complaints): void => {
  if (named.every((role) => known.includes(role))) return;
  const roles = new Set(known);
  named.forEach((role, k) => {
    if (!roles.has(role)) to.add([...path, k], expectedRole(known, role), `\`${role}\``);
  });
};
