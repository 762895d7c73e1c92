/** Responses: the headers that every answer carries, and what a decision looks like outside. */
import type { Decision } from '@tai-autonomics/core';
import type { Decided } from '@tai-autonomics/governor';

/** What every answer carries: never stored, never guessed at, never framed. Set here, since a middleware costs three times as much. */
export const SECURITY: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

type Kind = 'json' | 'text' | 'bundle' | 'events';

const HEADERS: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  json: { ...SECURITY, 'content-type': 'application/json' },
  text: { ...SECURITY, 'content-type': 'text/plain; charset=utf-8' },
  bundle: { ...SECURITY, 'content-type': 'application/gzip' },
  // Nginx holds a stream back without the second.
  events: { ...SECURITY, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
};

/** A response with a body of one kind, and the headers that all of them carry. */
export const answerWith = (
  kind: Kind,
  status: number,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  headers?: Readonly<Record<string, string>>,
): Response =>
  new Response(body, { status, headers: headers === undefined ? HEADERS[kind] : { ...HEADERS[kind], ...headers } });

/** 200 with JSON. */
export const jsonResponse = (json: unknown): Response => answerWith('json', 200, JSON.stringify(json));

/** 204: recorded, nothing to say. */
export const emptyResponse = (headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(null, { status: 204, headers: { ...SECURITY, ...headers } });

/**
 * A decision as a caller sees it: an approval's action plan or a refusal's reasons. The writes stay inside; they name
 * pseudonyms of others.
 */
export const decisionAnswer = (decision: Decision): Readonly<Record<string, unknown>> =>
  decision.verdict === 'approve'
    ? { verdict: 'approve', actionPlan: decision.actionPlan, trace: decision.trace }
    : { verdict: 'refuse', reasons: decision.reasons, trace: decision.trace };

/** Decided and recorded: the decision, where its receipts are, and how it ended. */
export const decidedAnswer = ({
  decision,
  receipt,
  consequences,
  outcome,
  notes,
  repeated,
}: Decided): Readonly<Record<string, unknown>> => ({
  ...decisionAnswer(decision),
  receipt,
  consequences,
  ...(outcome === undefined ? {} : { outcome }),
  ...(notes === undefined ? {} : { notes }),
  repeated,
});
