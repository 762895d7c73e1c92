/** The story's clients: what a marketplace, a person's tool and an agent's host do to reach the doors over loopback. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Wire } from '@tai-autonomics/core/author';
import { type Answer, answerOfHttp, answerOfTool } from './answer.ts';
import type { Actor } from './driver.ts';

/** Sends a request: over the network, or straight to a door in this process. */
export type Send = (request: Request) => Promise<Response>;

/** Somebody of the tenant, over `POST /v1/actions`. */
export const httpActor = (
  base: string,
  key: string,
  who: Pick<Actor, 'name' | 'type' | 'relations'>,
  send?: Send,
): Actor => ({
  ...who,
  submit: async ({ action, resource, arguments: args }) => {
    const body = JSON.stringify({ action, resource, arguments: args });
    return answerOfHttp(await (await post(`${base}/v1/actions`, key, body, send)).json());
  },
});

/** The marketplace: what it is asked to submit, it posts as an event of its own. */
export const marketplaceActor = (base: string, key: string, name: string, tenant: string, send?: Send): Actor => ({
  name,
  type: 'marketplace',
  relations: [],
  submit: async ({ arguments: args }) =>
    answerOfHttp(await (await post(`${base}/marketplace`, key, JSON.stringify(eventOf(tenant, args)), send)).json()),
});

/** Pushes a Pub/Sub envelope as it stands in a file; the status says whether it was acknowledged. */
export const push = async (base: string, key: string, envelope: string): Promise<number> =>
  (await post(`${base}/pubsub`, key, envelope)).status;

/** A monitor posts its webhook as it is: the answer of the door, alert by alert. */
export const postAlerts = async (base: string, key: string, message: unknown): Promise<unknown> =>
  (await post(`${base}/v1/alerts/alertmanager`, key, JSON.stringify(message))).json();

/** Connects over Streamable HTTP, as a host elsewhere would. */
export const connectAgent = async (base: string, key: string): Promise<AgentHost> => {
  let changes = 0;
  let seen = 0;
  const waiting = new Set<() => void>();
  const client = new Client(
    { name: 'tai-demo-agent', version: '0.1.0' },
    {
      versionNegotiation: { mode: 'auto' },
      listChanged: {
        tools: {
          autoRefresh: false,
          debounceMs: 0,
          onChanged: () => {
            changes += 1;
            for (const look of waiting) look();
          },
        },
      },
    },
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${base}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${key}` } },
    }),
  );
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (tool, resource, args = {}, id) => {
      try {
        const called = await client.callTool({
          name: tool,
          arguments: { ...args, resource },
          ...(id === undefined ? {} : { _meta: { 'tai-autonomics/intent-id': id } }),
        });
        return answerOfTool(called.structuredContent);
      } catch (error) {
        return errorAnswer(error);
      }
    },
    toolsChanged: () =>
      new Promise((resolve) => {
        const look = (): void => {
          if (changes <= seen) return;
          seen = changes;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () => client.close(),
  };
};

const overNetwork: Send = (request) => fetch(request);

const post = (url: string, key: string, body: string, send = overNetwork): Promise<Response> =>
  send(
    new Request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
    }),
  );

const eventOf = (tenant: string, args: Readonly<Record<string, Wire>>): unknown => {
  const { status, change, event_id, entitlement_id, occurred_at, plan_id, sku_id, enabled_packs, iam_roles, expiry } =
    args as Record<string, Wire>;
  return {
    event: `entitlement.${String(change ?? (status === 'active' ? 'activated' : status))}`,
    event_id,
    entitlement_id,
    occurred_at,
    record: { tenant_id: tenant, plan_id, sku_id, enabled_packs, iam_roles, expiry },
  };
};

/** An agent's host: an MCP client that was told of its tools. */
export interface AgentHost {
  tools(): Promise<readonly string[]>;
  /** Calls a tool about a resource. An unknown tool is a protocol error; its receipt comes with it. `id` is the intent's. */
  call(tool: string, resource: string, args?: Readonly<Record<string, Wire>>, id?: string): Promise<Answer>;
  /** Resolves when the server announced that the tools changed. */
  toolsChanged(): Promise<void>;
  close(): Promise<void>;
}

const errorAnswer = (error: unknown): Answer => {
  const data =
    typeof error === 'object' && error !== null && 'data' in error
      ? (error.data as { readonly receipt?: NonNullable<Answer['receipt']> } | undefined)
      : undefined;
  const detail = error instanceof Error ? error.message : String(error);
  if (data?.receipt === undefined) return { verdict: 'not_decided', reasons: [], consequences: [], detail };
  const means = 'the tool exists for this tenant';
  const next = { kind: 'none', why: 'list the tools again; see the plan catalogue' } as const;
  return {
    verdict: 'refuse',
    reasons: [{ gate: 'registry', code: 'tool_not_found', means, next }],
    consequences: [],
    receipt: data.receipt,
  };
};
