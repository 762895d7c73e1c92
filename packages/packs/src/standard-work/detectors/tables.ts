/** More of what databases say: rows of PostgreSQL's views as JSON objects, and SQLite's pragmas by their names. */
import type { Detector } from '../../detector.ts';
import { at, countAt, detectorOf, type Found, flagAt, MEBIBYTE, percentOf, textAt, wordAt } from './evidence.ts';

/** What SQLite keeps its journal as. */
export const JOURNAL_MODES = ['delete', 'truncate', 'persist', 'memory', 'wal', 'off', 'other'] as const;

/** `{page_count, freelist_count, journal_mode, wal_bytes?}`: pragmas of SQLite, and the size of the file beside it. */
const sqlitePragmas: Detector = detectorOf(
  'sqlite_pragmas',
  ['sqlite_free_percent', 'sqlite_journal_mode', 'sqlite_wal_mb'],
  '{page_count, freelist_count, journal_mode, wal_bytes?}: pragmas of SQLite by their names',
  (raw): Found | undefined => {
    const [pages, free, wal] = [countAt(raw, 'page_count'), countAt(raw, 'freelist_count'), countAt(raw, 'wal_bytes')];
    if (pages === undefined || free === undefined || textAt(raw, 'journal_mode') === undefined) return undefined;
    return {
      sqlite_free_percent: percentOf(free, pages),
      sqlite_journal_mode: wordAt(JOURNAL_MODES, raw, 'journal_mode'),
      sqlite_wal_mb: wal === undefined ? undefined : Math.floor(wal / MEBIBYTE),
    };
  },
);

/**
 * Rows of active queries, each with `pid`, `blocks` (how many wait for it, by `pg_blocking_pids`) and `query_s`, as a JSON list.
 * Told is the one of those that others wait for that has run longest.
 */
const postgresBlockers: Detector = detectorOf(
  'postgres_blockers',
  ['pg_blocking_pid', 'pg_blocking_s'],
  'a list of rows {pid, blocks, query_s} of active queries',
  (raw): Found | undefined => {
    if (!Array.isArray(raw) || raw.length > 100_000) return undefined;
    const rows = (raw as readonly unknown[]).map((row) => ({
      pid: countAt(row, 'pid'),
      blocks: countAt(row, 'blocks'),
      seconds: countAt(row, 'query_s'),
    }));
    if (rows.some(({ pid, blocks, seconds }) => pid === undefined || blocks === undefined || seconds === undefined))
      return undefined;
    const [oldest] = rows
      .filter(({ blocks = 0 }) => blocks > 0)
      .toSorted((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0));
    return oldest === undefined ? { pg_blocking_s: 0 } : { pg_blocking_s: oldest.seconds, pg_blocking_pid: oldest.pid };
  },
);

/** One row `{used, max_connections, idle}`: connections, how many there may be, and those idle for ten minutes. */
const postgresConnections: Detector = detectorOf(
  'postgres_connections',
  ['pg_connections_idle', 'pg_connections_percent'],
  'a row {used, max_connections, idle}',
  (raw): Found | undefined => {
    const [used, most, idle] = ['used', 'max_connections', 'idle'].map((name) => countAt(raw, name));
    return used === undefined || most === undefined || idle === undefined
      ? undefined
      : { pg_connections_percent: percentOf(used, most), pg_connections_idle: idle };
  },
);

/** One row of pg_stat_user_indexes with pg_index and `pg_get_indexdef`, its size in bytes and whether a constraint needs it. */
const postgresIndex: Detector = detectorOf(
  'postgres_index',
  ['pg_index_definition', 'pg_index_mb', 'pg_index_name', 'pg_index_needed', 'pg_index_scans', 'pg_index_valid'],
  'a row {indexrelname, indisvalid, idx_scan, bytes, needed, indexdef}',
  (raw): Found | undefined => {
    const [name, bytes] = [textAt(raw, 'indexrelname'), countAt(raw, 'bytes')];
    if (name === undefined || flagAt(raw, 'indisvalid') === undefined) return undefined;
    return {
      pg_index_name: name,
      pg_index_valid: flagAt(raw, 'indisvalid'),
      pg_index_scans: countAt(raw, 'idx_scan'),
      pg_index_needed: flagAt(raw, 'needed'),
      pg_index_mb: bytes === undefined ? undefined : Math.floor(bytes / MEBIBYTE),
      pg_index_definition: textAt(raw, 'indexdef'),
    };
  },
);

/** One row `{pg_is_in_recovery, pg_is_wal_replay_paused}` of a replica. */
const postgresRecovery: Detector = detectorOf(
  'postgres_recovery',
  ['pg_is_replica', 'pg_replay_paused'],
  'a row {pg_is_in_recovery, pg_is_wal_replay_paused}',
  (raw): Found | undefined => {
    const [replica, paused] = [flagAt(raw, 'pg_is_in_recovery'), flagAt(raw, 'pg_is_wal_replay_paused')];
    return replica === undefined ? undefined : { pg_is_replica: replica, pg_replay_paused: paused };
  },
);

/** One row of pg_subscription: its name, and whether it is enabled. */
const postgresSubscription: Detector = detectorOf(
  'postgres_subscription',
  ['pg_subscription_enabled', 'pg_subscription_name'],
  'a row {subname, subenabled} of pg_subscription',
  (raw): Found | undefined => {
    const [name, enabled] = [textAt(raw, 'subname'), flagAt(raw, 'subenabled')];
    return name === undefined || enabled === undefined
      ? undefined
      : { pg_subscription_name: name, pg_subscription_enabled: enabled };
  },
);

/** One row of pg_roles with its connections; a limit of -1 is none, and left out. */
const postgresRole: Detector = detectorOf(
  'postgres_role',
  ['pg_role_connections', 'pg_role_limit', 'pg_role_name'],
  'a row {rolname, rolconnlimit, connections}',
  (raw): Found | undefined => {
    const [name, used] = [textAt(raw, 'rolname'), countAt(raw, 'connections')];
    return name === undefined || used === undefined || typeof at(raw, 'rolconnlimit') !== 'number'
      ? undefined
      : { pg_role_name: name, pg_role_connections: used, pg_role_limit: countAt(raw, 'rolconnlimit') };
  },
);

/** One row of pg_database with pg_stat_database; a limit of -1 is none, and left out. */
const postgresDatabase: Detector = detectorOf(
  'postgres_database',
  ['pg_database_connections', 'pg_database_limit', 'pg_database_name'],
  'a row {datname, datconnlimit, numbackends}',
  (raw): Found | undefined => {
    const [name, used] = [textAt(raw, 'datname'), countAt(raw, 'numbackends')];
    return name === undefined || used === undefined || typeof at(raw, 'datconnlimit') !== 'number'
      ? undefined
      : { pg_database_name: name, pg_database_connections: used, pg_database_limit: countAt(raw, 'datconnlimit') };
  },
);

/** All of this file. */
export const tableDetectors: readonly Detector[] = [
  sqlitePragmas,
  postgresBlockers,
  postgresConnections,
  postgresIndex,
  postgresRecovery,
  postgresSubscription,
  postgresRole,
  postgresDatabase,
];
