/** What each member of a listing has to be: its type, its bounds, its words. */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { member } from '../../members.ts';

/** What a value has to be, in words, and whether it is. */
interface Form {
  readonly expected: string;
  readonly is: (x: unknown) => boolean;
}
type Forms = Readonly<Record<string, Form>>;

const TEXT_MAX = 2_000;
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
const role = matching('a role: of the nine, or pack_id/name', /^[a-z][a-z0-9_]{0,99}(?:\/[a-z][a-z0-9_]{0,99})?$/);
const sku = matching('a SKU: letters, digits, dashes', /^[a-z0-9][a-z0-9_-]{0,99}$/);
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

/** The form of each member of a listing. */
export const LISTING_FORMS: Forms = {
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
  roles: listOf(role),
  approvals_per_action: count,
  notices: listOf(text),
  entitlement: object('an entitlement', {
    plan_id: name,
    sku_id: sku,
    enabled_packs: listOf(name),
    iam_roles: listOf(role),
  }),
  catalog: object('a catalog', { id: catalogId, version }),
};
