/** What a caller was refused lately, as long as its connection is kept: so that asking again unchanged is told as such. */
import type { Reason } from '@tai-autonomics/core';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import type { Asked } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import type { Envelope } from './envelope.ts';

/** The refusals of one caller. It decides nothing. */
export interface Refusals {
  /** Notes a refusal; answers it with the places of the same refusals of the same call before it, the oldest first. */
  note(asked: Asked, refusal: Envelope): Envelope;
  /**
   * The newest refusal once more, if it is of exactly this call, and nothing that was decided on can have changed: it was the last
   * receipt of a ledger of this size, and rests on what is recorded and asked alone. It isn't recorded again.
   */
  again(asked: Asked, size: number): Envelope | undefined;
  /** Whether the newest refusal is of exactly this call: else there is no need to look how large the ledger is. */
  mayBeAgain(asked: Asked): boolean;
  /** Places of refusals, the newest first. */
  recent(): readonly number[];
}

/** Calls that are remembered. */
const CALLS_MAX = 64;
/** Places that are told of one call. */
const PLACES_MAX = 8;

/** For so long, in milliseconds, a refusal is given again: what else it rests on, such as the time, moves on. */
const AGAIN_MS = 10_000;

interface Noted {
  readonly codes: string;
  readonly places: readonly number[];
}

/** Remembers nothing yet. */
export const createRefusals = (clock: () => number = () => performance.now()): Refusals => {
  // The order of a Map is the order of insertion: the first is the oldest.
  const noted = new Map<string, Noted>();
  let newest: { readonly call: string; readonly refusal: Envelope; readonly at: number } | undefined;
  const mayBeAgain: Refusals['mayBeAgain'] = (asked) =>
    newest !== undefined && newest.call === callKey(asked) && clock() - newest.at <= AGAIN_MS;
  return {
    note: (asked, refusal) => {
      const { reasons = [], receipt } = refusal;
      const call = callKey(asked);
      newest = undefined;
      if (receipt === undefined) return refusal;
      const { seq } = receipt;
      const said = reasons.map(({ code }) => code).join(' ');
      const before = noted.get(call);
      const places = before?.codes === said ? before.places.filter((place) => place !== seq) : [];
      noted.delete(call);
      noted.set(call, { codes: said, places: [...places, seq].slice(-PLACES_MAX) });
      const [oldest] = noted.keys();
      if (noted.size > CALLS_MAX && oldest !== undefined) noted.delete(oldest);
      if (reasons.every(restsOnRecord)) newest = { call, refusal, at: clock() };
      return places.length === 0 ? refusal : { ...refusal, askedBefore: places };
    },
    mayBeAgain,
    again: (asked, size) => {
      if (newest === undefined || !mayBeAgain(asked)) return undefined;
      const { receipt } = newest.refusal;
      if (receipt === undefined || receipt.seq !== size - 1) return undefined;
      return { ...newest.refusal, repeated: true, askedBefore: noted.get(newest.call)?.places ?? [receipt.seq] };
    },
    recent: () => [...noted.values()].flatMap(({ places }) => places).sort((a, b) => b - a),
  };
};

/** What makes two calls the same: a digest, so that nothing of a call is kept or handed to a client, however large it is. */
export const callKey = (asked: Asked): string => {
  const known = KEYS.get(asked);
  if (known !== undefined) return known;
  const { action, resource, arguments: given = {} } = asked;
  const key = encodeBase64url(nodeSha256(Buffer.from(JSON.stringify([action, resource, sorted(given)]))));
  KEYS.set(asked, key);
  return key;
};

/** One call is looked at more than once while it is answered. */
const KEYS = new WeakMap<Asked, string>();

/** What somebody submits or asks otherwise shows in the ledger or in the call; the world and the time move without that. */
const restsOnRecord = ({ next }: Reason): boolean =>
  next.kind === 'authority' || next.kind === 'request' || next.kind === 'none';

const sorted = (given: Readonly<Record<string, unknown>>): unknown =>
  Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
