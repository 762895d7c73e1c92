/**
 * The program that the executor starts: loads one handler, calls it once, says how it went, and waits to be killed.
 * It leads a process group of its own, so everything that the handler starts dies with it.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { HandlerCall } from '../ports.ts';
import type { CallMessage, FromChild, ToChild } from './executor-protocol.ts';
import { parsePlainJson } from './plain-json.ts';
import type { Usage } from './process-usage.ts';
import { isUncertain } from './uncertain-ending.ts';

/**
 * A handler that never yields would not notice that its governor died, and would go on alone. This thread does notice:
 * a process whose parent is gone gets another parent.
 */
const WATCH_GOVERNOR = `
  const { workerData: governor } = require('node:worker_threads');
  const killAll = () => {
    try { process.kill(-process.pid, 'SIGKILL'); } finally { process.kill(process.pid, 'SIGKILL'); }
  };
  setInterval(() => { if (process.ppid !== governor) killAll(); }, 500);
`;

/** Answers when the thread runs: a handler that is called earlier could keep it from starting. */
const watchGovernor = async (governor: number): Promise<void> => {
  const watch = new Worker(WATCH_GOVERNOR, { eval: true, execArgv: [], env: {}, workerData: governor });
  watch.unref();
  await once(watch, 'online');
};

/** CPU time in microseconds before the call: a process may have waited for it. */
let waited = 0;

const ownUsage = (): Usage => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuMs: Math.round((userCPUTime + systemCPUTime - waited) / 1000), maxRssBytes: maxRSS * 1024 };
};

const killOwnGroup = (): void => {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } finally {
    // Started by hand it would lead no group.
    process.kill(process.pid, 'SIGKILL');
  }
};

/** The reply ends this process, so what the handler printed has to be out before it. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.writable) stream.write('', () => resolve());
    else resolve();
  });

type Tell = (message: FromChild) => void;

const loadHandler = async (message: CallMessage): Promise<E.Either<string, (call: HandlerCall) => unknown>> => {
  try {
    const loaded: Readonly<Record<string, unknown>> = await import(message.module);
    const found = loaded[message.export];
    return typeof found === 'function'
      ? E.right(found as (call: HandlerCall) => unknown)
      : E.left(`the handler's module has no function named ${message.export}`);
  } catch (thrown) {
    return E.left(`the handler's module did not load: ${messageOf(thrown)}`);
  }
};

const reply = async (message: CallMessage, signal: AbortSignal, tell: Tell): Promise<FromChild> => {
  const handler = await loadHandler(message);
  if (E.isLeft(handler)) return { kind: 'failed', detail: handler.left, usage: ownUsage() };
  try {
    await watchGovernor(message.governor);
    tell({ kind: 'begun' });
    const result = parsePlainJson(await handler.right({ ...message.call, signal }), message.resultBytesMax);
    return E.isRight(result)
      ? { kind: 'result', result: result.right, usage: ownUsage() }
      : { kind: 'unusable', detail: `the handler's result ${result.left}`, usage: ownUsage() };
  } catch (thrown) {
    return { kind: isUncertain(thrown) ? 'unusable' : 'failed', detail: messageOf(thrown), usage: ownUsage() };
  }
};

const runHandler = async (message: CallMessage, signal: AbortSignal, tell: Tell): Promise<void> => {
  const answer = await reply(message, signal, tell);
  await flushed(process.stdout);
  await flushed(process.stderr);
  tell(answer);
};

const serve = (tell: Tell): void => {
  const aborting = new AbortController();
  process.on('disconnect', killOwnGroup);
  process.on('uncaughtException', (thrown) => tell({ kind: 'failed', detail: messageOf(thrown), usage: ownUsage() }));
  process.on('message', (message: ToChild) => {
    if (message.kind === 'abort') {
      aborting.abort();
      return;
    }
    const { user, system } = process.cpuUsage();
    waited = user + system;
    void runHandler(message, aborting.signal, tell);
  });
};

const send = process.send?.bind(process);
if (send !== undefined) serve((message) => void send(message));
