/** What a contractual deployment sees and does on one machine: git repositories, a metrics document, a limits file, policy files. */
import type { CatalogSource } from '@tai-autonomics/core';
import type { TenantResource } from '@tai-autonomics/governor';
import type { Config } from './config.ts';
import { localObservers } from './local-observers.ts';
import type { LocalWorld } from './modules.ts';
import { productionHandlers } from './production-handlers.ts';
import { resolvedPlaces } from './resolved-places.ts';

/** Everything that the configuration names, with paths relative to `dir`. */
export const localWorld = (
  dir: string,
  config: Config,
  plans: CatalogSource['plans'],
  onRaw: (digest: string, canonical: string) => unknown,
  onFault: (of: TenantResource, detail: string) => void = () => {},
): LocalWorld => {
  const places = resolvedPlaces(dir, config);
  return { observers: localObservers(config, places, plans, onRaw, onFault), handlers: productionHandlers(places) };
};
