/** What Kubernetes says: pods, resource quotas, and the certificates of cert-manager. */
import type { Detector } from '../../detector.ts';
import { at, conditionOf, countAt, detectorOf, type Found, listAt, secondsAt, textAt } from './evidence.ts';

/** Why a container waits, as the kubelet says. */
export const WAITING = ['none', 'CrashLoopBackOff', 'ImagePullBackOff', 'ErrImagePull', 'other'] as const;
/** Why a container ended last. */
export const TERMINATED = ['none', 'OOMKilled', 'Error', 'other'] as const;

/** `kubectl get pods -l … -o json`: of all containers the worst reason, and the most restarts. */
export const kubernetesPods: Detector = detectorOf(
  'kubernetes_pods',
  ['pod_restarts', 'pod_terminated', 'pod_waiting'],
  'a List of Pods with a status each, the whole one',
  (raw): Found | undefined => {
    const pods = at(raw, 'kind') === 'List' || at(raw, 'kind') === 'PodList' ? listAt(raw, 'items') : undefined;
    if (pods === undefined || pods.length === 0 || textAt(raw, 'metadata', 'continue') !== undefined) return undefined;
    if (pods.some((pod) => at(pod, 'status') === undefined)) return undefined;
    const containers = pods.flatMap((pod) => listAt(pod, 'status', 'containerStatuses') ?? []);
    const restarts = containers.map((one) => countAt(one, 'restartCount') ?? 0);
    return {
      pod_waiting: worst(
        WAITING,
        containers.map((one) => textAt(one, 'state', 'waiting', 'reason')),
      ),
      pod_terminated: worst(
        TERMINATED,
        containers.map((one) => textAt(one, 'lastState', 'terminated', 'reason')),
      ),
      pod_restarts: restarts.reduce((most, count) => Math.max(most, count), 0),
    };
  },
);

/** A ResourceQuota, `kubectl get resourcequota NAME -o json`: how many pods there may be, and are. */
export const kubernetesQuota: Detector = detectorOf(
  'kubernetes_quota',
  ['pod_quota_hard', 'pod_quota_used'],
  'a ResourceQuota with a status that counts pods',
  (raw): Found | undefined => {
    const [hard, used] = [countAt(raw, 'status', 'hard', 'pods'), countAt(raw, 'status', 'used', 'pods')];
    return at(raw, 'kind') !== 'ResourceQuota' || hard === undefined || used === undefined
      ? undefined
      : { pod_quota_hard: hard, pod_quota_used: used };
  },
);

/** `{now, certificate}`: a Certificate of cert-manager.io/v1, and when it was looked at. */
export const kubernetesCertificate: Detector = detectorOf(
  'kubernetes_certificate',
  ['certificate_failed_attempts', 'certificate_left_s', 'certificate_ready'],
  '{now, certificate}: a Certificate of cert-manager.io/v1, and an instant',
  (raw): Found | undefined => {
    const certificate = at(raw, 'certificate');
    const now = secondsAt(raw, 'now');
    if (at(certificate, 'kind') !== 'Certificate' || at(certificate, 'apiVersion') !== 'cert-manager.io/v1')
      return undefined;
    const until = secondsAt(certificate, 'status', 'notAfter');
    return {
      certificate_ready: conditionOf(certificate, 'Ready'),
      certificate_left_s: now === undefined || until === undefined ? undefined : Math.max(0, until - now),
      // Left out while nothing failed.
      certificate_failed_attempts:
        at(certificate, 'status', 'failedIssuanceAttempts') === undefined
          ? 0
          : countAt(certificate, 'status', 'failedIssuanceAttempts'),
    };
  },
);

/** The first of the known reasons that anything has; `other` for one that isn't known, `none` for none. */
const worst = (known: readonly string[], reasons: readonly (string | undefined)[]): string => {
  const given = reasons.flatMap((reason) => (reason === undefined ? [] : [reason]));
  const first = known.find((word) => word !== 'none' && word !== 'other' && given.includes(word));
  return first ?? (given.length === 0 ? 'none' : 'other');
};
