/** More of what Kubernetes says: nodes, volumes, scalers, rollouts, scheduled jobs, quotas of computing, evicted pods. */
import type { Detector } from '../../detector.ts';
import {
  at,
  conditionOf,
  countAt,
  detectorOf,
  type Found,
  flagAt,
  listAt,
  percentOf,
  secondsAt,
  textAt,
} from './evidence.ts';

/** `kubectl get node NAME -o json`. */
const kubernetesNode: Detector = detectorOf(
  'kubernetes_node',
  ['node_cordoned', 'node_ready'],
  'a Node with a status',
  (raw): Found | undefined =>
    at(raw, 'kind') === 'Node' && at(raw, 'status') !== undefined
      ? { node_ready: conditionOf(raw, 'Ready'), node_cordoned: flagAt(raw, 'spec', 'unschedulable') ?? false }
      : undefined,
);

/** `{claim, usedBytes, capacityBytes}`: a PersistentVolumeClaim, and the volume's own numbers in the kubelet's stats summary. */
const kubernetesVolume: Detector = detectorOf(
  'kubernetes_volume',
  ['volume_gi', 'volume_used_percent'],
  '{claim, usedBytes, capacityBytes}: a PersistentVolumeClaim, and its numbers in a stats summary',
  (raw): Found | undefined => {
    const [used, whole] = [countAt(raw, 'usedBytes'), countAt(raw, 'capacityBytes')];
    const size = /^(\d{1,9})Gi$/.exec(textAt(raw, 'claim', 'spec', 'resources', 'requests', 'storage') ?? '')?.[1];
    if (at(raw, 'claim', 'kind') !== 'PersistentVolumeClaim' || used === undefined || whole === undefined)
      return undefined;
    return { volume_used_percent: percentOf(used, whole), volume_gi: size === undefined ? undefined : Number(size) };
  },
);

/** `kubectl get hpa NAME -o json`, of autoscaling/v2. */
const kubernetesScaler: Detector = detectorOf(
  'kubernetes_scaler',
  ['scaler_least', 'scaler_limited', 'scaler_most', 'scaler_replicas'],
  'a HorizontalPodAutoscaler of autoscaling/v2 with a status',
  (raw): Found | undefined =>
    at(raw, 'kind') === 'HorizontalPodAutoscaler' && at(raw, 'apiVersion') === 'autoscaling/v2'
      ? {
          scaler_replicas: countAt(raw, 'status', 'currentReplicas'),
          scaler_most: countAt(raw, 'spec', 'maxReplicas'),
          scaler_least: countAt(raw, 'spec', 'minReplicas') ?? 1,
          scaler_limited: conditionOf(raw, 'ScalingLimited'),
        }
      : undefined,
);

/** `kubectl get deployment NAME -o json`: whether its rollout is paused, and how many replicas it is to have. */
const kubernetesRollout: Detector = detectorOf(
  'kubernetes_rollout',
  ['rollout_paused', 'rollout_replicas'],
  'a Deployment of apps/v1',
  (raw): Found | undefined =>
    at(raw, 'kind') === 'Deployment' && at(raw, 'apiVersion') === 'apps/v1'
      ? {
          rollout_paused: flagAt(raw, 'spec', 'paused') ?? false,
          rollout_replicas: countAt(raw, 'spec', 'replicas') ?? 1,
        }
      : undefined,
);

/** `{now, cronjob}`: a CronJob of batch/v1, and when it was looked at. One that never succeeded has no age. */
const kubernetesCronJob: Detector = detectorOf(
  'kubernetes_cron_job',
  ['cron_job_success_age_s', 'cron_job_suspended'],
  '{now, cronjob}: a CronJob of batch/v1, and an instant',
  (raw): Found | undefined => {
    if (at(raw, 'cronjob', 'kind') !== 'CronJob' || at(raw, 'cronjob', 'apiVersion') !== 'batch/v1') return undefined;
    const [now, last] = [secondsAt(raw, 'now'), secondsAt(raw, 'cronjob', 'status', 'lastSuccessfulTime')];
    return {
      cron_job_suspended: flagAt(raw, 'cronjob', 'spec', 'suspend') ?? false,
      cron_job_success_age_s: now === undefined || last === undefined ? undefined : Math.max(0, now - last),
    };
  },
);

/** A ResourceQuota that bounds what is requested: processors in thousandths, memory in mebibytes. */
const kubernetesCompute: Detector = detectorOf(
  'kubernetes_compute',
  ['quota_cpu_hard', 'quota_cpu_used', 'quota_memory_hard_mi', 'quota_memory_used_mi'],
  'a ResourceQuota with a status that counts requests',
  (raw): Found | undefined => {
    if (at(raw, 'kind') !== 'ResourceQuota' || at(raw, 'status', 'hard') === undefined) return undefined;
    const of = (which: 'hard' | 'used', name: string): string => textAt(raw, 'status', which, `requests.${name}`) ?? '';
    return {
      quota_cpu_hard: thousandths(of('hard', 'cpu')),
      quota_cpu_used: thousandths(of('used', 'cpu')),
      quota_memory_hard_mi: mebibytes(of('hard', 'memory')),
      quota_memory_used_mi: mebibytes(of('used', 'memory')),
    };
  },
);

/** `kubectl get pods -o json`: how many were evicted and are still listed. */
const kubernetesEvicted: Detector = detectorOf(
  'kubernetes_evicted',
  ['pods_evicted'],
  'a List of Pods with a status each, the whole one',
  (raw): Found | undefined => {
    const pods = at(raw, 'kind') === 'List' || at(raw, 'kind') === 'PodList' ? listAt(raw, 'items') : undefined;
    if (pods === undefined || textAt(raw, 'metadata', 'continue') !== undefined) return undefined;
    return {
      pods_evicted: pods.filter(
        (pod) => at(pod, 'status', 'phase') === 'Failed' && at(pod, 'status', 'reason') === 'Evicted',
      ).length,
    };
  },
);

/** All of this file. */
export const clusterDetectors: readonly Detector[] = [
  kubernetesNode,
  kubernetesVolume,
  kubernetesScaler,
  kubernetesRollout,
  kubernetesCronJob,
  kubernetesCompute,
  kubernetesEvicted,
];

const thousandths = (text: string): number | undefined => {
  const [, number, milli] = /^(\d{1,9})(m?)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (milli === 'm' ? 1 : 1_000);
};

const mebibytes = (text: string): number | undefined => {
  const [, number, unit] = /^(\d{1,9})(Mi|Gi)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (unit === 'Gi' ? 1_024 : 1);
};
