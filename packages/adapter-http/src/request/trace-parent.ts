/** The trace that a request belongs to (W3C Trace Context). */
import { traceIdOf } from '@tai-autonomics/governor/door';
import type { Header } from '../schema/shape.ts';

/** What a request may say of its trace. */
export const TRACEPARENT: Header = {
  name: 'traceparent',
  description: 'W3C Trace Context; the trace id is recorded, and one that is not valid is ignored',
  schema: { type: 'string' },
};

/** The trace id of a `traceparent` header; one that is not valid is ignored. */
export const traceOf = (headers: Headers): { readonly trace?: string } => {
  const trace = traceIdOf(headers.get('traceparent'));
  return trace === undefined ? {} : { trace };
};
