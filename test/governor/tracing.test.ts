/** A host with a tracer of OpenTelemetry sees each intent as a span; trace and receipt name each other. */

import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decided, ledgerOf, makeReady, people, rollback, type Setting, stableWorld, startGovernor } from './kit.ts';

const exporter = new InMemorySpanExporter();
let setting: Setting;

beforeAll(async () => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  setting = await startGovernor({ world: stableWorld().set('deployed_version', 'v-planted') });
  await makeReady(setting);
});
afterAll(async () => {
  trace.disable();
  context.disable();
  await setting.governor.close();
});

const ask = async (more: object = {}) => {
  exporter.reset();
  const answer = decided(await setting.governor.submit(people().agent, { ...rollback, resource: 'planted', ...more }));
  const [span, ...others] = exporter.getFinishedSpans();
  if (span === undefined || others.length > 0) throw new Error(`${others.length + 1} spans`);
  const entry = (await ledgerOf(setting)).find(({ receipt }) => receipt.seq === answer.receipt.seq);
  return { answer, span, receipt: entry?.receipt };
};

test('a span says the verdict, every code and where the receipt stands; the receipt says the trace', async () => {
  const { answer, span, receipt } = await ask();
  expect(span.name).toBe('tai.submit');
  expect(span.attributes).toEqual({
    'tai.tenant': 'acme',
    'tai.verdict': 'refuse',
    'tai.codes': ['rollback_policy_not_approved'],
    'tai.receipt.origin': answer.receipt.origin,
    'tai.receipt.seq': answer.receipt.seq,
    'tai.receipt.leaf': answer.receipt.leaf,
    'tai.receipt.event': 'rollback_refused',
    'tai.repeated': false,
  });
  expect(receipt?.trace).toBe(span.spanContext().traceId);
});

test('an intent inside a span of the host belongs to its trace', async () => {
  await trace.getTracer('host').startActiveSpan('a request', async (outer) => {
    const { span, receipt } = await ask();
    expect(span.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    expect(receipt?.trace).toBe(outer.spanContext().traceId);
    outer.end();
  });
});

test('a trace that the caller names stays the receipt’s', async () => {
  const { receipt } = await ask({ trace: '0af7651916cd43dd8448eb211c80319c' });
  expect(receipt?.trace).toBe('0af7651916cd43dd8448eb211c80319c');
});

test('the same intent asked again under another trace is the same intent', async () => {
  const first = await ask({ id: 'once' });
  const again = await ask({ id: 'once' });
  expect(again.answer.receipt).toEqual(first.answer.receipt);
  expect(again.span.attributes['tai.repeated']).toBe(true);
});

test('what is not decided is an error of its span, by why', async () => {
  exporter.reset();
  await setting.governor.submit({ ...people().agent, tenant: 'nobody' }, rollback);
  const [span] = exporter.getFinishedSpans();
  expect(span?.status).toEqual({ code: 2, message: 'unknown_tenant' });
});

test('no span holds the name of a resource or of a subject, or evidence', async () => {
  const { span } = await ask();
  expect(JSON.stringify([span.name, span.attributes, span.events])).not.toMatch(/planted|bot/);
});
