/** Brings the tables of a PostgreSQL store to the version of this release; safe where two processes do it at once. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Ms, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import pg from 'pg';
import { codeOf, isTaken, isTransient, postgresFault } from './fault.ts';
import { type PostgresPlace, parsePostgresUrl } from './place.ts';
import { grantsFor, type Migration, migrations, schemaVersion } from './schema.ts';

/** What a migration did. */
export interface Migrated {
  /** The store, without a secret. */
  readonly store: string;
  readonly from: number;
  readonly to: number;
}

/** What a migration does beyond the tables. */
export interface MigrateOptions {
  /** A role that decides: it is given what it needs and nothing more. It exists already. */
  readonly grant?: string;
}

/**
 * Creates or upgrades the tables, in the schema `tai`, and gives a role what it needs to decide. Ask as the owner of the
 * tables, which should not be the role that decides. Again changes nothing; tables of a newer release are left alone.
 */
export const migratePostgres = async (url: string, options: MigrateOptions = {}): Answer<Migrated> => {
  const place = parsePostgresUrl(url);
  if (E.isLeft(place)) return place;
  const { name } = place.right;
  const client = new pg.Client(connectionTo(place.right));
  client.on('error', () => undefined);
  try {
    await client.connect();
    const from = await prepare(client);
    if (from > schemaVersion) return E.left(newer(name, from));
    for (const migration of migrations) if (migration.version > from) await apply(client, migration);
    if (options.grant !== undefined)
      for (const grant of grantsFor(client.escapeIdentifier(options.grant))) await client.query(grant);
    return E.right({ store: name, from, to: schemaVersion });
  } catch (error) {
    return E.left(postgresFault(name, error, 'not_written'));
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** How the owner of a place's tables connects to it. */
export const connectionTo = ({ user, host, port, database, tls }: PostgresPlace): pg.ClientConfig => ({
  user,
  host,
  port,
  database,
  ssl: tls,
  application_name: 'tai',
  connectionTimeoutMillis: ANSWER_MS,
  query_timeout: ANSWER_MS,
});

/** The version of a store's tables; 0 where there are none. Throws the error of PostgreSQL. */
export const versionIn = async (
  query: (text: string) => Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>,
): Promise<number> => {
  try {
    const { rows } = await query('SELECT max(version) AS version FROM tai.migrations');
    return Number(rows[0]?.['version'] ?? 0);
  } catch (error) {
    if (['42P01', '3F000'].includes(codeOf(error) ?? '')) return 0;
    throw error;
  }
};

/** What a store says whose tables are those of a newer release. */
export const newer = (name: string, version: number): StoreFault => ({
  fault: 'unavailable',
  detail: `the store ${name}: its tables have version ${version}, and this release knows ${schemaVersion}; open it with a newer release`,
  outcome: 'not_written',
});

const ANSWER_MS: Ms = 60_000;
/** How often a statement is tried that another process was faster with. */
const TRIES = 20;

/** Creates the table of versions. PostgreSQL lets two processes trip over IF NOT EXISTS: then the other one's counts. */
const prepare = async (client: pg.Client): Promise<number> => {
  const known = await versionIn((text) => client.query(text));
  if (known > 0) return known;
  await insist(() => client.query('CREATE SCHEMA IF NOT EXISTS tai'));
  await insist(() =>
    client.query(
      'CREATE TABLE IF NOT EXISTS tai.migrations (version bigint PRIMARY KEY, means text NOT NULL, at timestamptz NOT NULL DEFAULT now())',
    ),
  );
  return versionIn((text) => client.query(text));
};

const insist = async (attempt: () => Promise<unknown>): Promise<void> => {
  for (let n = 1; ; n += 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      const isAnother =
        isTransient(error) || isTaken(error) || ['42710', '42P06', '42P07'].includes(codeOf(error) ?? '');
      if (!isAnother || n === TRIES) throw error;
      await pause(20 * n);
    }
  }
};

/** One step in one transaction. Its number is inserted first: whoever comes second waits there, and finds it done. */
const apply = async (client: pg.Client, { version, means, statements }: Migration): Promise<void> =>
  insist(async () => {
    if ((await versionIn((text) => client.query(text))) >= version) return;
    try {
      await client.query('BEGIN');
      await client.query('INSERT INTO tai.migrations (version, means) VALUES ($1, $2)', [version, means]);
      for (const statement of statements) await client.query(statement);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  });
