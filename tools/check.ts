/**
 * Every gate of the build: the build, then the others two at a time, the tests last. All of them run, so that one visit
 * shows every fault; but nothing that needs the build runs on a broken one. With `--long` the tests are those of
 * `npm run test:long`. The summary goes to .build/check.json too, for .ci/run.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';

interface Gate {
  readonly script: string;
  readonly proves: string;
  readonly needsBuild: boolean;
}

type Result = 'passed' | 'failed' | 'skipped';

const unitScript = process.argv.includes('--long') ? 'test:long' : 'unit';

/** The build, and then those that take longest first. */
const gates: readonly Gate[] = [
  { script: 'build', proves: 'it compiles, packages, tests and examples', needsBuild: false },
  { script: 'pack:check', proves: 'packages can be published', needsBuild: true },
  { script: 'lint', proves: 'style, and core and packs are pure', needsBuild: false },
  { script: 'deps', proves: 'layers hold, nothing is unused', needsBuild: false },
  { script: 'api', proves: 'the public surface is the reviewed one', needsBuild: true },
  { script: 'schemas', proves: 'the published JSON Schemas are what the codecs read', needsBuild: false },
  { script: unitScript, proves: 'laws, tables, vectors, canaries', needsBuild: true },
];

interface Ended {
  readonly gate: string;
  readonly result: Result;
  readonly seconds: number;
}

/** Runs a gate. What it says is printed as it comes, or in one piece once it has ended, so that two don't speak at once. */
const run = async (gate: Gate, speaks: 'at once' | 'at its end'): Promise<Ended> => {
  const title = `\n── ${gate.script}: ${gate.proves}`;
  if (speaks === 'at once') console.log(title);
  const start = performance.now();
  const pipes = speaks === 'at once' ? ('inherit' as const) : ('pipe' as const);
  const child = spawn('npm', ['run', '--silent', gate.script], { stdio: ['ignore', pipes, pipes] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const status = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null)).on('close', resolve);
  });
  if (speaks === 'at its end') console.log(`${title}\n${said.trimEnd()}`);
  return {
    gate: gate.script,
    result: status === 0 ? 'passed' : 'failed',
    seconds: (performance.now() - start) / 1_000,
  };
};

/** Those between the build and the tests, two at a time: most of them keep one core busy. */
const inPairs = async (between: readonly Gate[]): Promise<readonly Ended[]> => {
  const waiting = [...between];
  const ended: Ended[] = [];
  const lane = async (): Promise<void> => {
    for (let gate = waiting.shift(); gate !== undefined; gate = waiting.shift())
      ended.push(await run(gate, 'at its end'));
  };
  await Promise.all([lane(), lane()]);
  return ended;
};

const [build, ...others] = gates as readonly [Gate, ...Gate[]];
const unit = others.at(-1) as Gate;
const built = await run(build, 'at once');
const may = (gate: Gate): boolean => built.result === 'passed' || !gate.needsBuild;
const ended = [built, ...(await inPairs(others.slice(0, -1).filter(may)))];
if (may(unit)) ended.push(await run(unit, 'at once'));
const results = gates.map(
  ({ script }): Ended => ended.find(({ gate }) => gate === script) ?? { gate: script, result: 'skipped', seconds: 0 },
);

console.log('\n── check');
for (const { gate, result, seconds } of results) {
  const mark = { passed: '✓', failed: '✗', skipped: '-' }[result];
  console.log(`${mark} ${gate.padEnd(10)} ${result.padEnd(8)}${result === 'skipped' ? '' : `${seconds.toFixed(1)} s`}`);
}
const broken = results.filter(({ result }) => result !== 'passed').map(({ gate }) => gate);
console.log(broken.length === 0 ? 'every gate holds' : `broken: ${broken.join(', ')}`);
mkdirSync('.build', { recursive: true });
writeFileSync('.build/check.json', JSON.stringify(results));
process.exitCode = broken.length === 0 ? 0 : 1;
