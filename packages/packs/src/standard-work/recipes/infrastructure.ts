/** Standard work on infrastructure: Cloud Run, Pub/Sub, Firestore, certificates (D-26). */
import { type Work, work } from '../work.ts';

const CLOUD = 'a Google Cloud project, and `gcloud` with the right to change this resource';
const CLUSTER = 'a Kubernetes cluster, and `kubectl` with the right to change this resource';

const service = (created: string, ready: string, isReady: boolean, annotations: object = {}): object => ({
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'checkout', namespace: '123456789012', generation: 7 },
  spec: {
    template: {
      metadata: { annotations },
      spec: { containerConcurrency: 80, containers: [{ image: 'europe-docker.pkg.dev/p/r/checkout:7' }] },
    },
    traffic: [{ percent: 100, latestRevision: true }],
  },
  status: {
    observedGeneration: 7,
    conditions: [
      {
        type: 'Ready',
        status: isReady ? 'True' : 'False',
        ...(isReady ? {} : { reason: 'HealthCheckContainerError' }),
      },
      { type: 'ConfigurationsReady', status: isReady ? 'True' : 'False' },
      { type: 'RoutesReady', status: 'True' },
    ],
    latestCreatedRevisionName: created,
    latestReadyRevisionName: ready,
    url: 'https://checkout-x.a.run.app',
  },
});
const series = (metric: string, value: string): object => ({
  metric: { type: metric },
  resource: { type: 'generic', labels: {} },
  metricKind: 'GAUGE',
  valueType: 'INT64',
  points: [
    { interval: { startTime: '2026-01-26T12:00:00Z', endTime: '2026-01-26T12:00:00Z' }, value: { int64Value: value } },
  ],
});
const unacked = (seconds: number): object => ({
  timeSeries: [series('pubsub.googleapis.com/subscription/oldest_unacked_message_age', String(seconds))],
});
const subscription = (ackDeadlineSeconds: number, pushEndpoint?: string): object => ({
  name: 'projects/p/subscriptions/orders',
  topic: 'projects/p/topics/orders',
  pushConfig: pushEndpoint === undefined ? {} : { pushEndpoint },
  ackDeadlineSeconds,
  messageRetentionDuration: '604800s',
  state: 'ACTIVE',
});
const index = (state: string): object => ({
  name: 'projects/p/databases/(default)/collectionGroups/orders/indexes/CICAgJiUpoMK',
  queryScope: 'COLLECTION',
  fields: [
    { fieldPath: 'customer', order: 'ASCENDING' },
    { fieldPath: 'at', order: 'DESCENDING' },
  ],
  state,
});

const certificate = (notAfter: string, failedIssuanceAttempts?: number): object => ({
  now: '2026-01-26T12:00:00Z',
  certificate: {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'checkout-tls', namespace: 'shop' },
    spec: {
      secretName: 'checkout-tls',
      dnsNames: ['checkout.acme.example'],
      issuerRef: { name: 'letsencrypt', kind: 'ClusterIssuer' },
    },
    status: {
      conditions: [{ type: 'Ready', status: 'True', reason: 'Ready' }],
      notAfter,
      ...(failedIssuanceAttempts === undefined ? {} : { failedIssuanceAttempts }),
    },
  },
});

export const infrastructureWork: readonly Work[] = [
  work({
    recipe_id: 'route_to_ready_revision',
    title: 'Send traffic to the revision that is ready',
    category: 'infrastructure',
    kind: 'cloud_run_not_ready',
    explanation:
      'The newest revision of a service of Cloud Run does not become ready, while the one before is. Traffic is pinned to that one.',
    symptom: {
      all: [
        { fact: 'cloud_run_ready', is: false },
        { fact: 'cloud_run_latest_is_ready', is: false },
        // Else traffic is pinned already, and the way back would send it somewhere that it did not go to.
        { fact: 'cloud_run_traffic_latest', is: true },
      ],
    },
    step: {
      action: 'route_to_ready_revision',
      means: 'sends all traffic to the newest revision that is ready',
      idempotent: true,
      with: { revision: 'cloud_run_ready_revision' },
      command: 'gcloud run services update-traffic SERVICE --to-revisions=REVISION=100',
      needs: CLOUD,
    },
    undo: {
      action: 'route_to_latest_revision',
      means: 'sends all traffic to the newest revision again',
      idempotent: true,
      verify: { fact: 'cloud_run_traffic_latest', is: true },
    },
    verify: { fact: 'cloud_run_traffic_latest', is: false },
    prevention: 'Deploy with `--no-traffic`, and send traffic to a revision once it answered a request.',
    selects: { cloud_run_service: service('checkout-00007-abc', 'checkout-00006-xyz', false) },
    nearly: [
      'the newest revision is ready: something else keeps the service from it',
      { cloud_run_service: service('checkout-00007-abc', 'checkout-00007-abc', false) },
    ],
  }),
  work({
    recipe_id: 'raise_max_instances',
    title: 'Allow more instances of a service that has all it may have',
    category: 'infrastructure',
    kind: 'cloud_run_saturated',
    explanation:
      'A service of Cloud Run runs as many instances as it may, and requests wait. It may have twice as many.',
    symptom: { fact: 'cloud_run_instances', atLeast: { fact: 'cloud_run_max_instances' } },
    step: {
      action: 'double_max_instances',
      means: 'doubles the most instances that there may be',
      with: { before: 'cloud_run_max_instances' },
      command: 'gcloud run services update SERVICE --max-instances=$((2 * BEFORE))',
      needs: CLOUD,
    },
    undo: {
      action: 'set_max_instances',
      means: 'sets the most instances to what they were',
      idempotent: true,
      with: { instances: 'cloud_run_max_instances' },
      verify: { fact: 'cloud_run_max_instances', is: { fact: 'step.instances' } },
    },
    verify: { fact: 'cloud_run_instances', below: { fact: 'cloud_run_max_instances' } },
    prevention: 'Set the limit from the load of the last quarter, and alert at four fifths of it.',
    selects: {
      cloud_run_service: service('checkout-00007-abc', 'checkout-00007-abc', true, {
        'autoscaling.knative.dev/maxScale': '20',
      }),
      cloud_monitoring: {
        timeSeries: [
          series('run.googleapis.com/container/instance_count', '18'),
          series('run.googleapis.com/container/instance_count', '2'),
        ],
      },
    },
    nearly: [
      'one instance more may still be started',
      {
        cloud_run_service: service('checkout-00007-abc', 'checkout-00007-abc', true, {
          'autoscaling.knative.dev/maxScale': '20',
        }),
        cloud_monitoring: { timeSeries: [series('run.googleapis.com/container/instance_count', '19')] },
      },
    ],
  }),
  work({
    recipe_id: 'pull_instead_of_push',
    title: 'Keep messages that a push endpoint does not take',
    category: 'infrastructure',
    kind: 'pubsub_backlog',
    explanation:
      'Messages are pushed to an endpoint that does not acknowledge them. The subscription is switched to pull, so that they wait instead of being tried again and again.',
    symptom: {
      all: [
        { fact: 'pubsub_push', is: true },
        { fact: 'pubsub_oldest_unacked_s', above: 600 },
      ],
    },
    step: {
      action: 'stop_pushing',
      means: 'switches the subscription to pull',
      idempotent: true,
      command: 'gcloud pubsub subscriptions update SUBSCRIPTION --push-endpoint=""',
      needs: CLOUD,
    },
    undo: {
      why: 'a push has an identity and attributes beside its endpoint, and pushing without them is not as before; whoever owns the endpoint configures it again',
    },
    verify: { fact: 'pubsub_push', is: false },
    prevention: 'Give the subscription a dead-letter topic and a retry policy with growing pauses.',
    selects: {
      pubsub_subscription: subscription(10, 'https://orders.acme.example/push'),
      cloud_monitoring: unacked(601),
    },
    nearly: [
      'the oldest message is exactly ten minutes old',
      { pubsub_subscription: subscription(10, 'https://orders.acme.example/push'), cloud_monitoring: unacked(600) },
    ],
  }),
  work({
    recipe_id: 'extend_ack_deadline',
    title: 'Give subscribers more time for a message',
    category: 'infrastructure',
    kind: 'pubsub_backlog',
    explanation:
      'Subscribers pull messages and take longer than the deadline, so the same messages come again. The deadline is set to ten minutes, the most there is.',
    symptom: {
      all: [
        { fact: 'pubsub_push', is: false },
        { fact: 'pubsub_oldest_unacked_s', above: 600 },
        { fact: 'pubsub_ack_deadline_s', below: 60 },
      ],
    },
    step: {
      action: 'extend_ack_deadline',
      means: 'sets the deadline for an acknowledgement to 600 seconds',
      idempotent: true,
      command: 'gcloud pubsub subscriptions update SUBSCRIPTION --ack-deadline=600',
      needs: CLOUD,
    },
    undo: {
      action: 'set_ack_deadline',
      means: 'sets the deadline to what it was',
      idempotent: true,
      with: { seconds: 'pubsub_ack_deadline_s' },
      verify: { fact: 'pubsub_ack_deadline_s', is: { fact: 'step.seconds' } },
    },
    verify: { fact: 'pubsub_ack_deadline_s', is: 600 },
    prevention: 'Measure how long a message takes, and let the subscriber extend its lease while it works.',
    selects: { pubsub_subscription: subscription(10), cloud_monitoring: unacked(3_600) },
    nearly: [
      'the deadline is long enough: the subscribers are too few',
      { pubsub_subscription: subscription(60), cloud_monitoring: unacked(3_600) },
    ],
  }),
  work({
    recipe_id: 'recreate_broken_index',
    title: 'Create an index of Firestore anew that could not be built',
    category: 'infrastructure',
    kind: 'firestore_query_fails',
    explanation:
      'An index of Firestore could not be built and needs repair, so queries that need it fail. It is deleted and created again from its definition.',
    symptom: { fact: 'firestore_index_state', is: 'NEEDS_REPAIR' },
    step: {
      action: 'recreate_index',
      means: 'deletes the index and creates it from the same definition',
      command: 'gcloud firestore indexes composite create --collection-group=GROUP --field-config=FIELDS',
      needs: CLOUD,
    },
    undo: { why: 'an index holds no data of its own, and the broken one answered no query' },
    verify: { fact: 'firestore_index_state', oneOf: ['CREATING', 'READY'] },
    prevention: 'Keep definitions of indexes under version control, and deploy them before the queries that need them.',
    selects: { firestore_index: index('NEEDS_REPAIR') },
    nearly: ['it is still being built', { firestore_index: index('CREATING') }],
  }),
  work({
    recipe_id: 'renew_expiring_certificate',
    title: 'Renew a certificate that ends within a week',
    category: 'infrastructure',
    kind: 'certificate_expires',
    explanation:
      'A certificate of cert-manager ends within a week, and nothing failed: its renewal was never begun. It is renewed now.',
    symptom: {
      all: [
        { fact: 'certificate_left_s', below: 604_800 },
        { fact: 'certificate_failed_attempts', is: 0 },
      ],
    },
    step: {
      action: 'renew_certificate',
      means: 'asks for a new certificate',
      command: 'cmctl renew CERTIFICATE --namespace NAMESPACE',
      needs: CLUSTER,
    },
    undo: { why: 'the certificate before stays valid until its own end' },
    verify: { fact: 'certificate_left_s', atLeast: 604_800 },
    prevention: 'Let `renewBefore` be a third of the duration, and alert when half of that is gone.',
    selects: { kubernetes_certificate: certificate('2026-02-02T11:59:59Z') },
    nearly: [
      'issuing it failed: asking again would fail again',
      { kubernetes_certificate: certificate('2026-02-02T11:59:59Z', 3) },
    ],
  }),
];
