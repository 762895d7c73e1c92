/** Objects that are written once, and ledgers whose oldest receipts are among them. */
export { folderObjects } from './objects/folder-objects.ts';
export { type GcsOptions, gcsObjects } from './objects/gcs-objects.ts';
export type { AskedAs } from './objects/http-objects.ts';
export { type ObjectSurroundings, openObjects } from './objects/object-place.ts';
export type { ObjectHead, ObjectStore, Put, Retention } from './objects/object-store.ts';
export { type S3Options, s3Objects } from './objects/s3-objects.ts';
export { type ArchivedLedger, type ArchiveOptions, archiveLedger } from './segments/archive-ledger.ts';
export { segmentedStore } from './segments/segmented-store.ts';
