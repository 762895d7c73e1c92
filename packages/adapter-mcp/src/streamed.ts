/** Answers that may go on for hours. */

type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

/** An SSE comment: it says nothing, and makes servers send the head of an answer that has nothing to say yet. */
const GREETING = new TextEncoder().encode(': open\n\n');

/** Whether an answer is a stream of events. */
export const isStream = ({ headers }: Response): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') === true;

/**
 * Calls `done` once the answer is over: now if it is whole, else when its stream ends or its client goes away. `until` ends a
 * stream before.
 */
export const whenOver = (request: Request, response: Response, done: () => void, until?: AbortSignal): Response => {
  if (!isStream(response) || response.body === null) {
    done();
    return response;
  }
  request.signal.addEventListener('abort', done, { once: true });
  const { status, headers } = response;
  return new Response(read(response.body as Bytes, done, until), { status, headers });
};

const read = (body: Bytes, done: () => void, until?: AbortSignal): Bytes => {
  const reader = body.getReader();
  return new ReadableStream({
    start: (controller) => {
      controller.enqueue(GREETING);
      // What is read is given up, so that the next pull finds the end.
      until?.addEventListener('abort', () => void reader.cancel().catch(() => {}), { once: true });
    },
    pull: async (controller) => {
      const chunk = await reader.read().catch((error: unknown) => {
        done();
        throw error;
      });
      if (chunk.done) {
        done();
        controller.close();
      } else controller.enqueue(chunk.value);
    },
    cancel: (reason) => {
      done();
      return reader.cancel(reason);
    },
  });
};
