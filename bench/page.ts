/**
 * All that docs/performance.md says, measured anew and in the page's order: `npm run bench:page`. Under each heading of the
 * page stand its tables as they are now, then what the benches behind them print. Run it on a quiet machine, and put the
 * figures that moved into the page. Ends with 1 where a bench broke, or where the page has a heading that is not known here.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { figure } from './measure.ts';

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

/** The page's sections: heading, and the rows of its tables. */
const sections = readFileSync(at('../docs/performance.md'), 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [heading = '', ...lines] = section.split('\n');
    return { heading, rows: lines.filter((line) => line.startsWith('|')) };
  });

/** Runs a bench as `npm run bench` does; whether it ended well. */
const run = (name: string): boolean => {
  const args = ['-C', '@tai-autonomics/source', at('main.ts'), name];
  const env = { ...process.env, TAI_BENCH_RECEIPTS: process.env['TAI_BENCH_RECEIPTS'] ?? RECEIPTS };
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
for (const { heading, rows } of sections) {
  console.log(`\n## ${heading}\n\nOn the page:\n${rows.join('\n')}\n\nNow:`);
  const names = BEHIND[heading];
  if (names === undefined) broken.push(`docs/performance.md: no bench is known for "${heading}"`);
  for (const name of names ?? []) if (!run(name)) broken.push(`the bench ${name}`);
}
console.log(`\nmeasured in ${figure('minutes', (performance.now() - started) / 60_000)} minutes`);
for (const what of broken) console.error(`broken: ${what}`);
process.exitCode = broken.length === 0 ? 0 : 1;
