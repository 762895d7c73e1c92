/** Standard work on entitlements and quotas (D-28). */
import { type Work, work } from '../work.ts';

const CLOUD = 'a Google Cloud project, and the right to change its quotas';
const MARKET = 'an account of a provider at Google Cloud Marketplace';
const CLUSTER = 'a Kubernetes cluster, and `kubectl` with the right to change this resource';

const entitlement = (state: string, newPendingPlan?: string): object => ({
  name: 'providers/acme/entitlements/0b1c2d3e-1111-2222-3333-444455556666',
  account: 'providers/acme/accounts/E-1234-5678',
  provider: 'acme',
  product: 'rollback-guard.endpoints.acme.cloud.goog',
  plan: 'professional',
  state,
  createTime: '2026-01-20T10:00:00Z',
  updateTime: '2026-01-26T11:59:00Z',
  ...(newPendingPlan === undefined ? {} : { newPendingPlan }),
});
const podQuota = (hard: string, used: string): object => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'pods', namespace: 'shop' },
  spec: { hard: { pods: hard } },
  status: { hard: { pods: hard }, used: { pods: used } },
});
const apiQuota = (effectiveLimit: string, defaultLimit: string, isOverridden: boolean): object => ({
  name: 'projects/123/services/compute.googleapis.com/consumerQuotaMetrics/compute.googleapis.com%2Fcpus/limits/%2Fproject%2Fregion',
  metric: 'compute.googleapis.com/cpus',
  unit: '1/{project}/{region}',
  quotaBuckets: [
    {
      effectiveLimit,
      defaultLimit,
      ...(isOverridden ? { adminOverride: { name: 'x', overrideValue: effectiveLimit } } : {}),
      dimensions: { region: 'europe-west1' },
    },
  ],
});
const used = (value: string): object => ({
  timeSeries: [
    {
      metric: {
        type: 'serviceruntime.googleapis.com/quota/allocation/usage',
        labels: { quota_metric: 'compute.googleapis.com/cpus' },
      },
      resource: { type: 'consumer_quota', labels: { location: 'europe-west1' } },
      points: [{ interval: { endTime: '2026-01-26T12:00:00Z' }, value: { int64Value: value } }],
    },
  ],
});

export const entitlementWork: readonly Work[] = [
  work({
    recipe_id: 'approve_waiting_entitlement',
    title: 'Approve an entitlement that waits for its provider',
    category: 'entitlement',
    kind: 'entitlement_waits',
    explanation:
      'A customer bought a plan, and the marketplace waits for the provider to approve it: the customer can do nothing until then.',
    symptom: { fact: 'marketplace_entitlement_state', is: 'ENTITLEMENT_ACTIVATION_REQUESTED' },
    step: {
      action: 'approve_entitlement',
      means: 'approves the entitlement at the marketplace',
      command: 'POST https://cloudcommerceprocurement.googleapis.com/v1/NAME:approve',
      needs: MARKET,
    },
    undo: { why: 'an approved entitlement is cancelled by its customer alone' },
    verify: { fact: 'marketplace_entitlement_state', is: 'ENTITLEMENT_ACTIVE' },
    prevention: 'Let the marketplace’s messages reach the webhook, and alert on those that it refused.',
    selects: { procurement_entitlement: entitlement('ENTITLEMENT_ACTIVATION_REQUESTED') },
    nearly: ['it was approved already', { procurement_entitlement: entitlement('ENTITLEMENT_ACTIVE') }],
  }),
  work({
    recipe_id: 'approve_plan_change',
    title: 'Approve the change of a plan that waits for its provider',
    category: 'entitlement',
    kind: 'entitlement_waits',
    explanation:
      'A customer asked for another plan, and the marketplace waits for the provider. Exactly that plan is approved.',
    symptom: { fact: 'marketplace_entitlement_state', is: 'ENTITLEMENT_PENDING_PLAN_CHANGE_APPROVAL' },
    step: {
      action: 'approve_plan_change',
      means: 'approves the change to the plan that was asked for',
      with: { plan: 'marketplace_pending_plan' },
      command:
        'POST https://cloudcommerceprocurement.googleapis.com/v1/NAME:approvePlanChange {"pendingPlanName": "PLAN"}',
      needs: MARKET,
    },
    undo: { why: 'a plan is changed back by its customer alone' },
    verify: { fact: 'marketplace_entitlement_state', oneOf: ['ENTITLEMENT_ACTIVE', 'ENTITLEMENT_PENDING_PLAN_CHANGE'] },
    prevention: 'Let the marketplace’s messages reach the webhook, and alert on those that it refused.',
    selects: { procurement_entitlement: entitlement('ENTITLEMENT_PENDING_PLAN_CHANGE_APPROVAL', 'enterprise') },
    nearly: [
      'the change is approved, and comes into force at the end of the cycle',
      { procurement_entitlement: entitlement('ENTITLEMENT_PENDING_PLAN_CHANGE', 'enterprise') },
    ],
  }),
  work({
    recipe_id: 'raise_pod_quota',
    title: 'Allow more pods in a namespace that has all it may have',
    category: 'entitlement',
    kind: 'pod_quota_reached',
    explanation:
      'A namespace has as many pods as its quota allows, and no new one is created. It may have a quarter more.',
    symptom: { fact: 'pod_quota_used', atLeast: { fact: 'pod_quota_hard' } },
    step: {
      action: 'raise_pod_quota',
      means: 'raises the quota of pods by a quarter',
      with: { before: 'pod_quota_hard' },
      command: 'kubectl patch resourcequota NAME --patch \'{"spec":{"hard":{"pods":"RAISED"}}}\'',
      needs: CLUSTER,
    },
    undo: {
      action: 'set_pod_quota',
      means: 'sets the quota of pods to what it was',
      idempotent: true,
      with: { pods: 'pod_quota_hard' },
      verify: { fact: 'pod_quota_hard', is: { fact: 'step.pods' } },
    },
    verify: { fact: 'pod_quota_used', below: { fact: 'pod_quota_hard' } },
    prevention: 'Alert at four fifths of a quota, and delete jobs that ended (`ttlSecondsAfterFinished`).',
    selects: { kubernetes_quota: podQuota('40', '40') },
    nearly: ['one pod more may be created', { kubernetes_quota: podQuota('40', '39') }],
  }),
  work({
    recipe_id: 'raise_api_quota',
    title: 'Ask for more of a quota that is used up',
    category: 'entitlement',
    kind: 'api_quota_reached',
    explanation: 'A quota of an API is used up, and its limit is the usual one. More is asked for.',
    symptom: { fact: 'api_quota_used', atLeast: { fact: 'api_quota_limit' } },
    step: {
      action: 'ask_for_quota',
      means: 'asks for half as much again',
      with: { before: 'api_quota_limit' },
      command:
        'gcloud alpha services quota update --service=SERVICE --consumer=PROJECT --metric=METRIC --unit=UNIT --value=VALUE',
      needs: CLOUD,
    },
    undo: {
      action: 'set_api_quota',
      means: 'sets the limit to what it was',
      idempotent: true,
      with: { limit: 'api_quota_limit' },
      verify: { fact: 'api_quota_limit', is: { fact: 'step.limit' } },
    },
    verify: { fact: 'api_quota_used', below: { fact: 'api_quota_limit' } },
    prevention: 'Alert at four fifths of a quota: raising it can take days.',
    selects: { service_quota: apiQuota('72', '72', false), cloud_monitoring: used('72') },
    nearly: ['there is one left', { service_quota: apiQuota('72', '72', false), cloud_monitoring: used('71') }],
  }),
  work({
    recipe_id: 'lift_quota_override',
    title: 'Lift an override that keeps a quota below the usual one',
    category: 'entitlement',
    kind: 'api_quota_reached',
    explanation:
      'A quota is used up that an administrator lowered below the usual limit. The override is lifted: nothing has to be asked for.',
    symptom: {
      all: [
        { fact: 'api_quota_used', atLeast: { fact: 'api_quota_limit' } },
        { fact: 'api_quota_overridden', is: true },
      ],
    },
    step: {
      action: 'lift_quota_override',
      means: 'lifts the override',
      command:
        'gcloud alpha services quota delete --override-type=admin --service=SERVICE --consumer=PROJECT --metric=METRIC --unit=UNIT',
      needs: CLOUD,
    },
    undo: {
      action: 'set_quota_override',
      means: 'sets the override to what it was',
      idempotent: true,
      with: { limit: 'api_quota_limit' },
      verify: { fact: 'api_quota_limit', is: { fact: 'step.limit' } },
    },
    verify: { fact: 'api_quota_overridden', is: false },
    prevention: 'Write down why a quota is lowered, and until when.',
    selects: { service_quota: apiQuota('24', '72', true), cloud_monitoring: used('24') },
    nearly: [
      'the override raises the limit: there is nothing to lift',
      { service_quota: apiQuota('96', '72', true), cloud_monitoring: used('96') },
    ],
  }),
];
