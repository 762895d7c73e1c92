/** Requests whose body was looked at before anything reads it. */
import { readWithin } from '@tai-autonomics/governor/json';
import { messageFault } from './strict-message.ts';

/** The same request once its body is known to be a message; else the answer that says why it is none. */
export const strictRequest = async (request: Request, maxBytes: number): Promise<Request | Response> => {
  if (request.method !== 'POST' || request.body === null) return request;
  const body = await readWithin(request.body, maxBytes);
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
