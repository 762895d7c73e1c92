/** Google’s procurement API as far as it is asked, over loopback: entitlements that a test changes, and what was approved. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Json = Readonly<Record<string, unknown>>;

export interface FakeGoogle {
  readonly endpoint: string;
  /** By id, as the API answers them. */
  readonly entitlements: Map<string, Json>;
  readonly accounts: Map<string, Json>;
  /** Every call that changes something, in order. */
  readonly calls: string[];
  /** Answers with this instead, once each, in order. */
  readonly faults: { status: number; headers?: Record<string, string>; body?: string }[];
  /** Refuses approvals. */
  refuses?: boolean;
  close(): Promise<void>;
}

export const PROVIDER = 'DEMO-acme';
export const TOKEN = 'ya29.of-a-test';

export const entitlementOf = (id: string, more: Json): Json => ({
  name: `providers/${PROVIDER}/entitlements/${id}`,
  account: `providers/${PROVIDER}/accounts/ACC-1`,
  provider: PROVIDER,
  product: 'rollback-guard',
  state: 'ENTITLEMENT_ACTIVE',
  createTime: '2026-11-21T08:00:00.123456Z',
  updateTime: '2026-11-21T08:00:00.123456Z',
  ...more,
});

export const serveGoogle = async (): Promise<FakeGoogle> => {
  const entitlements = new Map<string, Json>();
  const accounts = new Map<string, Json>();
  const calls: string[] = [];
  const faults: FakeGoogle['faults'] = [];
  const fake: Pick<FakeGoogle, 'refuses'> = {};
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  const say = (response: ServerResponse, status: number, json: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(json));
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const fault = faults.shift();
    if (fault !== undefined) {
      response.writeHead(fault.status, fault.headers ?? {});
      return void response.end(fault.body ?? '{}');
    }
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return say(response, 401, { error: { status: 'UNAUTHENTICATED' } });
    const url = new URL(request.url ?? '/', 'http://fake.test');
    const [, , kind = '', rest = ''] = /^\/v1\/providers\/([^/]+)\/([a-z]+)\/?(.*)$/.exec(url.pathname) ?? [];
    const [id = '', verb] = rest.split(':');
    if (kind === 'entitlements' && id === '') {
      const all = [...entitlements.values()];
      const from = Number(url.searchParams.get('pageToken') ?? 0);
      // Two a page, so that pages are followed.
      const next = from + 2 < all.length ? { nextPageToken: String(from + 2) } : {};
      return say(response, 200, { entitlements: all.slice(from, from + 2), ...next });
    }
    const found = (kind === 'accounts' ? accounts : entitlements).get(id);
    if (found === undefined) return say(response, 404, { error: { status: 'NOT_FOUND' } });
    if (verb === undefined) return say(response, 200, found);
    calls.push(`${rest} ${body}`);
    if (fake.refuses === true) return say(response, 400, { error: { status: 'FAILED_PRECONDITION' } });
    if (kind === 'accounts') accounts.set(id, { ...found, approvals: [{ name: 'signup', state: 'APPROVED' }] });
    if (verb === 'approve' && kind === 'entitlements')
      entitlements.set(id, { ...found, state: 'ENTITLEMENT_ACTIVE', updateTime: '2026-11-21T08:30:00Z' });
    if (verb === 'approvePlanChange') {
      const { pendingPlanName } = JSON.parse(body);
      const { newPendingPlan: _, ...plain } = found;
      entitlements.set(id, {
        ...plain,
        plan: pendingPlanName,
        state: 'ENTITLEMENT_ACTIVE',
        updateTime: '2026-11-21T08:40:00Z',
      });
    }
    return say(response, 200, {});
  };
  await once(server, 'listening');
  return Object.assign(fake, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    entitlements,
    accounts,
    calls,
    faults,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
};

/** A notice of Google’s, as a Pub/Sub message’s data. */
export const noticeOf = (type: string, id: string, n = 1): Json => ({
  eventId: `${type}-${id}-${n}`,
  eventType: type,
  providerId: PROVIDER,
  ...(type.startsWith('ACCOUNT')
    ? { account: { id } }
    : { entitlement: { id, updateTime: '2026-11-21T08:00:00.123456Z' } }),
});
