/** Each intent as a span of OpenTelemetry, where the host has a tracer; its trace stands in the receipt, and the receipt on the span. */
import { context, isSpanContextValid, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { Submitted } from '../api.ts';
import { readTraceParent } from '../intent/correlation.ts';
import type { Submitting } from './answered.ts';

/**
 * The same `submit`, in a span `tai.submit`. An intent that names no trace belongs to the one that is active, or begins one. No
 * attribute holds a name, an argument or evidence; without a tracer of the host nothing happens.
 */
export const traced =
  <Waits>(submit: Submitting<Waits>, tracer: Tracer = trace.getTracer('@tai-autonomics/governor')): Submitting<Waits> =>
  (caller, asked, waits) =>
    tracer.startActiveSpan('tai.submit', async (span) => {
      const context = span.spanContext();
      const own = isSpanContextValid(context) ? { trace: context.traceId } : {};
      try {
        const submitted = await submit(caller, { ...own, ...asked }, waits);
        if (span.isRecording()) describe(span, caller.tenant, submitted);
        return submitted;
      } finally {
        span.end();
      }
    });

/**
 * Does something in the trace that a `traceparent` of W3C Trace Context names, so that the spans of what is submitted there
 * belong to the caller's. One that is not valid, a span of the host that is under way, or no tracer of the host: it is
 * only done.
 *
 * @example
 * import { type Asked, type Caller, type Governor, inTraceOf } from '@tai-autonomics/governor';
 *
 * const submit = (governor: Governor, caller: Caller, asked: Asked, request: Request) =>
 *   inTraceOf(request.headers.get('traceparent'), () => governor.submit(caller, asked));
 */
export const inTraceOf = <A>(traceparent: unknown, run: () => A): A => {
  const parent = readTraceParent(traceparent);
  const active = context.active();
  if (parent === undefined || trace.getSpan(active)?.isRecording() === true) return run();
  return context.with(trace.setSpanContext(active, { ...parent, isRemote: true }), run);
};

const describe = (span: Span, tenant: string, submitted: Submitted): void => {
  span.setAttribute('tai.tenant', tenant);
  if (!submitted.decided) {
    span.setAttributes({ 'tai.verdict': 'not_decided', 'tai.why': submitted.why });
    span.setStatus({ code: SpanStatusCode.ERROR, message: submitted.why });
    return;
  }
  const { decision, receipt, outcome, repeated } = submitted;
  span.setAttributes({
    'tai.verdict': decision.verdict,
    'tai.codes': decision.verdict === 'refuse' ? decision.reasons.map(({ code }) => code) : [],
    'tai.receipt.origin': receipt.origin,
    'tai.receipt.seq': receipt.seq,
    'tai.receipt.leaf': receipt.leaf,
    'tai.receipt.event': receipt.event,
    'tai.repeated': repeated,
    ...(outcome === undefined ? {} : { 'tai.outcome': outcome.status }),
  });
};
