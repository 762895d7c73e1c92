/** A receiver of webhooks: it verifies the signature over the bytes that came, takes no message twice, and answers fast. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyWebhook, webhookHeaders } from '@tai-autonomics/adapter-http/events';

// The file that config.json names as `secret`: here one that both know, and a `whpk_…` works as well.
const keys = ['whsec_c29tZS1zZWNyZXQtb2YtdGhpcnR5LXR3by1ieXRlcyE='];
const seen = new Set<string>();

const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > 1_048_576) return void response.writeHead(413).end();
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  // Verify first, parse afterwards: JSON that is written anew has other bytes.
  const id = verifyWebhook(new Headers(request.headers as Record<string, string>), body, keys, Date.now());
  if (id._tag === 'Left') {
    console.log(`refused: ${id.left}`);
    return void response.writeHead(401).end();
  }
  // A message comes at least once. In a service of yours the ids are in its database, beside what they caused.
  if (!seen.has(id.right)) {
    seen.add(id.right);
    const { type, data } = JSON.parse(body.toString('utf8'));
    console.log(`${type}: receipt ${data.seq} of ${data.tenant}`);
  }
  response.writeHead(204).end();
});

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

// What `tai serve` sends. Below it comes twice, then changed on its way, then long after it was signed.
const body = JSON.stringify({ type: 'rollback_refused', data: { tenant: 'acme', seq: 7, leaf: 'bGVhZg' } });
const send = async (sent: string, atMs: number): Promise<void> => {
  const headers = webhookHeaders({ id: 'msg_bGVhZg', body }, keys, atMs);
  const { status } = await fetch(url, { method: 'POST', headers, body: sent });
  console.log(`answered ${status}`);
};
await send(body, Date.now());
await send(body, Date.now());
await send(body.replace('7', '8'), Date.now());
await send(body, Date.now() - 3_600_000);
server.close();
server.closeAllConnections();
