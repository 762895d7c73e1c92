/** Sends one message to a receiver, at an address that it may have, and says what became of it. What a receiver says is not read. */
import { lookup as resolveName } from 'node:dns';
import { Agent as HttpAgent, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { either as E } from 'fp-ts';

/** What is sent. */
export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/**
 * `taken`: 2xx. `gone`: 410. `refused`: it answers otherwise, and may take the next one. `away`: it can't be reached, or asks
 * for less; nothing else is sent to it now. `stopped`: nobody knows, since the sender ends.
 */
export type Posted =
  | { readonly posted: 'taken' | 'gone' | 'stopped' }
  | { readonly posted: 'refused' | 'away'; readonly why: string; readonly retryAfterMs: number };

/** Sends to one receiver, over connections that are kept. */
export interface Poster {
  post(message: Post, stopped: AbortSignal): Promise<Posted>;
  /** Ends the connections that are kept. */
  close(): void;
}

/**
 * A poster for a URL. Beside public addresses the receiver may have those of `ranges` (`10.1.0.0/16`); this machine's, if the URL itself names
 * it. The address is looked at when it is connected to, so a name that changes its mind in between gains nothing.
 */
export const createPoster = (url: string, ranges: readonly string[], timeoutMs: number = TIMEOUT_MS): Poster => {
  const target = new URL(url);
  const mayBe = addressRule(target, ranges);
  const isSecure = target.protocol === 'https:';
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const literal = target.hostname.replace(/^\[(.*)\]$/, '$1');
  const post: Poster['post'] = (message, stopped) => {
    // What is no name is not looked up.
    if (isIP(literal) !== 0 && !mayBe(literal)) return Promise.resolve(away(ELSEWHERE));
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]);
    const body = typeof message.body === 'string' ? Buffer.from(message.body) : message.body;
    const headers = { ...message.headers, 'content-length': String(body.length), 'user-agent': 'tai-autonomics' };
    const options: RequestOptions = { method: 'POST', agent, headers, signal, lookup: guarded(mayBe) };
    return new Promise((resolve) => {
      const request = (isSecure ? requestHttps : requestHttp)(target, options, (response) => {
        let left = BODY_MAX;
        response.on('data', (part: Buffer) => {
          left -= part.length;
          if (left < 0) response.destroy();
        });
        response.on('error', () => {});
        resolve(postedOf(response.statusCode ?? 0, response.headers['retry-after']));
      });
      let isReached = false;
      request.on('socket', (socket) => {
        isReached = !socket.connecting;
        socket.once(isSecure ? 'secureConnect' : 'connect', () => {
          isReached = true;
        });
      });
      const silent = (): Posted => {
        if (!isReached) return away(UNREACHED);
        return away(signal.aborted ? `no answer came within ${timeoutMs / 1_000} seconds` : HUNG_UP);
      };
      request.on('error', ({ message: why, code }: NodeJS.ErrnoException) => {
        // A connection that was kept may have been closed at the other end just now: a new one says whether anybody is there.
        if (request.reusedSocket && code === 'ECONNRESET' && !signal.aborted) return resolve(post(message, stopped));
        return resolve(stopped.aborted ? { posted: 'stopped' } : why === ELSEWHERE ? away(why) : silent());
      });
      // An answer that changes the protocol is no response.
      request.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve(away(`it answers ${response.statusCode}`));
      });
      request.on('close', () => resolve(stopped.aborted ? { posted: 'stopped' } : silent()));
      request.end(body);
    });
  };
  return { post, close: () => agent.destroy() };
};

/** Whether a text is a range of addresses: `10.1.0.0/16`, `fd00::/8`, or one address. */
export const isAddressRange = (text: string): boolean => E.isRight(rangeOf(text));

const TIMEOUT_MS = 20_000;
/** More of an answer than this is not waited for. */
const BODY_MAX = 65_536;
const ELSEWHERE = 'its address is none that messages may be sent to (see `addresses`)';
const UNREACHED = 'it cannot be reached';
const HUNG_UP = 'it ended the connection without an answer';
const DAY_MS = 86_400_000;
/** Those that ask for less, and gateways whose server is away (Standard Webhooks, "Delivery success and failure"). */
const BUSY: readonly number[] = [429, 502, 503, 504];

const away = (why: string, retryAfterMs = 0): Posted => ({ posted: 'away', why, retryAfterMs });

const postedOf = (status: number, retryAfter: string | undefined): Posted => {
  if (status >= 200 && status < 300) return { posted: 'taken' };
  if (status === 410) return { posted: 'gone' };
  const why = `it answers ${status}`;
  const retryAfterMs = waitOf(retryAfter);
  return BUSY.includes(status) ? away(why, retryAfterMs) : { posted: 'refused', why, retryAfterMs };
};

/** `Retry-After`, seconds or a date (RFC 9110 section 10.2.3), at most a day; 0 for anything else. */
const waitOf = (header: string | undefined): number => {
  if (header === undefined) return 0;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(DAY_MS, Math.max(0, ms)) : 0;
};

/** What no public host has (the special-purpose registries of IANA, RFC 6890): private, shared, link-local, reserved, multicast. */
const NOT_PUBLIC = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

type Family = 'ipv4' | 'ipv6';

const familyOf = (address: string): Family => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

const rangeOf = (text: string): E.Either<undefined, readonly [string, number, Family]> => {
  const [address = '', bits] = text.split('/', 2);
  if (isIP(address) === 0 || text.split('/').length > 2) return E.left(undefined);
  const family = familyOf(address);
  const most = family === 'ipv4' ? 32 : 128;
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  return length >= 0 && length <= most ? E.right([address, length, family]) : E.left(undefined);
};

const listOf = (ranges: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const range of ranges) {
    const read = rangeOf(range);
    if (E.isRight(read)) list.addSubnet(...read.right);
  }
  return list;
};

const notPublic = listOf(NOT_PUBLIC);
const LOOPBACK = ['127.0.0.0/8', '::1'];
const NAMES_LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

/** Which addresses a receiver may have. An IPv4 address in an IPv6 one is judged as what it is. */
const addressRule = ({ hostname }: URL, ranges: readonly string[]): ((address: string) => boolean) => {
  const allowed = listOf([...ranges, ...(NAMES_LOOPBACK.test(hostname) ? LOOPBACK : [])]);
  return (address) => {
    const family = familyOf(address);
    return allowed.check(address, family) || !notPublic.check(address, family);
  };
};

const guarded =
  (mayBe: (address: string) => boolean): LookupFunction =>
  (hostname, options, answer) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return answer(error, '', 0);
      const [first, ...others] = addresses.filter(({ address }) => mayBe(address));
      if (first === undefined) return answer(new Error(ELSEWHERE), '', 0);
      return options.all === true ? answer(null, [first, ...others]) : answer(null, first.address, first.family);
    });
  };
