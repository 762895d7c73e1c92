/** AWS Marketplace: GetEntitlements of the Entitlement Service, over its JSON protocol. */
import type { Ms } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Purchase } from '../purchase.ts';
import { membersBy, textOf } from '../read-members.ts';
import { type Sights, stampOf } from '../sights.ts';
import type { Called, Vendor, VendorFault } from '../vendor.ts';
import { CALL_LIMITS, type CallLimits, callVendor } from '../vendor-call.ts';
import {
  type AccountOf,
  type AwsEntitlement,
  awsPurchase,
  readAwsEntitlements,
  readAwsNotice,
} from './aws-documents.ts';
import { type AwsCredentialSource, signAws } from './signature-v4.ts';

/** Which products, asked where and as whom. */
export interface AwsVendorOptions {
  /** The codes of products with contracts: only of these are there entitlements that can be read back. */
  readonly products: readonly string[];
  readonly credentials: AwsCredentialSource;
  readonly clock: () => Ms;
  /** Account ids by the older customer identifiers, where both are met. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** `us-east-1` where absent. */
  readonly region?: string;
  /** `https://entitlement.marketplace.REGION.amazonaws.com` where absent. */
  readonly endpoint?: string;
  readonly limits?: CallLimits;
  /** When purchases were seen first: AWS says nothing of them that is dated. Kept with the process where absent. */
  readonly sights?: Sights;
}

const PAGES_MAX = 1_000;

/** Reads the entitlements of products. There is nothing to approve. */
export const awsVendor = (options: AwsVendorOptions): Vendor => {
  const {
    products,
    credentials,
    clock,
    accounts = {},
    region = 'us-east-1',
    limits = CALL_LIMITS,
    sights = new Map(),
  } = options;
  const url = `${options.endpoint?.replace(/\/+$/, '') ?? `https://entitlement.marketplace.${region}.amazonaws.com`}/`;
  const stamp = stampOf(clock, sights);
  /** What entitlements have said themselves, beside what the deployment says. */
  const learnt = new Map<string, string>();
  /** The accounts that were ever seen with something of a product: of what they have no more, nobody else tells. */
  const metWith = (product: string): readonly string[] =>
    [...sights.keys()].flatMap((id) => (id.endsWith(`/${product}`) ? [id.slice(0, -product.length - 1)] : []));
  const accountOf: AccountOf = (name) =>
    (Object.hasOwn(accounts, name) ? accounts[name] : undefined) ?? learnt.get(name) ?? name;
  const sign = signAws(credentials, { region, service: 'aws-marketplace' }, clock);
  const page = (body: object): Called<unknown> =>
    callVendor({ method: 'POST', url, body, headers: { 'content-type': TYPE, 'x-amz-target': TARGET } }, sign, limits);
  const entitlementsOf = async (product: string): Called<readonly AwsEntitlement[]> => {
    const found = await pages((token) => page({ ProductCode: product, ...token }), accountOf);
    if (E.isLeft(found)) return found;
    for (const { account, names } of found.right) for (const name of names) learnt.set(name, account);
    return found;
  };
  return {
    name: 'aws',
    readNotice: (json) => readAwsNotice(json, accountOf),
    read: async ({ id }) => {
      const [account = '', product = ''] = id.split('/');
      if (!products.includes(product))
        return E.left({
          fault: 'refused',
          detail: `\`${product}\` is none of the products whose entitlements are read`,
        });
      const found = await entitlementsOf(product);
      return E.map((all: readonly AwsEntitlement[]) => stamp(awsPurchase(accountOf(account), product, all, clock())))(
        found,
      );
    },
    list: async () => {
      const purchases: Purchase[] = [];
      for (const product of products) {
        const found = await entitlementsOf(product);
        if (E.isLeft(found)) return found;
        for (const account of new Set([...metWith(product), ...found.right.map((one) => one.account)]))
          purchases.push(stamp(awsPurchase(account, product, found.right, clock())));
      }
      return E.right(purchases);
    },
    answer: async () => E.left({ fault: 'refused', detail: 'AWS asks for no answer' }),
  };
};

const TYPE = 'application/x-amz-json-1.1';
const TARGET = 'AWSMPEntitlementService.GetEntitlements';

const pages = async (
  ask: (token: object) => Called<unknown>,
  accountOf: AccountOf,
): Called<readonly AwsEntitlement[]> => {
  const found: AwsEntitlement[] = [];
  let token: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer: E.Either<VendorFault, unknown> = await ask(token === undefined ? {} : { NextToken: token });
    if (E.isLeft(answer)) return answer;
    const rows = readAwsEntitlements(answer.right, accountOf);
    if (rows === undefined) return E.left({ fault: 'refused', detail: 'it answers entitlements that cannot be read' });
    found.push(...rows);
    token = textOf(membersBy(answer.right)['nexttoken'], 8_192);
    if (token === undefined) return E.right(found);
  }
  return E.left({ fault: 'refused', detail: `it answers more than ${PAGES_MAX} pages` });
};
