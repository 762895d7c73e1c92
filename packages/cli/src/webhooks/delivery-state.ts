/** How far each webhook has come in each ledger, in `DIR/webhooks.json`: what was delivered before a restart is not sent again. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { readPrivate, replacePrivate } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** How a webhook stands. */
export interface Delivery {
  /** Receipts before this place were looked through, and what they tell was delivered or given up; by ledger. */
  readonly cursors: Readonly<Record<string, number>>;
  /** The receiver wants no more (410): `hashOfUrl` of where it was. */
  readonly gone?: string;
  /** Whose next message is not taken, since when, RFC 3339, and why; by ledger. */
  readonly waiting?: Readonly<Record<string, Since>>;
  /** Since when a ledger can't be read on, and why. */
  readonly unread?: Since;
  /** How many messages were given up, ever. */
  readonly deadCount?: number;
  /** The last of these, the newest last. */
  readonly dead?: readonly DeadLetter[];
}

/** A time, RFC 3339, and a reason. */
export interface Since {
  readonly since: string;
  readonly why: string;
}

/** A message that was given up. Its receipt stands where it says. */
export interface DeadLetter {
  readonly ledger: string;
  readonly seq: number;
  readonly event: string;
  /** When it was given up, RFC 3339, and why it was not taken. */
  readonly at: string;
  readonly why: string;
}

/** The webhooks that are configured, by name. */
export type Deliveries = Readonly<Record<string, Delivery>>;

const FORMAT = 'tai-autonomics/webhooks@1';
/** Dead letters that are kept by name; of earlier ones the number alone. */
const DEAD_MAX = 32;

/** What stands in the folder; nothing where no webhook was ever started. */
export const readDeliveries = async (dir: string): Promise<E.Either<string, Deliveries>> => {
  const path = pathOf(dir);
  const text = await readPrivate(path);
  if (E.isLeft(text)) return text;
  if (text.right === undefined) return E.right({});
  try {
    const read: unknown = JSON.parse(text.right);
    if (isPlainObject(read) && read['format'] === FORMAT && isDeliveries(read['webhooks']))
      return E.right(read['webhooks']);
  } catch {
    // Said below.
  }
  return E.left(
    `${path}: is not what the webhooks wrote; restore it, or remove it, and they begin at the ledgers’ ends`,
  );
};

/** Writes it, whole and durably. */
export const writeDeliveries = (dir: string, webhooks: Deliveries): Promise<E.Either<string, void>> =>
  replacePrivate(pathOf(dir), `${JSON.stringify({ format: FORMAT, webhooks }, null, 2)}\n`);

/** A URL may hold a secret: what is kept is its hash. */
export const hashOfUrl = (url: string): string => createHash('sha256').update(url).digest('base64url');

/** The ledger goes on at a place: what was before it is delivered, given up, or of no interest. */
export const movedTo = (delivery: Delivery, ledger: string, seq: number): Delivery => ({
  ...delivery,
  cursors: { ...delivery.cursors, [ledger]: seq },
});

/** The next message of a ledger is not taken. It is so since the first time. */
export const waitingIn = (delivery: Delivery, ledger: string, now: Since): Delivery => {
  const since = delivery.waiting?.[ledger]?.since ?? now.since;
  return { ...delivery, waiting: { ...delivery.waiting, [ledger]: { ...now, since } } };
};

/** The receiver took what a ledger had for it. */
export const takenIn = ({ waiting = {}, ...delivery }: Delivery, ledger: string): Delivery => {
  const { [ledger]: _, ...others } = waiting;
  return Object.keys(others).length === 0 ? delivery : { ...delivery, waiting: others };
};

/** A message is given up, and the ledger goes on behind it. */
export const givenUp = (delivery: Delivery, letter: DeadLetter): Delivery => ({
  ...movedTo(delivery, letter.ledger, letter.seq + 1),
  deadCount: (delivery.deadCount ?? 0) + 1,
  dead: [...(delivery.dead ?? []), letter].slice(-DEAD_MAX),
});

const pathOf = (dir: string): string => join(dir, 'webhooks.json');

const isDeliveries = (x: unknown): x is Deliveries =>
  isPlainObject(x) &&
  Object.values(x).every(
    (one) =>
      isPlainObject(one) &&
      isPlainObject(one['cursors']) &&
      Object.values(one['cursors']).every((place) => Number.isSafeInteger(place) && Number(place) >= 0) &&
      (one['waiting'] === undefined || isPlainObject(one['waiting'])) &&
      (one['dead'] === undefined || Array.isArray(one['dead'])),
  );
