/** `tai mcp import` and `tai mcp gate` before the reference filesystem server, and its receipts in the hands of an auditor. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { GATE_META } from '@tai-autonomics/adapter-mcp/gate';
import { EXIT, main } from '@tai-autonomics/cli';
import { expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { scratch } from '../cli/scratch.ts';
import { captureIo } from '../cli/terminal.ts';
import { textOf } from '../mcp/clients.ts';
import { TAI } from '../programs/program.ts';
import { inTheLongRun } from '../runs.ts';

const SERVER = join(
  repository,
  'tools/servers/node_modules/@modelcontextprotocol',
  'server-filesystem',
  'dist/index.js',
);

test('a public server is imported, tried in shadow, gated, and its receipts verify', async (context) => {
  inTheLongRun(context);
  const { skip } = context;
  if (!existsSync(SERVER)) skip('not installed; `npm run servers` brings it');
  const dir = scratch();
  const files = join(dir, 'srv');
  mkdirSync(files);
  writeFileSync(join(files, 'a.txt'), 'hello\n');
  const run = async (...argv: readonly string[]) => {
    const { io, out, err } = captureIo(dir);
    const code = await main(argv, io);
    return { code, out: out(), err: err() };
  };
  const command = [process.execPath, SERVER, files];
  const imported = await run('mcp', 'import', '--pack', 'files', '--out', 'files.jsonc', '--', ...command);
  expect([imported.code, imported.err]).toEqual([EXIT.ok, '']);
  expect((await run('pack', 'check', 'files.jsonc')).code).toBe(EXIT.ok);
  expect((await run('init', '--tenant', 'acme', '--yes')).code).toBe(EXIT.ok);
  const at = join(dir, '.tai/config.json');
  const config = JSON.parse(readFileSync(at, 'utf8'));
  writeFileSync(at, JSON.stringify({ ...config, packs: [...config.packs, '../files.jsonc'] }));
  const resources = {
    format: 'tai-autonomics/resources@1',
    tenants: { acme: { files: { environment: 'sandbox', kind: 'mcp' } } },
  };
  writeFileSync(join(dir, '.tai/resources.json'), JSON.stringify(resources));
  // The tenant decides by the catalog with the pack from now on, and the agent may read.
  const subject = ['--tenant', 'acme', '--as', 'user:owner'];
  const introduced = await run(
    'submit',
    'register_subject',
    ...subject,
    '--about',
    '*',
    '--arguments',
    JSON.stringify({ subject: 'agent:local-agent', kind: 'agent' }),
  );
  const granted = await run(
    'submit',
    'grant_role',
    ...subject,
    '--about',
    '*',
    '--arguments',
    JSON.stringify({ subject: 'agent:local-agent', roles: ['files/read'] }),
  );
  expect([introduced.code, granted.code], introduced.out + introduced.err + granted.out + granted.err).toEqual([
    EXIT.ok,
    EXIT.ok,
  ]);

  const gated = async (...more: readonly string[]): Promise<Client> => {
    const client = new Client({ name: 'host', version: '1' });
    const args = [TAI, 'mcp', 'gate', '--tenant', 'acme', '--pack', 'files', ...more, '--', ...command];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd: dir, stderr: 'ignore' }));
    return client;
  };
  const read = { name: 'read_text_file', arguments: { path: join(files, 'a.txt') } };
  const write = { name: 'write_file', arguments: { path: join(files, 'b.txt'), content: 'mine' } };
  const shadow = await gated('--shadow');
  const passed = await shadow.callTool(write);
  expect(passed._meta?.[GATE_META]).toMatchObject({
    mode: 'shadow',
    verdict: 'refuse',
    codes: ['insufficient_privilege'],
  });
  expect(readFileSync(join(files, 'b.txt'), 'utf8')).toBe('mine');
  await shadow.close();

  const gate = await gated();
  const shown = (await gate.listTools()).tools.map(({ name }) => name);
  expect(shown).toContain('read_text_file');
  expect(textOf(await gate.callTool(read))).toBe('hello\n');
  const refused = await gate.callTool({ ...write, arguments: { ...write.arguments, content: 'again' } });
  expect([refused.isError, textOf(refused).includes('insufficient_privilege')]).toEqual([true, true]);
  expect(readFileSync(join(files, 'b.txt'), 'utf8')).toBe('mine');
  await gate.close();

  expect((await run('export', '--tenant', 'acme', '-o', 'bundle')).code).toBe(EXIT.ok);
  // Nobody's key is trusted here, so it says no more than that nothing is wrong.
  const verified = await run('verify', 'bundle');
  expect(verified.out).toContain('Nothing is wrong in what was checked');
}, 180_000);
