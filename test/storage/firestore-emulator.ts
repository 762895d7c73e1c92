/**
 * An emulator of Firestore that others wrote, and the client of Google, both of `npm run servers`: what goes over the wire is real. The
 * emulator isolates no transactions and ignores update times: what depends on them is tested with our fake.
 */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { FirestoreClient } from '@tai-autonomics/adapter-storage/firestore';

export interface FirestoreEmulator {
  /** Which one, for a person. */
  readonly name: string;
  /** A client of an empty database. */
  client(): FirestoreClient;
  /** Where it listens. */
  readonly host: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export const NO_EMULATOR = 'no emulator of Firestore beside the tests: run `npm run servers`';

const folder = fileURLToPath(new URL('../../tools/firestore/', import.meta.url));

/** Starts the emulator, if it is installed. */
export const startedEmulator = async (): Promise<FirestoreEmulator | undefined> => {
  if (!existsSync(`${folder}node_modules/@firestore-emulator/server`)) return undefined;
  // The client would look on the network for a machine of Google's.
  process.env['METADATA_SERVER_DETECTION'] ??= 'none';
  const require = createRequire(`${folder}package.json`);
  const { FirestoreServer } = require('@firestore-emulator/server') as Emulator;
  const { Firestore } = require('@google-cloud/firestore') as Sdk;
  const version = (of: string): string =>
    (JSON.parse(readFileSync(`${folder}node_modules/${of}/package.json`, 'utf8')) as { readonly version: string })
      .version;
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  let server = new FirestoreServer();
  await server.start(port);
  let databases = 0;
  return {
    name: `Firestore by @firestore-emulator/server ${version('@firestore-emulator/server')}, client ${version('@google-cloud/firestore')}`,
    host,
    client: () => atEmulator(host, () => new Firestore({ projectId: `tests-${++databases}` })),
    stop: () => server.stop(),
    start: async () => {
      server = new FirestoreServer();
      await server.start(port);
    },
  };
};

/** Google’s client goes to the emulator that the environment names when it is made. */
const atEmulator = <A>(host: string, make: () => A): A => {
  const before = process.env[VARIABLE];
  process.env[VARIABLE] = host;
  try {
    return make();
  } finally {
    if (before === undefined) delete process.env[VARIABLE];
    else process.env[VARIABLE] = before;
  }
};

const VARIABLE = 'FIRESTORE_EMULATOR_HOST';

interface Emulator {
  readonly FirestoreServer: new () => { start(port: number): Promise<void>; stop(): Promise<void> };
}

interface Sdk {
  readonly Firestore: new (settings: { readonly projectId: string }) => FirestoreClient;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};
