/** What Kubernetes says: pods, resource quotas, and the certificates of cert-manager. */
import type { Detector } from '../../detector.ts';
import { at, conditionOf, countAt, detectorOf, type Found, listAt, secondsAt, textAt } from './evidence.ts';

/** Why a container waits, as the kubelet says. */
export const WAITING = ['none', 'CrashLoopBackOff', 'ImagePullBackOff', 'ErrImagePull', 'other'] as const;
/** Why a container ended last. */
export const TERMINATED = ['none', 'OOMKilled', 'Error', 'other'] as const;

/**
 * `kubectl get pods -l … -o json`: the worst reason to wait, why those that wait for it ended last, and the most restarts of all
 * containers. A pod whose containers nobody knows of yet waits, for another reason.
 */
export const kubernetesPods: Detector = detectorOf(
  'kubernetes_pods',
  ['pod_restarts', 'pod_terminated', 'pod_waiting'],
  'a List of Pods with a status each, the whole one',
  (raw): Found | undefined => {
    const pods = at(raw, 'kind') === 'List' || at(raw, 'kind') === 'PodList' ? listAt(raw, 'items') : undefined;
    if (pods === undefined || pods.length === 0 || textAt(raw, 'metadata', 'continue') !== undefined) return undefined;
    if (pods.some((pod) => at(pod, 'status') === undefined)) return undefined;
    const statuses = pods.map((pod) => listAt(pod, 'status', 'containerStatuses'));
    const known = statuses.flatMap((list) => list ?? []);
    const containers = known.map((one) => ({
      waits: wordOf(WAITING, textAt(one, 'state', 'waiting', 'reason')),
      ended: wordOf(TERMINATED, textAt(one, 'lastState', 'terminated', 'reason')),
      restarts: countAt(one, 'restartCount') ?? 0,
    }));
    const isUnknown = pods.some((pod, i) => !isOver(pod) && (statuses[i] ?? []).length === 0);
    const waiting = worst(WAITING, [...containers.map(({ waits }) => waits), ...(isUnknown ? ['other'] : [])]);
    return {
      pod_waiting: waiting,
      // Of the same containers: one that crashes and another that was killed once are no container that is killed again and again.
      pod_terminated: worst(
        TERMINATED,
        containers.filter(({ waits }) => waits === waiting).map(({ ended }) => ended),
      ),
      pod_restarts: containers.reduce((most, { restarts }) => Math.max(most, restarts), 0),
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

/** What was evicted or has ended waits for nothing, and may have no container. */
const isOver = (pod: unknown): boolean => ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');

const wordOf = (known: readonly string[], reason: string | undefined): string =>
  reason === undefined ? 'none' : known.includes(reason) && reason !== 'none' ? reason : 'other';

/** The first of the known reasons that anything has, before `other`, before `none`. */
const worst = (known: readonly string[], given: readonly string[]): string =>
  [...known.filter((word) => word !== 'none' && word !== 'other'), 'other'].find((word) => given.includes(word)) ??
  'none';
