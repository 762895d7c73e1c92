import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Handler } from '@tai-autonomics/governor';
import { createExecutor } from '@tai-autonomics/governor/node';
import { expect, test } from 'vitest';
import { builtFrom, builtModule } from '../programs/program.ts';
import { eventually, isRunning, scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const module = builtModule(import.meta.resolve('./handlers.ts'));
const names = [
  'echo',
  'silent',
  'surroundings',
  'refuses',
  'throwsLater',
  'answersFraction',
  'answersDate',
  'answersCycle',
  'answersMuch',
  'exits',
  'isKilled',
  'fillsHeap',
  'talks',
  'hangsWithChild',
  'blocksWithChild',
  'answersWithChild',
  'late',
  'stopsWhenAsked',
  'notAFunction',
];
const handlers: readonly Handler[] = [
  ...names.map((name): Handler => ({ step: name, module, export: name, options: { place: 'here' } })),
  { step: 'noModule', module: 'file:///nowhere/at-all.js', export: 'run' },
  { step: 'twice', module, export: 'echo' },
  { step: 'twice', module, export: 'silent' },
];
const executor = createExecutor(handlers);
const ACME = { tenant: 'acme', resource: 'payments' };

test('a handler is called with the step, its resource, the mode and its options, and its answer is the result', async () => {
  const done = await executor.run(stepOf('echo', { target_version: 'v1.0.0' }), ACME, 'eval');
  expect(done).toMatchObject({
    status: 'success',
    result: {
      with: { target_version: 'v1.0.0' },
      tenant: 'acme',
      resource: 'payments',
      mode: 'eval',
      options: { place: 'here' },
    },
  });
  expect(done.bounds).toEqual({
    enforced: ['wall_clock', 'v8_heap'],
    measured: ['rss', 'cpu'],
    overrun: expect.any(Array),
  });
  for (const figure of Object.values(done.measured)) expect(Number.isSafeInteger(figure)).toBe(true);
  expect(done.measured.maxRssBytes).toBeGreaterThan(0);
  expect(done.measured.cpuMs).toBeGreaterThan(0);
});

test.concurrent.for([
  {
    note: 'a handler that answers nothing succeeds with null',
    step: 'silent',
    want: { status: 'success', result: null },
  },
  {
    note: 'a throw from a callback fails the step',
    step: 'throwsLater',
    want: { status: 'failed', detail: 'thrown from a callback' },
  },
  { note: 'a fraction is no result', step: 'answersFraction', want: { status: 'unknown', detail: /safe integer/ } },
  { note: 'a date is no result', step: 'answersDate', want: { status: 'unknown', detail: /not plain/ } },
  { note: 'a cycle is no result', step: 'answersCycle', want: { status: 'unknown', detail: /nested deeper/ } },
  { note: 'a result over its limit is no result', step: 'answersMuch', want: { status: 'unknown', detail: /larger/ } },
  {
    note: 'a process that leaves without an answer is unknown',
    step: 'exits',
    want: { status: 'unknown', detail: /ended with code 0/ },
  },
  { note: 'a process that is killed is unknown', step: 'isKilled', want: { status: 'unknown', detail: /SIGTERM/ } },
  { note: 'a module that does not load fails', step: 'noModule', want: { status: 'failed', detail: /did not load/ } },
  {
    note: 'an export that is no function fails',
    step: 'notAFunction',
    want: { status: 'failed', detail: /no function/ },
  },
  { note: 'a step that nobody registered fails', step: 'nobody', want: { status: 'failed', detail: /no handler/ } },
  { note: 'a step that two registered fails', step: 'twice', want: { status: 'failed', detail: /more than one/ } },
])('$note', async ({ step, want }) => {
  const { detail, ...rest } = want as { status: string; detail?: string | RegExp };
  const done = await executor.run(stepOf(step), ACME, 'contractual');
  expect(done).toMatchObject({ ...rest, ...(detail === undefined ? {} : { detail: expect.stringMatching(detail) }) });
});

test.for([
  { note: 'ends', code: "console.error('no configuration of', 'password=planted');\nprocess.exit(7);" },
  {
    note: 'throws later',
    code: "setTimeout(() => { throw new Error('no configuration of'); });\nawait new Promise(() => setInterval(() => {}, 1000));",
  },
])(
  'a process that $note before its handler was called says why, in one bounded line without a secret',
  async ({ code }, context) => {
    const file = join(scratchFolder(context), 'dies.mjs');
    writeFileSync(file, `console.error('x'.repeat(600));\n${code}\nexport const run = () => 1;\n`);
    const dies = createExecutor([{ step: 'dies', module: pathToFileURL(file).href, export: 'run' }]);
    const done = await dies.run(stepOf('dies'), ACME, 'eval');
    expect(done.status).toBe('failed');
    const detail = done.status === 'failed' ? done.detail : '';
    expect(detail).toContain('no configuration of');
    expect(detail).not.toContain('planted');
    expect(detail.length).toBeLessThanOrEqual(500);
  },
);

test('a failed step says why in one bounded line without a stack', async () => {
  const done = await executor.run(stepOf('refuses'), ACME, 'eval');
  const detail = done.status === 'failed' ? done.detail : '';
  expect(detail).toMatch(/^the tag is gone x+…$/);
  expect(detail.length).toBe(500);
});

test('a handler sees no environment but PATH and HOME and an empty input', async () => {
  process.env['TAI_TEST_SECRET'] = 'not for handlers';
  const done = await executor.run(stepOf('surroundings'), ACME, 'eval');
  delete process.env['TAI_TEST_SECRET'];
  const wanted = ['HOME', 'PATH'].filter((name) => process.env[name] !== undefined);
  expect(done).toMatchObject({ result: { environment: wanted, folder: '/', stdin: 0 } });
});

test.concurrent.for([
  {
    note: 'at the limit an idle handler is killed with what it started',
    step: 'hangsWithChild',
    timeoutMs: 4_000,
    want: 'timeout',
  },
  {
    note: 'at the limit a handler that never yields is killed with what it started',
    step: 'blocksWithChild',
    timeoutMs: 4_000,
    want: 'timeout',
  },
  {
    note: 'what a handler leaves behind is killed after its answer',
    step: 'answersWithChild',
    timeoutMs: 60_000,
    want: 'success',
  },
])('$note', async ({ step, timeoutMs, want }, context) => {
  const file = join(scratchFolder(context), 'pid');
  const done = await executor.run(stepOf(step, { file }, { timeoutMs }), ACME, 'eval');
  expect(done.status).toBe(want);
  if (done.status === 'timeout') expect(done.limitMs).toBe(timeoutMs);
  const pid = Number(readFileSync(file, 'utf8'));
  expect(pid).toBeGreaterThan(1);
  expect(await eventually(() => !isRunning(pid))).toBe(true);
});

test.concurrent('an answer after the limit is not heard, and the act before it does not happen', async (context) => {
  const file = join(scratchFolder(context), 'act');
  const done = await executor.run(stepOf('late', { file, blockMs: 2_500 }, { timeoutMs: 2_000 }), ACME, 'eval');
  expect(done).toMatchObject({ status: 'timeout', limitMs: 2_000 });
  await pause(1_500);
  expect(existsSync(file)).toBe(false);
});

test('the deadline shortens the limit, and a deadline that has passed starts nothing', async () => {
  const step = stepOf('silent');
  expect(await executor.run(step, ACME, 'eval', { withinMs: 1 })).toMatchObject({
    status: 'timeout',
    limitMs: 1,
  });
  const none = await executor.run(step, ACME, 'eval', { withinMs: -5 });
  expect(none).toMatchObject({ status: 'timeout', limitMs: 0, measured: { wallMs: 0 } });
});

test.concurrent('a handler that fills its heap ends as memory_exceeded', async () => {
  const memoryBytes = 64 * 1_048_576;
  const done = await executor.run(stepOf('fillsHeap', {}, { memoryBytes }), ACME, 'eval');
  expect(done).toMatchObject({ status: 'memory_exceeded', limitBytes: memoryBytes });
});

test('resident memory is measured, not enforced: over the limit it is reported and the step goes on', async () => {
  const done = await executor.run(stepOf('silent', {}, { memoryBytes: 32 * 1_048_576 }), ACME, 'eval');
  expect(done).toMatchObject({ status: 'success', bounds: { overrun: expect.arrayContaining(['rss']) } });
});

test('output is kept for the log, the last of it', async () => {
  const { output } = await executor.run(stepOf('talks'), ACME, 'eval');
  expect(output.stdout.length).toBeLessThanOrEqual(16_384);
  expect(output.stdout).toContain('line 2999 of the output');
  expect(output.stdout).not.toContain('line 0 of');
  expect(output.stderr).toContain('last words');
});

test.concurrent.for([
  {
    note: 'a handler that listens stops in good order',
    step: 'stopsWhenAsked',
    want: { status: 'success', result: 'stopped in good order' },
  },
  {
    note: 'a handler that does not listen is killed after the grace',
    step: 'hangsWithChild',
    want: { status: 'unknown' },
  },
])('when the host closes, $note', async ({ step, want }, context) => {
  const file = join(scratchFolder(context), 'file');
  const closing = new AbortController();
  const running = executor.run(stepOf(step, { file }), ACME, 'eval', { signal: closing.signal });
  expect(await eventually(() => existsSync(file))).toBe(true);
  closing.abort();
  expect(await running).toMatchObject(want);
  const after = await executor.run(stepOf('silent'), ACME, 'eval', { signal: closing.signal });
  expect(after).toMatchObject({ status: 'failed', detail: expect.stringMatching(/closing/) });
});

test.concurrent('a handler that never yields dies with the process of its governor', async (context) => {
  const file = join(scratchFolder(context), 'pid');
  const governor = builtFrom(import.meta.resolve('./lonely-governor.ts'));
  const parent = spawn(process.execPath, [governor, module, file], { stdio: 'ignore' });
  expect(await eventually(() => existsSync(file) && readFileSync(file, 'utf8') !== '')).toBe(true);
  const pid = Number(readFileSync(file, 'utf8'));
  expect(isRunning(pid)).toBe(true);
  parent.kill('SIGKILL');
  expect(await eventually(() => !isRunning(pid))).toBe(true);
});

test('an executor knows the steps that exactly one handler is registered for', () => {
  expect(['echo', 'twice', 'nobody'].map((step) => executor.has(step))).toEqual([true, false, false]);
});
