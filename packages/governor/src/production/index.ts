/**
 * Handlers of production: of what is contractual (releases, listings), and of services (Kubernetes, Google IAM). The process of an
 * evaluation reaches none of them (M-12).
 */
export { googleIamPolicy, googleIamPolicyHandler, googleIamService } from './google-iam-handler.ts';
export { type KubernetesRollback, kubectlRollback, kubectlRollbackHandler } from './kubectl-handler.ts';
export {
  type ListingPublished,
  listingHandlers,
  publishIn,
  publishListing,
  withdrawListing,
} from './listing-handlers.ts';
export { restorePolicy, restorePolicyHandler, rollback, rollbackHandler } from './registered-step.ts';
export { deployRelease, type ReleaseDeployed, releaseHandlers, revertRelease } from './release-handlers.ts';
