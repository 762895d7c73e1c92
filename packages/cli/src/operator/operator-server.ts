/** The listener of the operator's door: another address than the doors of tenants, so that a network can tell them apart. */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createThrottle, rateLimitHeaders } from '@tai-autonomics/adapter-http';
import { createOperatorDoor, type OperatedMarketplaces } from '@tai-autonomics/adapter-http/operator';
import { openOperatorKeys, verifyOperatorKey } from '@tai-autonomics/governor/keys';
import { systemClock, systemRandom } from '@tai-autonomics/governor/node';
import { bearerOf } from '@tai-autonomics/governor/tokens';
import { either as E } from 'fp-ts';
import { keepListening } from '../deployment/keep-listening.ts';
import { soundServer } from '../deployment/sound-server.ts';
import { compressed } from '../deployment/storage/compressed.ts';
import type { LocalDeployment } from '../local/local-deployment.ts';
import { operatedDeployment } from './operated-deployment.ts';

/** Where the operator's door listens. */
export interface OperatorPlace {
  readonly hostname: string;
  /** 0: any free port. */
  readonly port: number;
}

/** An open door. */
export interface OperatorServer {
  readonly url: string;
  /** Takes no new connection; what came is answered, for `mostMs` at most. */
  close(mostMs: number): Promise<void>;
}

/** The file of a deployment in which operators' keys stand. */
export const operatorKeysPath = (dir: string): string => join(dir, 'operators.json');

/** Requests a second that one key may ask. */
const PER_KEY = 20;
const BURST_MS = 5_000;

/** Opens the operator's door. Left: why it can't be opened. */
export const startOperatorServer = async (
  local: LocalDeployment,
  { hostname, port }: OperatorPlace,
  say: (line: string) => void,
  marketplaces?: OperatedMarketplaces,
): Promise<E.Either<string, OperatorServer>> => {
  const keys = await openOperatorKeys(operatorKeysPath(local.dir), (lines) => lines.forEach(say));
  if (E.isLeft(keys)) return E.left(keys.left.join('; '));
  const door = createOperatorDoor({
    governor: local.governor,
    keys: keys.right,
    deployment: operatedDeployment(local, marketplaces),
    random: systemRandom,
    clock: systemClock,
    onFault: ({ method, route }) => say(`the operator’s door: ${method} ${route} was not answered`),
  });
  const throttle = createThrottle(() => ({ get: () => PER_KEY }), systemClock, BURST_MS);
  // Only a key that is right is counted: nobody uses up what an operator may ask.
  const limited = async (request: Request): Promise<Response> => {
    const key = await verifyOperatorKey(keys.right, bearerOf(request.headers));
    if (E.isLeft(key)) return door.fetch(request);
    const answered = await throttle.before(key.right.keyId, door.fetch)(request);
    const left = await throttle.standing(key.right.keyId);
    for (const [name, value] of Object.entries(rateLimitHeaders(left === undefined ? [] : [['key', left]])))
      answered.headers.set(name, value);
    return answered;
  };
  const answer = async (request: Request): Promise<Response> => compressed(request, await limited(request));
  return listen(answer, hostname, port);
};

const listen = (
  answer: (request: Request) => Promise<Response>,
  hostname: string,
  port: number,
): Promise<E.Either<string, OperatorServer>> =>
  new Promise((resolve) => {
    const server = soundServer(answer, hostname);
    const refused = (error: Error): void => resolve(E.left(error.message));
    server.once('error', refused);
    server.listen(port, hostname, () => {
      server.off('error', refused);
      const { port: own } = server.address() as AddressInfo;
      const leave = keepListening(server, 'the operator’s door', () => server.listen(own, hostname));
      resolve(
        E.right({
          url: `http://${hostname}:${own}`,
          close: async (mostMs) => {
            leave();
            const closed = new Promise<void>((done) => server.close(() => done()));
            await Promise.race([closed, pause(mostMs, undefined, { ref: false })]);
            server.closeAllConnections();
          },
        }),
      );
    });
  });
