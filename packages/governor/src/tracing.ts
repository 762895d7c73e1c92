/** Each intent as a span of OpenTelemetry, where the host has a tracer; its trace stands in the receipt, and the receipt on the span. */
import { isSpanContextValid, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { Governor, Submitted } from './api.ts';

/**
 * The same `submit`, in a span `tai.submit`. An intent that names no trace belongs to the one that is active, or begins one. No
 * attribute holds a name, an argument or evidence; without a tracer of the host nothing happens.
 */
export const traced =
  (submit: Governor['submit'], tracer: Tracer = trace.getTracer('@tai-autonomics/governor')): Governor['submit'] =>
  (caller, asked, signal) =>
    tracer.startActiveSpan('tai.submit', async (span) => {
      const context = span.spanContext();
      const own = isSpanContextValid(context) ? { trace: context.traceId } : {};
      try {
        const submitted = await submit(caller, { ...own, ...asked }, signal);
        describe(span, caller.tenant, submitted);
        return submitted;
      } finally {
        span.end();
      }
    });

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
