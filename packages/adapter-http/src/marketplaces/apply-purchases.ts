/** Applies one tenant’s purchases as they were read, and then answers what the marketplace waits for: never before. */
import { formatInstant, type Ms, readEntitlementEvent } from '@tai-autonomics/core/engine';
import type { Governor, Submitted } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { isTransient } from '../answer/not-decided.ts';
import { type Ask, entitlementIdOf, type Purchase, purchaseEvents, type Sold, type Terms } from './purchase.ts';
import type { Vendor } from './vendor.ts';

/** How it stands with a purchase, or a message: done; to be tried again by itself; or waiting for a person. */
export type Progress =
  | { readonly is: 'done' }
  | { readonly is: 'waits'; readonly why: string }
  | { readonly is: 'stuck'; readonly why: string };

/** What applying takes. */
export interface Applying {
  readonly governor: Pick<Governor, 'submit'>;
  readonly vendor: Vendor;
  /** What is sold under one of a marketplace’s names of a plan. */
  readonly termsOf: (plans: readonly string[]) => Terms | undefined;
  readonly clock: () => Ms;
}

/** Everything is applied, and nothing is asked any more. */
export const DONE: Progress = { is: 'done' };

/** The worse of two: what waits for a person is not hidden by what waits by itself. */
export const worse = (a: Progress, b: Progress): Progress => (RANK[a.is] >= RANK[b.is] ? a : b);

const RANK: Readonly<Record<Progress['is'], number>> = { done: 0, waits: 1, stuck: 2 };
/** An answer may bring the next question: an approval, and then a plan that is asked for meanwhile. */
const ROUNDS_MAX = 3;

/** How each purchase of a tenant stands after all of them were applied and answered, by its id. */
export const applyPurchases = async (
  applying: Applying,
  tenant: string,
  purchases: readonly Purchase[],
): Promise<ReadonlyMap<string, Progress>> => {
  const standings = new Map<string, Progress>();
  let current = purchases;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    for (const [id, standing] of await applyOnce(applying, tenant, current)) standings.set(id, standing);
    const answered = await answerAll(applying, current, standings);
    if (answered === undefined) return standings;
    current = answered;
  }
  for (const [id, standing] of await applyOnce(applying, tenant, current)) standings.set(id, standing);
  for (const { id, asks } of current)
    if (asks !== undefined)
      standings.set(
        id,
        worse(standings.get(id) ?? DONE, { is: 'waits', why: 'its answer was sent, and it is not done there yet' }),
      );
  return standings;
};

const applyOnce = async (
  { governor, vendor, termsOf, clock }: Applying,
  tenant: string,
  purchases: readonly Purchase[],
): Promise<ReadonlyMap<string, Progress>> => {
  const standings = new Map<string, Progress>();
  const sold = purchases.flatMap((purchase): readonly Sold[] => {
    const terms = termsOf(purchase.plans);
    standings.set(purchase.id, terms === undefined ? unsold(purchase.plans) : DONE);
    return terms === undefined ? [] : [{ purchase, terms }];
  });
  const ids = new Map(purchases.map(({ id }) => [entitlementIdOf(vendor.name, id, nodeSha256), id]));
  const caller = { subject: { type: 'marketplace', id: vendor.name }, scope: [] } as const;
  for (const event of purchaseEvents(vendor.name, tenant, sold, { sha256: nodeSha256, now: clock() })) {
    const id = ids.get(event.entitlement_id) ?? '';
    const intent = readEntitlementEvent(nodeSha256, event);
    const standing: Progress =
      intent === undefined || intent.tenant !== tenant
        ? { is: 'stuck', why: 'its tenant is no name of ours' }
        : standingOf(await submitted(governor, { tenant, ...caller }, asked(intent), clock()));
    standings.set(id, worse(standings.get(id) ?? DONE, standing));
  }
  return standings;
};

/**
 * A refusal is recorded, and answered to whoever asks with its id again, though what it was about may be mended meanwhile: so it is
 * asked anew with an id that ends in the hour. That is one more receipt an hour at most.
 */
const submitted = async (
  governor: Applying['governor'],
  caller: Parameters<Governor['submit']>[0],
  intent: ReturnType<typeof asked>,
  now: Ms,
): Promise<Submitted> => {
  const first = await governor.submit(caller, intent);
  const isOld = first.decided && first.repeated && standingOf(first).is !== 'done';
  return isOld ? governor.submit(caller, { ...intent, id: `${intent.id}:${formatInstant(now).slice(0, 13)}` }) : first;
};

const asked = ({ tenant: _, ...intent }: NonNullable<ReturnType<typeof readEntitlementEvent>>) => intent;

const unsold = ([plan = 'none']: readonly string[]): Progress => ({
  is: 'stuck',
  why: `no plan of ours is named for \`${plan}\``,
});

/** The refusal that waits for the clock alone. */
const EARLY = 'event_from_future';

const standingOf = (submitted: Submitted): Progress => {
  if (!submitted.decided) {
    if (submitted.why === 'purged') return DONE;
    if (submitted.keep === true) return { is: 'stuck', why: 'no owner is named for its tenant' };
    return isTransient(submitted)
      ? { is: 'waits', why: `the governor cannot decide now: ${submitted.why}` }
      : { is: 'stuck', why: `the governor doesn’t take it: ${submitted.why}` };
  }
  const { decision } = submitted;
  if (decision.verdict === 'approve') return DONE;
  const codes = decision.reasons.map(({ code }) => code);
  // A newer reading is applied already.
  if (codes.includes('entitlement_superseded')) return DONE;
  return codes.every((code) => code === EARLY)
    ? { is: 'waits', why: `it is refused for now: ${codes.join(', ')}` }
    : { is: 'stuck', why: `it is refused: ${codes.join(', ')}` };
};

/** The purchases as they are after every question was answered; nothing if none was. */
const answerAll = async (
  applying: Applying,
  purchases: readonly Purchase[],
  standings: Map<string, Progress>,
): Promise<readonly Purchase[] | undefined> => {
  let isChanged = false;
  const after: Purchase[] = [];
  for (const purchase of purchases) {
    const { id, asks } = purchase;
    const isApplied = standings.get(id)?.is === 'done';
    const read = asks === undefined || !isApplied ? undefined : await answerOne(applying, purchase, asks);
    if (read !== undefined && E.isLeft(read)) standings.set(id, read.left);
    isChanged ||= read !== undefined && E.isRight(read);
    after.push(read !== undefined && E.isRight(read) ? read.right : purchase);
  }
  return isChanged ? after : undefined;
};

const answerOne = async (
  { vendor, termsOf }: Applying,
  purchase: Purchase,
  ask: Ask,
): Promise<E.Either<Progress, Purchase>> => {
  const plans = 'plans' in ask ? ask.plans : undefined;
  if (plans !== undefined && termsOf(plans) === undefined) return E.left(unsold(plans));
  const answered = await vendor.answer(purchase, ask);
  const operation = ask.ask === 'confirm' ? { operation: ask.operation } : {};
  const read = await vendor.read({ id: purchase.id, ...operation });
  const waits = (why: string): E.Either<Progress, Purchase> => E.left({ is: 'waits', why });
  // What was refused may have been answered by another process meanwhile: what it is now says so.
  if (E.isLeft(read)) return waits(`it cannot be read after its answer: ${read.left.detail}`);
  if (E.isRight(answered) || read.right.asks === undefined) return read;
  const { fault, detail } = answered.left;
  return fault === 'later'
    ? waits(`its answer did not arrive: ${detail}`)
    : E.left({ is: 'stuck', why: `its answer is refused: ${detail}` });
};
