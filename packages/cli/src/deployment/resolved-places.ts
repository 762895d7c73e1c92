/** Where everything is that a configuration names: repositories, files, services; paths relative to the folder of the deployment. */
import { resolve } from 'node:path';
import type { IamPolicyPlace, ListingPlace, Places, ReleasePlace } from '@tai-autonomics/governor/local';
import type { GoogleIamPlace } from '@tai-autonomics/governor/remote';
import type { Config, RepositoryPlace } from './config.ts';

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

const mapped = <A, B>(table: Readonly<Record<string, A>>, change: (a: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(table).map(([name, a]) => [name, change(a)]));

const changed = <A, B>(places: Places<A>, change: (place: A) => B): Places<B> =>
  mapped(places, (own) => mapped(own, change));

const pathOf = (place: string | RepositoryPlace): string => (typeof place === 'string' ? place : place.path);
