#!/usr/bin/env node
// Starts the tai command. A published package carries ../dist; a source checkout is built once, on first use.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const main = join(here, '..', 'dist', 'main.js');

/** One line on stderr; stdout belongs to the command (`tai mcp` speaks a protocol there). */
const say = (line) => process.stderr.write(`tai: ${line}\n`);

/** Compiles the command and what it imports; true if ../dist is there afterwards. */
const build = () => {
  const workspace = join(here, '..', '..', '..');
  if (!existsSync(join(workspace, 'tsconfig.base.json'))) {
    say('this package is incomplete: dist/main.js is missing; install it again');
    return false;
  }
  let compiler;
  try {
    const manifest = createRequire(import.meta.url).resolve('@typescript/native/package.json');
    compiler = join(dirname(manifest), 'bin', 'tsc');
  } catch {
    say(`not built, and there is no compiler to build it: run \`npm ci\` in ${workspace} first`);
    return false;
  }
  say('first run in a source checkout: building (a few seconds)');
  const { status } = spawnSync(process.execPath, [compiler, '-b', join('packages', 'cli')], {
    cwd: workspace,
    stdio: ['ignore', 2, 2],
  });
  if (existsSync(main)) return true;
  say(`the build failed (exit ${status ?? 'unknown'}): run \`npm run build\` in ${workspace} to see why`);
  return false;
};

// A reader that closes early (`tai … | head`) is no fault of ours.
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

if (existsSync(main) || build()) {
  try {
    const command = await import(pathToFileURL(main).href);
    process.exitCode = await command.main(process.argv.slice(2));
  } catch (error) {
    say(error instanceof Error ? (error.message.split('\n', 1)[0] ?? error.name) : String(error));
    process.exitCode = 1;
  }
} else {
  process.exitCode = 1;
}
