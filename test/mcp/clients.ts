/** Real MCP clients, connected to the door in memory, in both protocol revisions. */
import {
  Client,
  type ClientCapabilities,
  InMemoryTransport,
  type JSONRPCMessage,
  type Transport,
} from '@modelcontextprotocol/client';
import { type McpServerOptions, mountStdio } from '@tai-autonomics/adapter-mcp';

export type Revision = '2025-11-25' | '2026-07-28';
export const REVISIONS: readonly Revision[] = ['2025-11-25', '2026-07-28'];

/** A connected client, and the changes of the list that it was told of. */
export interface Connected {
  readonly client: Client;
  /** Resolves when the client was told at least `n` times that its tools changed. */
  readonly told: (n: number) => Promise<void>;
  readonly timesTold: () => number;
  readonly close: () => Promise<void>;
}

/** Connects a client of a revision over any transport. */
export const connect = async (
  transport: Transport,
  revision: Revision,
  capabilities: ClientCapabilities = {},
  prepare: (client: Client) => void = () => {},
): Promise<Connected> => {
  let count = 0;
  const waiting = new Set<() => void>();
  const client = new Client(
    { name: 'a test', version: '1.0.0' },
    {
      capabilities,
      versionNegotiation: { mode: revision === '2025-11-25' ? 'legacy' : { pin: revision } },
      listChanged: {
        tools: {
          autoRefresh: false,
          debounceMs: 0,
          onChanged: () => {
            count += 1;
            for (const look of waiting) look();
          },
        },
      },
    },
  );
  prepare(client);
  await client.connect(transport);
  return {
    client,
    timesTold: () => count,
    told: (n) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (count >= n) resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () => client.close(),
  };
};

/** Every message that the server sent, as it would stand on the wire. */
export interface Wiretapped extends Connected {
  readonly sent: readonly JSONRPCMessage[];
}

/** Connects a client in memory, through the entry that standard streams use. */
export const connectInMemory = async (
  options: McpServerOptions,
  revision: Revision,
  capabilities: ClientCapabilities = {},
  prepare: (client: Client) => void = () => {},
): Promise<Wiretapped> => {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const sent: JSONRPCMessage[] = [];
  const send = there.send.bind(there);
  there.send = (message, how) => {
    sent.push(message);
    return send(message, how);
  };
  mountStdio({ ...options, transport: there });
  return { ...(await connect(here, revision, capabilities, prepare)), sent };
};

/** The text of a tool's result. */
export const textOf = (result: {
  readonly content: readonly { readonly type: string; readonly text?: unknown }[];
}): string => {
  const [first] = result.content;
  return first !== undefined && typeof first.text === 'string' ? first.text : '';
};
