/** AWS’s Entitlement Service over loopback: what customers have, page by page, asked with a signature. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from './fake-google.ts';

export const PRODUCT = 'a1b2c3prod';
export const ACCOUNT = '123456789012';

export interface FakeAws {
  readonly endpoint: string;
  readonly entitlements: Json[];
  /** The headers and bodies of what was asked. */
  readonly asked: { readonly headers: Json; readonly body: Json }[];
  /** Answers with this status instead. */
  status: number;
  close(): Promise<void>;
}

export const entitled = (dimension: string, more: Json = {}): Json => ({
  ProductCode: PRODUCT,
  Dimension: dimension,
  CustomerIdentifier: 'ifAPi5AcF3',
  CustomerAWSAccountId: ACCOUNT,
  Value: { IntegerValue: 1 },
  ExpirationDate: Date.parse('2027-11-21T08:00:00Z') / 1_000,
  ...more,
});

export const serveAws = async (): Promise<FakeAws> => {
  const fake = { entitlements: [] as Json[], asked: [] as FakeAws['asked'], status: 200 };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text);
    fake.asked.push({ headers: request.headers, body });
    const all = fake.entitlements.filter(({ ProductCode }) => ProductCode === body.ProductCode);
    const from = Number(body.NextToken ?? 0);
    const next = from + 2 < all.length ? { NextToken: String(from + 2) } : {};
    response.writeHead(fake.status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(
      JSON.stringify(
        fake.status === 200 ? { Entitlements: all.slice(from, from + 2), ...next } : { __type: 'ThrottlingException' },
      ),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(fake, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
};
