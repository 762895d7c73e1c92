/**
 * AWS Marketplace: what SNS and EventBridge tell of contracts, and what GetEntitlements answers. Entitlements are what is true; they
 * have neither an id nor a time of their own, so a purchase is a customer’s product.
 */
import { type Ms, parseInstant } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { type Purchase, UNDATED } from '../purchase.ts';
import { instantOf, membersBy, textOf } from '../read-members.ts';
import type { Notice } from '../vendor.ts';

/** How customers are known: by account id, or by an older identifier that stands for one. */
export type AccountOf = (customer: string) => string;

/** One entitlement of GetEntitlements. */
export interface AwsEntitlement {
  readonly product: string;
  readonly account: string;
  /** Every name of the customer. */
  readonly names: readonly string[];
  readonly dimension: string;
  readonly expires: string | undefined;
}

/**
 * Reads a message: the body of a notification of SNS, older and newer names alike, or an event of EventBridge. Left: what is missing.
 */
export const readAwsNotice = (json: unknown, accountOf: AccountOf): E.Either<string, Notice> => {
  const members = membersBy(json);
  if (members['source'] !== undefined || members['detailtype'] !== undefined) return readEvent(members, accountOf);
  const type = textOf(members['action'], 100);
  const customer = textOf(members['customerawsaccountid'], 100) ?? textOf(members['customeridentifier'], 100);
  const product = textOf(members['productcode'], 100);
  if (type === undefined || customer === undefined) return E.left('a notification has action and customer-identifier');
  return E.right({ type, isKnown: SNS_ACTIONS.includes(type), about: aboutOf(accountOf(customer), product) });
};

/**
 * Reads a page of GetEntitlements. Dates are seconds since 1970, or RFC 3339. Nothing unless every row is read: whoever has no
 * entitlement has nothing, so a page that is read in part would end what is paid.
 */
export const readAwsEntitlements = (json: unknown, accountOf: AccountOf): readonly AwsEntitlement[] | undefined => {
  const { entitlements } = membersBy(json);
  if (!Array.isArray(entitlements)) return undefined;
  const rows = entitlements.flatMap((one): readonly AwsEntitlement[] => {
    const members = membersBy(one);
    const [product, dimension] = [textOf(members['productcode'], 100), textOf(members['dimension'], 200)];
    const names = ['customerawsaccountid', 'customeridentifier'].flatMap((name) => textOf(members[name], 100) ?? []);
    const [first] = names;
    const { expirationdate: date } = members;
    const [isEndless, expires] = [date === undefined || date === null, dateOf(date)];
    if (product === undefined || dimension === undefined || first === undefined) return [];
    if (!isEndless && expires === undefined) return [];
    const account = names.length === 2 ? first : accountOf(first);
    return [
      {
        product,
        account,
        names: [...new Set([account, ...names])],
        dimension,
        expires,
      },
    ];
  });
  return rows.length === entitlements.length ? rows : undefined;
};

/** A customer’s product, from its entitlements: in force while one of them is. Without any it is cancelled. */
export const awsPurchase = (
  account: string,
  product: string,
  entitlements: readonly AwsEntitlement[],
  now: Ms,
): Omit<Purchase, 'changedAt'> => {
  const own = entitlements.filter((one) => one.account === account && one.product === product);
  const live = own.filter(({ expires }) => expires === undefined || (parseInstant(expires) ?? 0) > now);
  const dimensions = [...new Set((live.length > 0 ? live : own).map(({ dimension }) => dimension))].sort();
  const ends = live.map(({ expires }) => expires);
  const last = ends.every((end) => end !== undefined) ? ends.toSorted().at(-1) : undefined;
  const id = awsPurchaseId(account, product);
  return {
    id,
    holders: [...new Set([id, account, ...own.flatMap(({ names }) => names)])],
    // Whatever was bought of a product that nobody has any more: one of its plans.
    plans: [...dimensions.flatMap((dimension) => [`${product}/${dimension}`, dimension]), product, `${product}/*`],
    status: live.length > 0 ? 'active' : 'cancelled',
    // GetEntitlements doesn’t say when something was bought.
    boughtAt: UNDATED,
    ...(last === undefined ? {} : { endsAt: last }),
  };
};

/** What SNS tells of a product. */
const SNS_ACTIONS: readonly string[] = [
  'subscribe-success',
  'subscribe-fail',
  'unsubscribe-pending',
  'unsubscribe-success',
  'entitlement-updated',
];

/** What EventBridge tells of agreements and licences; who it tells stands behind a dash. */
const EVENT_TYPES: readonly string[] = [
  'Purchase Agreement Created',
  'Purchase Agreement Amended',
  'Purchase Agreement Ended',
  'License Updated',
  'License Deprovisioned',
];

/** The id of a purchase here. */
const awsPurchaseId = (account: string, product: string): string => `${account}/${product}`;

const aboutOf = (account: string, product: string | undefined): Notice['about'] =>
  product === undefined ? { kind: 'holder', id: account } : { kind: 'purchase', id: awsPurchaseId(account, product) };

/** `Purchase Agreement Created - Manufacturer`; only licences name their product. */
const readEvent = (members: Readonly<Record<string, unknown>>, accountOf: AccountOf): E.Either<string, Notice> => {
  const detail = membersBy(members['detail']);
  const [type, source] = [textOf(members['detailtype'], 200), textOf(members['source'], 100)];
  if (type === undefined || textOf(members['id']) === undefined) return E.left('an event has id and detail-type');
  const isKnown = source === 'aws.agreement-marketplace' && EVENT_TYPES.includes(type.split(' - ')[0] ?? '');
  const agreement = membersBy(detail['agreement']);
  const account = [detail['acceptor'], agreement['acceptor'], detail['license'], detail]
    .map((holder) => membersBy(holder))
    .map((found) => textOf(found['accountid'], 100) ?? textOf(found['buyeraccountid'], 100))
    .find((found) => found !== undefined);
  if (account === undefined)
    return isKnown ? E.left('the event names no acceptor') : E.right({ type, isKnown, about: { kind: 'nothing' } });
  const product = membersBy(detail['product']);
  return E.right({ type, isKnown, about: aboutOf(accountOf(account), textOf(product['code'], 100)) });
};

const dateOf = (x: unknown): string | undefined =>
  typeof x === 'number' && x > 0 && x < 253_402_300_800 ? new Date(x * 1_000).toISOString() : instantOf(x);
