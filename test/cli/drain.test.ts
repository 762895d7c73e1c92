/** `tai serve` that is told to stop under load, and that reads its configuration again while it runs. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import { either as E } from 'fp-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inTheLongRun } from '../runs.ts';
import { type Running, startTai } from './process.ts';
import { prepare, runIn } from './rows.ts';
import { folder } from './scratch.ts';

let dir: string;
let remove: () => void;
let serving: Running;
let url: string;
let key: string;

beforeEach(async () => {
  ({ dir, remove } = folder());
  prepare(dir);
  await runIn(dir, ['event', 'event.json']);
  const made = await runIn(dir, ['credentials', 'new', '--tenant', 'acme', '--as', 'agent:bot', '--json']);
  ({ key } = JSON.parse(made.out));
  serving = startTai(dir, 'serve', '--port', '0');
  url = (await serving.says(/^serving on (\S+)$/m))[1] ?? '';
  await serving.says(/stop with Ctrl-C\n/);
});
afterEach(() => {
  serving.child.kill('SIGKILL');
  remove();
});

interface Answered {
  readonly status: number;
  readonly seq?: number;
}

/** Asks over a connection of its own; `error` where the connection broke. */
const ask = (agent: Agent): Promise<Answered | { readonly error: string }> =>
  new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const asked = request(`${url}/v1/actions`, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('error', ({ message }) => resolve({ error: message }));
      response.once('end', () => {
        const seq = JSON.parse(text).receipt?.seq;
        resolve({ status: response.statusCode ?? 0, ...(seq === undefined ? {} : { seq }) });
      });
    });
    asked.once('error', (error) => resolve({ error: 'code' in error ? String(error.code) : error.message }));
    asked.end(JSON.stringify({ action: 'check_health', resource: '*' }));
  });

test('at SIGTERM no request in flight is reset, and each that was answered has its receipt', async () => {
  const agent = new Agent({ keepAlive: true });
  // Connections that stay open: the next requests come over them, while the server is told to stop.
  await Promise.all(Array.from({ length: 40 }, () => ask(agent)));
  const asked = Array.from({ length: 200 }, () => ask(agent));
  await Promise.race(asked);
  // Whoever asks again as soon as they are answered meets the closing of the port sooner or later.
  const ends = Array.from({ length: 24 }, async () => {
    for (;;) {
      const answer = await ask(agent);
      if ('error' in answer) return answer.error;
    }
  });
  serving.child.kill('SIGTERM');
  expect(new Set(await Promise.all(ends))).toEqual(new Set(['ECONNREFUSED']));
  const answers = await Promise.all(asked);
  expect(await serving.ended).toBe(0);
  agent.destroy();
  // A connection that was not made yet may be refused: then nothing was asked.
  const broken = answers.flatMap((one) => ('error' in one && one.error !== 'ECONNREFUSED' ? [one.error] : []));
  expect({ answered: answers.length - broken.length, broken }).toEqual({ answered: answers.length, broken: [] });
  const seqs = answers.flatMap((one) => ('seq' in one ? [one.seq as number] : []));
  expect(seqs.length).toBeGreaterThan(0);
  const store = await openSqliteStore(join(dir, '.tai/ledger.db'));
  if (E.isLeft(store)) throw new Error(store.left.detail);
  const ledgers = await store.right.ledgers();
  const heads = await Promise.all((E.isRight(ledgers) ? ledgers.right : []).map((one) => store.right.head(one)));
  const sizes = heads.map((head) => (E.isRight(head) ? (head.right?.size ?? 0) : 0));
  await store.right.close();
  expect(Math.max(...sizes)).toBeGreaterThan(Math.max(...seqs));
  expect(new Set(seqs).size).toBe(seqs.length);
});

test('at SIGHUP the configuration counts anew; one that is half written changes nothing, and is said with its line', async () => {
  const path = join(dir, '.tai/config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  const hangUp = (text: string): void => {
    writeFileSync(path, text);
    serving.child.kill('SIGHUP');
  };
  hangUp(JSON.stringify(config, null, 2).replace('"owners"', '"ownres"'));
  await serving.says(/config\.json:5:\d+: at \$\.ownres: expected .*did you mean `owners`/);
  await serving.says(/the configuration that was read before still counts/);
  expect((await ask(new Agent())) as Answered).toMatchObject({ status: 200 });
  hangUp(JSON.stringify({ ...config, domain: 'elsewhere.example' }));
  await serving.says(/domain: cannot change while it runs; restart the process for that/);
  hangUp(JSON.stringify({ ...config, owners: { ...config.owners, beta: 'ben' } }));
  await serving.says(/the configuration was read again, and counts from now on/);
  const event = JSON.parse(readFileSync(join(dir, 'event.json'), 'utf8'));
  const beta = { ...event, event_id: 'evt-9', record: { ...event.record, tenant_id: 'beta' } };
  writeFileSync(join(dir, 'beta.json'), JSON.stringify(beta));
  expect(await runIn(dir, ['event', 'beta.json'])).toMatchObject({ code: 0 });
});

test('when its ledger file is taken away nothing is acknowledged any more, and whoever asks is told', async (context) => {
  inTheLongRun(context);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect((await ask(new Agent())) as Answered).toMatchObject({ status: 200 });
  rmSync(join(dir, '.tai/ledger.db'));
  expect((await ask(new Agent())) as Answered).toMatchObject({ status: 503 });
  const ready = await fetch(`${url}/health/ready`);
  expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('was deleted or replaced')]);
  const { code, out } = await runIn(dir, ['status']);
  expect([code, out]).toEqual([1, expect.stringContaining('ledger.db: was deleted or replaced while it was open')]);
  expect(out.match(/was deleted or replaced/g)).toHaveLength(1);
});
