/** `tai serve` that is told to stop while the answer of an MCP call is on its way as a stream. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, test } from 'vitest';
import { REVISIONS, textOf } from '../mcp/clients.ts';
import { inTheLongRun } from '../runs.ts';
import { startTai } from './process.ts';
import { runIn } from './rows.ts';
import { folder } from './scratch.ts';

/** What the observer of the evaluation does instead: it looks until a file is there. */
const WAITS = `observe: async () => {
      while (!(await readFile(new URL('go', import.meta.url)).then(() => true, () => false))) await pause(20);
      return [];
    },`;

test.for(REVISIONS)(
  '%s: at SIGTERM a streamed answer comes whole, and a stream of changes is not waited for',
  { timeout: 180_000 },
  async (revision, context) => {
    inTheLongRun(context);
    const { dir, remove } = folder();
    const made = await runIn(dir, ['init', '--tenant', 'acme', '--yes']);
    const [, key = ''] = /^\s*agent\s+(tai_\S+)$/m.exec(made.out) ?? [];
    const module = join(dir, 'restart.mjs');
    const slow = readFileSync(module, 'utf8')
      .replace(/observe: async \(resource\) => \{[\s\S]*?\n {4}\},/, () => WAITS)
      .replace('timeoutMs: 3000', 'timeoutMs: 60000');
    expect(slow).toContain(WAITS);
    writeFileSync(module, slow);
    const serving = startTai(dir, 'serve', '--port', '0');
    const [, url = ''] = await serving.says(/^serving on (\S+)$/m);
    await serving.says(/stop with Ctrl-C\n/);
    const client = new Client(
      { name: 'a test', version: '1' },
      {
        versionNegotiation: { mode: revision === '2025-11-25' ? 'legacy' : { pin: revision } },
        listChanged: { tools: { autoRefresh: false, onChanged: () => {} } },
      },
    );
    const requestInit = { headers: { authorization: `Bearer ${key}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
    const onprogress = (): void => {
      serving.child.kill('SIGTERM');
      // The server was told to stop while the answer is open; it is given only afterwards.
      setTimeout(() => writeFileSync(join(dir, 'go'), ''), 500);
    };
    const answer = await client.callTool(
      { name: 'service_restart', arguments: { resource: 'web' } },
      { onprogress, timeout: 50_000 },
    );
    expect(textOf(answer)).toMatch(/^(REFUSED|APPROVED) /);
    expect(await serving.ended).toBe(0);
    await client.close();
    remove();
  },
);
