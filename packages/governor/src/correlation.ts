/** What a caller says that an intent belongs to: an incident of its own, a trace of W3C Trace Context. One form of each, for every door. */

/** The form of an incident's id: 1 to 128 letters, digits and `_.:-`, of which the first is a letter or a digit. */
export const INCIDENT_ID: RegExp = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;

const TRACE_PARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** The trace id of a `traceparent`; `undefined` for one that is not valid, which the specification asks to ignore. */
export const traceIdOf = (traceparent: unknown): string | undefined => {
  if (typeof traceparent !== 'string') return undefined;
  const [, version, trace, more] = TRACE_PARENT.exec(traceparent) ?? [];
  // Later versions may have more fields; version 00 has not.
  return version === '00' && more !== undefined ? undefined : trace;
};
