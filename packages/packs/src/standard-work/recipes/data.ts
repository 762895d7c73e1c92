/** Standard work on data: PostgreSQL, its backups, SQLite (D-27). All but the backups run against a database on this machine. */
import { type Work, work } from '../work.ts';

const slot = (wal_status: string, active: boolean): object => ({
  slot_name: 'replica_2',
  plugin: null,
  slot_type: 'physical',
  active,
  restart_lsn: null,
  wal_status,
  safe_wal_size: null,
});
const info = (code: number, ...stops: readonly number[]): object => ({
  now: 1_769_428_800,
  info: [
    {
      name: 'main',
      status: { code, message: code === 0 ? 'ok' : 'no valid backups', lock: { backup: { held: false } } },
      db: [{ id: 1, 'repo-key': 1, 'system-id': 7_100_000_000_000, version: '17' }],
      backup: stops.map((stop) => ({
        type: 'full',
        label: '20260125-120000F',
        error: false,
        timestamp: { start: stop - 600, stop },
      })),
    },
  ],
});
const OK = [{ integrity_check: 'ok' }];
const BROKEN = [
  { integrity_check: 'row 17 missing from index orders_by_customer' },
  { integrity_check: 'wrong # of entries in index orders_by_customer' },
];

export const dataWork: readonly Work[] = [
  work({
    recipe_id: 'drop_lost_replication_slot',
    title: 'Drop a replication slot that nobody can read from any more',
    category: 'data',
    kind: 'postgres_replica_lost',
    explanation:
      'A replica was away for longer than the log is kept: its slot is lost. The slot is dropped, so that the replica can be built anew.',
    symptom: { fact: 'pg_slot_lost', is: true },
    step: {
      action: 'drop_replication_slot',
      means: 'drops the lost slot',
      with: { slot: 'pg_slot_name' },
      command: 'psql -c "select pg_drop_replication_slot(\'SLOT\')"',
    },
    undo: { why: 'what the slot kept is gone already: its replica has to be built anew either way' },
    verify: { fact: 'pg_slot_lost', is: false },
    prevention:
      'Alert when `safe_wal_size` of a slot shrinks, and set `max_slot_wal_keep_size` to what a weekend needs.',
    selects: { postgres_slots: [slot('lost', false), { ...slot('reserved', true), slot_name: 'replica_1' }] },
    nearly: ['the slot is behind, and can still be read', { postgres_slots: [slot('unreserved', false)] }],
  }),
  work({
    recipe_id: 'freeze_old_transactions',
    title: 'Freeze rows before transaction numbers run out',
    category: 'data',
    kind: 'postgres_wraparound',
    explanation:
      'The oldest rows of a database were frozen more than 1.5 thousand million transactions ago; at 2.1 it stops taking writes. All of it is vacuumed with freezing.',
    symptom: { fact: 'pg_oldest_xid_age', above: 1_500_000_000 },
    step: {
      action: 'freeze_database',
      means: 'vacuums the oldest database with freezing',
      with: { database: 'pg_oldest_database' },
      command: 'vacuumdb --freeze --jobs=2 DATABASE',
    },
    undo: { why: 'freezing changes no row that anybody can read' },
    verify: { fact: 'pg_oldest_xid_age', below: 500_000_000 },
    prevention: 'End transactions that stay open for hours, and let autovacuum have more workers.',
    selects: {
      postgres_ages: [
        { datname: 'shop', age: 1_600_000_000 },
        { datname: 'postgres', age: 12 },
      ],
    },
    nearly: ['it is old, and autovacuum is still at it', { postgres_ages: [{ datname: 'shop', age: 1_500_000_000 }] }],
  }),
  work({
    recipe_id: 'take_overdue_backup',
    title: 'Take the backup that is overdue',
    category: 'data',
    kind: 'backup_overdue',
    explanation:
      'The newest backup is older than 26 hours, and the stanza is in order: the daily one was not taken. It is taken now.',
    symptom: {
      all: [
        { fact: 'backup_status', is: 0 },
        { fact: 'backup_age_s', above: 93_600 },
      ],
    },
    step: {
      action: 'take_backup',
      means: 'takes an incremental backup',
      command: 'pgbackrest --stanza=STANZA --type=incr backup',
    },
    undo: { why: 'a backup is only added; retention removes the old ones' },
    verify: { fact: 'backup_age_s', atMost: 93_600 },
    prevention: 'Let whatever starts the backup say so, and alert when it did not.',
    selects: { pgbackrest: info(0, 1_769_428_800 - 93_601) },
    nearly: [
      'the stanza has no valid backup at all: an incremental one has nothing to stand on',
      { pgbackrest: info(2) },
    ],
  }),
  work({
    recipe_id: 'take_first_backup',
    title: 'Take a first backup',
    category: 'data',
    kind: 'backup_overdue',
    explanation: 'The stanza has no valid backup: nothing could be restored. A full one is taken now.',
    symptom: { fact: 'backup_status', is: 2 },
    step: {
      action: 'take_full_backup',
      means: 'takes a full backup',
      command: 'pgbackrest --stanza=STANZA --type=full backup',
    },
    undo: { why: 'a backup is only added; retention removes the old ones' },
    verify: { fact: 'backup_status', is: 0 },
    prevention: 'Let a new database be announced only once a restore of its first backup was tried.',
    selects: { pgbackrest: info(2) },
    nearly: ['there is one', { pgbackrest: info(0, 1_769_428_800 - 60) }],
  }),
  work({
    recipe_id: 'restore_intact_copy',
    title: 'Put the intact copy of a damaged database in its place',
    category: 'data',
    kind: 'database_damaged',
    explanation:
      'A SQLite database fails its own check, and its newest copy passes it. The damaged file is put aside, and the copy takes its place.',
    symptom: {
      all: [
        { fact: 'sqlite_intact', is: false },
        { fact: 'sqlite_backup_intact', is: true },
      ],
    },
    step: {
      action: 'restore_sqlite_copy',
      means: 'puts the damaged file aside and the copy in its place',
      command: 'mv DATABASE DATABASE.damaged && cp COPY DATABASE',
    },
    undo: {
      action: 'restore_damaged_sqlite',
      means: 'puts the damaged file back in its place',
      verify: { fact: 'sqlite_intact', is: false },
    },
    verify: { fact: 'sqlite_intact', is: true },
    prevention:
      'Keep the database off network file systems, and copy it with `vacuum into`, never with `cp` while it is written.',
    selects: { sqlite_integrity: { database: BROKEN, backup: OK } },
    nearly: ['the copy is damaged, too', { sqlite_integrity: { database: BROKEN, backup: BROKEN } }],
  }),
];
