/** Standard work on what is configured in a cloud, and on what marketplaces wait for. */
import { type Work, type WorkSpec, work } from '../work.ts';

const CLOUD = 'a Google Cloud project, and `gcloud` with the right to change this resource';
const MARKET = 'an account of a publisher at Microsoft’s marketplace';
const SAAS = 'https://marketplaceapi.microsoft.com/api/saas';

const sql = (settings: object, usedBytes = 1_073_741_824): object => ({
  usedBytes,
  instance: {
    kind: 'sql#instance',
    name: 'orders',
    databaseVersion: 'POSTGRES_17',
    state: 'RUNNABLE',
    settings: {
      tier: 'db-custom-2-8192',
      dataDiskSizeGb: '10',
      storageAutoResize: true,
      deletionProtectionEnabled: true,
      backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true, startTime: '03:00' },
      ...settings,
    },
  },
});
const bucket = (of: object): object => ({
  kind: 'storage#bucket',
  name: 'acme-orders',
  location: 'EUROPE-WEST1',
  storageClass: 'STANDARD',
  iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
  versioning: { enabled: true },
  ...of,
});
const firestore = (protection: string, recovery: string): object => ({
  name: 'projects/p/databases/(default)',
  locationId: 'eur3',
  type: 'FIRESTORE_NATIVE',
  deleteProtectionState: `DELETE_PROTECTION_${protection}`,
  pointInTimeRecoveryEnablement: `POINT_IN_TIME_RECOVERY_${recovery}`,
});
const field = (of: object): object => ({
  name: 'projects/p/databases/(default)/collectionGroups/sessions/fields/expireAt',
  indexConfig: { usesAncestorConfig: true },
  ...of,
});
const delivery = (of: object): object => ({
  name: 'projects/p/subscriptions/orders',
  topic: 'projects/p/topics/orders',
  ackDeadlineSeconds: 60,
  state: 'ACTIVE',
  ...of,
});
const topic = (of: object): object => ({ name: 'projects/p/topics/orders', ...of });
const purchase = (saasSubscriptionStatus: string): object => ({
  id: '37f9dea2-4345-438f-b0bd-03d40d28c7e0',
  name: 'Contoso Cloud Solution',
  publisherId: 'acme',
  offerId: 'rollback-guard',
  planId: 'professional',
  quantity: 1,
  saasSubscriptionStatus,
});
const operation = (action: string, status: string): object => ({
  id: '74dfb4db-c193-4891-827d-eb05fbdc64b0',
  activityId: '74dfb4db-c193-4891-827d-eb05fbdc64b0',
  subscriptionId: '37f9dea2-4345-438f-b0bd-03d40d28c7e0',
  offerId: 'rollback-guard',
  publisherId: 'acme',
  planId: 'enterprise',
  action,
  status,
  timeStamp: '2026-01-26T11:59:00Z',
});

/** A setting that is off and should be on: turned on, and off again. */
interface Switch
  extends Pick<
    WorkSpec,
    'recipe_id' | 'title' | 'category' | 'kind' | 'explanation' | 'prevention' | 'selects' | 'nearly'
  > {
  readonly fact: string;
  /** What is turned on and off, as actions are named and as people say. */
  readonly turns: readonly [action: string, means: string];
  readonly command: string;
}
const turnedOn = ({ fact, turns: [action, means], command, ...rest }: Switch): Work =>
  work({
    ...rest,
    symptom: { fact, is: false },
    step: { action: `turn_${action}_on`, means: `turns ${means} on`, idempotent: true, command, needs: CLOUD },
    undo: {
      action: `turn_${action}_off`,
      means: `turns ${means} off again`,
      idempotent: true,
      verify: { fact, is: false },
    },
    verify: { fact, is: true },
  });

/** What a customer asked for at a marketplace, and which waits for the publisher to say that it is done. */
const acknowledged = (asked: string, recipe_id: string, title: string, explanation: string): Work =>
  work({
    recipe_id,
    title,
    category: 'entitlement',
    kind: 'saas_operation_waits',
    explanation,
    symptom: {
      all: [
        { fact: 'saas_operation_action', is: asked },
        { fact: 'saas_operation_status', is: 'InProgress' },
      ],
    },
    step: {
      action: recipe_id,
      means: 'tells the marketplace that it is done',
      with: { operation: 'saas_operation' },
      command: `PATCH ${SAAS}/subscriptions/ID/operations/OPERATION {"status": "Success"}`,
      needs: MARKET,
    },
    undo: { why: 'what was acknowledged is in force for its customer, who alone asks for something else' },
    verify: { fact: 'saas_operation_status', is: 'Succeeded' },
    prevention: 'Answer the webhook within ten seconds, and alert on operations that wait for an hour.',
    selects: { saas_operation: operation(asked, 'InProgress') },
    nearly: ['it has succeeded', { saas_operation: operation(asked, 'Succeeded') }],
  });

export const settingWork: readonly Work[] = [
  work({
    recipe_id: 'let_database_disk_grow',
    title: 'Let the disk of a database grow that is nearly full',
    category: 'infrastructure',
    kind: 'database_disk_full',
    explanation:
      'The disk of a database is more than nine tenths full, and does not grow by itself. From now on it does.',
    symptom: {
      all: [
        { fact: 'sql_disk_used_percent', above: 90 },
        { fact: 'sql_disk_grows', is: false },
      ],
    },
    step: {
      action: 'turn_disk_growth_on',
      means: 'lets the disk grow by itself',
      idempotent: true,
      command: 'gcloud sql instances patch INSTANCE --storage-auto-increase',
      needs: CLOUD,
    },
    undo: {
      action: 'turn_disk_growth_off',
      means: 'keeps the disk at its size from now on',
      idempotent: true,
      verify: { fact: 'sql_disk_grows', is: false },
    },
    verify: { fact: 'sql_disk_grows', is: true },
    prevention: 'Turn it on for every database, with a limit, and alert at three quarters.',
    selects: { cloud_sql_instance: sql({ storageAutoResize: false }, 9_800_000_000) },
    nearly: ['it grows by itself', { cloud_sql_instance: sql({}, 9_800_000_000) }],
  }),
  turnedOn({
    recipe_id: 'prevent_public_objects',
    title: 'Keep objects of a bucket from being made public',
    category: 'infrastructure',
    kind: 'bucket_can_be_public',
    explanation: 'Objects of a bucket can be made public by whoever may write its policy. That is prevented.',
    fact: 'bucket_public_prevented',
    turns: ['public_prevention', 'the prevention of public access'],
    command: 'gcloud storage buckets update gs://BUCKET --public-access-prevention',
    prevention: 'Enforce `storage.publicAccessPrevention` as a policy of the organization.',
    selects: { storage_bucket: bucket({ iamConfiguration: { publicAccessPrevention: 'inherited' } }) },
    nearly: ['it is prevented', { storage_bucket: bucket({}) }],
  }),
  turnedOn({
    recipe_id: 'retry_messages_slowly',
    title: 'Try messages again with growing pauses',
    category: 'infrastructure',
    kind: 'pubsub_retries_at_once',
    explanation: 'Messages that fail are delivered again at once, and keep their subscriber from all others.',
    fact: 'pubsub_retries_slowly',
    turns: ['slow_retries', 'growing pauses between attempts'],
    command: 'gcloud pubsub subscriptions update SUBSCRIPTION --min-retry-delay=10s --max-retry-delay=600s',
    prevention: 'Give every subscription a retry policy when it is made.',
    selects: { pubsub_delivery: delivery({}) },
    nearly: [
      'there are pauses',
      { pubsub_delivery: delivery({ retryPolicy: { minimumBackoff: '10s', maximumBackoff: '600s' } }) },
    ],
  }),
  work({
    recipe_id: 'keep_unused_subscription',
    title: 'Keep a subscription that would end by itself',
    category: 'infrastructure',
    kind: 'pubsub_subscription_ends',
    explanation:
      'A subscription ends by itself when nobody reads it for a month, and its messages with it. It is kept.',
    symptom: { fact: 'pubsub_ends', is: true },
    step: {
      action: 'turn_subscription_end_off',
      means: 'keeps the subscription for good',
      idempotent: true,
      command: 'gcloud pubsub subscriptions update SUBSCRIPTION --expiration-period=never',
      needs: CLOUD,
    },
    undo: {
      action: 'turn_subscription_end_on',
      means: 'lets the subscription end after 31 days without a reader',
      idempotent: true,
      verify: { fact: 'pubsub_ends', is: true },
    },
    verify: { fact: 'pubsub_ends', is: false },
    prevention: 'Make subscriptions of what matters with `--expiration-period=never`.',
    selects: { pubsub_delivery: delivery({ expirationPolicy: { ttl: '2678400s' } }) },
    nearly: ['it is kept', { pubsub_delivery: delivery({ expirationPolicy: {} }) }],
  }),
  turnedOn({
    recipe_id: 'keep_published_messages',
    title: 'Keep what was published, for a subscription that is made later',
    category: 'infrastructure',
    kind: 'pubsub_topic_forgets',
    explanation: 'A topic keeps nothing: what was published while a subscription was away cannot be read again.',
    fact: 'pubsub_topic_keeps',
    turns: ['topic_retention', 'keeping messages for seven days'],
    command: 'gcloud pubsub topics update TOPIC --message-retention-duration=7d',
    prevention: 'Make topics with a retention, and try a seek once.',
    selects: { pubsub_topic: topic({}) },
    nearly: ['it keeps a day', { pubsub_topic: topic({ messageRetentionDuration: '86400s' }) }],
  }),
  turnedOn({
    recipe_id: 'protect_firestore_database',
    title: 'Protect a database of Firestore from being deleted',
    category: 'infrastructure',
    kind: 'firestore_deletable',
    explanation: 'A database of Firestore can be deleted by one command. It is protected.',
    fact: 'firestore_deletion_protected',
    turns: ['firestore_protection', 'the protection from being deleted'],
    command: 'gcloud firestore databases update --database=DATABASE --delete-protection',
    prevention: 'Make databases with `--delete-protection`.',
    selects: { firestore_database: firestore('DISABLED', 'ENABLED') },
    nearly: ['it is protected', { firestore_database: firestore('ENABLED', 'ENABLED') }],
  }),
  turnedOn({
    recipe_id: 'keep_firestore_versions',
    title: 'Keep former versions of documents for seven days',
    category: 'data',
    kind: 'firestore_forgets',
    explanation: 'A database of Firestore keeps former versions for an hour alone. From now on it keeps seven days.',
    fact: 'firestore_versions_kept',
    turns: ['firestore_recovery', 'recovery to an instant'],
    command: 'gcloud firestore databases update --database=DATABASE --enable-pitr',
    prevention: 'Make databases with `--enable-pitr`, and try a restore once a quarter.',
    selects: { firestore_database: firestore('ENABLED', 'DISABLED') },
    nearly: ['they are kept', { firestore_database: firestore('ENABLED', 'ENABLED') }],
  }),
  turnedOn({
    recipe_id: 'turn_database_backups_on',
    title: 'Take backups of a database that has none',
    category: 'data',
    kind: 'database_without_backups',
    explanation: 'Nobody takes backups of a database. From now on one is taken every night.',
    fact: 'sql_backups_on',
    turns: ['database_backups', 'nightly backups'],
    command: 'gcloud sql instances patch INSTANCE --backup-start-time=03:00',
    prevention: 'Refuse instances without backups by a policy of the organization.',
    selects: { cloud_sql_instance: sql({ backupConfiguration: { enabled: false } }) },
    nearly: ['they are taken', { cloud_sql_instance: sql({}) }],
  }),
  work({
    recipe_id: 'keep_database_logs',
    title: 'Keep the logs of a database, so that it can be restored to an instant',
    category: 'data',
    kind: 'database_without_logs',
    explanation:
      'Backups of a database are taken, and its logs are not kept: up to a day would be lost. They are kept.',
    symptom: {
      all: [
        { fact: 'sql_backups_on', is: true },
        { fact: 'sql_logs_kept', is: false },
      ],
    },
    step: {
      action: 'turn_database_logs_on',
      means: 'keeps the logs from now on',
      idempotent: true,
      command: 'gcloud sql instances patch INSTANCE --enable-point-in-time-recovery',
      needs: CLOUD,
    },
    undo: {
      action: 'turn_database_logs_off',
      means: 'keeps no logs any more',
      idempotent: true,
      verify: { fact: 'sql_logs_kept', is: false },
    },
    verify: { fact: 'sql_logs_kept', is: true },
    prevention: 'Make instances with it, and try a restore to an instant once a quarter.',
    selects: {
      cloud_sql_instance: sql({ backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: false } }),
    },
    nearly: [
      'there are no backups that logs could stand on',
      { cloud_sql_instance: sql({ backupConfiguration: { enabled: false } }) },
    ],
  }),
  turnedOn({
    recipe_id: 'protect_database',
    title: 'Protect a database from being deleted',
    category: 'data',
    kind: 'database_deletable',
    explanation: 'A database can be deleted by one command. It is protected.',
    fact: 'sql_deletion_protected',
    turns: ['database_protection', 'the protection from being deleted'],
    command: 'gcloud sql instances patch INSTANCE --deletion-protection',
    prevention: 'Make instances with `--deletion-protection`.',
    selects: { cloud_sql_instance: sql({ deletionProtectionEnabled: false }) },
    nearly: ['it is protected', { cloud_sql_instance: sql({}) }],
  }),
  turnedOn({
    recipe_id: 'keep_object_versions',
    title: 'Keep former versions of objects',
    category: 'data',
    kind: 'bucket_forgets',
    explanation: 'What is overwritten or deleted in a bucket is gone. From now on its former versions are kept.',
    fact: 'bucket_versioned',
    turns: ['object_versions', 'keeping former versions'],
    command: 'gcloud storage buckets update gs://BUCKET --versioning',
    prevention: 'Make buckets with it, and with a lifecycle that removes versions after a while.',
    selects: { storage_bucket: bucket({ versioning: { enabled: false } }) },
    nearly: ['they are kept', { storage_bucket: bucket({}) }],
  }),
  turnedOn({
    recipe_id: 'let_documents_expire',
    title: 'Let documents end by their own field',
    category: 'data',
    kind: 'firestore_keeps_all',
    explanation:
      'Documents say when they end, and nothing removes them: retention is not kept. They are removed from now on.',
    fact: 'firestore_expires',
    turns: ['document_expiry', 'the end of documents by this field'],
    command: 'gcloud firestore fields ttls update FIELD --collection-group=GROUP --enable-ttl',
    prevention: 'Deploy the policy with the code that writes the field.',
    selects: { firestore_field: field({}) },
    nearly: ['they end', { firestore_field: field({ ttlConfig: { state: 'ACTIVE' } }) }],
  }),
  work({
    recipe_id: 'activate_saas_subscription',
    title: 'Activate a subscription that waits for its publisher',
    category: 'entitlement',
    kind: 'saas_subscription_waits',
    explanation:
      'A customer bought a plan at Microsoft’s marketplace and set it up; the marketplace waits for the publisher.',
    symptom: { fact: 'saas_state', is: 'PendingFulfillmentStart' },
    step: {
      action: 'activate_saas_subscription',
      means: 'activates exactly the plan that was bought',
      with: { plan: 'saas_plan' },
      command: `POST ${SAAS}/subscriptions/ID/activate {"planId": "PLAN"}`,
      needs: MARKET,
    },
    undo: { why: 'an active subscription is ended by its customer, or by `DELETE`, which ends what was paid for' },
    verify: { fact: 'saas_state', is: 'Subscribed' },
    prevention: 'Activate from the landing page, and alert on subscriptions that wait for a day.',
    selects: { saas_subscription: purchase('PendingFulfillmentStart') },
    nearly: ['it is active', { saas_subscription: purchase('Subscribed') }],
  }),
  acknowledged(
    'ChangePlan',
    'acknowledge_plan_change',
    'Acknowledge the change of a plan',
    'A customer changed the plan, the service has it, and the marketplace waits to be told.',
  ),
  acknowledged(
    'ChangeQuantity',
    'acknowledge_quantity_change',
    'Acknowledge the change of a quantity',
    'A customer changed the number of seats, the service has it, and the marketplace waits to be told.',
  ),
  acknowledged(
    'Reinstate',
    'acknowledge_reinstatement',
    'Acknowledge that a subscription is in force again',
    'A customer paid, the suspended subscription is in force again, and the marketplace waits to be told.',
  ),
];
