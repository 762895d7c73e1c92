/**
 * A process with a gate that passes one call on and dies at a point. Usage: gate-child.ts FOLDER POINT, the point as JSON. The server
 * behind the gate writes a line into `called` for each call.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { right } from '../governor/kit.ts';
import { fixture, gated, governorOf, importedPack, writeFile } from '../mcp-gate/gated.ts';
import { die, dying, type Point } from './points.ts';

const [, , folder = '', given = '{}'] = process.argv;
const point = JSON.parse(given) as Point;
const key = right(await openKeyFile(join(folder, 'key.json'), systemRandom));
const store = dying('LedgerStore', right(await openSqliteStore(join(folder, 'ledger.db'))), point);
const { governor } = await governorOf(importedPack([writeFile]), 'sandbox', { ...key, store });
const server = fixture();
server.answer = () => {
  appendFileSync(join(folder, 'called'), 'a call\n');
  if (point.call === 'Handler') die();
  return { content: [{ type: 'text', text: 'done' }] };
};
const gate = await gated(governor, server);
await gate.client.callTool({ name: 'write_file', arguments: { path: '/a' } });
await gate.close();
await governor.close();
