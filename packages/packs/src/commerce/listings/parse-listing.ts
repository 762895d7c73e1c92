/** Reads a listing that somebody else wrote or kept: exactly the form of `Listing`, consistent in itself, within bounds. */
import type { Issue } from '@tai-autonomics/core';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { type Members, member, sameNames } from '../../members.ts';
import { conformanceClaim } from './lint-listing.ts';
import type { Listing } from './listing.ts';
import { LISTING_FORMS } from './listing-forms.ts';

/**
 * Parses a listing document. Unknown members, other types and whatever contradicts itself are refused: its entitlement has the
 * SKU, the plan, the packs and the roles that the listing shows, and no text makes a claim of conformance. Everything wrong is listed.
 */
export const parseListing = (json: unknown): E.Either<readonly [Issue, ...Issue[]], Listing> => {
  if (!isPlainObject(json)) return E.left([{ path: [], expected: 'an object (a listing)', found: typeOf(json) }]);
  const issues = formIssues(json);
  const [first, ...rest] = issues.length > 0 ? issues : contradictions(json as unknown as Listing);
  return first === undefined ? E.right(json as unknown as Listing) : E.left([first, ...rest]);
};

const typeOf = (x: unknown): string => (x === undefined ? 'nothing' : Array.isArray(x) ? 'a list' : typeof x);

const formIssues = (json: Members): readonly Issue[] => [
  ...Object.keys(json)
    .filter((key) => !Object.hasOwn(LISTING_FORMS, key))
    .map((key): Issue => ({ path: [key.slice(0, 80)], expected: 'a member of a listing', found: 'another member' })),
  ...Object.entries(LISTING_FORMS)
    .filter(([key, { is }]) => !is(member(json, key)))
    .map(([key, { expected }]): Issue => ({ path: [key], expected, found: typeOf(member(json, key)) })),
];

const contradictions = ({ entitlement, ...shown }: Listing): readonly Issue[] => {
  const packs = shown.packs.map(({ pack_id }) => pack_id);
  const claims = [shown.name, shown.tagline, shown.recommended_for, ...shown.notices].flatMap((line) => {
    const claim = conformanceClaim(line);
    return claim === undefined ? [] : [claim];
  });
  const issue = (path: string, expected: string, found: string): Issue => ({ path: [path], expected, found });
  return [
    ...(entitlement.plan_id === shown.plan_id && entitlement.sku_id === shown.sku_id
      ? []
      : [issue('entitlement', 'the plan and the SKU that the listing shows', 'others')]),
    ...(sameNames(entitlement.enabled_packs, packs)
      ? []
      : [issue('packs', 'the packs that its entitlement enables', 'others')]),
    ...(sameNames(entitlement.iam_roles, shown.roles)
      ? []
      : [issue('roles', 'the roles of its entitlement', 'others')]),
    ...claims.map((claim) => issue('notices', 'no claim that nothing here backs', `“${claim}”`)),
  ];
};
