/** What databases say of themselves: rows of PostgreSQL's system views as JSON, pgBackRest, and SQLite's own check. */
import type { Detector } from '../../detector.ts';
import { at, countAt, detectorOf, type Found, flagAt, listAt, textAt } from './evidence.ts';

/**
 * Rows of pg_stat_activity with `idle_s`:
 * `select pid, state, extract(epoch from now() - state_change)::int as idle_s from pg_stat_activity`, as a JSON list.
 */
export const postgresActivity: Detector = detectorOf(
  'postgres_activity',
  ['pg_idle_pid', 'pg_idle_transaction_s'],
  'a list of rows of pg_stat_activity, each with pid, state and idle_s',
  (raw): Found | undefined => {
    const rows = rowsOf(raw);
    const idle = rows?.filter((row) => /^idle in transaction/.test(textAt(row, 'state') ?? ''));
    if (
      idle === undefined ||
      idle.some((row) => countAt(row, 'pid') === undefined || countAt(row, 'idle_s') === undefined)
    )
      return undefined;
    const oldest = most(idle, (row) => countAt(row, 'idle_s') ?? 0);
    return oldest === undefined
      ? { pg_idle_transaction_s: 0 }
      : { pg_idle_transaction_s: countAt(oldest, 'idle_s'), pg_idle_pid: countAt(oldest, 'pid') };
  },
);

/** Rows of pg_replication_slots, as a JSON list: a slot whose wal_status is `lost` can't be read from any more. */
export const postgresSlots: Detector = detectorOf(
  'postgres_slots',
  ['pg_slot_lost', 'pg_slot_name'],
  'a list of rows of pg_replication_slots, each with slot_name, active and wal_status',
  (raw): Found | undefined => {
    const rows = rowsOf(raw);
    if (
      rows === undefined ||
      rows.some((row) => textAt(row, 'slot_name') === undefined || flagAt(row, 'active') === undefined)
    )
      return undefined;
    const lost = rows.find((row) => at(row, 'wal_status') === 'lost' && at(row, 'active') === false);
    return { pg_slot_lost: lost !== undefined, pg_slot_name: textAt(lost, 'slot_name') };
  },
);

/** Rows of `select datname, age(datfrozenxid) from pg_database`, as a JSON list. */
export const postgresAges: Detector = detectorOf(
  'postgres_ages',
  ['pg_oldest_xid_age', 'pg_oldest_database'],
  'a list of rows {datname, age} of pg_database',
  (raw): Found | undefined => {
    const rows = rowsOf(raw);
    if (rows === undefined || rows.length === 0 || rows.some((row) => countAt(row, 'age') === undefined))
      return undefined;
    const oldest = most(rows, (row) => countAt(row, 'age') ?? 0);
    return { pg_oldest_xid_age: countAt(oldest, 'age'), pg_oldest_database: textAt(oldest, 'datname') };
  },
);

/** One row of pg_stat_user_tables: what share of its rows is dead, and how many changed since it was analyzed. */
export const postgresTable: Detector = detectorOf(
  'postgres_table',
  ['pg_table_dead_percent', 'pg_table_stale_percent'],
  'a row of pg_stat_user_tables with n_live_tup, n_dead_tup and n_mod_since_analyze',
  (raw): Found | undefined => {
    const [live, dead, changed] = ['n_live_tup', 'n_dead_tup', 'n_mod_since_analyze'].map((name) => countAt(raw, name));
    if (live === undefined || dead === undefined || changed === undefined || textAt(raw, 'relname') === undefined)
      return undefined;
    const share = (of: number, all: number): number => (all === 0 ? 0 : Math.min(100, Math.floor((of * 100) / all)));
    return { pg_table_dead_percent: share(dead, live + dead), pg_table_stale_percent: share(changed, live) };
  },
);

/** `{now, info}`: `pgbackrest info --output=json` of one stanza, and when it was asked, in seconds since the Unix epoch. */
export const pgBackRest: Detector = detectorOf(
  'pgbackrest',
  ['backup_age_s', 'backup_status'],
  '{now, info}: pgbackrest info --output=json of one stanza, and an instant in seconds',
  (raw): Found | undefined => {
    const stanzas = listAt(raw, 'info') ?? [];
    const [now, status] = [countAt(raw, 'now'), countAt(stanzas[0], 'status', 'code')];
    if (stanzas.length !== 1 || now === undefined || status === undefined) return undefined;
    const ends = (listAt(stanzas[0], 'backup') ?? []).flatMap((backup) =>
      at(backup, 'error') === true ? [] : (countAt(backup, 'timestamp', 'stop') ?? []),
    );
    return {
      backup_status: status,
      backup_age_s: ends.length === 0 ? undefined : Math.max(0, now - Math.max(...ends)),
    };
  },
);

/** `{database, backup?}`: the rows of `pragma integrity_check` of a SQLite database, and of its newest copy. */
export const sqliteIntegrity: Detector = detectorOf(
  'sqlite_integrity',
  ['sqlite_backup_intact', 'sqlite_intact'],
  '{database, backup?}: the rows of `pragma integrity_check`',
  (raw): Found | undefined => {
    const database = intactIn(at(raw, 'database'));
    return database === undefined
      ? undefined
      : { sqlite_intact: database, sqlite_backup_intact: intactIn(at(raw, 'backup')) };
  },
);

const intactIn = (rows: unknown): boolean | undefined => {
  if (!Array.isArray(rows) || rows.length === 0) return undefined;
  const said = rows.map((row) => textAt(row, 'integrity_check'));
  return said.includes(undefined) ? undefined : said.length === 1 && said[0] === 'ok';
};

const rowsOf = (raw: unknown): readonly unknown[] | undefined =>
  Array.isArray(raw) && raw.length <= 100_000 ? raw : undefined;

const most = (rows: readonly unknown[], of: (row: unknown) => number): unknown =>
  rows.reduce<unknown>((best, row) => (best === undefined || of(row) > of(best) ? row : best), undefined);
