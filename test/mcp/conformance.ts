/**
 * `npm run test:mcp-conformance`: the official suite against the door, each protocol revision on its own. With the suite's own
 * tools, resources and prompts, which a host adds, no scored scenario may fail. The shipped catalog alone may fail exactly those
 * that ask for what a host adds, and the run prints them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { REVISIONS, type Revision } from './clients.ts';
import { serveForConformance } from './conformance-server.ts';

const SUITE = resolve('tools/conformance/node_modules');

/** The suite needs this release of Node: this process's own where it is one, else the packaged one, which is for Linux on x64 alone. */
const NODE_MIN = 22;
const PACKAGED = join(SUITE, 'node-22/bin/node');
const isOwn = Number(process.versions.node.split('.', 1)[0]) >= NODE_MIN;
const node = isOwn ? process.execPath : existsSync(PACKAGED) ? PACKAGED : undefined;
if (node === undefined) {
  process.stdout.write(
    `skipped: the conformance suite needs Node ${NODE_MIN} or newer; this is ${process.versions.node} on ${process.platform} ${process.arch}, for which no other is packaged\n`,
  );
  process.exit(0);
}

/** Scenarios that the product alone does not pass, since a host has to add what they ask for. */
interface ByHost {
  readonly why: string;
  readonly scenarios: readonly string[];
}
interface Check {
  readonly status: 'SUCCESS' | 'FAILURE' | string;
}
interface Ran {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

/** Runs the scenarios that a revision requires; those that are not scored are left out. */
const run = async (runtime: string, url: URL, revision: Revision): Promise<Ran> => {
  const out = mkdtempSync(join(tmpdir(), 'mcp-conformance-'));
  try {
    const child = spawn(
      runtime,
      [
        join(SUITE, '@modelcontextprotocol/conformance/dist/index.js'),
        ...['server', '--url', url.href, '--requirements', revision, '-o', out],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    const unscored = new Set(
      [...(said.split('\nNot scored for')[1] ?? '').matchAll(/^ {2}[✓✗] (\S+) \(/gm)].map(([, name = '']) => name),
    );
    const results = readdirSync(out).flatMap((folder) => {
      const [, scenario = ''] = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder) ?? [];
      const checks = JSON.parse(readFileSync(join(out, folder, 'checks.json'), 'utf8')) as readonly Check[];
      return unscored.has(scenario) ? [] : [{ scenario, isPassed: checks.every(({ status }) => status !== 'FAILURE') }];
    });
    if (results.length === 0) throw new Error(`the suite ran nothing: ${said.slice(-500)}`);
    const named = (wanted: boolean): readonly string[] =>
      results.flatMap(({ scenario, isPassed }) => (isPassed === wanted ? [scenario] : [])).sort();
    return { passed: named(true), failed: named(false) };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
};

const byHost = JSON.parse(readFileSync('test/mcp/conformance-by-host.json', 'utf8')) as Readonly<
  Record<Revision, readonly ByHost[]>
>;
/** Scored scenarios of each revision, so that none is left out unnoticed. */
const SCORED: Readonly<Record<Revision, number>> = { '2025-11-25': 30, '2026-07-28': 37 };
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const without = (all: readonly string[], some: readonly string[]): readonly string[] =>
  all.filter((one) => !some.includes(one));

const [whole, shipped] = [await serveForConformance('with fixtures'), await serveForConformance('shipped')];
let isAsExpected = true;
for (const revision of REVISIONS) {
  const { passed, failed } = await run(node, whole.url, revision);
  const alone = await run(node, shipped.url, revision);
  const known = byHost[revision].flatMap(({ scenarios }) => scenarios);
  const [unexpected, stale] = [without(alone.failed, known), without(known, alone.failed)];
  say(
    `${revision}: ${passed.length} of ${SCORED[revision]} scored scenarios pass, with what a host adds for the suite`,
  );
  for (const scenario of failed) say(`  FAILURE ${scenario}`);
  say(`  ${alone.passed.length} of them pass with the shipped catalog alone; through the extension point for hosts:`);
  for (const { why, scenarios } of byHost[revision]) say(`  ${scenarios.length}, ${why}: ${scenarios.join(', ')}`);
  for (const scenario of unexpected) say(`  FAILURE WITH THE SHIPPED CATALOG ${scenario}`);
  for (const scenario of stale) say(`  NEEDS NO HOST ANY MORE, OR DID NOT RUN ${scenario}`);
  isAsExpected &&= passed.length === SCORED[revision] && failed.length + unexpected.length + stale.length === 0;
}
for (const door of [whole, shipped]) await door.close();
process.exitCode = isAsExpected ? 0 : 1;
