/** What a deployment sees and does on one machine: git repositories, a metrics document, a limits file, policy files. */
import { resolve } from 'node:path';
import type { CatalogSource } from '@tai-autonomics/core';
import type { Handler, Observer, TenantResource } from '@tai-autonomics/governor';
import {
  configurationObserver,
  declaredPolicy,
  desiredStateObserver,
  documentObserver,
  fileIamService,
  gitObserver,
  type IamPolicyPlace,
  iamObserver,
  type ListingPlace,
  listingHandlers,
  listingObserver,
  type ObserverOptions,
  type Places,
  placeFor,
  type ReleasePlace,
  readJsonFile,
  releaseHandlers,
  restoreConfigurationHandler,
  throttleFileHandler,
  throttleFileObserver,
} from '@tai-autonomics/governor/local';
import { systemClock } from '@tai-autonomics/governor/node';
import {
  type GoogleIamPlace,
  googleIamService,
  kubectlObserver,
  queryRange,
  restorePolicyHandler,
  rollbackHandler,
} from '@tai-autonomics/governor/remote';
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
import type { Config, RepositoryPlace } from './config.ts';

/** How long a local observer may look. */
const OBSERVER_TIMEOUT_MS = 10_000;

/** The observers and handlers of one deployment. */
export interface LocalWorld {
  readonly observers: readonly Observer[];
  readonly handlers: readonly Handler[];
}

/**
 * Everything that the configuration names, with paths relative to `dir`. An observer that knows no resource, and a
 * handler without its file, are left out: what they would do is refused or fails, and is never guessed.
 */
export const localWorld = (
  dir: string,
  config: Config,
  plans: CatalogSource['plans'],
  onRaw: (digest: string, canonical: string) => unknown,
  onFault: (of: TenantResource, detail: string) => void = () => {},
): LocalWorld => {
  const places = resolvedPlaces(dir, config);
  const { repositories, metrics, policies, deployments, throttle } = places;
  const lookingAs = <S extends string>(source: S) => ({
    source,
    timeoutMs: OBSERVER_TIMEOUT_MS,
    clock: systemClock,
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
      return typeof place === 'string' ? readJsonFile(place, signal) : queryRange(place, systemClock(), signal);
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
      return 'google' in place
        ? googleIamService(place.google, OBSERVER_TIMEOUT_MS)
        : fileIamService(place.policy, OBSERVER_TIMEOUT_MS);
    },
  });
  const kubernetes = kubectlObserver({
    ...lookingAs('kubernetes'),
    detector: kubernetesDeployment,
    onRaw,
    place: (of) => placeFor(deployments, of),
  });
  return {
    observers: [
      ...gitObservers(config.repositories, repositories, onRaw, lookingAs),
      ...(Object.keys(deployments).length === 0 ? [] : [kubernetes]),
      rates,
      iam,
      ...releaseObservers(places, plans, onRaw, lookingAs),
      ...(throttle === undefined ? [] : [throttleFileObserver({ ...lookingAs('throttle'), file: throttle })]),
    ],
    handlers: [
      rollbackHandler('rollback', repositories, deployments),
      restoreConfigurationHandler('restore_configuration', repositories),
      restorePolicyHandler('restore_iam_policy', policies),
      ...listingHandlers(places.listings),
      ...releaseHandlers(places.releases),
      ...(throttle === undefined ? [] : [throttleFileHandler('set_throttle', throttle)]),
    ],
  };
};

/** Where everything is that the configuration names. */
export const resolvedPlaces = (dir: string, config: Config): ResolvedPlaces => ({
  repositories: changed(config.repositories, (place) => resolve(dir, pathOf(place))),
  metrics: changed(config.metrics, (place) => (typeof place === 'string' ? resolve(dir, place) : place)),
  policies: changed(config.iam, ({ repository, declared, policy = '', google }): IamPolicyPlace | GoogleIamPlace => ({
    repository: resolve(dir, repository),
    declared,
    ...(google === undefined
      ? { policy: resolve(dir, policy) }
      : { google: { ...google, tokenFile: resolve(dir, google.tokenFile) } }),
  })),
  deployments: changed(config.deployments, (place) => ({
    ...place,
    ...(place.kubeconfig === undefined ? {} : { kubeconfig: resolve(dir, place.kubeconfig) }),
    ...(place.kubectl?.includes('/') === true ? { kubectl: resolve(dir, place.kubectl) } : {}),
  })),
  throttle: config.throttle === undefined ? undefined : resolve(dir, config.throttle),
  listings: changed(config.listings, ({ listing, document, directory }) => ({
    listing,
    document: resolve(dir, document),
    directory: resolve(dir, directory),
  })),
  releases: changed(config.releases, (place) => ({
    ...place,
    repository: resolve(dir, place.repository),
    ...(place.tags === undefined ? {} : { tags: resolve(dir, place.tags) }),
  })),
});

const mapped = <A, B>(table: Readonly<Record<string, A>>, change: (a: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(table).map(([name, a]) => [name, change(a)]));

const changed = <A, B>(places: Places<A>, change: (place: A) => B): Places<B> =>
  mapped(places, (own) => mapped(own, change));

/** Most resources are in one system alone: that the others don’t know them is no fault. */
const UNREGISTERED = /(?:is registered for this resource|is not registered)$/;
const told =
  (source: string, onFault: (of: TenantResource, detail: string) => void) =>
  (of: TenantResource, detail: string): void => {
    if (!UNREGISTERED.test(detail)) onFault(of, `${source}: ${detail}`);
  };

/** The places of a configuration, its paths resolved. */
export interface ResolvedPlaces {
  readonly repositories: Places<string>;
  readonly metrics: Config['metrics'];
  readonly policies: Places<IamPolicyPlace | GoogleIamPlace>;
  readonly deployments: Config['deployments'];
  readonly throttle: string | undefined;
  readonly listings: Places<ListingPlace>;
  readonly releases: Places<ReleasePlace>;
}

const pathOf = (place: string | RepositoryPlace): string => (typeof place === 'string' ? place : place.path);

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
