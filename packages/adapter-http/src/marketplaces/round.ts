/** One round of a marketplace’s desk: reads what there is, applies it tenant by tenant, and says how each message stands. */
import { formatInstant, parseInstant } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { type Applying, applyPurchases, DONE, type Progress, worse } from './apply-purchases.ts';
import type { Purchase } from './purchase.ts';
import type { Notice, VendorFault } from './vendor.ts';

/** What a round takes beside what applying does. */
export interface RoundOptions extends Applying {
  /** The tenant of a marketplace’s id, by the table of the deployment. */
  readonly tenantOf: (id: string) => string | undefined;
  /** What the marketplace has said that it forgets: that it cannot be read back is right. */
  readonly forgotten: Pick<ReadonlySet<string>, 'has'>;
  /** Each purchase as it was when it was last seen, by its id. */
  readonly seen: Pick<ReadonlyMap<string, Purchase>, 'get'>;
}

/** A message that is worked on. */
export interface Pending {
  readonly digest: string;
  readonly notice: Notice;
}

/** How each message stands, by its digest, and each purchase that cannot be applied, by its id. */
export interface RoundEnd {
  readonly messages: ReadonlyMap<string, Progress>;
  readonly purchases: ReadonlyMap<string, Progress>;
  /** What was seen of each purchase, by its id. */
  readonly seen: ReadonlyMap<string, Purchase>;
  /** Whether a message that waited for another one may have its turn now. */
  readonly isNext: boolean;
  /** Why nothing can be read; absent where it can. */
  readonly unread?: Progress;
}

/**
 * Works on the messages. `everything`: every tenant whose purchases the marketplace lists too, whether or not a message came:
 * that makes up for messages that were lost, and for changes of which there is none.
 */
export const runRound = async (
  options: RoundOptions,
  pending: readonly Pending[],
  everything: boolean,
): Promise<RoundEnd> => {
  const messages = new Map<string, Progress>();
  for (const { digest, notice } of pending) {
    const standing = await standingWithout(options, notice);
    if (standing !== undefined) messages.set(digest, standing);
  }
  const about = pending.filter(({ digest }) => !messages.has(digest));
  if (about.length === 0 && !everything) return { messages, purchases: new Map(), seen: new Map(), isNext: false };
  const listed = await options.vendor.list();
  const read = await readAll(options, about);
  const known = new Map(E.isRight(listed) ? listed.right.map((one) => [one.id, one]) : []);
  for (const one of read.values()) if (E.isRight(one)) known.set(one.right.id, one.right);
  const ended = endedIn(options, about, read);
  for (const one of ended) known.set(one.id, one);
  const named = [...known.values()].map((one) => [one, tenantIn(options, one)] as const);
  const tenants = tenantsOf(options, about, named, [...touchedIn(read), ...ended.map(({ id }) => id)], everything);
  const purchases = new Map<string, Progress>();
  for (const [one, tenant] of named)
    if (tenant === undefined && isWorthTelling(one)) purchases.set(one.id, ofNobody(one));
  if (E.isLeft(listed)) {
    for (const { digest } of about) messages.set(digest, unreachable(listed.left));
    return { messages, purchases, seen: known, isNext: false, unread: unreachable(listed.left) };
  }
  for (const tenant of tenants) {
    const own = named.flatMap(([one, whose]) => (whose === tenant ? [one] : []));
    for (const [id, standing] of await applyPurchases(options, tenant, own)) purchases.set(id, standing);
  }
  const inTurn = oldestOperations(about);
  for (const { digest, notice } of about) {
    const standing = standingIn(options, notice, read, known, purchases);
    messages.set(digest, standing.is === 'done' && !isInTurn(notice, inTurn) ? WAITS_FOR_TURN : standing);
  }
  return { messages, purchases, seen: known, isNext: [...messages.values()].includes(WAITS_FOR_TURN) };
};

/** Whose purchases are applied in a round. */
const tenantsOf = (
  { tenantOf }: RoundOptions,
  pending: readonly Pending[],
  named: readonly (readonly [Purchase, string | undefined])[],
  about: readonly string[],
  everything: boolean,
): ReadonlySet<string> => {
  const touched = new Set(about);
  const holders = pending.flatMap(({ notice: { about } }) =>
    about.kind === 'holder' ? (tenantOf(about.id) ?? []) : [],
  );
  const owners = named.flatMap(([{ id }, tenant]) =>
    tenant !== undefined && (everything || touched.has(id)) ? [tenant] : [],
  );
  return new Set([...owners, ...holders]);
};

const touchedIn = (read: Read): readonly string[] =>
  [...read.values()].flatMap((one) => (E.isRight(one) ? [one.right.id] : []));

/** What a marketplace has forgotten is over, though nobody may have read that it ended before it was forgotten. */
const endedIn = ({ seen, clock }: RoundOptions, pending: readonly Pending[], read: Read): readonly Purchase[] =>
  pending.flatMap(({ notice: { about, isLast } }): readonly Purchase[] => {
    if (isLast !== true || about.kind !== 'purchase') return [];
    const [found, last] = [read.get(about.id), seen.get(about.id)];
    if (last === undefined || found === undefined || E.isRight(found) || found.left.fault !== 'gone') return [];
    const changedMs = Math.max(clock(), (parseInstant(last.changedAt) ?? 0) + 1);
    return [last.status === 'cancelled' ? last : { ...last, status: 'cancelled', changedAt: formatInstant(changedMs) }];
  });

/** How a message stands that is about no purchase. */
const standingWithout = async (
  { vendor, tenantOf }: RoundOptions,
  { about, type, isKnown }: Notice,
): Promise<Progress | undefined> => {
  if (about.kind === 'nothing') return isKnown ? DONE : unknownType(type);
  if (about.kind === 'purchase') return undefined;
  if (about.kind === 'holder')
    return tenantOf(about.id) === undefined
      ? { is: 'stuck', why: `no tenant is named for the account \`${about.id}\`` }
      : undefined;
  if (vendor.approveAccount === undefined) return DONE;
  if (tenantOf(about.id) === undefined)
    return { is: 'stuck', why: `no tenant is named for the account \`${about.id}\`` };
  const approved = await vendor.approveAccount(about.id);
  return E.isRight(approved) ? DONE : unreachable(approved.left);
};

const unknownType = (type: string): Progress => ({ is: 'stuck', why: `its type is unknown here: \`${type}\`` });

const unreachable = ({ fault, detail }: VendorFault): Progress => ({
  is: fault === 'later' ? 'waits' : 'stuck',
  why: `the marketplace cannot be read: ${detail}`,
});

type Read = ReadonlyMap<string, E.Either<VendorFault, Purchase>>;

const WAITS_FOR_TURN: Progress = { is: 'waits', why: 'an older operation of its purchase comes first' };

/** The operation that is looked at in this round, by its purchase: the oldest that a message names. */
const oldestOperations = (pending: readonly Pending[]): ReadonlyMap<string, string> => {
  const oldest = new Map<string, string>();
  for (const { notice } of pending) {
    const { id, operation } = { operation: undefined, id: '', ...notice.about };
    if (operation !== undefined && !oldest.has(id)) oldest.set(id, operation);
  }
  return oldest;
};

const isInTurn = ({ about }: Notice, inTurn: ReadonlyMap<string, string>): boolean =>
  about.kind !== 'purchase' || about.operation === undefined || inTurn.get(about.id) === about.operation;

/** Each purchase once, however many messages are about it; with the oldest operation that one of them names. */
const readAll = async ({ vendor }: RoundOptions, pending: readonly Pending[]): Promise<Read> => {
  const inTurn = oldestOperations(pending);
  const read = new Map<string, E.Either<VendorFault, Purchase>>();
  for (const { notice } of pending) {
    if (notice.about.kind !== 'purchase' || read.has(notice.about.id)) continue;
    const { id } = notice.about;
    const operation = inTurn.get(id);
    read.set(id, await vendor.read({ id, ...(operation === undefined ? {} : { operation }) }));
  }
  return read;
};

const tenantIn = ({ tenantOf }: RoundOptions, { holders }: Purchase): string | undefined =>
  holders.map(tenantOf).find((tenant) => tenant !== undefined);

/** A purchase that ended before anybody was told whose it was needs nobody any more. */
const isWorthTelling = ({ status }: Purchase): boolean => status !== 'cancelled';

const ofNobody = ({ holders }: Purchase): Progress => ({
  is: 'stuck',
  why: `no tenant is named for ${holders.map((id) => `\`${id}\``).join(' or ')}`,
});

const standingIn = (
  { forgotten }: RoundOptions,
  { about, isKnown, type }: Notice,
  read: Read,
  held: ReadonlyMap<string, Purchase>,
  purchases: ReadonlyMap<string, Progress>,
): Progress => {
  if (about.kind === 'holder') {
    const own = [...held.values()].filter(({ holders }) => holders.includes(about.id));
    // Whatever it had may be over, and then nothing says what that was.
    if (own.length === 0) return { is: 'waits', why: `nothing is listed for the account \`${about.id}\`` };
    const standing = own.map(({ id }) => purchases.get(id) ?? DONE).reduce(worse, DONE);
    return isKnown || standing.is !== 'done' ? standing : unknownType(type);
  }
  if (about.kind !== 'purchase') return DONE;
  const found = read.get(about.id);
  if (found === undefined || E.isLeft(found)) {
    const fault = found?.left ?? { fault: 'later', detail: 'it was not asked' };
    if (fault.fault === 'gone' && forgotten.has(about.id)) return DONE;
    return unreachable(fault);
  }
  const standing = purchases.get(found.right.id) ?? (found.right.status === 'cancelled' ? DONE : ofNobody(found.right));
  // What it is about is applied; what it means besides is not known.
  return isKnown || standing.is !== 'done' ? standing : unknownType(type);
};
