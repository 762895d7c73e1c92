/** Ledger stores in PostgreSQL. It loads the package `pg`, which whoever keeps ledgers elsewhere does not. */
export { type Migrated, type MigrateOptions, migratePostgres } from './postgres/migrate.ts';
export { isPostgresUrl, type PostgresPlace, parsePostgresUrl } from './postgres/place.ts';
export { openPostgresStore, type PostgresOptions } from './postgres/postgres.ts';
export { removeFromPostgres } from './postgres/remove.ts';
export { grantsFor as postgresGrants, type Migration, migrations as postgresMigrations } from './postgres/schema.ts';
export { type Statement, statements as postgresStatements } from './postgres/statements.ts';
export { openPostgresCatalogs, postgresStorage } from './postgres/storage.ts';
