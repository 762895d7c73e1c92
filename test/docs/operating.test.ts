/** docs/operating.md is followed from top to bottom: `tai` in this process, everything else in a shell. */
import { expect, onTestFinished, test } from 'vitest';
import { blocksOf, follow, taiIn } from '../cli/followed-page.ts';
import { scratch } from '../cli/scratch.ts';
import { needs } from '../outside-tools.ts';
import { inTheLongRun } from '../runs.ts';
import { openShell } from './shell.ts';

test('the commands of docs/operating.md print what it shows, a restore and a change of keys included', async (context) => {
  inTheLongRun(context);
  needs(context, 'bash');
  const dir = scratch();
  const tai = taiIn(dir);
  const shell = openShell(dir);
  onTestFinished(() => shell.close());
  const run: typeof tai = (line, until) => (line.startsWith('tai ') ? tai : shell.run)(line, until);
  expect(await follow(blocksOf('docs/operating.md'), dir, run)).toBeGreaterThan(15);
}, 240_000);
