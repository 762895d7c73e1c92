/** The way between a PostgreSQL store and its server: it passes on what is said, and cuts or holds it at a chosen message. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Trouble } from '@tai-autonomics/adapter-storage/conformance';
import { createStrikes } from './strikes.ts';

export interface Wire {
  /** The same database, over this way. */
  url(of: string): string;
  order(trouble: Trouble | undefined): void;
  readonly struck: () => boolean;
  close(): Promise<void>;
}

const HEADER = 5;

/** Calls `pass` with each whole message of PostgreSQL’s protocol, a type and a length, after the untyped first one of a client. */
const messages = (untyped: number, pass: (message: Buffer) => boolean): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0);
  let left = untyped;
  let open = true;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (open) {
      const header = left > 0 ? HEADER - 1 : HEADER;
      if (rest.length < header) return;
      const length = rest.readUInt32BE(header - 4) + header - 4;
      if (rest.length < length) return;
      open = pass(rest.subarray(0, length));
      rest = rest.subarray(length);
      left = Math.max(0, left - 1);
    }
  };
};

/** Listens on a socket of its own and connects on to the server’s. */
export const openWire = async (server: { readonly host: string; readonly port: number }): Promise<Wire> => {
  const folder = mkdtempSync(join(tmpdir(), 'tai-wire-'));
  const sockets = new Set<Socket>();
  const strikes = createStrikes();

  const listener = createServer((near) => {
    const far = server.host.startsWith('/')
      ? createConnection(join(server.host, `.s.PGSQL.${server.port}`))
      : createConnection(server.port, server.host);
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    const through = (towards: Trouble['towards'], to: Socket) => (message: Buffer) => {
      if (!strikes.meets(towards)) {
        to.write(message);
        return true;
      }
      // Half of it goes through, as when a line breaks.
      if (strikes.trouble?.how === 'cut') {
        to.write(message.subarray(0, message.length / 2));
        setImmediate(end);
      }
      return false;
    };
    near.on('data', messages(1, through('store', far)));
    far.on('data', messages(0, through('caller', near)));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
  });
  listener.listen(join(folder, '.s.PGSQL.5432'));
  await once(listener, 'listening');
  return {
    url: (of) => {
      const at = new URL(of.replace('@/', '@localhost/'));
      at.searchParams.set('host', folder);
      at.searchParams.delete('port');
      return at.href.replace('@localhost/', '@/');
    },
    order: (next) => {
      // What was cut or held stays so; others connect anew.
      if (strikes.struck) for (const socket of sockets) socket.destroy();
      strikes.order(next);
    },
    struck: () => strikes.struck,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
