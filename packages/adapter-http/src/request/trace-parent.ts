/** The trace that a request belongs to (W3C Trace Context). */
import { traceIdOf } from '@tai-autonomics/governor';

/** The trace id of a `traceparent` header; one that is not valid is ignored. */
export const traceOf = (headers: Headers): { readonly trace?: string } => {
  const trace = traceIdOf(headers.get('traceparent'));
  return trace === undefined ? {} : { trace };
};
