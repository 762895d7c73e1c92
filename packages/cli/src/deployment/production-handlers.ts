/** What a contractual deployment can change: everything that its configuration names. */
import type { Handler } from '@tai-autonomics/governor';
import { restoreConfigurationHandler, throttleFileHandler } from '@tai-autonomics/governor/local';
import {
  listingHandlers,
  releaseHandlers,
  restorePolicyHandler,
  rollbackHandler,
} from '@tai-autonomics/governor/production';
import type { ResolvedPlaces } from './resolved-places.ts';

/** A handler without its file is left out: what it would do fails, and is never guessed. */
export const productionHandlers = ({
  repositories,
  deployments,
  policies,
  throttle,
  listings,
  releases,
}: ResolvedPlaces): readonly Handler[] => [
  rollbackHandler('rollback', repositories, deployments),
  restoreConfigurationHandler('restore_configuration', repositories),
  restorePolicyHandler('restore_iam_policy', policies),
  ...listingHandlers(listings),
  ...releaseHandlers(releases),
  ...(throttle === undefined ? [] : [throttleFileHandler('set_throttle', throttle)]),
];
