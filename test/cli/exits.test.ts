/**
 * Verb × situation → exit code: every code that docs/cli.md names is met, here or by the test that is named. What is
 * asked of a deployment is asked alone and beside a process that holds it: the verb does not know which way it went.
 */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { type Running, startTai } from './process.ts';
import { type Ended, prepare, ROWS, type Row, runIn } from './rows.ts';
import { folder } from './scratch.ts';
import { readVerbs } from './verbs.ts';

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

/** What takes a signal, a whole story or keys of its own; where it is shown, by the test's title. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'demo 0': 'demo.test.ts: every step goes as told',
  'serve 0': 'serve.test.ts: at SIGTERM it ends with 0',
  'mcp 0': '../mcp/stdio.test.ts: the process notices when it goes away',
  'mcp import 0': '../mcp-gate/filesystem.test.ts: a public server is imported, tried in shadow, gated',
  'mcp gate 0': '../mcp-gate/filesystem.test.ts: a public server is imported, tried in shadow, gated',
  'approvals show 0': 'approvals.test.ts: a request is listed, shown, denied',
  'approvals approve 0': 'approvals.test.ts: an approval is given for exactly one request',
  'approvals sign 0': 'approvals.test.ts: an approval that is signed with no ledger at hand counts',
  'approvals deny 0': 'approvals.test.ts: a request is listed, shown, denied',
  'credentials disable 0': 'credentials.test.ts: is known at once; disabled, it is not',
  'credentials rotate 0': 'credentials.test.ts: a rotated key is another of the same holder',
  'keys revoke 0': '../keys/command-line.test.ts: new, rotate, revoke, list',
  'verify 0': '../bundle/command-line.test.ts: a checkpoint that came by another way makes it complete',
  'marketplace dismiss 0': '../marketplaces/serve.test.ts: a message that can never be applied is given up',
  'operator disable-key 0': 'operator-door.test.ts: a key that was disabled opens nothing any more',
  'operator convert-pilot 0': 'going-live.test.ts: an evaluation ends where its contract begins',
  'operator convert-pilot 3': 'going-live.test.ts: an evaluation ends where its contract begins',
  'store check 1': '../storage/store-verbs.test.ts: a receipt that was changed at rest is found, with its place',
  'store move 0': '../storage/move-verb.test.ts: a tenant goes on in the other folder with one chain',
  'store move 1': '../storage/move-verb.test.ts: a closed ledger goes on nowhere',
  'store remove 0': '../storage/remove-verb.test.ts: a closed ledger is archived, verified and removed',
  'store remove 1': '../storage/remove-verb.test.ts: what has not ended is not removed',
  'store archive 0': '../storage/archive-verb.test.ts: moved, a deployment exports the same bytes',
  'store archive 1': '../storage/archive-verb.test.ts: what was changed at rest is not moved',
  'store backup 1': '../storage/backup.test.ts: a backup that cannot be finished is none',
  'store restore 1': '../storage/backup.test.ts: of a backup in which anything is wrong nothing is put back',
  'store migrate 0': '../storage/store-verbs.test.ts: its tables are made for a role that only decides',
  'operator roll-out 0': 'roll-out.test.ts: the first 5 percent before anybody else',
  'operator roll-out 1': 'roll-out.test.ts: the first 5 percent before anybody else',
  'operator roll-out 3': 'roll-out.test.ts: the first 5 percent before anybody else',
  'recipe run 0': '../recipes/local-run.test.ts: a real repository is put back by a recipe',
  'recipe run 1': '../recipes/steps-run.test.ts: a second step that fails takes the first one back',
  'replay 4': 'policy.test.ts: not decided, exit 4',
};

/** What only a fault brings about: of ours, of the machine (a port, a store), or a catalog beyond the budget. */
const RARE = [
  'status 1',
  'tenants 1',
  'upgrade-engine 3',
  'init 1',
  'prove 4',
  'operator resume 3',
  'marketplace usage 1',
  'marketplace kept 1',
  'marketplace dismiss 1',
  'operator replay 1',
  'operator conversion 1',
  'operator learned 1',
  'operator convert-pilot 1',
  'demo 1',
  'serve 1',
  'diff 4',
  'event 1',
  'alert 3',
  'tools 1',
];

const verbs = await readVerbs();
const verbOf = ({ line }: Row): string => verbs.find(({ path }) => line.join(' ').startsWith(path))?.path ?? '';

/** They make a deployment, or hold one for as long as they run. */
const NOT_ASKED = [
  'init',
  'serve',
  'mcp',
  'mcp gate',
  'operator accept-restore',
  'store archive',
  'store move',
  'store remove',
];
const asked = new Set(
  verbs.filter(({ path, help }) => help.includes('--dir <dir>') && !NOT_ASKED.includes(path)).map(({ path }) => path),
);
/** What others of the lines need: a file that they write. */
const WRITES = ['catalog', 'approvals key', 'recipe diagnose'];
const isAsked = (row: Row): boolean =>
  asked.has(verbOf(row)) || WRITES.some((verb) => `${row.line.join(' ')} `.startsWith(`${verb} `));

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

describe('tai', () => {
  for (const one of ROWS)
    test(`${verbOf(one)}: ${one.note}: exit ${one.exit}${isAsked(one) ? ', and beside a server the same' : ''}`, async () => {
      const ended = await runIn(alone.dir, one.line);
      const { code, err } = ended;
      expect({ code, err }).toEqual({ code: one.exit, err: one.exit === 2 ? expect.stringMatching(/\S/) : err });
      // Each one, in the short run too: later lines rest on what a line leaves, and a refused alert or event is a receipt as well.
      if (isAsked(one)) expect(told(beside.dir, await runIn(beside.dir, one.line))).toEqual(told(alone.dir, ended));
    });
});

test('every verb that takes a deployment is among those that are asked beside a server', () => {
  expect(new Set(ROWS.map(verbOf).filter((verb) => asked.has(verb)))).toEqual(asked);
});

test('every code that a verb’s help names is met, and no other', () => {
  const named = verbs.flatMap(({ path, exits }) =>
    [2, ...exits.map(([code]) => code)].map((code) => `${path} ${code}`),
  );
  const met = new Set([...ROWS.map((one) => `${verbOf(one)} ${one.exit}`), ...Object.keys(ELSEWHERE), ...RARE]);
  expect([...met].sort()).toEqual(named.sort());
});

test.for(Object.entries(ELSEWHERE))('%s is shown by %s', (entry) => {
  const [file = '', title = ''] = entry[1].split(': ');
  expect(readFileSync(join(repository, 'test/cli', file), 'utf8')).toContain(title);
});
