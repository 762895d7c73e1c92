/**
 * All that docs/performance.md says, measured anew and in the page's order: `npm run bench:page`. Under each heading of the
 * page stands what the benches behind it print, and at the end each row of a table that moved, as it was and as it is now;
 * with `-- --write` the rows are put into the page. What is set, what was missed, and prose are yours to look at. Run it on a
 * quiet machine. Ends with 1 where a bench broke, or where the page has a heading or a row that no bench tells of.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { figure, isShort } from './measure.ts';
import { type Measured, withFigures } from './on-page.ts';

/** By heading of the page: the benches behind its figures. */
const BEHIND: Readonly<Record<string, readonly string[]>> = {
  'A decision': ['decide', 'peers', 'growth', 'analysis', 'recipes'],
  'In a browser': ['size'],
  'A receipt': ['receipt'],
  'The governor, a store and the doors': [
    'storage',
    'http',
    'mcp',
    'governor',
    'entitlement',
    'tenants',
    'packs',
    'reads',
  ],
};

/** As many receipts as the page speaks of. */
const RECEIPTS = '1000000';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const page = readFileSync(at('../docs/performance.md'), 'utf8');
const headings = page
  .split(/^## /m)
  .slice(1)
  .map((section) => section.split('\n', 1)[0] ?? '');
const told = mkdtempSync(join(tmpdir(), 'tai-bench-page-'));
const file = join(told, 'rows.jsonl');
writeFileSync(file, '');

/** Runs a bench as `npm run bench` does; whether it ended well. */
const run = (name: string): boolean => {
  const args = ['-C', '@tai-autonomics/source', at('main.ts'), name];
  const receipts = process.env['TAI_BENCH_RECEIPTS'] ?? RECEIPTS;
  const env = { ...process.env, TAI_BENCH_RECEIPTS: receipts, TAI_BENCH_ON_PAGE: file };
  const program = at('../node_modules/tsx/dist/cli.mjs');
  return spawnSync(process.execPath, [program, ...args], { stdio: 'inherit', env }).status === 0;
};

const started = performance.now();
const [load = 0] = loadavg();
console.log(
  `${cpus()[0]?.model ?? 'some processor'}, Node ${process.versions.node}, load ${figure('the load', load, 1)}`,
);
if (load > 1) console.log('this machine is busy: ratios hold, absolute figures do not');

const broken: string[] = [];
for (const heading of headings) {
  console.log(`\n## ${heading}`);
  const names = BEHIND[heading];
  if (names === undefined) broken.push(`docs/performance.md: no bench is known for "${heading}"`);
  for (const name of names ?? []) if (!run(name)) broken.push(`the bench ${name}`);
}

const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
const measured = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Measured);
rmSync(told, { recursive: true });
const { page: next, left, unknown } = withFigures(page, measured);
for (const row of left) broken.push(`docs/performance.md: no bench told of the row "${row}"`);
for (const row of unknown) broken.push(`docs/performance.md: it has no row "${row}"`);

const before = page.split('\n');
const moved = next.split('\n').flatMap((line, i) => (line === before[i] ? [] : [`- ${before[i]}\n+ ${line}`]));
console.log(`\n## What moved\n\n${moved.length === 0 ? 'nothing' : moved.join('\n')}`);
if (process.argv.includes('--write')) {
  if (isShort) broken.push('docs/performance.md: a short run measures nothing to write down');
  else writeFileSync(at('../docs/performance.md'), next);
}
console.log(`\nmeasured in ${figure('minutes', (performance.now() - started) / 60_000)} minutes`);
for (const what of broken) console.error(`broken: ${what}`);
process.exitCode = broken.length === 0 ? 0 : 1;
