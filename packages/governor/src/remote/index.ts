/** Observers and handlers of services: Kubernetes by kubectl, Google IAM and Prometheus over HTTP. */
export { documentUrl, isDocumentUrl } from './document-url.ts';
export {
  type GoogleIamPlace,
  type GoogleIamResource,
  googleIamPolicy,
  googleIamPolicyHandler,
  googleIamService,
  isGoogleIamResource,
} from './google-iam.ts';
export {
  isKubernetesPlace,
  type KubectlObserverOptions,
  type KubernetesPlace,
  type KubernetesRollback,
  kubectlObserver,
  kubectlRollback,
  kubectlRollbackHandler,
} from './kubectl.ts';
export { type PrometheusQuery, queryRange } from './prometheus.ts';
export { restorePolicy, restorePolicyHandler, rollback, rollbackHandler } from './registered-step.ts';
