/** What a deployment sees: git repositories, metrics, a limits file, policies, listings, releases. */
import type { CatalogSource } from '@tai-autonomics/core';
import type { Clock, Observer, TenantResource } from '@tai-autonomics/governor';
import {
  configurationObserver,
  declaredPolicy,
  desiredStateObserver,
  documentObserver,
  fileIamService,
  gitObserver,
  iamObserver,
  listingObserver,
  type ObserverOptions,
  type Places,
  placeFor,
  readJsonFile,
  throttleFileObserver,
} from '@tai-autonomics/governor/local';
import { systemClock } from '@tai-autonomics/governor/node';
import { googleIamReader, kubectlObserver, queryRange } from '@tai-autonomics/governor/remote';
import {
  desiredState,
  gitConfiguration,
  gitDeployment,
  iamDrift,
  kubernetesDeployment,
  listingDocument,
  storm,
} from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import type { Config } from './config.ts';
import type { ResolvedPlaces } from './resolved-places.ts';

/** How long a local observer may look. */
const OBSERVER_TIMEOUT_MS = 10_000;

/**
 * The observers of everything that the configuration names. One that knows no resource is left out: what it would see counts as
 * missing, and is never guessed.
 */
export const localObservers = (
  config: Config,
  places: ResolvedPlaces,
  plans: CatalogSource['plans'],
  onRaw: (digest: string, canonical: string) => unknown,
  onFault: (of: TenantResource, detail: string) => void = () => {},
  clock: Clock = systemClock,
): readonly Observer[] => {
  const { repositories, metrics, policies, deployments, throttle } = places;
  const lookingAs = <S extends string>(source: S) => ({
    source,
    timeoutMs: OBSERVER_TIMEOUT_MS,
    clock,
    onFault: told(source, onFault),
  });
  const unknown = E.left('the resource is not registered');
  const rates = documentObserver({
    ...lookingAs('metrics'),
    detector: storm,
    onRaw,
    read: async (of, signal) => {
      const place = placeFor(metrics, of);
      if (place === undefined) return unknown;
      return typeof place === 'string' ? readJsonFile(place, signal) : queryRange(place, clock(), signal);
    },
  });
  const iam = iamObserver({
    ...lookingAs('iam'),
    detector: iamDrift,
    onRaw,
    declared: async (of, signal) => {
      const place = placeFor(policies, of);
      return place === undefined ? unknown : declaredPolicy(place, OBSERVER_TIMEOUT_MS, signal);
    },
    service: (of) => {
      const place = placeFor(policies, of);
      if (place === undefined) return undefined;
      return 'google' in place ? googleIamReader(place.google) : fileIamService(place.policy, OBSERVER_TIMEOUT_MS);
    },
  });
  const kubernetes = kubectlObserver({
    ...lookingAs('kubernetes'),
    detector: kubernetesDeployment,
    onRaw,
    place: (of) => placeFor(deployments, of),
  });
  return [
    ...gitObservers(config.repositories, repositories, onRaw, lookingAs),
    ...(Object.keys(deployments).length === 0 ? [] : [kubernetes]),
    rates,
    iam,
    ...releaseObservers(places, plans, onRaw, lookingAs),
    ...(throttle === undefined ? [] : [throttleFileObserver({ ...lookingAs('throttle'), file: throttle })]),
  ];
};

/** Most resources are in one system alone: that the others don’t know them is no fault. */
const UNREGISTERED = /(?:is registered for this resource|is not registered)$/;
const told =
  (source: string, onFault: (of: TenantResource, detail: string) => void) =>
  (of: TenantResource, detail: string): void => {
    if (!UNREGISTERED.test(detail)) onFault(of, `${source}: ${detail}`);
  };

/** What is looked at in the repository of a service's configuration. */
const gitObservers = (
  written: Config['repositories'],
  repositories: Places<string>,
  onRaw: (digest: string, canonical: string) => unknown,
  lookingAs: (source: string) => ObserverOptions,
): readonly Observer[] => [
  gitObserver({
    ...lookingAs('git'),
    detector: gitDeployment,
    onRaw,
    repository: (of) => placeFor(repositories, of),
    releaseTags: (of) => {
      const place = placeFor(written, of);
      return typeof place === 'string' ? undefined : place?.releaseTags;
    },
  }),
  configurationObserver({
    ...lookingAs('configuration'),
    detector: gitConfiguration,
    onRaw,
    repository: (of) => placeFor(repositories, of),
  }),
];

/** What is looked at before a listing is published or a release deployed. */
const releaseObservers = (
  { listings, releases }: ResolvedPlaces,
  plans: CatalogSource['plans'],
  onRaw: (digest: string, canonical: string) => unknown,
  lookingAs: (source: string) => ObserverOptions,
): readonly Observer[] => [
  listingObserver({
    ...lookingAs('listing'),
    detector: listingDocument,
    onRaw,
    place: (of) => placeFor(listings, of),
    plans: () => plans,
  }),
  desiredStateObserver({
    ...lookingAs('desired_state'),
    detector: desiredState,
    onRaw,
    place: (of) => placeFor(releases, of),
  }),
];
