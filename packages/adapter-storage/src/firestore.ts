/** Ledger stores in Firestore. The client of `@google-cloud/firestore` is the caller's. */
export { firestoreCatalogs } from './firestore/catalogs.ts';
export type {
  FirestoreBatch,
  FirestoreClient,
  FirestoreDocument,
  FirestoreFields,
  FirestoreQuery,
  FirestoreReference,
  FirestoreTime,
} from './firestore/client.ts';
export { type FirestoreOptions, openFirestoreStore } from './firestore/firestore.ts';
export { type FirestorePlace, isFirestoreUrl, parseFirestoreUrl } from './firestore/place.ts';
export { firestoreStorage } from './firestore/storage.ts';
