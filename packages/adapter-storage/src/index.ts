/** Ledger stores: memory, and SQLite as the embedded default; and where catalogs are kept. */
export { folderCatalogs, memoryCatalogs } from './catalog-store.ts';
export { isLedgerId } from './group.ts';
export { memoryStore } from './memory.ts';
export { type LoggedLedgers, loggedStore, readReceiptLog } from './receipt-log.ts';
export { folderSnapshots, memorySnapshots } from './snapshot-store.ts';
export type { OpenSqliteDriver, SqliteDriver, SqliteRow, SqliteValue } from './sqlite/driver.ts';
export { openSqliteDriver, SqliteError, sqliteDrivers } from './sqlite/driver.ts';
export { pragmas as sqlitePragmas } from './sqlite/schema.ts';
export type { SqliteOptions } from './sqlite/sqlite.ts';
export { openSqliteStore } from './sqlite/sqlite.ts';
export { sqliteStorage } from './sqlite/storage.ts';
export { watchedStore } from './watched-store.ts';
