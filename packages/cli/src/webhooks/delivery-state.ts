/** How far each webhook has come in each ledger, in `DIR/webhooks.json`: what was delivered before a restart is not sent again. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { readPrivate, replacePrivate } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** How a webhook stands. */
export interface Delivery {
  /** Receipts before this place were looked through, and their signals delivered; by ledger. */
  readonly cursors: Readonly<Record<string, number>>;
  /** The receiver wants no more (410): `hashOfUrl` of where it was. */
  readonly gone?: string;
  /** Since when it is not answered, RFC 3339, and why. */
  readonly failing?: Since;
  /** Since when a ledger can't be read on, and why. */
  readonly unread?: Since;
}

/** A time, RFC 3339, and a reason. */
interface Since {
  readonly since: string;
  readonly why: string;
}

/** The webhooks that are configured, by name. */
export type Deliveries = Readonly<Record<string, Delivery>>;

const FORMAT = 'tai-autonomics/webhooks@1';

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

const pathOf = (dir: string): string => join(dir, 'webhooks.json');

const isDeliveries = (x: unknown): x is Deliveries =>
  isPlainObject(x) &&
  Object.values(x).every(
    (one) =>
      isPlainObject(one) &&
      isPlainObject(one['cursors']) &&
      Object.values(one['cursors']).every((place) => Number.isSafeInteger(place) && Number(place) >= 0),
  );
