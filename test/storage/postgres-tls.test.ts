/** A PostgreSQL whose certificate nobody vouches for is not spoken to: said in one line, with what to do. No server is needed for that. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { openPostgresStore } from '@tai-autonomics/adapter-storage/postgres';
import { expect, onTestFinished, test } from 'vitest';
import { scratch } from '../cli/scratch.ts';
import { needs } from '../outside-tools.ts';

test.for([
  {
    note: 'a certificate that nobody vouches for',
    more: '',
    says: 'its certificate is not accepted; name the authority',
  },
  { note: 'a certificate of another host', more: '&sslrootcert=cert.pem', says: 'or mend the host name' },
])('$note: the store is not opened, and the role is not even named to it', async ({ more, says }, context) => {
  needs(context, 'openssl');
  const dir = scratch();
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=db.example.com', '-addext', 'subjectAltName=DNS:db.example.com'];
  const made = spawnSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
      ...subject,
    ],
    { encoding: 'utf8' },
  );
  expect(made.status, made.stderr).toBe(0);
  const heard: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    // The request for TLS (postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL); S: go on.
    socket.once('data', () => {
      socket.write('S');
      const tls = new TLSSocket(socket, { isServer: true, key: readFileSync(key), cert: readFileSync(cert) });
      tls.on('data', (bytes) => heard.push(bytes));
      tls.on('error', () => undefined);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `postgres://tai_app@127.0.0.1:${port}/tai?sslmode=verify-full${more.replace('cert.pem', cert)}`;
  const opened = await openPostgresStore(url, { answerWithinMs: 20_000 });
  expect(opened).toMatchObject({ left: { fault: 'unavailable', outcome: 'not_written' } });
  const detail = 'left' in opened ? opened.left.detail : '';
  expect(detail).toContain(`postgres://tai_app@127.0.0.1:${port}/tai: `);
  expect(detail).toContain(says);
  expect(Buffer.concat(heard).includes('tai_app')).toBe(false);
});
