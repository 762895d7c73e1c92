/** Every verb of a deployment, alone and beside a process that holds it: the verb does not know which way it went. */
import { cpSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Running, startTai } from './process.ts';
import { type Ended, prepare, ROWS, type Row, runIn } from './rows.ts';
import { folder } from './scratch.ts';
import { readVerbs } from './verbs.ts';

/** They make a deployment, or hold one for as long as they run. */
const NOT_ASKED = ['init', 'serve', 'mcp'];

const verbs = (await readVerbs()).filter(({ path, help }) => help.includes('--dir <dir>') && !NOT_ASKED.includes(path));
const verbOf = ({ line }: Row): string | undefined => verbs.find(({ path }) => line.join(' ').startsWith(path))?.path;
/** What others of the lines need: a file that they write. */
const WRITES = ['catalog', 'approvals key'];
const rows = ROWS.filter(
  (row) => verbOf(row) !== undefined || WRITES.some((verb) => `${row.line.join(' ')} `.startsWith(`${verb} `)),
);

const alone = folder();
const beside = folder();
let serving: Running;

/** Two folders of one deployment: the same keys, so the same names of everything. */
beforeAll(async () => {
  prepare(alone.dir);
  await runIn(alone.dir, ['tools', '--tenant', 'acme', '--as', 'agent:bot']);
  cpSync(alone.dir, beside.dir, { recursive: true });
  serving = startTai(beside.dir, 'serve', '--port', '0');
  await serving.says(/stop with Ctrl-C\n/);
});
afterAll(async () => {
  serving.child.kill('SIGTERM');
  await serving.ended;
  alone.remove();
  beside.remove();
});

/** Without instants, digests, keys, the folder how far it is sealed by now, and what runs in the process: what differs between any two deployments. */
const told = (dir: string, { code, out, err }: Ended): Ended => {
  const bare = (text: string): string =>
    text
      .replaceAll(dir, '')
      .replaceAll(/\n *"unsealedSince": \d+,/g, '')
      .replaceAll(/\n *"parts": \[[^\]]*\],/g, '')
      .replaceAll(/^works: .*\n/gm, '')
      .replaceAll(/\d+ checkpoints(?: up to \d+)?/g, 'SEALED')
      .replaceAll(/"sealed": \d+/g, '"sealed": SEALED')
      .replaceAll(/ (?:all|\d+, since \d+ \w+) /g, ' SEALED ')
      .replaceAll(/(\S) {2,}/g, '$1  ')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
      .replaceAll(/\b[0-9a-f]{8,}\b/g, 'HEX')
      .replaceAll(/[\w+/-]{43,}/g, 'DIGEST')
      .replaceAll(/"(bytes|lastAt)": \d+/g, '$1')
      .replaceAll(/"heldBy": (?:null|\d+)|held by (?:nobody|process \d+)/g, 'HOLDER')
      .replaceAll(/\d+ bytes/g, 'BYTES');
  return { code, out: bare(out), err: bare(err) };
};

describe('alone and beside a server', () => {
  for (const row of rows)
    test(`${row.line.slice(0, 2).join(' ')}: ${row.note}`, async () => {
      const [here, there] = [await runIn(alone.dir, row.line), await runIn(beside.dir, row.line)];
      expect(told(beside.dir, there)).toEqual(told(alone.dir, here));
      expect(there.code).toBe(row.exit);
    });
});

test('every verb that takes a deployment is among them', () => {
  expect(new Set(rows.flatMap((row) => verbOf(row) ?? []))).toEqual(new Set(verbs.map(({ path }) => path)));
});
