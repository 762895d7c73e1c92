/** A check that did not run is no check that passed: the build counts what was skipped, and says why. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repo = fileURLToPath(new URL('..', import.meta.url));
let folder = '';

beforeAll(() => {
  mkdirSync(join(repo, '.build'), { recursive: true });
  folder = mkdtempSync(join(repo, '.build', 'skipped-'));
  mkdirSync(join(folder, 'tools'));
  writeFileSync(join(folder, 'vitest.config.ts'), "export default { test: { include: ['*.test.ts'] } };\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs planted tests with the build's own reporter, in a folder of their own. */
const run = (planted: string, ...args: readonly string[]) => {
  writeFileSync(join(folder, 'planted.test.ts'), `import { test } from 'vitest';\ntest('runs', () => {});\n${planted}`);
  const vitest = join(repo, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', `--reporter=${join(repo, 'tools/skipped.ts')}`];
  const env = { ...process.env, NODE_OPTIONS: '', VITEST: '', VITEST_WORKER_ID: '' };
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  const skipped: unknown = JSON.parse(readFileSync(join(folder, '.build/skipped.json'), 'utf8'));
  return { status, stdout, skipped };
};

test('a skip with its reason is counted and printed, and fails nothing', () => {
  const { status, stdout, skipped } = run("test('asks Go', ({ skip }) => skip('go is not installed'));\n");
  expect(stdout).toContain('skipped: 1\n  planted.test.ts > asks Go\n    go is not installed\n');
  expect(skipped).toEqual([{ test: 'planted.test.ts > asks Go', why: 'go is not installed' }]);
  expect(status).toBe(0);
});

test('a skip without a reason fails the run', () => {
  const { status, stdout } = run("test.skip('asks nobody', () => {});\n");
  expect(stdout).toContain('skipped: 1\n  planted.test.ts > asks nobody\n    NO REASON');
  expect(status).toBe(1);
});

test('the build uses it, and .ci/run prints what it wrote', () => {
  const { scripts } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8'));
  expect(scripts.unit).toContain('--reporter=./tools/skipped.ts');
  const script = readFileSync(join(repo, '.ci/run'), 'utf8');
  const [, printing = ''] = /^(skipped\(\) \{\n[\s\S]*?\n\})$/m.exec(script) ?? [];
  const { stdout } = spawnSync('bash', ['-c', `${printing}\nskipped`], { cwd: folder, encoding: 'utf8' });
  expect(stdout).toBe('skipped: 1\n  no reason: planted.test.ts > asks nobody\n');
  const before = spawnSync('bash', ['-c', `${printing}\nskipped`], { cwd: join(folder, 'tools'), encoding: 'utf8' });
  expect(before.stdout).toContain('not known, the tests did not end');
});
