/**
 * The door of a deployment for the other commands of this machine: HTTP on a Unix socket of mode 0600. It stands open
 * while a process holds the ledger for long, as `tai serve` and `tai mcp` do.
 */
import { timingSafeEqual } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { keepListening } from '../deployment/keep-listening.ts';
import { CALLS, EVENTS, type EventName, isCallName, isEventName } from './calls.ts';
import type { LocalDeployment } from './local-deployment.ts';
import { announcePlace, freePlace, PROTOCOL, type SocketPlace, withdrawPlace } from './socket-place.ts';
import { text } from './wire.ts';

/** An open door. Close it before the deployment: what was asked is still answered. */
export interface SocketDoor {
  close(): Promise<void>;
}

/** Room for the largest intent, and its escapes. */
const BODY_BYTES_MAX = 1_048_576;
const DEPTH_MAX = 64;
/** How long requests that came are waited for; then what they run is stopped, and its outcome recorded as unknown. */
export const DRAIN_MS = 20_000;

/** Opens the door of a deployment that this process holds. Left: why not; then this process alone can ask it. */
export const openSocketDoor = async (deployment: LocalDeployment): Promise<E.Either<string, SocketDoor>> => {
  const { dir } = deployment;
  const token = text(systemRandom(32));
  const ending = new AbortController();
  const server = createServer((request, response) => {
    answer(deployment, token, ending.signal, request, response).catch(() => response.destroy());
  });
  try {
    const socket = await freePlace(dir);
    const place: SocketPlace = { protocol: PROTOCOL, socket, token, pid: process.pid };
    await listen(server, socket);
    const leave = keepListening(server, 'the local socket', () => {
      server.listen(socket, () => void chmod(socket, 0o600).catch(() => server.close()));
    });
    // Between the two lines above and this one nobody knows the token.
    await chmod(socket, 0o600);
    const announced = await announcePlace(dir, place);
    let closing: Promise<void> | undefined;
    if (E.isRight(announced)) return E.right({ close: () => (closing ??= close(server, ending, dir, place, leave)) });
    await close(server, ending, dir, place, leave);
    return announced;
  } catch (thrown) {
    return E.left(`${dir}: no socket can be opened: ${thrown instanceof Error ? thrown.message : 'unknown'}`);
  }
};

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });

const close = async (
  server: Server,
  ending: AbortController,
  dir: string,
  place: SocketPlace,
  leave: () => void,
): Promise<void> => {
  leave();
  ending.abort();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await withdrawPlace(dir, place);
  // What takes longer is ended by the governor, which closes next, and answered then.
  await Promise.race([closed, pause(DRAIN_MS, undefined, { ref: false })]);
};

const isToken = (given: string | undefined, token: string): boolean => {
  const [own, theirs] = [Buffer.from(`Bearer ${token}`), Buffer.from(given ?? '')];
  return own.length === theirs.length && timingSafeEqual(own, theirs);
};

const answer = async (
  deployment: LocalDeployment,
  token: string,
  ending: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const say = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(body ?? null));
  };
  if (!isToken(request.headers.authorization, token)) return say(403, 'the token of socket.json is asked for');
  const name = (request.url ?? '').slice(1);
  const given = await bodyOf(request);
  if (given === undefined) return say(400, 'a list of arguments is asked for');
  const [first] = given;
  if (isEventName(name) && typeof first === 'string') return tell(deployment, name, first, ending, response);
  if (!isCallName(name)) return say(404, `there is no ${name.slice(0, 40)}`);
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  const called = CALLS[name](deployment, given, leaving.signal);
  return called === undefined ? say(400, `${name}: the arguments are not of their form`) : say(200, await called);
};

const bodyOf = async (request: IncomingMessage): Promise<readonly unknown[] | undefined> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_BYTES_MAX) return undefined;
    parts.push(part);
  }
  const limits = { comments: false, maxBytes: BODY_BYTES_MAX, maxDepth: DEPTH_MAX };
  const parsed = parseStrictJson(Buffer.concat(parts), limits);
  return E.isRight(parsed) && Array.isArray(parsed.right.value) ? parsed.right.value : undefined;
};

/** A line for each event of a tenant, until either side has enough. */
const tell = (
  { governor }: LocalDeployment,
  name: EventName,
  tenant: string,
  ending: AbortSignal,
  response: ServerResponse,
): void => {
  response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' });
  response.flushHeaders();
  const stop = governor[EVENTS[name]](tenant, () => void response.write('\n'));
  const end = (): void => void response.end();
  ending.addEventListener('abort', end, { once: true });
  response.once('close', () => {
    stop();
    ending.removeEventListener('abort', end);
  });
};
