/** `tai serve --otlp`: spans go to a collector that speaks OTLP/HTTP; one that is not there slows nothing. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import { collectorOf, startTraces, type Traces } from '@tai-autonomics/cli';
import { memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  decided,
  ledgerOf,
  makeReady,
  people,
  rollback,
  type Setting,
  stableWorld,
  startGovernor,
} from '../governor/kit.ts';
import { connectInMemory } from '../mcp/clients.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}
interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Span['attributes'] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

/** A collector as the OTLP specification has it, over loopback: it keeps what it is sent, byte for byte. */
const collecting = async (answers: () => number = () => 200) => {
  const requests: { readonly line: string; readonly type: string | undefined; readonly body: string }[] = [];
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8');
      requests.push({ line: `${request.method} ${request.url}`, type: request.headers['content-type'], body });
      response.writeHead(answers(), { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const spans = (): readonly Span[] =>
    requests
      .map(({ body }) => JSON.parse(body) as Exported)
      .flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((one) => one.spans)),
      );
  open.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { requests, spans, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isLeft(either)) throw new Error(String(either.left));
  return either.right;
};

const start = async (
  url: string,
): Promise<{ readonly traces: Traces; readonly said: string[]; readonly setting: Setting }> => {
  const said: string[] = [];
  const collector = right(collectorOf(url, {}));
  if (collector === undefined) throw new Error('no collector');
  const traces = await startTraces(collector, (line) => void said.push(line));
  open.push(() => traces.close());
  const setting = await startGovernor({ world: stableWorld().set('deployed_version', 'v-planted-evidence') });
  open.push(() => setting.governor.close());
  return { traces, said, setting };
};

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;

describe('spans', () => {
  test('arrive as the protocol says, belong to the caller’s trace at both doors, and name their receipts; no secret and no evidence does', async () => {
    const collector = await collecting();
    const { traces, said, setting } = await start(collector.url);
    await makeReady(setting);
    const { governor } = setting;
    const { credential, secretText } = mintCredential(systemRandom, people().agent);
    const door = createHttpDoor({ governor, credentials: memoryCredentials([credential]) });
    const response = await door.fetch(
      new Request('http://tai.example/v1/actions', {
        method: 'POST',
        headers: {
          authorization: `Bearer ${secretText}`,
          'content-type': 'application/json',
          'idempotency-key': 'planted-id',
          traceparent: TRACEPARENT,
        },
        body: JSON.stringify({ ...rollback, resource: 'planted-resource', arguments: { planted: 'planted-argument' } }),
      }),
    );
    const answer = (await response.json()) as { readonly receipt: { readonly seq: number; readonly leaf: string } };
    const { client, close } = await connectInMemory({ governor, caller: people().agent }, '2025-11-25');
    await client.callTool({ name: 'planted_tool', arguments: {}, _meta: { traceparent: TRACEPARENT } }).catch(() => {});
    await close();
    await traces.close();

    expect(collector.requests.length).toBeGreaterThan(0);
    for (const { line, type } of collector.requests)
      expect({ line, type }).toEqual({ line: 'POST /v1/traces', type: 'application/json' });
    const own = collector.spans().filter(({ traceId }) => traceId === TRACE);
    expect(own.map(({ name, parentSpanId }) => ({ name, parentSpanId }))).toEqual([
      { name: 'tai.submit', parentSpanId: PARENT },
      { name: 'tai.submit', parentSpanId: PARENT },
    ]);
    const attributes = Object.fromEntries((own[0]?.attributes ?? []).map(({ key, value }) => [key, value]));
    expect(attributes).toMatchObject({
      'tai.verdict': { stringValue: 'refuse' },
      'tai.receipt.seq': { intValue: answer.receipt.seq },
      'tai.receipt.leaf': { stringValue: answer.receipt.leaf },
    });
    expect(own[0]?.startTimeUnixNano).toMatch(/^\d{19}$/);
    const entry = (await ledgerOf(setting)).find(({ receipt }) => receipt.seq === answer.receipt.seq);
    expect(entry?.receipt.trace).toBe(TRACE);
    // An intent that names no trace begins one, which its receipt names.
    const traced = (await ledgerOf(setting)).map(({ receipt }) => receipt.trace).filter((trace) => trace !== undefined);
    expect(new Set(traced)).toEqual(new Set(collector.spans().map(({ traceId }) => traceId)));
    const sent = collector.requests.map(({ body }) => body).join('\n');
    expect(sent).not.toMatch(/planted/i);
    expect(sent).not.toContain(secretText.slice(-43));
    expect(said).toEqual([]);
  });

  test('that a collector does not take are said once, and once that it takes them again', async () => {
    let status = 400;
    const collector = await collecting(() => status);
    const { said, setting } = await start(collector.url);
    const { governor } = setting;
    const ask = () => governor.submit(people().agent, rollback);
    const sent = (count: number) =>
      vi.waitFor(() => expect(collector.requests.length).toBeGreaterThanOrEqual(count), 5_000);
    for (const count of [1, 2]) {
      await ask();
      await sent(count);
    }
    await vi.waitFor(() => expect(said).toHaveLength(1));
    expect(said[0]).toBe(`spans are not sent to ${collector.url}: 400; they are lost until it answers`);
    status = 200;
    await ask();
    await vi.waitFor(() => expect(said).toHaveLength(2), 5_000);
    expect(said[1]).toBe(`spans are sent to ${collector.url} again`);
  });

  test('to a collector that is gone keep nobody from deciding, nor from ending', async () => {
    const { url } = await collecting();
    await open.pop()?.();
    const { traces, setting } = await start(url);
    await makeReady(setting);
    expect(decided(await setting.governor.submit(people().agent, rollback)).decision.verdict).toBe('refuse');
    await traces.close();
  });
});

test.for([
  { note: 'a base', option: 'http://c:4318', env: {}, found: 'http://c:4318/v1/traces' },
  { note: 'a base with a path', option: 'https://c/otlp/', env: {}, found: 'https://c/otlp/v1/traces' },
  { note: 'the whole', option: 'http://c:4318/v1/traces', env: {}, found: 'http://c:4318/v1/traces' },
  { note: 'nothing', option: undefined, env: {}, found: undefined },
  {
    note: 'the environment',
    option: undefined,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://e' },
    found: 'http://e/v1/traces',
  },
  {
    note: 'the environment, of traces',
    option: undefined,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://e', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/x' },
    found: 'http://t/x',
  },
  {
    note: 'an environment that is switched off',
    option: undefined,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://e', OTEL_SDK_DISABLED: 'true' },
    found: undefined,
  },
  {
    note: 'the option before the environment',
    option: 'http://c',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://e', OTEL_SDK_DISABLED: 'true' },
    found: 'http://c/v1/traces',
  },
])('$note names the collector', ({ option, env, found }) => {
  expect(right(collectorOf(option, env))?.href).toBe(found);
});

test.for(['collector:4318', 'ftp://c', 'http://user:planted@c', 'planted'])(
  '%s is no collector, and is not repeated',
  (option) => {
    const wrong = collectorOf(option, {});
    expect(E.isLeft(wrong) ? wrong.left : '').toBe(
      '--otlp: expected the URL of a collector, http or https, such as http://127.0.0.1:4318',
    );
  },
);
