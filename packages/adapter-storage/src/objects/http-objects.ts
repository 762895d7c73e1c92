/** What buckets have in common: requests that end in time, are made again where that helps, and say what went wrong. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Ms, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { isObjectName, type Retention } from './object-store.ts';

/** Makes one request that says who asks. `fetch` itself, where nobody need be known. */
export type AskedAs = (url: string, init: RequestInit) => Promise<Response>;

/** A response, read whole. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

const TRIES = 4;
const PAUSE_MS: Ms = 100;
const ANSWER_MS: Ms = 60_000;

/**
 * Asks until something else than a fault of the server or of the way comes back, four times at most. A put that was asked again may
 * meet what it wrote itself: `exists` says no more than that something is there.
 */
export const createRequests = (name: string, ask: AskedAs, withinMs: Ms = ANSWER_MS) => {
  const once = async (url: string, init: RequestInit): Promise<Reply> => {
    const response = await ask(url, { ...init, signal: AbortSignal.timeout(withinMs), redirect: 'error' });
    return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
  };
  return async (url: string, init: RequestInit, isWrite: boolean): Answer<Reply> => {
    for (let n = 1; ; n += 1) {
      let error: unknown;
      try {
        const reply = await once(url, init);
        if (!isPassing(reply.status) || n === TRIES) return E.right(reply);
      } catch (thrown) {
        error = thrown;
      }
      if (n === TRIES && error !== undefined) return E.left(faultOf(name, saidBy(error), isWrite));
      await pause(Math.random() * PAUSE_MS * 2 ** n);
    }
  };
};

/** The fault of a status that is no answer to what was asked. The body is left out: it may name what nobody should read. */
export const statusFault = (name: string, { status }: Reply, isWrite: boolean): StoreFault => {
  const what =
    status === 401 || status === 403
      ? 'its credentials are not accepted, or have not the right; look at the keys and the policy of the bucket'
      : status === 404
        ? 'there is no such bucket'
        : status === 400
          ? 'it refuses what was asked; is the retention of objects on in this bucket?'
          : 'it did not answer as it should';
  const outcome = isWrite && status >= 500 ? 'unknown' : 'not_written';
  return { fault: 'unavailable', detail: `the objects ${name}: ${what} (${status})`, outcome };
};

/** What asks for a part of an object; nothing: for all of it. */
export type Part = Readonly<Record<string, string>>;

/** Asks for the bytes `from ≤ n < to`. */
export const rangeOf = (from: number, to: number): Part => ({ range: `bytes=${from}-${to - 1}` });

/** Whether a reply has the object, or the part of it that was asked for. */
export const isRead = ({ status }: Reply): boolean => status === 200 || status === 206;

/** The part that was asked for: a server may answer with the whole (RFC 9110 section 14.2). */
export const partOf = (reply: Reply | undefined, from: number, to: number): Uint8Array | undefined =>
  reply?.status === 200 ? reply.bytes.subarray(from, to) : reply?.bytes;

/** What a bucket lists, without the prefix that all of it stands under, sorted; what no store of ours wrote is left out. */
export const objectNames = (listed: readonly string[], under: string): readonly string[] =>
  listed
    .map((name) => name.slice(under.length))
    .filter(isObjectName)
    .sort();

/** Until when an object that is written now is kept, RFC 3339. */
export const retainedUntil = ({ days }: Retention, now: Ms): string => new Date(now + days * DAY_MS).toISOString();

const DAY_MS: Ms = 86_400_000;

/** Another writer at the same moment, too many requests, or a fault of the server. */
const isPassing = (status: number): boolean => status === 409 || status === 408 || status === 429 || status >= 500;

const faultOf = (name: string, said: string, isWrite: boolean): StoreFault => ({
  fault: 'unavailable',
  detail: `the objects ${name}: it cannot be reached (${said})`,
  outcome: isWrite ? 'unknown' : 'not_written',
});

/** The code of what broke, deep in what `fetch` throws. */
const saidBy = (error: unknown): string => {
  if (!(error instanceof Error)) return 'no code';
  const { cause } = error;
  for (const each of [cause, error])
    if (each instanceof Error && 'code' in each && typeof each.code === 'string') return each.code;
  return error.name;
};
