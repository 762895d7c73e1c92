/**
 * Google Cloud Marketplace over REST: the Partner Procurement API, version 1
 * (https://cloud.google.com/marketplace/docs/partners/commerce-procurement-api/reference/rest).
 */
import { either as E } from 'fp-ts';
import type { Purchase } from '../purchase.ts';
import { lastPart, membersBy, textOf } from '../read-members.ts';
import type { Called, Vendor, VendorFault } from '../vendor.ts';
import {
  bearer,
  CALL_LIMITS,
  type CallLimits,
  callVendor,
  type TokenSource,
  type VendorRequest,
} from '../vendor-call.ts';
import { readGoogleEntitlement, readGoogleNotice, waitsForSignUp } from './google-documents.ts';

/** Where the procurement API is asked, and as whom. */
export interface GoogleVendorOptions {
  /** The id of the provider at Google, such as `DEMO-acme`. */
  readonly provider: string;
  readonly token: TokenSource;
  /** `https://cloudcommerceprocurement.googleapis.com` where absent. */
  readonly endpoint?: string;
  readonly limits?: CallLimits;
}

const ENDPOINT = 'https://cloudcommerceprocurement.googleapis.com';
const PAGES_MAX = 100;
const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$/;

/** Reads entitlements, lists them, and approves entitlements, plan changes and sign-ups. */
export const googleVendor = ({
  provider,
  token,
  endpoint = ENDPOINT,
  limits = CALL_LIMITS,
}: GoogleVendorOptions): Vendor => {
  const base = `${endpoint.replace(/\/+$/, '')}/v1/providers/${encodeURIComponent(provider)}`;
  const call = (method: VendorRequest['method'], path: string, body?: unknown): Called<unknown> =>
    callVendor({ method, url: `${base}/${path}`, ...(body === undefined ? {} : { body }) }, bearer(token), limits);
  const post = async (path: string, body: unknown): Called<void> =>
    E.map(() => undefined)(await call('POST', path, body));
  return {
    name: 'google',
    readNotice: readGoogleNotice,
    read: async ({ id }) => (ID.test(id) ? E.chain(entitlementIn)(await call('GET', `entitlements/${id}`)) : unnamed),
    list: () => listed((query) => call('GET', `entitlements?${query}`)),
    answer: async ({ id }, ask) => {
      if (!ID.test(id)) return unnamed;
      if (ask.ask === 'approve') return post(`entitlements/${id}:approve`, {});
      if (ask.ask === 'approve_plan')
        return post(`entitlements/${id}:approvePlanChange`, { pendingPlanName: ask.plan });
      return E.left({ fault: 'refused', detail: 'Google asks for no such answer' });
    },
    approveAccount: async (id) => {
      if (!ID.test(id)) return unnamed;
      const account = await call('GET', `accounts/${id}`);
      if (E.isLeft(account)) return account;
      return waitsForSignUp(account.right)
        ? post(`accounts/${id}:approve`, { approvalName: 'signup' })
        : E.right(undefined);
    },
  };
};

/** What is no id would name another path. */
const unnamed: E.Either<VendorFault, never> = E.left({ fault: 'refused', detail: 'it is no id of Google’s' });

const entitlementIn = (json: unknown): E.Either<VendorFault, Purchase> =>
  E.mapLeft((detail: string): VendorFault => ({ fault: 'refused', detail }))(readGoogleEntitlement(json));

/** All pages. One entitlement that cannot be read leaves the others readable: it is named in no answer, and its own notice is kept. */
const listed = async (ask: (query: string) => Called<unknown>): Called<readonly Purchase[]> => {
  const found: Purchase[] = [];
  let token: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = new URLSearchParams({ pageSize: '200', ...(token === undefined ? {} : { pageToken: token }) });
    const answer = await ask(`${query}`);
    if (E.isLeft(answer)) return answer;
    const { entitlements, nextpagetoken } = membersBy(answer.right);
    for (const json of Array.isArray(entitlements) ? entitlements : []) {
      const read = readGoogleEntitlement(json);
      if (E.isRight(read) && lastPart(read.right.id) !== undefined) found.push(read.right);
    }
    token = textOf(nextpagetoken, 4_096);
    if (token === undefined) return E.right(found);
  }
  return E.left({ fault: 'refused', detail: `it lists more than ${PAGES_MAX} pages` });
};
