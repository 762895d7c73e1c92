/** Marketplaces: who a buyer is, whose tenant an account is, and messages that can never be applied. */
import { nameRuleBroken, noticeOf } from '@tai-autonomics/core/engine';
import { BANNED_MEMBERS } from '@tai-autonomics/core/receipt';
import { releaseHeld, tenantFault } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { jsonResponse } from '../../answer/answer.ts';
import { notDecidedProblem } from '../../answer/not-decided.ts';
import { problemResponse } from '../../answer/problem.ts';
import { BODIED, KEYED, type Route, TRANSIENT } from '../../interface/route.ts';
import type { Buyer } from '../../marketplaces/buyers.ts';
import type { MarketplaceName } from '../../marketplaces/purchase.ts';
import { IDEMPOTENCY_KEY } from '../../request/idempotency.ts';
import { nameShape, optional, type Shapes, textShape } from '../../schema/shape.ts';
import type { OperatorDoor } from '../operator-options.ts';
import { doneResponse, notDone, operatorRoute, recordOperation } from '../operator-route.ts';

const MARKETPLACE: Shapes = { marketplace: textShape('google, aws or azure', /^(?:google|aws|azure)$/, 'which one') };
const unconnected = () => problemResponse({ problem: 'not_done', detail: 'this marketplace is not connected' });

const BUYER: Shapes = {
  token: optional(textShape('1 to 8192 printable characters', /^[!-~]{1,8192}$/, 'what the buyer’s browser brought')),
  account: optional(nameShape('the marketplace’s id of an account or a purchase, where there is no token')),
  tenant: optional(nameShape('the tenant that it is bound to; the buyer is only resolved where absent')),
};

/** `POST /operator/v1/marketplaces/{marketplace}/buyers`: resolves the token of a sign-up page, and binds the account to a tenant. */
export const bindBuyer: Route<OperatorDoor> = operatorRoute(
  'marketplaces',
  {
    operationId: 'bindBuyer',
    means: 'resolves a buyer’s token, and binds the account to a tenant',
    summary: 'Resolves the token of a buyer at the marketplace; with `tenant` the account is bound to it',
    path: MARKETPLACE,
    body: { name: 'BuyerRequest', most: 'bodyBytes', holds: { members: BUYER } },
    headers: [IDEMPOTENCY_KEY],
    success: { status: 200, means: 'the account, and whose it is', body: { json: ['BuyerBound'] } },
    stepUp: 'Decided',
    problems: [...KEYED, ...TRANSIENT, ...BODIED, 'intent_conflict', 'purged', 'not_done'],
  },
  async (door, operator, taken) => {
    const { marketplaces } = door.deployment;
    const marketplace = taken.path['marketplace'] as MarketplaceName;
    const { token, account, tenant } = taken.members as Readonly<Partial<Record<keyof typeof BUYER, string>>>;
    if ((token === undefined) === (account === undefined))
      return problemResponse({ problem: 'malformed', detail: 'expected either `token` or `account`' });
    const misnamed = tenant === undefined ? undefined : tenantFault(tenant, nameRuleBroken);
    if (misnamed !== undefined) return problemResponse({ problem: 'malformed', detail: `the tenant: ${misnamed}` });
    const resolve = marketplaces?.buyers()[marketplace];
    if (marketplaces === undefined || (token !== undefined && resolve === undefined)) return unconnected();
    const buyer: E.Either<{ readonly detail: string }, Buyer> =
      token === undefined || resolve === undefined ? E.right({ account: account ?? '' }) : await resolve(token);
    if (E.isLeft(buyer)) return notDone([buyer.left.detail]);
    const { mode } = door.governor;
    if (tenant === undefined) return jsonResponse({ ...noticeOf(mode), ...buyer.right });
    const bound = buyer.right.purchase ?? buyer.right.account;
    // A member of this name would make the file of all that is bound unreadable.
    if (BANNED_MEMBERS.has(bound)) return problemResponse({ problem: 'malformed', detail: 'no account has this name' });
    const request = { marketplace, account: bound, tenant };
    const recorded = await recordOperation(door, operator, taken, 'bind_account', request);
    if (recorded instanceof Response) return recorded;
    const done = await marketplaces.bind(marketplace, bound, tenant);
    return E.isLeft(done)
      ? notDone([done.left], recorded)
      : doneResponse(door, recorded, { ...buyer.right, bound, tenant });
  },
);

/** `GET /operator/v1/messages`: what marketplaces sent that is kept and not done. */
export const listMessages: Route<OperatorDoor> = operatorRoute(
  'read',
  {
    operationId: 'listMessages',
    means: 'lists messages of marketplaces that are kept',
    summary: 'Lists the messages of marketplaces that are kept and not done',
    success: { status: 200, means: 'in the order in which they came', body: { json: ['KeptMessages'] } },
    problems: [...KEYED, 'not_done'],
  },
  async ({ deployment: { marketplaces }, governor: { mode } }, _operator, { signal }) => {
    const kept = marketplaces === undefined ? E.right([]) : await marketplaces.kept(signal);
    return E.isLeft(kept)
      ? notDone([kept.left])
      : jsonResponse({
          ...noticeOf(mode),
          messages: kept.right.map(({ digest, marketplace }) => ({ digest, marketplace })),
        });
  },
);

const WHY: Shapes = { why: nameShape('why it can never be applied') };

/** `POST /operator/v1/messages/{digest}/dismiss`: gives up a message that can never be applied; both receipts stay. */
export const dismissMessage: Route<OperatorDoor> = operatorRoute(
  'marketplaces',
  {
    operationId: 'dismissMessage',
    means: 'gives up a message that can never be applied',
    summary: 'Gives up a message of a marketplace that can never be applied, with the reason; it stays in the ledger',
    path: { digest: textShape('a digest of 43 characters', /^[A-Za-z0-9_-]{43}$/, 'of the message') },
    body: { name: 'DismissMessage', most: 'bodyBytes', holds: { members: WHY } },
    headers: [IDEMPOTENCY_KEY],
    success: { status: 200, means: 'it is worked on no more', body: { json: ['MessageDismissed'] } },
    stepUp: 'Decided',
    problems: [...KEYED, ...TRANSIENT, ...BODIED, 'intent_conflict', 'purged', 'not_done'],
  },
  async (door, operator, taken) => {
    const { marketplaces } = door.deployment;
    const digest = taken.path['digest'] ?? '';
    if (marketplaces === undefined) return notDone(['no marketplace is connected']);
    const kept = await marketplaces.kept(taken.signal);
    if (E.isLeft(kept)) return notDone([kept.left]);
    const isKept = kept.right.some((one) => one.digest === digest);
    // Whoever asks again because no answer came is told what was done: only a message that was kept once can have been dismissed.
    if (!isKept) {
      const released = taken.headers.has('idempotency-key')
        ? await marketplaces.wasReleased(digest, taken.signal)
        : E.right(false);
      if (E.isLeft(released)) return notDone([released.left]);
      if (!released.right) return notDone(['no message of this digest is kept']);
    }
    const request = { digest, ...taken.members };
    const recorded = await recordOperation(door, operator, taken, 'dismiss_message', request);
    if (recorded instanceof Response) return recorded;
    if (!isKept && !recorded.repeated) return notDone(['the message of this digest is done with already'], recorded);
    const released = await releaseHeld(door.governor, digest);
    if (!released.decided) return problemResponse(notDecidedProblem(released));
    const { decision } = released;
    if (decision.verdict === 'refuse')
      return notDone([`it stays kept: ${decision.reasons.map(({ means }) => means).join('; ')}`], recorded);
    marketplaces.forget(digest);
    return doneResponse(door, recorded, { digest, released: released.receipt });
  },
);
