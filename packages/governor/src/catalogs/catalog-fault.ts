/** Why there is no catalog for a digest. `unsound`: something is there, and it is not it or does not compile. */
export interface CatalogFault {
  readonly fault: 'unknown' | 'unsound' | 'unavailable';
  readonly detail: string;
}

/** Nobody kept it, or nobody of this ledger. */
export const UNKNOWN: CatalogFault = { fault: 'unknown', detail: 'it is not in the catalog store' };
