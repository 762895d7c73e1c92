/** Requests whose body was looked at before anything reads it. */
import { messageFault } from './strict-message.ts';

/** The same request once its body is known to be a message; else the answer that says why it is none. */
export const strictRequest = async (request: Request, maxBytes: number): Promise<Request | Response> => {
  if (request.method !== 'POST' || request.body === null) return request;
  const body = await readUpTo(request.body, maxBytes);
  if (body === undefined)
    return Response.json(
      {
        jsonrpc: '2.0',
        id: null,
        error: { code: -32_600, message: `Invalid Request: a body of more than ${maxBytes} bytes` },
      },
      { status: 413 },
    );
  const fault = messageFault(body, maxBytes);
  if (fault !== undefined) return Response.json(fault, { status: 400 });
  const { url, method, headers, signal } = request;
  return new Request(url, { method, headers, signal, body });
};

const readUpTo = async (
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    size += chunk.value.length;
    if (size > maxBytes) {
      await reader.cancel().catch(() => {});
      return undefined;
    }
    parts.push(chunk.value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
