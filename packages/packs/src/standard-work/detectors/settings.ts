/** What is configured in a cloud, and what marketplaces wait for: databases, buckets, topics, subscriptions, purchases. */
import type { Detector } from '../../detector.ts';
import { at, countAt, detectorOf, type Found, flagAt, percentOf, textAt, wordAt } from './evidence.ts';

/** `{instance, usedBytes?}`: a DatabaseInstance of the Cloud SQL Admin API v1, and how much of its disk is used. */
const cloudSqlInstance: Detector = detectorOf(
  'cloud_sql_instance',
  ['sql_backups_on', 'sql_deletion_protected', 'sql_disk_grows', 'sql_disk_used_percent', 'sql_logs_kept'],
  '{instance, usedBytes?}: a DatabaseInstance of the Cloud SQL Admin API v1',
  (raw): Found | undefined => {
    const settings = at(raw, 'instance', 'settings');
    if (at(raw, 'instance', 'kind') !== 'sql#instance' || settings === undefined) return undefined;
    const [used, gigabytes] = [countAt(raw, 'usedBytes'), countAt(settings, 'dataDiskSizeGb')];
    return {
      sql_backups_on: flagAt(settings, 'backupConfiguration', 'enabled') ?? false,
      sql_logs_kept: flagAt(settings, 'backupConfiguration', 'pointInTimeRecoveryEnabled') ?? false,
      sql_deletion_protected: flagAt(settings, 'deletionProtectionEnabled') ?? false,
      sql_disk_grows: flagAt(settings, 'storageAutoResize'),
      sql_disk_used_percent:
        used === undefined || gigabytes === undefined ? undefined : percentOf(used, gigabytes * 1_073_741_824),
    };
  },
);

/** A Bucket of the Cloud Storage JSON API v1. */
const storageBucket: Detector = detectorOf(
  'storage_bucket',
  ['bucket_public_prevented', 'bucket_versioned'],
  'a Bucket of the Cloud Storage JSON API v1',
  (raw): Found | undefined =>
    at(raw, 'kind') === 'storage#bucket' && textAt(raw, 'name') !== undefined
      ? {
          bucket_versioned: flagAt(raw, 'versioning', 'enabled') ?? false,
          bucket_public_prevented: textAt(raw, 'iamConfiguration', 'publicAccessPrevention') === 'enforced',
        }
      : undefined,
);

/** A Database of the Firestore Admin API v1. */
const firestoreDatabase: Detector = detectorOf(
  'firestore_database',
  ['firestore_deletion_protected', 'firestore_versions_kept'],
  'a Database of the Firestore Admin API v1',
  (raw): Found | undefined =>
    /^projects\/[^/]+\/databases\/[^/]+$/.test(textAt(raw, 'name') ?? '')
      ? {
          firestore_deletion_protected: textAt(raw, 'deleteProtectionState') === 'DELETE_PROTECTION_ENABLED',
          firestore_versions_kept: textAt(raw, 'pointInTimeRecoveryEnablement') === 'POINT_IN_TIME_RECOVERY_ENABLED',
        }
      : undefined,
);

/** A Field of the Firestore Admin API v1: whether documents end by it. */
const firestoreField: Detector = detectorOf(
  'firestore_field',
  ['firestore_expires'],
  'a Field of the Firestore Admin API v1',
  (raw): Found | undefined =>
    textAt(raw, 'name')?.includes('/fields/') === true
      ? { firestore_expires: at(raw, 'ttlConfig') !== undefined }
      : undefined,
);

/** A Subscription of Pub/Sub v1, as far as it says how messages are tried again, and when it ends by itself. */
const pubsubDelivery: Detector = detectorOf(
  'pubsub_delivery',
  ['pubsub_ends', 'pubsub_retries_slowly'],
  'a Subscription with a name and a topic',
  (raw): Found | undefined =>
    textAt(raw, 'name') === undefined || textAt(raw, 'topic') === undefined
      ? undefined
      : {
          pubsub_retries_slowly: at(raw, 'retryPolicy') !== undefined,
          pubsub_ends: textAt(raw, 'expirationPolicy', 'ttl') !== undefined,
        },
);

/** A Topic of Pub/Sub v1. */
const pubsubTopic: Detector = detectorOf(
  'pubsub_topic',
  ['pubsub_topic_keeps'],
  'a Topic with a name',
  (raw): Found | undefined =>
    /^projects\/[^/]+\/topics\/[^/]+$/.test(textAt(raw, 'name') ?? '')
      ? { pubsub_topic_keeps: textAt(raw, 'messageRetentionDuration') !== undefined }
      : undefined,
);

/** Where a subscription of Microsoft's marketplace can be. */
export const SAAS_STATES = [
  'NotStarted',
  'PendingFulfillmentStart',
  'Subscribed',
  'Suspended',
  'Unsubscribed',
  'other',
] as const;

/** A subscription of the SaaS fulfillment API v2. */
const saasSubscription: Detector = detectorOf(
  'saas_subscription',
  ['saas_plan', 'saas_state'],
  'a subscription of the SaaS fulfillment API v2',
  (raw): Found | undefined =>
    textAt(raw, 'id') === undefined || textAt(raw, 'saasSubscriptionStatus') === undefined
      ? undefined
      : { saas_state: wordAt(SAAS_STATES, raw, 'saasSubscriptionStatus'), saas_plan: textAt(raw, 'planId') },
);

/** What a customer can ask for at Microsoft's marketplace. */
export const SAAS_ACTIONS = [
  'ChangePlan',
  'ChangeQuantity',
  'Reinstate',
  'Renew',
  'Suspend',
  'Unsubscribe',
  'other',
] as const;
/** How far that has come. */
export const SAAS_STATUSES = ['InProgress', 'NotStarted', 'Failed', 'Succeeded', 'Conflict', 'other'] as const;

/** An operation of the SaaS fulfillment API v2. */
const saasOperation: Detector = detectorOf(
  'saas_operation',
  ['saas_operation', 'saas_operation_action', 'saas_operation_status'],
  'an operation of the SaaS fulfillment API v2',
  (raw): Found | undefined =>
    textAt(raw, 'id') === undefined || textAt(raw, 'subscriptionId') === undefined
      ? undefined
      : {
          saas_operation: textAt(raw, 'id'),
          saas_operation_action: wordAt(SAAS_ACTIONS, raw, 'action'),
          saas_operation_status: wordAt(SAAS_STATUSES, raw, 'status'),
        },
);

/** All of this file. */
export const settingDetectors: readonly Detector[] = [
  cloudSqlInstance,
  storageBucket,
  firestoreDatabase,
  firestoreField,
  pubsubDelivery,
  pubsubTopic,
  saasSubscription,
  saasOperation,
];
