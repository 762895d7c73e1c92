/**
 * Candidates: the catalog that decides, with a document of the tenant's own in it. A tenant's documents have names that
 * begin with `own_`; what the deployment brings has others, so a tenant can neither replace nor lose it.
 */

import type { Issue, PolicyDocument } from '@tai-autonomics/core';
import type { PolicyId } from '@tai-autonomics/core/author';
import { canonicalize, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { isOwn } from '../catalogs/drafts.ts';
import { catalogDigest, type LoadedCatalog, loadCatalog } from '../catalogs/loaded-catalog.ts';

type Written = { readonly policies?: readonly PolicyDocument[] } & Readonly<Record<string, unknown>>;

/** The catalog with the document in it, in the place of the tenant's earlier one of the same name. */
export const candidateOf = (
  active: LoadedCatalog,
  document: PolicyDocument,
): E.Either<readonly [Issue, ...Issue[]], LoadedCatalog> => {
  const written = writtenOf(active);
  const others = (written.policies ?? []).filter(({ policy }) => policy.id !== document.policy.id);
  return loadCatalog(withPolicies(written, [...others, document]));
};

/** The digest of a catalog without the tenant's own documents. */
export const baseOf = (candidate: LoadedCatalog): string => {
  const written = writtenOf(candidate);
  const rest = withPolicies(
    written,
    (written.policies ?? []).filter((document) => !isOwn(document)),
  );
  const text = canonicalize(rest as unknown as Json);
  return E.isLeft(text) ? '' : E.getOrElse(() => '')(catalogDigest(text.right));
};

/** A place in a catalog as a place in the tenant's document; `undefined` for what is not in it. */
export const placeInDocument = (
  { catalog }: LoadedCatalog,
  id: PolicyId,
  path: readonly (string | number)[],
): readonly (string | number)[] | undefined => {
  const [member, place, ...rest] = path;
  const found = member === 'policies' && typeof place === 'number' ? catalog.source.policies?.[place] : undefined;
  return found?.policy.id === id ? rest : undefined;
};

const writtenOf = ({ text }: LoadedCatalog): Written => JSON.parse(text) as Written;

/** Without `policies` where there are none: so the base of a candidate is the very catalog that it was made from. */
const withPolicies = ({ policies: _, ...rest }: Written, policies: readonly PolicyDocument[]): Written =>
  policies.length === 0
    ? rest
    : { ...rest, policies: [...policies].sort((a, b) => (a.policy.id < b.policy.id ? -1 : 1)) };
