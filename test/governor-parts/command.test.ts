/** A program of the machine as a step: what its end says, what stands in the outcome, and what is filled in. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Handler } from '@tai-autonomics/governor';
import { type CommandLine, commandHandler } from '@tai-autonomics/governor/local';
import { createExecutor } from '@tai-autonomics/governor/node';
import { describe, expect, test } from 'vitest';
import { repository as root } from '../canary/repository.ts';
import { eventually, isRunning, scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const ACME = { tenant: 'acme', resource: 'orders' };
/** What runs in a process of its own is what was built. */
const built = (handler: Handler): Handler => ({
  ...handler,
  module: pathToFileURL(join(root, 'packages/governor/dist/local/command-handler.js')).href,
});
const executorFor = (line: CommandLine, nothingDone: readonly number[] = []) =>
  createExecutor([built(commandHandler('act', { acme: { orders: line } }, nothingDone))], { abortGraceMs: 20_000 });
const node = (program: string, ...args: readonly string[]): CommandLine => [process.execPath, '-e', program, ...args];
const run = (line: CommandLine, args: Readonly<Record<string, string | number>> = {}, timeoutMs = 60_000) =>
  executorFor(line).run(stepOf('act', args, { timeoutMs }), ACME, 'eval');

describe('a program that ends by itself', () => {
  test('well: the step is a success', async () => {
    const result = { program: process.execPath, exit: 0 };
    expect(await run(node('console.log("x")'))).toMatchObject({ status: 'success', result });
  });

  test('with a code that says that nothing was done: the step has failed, and with any other nobody knows', async () => {
    const ends = async (code: number, ...nothingDone: readonly number[]) =>
      (await executorFor(node(`process.exit(${code})`), nothingDone).run(stepOf('act'), ACME, 'eval')).status;
    expect(await ends(3, 3, 4)).toBe('failed');
    expect(await ends(5, 3, 4)).toBe('unknown');
    expect(await ends(3)).toBe('unknown');
  });

  test('with a code: the detail is the code alone', async () => {
    const ended = await run(node('console.error("password: " + process.argv[1]); process.exit(3)', '{secret}'), {
      secret: 'hunter2',
    });
    expect(ended).toMatchObject({ status: 'unknown', detail: `${process.execPath} ended with code 3` });
    expect(ended.output.stderr).toContain('password');
    expect(await run(node('process.exit(4)'))).toMatchObject({ detail: `${process.execPath} ended with code 4` });
  });

  test('before it began: the step has failed', async () => {
    const missing = join(root, 'no-such-program');
    const detail = `${missing} could not be started (ENOENT)`;
    expect(await run([missing, '{secret}'], { secret: 'hunter2' })).toMatchObject({ status: 'failed', detail });
    const folder = { status: 'failed', detail: `${root} could not be started (EACCES)` };
    expect(await run([root])).toMatchObject(folder);
    const much = { status: 'failed', detail: `${process.execPath} could not be started (E2BIG)` };
    expect(await run([process.execPath, '{text}'], { text: 'x'.repeat(4_194_304) })).toMatchObject(much);
  });
});

describe('of a program that is cut off nobody knows how far it came', () => {
  test('by a signal from elsewhere', async () => {
    const detail = `${process.execPath} was ended by SIGKILL before it was done`;
    expect(await run(node('process.kill(process.pid, "SIGKILL")', '{secret}'), { secret: 'hunter2' })).toMatchObject({
      status: 'unknown',
      detail,
    });
  });

  test('because it prints too much', async () => {
    expect(await run(node('for (;;) require("node:fs").writeSync(1, "x".repeat(65536))'))).toMatchObject({
      status: 'unknown',
      detail: expect.stringContaining('it printed more than 16777216 bytes'),
    });
  });

  test('by the limit of the step', async () => {
    expect((await run(node('setInterval(() => {}, 1000)'), {}, 3_000)).status).toMatch(/^(unknown|timeout)$/);
  });

  test('by the end of the host: the answer comes when it has ended, whatever its code', async (context) => {
    const place = join(scratchFolder(context), 'pid');
    const late = node(
      `process.on('SIGTERM', () => setTimeout(() => process.exit(1), 700));
       require('node:fs').writeFileSync(process.argv[1], String(process.pid)); setInterval(() => {}, 1000);`,
      '{place}',
    );
    const closing = new AbortController();
    const ended = executorFor(late).run(stepOf('act', { place }), ACME, 'eval', { signal: closing.signal });
    await eventually(() => existsSync(place) && readFileSync(place, 'utf8') !== '');
    await pause(100);
    closing.abort();
    expect(await ended).toMatchObject({ status: 'unknown' });
    expect(isRunning(Number(readFileSync(place, 'utf8')))).toBe(false);
  });
});

describe('what is filled in', () => {
  const program = 'require("node:fs").writeFileSync(process.argv[1], process.argv[2])';
  const filled = async (context: Parameters<typeof scratchFolder>[0], arg: string, value: string | number) => {
    const place = join(scratchFolder(context), 'written');
    const ended = await run(node(program, '{place}', arg), { place, value });
    return existsSync(place) ? readFileSync(place, 'utf8') : ended.status === 'failed' && ended.detail;
  };

  test('as an argument of its own is any text that is no option', async (context) => {
    expect(await filled(context, '{value}', "a'; drop table orders --")).toBe("a'; drop table orders --");
    expect(await filled(context, '{value}', '--all')).toContain('would become an option');
  });

  test('inside an argument is a name or an integer', async (context) => {
    for (const value of ['ix_orders', 'db:5432', 'v1.2-rc', -5])
      expect(await filled(context, 'drop index {value}', value)).toBe(`drop index ${value}`);
  });

  test.each(['ix; drop table orders', 'ix--', "ix'", '../etc', '..', '/etc', '-rf', 'ix\n', '', '$(reboot)'])(
    'inside an argument is never %j',
    async (value) => {
      const ended = await run(node(program, 'drop index {value}'), { value });
      const why =
        '{value} stands inside an argument, and what is filled in there is neither a name nor an integer: nothing was done';
      expect(ended).toMatchObject({ status: 'failed', detail: why });
    },
  );
});
