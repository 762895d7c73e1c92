/** Spans of a server, sent to a collector over OTLP/HTTP as JSON. A collector that is not there slows nothing: its spans are lost. */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { either as E } from 'fp-ts';

/** Spans on their way. */
export interface Traces {
  /** Sends what waits, for `CLOSE_MS` at most; from then on no span is made. */
  close(): Promise<void>;
}

/** Where spans go: `--otlp`, or what the environment says as OpenTelemetry has it; `undefined` where neither names a collector. */
export const collectorOf = (
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): E.Either<string, URL | undefined> => {
  if (option !== undefined) return urlOf('--otlp', option, TRACES);
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return E.right(undefined);
  const [whole, base] = [env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'], env['OTEL_EXPORTER_OTLP_ENDPOINT']];
  if (whole !== undefined && whole !== '') return urlOf('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', whole, '');
  return base === undefined || base === '' ? E.right(undefined) : urlOf('OTEL_EXPORTER_OTLP_ENDPOINT', base, TRACES);
};

/**
 * Makes each span of this process, and sends them in the background. Says once that the collector can't be reached, and
 * once that it can be again. `OTEL_SERVICE_NAME` names the service, `OTEL_EXPORTER_OTLP_HEADERS` what the collector asks for.
 */
export const startTraces = async (collector: URL, say: (line: string) => void): Promise<Traces> => {
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }, { AsyncLocalStorageContextManager }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/context-async-hooks'),
    ]);
  const exporter = watched(new OTLPTraceExporter({ url: collector.href, timeoutMillis: EXPORT_MS }), collector, say);
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': process.env['OTEL_SERVICE_NAME'] ?? 'tai-autonomics' }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis: DELAY_MS })],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return {
    close: async () => {
      trace.disable();
      context.disable();
      const timer = new AbortController();
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        pause(CLOSE_MS, undefined, { signal: timer.signal, ref: false }).catch(() => undefined),
      ]);
      timer.abort();
    },
  };
};

const TRACES = 'v1/traces';
/** With every retry: a process that ends waits no longer for a collector that is gone. */
const EXPORT_MS = 3_000;
const DELAY_MS = 1_000;
const CLOSE_MS = 2_000;

/** The URL of a collector. What it says may be a secret, so it is not repeated. */
const urlOf = (from: string, text: string, path: string): E.Either<string, URL> => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    return E.left(`${from}: expected the URL of a collector, http or https, such as http://127.0.0.1:4318`);
  if (path !== '' && !url.pathname.endsWith(`/${path}`)) url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
  return E.right(url);
};

/** The same exporter, which says when the collector stops answering and when it answers again. */
const watched = (exporter: SpanExporter, { origin }: URL, say: (line: string) => void): SpanExporter => {
  let isLost = false;
  return {
    export: (spans: readonly ReadableSpan[], done) =>
      exporter.export([...spans], (result) => {
        const lost = result.code !== 0;
        if (lost && !isLost)
          say(`spans are not sent to ${origin}: ${reasonOf(result.error)}; they are lost until it answers`);
        if (!lost && isLost) say(`spans are sent to ${origin} again`);
        isLost = lost;
        done({ code: 0 });
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
};

/** What a collector answers is not repeated: a code of the system or of HTTP says enough. */
const reasonOf = (error: unknown): string => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : 'it does not answer';
};
