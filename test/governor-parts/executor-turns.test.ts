/** Processes of approved steps: so many at once, tenants by turns; one waits for the next call, and one that died is replaced. */
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import type { Handler } from '@tai-autonomics/governor';
import { createExecutor, partStatuses } from '@tai-autonomics/governor/node';
import { expect, test } from 'vitest';
import { builtModule } from '../programs/program.ts';
import { eventually, isRunning } from './scratch.ts';
import { stepOf } from './step.ts';

const module = builtModule(import.meta.resolve('./handlers.ts'));
const handlers: readonly Handler[] = [{ step: 'echo', module, export: 'echo', options: {} }];
const OF = { tenant: 'acme', resource: 'payments' };

test('no more run at once than may, and tenants take turns', async () => {
  const { turn } = createExecutor(handlers, { processesMax: 2 });
  const order: string[] = [];
  const places: (() => void)[] = [];
  for (const [n, tenant] of ['busy', 'busy', 'busy', 'busy', 'quiet'].entries())
    void turn({ tenant, severity: 'medium' }).then((leave) => {
      order.push(`${tenant} ${n}`);
      places.push(leave);
    });
  const settle = () => new Promise((turned) => setImmediate(turned));
  await settle();
  expect(order).toEqual(['busy 0', 'busy 1']);
  // Said twice, it is left once.
  places[0]?.();
  places[0]?.();
  await settle();
  expect(order).toEqual(['busy 0', 'busy 1', 'busy 2']);
  places[1]?.();
  places[2]?.();
  await settle();
  expect(order.slice(3)).toEqual(['quiet 4', 'busy 3']);
});

test('what is urgent is begun first, and low work takes no more than its half', async () => {
  const { turn } = createExecutor(handlers, { processesMax: 2 });
  const begun: string[] = [];
  const places: (() => void)[] = [];
  const severities = ['low', 'low', 'medium', 'low', 'critical'] as const;
  for (const [n, severity] of severities.entries())
    void turn({ tenant: 'acme', severity }).then((leave) => {
      begun.push(`${severity} ${n}`);
      places.push(leave);
    });
  const settle = () => new Promise((turned) => setImmediate(turned));
  await settle();
  expect(begun).toEqual(['low 0', 'medium 2']);
  places[1]?.();
  await settle();
  expect(begun.slice(2)).toEqual(['critical 4']);
  places[0]?.();
  await settle();
  expect(begun.slice(3)).toEqual(['low 1']);
});

test('whoever waits when the host closes is told at once', async () => {
  const { turn } = createExecutor(handlers, { processesMax: 1 });
  const closing = new AbortController();
  await turn({ tenant: 'acme', severity: 'low' });
  const waiting = turn({ tenant: 'acme', severity: 'low' }, closing.signal);
  closing.abort();
  expect(await waiting).toBeTypeOf('function');
});

/** The processes that this one started and that carry out steps. */
const children = (): readonly number[] =>
  readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8')
      .split(' ')
      .filter((pid) => pid !== '' && isExecutor(pid))
      .map(Number),
  );
const isExecutor = (pid: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('executor-child');
  } catch {
    return false;
  }
};

test.skipIf(process.platform !== 'linux')(
  'once calls come one after the other, a process waits for the next; it runs nothing else, and if it died another does',
  async () => {
    // A kind of its own, so that no other test's spare is met.
    const executor = createExecutor(handlers, { nodeArguments: ['--no-deprecation', '--trace-uncaught'] });
    const before = new Set(children());
    const call = (bounds = {}) =>
      executor.run(stepOf('echo', {}, { memoryBytes: 256 * 1_048_576 }), OF, 'eval', bounds);
    const spares = () => children().filter((pid) => !before.has(pid));
    for (let n = 0; n < 2; n++) expect(await call()).toMatchObject({ status: 'success' });
    expect(await eventually(() => spares().length === 1)).toBe(true);
    const [spare = 0] = spares();
    const done = await call();
    expect(done).toMatchObject({ status: 'success' });
    // It carried the call out, and is gone; the next one waits.
    expect(isRunning(spare)).toBe(false);
    expect(await eventually(() => spares().length === 1)).toBe(true);
    const [next = 0] = spares();
    process.kill(next, 'SIGKILL');
    expect(await call()).toMatchObject({ status: 'success' });
    expect(partStatuses()).toContainEqual(
      expect.objectContaining({ name: 'executor processes', state: 'works', why: 'one that waited for a call died' }),
    );
    // Nobody starts another one for a host that is closing meanwhile.
    expect(await eventually(() => spares().length === 1)).toBe(true);
    const closing = new AbortController();
    process.kill(spares()[0] ?? 0, 'SIGKILL');
    const last = call({ signal: closing.signal });
    closing.abort();
    expect(await last).toMatchObject({ status: 'failed', detail: 'not started, because the host is closing' });
    // How the processes stand is one word for all files of this worker: it ends as it was found.
    expect(await call()).toMatchObject({ status: 'success' });
  },
);
