/** Microsoft’s marketplace over REST: SaaS fulfilment, version 2 (api-version 2018-08-31). */
import type { Ms } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Purchase } from '../purchase.ts';
import { membersBy, textOf } from '../read-members.ts';
import { type Sights, stampOf } from '../sights.ts';
import type { Called, Vendor, VendorFault } from '../vendor.ts';
import {
  bearer,
  CALL_LIMITS,
  type CallLimits,
  callVendor,
  type TokenSource,
  type VendorRequest,
} from '../vendor-call.ts';
import { readAzureNotice, readAzureOperation, readAzureSubscription } from './azure-documents.ts';

/** Where fulfilment is asked, and as whom. */
export interface AzureVendorOptions {
  readonly token: TokenSource;
  readonly clock: () => Ms;
  /** `https://marketplaceapi.microsoft.com` where absent. */
  readonly endpoint?: string;
  readonly limits?: CallLimits;
  /** When purchases were seen first: Microsoft doesn’t say when they changed. Kept with the process where absent. */
  readonly sights?: Sights;
}

const ENDPOINT = 'https://marketplaceapi.microsoft.com';
const VERSION = 'api-version=2018-08-31';
const PAGES_MAX = 100;
const ID = /^[A-Za-z0-9-]{1,64}$/;

/** Reads subscriptions and operations, activates what waits for it, and says that an operation succeeded. */
export const azureVendor = ({
  token,
  clock,
  endpoint = ENDPOINT,
  limits = CALL_LIMITS,
  sights = new Map(),
}: AzureVendorOptions): Vendor => {
  const base = `${endpoint.replace(/\/+$/, '')}/api/saas/subscriptions`;
  const stamp = stampOf(clock, sights);
  const call = (method: VendorRequest['method'], url: string, body?: unknown): Called<unknown> =>
    callVendor({ method, url, ...(body === undefined ? {} : { body }) }, bearer(token), limits);
  const at = (path: string): string => `${base}${path}?${VERSION}`;
  const subscriptionIn = (json: unknown): E.Either<VendorFault, Purchase> =>
    E.bimap((detail: string): VendorFault => ({ fault: 'refused', detail }), stamp)(readAzureSubscription(json));
  const withOperation = async (purchase: Purchase, operation: string): Called<Purchase> => {
    const read = await call('GET', at(`/${purchase.id}/operations/${operation}`));
    // An operation that Microsoft doesn’t know is nobody’s: nothing is done for it.
    if (E.isLeft(read)) return read.left.fault === 'gone' ? E.right(purchase) : read;
    const asks = readAzureOperation(read.right, purchase);
    return E.right(asks === undefined ? purchase : { ...purchase, asks });
  };
  return {
    name: 'azure',
    readNotice: readAzureNotice,
    read: async ({ id, operation }) => {
      if (!ID.test(id)) return unnamed;
      const purchase = E.chain(subscriptionIn)(await call('GET', at(`/${id}`)));
      if (E.isLeft(purchase) || operation === undefined || purchase.right.asks !== undefined) return purchase;
      return ID.test(operation) ? withOperation(purchase.right, operation) : unnamed;
    },
    list: async () => {
      const found: Purchase[] = [];
      let url: string | undefined = at('');
      for (let page = 0; page < PAGES_MAX && url !== undefined; page += 1) {
        const answer: E.Either<VendorFault, unknown> = await call('GET', url);
        if (E.isLeft(answer)) return answer;
        const { subscriptions, '@nextlink': next } = membersBy(answer.right);
        for (const json of Array.isArray(subscriptions) ? subscriptions : []) {
          const read = subscriptionIn(json);
          if (E.isRight(read)) found.push(read.right);
        }
        const link = textOf(next, 4_096);
        // The token is sent where it was sent before, and nowhere else.
        if (link !== undefined && !(URL.canParse(link) && new URL(link).origin === new URL(base).origin))
          return E.left({ fault: 'refused', detail: 'its next page is at another address' });
        url = link;
      }
      return url === undefined
        ? E.right(found)
        : E.left({ fault: 'refused', detail: `it lists more than ${PAGES_MAX} pages` });
    },
    answer: async ({ id, plans }, ask) => {
      const nothing = E.map((): void => undefined);
      const plan = plans.at(-1);
      if (ask.ask === 'approve')
        return nothing(await call('POST', at(`/${id}/activate`), { planId: plan, quantity: '' }));
      if (ask.ask !== 'confirm' || !ID.test(ask.operation)) return unnamed;
      return nothing(await call('PATCH', at(`/${id}/operations/${ask.operation}`), { status: 'Success' }));
    },
  };
};

/** What is no id would name another path. */
const unnamed: E.Either<VendorFault, never> = E.left({ fault: 'refused', detail: 'it is no id of Microsoft’s' });
