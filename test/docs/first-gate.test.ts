/** The services of docs/first-gate.md: each is short, stands in the examples too, and asks the gate before anything is restarted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { blocksOf } from '../cli/followed-page.ts';

const services = blocksOf('docs/first-gate.md')
  .filter(({ info }) => info === 'ts')
  .map(({ text }) => text);
const examples = join(repository, 'examples/first-gate');
const names = readdirSync(examples).sort();

mkdirSync(join(repository, '.build'), { recursive: true });
/** Below the repository, so that the frameworks are found; as the page says, under a name that Node runs. */
const folder = mkdtempSync(join(repository, '.build', 'first-gate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Says on which port the service listens: it asks for any. */
const PRELOAD = `import { Server } from 'node:net';
const { listen } = Server.prototype;
Server.prototype.listen = function (...args) {
  this.once('listening', () => process.send?.(this.address().port));
  return listen.apply(this, args);
};
`;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
};

test('the page shows a service for each of three frameworks, each in 30 lines at most', () => {
  expect(names).toEqual(['express.ts', 'fastify.ts', 'hono.ts']);
  expect(services.toSorted()).toEqual(names.map((name) => readFileSync(join(examples, name), 'utf8')).toSorted());
  for (const text of services) expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
});

test.for(names)('the service of %s asks with its key, and says what the gate says', async (name) => {
  const asked: { readonly line: string; readonly key: string | undefined; readonly body: unknown }[] = [];
  const answers = [
    { status: 200, body: { verdict: 'approve', outcome: { status: 'success', result: { pid: 7 } } } },
    { status: 200, body: { verdict: 'refuse', reasons: [{ code: 'service_is_up' }] } },
    { status: 503, body: { title: 'not decided' } },
  ];
  const gate = createServer(async (request, response) => {
    const body = JSON.parse(await bodyOf(request)) as unknown;
    const { status, body: answer } = answers[asked.length] ?? { status: 500, body: {} };
    asked.push({ line: `${request.method} ${request.url}`, key: request.headers.authorization, body });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void gate.close());
  const [preload, program] = [join(folder, 'preload.mjs'), join(folder, name.replace('.ts', '.mjs'))];
  writeFileSync(preload, PRELOAD);
  writeFileSync(program, readFileSync(join(examples, name)));
  const child: ChildProcess = spawn(process.execPath, ['--import', preload, program], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      PORT: '0',
      TAI_KEY: 'tai_key',
      TAI_URL: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = (await once(child, 'message')) as readonly number[];
  const restart = async () => {
    const response = await fetch(`http://localhost:${port}/services/web/restart`, { method: 'POST' });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  expect(await restart()).toEqual({ status: 200, body: answers[0]?.body });
  expect(await restart()).toEqual({ status: 409, body: answers[1]?.body });
  expect(await restart()).toEqual({ status: 502, body: {} });
  expect(asked).toEqual(
    Array.from({ length: 3 }, () => ({
      line: 'POST /v1/actions',
      key: 'Bearer tai_key',
      body: { action: 'restart_service', resource: 'web' },
    })),
  );
});
