/** What the executor and the process that it starts say to each other: one call, at most one abort, one reply. */
import { own } from '@tai-autonomics/core/receipt';
import type { HandlerCall } from '../ports.ts';
import type { Usage } from './process-usage.ts';

/** The call, as it crosses to the child: all of a `HandlerCall` but its signal, which the child makes. */
export interface CallMessage {
  readonly kind: 'call';
  readonly module: string;
  readonly export: string;
  readonly call: Omit<HandlerCall, 'signal'>;
  readonly resultBytesMax: number;
  /** Process id of the governor, without which the child doesn't go on. */
  readonly governor: number;
}

/** The host is closing: the handler's signal aborts, and soon after the group is killed. */
export interface AbortMessage {
  readonly kind: 'abort';
}

export type ToChild = CallMessage | AbortMessage;

/** `begun` is said just before the handler is called: without it, nothing was done. */
export type FromChild =
  | { readonly kind: 'begun' }
  | { readonly kind: 'result'; readonly result: unknown; readonly usage: Usage }
  | { readonly kind: 'failed'; readonly detail: string; readonly usage: Usage }
  | { readonly kind: 'unusable'; readonly detail: string; readonly usage: Usage };

const KINDS: ReadonlySet<unknown> = new Set(['begun', 'result', 'failed', 'unusable']);

/** Only the child's own bootstrap writes these, so the tag is enough; anything else is not ours and is passed over. */
export const isFromChild = (message: unknown): message is FromChild =>
  typeof message === 'object' && message !== null && KINDS.has(own(message as { readonly kind?: unknown }, 'kind'));
