/** Who a buyer is whose browser came from a marketplace with a token: resolved by the marketplace, and by nobody else. */
import type { Ms } from '@tai-autonomics/core/engine';
import { type SignUpTokenOptions, signUpTokens } from '@tai-autonomics/governor/tokens';
import { either as E } from 'fp-ts';
import { type AwsCredentialSource, signAws } from './aws/signature-v4.ts';
import { membersBy, textOf } from './read-members.ts';
import type { Called, VendorFault } from './vendor.ts';
import { bearer, CALL_LIMITS, type CallLimits, callVendor, type TokenSource } from './vendor-call.ts';

/** A buyer, by the ids under which messages and purchases name them. */
export interface Buyer {
  /** The id that `tables.tenants` takes. */
  readonly account: string;
  /** The purchase that the buyer came with; absent where the token is about an account alone. */
  readonly purchase?: string;
  /** What was bought, in the marketplace’s own words. */
  readonly product?: string;
}

/** Resolves the token of a buyer. Never rejects; `refused` where the marketplace doesn’t know it, or it is too old. */
export type ResolveBuyer = (token: string) => Called<Buyer>;

const TOKEN_CHARACTERS_MAX = 8_192;

/** Microsoft’s: `x-ms-marketplace-token` of the landing page’s address, once it is decoded. */
export const azureBuyers =
  ({
    token: access,
    endpoint = 'https://marketplaceapi.microsoft.com',
    limits = CALL_LIMITS,
  }: {
    readonly token: TokenSource;
    readonly endpoint?: string;
    readonly limits?: CallLimits;
  }): ResolveBuyer =>
  async (token) => {
    if (!isToken(token)) return none;
    const url = `${endpoint.replace(/\/+$/, '')}/api/saas/subscriptions/resolve?api-version=2018-08-31`;
    const headers = { 'x-ms-marketplace-token': token };
    const answer = await callVendor({ method: 'POST', url, headers }, bearer(access), limits);
    if (E.isLeft(answer)) return answer;
    const { id, offerid, planid, subscription } = membersBy(answer.right);
    const { beneficiary } = membersBy(subscription);
    const [purchase, account] = [textOf(id, 64), textOf(membersBy(beneficiary)['tenantid'], 64)];
    const [offer, plan] = [textOf(offerid, 200), textOf(planid, 200)];
    if (purchase === undefined) return none;
    const product = offer === undefined || plan === undefined ? {} : { product: `${offer}/${plan}` };
    return E.right({ account: account ?? purchase, purchase, ...product });
  };

/** AWS’s: `x-amzn-marketplace-token`, which is posted to the landing page. */
export const awsBuyers =
  ({
    products,
    credentials,
    clock,
    region = 'us-east-1',
    endpoint,
    limits = CALL_LIMITS,
  }: {
    /** Codes of one’s own products: a buyer of another one is refused. */
    readonly products: readonly string[];
    readonly credentials: AwsCredentialSource;
    readonly clock: () => Ms;
    readonly region?: string;
    readonly endpoint?: string;
    readonly limits?: CallLimits;
  }): ResolveBuyer =>
  async (token) => {
    if (!isToken(token)) return none;
    const url = `${endpoint?.replace(/\/+$/, '') ?? `https://metering.marketplace.${region}.amazonaws.com`}/`;
    const sign = signAws(credentials, { region, service: 'aws-marketplace' }, clock);
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSMPMeteringService.ResolveCustomer',
    };
    const answer = await callVendor({ method: 'POST', url, headers, body: { RegistrationToken: token } }, sign, limits);
    if (E.isLeft(answer)) return answer;
    const { customeridentifier, customerawsaccountid, productcode } = membersBy(answer.right);
    const account = textOf(customerawsaccountid, 64) ?? textOf(customeridentifier, 64);
    const product = textOf(productcode, 64);
    if (account === undefined || product === undefined) return none;
    return products.includes(product)
      ? E.right({ account, purchase: `${account}/${product}`, product })
      : E.left({ fault: 'refused', detail: `\`${product}\` is none of the products that are sold here` });
  };

/** Google’s: `x-gcp-marketplace-token`, a JWT that is posted to the sign-up page; its subject is the procurement account. */
export const googleBuyers = (options: SignUpTokenOptions): ResolveBuyer => {
  const verify = signUpTokens(options);
  return async (token) => {
    if (!isToken(token)) return none;
    const account = await verify(token);
    if (E.isRight(account)) return E.right({ account: account.right });
    return account.left === 'unavailable'
      ? E.left({ fault: 'later', detail: 'the keys of Google cannot be had now' })
      : none;
  };
};

const isToken = (token: string): boolean => token.length <= TOKEN_CHARACTERS_MAX && /^[\x21-\x7e]+$/.test(token);

const none: E.Either<VendorFault, never> = E.left({
  fault: 'refused',
  detail: 'it is no token that the marketplace vouches for now',
});
