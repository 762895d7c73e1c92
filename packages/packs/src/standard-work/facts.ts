/** What standard work looks at: each fact with what it means, its type, its detector, and how old it may be. */
import type { ObservedFact, Type } from '@tai-autonomics/core/author';
import { CONTAINER_HEALTH, CONTAINER_STATES } from './detectors/host.ts';
import { TERMINATED, WAITING } from './detectors/kubernetes.ts';
import { UNIT_STATES } from './detectors/machine.ts';
import { SAAS_ACTIONS, SAAS_STATES, SAAS_STATUSES } from './detectors/settings.ts';
import { JOURNAL_MODES } from './detectors/tables.ts';

const BOOLEAN: Type = { type: 'boolean' };
const COUNT: Type = { type: 'integer', min: 0 };
const PERCENT: Type = { type: 'integer', min: 0, max: 100 };
const TEXT: Type = { type: 'string', maxLength: 1_024 };
const words = (...values: readonly string[]): Type => ({ type: 'enum', values });

/** By detector. */
const FACTS: Readonly<Record<string, Readonly<Record<string, readonly [string, Type]>>>> = {
  cloud_run_service: {
    cloud_run_ready: ['whether the service of Cloud Run is ready', BOOLEAN],
    cloud_run_latest_is_ready: ['whether its newest revision became ready', BOOLEAN],
    cloud_run_ready_revision: ['the newest revision that became ready', TEXT],
    cloud_run_min_instances: ['how many instances are kept at least', COUNT],
    cloud_run_max_instances: ['how many instances there may be', COUNT],
    cloud_run_traffic_latest: ['whether all traffic goes to the newest revision', BOOLEAN],
  },
  cloud_monitoring: {
    cloud_run_instances: ['how many instances there are', COUNT],
    cloud_run_requests: ['how many requests arrived in the last interval', COUNT],
    pubsub_oldest_unacked_s: ['how old the oldest message is that nobody acknowledged, in seconds', COUNT],
    api_quota_used: ['how much of the quota is used', COUNT],
  },
  pubsub_subscription: {
    pubsub_state: ['whether the subscription can be delivered', words('ACTIVE', 'RESOURCE_ERROR', 'other')],
    pubsub_push: ['whether messages are pushed', BOOLEAN],
    pubsub_push_endpoint: ['where messages are pushed to', TEXT],
    pubsub_ack_deadline_s: ['how long a message may take, in seconds', COUNT],
  },
  firestore_index: {
    firestore_index_state: ['the state of the index', words('CREATING', 'READY', 'NEEDS_REPAIR', 'other')],
  },
  service_quota: {
    api_quota_limit: ['the limit of the quota that holds', COUNT],
    api_quota_overridden: ['whether an override of an administrator lowers the limit', BOOLEAN],
  },
  procurement_entitlement: {
    marketplace_entitlement_state: [
      'the state of the entitlement at the marketplace',
      words(
        'ENTITLEMENT_ACTIVATION_REQUESTED',
        'ENTITLEMENT_ACTIVE',
        'ENTITLEMENT_PENDING_CANCELLATION',
        'ENTITLEMENT_CANCELLED',
        'ENTITLEMENT_PENDING_PLAN_CHANGE',
        'ENTITLEMENT_PENDING_PLAN_CHANGE_APPROVAL',
        'ENTITLEMENT_SUSPENDED',
        'other',
      ),
    ],
    marketplace_pending_plan: ['the plan that the customer asked for', TEXT],
  },
  cost_recommendation: {
    recommendation_state: [
      'the state of the recommendation',
      words('ACTIVE', 'CLAIMED', 'SUCCEEDED', 'FAILED', 'DISMISSED', 'other'),
    ],
    recommendation_kind: [
      'what is recommended',
      words('CHANGE_MACHINE_TYPE', 'STOP_VM', 'SNAPSHOT_AND_DELETE_DISK', 'other'),
    ],
    recommendation_saves: ['what it saves in the projected time, in whole units of its currency', COUNT],
  },
  kubernetes_pods: {
    pod_waiting: ['why a container waits', words(...WAITING)],
    pod_terminated: ['why a container ended last', words(...TERMINATED)],
    pod_restarts: ['how often a container was restarted', COUNT],
  },
  kubernetes_quota: {
    pod_quota_hard: ['how many pods the namespace may have', COUNT],
    pod_quota_used: ['how many pods it has', COUNT],
  },
  kubernetes_certificate: {
    certificate_ready: ['whether the certificate is ready', BOOLEAN],
    certificate_left_s: ['how long it is valid, in seconds', COUNT],
    certificate_failed_attempts: ['how often in a row it could not be issued', COUNT],
  },
  postgres_activity: {
    pg_idle_transaction_s: ['how long the oldest idle transaction has been idle, in seconds', COUNT],
    pg_idle_pid: ['the process of the oldest idle transaction', COUNT],
  },
  postgres_slots: {
    pg_slot_lost: ['whether there is a replication slot that nobody can read from any more', BOOLEAN],
    pg_slot_name: ['the name of that slot', TEXT],
  },
  postgres_ages: {
    pg_oldest_xid_age: ['how many transactions ago the oldest row was frozen', COUNT],
    pg_oldest_database: ['the database of the oldest row', TEXT],
  },
  postgres_table: {
    pg_table_dead_percent: ['what share of the table’s rows is dead', PERCENT],
    pg_table_stale_percent: ['what share of its rows changed since it was analyzed', PERCENT],
  },
  pgbackrest: {
    backup_status: ['the code of the stanza: 0 is ok, 2 is no valid backup', COUNT],
    backup_age_s: ['how old the newest backup is, in seconds', COUNT],
  },
  sqlite_integrity: {
    sqlite_intact: ['whether the database passes its own check', BOOLEAN],
    sqlite_backup_intact: ['whether its newest copy does', BOOLEAN],
  },
  disk_free: { disk_used_percent: ['how full the disk is', PERCENT] },
  systemd_unit: {
    unit_state: ['where the unit is', words(...UNIT_STATES)],
    unit_restarts: ['how often it was restarted', COUNT],
  },
  disk_inodes: { inodes_used_percent: ['what share of the inodes is used', PERCENT] },
  clock_sync: {
    clock_service_on: ['whether a service keeps the clock', BOOLEAN],
    clock_synchronized: ['whether the clock is synchronized', BOOLEAN],
  },
  journal_usage: { journal_mb: ['how much the journal takes, in mebibytes', COUNT] },
  file_certificate: { tls_file_left_s: ['how long the certificate of the file is valid, in seconds', COUNT] },
  process_limits: {
    open_files: ['how many files the process has open', COUNT],
    open_files_soft: ['how many it may have open', COUNT],
    open_files_hard: ['how many it may be allowed', COUNT],
  },
  systemd_limits: {
    unit_memory_mb: ['how much memory the unit uses, in mebibytes', COUNT],
    unit_memory_max_mb: ['how much it may use', COUNT],
    unit_tasks: ['how many tasks the unit has', COUNT],
    unit_tasks_max: ['how many it may have', COUNT],
  },
  docker_container: {
    container_state: ['where the container is', words(...CONTAINER_STATES)],
    container_killed: ['whether it was killed for its memory', BOOLEAN],
    container_exit_code: ['the code that it ended with', COUNT],
    container_health: ['what its health check says', words(...CONTAINER_HEALTH)],
    container_memory_mb: ['how much memory it may use, in mebibytes', COUNT],
  },
  git_objects: {
    git_loose_objects: ['how many objects of the repository are loose', COUNT],
    git_packs: ['how many packs it has', COUNT],
  },
  git_branch: {
    git_head: ['the commit that is checked out', TEXT],
    git_ahead: ['how many commits the upstream has not', COUNT],
    git_behind: ['how many commits of the upstream are not here', COUNT],
    git_changed: ['whether anything differs from the commit', BOOLEAN],
  },
  sqlite_pragmas: {
    sqlite_free_percent: ['what share of the pages is free', PERCENT],
    sqlite_journal_mode: ['how the journal is kept', words(...JOURNAL_MODES)],
    sqlite_wal_mb: ['how large the write-ahead log is, in mebibytes', COUNT],
  },
  postgres_blockers: {
    pg_blocking_s: ['how long the query has run that others wait for, in seconds', COUNT],
    pg_blocking_pid: ['the process of that query', COUNT],
  },
  postgres_connections: {
    pg_connections_percent: ['what share of the connections is taken', PERCENT],
    pg_connections_idle: ['how many have been idle for ten minutes', COUNT],
  },
  postgres_index: {
    pg_index_name: ['the name of the index', TEXT],
    pg_index_valid: ['whether it is valid', BOOLEAN],
    pg_index_scans: ['how often it was used since the statistics began', COUNT],
    pg_index_needed: ['whether a constraint needs it', BOOLEAN],
    pg_index_mb: ['how large it is, in mebibytes', COUNT],
    pg_index_definition: ['how it is created', TEXT],
  },
  postgres_recovery: {
    pg_is_replica: ['whether the server is a replica', BOOLEAN],
    pg_replay_paused: ['whether it is paused', BOOLEAN],
  },
  postgres_subscription: {
    pg_subscription_name: ['the name of the subscription', TEXT],
    pg_subscription_enabled: ['whether it is enabled', BOOLEAN],
  },
  postgres_role: {
    pg_role_name: ['the name of the role', TEXT],
    pg_role_connections: ['how many connections the role has', COUNT],
    pg_role_limit: ['how many it may have', COUNT],
  },
  postgres_database: {
    pg_database_name: ['the name of the database', TEXT],
    pg_database_connections: ['how many connections the database has', COUNT],
    pg_database_limit: ['how many it may have', COUNT],
  },
  kubernetes_node: {
    node_ready: ['whether the node is ready', BOOLEAN],
    node_cordoned: ['whether nothing new is put on it', BOOLEAN],
  },
  kubernetes_volume: {
    volume_used_percent: ['how full the volume is', PERCENT],
    volume_gi: ['how large a volume is asked for, in gibibytes', COUNT],
  },
  kubernetes_scaler: {
    scaler_replicas: ['how many replicas there are', COUNT],
    scaler_most: ['how many there may be', COUNT],
    scaler_least: ['how many there are at least', COUNT],
    scaler_limited: ['whether a bound keeps the scaler from what it wants', BOOLEAN],
  },
  kubernetes_rollout: {
    rollout_paused: ['whether the rollout is paused', BOOLEAN],
    rollout_replicas: ['how many replicas are asked for', COUNT],
  },
  kubernetes_cron_job: {
    cron_job_suspended: ['whether the scheduled job is suspended', BOOLEAN],
    cron_job_success_age_s: ['how long ago it last succeeded, in seconds', COUNT],
  },
  kubernetes_compute: {
    quota_cpu_hard: ['how many thousandths of a processor may be requested', COUNT],
    quota_cpu_used: ['how many are', COUNT],
    quota_memory_hard_mi: ['how much memory may be requested, in mebibytes', COUNT],
    quota_memory_used_mi: ['how much is', COUNT],
  },
  kubernetes_evicted: { pods_evicted: ['how many evicted pods are listed', COUNT] },
  cloud_sql_instance: {
    sql_backups_on: ['whether backups are taken', BOOLEAN],
    sql_logs_kept: ['whether its logs are kept, so that it can be restored to an instant', BOOLEAN],
    sql_deletion_protected: ['whether it is protected from being deleted', BOOLEAN],
    sql_disk_grows: ['whether its disk grows by itself', BOOLEAN],
    sql_disk_used_percent: ['how full its disk is', PERCENT],
  },
  storage_bucket: {
    bucket_versioned: ['whether former versions of objects are kept', BOOLEAN],
    bucket_public_prevented: ['whether nothing in it can be made public', BOOLEAN],
  },
  firestore_database: {
    firestore_deletion_protected: ['whether the database is protected from being deleted', BOOLEAN],
    firestore_versions_kept: ['whether former versions are kept for seven days', BOOLEAN],
  },
  firestore_field: { firestore_expires: ['whether documents end by this field', BOOLEAN] },
  pubsub_delivery: {
    pubsub_retries_slowly: ['whether messages are tried again with growing pauses', BOOLEAN],
    pubsub_ends: ['whether the subscription ends by itself when nobody uses it', BOOLEAN],
  },
  pubsub_topic: { pubsub_topic_keeps: ['whether the topic keeps what was published', BOOLEAN] },
  saas_subscription: {
    saas_state: ['where the subscription is', words(...SAAS_STATES)],
    saas_plan: ['the plan that was bought', TEXT],
  },
  saas_operation: {
    saas_operation: ['the id of the operation', TEXT],
    saas_operation_action: ['what the customer asked for', words(...SAAS_ACTIONS)],
    saas_operation_status: ['how far it has come', words(...SAAS_STATUSES)],
  },
};

/** What a decision looks at may be so old: the time between a look and an approval by somebody. */
const MAX_AGE_MS = 300_000;

/** The facts of the pack. Each is stated by a source of the name of its detector. */
export const standardWorkFacts: Readonly<Record<string, ObservedFact>> = Object.fromEntries(
  Object.entries(FACTS).flatMap(([detector, facts]) =>
    Object.entries(facts).map(([fact, [means, type]]): [string, ObservedFact] => [
      fact,
      { means, type, origin: 'observed', sources: [detector], maxAgeMs: MAX_AGE_MS, detector: `${detector}@1` },
    ]),
  ),
);
