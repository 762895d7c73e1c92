/**
 * `kill -9` at each step of `tai store move` that leaves something behind: at every one the tenant goes on in one place at most, and the
 * same line ends what was begun. `npm run test:crash` has all steps, the long run each third of them, `npm test` a few.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { EXIT } from '@tai-autonomics/cli';
import { expect, test } from 'vitest';
import { layOutBought } from '../cli/bought.ts';
import { runIn } from '../cli/rows.ts';
import { scratch } from '../cli/scratch.ts';
import { builtFrom, TAI } from '../programs/program.ts';
import { isLongRun } from '../runs.ts';

/** An odd one: half of the steps die before what they do, the others after it. */
const STRIDE = process.env['TAI_CRASH'] === 'all' ? 1 : isLongRun ? 3 : 29;
const DYING = pathToFileURL(builtFrom(import.meta.resolve('./dying-steps.ts'))).href;
const bot = ['--tenant', 'acme', '--as', 'agent:bot'];
const move = ['store', 'move', 'acme', 'eu', '--place', 'eu'];

/** How a process ended that dies at a step. */
const dyingAt = async (dir: string, step: number): Promise<string | number | null> => {
  const child = spawn(process.execPath, ['--import', DYING, TAI, ...move], {
    cwd: dir,
    stdio: 'ignore',
    env: { ...process.env, TAI_DIES_AT: String(step) },
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return code ?? signal;
};

test('killed at any step, a tenant goes on in one place at most, and the same line moves it there', async () => {
  const origin = scratch();
  layOutBought(origin, {});
  const begin = (...line: readonly string[]) => runIn(origin, line);
  expect(await begin('event', 'event.json')).toMatchObject({ code: EXIT.ok });
  for (let n = 0; n < 3; n += 1) expect(await begin('submit', 'check_health', ...bot)).toMatchObject({ code: EXIT.ok });
  let [killed, last] = [0, 0];
  for (let step = 1; ; step += STRIDE) {
    const dir = scratch();
    cpSync(join(origin, '.tai'), join(dir, '.tai'), { recursive: true });
    const end = await dyingAt(dir, step);
    if (end !== 'SIGKILL') {
      expect(end).toBe(EXIT.ok);
      break;
    }
    [killed, last] = [killed + 1, step];
    const tai = (...line: readonly string[]) => runIn(dir, line);
    const decides = async (folder: string): Promise<boolean> =>
      existsSync(join(dir, folder, 'config.json')) &&
      (await tai('submit', 'check_health', ...bot, '--dir', folder)).code === EXIT.ok;
    const both = [await decides('.tai'), await decides('eu')];
    expect(both.filter((one) => one).length, `step ${step}`).toBeLessThanOrEqual(1);
    const again = await tai(...move);
    expect([step, again.code, again.err]).toEqual([step, EXIT.ok, expect.any(String)]);
    expect([await decides('.tai'), await decides('eu')], `step ${step}`).toEqual([false, true]);
    for (const folder of ['.tai', 'eu'])
      expect(await tai('store', 'check', '--dir', folder)).toMatchObject({ code: EXIT.ok });
  }
  expect(killed).toBeGreaterThan(1);
  expect(last).toBeGreaterThan(20);
}, 1_200_000);
