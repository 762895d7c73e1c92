/**
 * The program that the executor starts: loads one handler, calls it once, says how it went, and waits to be killed.
 * It leads a process group of its own, so everything that the handler starts dies with it.
 */
import { Worker } from 'node:worker_threads';
import { either as E } from 'fp-ts';
import { messageOf } from './bounded-text.ts';
import type { CallMessage, FromChild, ToChild } from './executor-protocol.ts';
import { parsePlainJson } from './plain-json.ts';
import type { HandlerCall } from './ports.ts';
import type { Usage } from './process-usage.ts';

/**
 * A handler that never yields would not notice that its governor died, and would go on alone. This thread does notice:
 * a process whose parent is gone gets another parent.
 */
const WATCH_PARENT = `
  const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) process.kill(-process.pid, 'SIGKILL'); }, 500);
`;

const ownUsage = (): Usage => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuMs: Math.round((userCPUTime + systemCPUTime) / 1000), maxRssBytes: maxRSS * 1024 };
};

const killOwnGroup = (): void => {
  process.kill(-process.pid, 'SIGKILL');
};

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

const runHandler = async (message: CallMessage, signal: AbortSignal, tell: Tell): Promise<void> => {
  const handler = await loadHandler(message);
  if (E.isLeft(handler)) return tell({ kind: 'failed', detail: handler.left, usage: ownUsage() });
  tell({ kind: 'begun' });
  try {
    const result = parsePlainJson(await handler.right({ ...message.call, signal }), message.resultBytesMax);
    if (E.isRight(result)) tell({ kind: 'result', result: result.right, usage: ownUsage() });
    else tell({ kind: 'unusable', detail: `the handler's result ${result.left}`, usage: ownUsage() });
  } catch (thrown) {
    tell({ kind: 'failed', detail: messageOf(thrown), usage: ownUsage() });
  }
};

const serve = (tell: Tell): void => {
  const aborting = new AbortController();
  new Worker(WATCH_PARENT, { eval: true, execArgv: [], env: {} }).unref();
  process.on('disconnect', killOwnGroup);
  process.on('uncaughtException', (thrown) => tell({ kind: 'failed', detail: messageOf(thrown), usage: ownUsage() }));
  process.on('message', (message: ToChild) => {
    if (message.kind === 'abort') aborting.abort();
    else void runHandler(message, aborting.signal, tell);
  });
};

const send = process.send?.bind(process);
if (send !== undefined) serve((message) => void send(message));
