/** Microsoft’s fulfilment API over loopback: subscriptions, operations, and what was answered. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from './fake-google.ts';
import { TOKEN } from './fake-google.ts';

export const SUBSCRIPTION = '37f9dea2-4345-438f-b0bd-03d40d28c7e0';
export const OPERATION = '74dfb4db-c193-4891-827d-eb05fbdc64b0';

export interface FakeAzure {
  readonly endpoint: string;
  readonly subscriptions: Map<string, Json>;
  readonly operations: Map<string, Json>;
  readonly calls: string[];
  /** The second page stands there. */
  next?: string;
  close(): Promise<void>;
}

export const subscriptionOf = (id: string, more: Json = {}): Json => ({
  id,
  publisherId: 'contoso',
  offerId: 'rollback-guard',
  name: 'Contoso Cloud Solution',
  saasSubscriptionStatus: 'Subscribed',
  beneficiary: { emailId: 'x@contoso.example', tenantId: 'aaaabbbb-0000-cccc-1111-dddd2222eeee' },
  purchaser: { tenantId: 'aaaabbbb-0000-cccc-1111-dddd2222eeee' },
  planId: 'silver',
  term: { startDate: '2026-11-21T00:00:00Z', endDate: '2026-12-21T00:00:00Z', termUnit: 'P1M' },
  quantity: '',
  created: '2026-11-21T08:00:00.1234567Z',
  ...more,
});

export const operationOf = (action: string, more: Json = {}): Json => ({
  id: OPERATION,
  activityId: OPERATION,
  subscriptionId: SUBSCRIPTION,
  offerId: 'rollback-guard',
  publisherId: 'contoso',
  planId: 'silver',
  quantity: 20,
  action,
  timeStamp: '2026-11-22T08:00:00Z',
  status: 'InProgress',
  ...more,
});

export const serveAzure = async (): Promise<FakeAzure> => {
  const fake: Pick<FakeAzure, 'next' | 'subscriptions' | 'operations' | 'calls'> = {
    subscriptions: new Map(),
    operations: new Map(),
    calls: [],
  };
  const say = (response: ServerResponse, status: number, json?: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(json === undefined ? '' : JSON.stringify(json));
  };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake.test');
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return say(response, 403);
    if (searchParams.get('api-version') !== '2018-08-31') return say(response, 400);
    const [id = '', kind, operation = ''] = pathname.replace('/api/saas/subscriptions', '').split('/').filter(Boolean);
    if (id === '')
      return say(response, 200, {
        subscriptions: [...fake.subscriptions.values()],
        ...(fake.next === undefined ? {} : { '@nextLink': fake.next }),
      });
    const subscription = fake.subscriptions.get(id);
    const found = kind === 'operations' ? fake.operations.get(operation) : subscription;
    if (found === undefined || subscription === undefined) return say(response, 404, {});
    if (request.method === 'GET') return say(response, 200, found);
    fake.calls.push(`${request.method} ${kind}/${operation} ${body}`);
    if (kind === 'activate') fake.subscriptions.set(id, { ...subscription, saasSubscriptionStatus: 'Subscribed' });
    if (kind === 'operations') {
      fake.operations.set(operation, { ...found, status: 'Succeeded' });
      if (found['action'] === 'ChangePlan') fake.subscriptions.set(id, { ...subscription, planId: found['planId'] });
    }
    return say(response, 200);
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
