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
  if (request.signal.aborted) done();
  request.signal.addEventListener('abort', done, { once: true });
  const { status, headers } = response;
  return new Response(read(response.body as Bytes, done, until), { status, headers });
};

/**
 * An answer to a POST as plain JSON where its stream has nothing but the answer; as it is where something is said before that.
 * It waits for the first event: until then there is nothing to tell, and a client that goes away is not waited for.
 */
export const whole = async ({ signal }: Request, response: Response): Promise<Response> => {
  if (!isStream(response) || response.body === null) return response;
  const { status, headers } = response;
  const reader = (response.body as Bytes).getReader();
  const leave = (): void => void reader.cancel().catch(() => {});
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  const first = await reader.read();
  const data = first.done ? undefined : answerIn(new TextDecoder().decode(first.value));
  const second = data === undefined ? undefined : await reader.read();
  signal.removeEventListener('abort', leave);
  if (data !== undefined && second?.done === true) {
    const named = new Headers(headers);
    named.set('content-type', 'application/json');
    return new Response(data, { status, headers: named });
  }
  const begun = [first, second].flatMap((chunk) => (chunk?.value === undefined ? [] : [chunk.value]));
  const rest = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: async (controller) => {
      const chunk = begun.length > 0 ? { done: false, value: begun.shift() } : await reader.read();
      if (chunk.value === undefined) controller.close();
      else controller.enqueue(chunk.value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(rest, { status, headers });
};

const EVENT = /^event: message\ndata: (.*)\n\n$/;

/** The answer in an event; `undefined` for one that says something else. */
const answerIn = (event: string): string | undefined => {
  const [, data] = EVENT.exec(event) ?? [];
  if (data === undefined) return undefined;
  const message = JSON.parse(data) as object;
  return Object.hasOwn(message, 'result') || Object.hasOwn(message, 'error') ? data : undefined;
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
