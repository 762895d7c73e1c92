/** The trace that a request belongs to (W3C Trace Context). */

const TRACE_PARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** The trace id of a `traceparent` header; one that is not valid is ignored, as the specification asks. */
export const traceOf = (headers: Headers): { readonly trace?: string } => {
  const [, version, trace, more] = TRACE_PARENT.exec(headers.get('traceparent') ?? '') ?? [];
  // Later versions may have more fields; version 00 has not.
  const isValid = trace !== undefined && !(version === '00' && more !== undefined);
  return isValid ? { trace } : {};
};
