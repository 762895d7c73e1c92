/**
 * Microsoft’s marketplace: webhook calls of SaaS fulfilment, version 2, and its subscriptions and operations
 * (https://learn.microsoft.com/partner-center/marketplace-offers/pc-saas-fulfillment-webhook). Microsoft asks that its documents be
 * read leniently, and that an operation be read back before it is acted on.
 */
import { either as E } from 'fp-ts';
import { type Ask, type Purchase, type PurchaseStatus, UNDATED } from '../purchase.ts';
import { instantOf, membersBy, textOf } from '../read-members.ts';
import type { Notice } from '../vendor.ts';

/** Reads a call. `subscriptionId` has to be there, and what it is about: `action`, or `operationType` in the short form. */
export const readAzureNotice = (json: unknown): E.Either<string, Notice> => {
  const { subscriptionid, id, action, operationtype } = membersBy(json);
  const [subscription, operation] = [textOf(subscriptionid, 100), textOf(id, 100)];
  const type = textOf(action, 100) ?? textOf(operationtype, 100);
  if (subscription === undefined || type === undefined) return E.left('a call has subscriptionId and action');
  const isKnown = AZURE_ACTIONS.some((known) => known.toLowerCase() === type.toLowerCase());
  const about = {
    kind: 'purchase',
    id: subscription.toLowerCase(),
    ...(operation === undefined ? {} : { operation }),
  } as const;
  return E.right({ type, isKnown, about });
};

/** Reads a subscription. It doesn’t say reliably when it changed. */
export const readAzureSubscription = (json: unknown): E.Either<string, Omit<Purchase, 'changedAt'>> => {
  const members = membersBy(json);
  const [id, plan, offer] = [members['id'], members['planid'], members['offerid']].map((x) => textOf(x, 200));
  const state = textOf(members['saassubscriptionstatus'], 60);
  const status = state === undefined ? undefined : STATES.get(state.toLowerCase());
  if (id === undefined) return E.left('the subscription has no id');
  if (status === undefined)
    return E.left(`the status of the subscription is unknown here: ${state?.slice(0, 40) ?? 'none'}`);
  if (plan === undefined) return E.left('the subscription names no plan');
  const { startdate } = membersBy(members['term']);
  return E.right({
    id: id.toLowerCase(),
    holders: [id.toLowerCase(), ...tenantsIn(members)],
    plans: namesOf(offer, plan),
    status,
    boughtAt: instantOf(members['created']) ?? instantOf(startdate) ?? UNDATED,
    ...(status === 'requested' ? { asks: { ask: 'approve' } as const } : {}),
  });
};

/** What an operation asks: nothing if it is another subscription’s, is over, or only informs. */
export const readAzureOperation = (json: unknown, { id, plans }: Pick<Purchase, 'id' | 'plans'>): Ask | undefined => {
  const members = membersBy(json);
  const [operation, action, state] = [members['id'], members['action'], members['status']].map((x) => textOf(x, 100));
  const isOurs = textOf(members['subscriptionid'])?.toLowerCase() === id;
  if (operation === undefined || !isOurs || state?.toLowerCase() !== 'inprogress') return undefined;
  const kind = action?.toLowerCase();
  if (kind === 'changequantity' || kind === 'reinstate') return { ask: 'confirm', operation };
  const plan = textOf(members['planid']);
  if (kind !== 'changeplan' || plan === undefined) return undefined;
  return { ask: 'confirm', operation, plans: namesOf(textOf(members['offerid']) ?? plans[0]?.split('/')[0], plan) };
};

const STATES: ReadonlyMap<string, PurchaseStatus> = new Map([
  ['pendingfulfillmentstart', 'requested'],
  ['subscribed', 'active'],
  ['suspended', 'suspended'],
  ['unsubscribed', 'cancelled'],
]);

/** The actions that Microsoft’s page names. */
const AZURE_ACTIONS: readonly string[] = [
  'ChangePlan',
  'ChangeQuantity',
  'Renew',
  'Suspend',
  'Unsubscribe',
  'Reinstate',
];

const namesOf = (offer: string | undefined, plan: string): readonly string[] =>
  offer === undefined ? [plan] : [`${offer}/${plan}`, plan];

/** The directories of who bought and of who uses it. */
const tenantsIn = (members: Readonly<Record<string, unknown>>): readonly string[] =>
  ['beneficiary', 'purchaser'].flatMap((who) => textOf(membersBy(members[who])['tenantid'], 100)?.toLowerCase() ?? []);
