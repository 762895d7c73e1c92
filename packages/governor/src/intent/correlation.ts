/** What a caller says that an intent belongs to: an incident of its own, a trace of W3C Trace Context. One form of each, for every door. */

/** The form of an incident's id: 1 to 128 letters, digits and `_.:-`, of which the first is a letter or a digit. */
export const INCIDENT_ID: RegExp = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;

const TRACE_PARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** What a `traceparent` says. */
export interface TraceParent {
  readonly traceId: string;
  /** The span of the caller. */
  readonly spanId: string;
  readonly traceFlags: number;
}

/** Reads a `traceparent`; `undefined` for one that is not valid, which the specification asks to ignore. */
export const readTraceParent = (traceparent: unknown): TraceParent | undefined => {
  if (typeof traceparent !== 'string') return undefined;
  const [, version, traceId, spanId, flags = '', more] = TRACE_PARENT.exec(traceparent) ?? [];
  // Later versions may have more fields; version 00 has not.
  if (traceId === undefined || spanId === undefined || (version === '00' && more !== undefined)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
};

/** The trace id of a `traceparent`; `undefined` for one that is not valid. */
export const traceIdOf = (traceparent: unknown): string | undefined => readTraceParent(traceparent)?.traceId;
