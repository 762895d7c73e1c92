/** The command line itself: help, and what is said to a wrong one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { expect, test } from 'vitest';
import { HOSTILE } from './hostile.ts';
import { contents, scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

test('--help lists every verb on stdout, and exits with 0', async () => {
  const { io, out, err } = captureIo(scratch());
  expect(await main(['--help'], io)).toBe(EXIT.ok);
  for (const verb of ['demo', 'decide', 'serve', 'mcp', 'export', 'verify'])
    expect(out()).toMatch(new RegExp(`^  ${verb} `, 'm'));
  expect(err()).toBe('');
});

test.for([
  { note: 'no verb', argv: [], said: /^Usage: tai / },
  { note: 'an unknown verb', argv: ['decid'], said: /unknown command 'decid'[\s\S]*--help/ },
  {
    note: 'help for a verb that there is not',
    argv: ['decid', '--help'],
    said: /unknown command 'decid'[\s\S]*decide/,
  },
  {
    note: 'help for a part of one',
    argv: ['operator', 'suspnd', '-h'],
    said: /unknown command 'suspnd'[\s\S]*suspend/,
  },
  { note: 'an unknown option', argv: ['decide', '--fast'], said: /unknown option '--fast'/ },
  { note: 'a missing file', argv: ['decide'], said: /missing required argument 'file'/ },
  { note: 'a missing tenant', argv: ['mcp'], said: /required option '--tenant/ },
  {
    note: 'a role that does not exist',
    argv: ['mcp', '--tenant', 'a', '--scope', 'root'],
    said: /^tai: --scope: .*root/,
  },
  { note: 'a port that does not exist', argv: ['serve', '--port', '65536'], said: /^tai: --port: .*65536/ },
  {
    note: 'a folder without a deployment',
    argv: ['mcp', '--tenant', 'a'],
    said: /config\.json: no such file; tai init makes a deployment\n$/,
  },
])('$note: exit 2, said on stderr, nothing written', async ({ argv, said }) => {
  const dir = scratch();
  const { io, out, err } = captureIo(dir);
  expect(await main(argv, io)).toBe(EXIT.unreadable);
  expect(err()).toMatch(said);
  expect(out()).toBe('');
  expect(contents(dir)).toEqual([]);
});

test.for(HOSTILE)('$note, as the configuration of a deployment: one clear line, nothing started', async (row) => {
  const dir = scratch();
  writeFileSync(join(dir, 'config.json'), row.bytes());
  const before = contents(dir);
  for (const verb of [['serve'], ['mcp', '--tenant', 'acme']]) {
    const { io, out, err } = captureIo(dir);
    expect(await main([...verb, '--dir', '.'], io)).toBe(EXIT.unreadable);
    expect(err()).toBe(`tai: ${join(dir, 'config.json')}${row.said}\n`);
    expect(out()).toBe('');
  }
  expect(contents(dir)).toEqual(before);
});
