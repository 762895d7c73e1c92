/** One call of a marketplace’s API: JSON over https, within limits of time and size, tried again where that may help. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Ms } from '@tai-autonomics/core/engine';
import { parseStrictJson, readWithin } from '@tai-autonomics/governor/json';
import { oneLine } from '@tai-autonomics/governor/node';
import { isDocumentUrl } from '@tai-autonomics/governor/remote';
import { either as E } from 'fp-ts';
import type { Called, VendorFault } from './vendor.ts';

/** An access token, kept fresh by somebody else. Left: why there is none now. */
export type TokenSource = () => Promise<E.Either<string, string>>;

/** What is sent. */
export interface VendorRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What calls are bound by. */
export interface CallLimits {
  /** Of one try. */
  readonly timeoutMs: Ms;
  /** Tries in all. */
  readonly tries: number;
  /** The pause before the second try; it doubles. */
  readonly pauseMs: Ms;
}

/** Adds what proves who calls: a bearer token, a signature. Left: why that cannot be had now. */
export type Authorize = (
  request: VendorRequest,
  body: string,
) => Promise<E.Either<string, Readonly<Record<string, string>>>>;

/** Ten seconds a try, three tries. */
export const CALL_LIMITS: CallLimits = { timeoutMs: 10_000, tries: 3, pauseMs: 250 };

const BYTES_MAX = 4_194_304;
const DEPTH_MAX = 64;
const PAUSE_MOST_MS: Ms = 5_000;

/** A bearer token on every call. */
export const bearer =
  (token: TokenSource): Authorize =>
  async () =>
    E.map((text: string) => ({ authorization: `Bearer ${text}` }))(await token());

/**
 * Calls, and answers the JSON of a success; `undefined` for an empty one. Network faults, 408, 429 and 5xx are tried again, with a
 * pause that doubles or that `Retry-After` names; then `later`. 404 and 410 are `gone`, any other status `refused`. What the
 * marketplace says of a fault is in the detail, in one line; what proves who calls never is. Never rejects.
 */
export const callVendor = async (
  request: VendorRequest,
  authorize: Authorize,
  limits: CallLimits = CALL_LIMITS,
): Called<unknown> => {
  if (!isDocumentUrl(request.url))
    return E.left({ fault: 'refused', detail: 'the address does not begin with https://' });
  let last: VendorFault = { fault: 'later', detail: 'it was not asked' };
  for (let tries = 0; tries < limits.tries; tries += 1) {
    const answer = await callOnce(request, authorize, limits);
    if (E.isRight(answer)) return answer;
    const { retryAfterMs, ...fault } = answer.left;
    last = fault;
    if (fault.fault !== 'later' || tries + 1 === limits.tries) break;
    const pauseMs = limits.pauseMs * 2 ** tries * (0.5 + Math.random() / 2);
    await pause(Math.min(PAUSE_MOST_MS, Math.max(retryAfterMs ?? 0, pauseMs)), undefined, { ref: false });
  }
  return E.left(last);
};

type Failed = VendorFault & { readonly retryAfterMs?: Ms };

const callOnce = async (
  { method, url, body, headers }: VendorRequest,
  authorize: Authorize,
  { timeoutMs }: CallLimits,
): Promise<E.Either<Failed, unknown>> => {
  try {
    const text = body === undefined ? '' : JSON.stringify(body);
    const proof = await authorize({ method, url, body, ...(headers === undefined ? {} : { headers }) }, text);
    if (E.isLeft(proof)) return E.left({ fault: 'later', detail: proof.left });
    const answer = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
        ...headers,
        ...proof.right,
      },
      ...(body === undefined ? {} : { body: text }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const bytes = await readWithin(answer.body, BYTES_MAX);
    if (!answer.ok) return E.left(faultOf(answer, bytes));
    if (bytes === undefined) return E.left({ fault: 'refused', detail: `it answered more than ${BYTES_MAX} bytes` });
    if (bytes.length === 0) return E.right(undefined);
    const document = parseStrictJson(bytes, { comments: false, maxBytes: BYTES_MAX, maxDepth: DEPTH_MAX });
    return E.isRight(document)
      ? E.right(document.right.value)
      : E.left({ fault: 'refused', detail: 'it answered something else than JSON' });
  } catch (thrown) {
    return E.left({ fault: 'later', detail: oneLine(thrown instanceof Error ? thrown.message : 'it cannot be asked') });
  }
};

const faultOf = ({ status, headers }: Response, bytes: Uint8Array | undefined): Failed => {
  const said = bytes === undefined ? '' : Buffer.from(bytes.subarray(0, 500)).toString('utf8');
  const detail = oneLine(`it answered ${status} ${said}`);
  if (status === 404 || status === 410) return { fault: 'gone', detail };
  if (status !== 408 && status !== 429 && status < 500) return { fault: 'refused', detail };
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return { fault: 'later', detail, ...(seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}) };
};
