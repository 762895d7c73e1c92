/**
 * `GET /v1/events`: a tenant's receipts as they are written, as server-sent events, each a CloudEvent. A stream that broke goes on with
 * `Last-Event-ID`. It ends when the credential no longer counts, or sees less than it did.
 */

import { readSignalReceipt } from '@tai-autonomics/governor/door';
import { answerWith } from '../answer/answer.ts';
import { notDecidedProblem } from '../answer/not-decided.ts';
import { type Problem, problemResponse } from '../answer/problem.ts';
import { writeEvent } from '../events/event-json.ts';
import { receiptEvent } from '../events/receipt-event.ts';
import { type Route, tenantRoute } from '../interface/route.ts';
import type { ReceiptFeed } from '../options.ts';
import { utf8 } from '../request/bytes.ts';
import { type Header, optional, textShape } from '../schema/shape.ts';
import { openStreams, type Reading, stillCounts, whileItCounts } from './open-streams.ts';
import { READ_PROBLEMS, readRecorded } from './recorded-read.ts';

const PLACE = /^\d{1,15}$/;

const LAST_EVENT_ID: Header = {
  name: 'Last-Event-ID',
  description: 'the place of the last receipt that came: the stream goes on behind it',
  schema: { type: 'string', pattern: PLACE.source },
};

/** Streams that one tenant may have open at one governor, and one key of it: no key takes all of them. */
const STREAMS_MAX = 16;
const STREAMS_OF_KEY_MAX = 8;
const streams = openStreams(STREAMS_MAX, STREAMS_OF_KEY_MAX);

/** Opening it is recorded, as every read; what comes then is not recorded one by one. */
export const streamReceipts: Route = tenantRoute(
  {
    operationId: 'streamReceipts',
    means: 'streams receipts as they are written',
    summary:
      'Streams receipts as CloudEvents, from now on or from a place: the caller’s own, or all for an owner and an auditor',
    query: { from: optional(textShape('a whole number', PLACE, 'the first receipt; from now on where absent')) },
    headers: [LAST_EVENT_ID],
    success: { status: 200, means: 'a stream that has no end', body: 'events' },
    stepUp: 'Decided',
    problems: [...READ_PROBLEMS, 'not_found'],
  },
  async (door, credential, { request, query }) => {
    const { feed, governor } = door;
    if (feed === undefined) return problemResponse(noFeed);
    const last = request.headers.get('last-event-id');
    if (last !== null && !PLACE.test(last)) return problemResponse(noPlace);
    if (streams.isFull(governor, credential)) return problemResponse(tooMany);
    const head = await governor.head(credential.tenant);
    if (head._tag === 'Left') return problemResponse(notDecidedProblem(head.left));
    const now = head.right?.size ?? 0;
    const from = Math.min(now, last === null ? Number(query['from'] ?? now) : Number(last) + 1);
    const found = await readRecorded(door, credential, request, 'list_receipts', { cursor: from, limit: 1 });
    if (found instanceof Response) return found;
    const stream: Stream = { door, feed, request, credential, from, seesAll: found.result['shown'] === 'all' };
    return answerWith('events', 200, bytesOf(stream));
  },
);

const noFeed: Problem = { problem: 'not_found', detail: 'this deployment streams no receipts' };
const noPlace: Problem = { problem: 'malformed', detail: 'Last-Event-ID is the place of a receipt' };
const tooMany: Problem = {
  problem: 'overloaded',
  detail: `a tenant has at most ${STREAMS_MAX} streams open at once, and a key ${STREAMS_OF_KEY_MAX} of them`,
  headers: { 'retry-after': '15' },
};

interface Stream extends Reading {
  readonly feed: ReceiptFeed;
  readonly from: number;
}

/**
 * Nothing is read ahead of whoever reads; nothing is held that nobody began to read. It ends with its credential, whether or not there
 * is something to send, and whether or not anybody reads on.
 */
const bytesOf = (stream: Stream): ReadableStream<Uint8Array> => {
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, stream.request.signal]);
  let lines: AsyncGenerator<string> | undefined;
  let stopLooking = (): void => {};
  const leave = async (): Promise<void> => {
    stopLooking();
    gone.abort();
    await lines?.return(undefined);
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (lines === undefined) {
          lines = counted(stream, signal);
          stopLooking = whileItCounts(stream, () => {
            if (!gone.signal.aborted) controller.close();
            void leave();
          });
        }
        const next = await lines.next().catch(() => undefined);
        if (gone.signal.aborted) return;
        if (next !== undefined && next.done !== true) return controller.enqueue(utf8(next.value));
        controller.close();
        await leave();
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
};

async function* counted(stream: Stream, signal: AbortSignal): AsyncGenerator<string> {
  // Others may have been opened since it was let in.
  const leave = streams.enter(stream.door.governor, stream.credential);
  if (leave === undefined) return;
  const waker = createWaker(stream, signal);
  try {
    yield* linesOf(stream, waker, signal);
  } finally {
    waker.stop();
    leave();
  }
}

/** Receipts that are read at once. */
const CHUNK = 64;
/** How long a client waits before it comes again. */
const RETRY_MS = 3_000;

async function* linesOf(stream: Stream, waker: Waker, signal: AbortSignal): AsyncGenerator<string> {
  const { door, feed, credential } = stream;
  const own = door.governor.refOf(credential.tenant, credential.subject);
  let next = stream.from;
  yield `retry: ${RETRY_MS}\n\n`;
  while (!signal.aborted && (await stillCounts(stream))) {
    const head = await door.governor.head(credential.tenant);
    const size = head._tag === 'Right' ? (head.right?.size ?? 0) : next;
    const to = Math.min(size, next + CHUNK);
    for await (const row of next < to ? feed.read(credential.tenant, next, to) : []) {
      if (signal.aborted || row._tag === 'Left') return;
      const receipt = readSignalReceipt(row.right);
      // It was changed in the store: whoever follows is told nothing rather than that.
      if (receipt._tag === 'Left') return;
      if (stream.seesAll || receipt.right.subject === own) {
        const event = JSON.stringify(writeEvent(receiptEvent(receipt.right, row.right)));
        yield `id: ${receipt.right.seq}\ndata: ${event}\n\n`;
        waker.said();
      }
      next = receipt.right.seq + 1;
    }
    if (next >= size) await waker.next();
    // There may be more, and all of it somebody else's: whoever reads hears something all the same.
    if (!waker.isQuiet) continue;
    // An id without data moves the place from which a client goes on, and no event comes of it.
    yield next > 0 ? `: keep-alive\nid: ${next - 1}\n\n` : ': keep-alive\n\n';
    waker.said();
  }
}

interface Waker {
  /** Resolves when receipts were written since the last time, when a sign of life is due, or at the end. */
  next(): Promise<void>;
  /** A sign of life is due: nothing was said for so long. */
  readonly isQuiet: boolean;
  said(): void;
  stop(): void;
}

const KEEP_ALIVE_MS = 15_000;

const createWaker = ({ door, feed, credential }: Stream, signal: AbortSignal): Waker => {
  let isNew = false;
  let isQuiet = false;
  let wake = (): void => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const said = (): void => {
    clearTimeout(timer);
    isQuiet = false;
    timer = setTimeout(() => {
      isQuiet = true;
      wake();
    }, feed.keepAliveMs ?? KEEP_ALIVE_MS);
  };
  said();
  const stop = door.governor.onRecorded(credential.tenant, () => {
    isNew = true;
    wake();
  });
  const ended = (): void => wake();
  signal.addEventListener('abort', ended);
  return {
    next: async () => {
      if (!isNew && !isQuiet && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      isNew = false;
    },
    get isQuiet() {
      return isQuiet;
    },
    said,
    stop: () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', ended);
    },
  };
};
