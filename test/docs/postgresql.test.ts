/** docs/postgresql.md is followed from top to bottom, on a real server. */
import { expect, onTestFinished, test } from 'vitest';
import { blocksOf, follow, taiIn } from '../cli/followed-page.ts';
import { scratch } from '../cli/scratch.ts';
import { needs } from '../outside-tools.ts';
import { inTheLongRun } from '../runs.ts';
import { NO_SERVER, postgresOffers } from '../storage/postgres-server.ts';
import { openShell } from './shell.ts';

test('the commands of docs/postgresql.md print what it shows, and both exports are the same', async (context) => {
  inTheLongRun(context);
  needs(context, 'bash');
  const [offer] = postgresOffers();
  if (offer === undefined) return context.skip(NO_SERVER);
  const server = await offer();
  onTestFinished(() => server.stop());
  const owner = await server.bare();
  const dir = scratch();
  const tai = taiIn(dir);
  const shell = openShell(dir);
  onTestFinished(() => shell.close());
  // The page's server is this one.
  const here = (line: string): string =>
    line.replaceAll(/postgres:\/\/(tai_\w+)@db\.example\.com\/tai/g, (_, role) => owner.replace('tai_owner', role));
  const run: typeof tai = (line, until) => (line.startsWith('tai ') ? tai : shell.run)(here(line), until);
  expect(await follow(blocksOf('docs/postgresql.md'), dir, run)).toBe(9);
}, 240_000);
