/** What a deployment sees and does on one machine: git repositories, a metrics document, a limits file, policy files. */
import { resolve } from 'node:path';
import type { Handler, Observer } from '@tai-autonomics/governor';
import {
  declaredPolicy,
  documentObserver,
  fileIamService,
  gitObserver,
  gitRollbackHandler,
  type IamPolicyPlace,
  iamObserver,
  iamPolicyHandler,
  type Places,
  placeFor,
  readJsonFile,
  throttleFileHandler,
  throttleFileObserver,
} from '@tai-autonomics/governor/local';
import { systemClock } from '@tai-autonomics/governor/node';
import { gitDeployment, iamDrift, storm } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import type { Config, RepositoryPlace } from './config.ts';

/** How long a local observer may look. */
const OBSERVER_TIMEOUT_MS = 10_000;

/** The observers and handlers of one deployment. */
export interface LocalWorld {
  readonly observers: readonly Observer[];
  readonly handlers: readonly Handler[];
}

const mapped = <A, B>(table: Readonly<Record<string, A>>, change: (a: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(table).map(([name, a]) => [name, change(a)]));

const changed = <A, B>(places: Places<A>, change: (place: A) => B): Places<B> =>
  mapped(places, (own) => mapped(own, change));

/**
 * Everything that the configuration names, with paths relative to `dir`. An observer that knows no resource, and a
 * handler without its file, are left out: what they would do is refused or fails, and is never guessed.
 */
export const localWorld = (
  dir: string,
  config: Config,
  onRaw: (digest: string, canonical: string) => void,
): LocalWorld => {
  const pathOf = (place: string | RepositoryPlace): string => (typeof place === 'string' ? place : place.path);
  const repositories = changed(config.repositories, (place) => resolve(dir, pathOf(place)));
  const metrics = changed(config.metrics, (path) => resolve(dir, path));
  const policies = changed(
    config.iam,
    ({ repository, declared, policy }): IamPolicyPlace => ({
      repository: resolve(dir, repository),
      declared,
      policy: resolve(dir, policy),
    }),
  );
  const throttle = config.throttle === undefined ? undefined : resolve(dir, config.throttle);
  const looking = { timeoutMs: OBSERVER_TIMEOUT_MS, clock: systemClock };
  const unknown = E.left('the resource is not registered');
  const git = gitObserver({
    ...looking,
    source: 'git',
    detector: gitDeployment,
    onRaw,
    repository: (of) => placeFor(repositories, of),
    releaseTags: (of) => {
      const place = placeFor(config.repositories, of);
      return typeof place === 'string' ? undefined : place?.releaseTags;
    },
  });
  const rates = documentObserver({
    ...looking,
    source: 'metrics',
    detector: storm,
    onRaw,
    read: async (of, signal) => {
      const file = placeFor(metrics, of);
      return file === undefined ? unknown : readJsonFile(file, signal);
    },
  });
  const iam = iamObserver({
    ...looking,
    source: 'iam',
    detector: iamDrift,
    onRaw,
    declared: async (of, signal) => {
      const place = placeFor(policies, of);
      return place === undefined ? unknown : declaredPolicy(place, OBSERVER_TIMEOUT_MS, signal);
    },
    service: (of) => {
      const place = placeFor(policies, of);
      return place === undefined ? undefined : fileIamService(place.policy, OBSERVER_TIMEOUT_MS);
    },
  });
  return {
    observers: [
      git,
      rates,
      iam,
      ...(throttle === undefined ? [] : [throttleFileObserver({ ...looking, source: 'throttle', file: throttle })]),
    ],
    handlers: [
      gitRollbackHandler('rollback', repositories),
      iamPolicyHandler('restore_iam_policy', policies),
      ...(throttle === undefined ? [] : [throttleFileHandler('set_throttle', throttle)]),
    ],
  };
};
