/** Every detector that was ever shipped, in every version: what a receipt names is found here for ever. */
import type { Detector } from './detector.ts';
import { iamDrift, iamDriftVersion1 } from './iam-drift-guard/detectors.ts';
import { desiredState, desiredStateVersion1 } from './release-guard/desired-state.ts';
import { listingDocument } from './release-guard/listing-document.ts';
import { gitDeployment, gitDeploymentVersion2 } from './rollback-guard/detectors.ts';
import { gitConfiguration } from './rollback-guard/git-configuration.ts';
import { gitDeploymentVersion1 } from './rollback-guard/git-version-1.ts';
import { kubernetesDeployment, kubernetesDeploymentVersion2 } from './rollback-guard/kubernetes.ts';
import { kubernetesDeploymentVersion1 } from './rollback-guard/kubernetes-version-1.ts';
import { storm, stormVersion1 } from './storm-discipline/detectors.ts';

/** All detectors in all of their versions, for whoever verifies a bundle: `verifyBundle(bundle, { detectors })`. */
export const detectors: readonly Detector[] = [
  gitDeployment,
  gitDeploymentVersion2,
  gitDeploymentVersion1,
  kubernetesDeployment,
  kubernetesDeploymentVersion2,
  kubernetesDeploymentVersion1,
  storm,
  stormVersion1,
  iamDrift,
  iamDriftVersion1,
  listingDocument,
  desiredState,
  desiredStateVersion1,
  gitConfiguration,
];
