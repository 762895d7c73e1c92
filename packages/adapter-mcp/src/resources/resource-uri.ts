/** What can be read, by its URI. */
import { INCIDENT_ID } from '@tai-autonomics/governor';

/** The end of the tenant's ledger. */
export const HEAD = 'ledger://head';
/** What decides now, and what the caller can ask for. */
export const POLICY = 'policy://active';
/** The JSON Schema of what every tool answers. */
export const ENVELOPE = 'schema://envelope';

/** What a URI names. */
export type Named =
  | { readonly kind: 'head' }
  | { readonly kind: 'policy' }
  | { readonly kind: 'envelope' }
  | { readonly kind: 'receipt'; readonly seq: number }
  | { readonly kind: 'incident'; readonly incident: string }
  | { readonly kind: 'schema'; readonly tool: string };

/** The URI of a receipt of the caller's own ledger. */
export const receiptUri = (seq: number): string => `receipt://${seq}`;

/** Reads a URI; `undefined` for one that names nothing. A thing has one spelling: no leading zeros, no escapes where none is needed. */
export const parseUri = (uri: string): Named | undefined => {
  if (uri === HEAD) return { kind: 'head' };
  if (uri === POLICY) return { kind: 'policy' };
  if (uri === ENVELOPE) return { kind: 'envelope' };
  const [, scheme, rest = ''] = /^(receipt|incident|schema):\/\/([A-Za-z0-9_.:-]{1,128})$/.exec(uri) ?? [];
  if (scheme === 'incident') return INCIDENT_ID.test(rest) ? { kind: 'incident', incident: rest } : undefined;
  if (scheme === 'schema') return { kind: 'schema', tool: rest };
  const seq = Number(rest);
  return scheme === 'receipt' && Number.isSafeInteger(seq) && String(seq) === rest && seq >= 0
    ? { kind: 'receipt', seq }
    : undefined;
};
