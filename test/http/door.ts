import { createHttpDoor, type HttpDoor, type HttpDoorOptions, OPENAPI } from '@tai-autonomics/adapter-http';
import { type CredentialParts, type Governor, memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { declaredOrThrow } from './declared.ts';

const mint = (parts: CredentialParts) => mintCredential(systemRandom, parts);
const owner = mint({ tenant: 'acme', subject: { type: 'user', id: 'olivia' }, scope: [], relations: ['owner'] });
const agent = mint({
  tenant: 'acme',
  subject: { type: 'agent', id: 'bot' },
  scope: ['read_deployment', 'write_rollback'],
});
const stranger = mint({ tenant: 'umbrella', subject: { type: 'user', id: 'sam' }, scope: [] });
const shop = mint({ subject: { type: 'marketplace', id: 'shop' }, scope: [] });
const probe = mint({ tenant: 'acme', subject: { type: 'service', id: 'probe' }, scope: [] });
const minted = { owner, agent, stranger, shop, probe };

export type KeyName = keyof typeof minted;

/** The keys of a test, as their holders know them. */
export const keys: Readonly<Record<KeyName, string>> = {
  owner: owner.secretText,
  agent: agent.secretText,
  stranger: stranger.secretText,
  shop: shop.secretText,
  probe: probe.secretText,
};
const credentials = memoryCredentials(Object.values(minted).map(({ credential }) => credential));

/** A door; whatever test asks it, a problem whose code its route doesn't declare is thrown. */
export const openDoor = (governor: Governor, more: Partial<HttpDoorOptions> = {}): HttpDoor => {
  const door = createHttpDoor({ governor, credentials, authzen: { pdp: 'https://door.test' }, ...more });
  return {
    ...door,
    fetch: async (request) => {
      const response = await door.fetch(request);
      await declaredOrThrow(OPENAPI, request, response);
      return response;
    },
  };
};

export interface Sent {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const url = (path: string): string => `http://door.test${path}`;
const authorization = ({ key }: Sent): Readonly<Record<string, string>> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };

/** A POST as a client makes it: with its type and its length. */
export const posting = (path: string, body: unknown, sent: Sent = {}): Request => {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return new Request(url(path), {
    method: 'POST',
    body: bytes,
    headers: {
      'content-type': 'application/json',
      'content-length': String(bytes.byteLength),
      ...authorization(sent),
      ...sent.headers,
    },
  });
};

export const getting = (path: string, sent: Sent = {}, method = 'GET'): Request =>
  new Request(url(path), { method, headers: { ...authorization(sent), ...sent.headers } });

/** A body that does not say how long it is. */
export const streaming = (path: string, parts: readonly Uint8Array[], sent: Sent = {}): Request =>
  new Request(url(path), {
    method: 'POST',
    body: new ReadableStream({
      start: (stream) => {
        for (const part of parts) stream.enqueue(part);
        stream.close();
      },
    }),
    duplex: 'half',
    headers: { 'content-type': 'application/json', ...authorization(sent), ...sent.headers },
  });

/** A response with its JSON. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export const answered = async (response: Response): Promise<Answered> => {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} };
};

/** Our own event: an activation of the base plan, changed where a test asks for it. */
export const eventOf = (change: object = {}, record: object = {}): Readonly<Record<string, unknown>> => ({
  event: 'entitlement.activated',
  event_id: 'evt-1',
  entitlement_id: 'ent-1',
  occurred_at: '2026-11-21T08:00:00Z',
  ...change,
  record: {
    tenant_id: 'acme',
    sku_id: 'rollback-guard-base',
    plan_id: 'base',
    enabled_packs: ['receipt_verifier'],
    iam_roles: ['read_deployment'],
    expiry: '2027-11-21T08:00:00Z',
    ...record,
  },
});

export const pushOf = (event: unknown): Readonly<Record<string, unknown>> => ({
  message: {
    data: Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)).toString('base64'),
    messageId: '1',
    message_id: '1',
    publishTime: '2026-11-21T08:00:01Z',
    attributes: { some: 'thing' },
  },
  subscription: 'projects/p/subscriptions/s',
});
