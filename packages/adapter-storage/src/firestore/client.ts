/**
 * The part of the client of `@google-cloud/firestore` that the store calls. The client is the caller's: this package does not depend on
 * it. It was written against release 8.7, which runs on Node 20.
 */

/** The fields of a document. */
export type FirestoreFields = Readonly<Record<string, unknown>>;

/** An instant of Firestore, finer than a millisecond. */
export interface FirestoreTime {
  readonly seconds: number;
  readonly nanoseconds: number;
  toDate(): Date;
  toMillis(): number;
  isEqual(other: FirestoreTime): boolean;
  valueOf(): string;
}

/** A document as it was read. */
export interface FirestoreDocument {
  readonly exists: boolean;
  readonly ref: FirestoreReference;
  /** When it was last changed: it is handed back as it came. */
  readonly updateTime?: FirestoreTime | undefined;
  data(): FirestoreFields | undefined;
}

/** The place of a document. */
export interface FirestoreReference {
  readonly path: string;
  get(): Promise<FirestoreDocument>;
}

/** A collection, or a choice of its documents. */
export interface FirestoreQuery {
  where(field: string, op: '>=' | '<=' | 'array-contains-any', value: unknown): FirestoreQuery;
  orderBy(field: string, direction?: 'asc' | 'desc'): FirestoreQuery;
  limit(documents: number): FirestoreQuery;
  select(...fields: string[]): FirestoreQuery;
  get(): Promise<{ readonly docs: readonly FirestoreDocument[] }>;
}

/** Writes that are done together, or not at all. */
export interface FirestoreBatch {
  /** Fails with ALREADY_EXISTS (6) if the document is there. */
  create(to: FirestoreReference, fields: FirestoreFields): FirestoreBatch;
  set(to: FirestoreReference, fields: FirestoreFields, options: { readonly merge: boolean }): FirestoreBatch;
  /** Fails with FAILED_PRECONDITION (9) if the document was changed since. */
  update(
    to: FirestoreReference,
    fields: FirestoreFields,
    precondition: { readonly lastUpdateTime?: FirestoreTime },
  ): FirestoreBatch;
  delete(at: FirestoreReference): FirestoreBatch;
  commit(): Promise<unknown>;
}

/** A client: `new Firestore({ projectId, databaseId })` is one. */
export interface FirestoreClient {
  doc(path: string): FirestoreReference;
  collection(path: string): FirestoreQuery;
  batch(): FirestoreBatch;
  terminate(): Promise<void>;
}

/** What is set takes the place of all that was there. */
export const WHOLE: { readonly merge: boolean } = { merge: false };
