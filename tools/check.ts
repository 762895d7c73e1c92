/**
 * Every gate of the build, in order. All of them run, so that one visit shows every fault; but nothing that needs the
 * build runs on a broken one. The summary goes to .build/check.json too, for .ci/run.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';

interface Gate {
  readonly script: string;
  readonly proves: string;
  readonly needsBuild: boolean;
}

type Result = 'passed' | 'failed' | 'skipped';

const gates: readonly Gate[] = [
  { script: 'build', proves: 'it compiles, packages, tests and examples', needsBuild: false },
  { script: 'lint', proves: 'style, and core and packs are pure', needsBuild: false },
  { script: 'deps', proves: 'layers hold, nothing is unused', needsBuild: false },
  { script: 'api', proves: 'the public surface is the reviewed one', needsBuild: true },
  { script: 'schemas', proves: 'the published JSON Schemas are what the codecs read', needsBuild: false },
  { script: 'pack:check', proves: 'packages can be published', needsBuild: true },
  { script: 'unit', proves: 'laws, tables, vectors, canaries', needsBuild: true },
];

const run = (gate: Gate, built: boolean): { readonly result: Result; readonly seconds: number } => {
  if (gate.needsBuild && !built) return { result: 'skipped', seconds: 0 };
  console.log(`\n── ${gate.script}: ${gate.proves}`);
  const start = performance.now();
  const { status } = spawnSync('npm', ['run', '--silent', gate.script], { stdio: ['ignore', 'inherit', 'inherit'] });
  return { result: status === 0 ? 'passed' : 'failed', seconds: (performance.now() - start) / 1_000 };
};

let built = true;
const results = gates.map((gate) => {
  const { result, seconds } = run(gate, built);
  if (gate.script === 'build') built = result === 'passed';
  return { gate: gate.script, result, seconds };
});

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
