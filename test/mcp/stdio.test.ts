import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, test } from 'vitest';
import { builtFrom } from '../programs/program.ts';
import { connect, REVISIONS } from './clients.ts';

const start = (): StdioClientTransport =>
  new StdioClientTransport({
    command: process.execPath,
    args: [builtFrom(import.meta.resolve('./stdio-server.ts'))],
    stderr: 'pipe',
  });

describe.each(REVISIONS)('over standard streams in revision %s', (revision) => {
  test('a client lists, calls, is told of a change, and the process notices when it goes away', async () => {
    const transport = start();
    const lines = createInterface({ input: transport.stderr as Readable });
    const goodbye = once(lines, 'line');
    const { client, told, close } = await connect(transport, revision);
    expect(client.getNegotiatedProtocolVersion()).toBe(revision);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['a_look']);
    await expect(client.callTool({ name: 'deployer', arguments: {} })).rejects.toMatchObject({
      code: -32_602,
      data: { receipt: { seq: 8 } },
    });
    await client.callTool({ name: 'a_look', arguments: { action: 'x' } });
    await told(1);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['a_look', 'deployer']);
    await close();
    expect(await goodbye).toEqual(['the client went away']);
  });
});
