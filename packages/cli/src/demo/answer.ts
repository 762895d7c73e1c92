/** An answer as a door gives it: what the driver and the story look at, whichever door it came through. */

import type { NextStep } from '@tai-autonomics/core';
import { isPlainObject } from '@tai-autonomics/core/receipt';

export interface AnswerReason {
  readonly gate: string;
  readonly code: string;
  readonly means: string;
  readonly next: NextStep;
}

/** A decision with its receipt, or why there is none. */
export interface Answer {
  readonly verdict: 'approve' | 'refuse' | 'not_decided';
  readonly reasons: readonly AnswerReason[];
  readonly receipt?: {
    readonly seq: number;
    readonly leaf: string;
    readonly event?: string;
    readonly origin?: string;
  };
  readonly consequences: readonly { readonly seq: number; readonly event: string }[];
  readonly outcome?: {
    readonly status: string;
    readonly result: unknown;
    readonly receipt?: NonNullable<Answer['receipt']>;
  };
  readonly detail?: string;
}

/** Reads the body of `POST /v1/actions` or `/marketplace`: a decision, or a problem (RFC 9457). */
export const answerOfHttp = (body: unknown): Answer => {
  if (!isPlainObject(body) || (body['verdict'] !== 'approve' && body['verdict'] !== 'refuse')) {
    const detail = isPlainObject(body) && typeof body['detail'] === 'string' ? body['detail'] : 'no decision';
    return { verdict: 'not_decided', reasons: [], consequences: [], detail };
  }
  return {
    verdict: body['verdict'],
    reasons: list(body['reasons']) as readonly AnswerReason[],
    consequences: list(body['consequences']) as Answer['consequences'],
    ...(isPlainObject(body['receipt'])
      ? { receipt: body['receipt'] as unknown as NonNullable<Answer['receipt']> }
      : {}),
    ...(isPlainObject(body['outcome'])
      ? { outcome: body['outcome'] as unknown as NonNullable<Answer['outcome']> }
      : {}),
  };
};

/** Reads a tool result's structured content. */
export const answerOfTool = (content: unknown): Answer => {
  if (!isPlainObject(content))
    return { verdict: 'not_decided', reasons: [], consequences: [], detail: 'no structured answer' };
  const { outcome, status, result, receipt, outcomeReceipt } = content;
  const base = {
    reasons: list(content['reasons']) as readonly AnswerReason[],
    consequences: list(content['consequences']) as Answer['consequences'],
    ...(isPlainObject(receipt) ? { receipt: receipt as unknown as NonNullable<Answer['receipt']> } : {}),
  };
  if (outcome === 'approved') {
    const ended = {
      status: String(status ?? 'success'),
      result,
      ...(isPlainObject(outcomeReceipt)
        ? { receipt: outcomeReceipt as unknown as NonNullable<Answer['receipt']> }
        : {}),
    };
    return { verdict: 'approve', ...base, ...(status === undefined ? {} : { outcome: ended }) };
  }
  if (outcome === 'refused' || outcome === 'invalid') return { verdict: 'refuse', ...base };
  return { verdict: 'not_decided', ...base, detail: String(content['detail'] ?? content['why'] ?? 'not decided') };
};
const list = (x: unknown): readonly unknown[] => (Array.isArray(x) ? x : []);
