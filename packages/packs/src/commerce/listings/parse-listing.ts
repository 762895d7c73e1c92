/** Reads a listing that somebody else wrote or kept: exactly the form of `Listing`, consistent in itself, within bounds. */
import type { Issue } from '@tai-autonomics/core';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { type Members, member } from '../../members.ts';
import { conformanceClaim } from './lint-listing.ts';
import type { Listing } from './listing.ts';

/** What a value has to be, in words, and whether it is. */
interface Form {
  readonly expected: string;
  readonly is: (x: unknown) => boolean;
}
type Forms = Readonly<Record<string, Form>>;

const TEXT_MAX = 1_000;
const LIST_MAX = 256;
const MAX_MINOR = 1_000_000_000_00;

const matching = (expected: string, pattern: RegExp): Form => ({
  expected,
  is: (x) => typeof x === 'string' && pattern.test(x),
});
/** Text for people: one line, without control characters. */
const text: Form = {
  expected: `a line of at most ${TEXT_MAX} characters`,
  is: (x) => typeof x === 'string' && x !== '' && x.length <= TEXT_MAX && !/\p{Cc}/u.test(x),
};
const name = matching('a snake_case name', /^[a-z][a-z0-9_]{0,99}$/);
const sku = matching('a SKU: letters, digits, dashes', /^[a-z0-9][a-z0-9-]{0,99}$/);
const version = matching('a version', /^[0-9A-Za-z.+-]{1,64}$/);
const catalogId = matching('the id of a catalog', /^[a-z0-9][a-z0-9_-]{0,99}$/);
const count: Form = { expected: 'an integer of at least 0', is: (x) => Number.isSafeInteger(x) && (x as number) >= 0 };
const minor: Form = {
  expected: 'minor units, an integer of at least 0',
  is: (x) => count.is(x) && (x as number) <= MAX_MINOR,
};
const percent: Form = {
  expected: 'a percentage from 1 to 100',
  is: (x) => count.is(x) && Number(x) >= 1 && Number(x) <= 100,
};
const yes: Form = { expected: 'true or false', is: (x) => typeof x === 'boolean' };
const word = (...words: readonly string[]): Form => ({
  expected: `one of ${words.join(', ')}`,
  is: (x) => typeof x === 'string' && words.includes(x),
});
const isObject = (x: unknown, forms: Forms, optional: Forms = {}): boolean =>
  isPlainObject(x) &&
  Object.keys(x).every((key) => Object.hasOwn(forms, key) || Object.hasOwn(optional, key)) &&
  Object.entries(forms).every(([key, { is }]) => is(member(x, key))) &&
  Object.entries(optional).every(([key, { is }]) => !Object.hasOwn(x, key) || is(x[key]));
const object = (expected: string, forms: Forms, optional: Forms = {}): Form => ({
  expected: `${expected}: ${[...Object.keys(forms), ...Object.keys(optional).map((key) => `${key}?`)].join(', ')}`,
  is: (x) => isObject(x, forms, optional),
});
const listOf = ({ expected, is }: Form): Form => ({
  expected: `a list of at most ${LIST_MAX}, each ${expected}`,
  is: (x) => Array.isArray(x) && x.length <= LIST_MAX && x.every(is),
});

const FORMS: Forms = {
  listing_id: name,
  name: text,
  sku_id: sku,
  plan_id: name,
  variant: name,
  tagline: text,
  recommended_for: text,
  price: object(
    'a price',
    {
      book: sku,
      currency: word('EUR', 'GBP', 'USD'),
      minor,
      period: word('month'),
      from: yes,
      text,
    },
    { discount: object('a discount', { name, percent, means: text }) },
  ),
  packs: listOf(object('a pack', { pack_id: name, version, description: text })),
  tools: listOf(object('a tool', { tool: name, title: text })),
  roles: listOf(name),
  approvals_per_action: count,
  notices: listOf(text),
  entitlement: object('an entitlement', {
    plan_id: name,
    sku_id: sku,
    enabled_packs: listOf(name),
    iam_roles: listOf(name),
  }),
  catalog: object('a catalog', { id: catalogId, version }),
};

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
    .filter((key) => !Object.hasOwn(FORMS, key))
    .map((key): Issue => ({ path: [key.slice(0, 80)], expected: 'a member of a listing', found: 'another member' })),
  ...Object.entries(FORMS)
    .filter(([key, { is }]) => !is(member(json, key)))
    .map(([key, { expected }]): Issue => ({ path: [key], expected, found: typeOf(member(json, key)) })),
];

const same = (one: readonly string[], other: readonly string[]): boolean =>
  JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());

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
    ...(same(entitlement.enabled_packs, packs)
      ? []
      : [issue('packs', 'the packs that its entitlement enables', 'others')]),
    ...(same(entitlement.iam_roles, shown.roles) ? [] : [issue('roles', 'the roles of its entitlement', 'others')]),
    ...claims.map((claim) => issue('notices', 'no claim that nothing here backs', `“${claim}”`)),
  ];
};
