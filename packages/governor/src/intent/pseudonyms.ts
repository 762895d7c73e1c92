/**
 * Arguments that are somebody's pseudonym. Whoever writes `agent:release-bot` means the pseudonym of that subject, and gets
 * it filled in. Anything else that is no pseudonym of this deployment is given to the decision as a value of no type: it is
 * refused, by a reason with a step, and what was written is kept where it can be erased, in the recorded intent.
 */
import type { Catalog } from '@tai-autonomics/core';
import { SUBJECT_TYPES, type SubjectType } from '@tai-autonomics/core/author';
import { nameFault } from '@tai-autonomics/core/engine';
import type { Asked, TenantId } from '../api.ts';
import { type Identity, isPseudonym } from '../ledger/identity.ts';

/** The arguments of an intent with pseudonyms where the action wants them; the same object where nothing changes. */
export const withPseudonyms = <A extends Asked>(
  identity: Identity,
  catalog: Catalog,
  tenant: TenantId,
  asked: A,
): A => {
  const declared = catalog.actions.get(asked.action)?.action.arguments ?? {};
  const given = asked.arguments ?? {};
  const changed: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(declared)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (type.type !== 'string' || type.form !== 'subject' || typeof value !== 'string' || isPseudonym(value)) continue;
    const subject = subjectOf(value);
    changed[name] = subject === undefined ? { not_a_pseudonym: value } : identity.subject(tenant, ...subject);
  }
  return Object.keys(changed).length === 0 ? asked : { ...asked, arguments: { ...given, ...changed } };
};

const subjectOf = (text: string): readonly [SubjectType, string] | undefined => {
  const at = text.indexOf(':');
  const [type, id] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  const known = SUBJECT_TYPES.find((one) => one === type);
  return known === undefined || nameFault(id) !== undefined ? undefined : [known, id];
};
