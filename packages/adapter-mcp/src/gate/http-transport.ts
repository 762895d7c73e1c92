/** The way to somebody else's server over Streamable HTTP, bounded in what it says. */
import { StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';

/** How a server over HTTP is reached. */
export interface HttpTransportOptions {
  /** Sent with each request, to this origin alone: a redirect elsewhere is not followed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A message that is longer ends its stream; 4 MiB where absent. */
  readonly messageBytesMax?: number;
}

const MESSAGE_BYTES_MAX = 4_194_304;

/** A new way to the server at an address. */
export const httpTransport = (
  url: URL,
  { headers = {}, messageBytesMax = MESSAGE_BYTES_MAX }: HttpTransportOptions = {},
): Transport => {
  /** As over standard streams: whoever waits for an answer is told at once that none comes. */
  const tooLong = (): Error => {
    void transport.close();
    return new Error(`the server sent a message of more than ${messageBytesMax} bytes`);
  };
  const transport = new StreamableHTTPClientTransport(url, {
    requestInit: { headers: { ...headers } },
    redirectPolicy: 'same-origin',
    fetch: async (input, init) => bounded(await fetch(input, init), { most: messageBytesMax, tooLong }),
  });
  return transport;
};

/** How long a message may be, and what to do about one that is longer. */
interface Bound {
  readonly most: number;
  readonly tooLong: () => Error;
}

/** The same answer, whose body breaks off where one message of it is too long. */
const bounded = (response: Response, bound: Bound): Response => {
  const { body, status, statusText, headers } = response;
  if (body === null) return response;
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const whole = new Response(body.pipeThrough(isStream ? eachEvent(bound) : inAll(bound)), {
    status,
    statusText,
    headers,
  });
  // Where it came from is what tells a redirect that was followed.
  Object.defineProperty(whole, 'url', { value: response.url });
  return whole;
};

type Limiter = TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>;

const inAll = ({ most, tooLong }: Bound): Limiter => {
  let size = 0;
  return new TransformStream({
    transform: (chunk, controller) => {
      size += chunk.length;
      if (size > most) controller.error(tooLong());
      else controller.enqueue(chunk.slice());
    },
  });
};

const [LF, CR] = [10, 13];

/** An event ends with an empty line; lines end with LF, CR or both. */
const eachEvent = ({ most, tooLong }: Bound): Limiter => {
  let size = 0;
  let line = 0;
  let before = 0;
  return new TransformStream({
    transform: (chunk, controller) => {
      for (const byte of chunk) {
        size += 1;
        if (byte !== LF && byte !== CR) line += 1;
        else if (!(byte === LF && before === CR)) {
          if (line === 0) size = 0;
          line = 0;
        }
        before = byte;
        if (size > most) return controller.error(tooLong());
      }
      controller.enqueue(chunk.slice());
    },
  });
};
