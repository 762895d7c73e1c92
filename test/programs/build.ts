/**
 * Builds what tests start as processes and threads of their own, before the first test: the packages, as they are shipped,
 * and the programs of this folder. It takes a second where nothing changed. The tests themselves read the sources.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { repository } from '../canary/repository.ts';
import { PROGRAMS_DIR } from './program.ts';

/** Programs that a test starts, or a handler's process loads. */
const PROGRAMS = [
  'governor/handlers.ts',
  'crash/child.ts',
  'crash/dying-steps.ts',
  'crash/gate-child.ts',
  'governor/killed.ts',
  'governor-parts/handlers.ts',
  'governor-parts/lonely-governor.ts',
  'laws/other-process.ts',
  'mcp/stdio-server.ts',
  'storage/child.ts',
  'storage/postgres-child.ts',
];

/** Builds all of it. */
export const buildPrograms = async (): Promise<void> => {
  const compiler = join(repository, 'node_modules/@typescript/native/bin/tsc');
  const args = [compiler, '-b', join(repository, 'packages/cli'), '--pretty', 'false'];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the packages do not compile, and tests would start old ones:\n${stdout}`);
  await build({
    entryPoints: PROGRAMS.map((program) => join(repository, 'test', program)),
    outdir: PROGRAMS_DIR,
    outbase: join(repository, 'test'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
};

/** What vitest calls before the first test; it looks for this name. */
export const setup = async (project: TestProject): Promise<void> => {
  await buildPrograms();
  project.onTestsRerun(buildPrograms);
};
