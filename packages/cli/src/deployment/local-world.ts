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
  readJsonFile,
  throttleFileHandler,
  throttleFileObserver,
} from '@tai-autonomics/governor/local';
import { systemClock } from '@tai-autonomics/governor/node';
import { gitDeployment, iamDrift, storm } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import type { Config } from './config.ts';

/** How long a local observer may look. */
const OBSERVER_TIMEOUT_MS = 10_000;

/** The observers and handlers of one deployment. */
export interface LocalWorld {
  readonly observers: readonly Observer[];
  readonly handlers: readonly Handler[];
}

const resolved = (dir: string, paths: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(paths).map(([about, path]) => [about, resolve(dir, path)]));

const own = <A>(table: Readonly<Record<string, A>>, about: string): A | undefined =>
  Object.hasOwn(table, about) ? table[about] : undefined;

/**
 * Everything that the configuration names, with paths relative to `dir`. An observer that knows no resource, and a
 * handler without its file, are left out: what they would do is refused or fails, and is never guessed.
 */
export const localWorld = (
  dir: string,
  config: Config,
  onRaw: (digest: string, canonical: string) => void,
): LocalWorld => {
  const repositories = resolved(dir, config.repositories);
  const metrics = resolved(dir, config.metrics);
  const policies: Readonly<Record<string, IamPolicyPlace>> = Object.fromEntries(
    Object.entries(config.iam).map(([about, { repository, declared, policy }]) => [
      about,
      { repository: resolve(dir, repository), declared, policy: resolve(dir, policy) },
    ]),
  );
  const throttle = config.throttle === undefined ? undefined : resolve(dir, config.throttle);
  const looking = { timeoutMs: OBSERVER_TIMEOUT_MS, clock: systemClock };
  const unknown = E.left('the resource is not registered');
  const git = gitObserver({
    ...looking,
    source: 'git',
    detector: gitDeployment,
    onRaw,
    repository: (about) => own(repositories, about),
  });
  const rates = documentObserver({
    ...looking,
    source: 'metrics',
    detector: storm,
    onRaw,
    read: async (about, signal) => {
      const file = own(metrics, about);
      return file === undefined ? unknown : readJsonFile(file, signal);
    },
  });
  const iam = iamObserver({
    ...looking,
    source: 'iam',
    detector: iamDrift,
    onRaw,
    declared: async (about, signal) => {
      const place = own(policies, about);
      return place === undefined ? unknown : declaredPolicy(place, OBSERVER_TIMEOUT_MS, signal);
    },
    service: (about) => {
      const place = own(policies, about);
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
