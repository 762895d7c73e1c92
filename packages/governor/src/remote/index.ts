/** Observers of services: Kubernetes by kubectl, Google IAM and Prometheus over HTTP. */
export { documentUrl, isDocumentUrl } from './document-url.ts';
export { type GoogleIamPlace, type GoogleIamResource, googleIamReader, isGoogleIamResource } from './google-iam.ts';
export { isKubernetesPlace, type KubectlObserverOptions, type KubernetesPlace, kubectlObserver } from './kubectl.ts';
export { type PrometheusQuery, queryRange } from './prometheus.ts';
