/** Request rates from a Prometheus, or from a product that answers `query_range` as it does. */
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { parseJsonText } from '../local/json-file.ts';
import type { Ms } from '../ports.ts';

/** A query over the time before now. */
export interface PrometheusQuery {
  /** Where the server is, without `/api/v1`. */
  readonly url: string;
  /** PromQL: the requests that are offered, `rate(http_requests_total{service="checkout"}[1m])`, each series by itself. */
  readonly query: string;
  readonly windowMs: Ms;
  readonly stepMs: Ms;
}

const SECOND_MS = 1_000;

/**
 * Asks `query_range` for the window that ends now, on whole seconds. Left: it can't be reached, answers with something else
 * than JSON, or with an error of its own.
 */
export const queryRange = async (
  { url, query, windowMs, stepMs }: PrometheusQuery,
  now: Ms,
  signal: AbortSignal,
): Promise<E.Either<string, unknown>> => {
  try {
    const end = Math.floor(now / SECOND_MS);
    const start = end - Math.floor(windowMs / SECOND_MS);
    const form = new URLSearchParams({ query, start: `${start}`, end: `${end}`, step: `${stepMs / SECOND_MS}` });
    const answer = await fetch(`${url.replace(/\/+$/, '')}/api/v1/query_range?${form}`, { signal, redirect: 'error' });
    const json = parseJsonText(new Uint8Array(await answer.arrayBuffer()));
    if (!answer.ok) return E.left(`Prometheus answered ${answer.status}`);
    return E.mapLeft((why: string) => `the answer of Prometheus: ${why}`)(json);
  } catch (thrown) {
    return E.left(`Prometheus cannot be asked: ${messageOf(thrown)}`);
  }
};
