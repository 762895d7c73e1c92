/** What Google Cloud says: services of Cloud Run, subscriptions of Pub/Sub, indexes of Firestore, time series, quotas, entitlements, costs. */
import { own } from '@tai-autonomics/core/receipt';
import type { Detector } from '../../detector.ts';
import { at, conditionOf, countAt, detectorOf, type Found, listAt, secondsAt, textAt, wordAt } from './evidence.ts';

/** `gcloud run services describe NAME --format=json`: a Service of serving.knative.dev/v1. */
export const cloudRunService: Detector = detectorOf(
  'cloud_run_service',
  [
    'cloud_run_latest_is_ready',
    'cloud_run_max_instances',
    'cloud_run_min_instances',
    'cloud_run_ready',
    'cloud_run_ready_revision',
    'cloud_run_traffic_latest',
  ],
  'a Service of serving.knative.dev/v1 with a status',
  (raw): Found | undefined => {
    if (at(raw, 'kind') !== 'Service' || at(raw, 'apiVersion') !== 'serving.knative.dev/v1') return undefined;
    if (at(raw, 'status') === undefined) return undefined;
    const [created, ready] = [
      textAt(raw, 'status', 'latestCreatedRevisionName'),
      textAt(raw, 'status', 'latestReadyRevisionName'),
    ];
    const traffic = listAt(raw, 'spec', 'traffic') ?? [];
    return {
      cloud_run_ready: conditionOf(raw, 'Ready'),
      cloud_run_latest_is_ready: created === undefined ? undefined : created === ready,
      cloud_run_ready_revision: ready,
      cloud_run_min_instances: scaleOf(raw, 'minScale', 0),
      cloud_run_max_instances: scaleOf(raw, 'maxScale', 100),
      cloud_run_traffic_latest:
        traffic.length === 0
          ? undefined
          : traffic.some((one) => at(one, 'latestRevision') === true && at(one, 'percent') === 100),
    };
  },
);

/** `gcloud pubsub subscriptions describe NAME --format=json`: a Subscription of Pub/Sub v1. */
export const pubsubSubscription: Detector = detectorOf(
  'pubsub_subscription',
  ['pubsub_ack_deadline_s', 'pubsub_push', 'pubsub_push_endpoint', 'pubsub_state'],
  'a Subscription with a name and a topic',
  (raw): Found | undefined => {
    if (textAt(raw, 'name') === undefined || textAt(raw, 'topic') === undefined) return undefined;
    const endpoint = textAt(raw, 'pushConfig', 'pushEndpoint');
    return {
      pubsub_state: wordAt(['ACTIVE', 'RESOURCE_ERROR'], raw, 'state'),
      pubsub_push: endpoint !== undefined,
      pubsub_push_endpoint: endpoint,
      pubsub_ack_deadline_s: countAt(raw, 'ackDeadlineSeconds'),
    };
  },
);

/** An Index of the Firestore Admin API v1. */
export const firestoreIndex: Detector = detectorOf(
  'firestore_index',
  ['firestore_index_state'],
  'an Index with a name and a state',
  (raw): Found | undefined =>
    textAt(raw, 'name')?.includes('/collectionGroups/') === true
      ? { firestore_index_state: wordAt(['CREATING', 'READY', 'NEEDS_REPAIR'], raw, 'state') }
      : undefined,
);

/**
 * `projects.timeSeries.list` of Cloud Monitoring v3: the newest points of each metric that is known here, summed over its series.
 * A series that ended before others of its metric is of something that is gone, and counts no more.
 */
export const cloudMonitoring: Detector = detectorOf(
  'cloud_monitoring',
  ['api_quota_used', 'cloud_run_instances', 'cloud_run_requests', 'pubsub_oldest_unacked_s'],
  'an answer of timeSeries.list',
  (raw): Found | undefined => {
    const series = listAt(raw, 'timeSeries');
    if (series === undefined || series.length === 0) return undefined;
    const newest = new Map<string, { readonly end: number; readonly value: number }>();
    for (const one of series) {
      const fact = own(METRICS, textAt(one, 'metric', 'type') ?? '');
      // Points come with the newest one first.
      const point = listAt(one, 'points')?.[0];
      const end = secondsAt(point, 'interval', 'endTime');
      const number = countAt(point, 'value', 'int64Value') ?? countAt(point, 'value', 'doubleValue');
      if (fact === undefined || number === undefined || end === undefined) continue;
      const before = newest.get(fact);
      if (before !== undefined && before.end > end) continue;
      const others = before?.end === end ? before.value : 0;
      const value = fact === 'pubsub_oldest_unacked_s' ? Math.max(others, number) : others + number;
      newest.set(fact, { end, value });
    }
    return Object.fromEntries([...newest].map(([fact, { value }]) => [fact, value]));
  },
);

/** A ConsumerQuotaLimit of the Service Usage API v1beta1, with one bucket. */
export const serviceQuota: Detector = detectorOf(
  'service_quota',
  ['api_quota_limit', 'api_quota_overridden'],
  'a ConsumerQuotaLimit with one bucket',
  (raw): Found | undefined => {
    const buckets = listAt(raw, 'quotaBuckets') ?? [];
    if (textAt(raw, 'metric') === undefined || buckets.length !== 1) return undefined;
    const [limit, usual] = [countAt(buckets[0], 'effectiveLimit'), countAt(buckets[0], 'defaultLimit')];
    return {
      api_quota_limit: limit,
      api_quota_overridden:
        limit === undefined || usual === undefined
          ? undefined
          : limit < usual && at(buckets[0], 'adminOverride') !== undefined,
    };
  },
);

const ENTITLEMENT_STATES = [
  'ENTITLEMENT_ACTIVATION_REQUESTED',
  'ENTITLEMENT_ACTIVE',
  'ENTITLEMENT_PENDING_CANCELLATION',
  'ENTITLEMENT_CANCELLED',
  'ENTITLEMENT_PENDING_PLAN_CHANGE',
  'ENTITLEMENT_PENDING_PLAN_CHANGE_APPROVAL',
  'ENTITLEMENT_SUSPENDED',
] as const;

/** An Entitlement of the Cloud Commerce Partner Procurement API v1. */
export const procurementEntitlement: Detector = detectorOf(
  'procurement_entitlement',
  ['marketplace_entitlement_state', 'marketplace_pending_plan'],
  'an Entitlement with a name and a state',
  (raw): Found | undefined =>
    /^providers\/[^/]+\/entitlements\/[^/]+$/.test(textAt(raw, 'name') ?? '')
      ? {
          marketplace_entitlement_state: wordAt(ENTITLEMENT_STATES, raw, 'state'),
          marketplace_pending_plan: textAt(raw, 'newPendingPlan'),
        }
      : undefined,
);

/** A Recommendation of the Recommender API v1; a cost below 0 is money that is saved. */
export const costRecommendation: Detector = detectorOf(
  'cost_recommendation',
  ['recommendation_kind', 'recommendation_saves', 'recommendation_state'],
  'a Recommendation with a state and a cost projection',
  (raw): Found | undefined => {
    const units = textAt(raw, 'primaryImpact', 'costProjection', 'cost', 'units');
    if (textAt(raw, 'name')?.includes('/recommendations/') !== true || units === undefined) return undefined;
    return {
      recommendation_state: wordAt(
        ['ACTIVE', 'CLAIMED', 'SUCCEEDED', 'FAILED', 'DISMISSED'],
        raw,
        'stateInfo',
        'state',
      ),
      recommendation_kind: wordAt(
        ['CHANGE_MACHINE_TYPE', 'STOP_VM', 'SNAPSHOT_AND_DELETE_DISK'],
        raw,
        'recommenderSubtype',
      ),
      recommendation_saves: /^-\d{1,15}$/.test(units)
        ? Number(units.slice(1))
        : /^\d{1,15}$/.test(units)
          ? 0
          : undefined,
    };
  },
);

const METRICS: Readonly<Record<string, string | undefined>> = {
  'run.googleapis.com/container/instance_count': 'cloud_run_instances',
  'run.googleapis.com/request_count': 'cloud_run_requests',
  'pubsub.googleapis.com/subscription/oldest_unacked_message_age': 'pubsub_oldest_unacked_s',
  'serviceruntime.googleapis.com/quota/allocation/usage': 'api_quota_used',
};

const scaleOf = (raw: unknown, name: string, otherwise: number): number | undefined => {
  const annotations = at(raw, 'spec', 'template', 'metadata', 'annotations');
  const key = `autoscaling.knative.dev/${name}`;
  return at(annotations, key) === undefined ? otherwise : countAt(annotations, key);
};
