/** Cursors of lists. A client can't make one, nor use one that another caller got, or one of a list that has changed since. */
import { INVALID_PARAMS, ProtocolError } from '@modelcontextprotocol/server';
import type { Caller } from '@tai-autonomics/governor';

/** What a cursor is bound to: whose it is, and of which list. */
export interface Bound {
  readonly caller: Caller;
  readonly list: string;
}

/** A part of a list. */
export interface Page<A> {
  readonly items: readonly A[];
  readonly nextCursor?: string;
}

/** The most items of a page. */
export const PAGE_SIZE = 100;

/** Writes a cursor for a place of a list. The place can be read in it, and can't be changed. */
export const cursorOf = async (bound: Bound, place: string): Promise<string> => {
  const mac = await crypto.subtle.sign('HMAC', await key(), message(bound, place));
  return `${place}~${[...new Uint8Array(mac)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
};

/** The place in a cursor. Rejects with the protocol's error where this process did not write it for exactly this. */
export const placeIn = async (bound: Bound, cursor: string): Promise<string> => {
  const [, place = '', mac = ''] = /^([0-9-]{1,40})~([0-9a-f]{64})$/.exec(cursor) ?? [];
  const bytes = Uint8Array.from(mac.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const isOurs = await crypto.subtle.verify('HMAC', await key(), bytes, message(bound, place));
  if (isOurs) return place;
  throw new ProtocolError(INVALID_PARAMS, 'Invalid cursor: list again from the beginning');
};

/** A page of a list that is at hand as a whole. The cursor is bound to the names of all that is on it. */
export const pageOf = async <A extends { readonly name: string }>(
  bound: Bound,
  all: readonly A[],
  cursor: string | undefined,
): Promise<Page<A>> => {
  if (cursor === undefined && all.length <= PAGE_SIZE) return { items: all };
  const exact: Bound = { ...bound, list: JSON.stringify([bound.list, all.map(({ name }) => name)]) };
  const from = cursor === undefined ? 0 : Number(await placeIn(exact, cursor));
  const to = from + PAGE_SIZE;
  const items = all.slice(from, to);
  return to < all.length ? { items, nextCursor: await cursorOf(exact, String(to)) } : { items };
};

const message = ({ caller: { tenant, subject, scope }, list }: Bound, place: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify([tenant, subject.type, subject.id, [...scope].sort(), list, place]));

const makeKey = () =>
  crypto.subtle.importKey('raw', crypto.getRandomValues(new Uint8Array(32)), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);

let made: ReturnType<typeof makeKey> | undefined;
/** A key of this process alone: after a restart a client lists again from the beginning. */
const key = (): ReturnType<typeof makeKey> => {
  made ??= makeKey();
  return made;
};
