/** Answers that may go on for hours. */

const read = (body: ReadableStream<Uint8Array>, done: () => void): ReadableStream<Uint8Array> => {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
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

/** Calls `done` once the answer is over: now if it is whole, else when its stream ends or its client goes away. */
export const whenOver = (request: Request, response: Response, done: () => void): Response => {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isStream || response.body === null) {
    done();
    return response;
  }
  request.signal.addEventListener('abort', done, { once: true });
  const { status, headers } = response;
  return new Response(read(response.body, done), { status, headers });
};
