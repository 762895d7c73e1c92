/** Many open subscriptions of many tenants at one door, without sockets. */
import { createMcpHttp, type McpHttp } from '@tai-autonomics/adapter-mcp';
import type { FakeGovernor } from './fake-governor.ts';

/** A stream of changes, and what was heard on it so far. */
interface Subscription {
  readonly tenant: string;
  /** How often it was told that tools changed. */
  readonly heard: () => number;
  readonly end: () => Promise<void>;
}

/** A door whose credential is the name of a tenant. */
export const doorOf = (governor: FakeGovernor): McpHttp =>
  createMcpHttp({
    governor,
    authenticate: async ({ headers }) => {
      const tenant = headers.get('authorization')?.replace('Bearer ', '') ?? '';
      return { tenant, subject: { type: 'agent', id: 'robot' }, scope: [] };
    },
  });

/** Opens a subscription of a tenant's agent, and reads it until it ends. */
export const subscribe = async (door: McpHttp, tenant: string): Promise<Subscription> => {
  const response = await door.fetch(
    new Request('http://127.0.0.1/mcp', {
      method: 'POST',
      headers: {
        host: '127.0.0.1',
        authorization: `Bearer ${tenant}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'subscriptions/listen',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'subscriptions/listen',
        params: {
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
            'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
          },
          notifications: { toolsListChanged: true },
        },
      }),
    }),
  );
  if (response.status !== 200 || response.body === null) throw new Error(`${response.status} ${await response.text()}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let times = 0;
  let acknowledged = (): void => {};
  const open = new Promise<void>((resolve) => {
    acknowledged = resolve;
  });
  const read = (async () => {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const events = `${rest}${chunk.value}`.split('\n\n');
      rest = events.pop() ?? '';
      times += events.filter((event) => event.includes('notifications/tools/list_changed')).length;
      if (events.some((event) => event.includes('subscriptions/acknowledged'))) acknowledged();
    }
  })();
  await open;
  return {
    tenant,
    heard: () => times,
    end: async () => {
      await reader.cancel();
      await read;
    },
  };
};
