/** What standard work looks at: each fact with what it means, its type, its detector, and how old it may be. */
import type { ObservedFact, Type } from '@tai-autonomics/core/author';
import { TERMINATED, WAITING } from './detectors/kubernetes.ts';
import { UNIT_STATES } from './detectors/machine.ts';

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
