/**
 * What the process of an evaluation can change: by the handlers of this machine alone, which know the places of sandboxes and
 * no others. Nothing in here reaches the handlers of services.
 */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { Handler, TenantResource } from '@tai-autonomics/governor';
import {
  gitRollbackHandler,
  type IamPolicyPlace,
  iamPolicyHandler,
  type Places,
  restoreConfigurationHandler,
  throttleFileHandler,
} from '@tai-autonomics/governor/local';
import type { Config } from './config.ts';
import type { ResolvedPlaces } from './resolved-places.ts';

/** The places that a configuration names, its paths resolved. */
export interface EvalPlaces {
  readonly repositories: Places<string>;
  /** A policy in a file; a place of another kind is a service's, and is left out. */
  readonly policies: Places<IamPolicyPlace | object>;
  readonly throttle?: string | undefined;
}

/** The handlers of `tai serve --eval`. */
export const evalHandlers = (
  { repositories, policies, throttle }: EvalPlaces,
  isSandbox: (of: TenantResource) => boolean,
): readonly Handler[] => [
  gitRollbackHandler('rollback', only(repositories, isSandbox)),
  restoreConfigurationHandler('restore_configuration', only(repositories, isSandbox)),
  iamPolicyHandler(
    'restore_iam_policy',
    only(policies, (of, place) => isFile(place) && isSandbox(of)) as Places<IamPolicyPlace>,
  ),
  ...(throttle === undefined ? [] : [throttleFileHandler('set_throttle', throttle)]),
];

/** Makes the handlers of a deployment: what it can change is what is made here. */
export type HandlersOf = (
  mode: Config['mode'],
  places: ResolvedPlaces,
  isSandbox: (of: TenantResource) => boolean,
) => Promise<readonly Handler[]>;

/** The handlers of an evaluation, whatever it is told. */
export const handlersOfEvaluation: HandlersOf = async (_mode, places, isSandbox) => evalHandlers(places, isSandbox);

const isFile = (place: unknown): boolean => isPlainObject(place) && Object.hasOwn(place, 'policy');

const only = <A>(places: Places<A>, keep: (of: TenantResource, place: A) => boolean): Places<A> =>
  Object.fromEntries(
    Object.entries(places).map(([tenant, own]) => [
      tenant,
      Object.fromEntries(Object.entries(own).filter(([resource, place]) => keep({ tenant, resource }, place))),
    ]),
  );
