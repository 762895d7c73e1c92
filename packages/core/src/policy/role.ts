/** Roles: the nine that every catalog knows, and those that packs declare for their own actions. */

import * as t from 'io-ts';
import { type Codec, decoder, dictionary, prose } from '../data/codec.ts';
import { picture, suggestion } from '../data/issue.ts';

/** One of the nine roles, or a role that a pack declares: its `pack_id`, a slash, a name. */
export type Role = (typeof ROLES)[number] | PackRole;

/** A role of a pack's own, such as `restart/operate`. Only the actions of that pack may need it. */
export type PackRole = `${string}/${string}`;

/** The closed list of nine (P-41). */
export const ROLES = [
  'read_deployment',
  'write_rollback',
  'read_audit_trail',
  'write_policy',
  'admin_dashboard',
  'write_config',
  'read_metrics',
  'read_iam',
  'write_iam',
] as const;

/** The form of a pack's own role. */
export const PACK_ROLE_FORM: RegExp = /^[a-z][a-z0-9_]{0,63}\/[a-z][a-z0-9_]{0,63}$/;

interface Declares {
  readonly packs: readonly { readonly roles?: Readonly<Record<string, string>> }[];
}

/** Whether a text is one of the nine or has the form of a pack's own role. Which packs declare it is not asked. */
export const isRole = (x: unknown): x is Role =>
  typeof x === 'string' && ((ROLES as readonly string[]).includes(x) || PACK_ROLE_FORM.test(x));

/** The roles of a catalog: the nine, then those that its packs declare, sorted. */
export const rolesOf = ({ packs }: Declares): readonly Role[] => {
  const declared = packs.flatMap(({ roles }) => Object.keys(roles ?? {}) as PackRole[]);
  return declared.length === 0 ? ROLES : [...ROLES, ...[...new Set(declared)].sort()];
};

/** What a role should have been: one of some, with the nearest where the name is near to one. */
export const expectedRole = (known: readonly Role[], found: string): string =>
  `one of ${known.join(', ')}${suggestion(found, known)}`;

/** Parses a role by its form; that a pack declares it is checked when the catalog is compiled. */
export const RoleCodec: Codec<Role> = decoder(
  'a role',
  () => ({ anyOf: [{ enum: ROLES }, { type: 'string', pattern: PACK_ROLE_FORM.source }] }),
  (x, context) =>
    isRole(x) ? t.success(x) : t.failure(x, context, expectedRole(ROLES, typeof x === 'string' ? x : picture(x))),
);

/** Parses the roles that a pack declares, each with what it means. */
export const PackRolesCodec: Codec<Readonly<Record<string, string>>> = dictionary('roles', PACK_ROLE_FORM, prose);
