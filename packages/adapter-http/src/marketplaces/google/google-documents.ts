/**
 * Google Cloud Marketplace: procurement notices, which come by Pub/Sub, and entitlements of the Partner Procurement API v1. A notice
 * has no state; both its spellings are read, and of what it says only the ids count.
 */
import { either as E } from 'fp-ts';
import type { Ask, Purchase, PurchaseStatus } from '../purchase.ts';
import { instantOf, lastPart, membersBy, textOf } from '../read-members.ts';
import type { Notice } from '../vendor.ts';

/** Whether a document looks like a notice of Google’s, whatever it says. */
export const isGoogleNotice = (json: unknown): boolean => {
  const { event, eventtype } = membersBy(json);
  return event === undefined && typeof eventtype === 'string';
};

/** Reads a notice: `eventId`, `eventType` and the id of what it is about have to be there. Left: what is not. */
export const readGoogleNotice = (json: unknown): E.Either<string, Notice> => {
  const { eventid, eventtype, entitlement, account } = membersBy(json);
  const type = textOf(eventtype, 100);
  if (textOf(eventid) === undefined || type === undefined) return E.left('a notice has eventId and eventType');
  const isKnown = GOOGLE_TYPES.includes(type);
  const [entitlementId, accountId] = [idIn(entitlement), idIn(account)];
  // An entitlement’s notice may name its account too.
  const kind = type.startsWith('ACCOUNT_') ? 'account' : 'purchase';
  const id = kind === 'account' ? accountId : entitlementId;
  if (type === 'ACCOUNT_DELETED') return E.right({ type, isKnown, about: { kind: 'nothing' } });
  if (id !== undefined)
    return E.right({ type, isKnown, about: { kind, id }, ...(type === 'ENTITLEMENT_DELETED' ? { isLast: true } : {}) });
  // What nobody knows cannot be held to a form: it is kept.
  return isKnown
    ? E.left('a notice has the id of its entitlement or account')
    : E.right({ type, isKnown, about: { kind: 'nothing' } });
};

/** Reads an entitlement. Left: what is missing. `SUSPENDED` and what is unknown give nothing. */
export const readGoogleEntitlement = (json: unknown): E.Either<string, Purchase> => {
  const members = membersBy(json);
  const text = (name: string): string | undefined => textOf(members[name]);
  const id = lastPart(text('name'));
  const changedAt = instantOf(members['updatetime']) ?? instantOf(members['createtime']);
  const boughtAt = instantOf(members['createtime']) ?? changedAt;
  const state = text('state')?.replace(/^ENTITLEMENT_/, '');
  if (id === undefined) return E.left('the entitlement has no name');
  if (changedAt === undefined || boughtAt === undefined) return E.left('the entitlement says no time');
  const status = state === undefined ? undefined : STATES.get(state);
  if (status === undefined)
    return E.left(`the state of the entitlement is unknown here: ${state?.slice(0, 40) ?? 'none'}`);
  const [account, endsAt] = [lastPart(text('account')), instantOf(members['subscriptionendtime'])];
  const products = [text('productexternalname'), text('product')].filter((name) => name !== undefined);
  const [plan, usageId] = [text('plan'), text('usagereportingid')];
  const plans = plan === undefined ? products : namesOf(products, plan);
  if (plans.length === 0) return E.left('the entitlement names neither a product nor a plan');
  const ask = askOf(state, products, members);
  return E.right({
    id,
    holders: account === undefined ? [id] : [id, account],
    plans,
    status,
    boughtAt,
    changedAt,
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(ask === undefined ? {} : { asks: ask }),
    ...(usageId === undefined ? {} : { usageId }),
  });
};

/** An account whose sign-up waits for its provider. */
export const waitsForSignUp = (json: unknown): boolean => {
  const { approvals } = membersBy(json);
  return (
    Array.isArray(approvals) &&
    approvals.map(membersBy).some(({ name, state }) => name === 'signup' && state === 'PENDING')
  );
};

/** Every type that Google’s pages name; its codelab spells one of them with one L. */
const GOOGLE_TYPES: readonly string[] = [
  'ACCOUNT_CREATION_REQUESTED',
  'ACCOUNT_ACTIVE',
  'ACCOUNT_DELETED',
  'ENTITLEMENT_CREATION_REQUESTED',
  'ENTITLEMENT_OFFER_ACCEPTED',
  'ENTITLEMENT_ACTIVE',
  'ENTITLEMENT_PLAN_CHANGE_REQUESTED',
  'ENTITLEMENT_PLAN_CHANGED',
  'ENTITLEMENT_PLAN_CHANGE_CANCELLED',
  'ENTITLEMENT_PLAN_CHANGE_CANCELED',
  'ENTITLEMENT_PENDING_CANCELLATION',
  'ENTITLEMENT_CANCELLATION_REVERTED',
  'ENTITLEMENT_CANCELLING',
  'ENTITLEMENT_CANCELLED',
  'ENTITLEMENT_RENEWED',
  'ENTITLEMENT_OFFER_ENDED',
  'ENTITLEMENT_DELETED',
];

const idIn = (x: unknown): string | undefined => {
  const { id, name } = membersBy(x);
  return lastPart(textOf(id) ?? textOf(name));
};

/** A plan that is asked for and not changed yet leaves the old one in force, and so does a cancellation that is to come. */
const STATES: ReadonlyMap<string, PurchaseStatus> = new Map([
  ['ACTIVATION_REQUESTED', 'requested'],
  ['ACTIVE', 'active'],
  ['PENDING_CANCELLATION', 'active'],
  ['PENDING_PLAN_CHANGE', 'active'],
  ['PENDING_PLAN_CHANGE_APPROVAL', 'active'],
  ['SUSPENDED', 'suspended'],
  ['CANCELLED', 'cancelled'],
]);

const namesOf = (products: readonly string[], plan: string): readonly string[] => [
  ...products.map((product) => `${product}/${plan}`),
  plan,
];

const askOf = (
  state: string | undefined,
  products: readonly string[],
  members: Readonly<Record<string, unknown>>,
): Ask | undefined => {
  if (state === 'ACTIVATION_REQUESTED') return { ask: 'approve' };
  const plan = textOf(members['newpendingplan']) ?? textOf(members['newplan']);
  if (state !== 'PENDING_PLAN_CHANGE_APPROVAL' || plan === undefined) return undefined;
  return { ask: 'approve_plan', plan, plans: namesOf(products, plan) };
};
