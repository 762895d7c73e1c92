/** Every example is run, and says what stands beside it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { main } from '@tai-autonomics/cli';
import { afterEach, expect, test, vi } from 'vitest';
import { repository } from './canary/repository.ts';
import { captureIo } from './cli/terminal.ts';
import { inTheLongRun } from './runs.ts';

const folder = join(repository, 'examples');
// Those of `policy` are shown by cli/shows.test.ts.
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => !name.includes('node_modules') && !name.startsWith('policy'))
  .sort();
const programs = names.filter((name) => /^\d\d-[^/]*\.ts$/.test(name) && !name.endsWith('.test.ts'));
const observations = names.filter((name) => /^decide\/[^/]*\.jsonc$/.test(name));
const goldenOf = (name: string): string => name.replace(/\.[^.]+$/, '.out');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

afterEach(() => {
  vi.restoreAllMocks();
});

test('every example has a golden, and every golden an example', () => {
  expect(programs.length).toBeGreaterThanOrEqual(5);
  expect(observations.length).toBeGreaterThanOrEqual(3);
  // Those of policy/ are compared where its commands are tried.
  const goldens = names.filter((name) => name.endsWith('.out') && !name.startsWith('policy/'));
  expect(goldens).toEqual([...programs, ...observations].map(goldenOf).sort());
});

/** They take seconds: a catalog is linted and proved several times over, a service is deployed. */
const LONG: ReadonlySet<string> = new Set(['07-policy-version.ts', '09-release.ts']);

test.for(programs)('%s prints its golden', async (name, context) => {
  if (LONG.has(name)) inTheLongRun(context);
  // Programs share modules, and each expects to be the first.
  vi.resetModules();
  let printed = '';
  vi.spyOn(console, 'log').mockImplementation((...parts: unknown[]) => {
    printed += `${format(...parts)}\n`;
  });
  await import(pathToFileURL(join(folder, name)).href);
  expect(printed).toBe(read(goldenOf(name)));
});

test.each(observations)('tai decide examples/%s prints its golden', async (name) => {
  const { io, printed } = captureIo(repository);
  await main(['decide', join('examples', name)], io);
  expect(printed()).toBe(read(goldenOf(name)));
});
