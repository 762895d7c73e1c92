/** What an answer should not be read without: a name behind which the deployment knows nothing; when a place is free again. */
import type { Action } from '@tai-autonomics/core/author';
import { audienceOf, formatInstant, type NextPlace, nearestNames, nextPlace } from '@tai-autonomics/core/engine';
import { owns } from '@tai-autonomics/core/receipt';
import type { TenantId } from '../api.ts';
import type { ResourceDirectory } from '../ports.ts';
import { WHOLE_TENANT } from '../resources/name.ts';
import { GRACE_MS } from '../upkeep/reconcile.ts';
import type { Ruling } from './record-decision.ts';

/**
 * Notes about what was decided, one sentence each; mostly none. A stop for a misspelt resource is recorded, and stops nothing
 * that anybody asks about: whoever raised it is told so, with the nearest names where names are for them.
 */
export const notesOf = (resources: ResourceDirectory, tenant: TenantId, ruling: Ruling): readonly string[] => {
  const { decision, observation, catalog } = ruling;
  const { id } = observation.intent.resource;
  if (decision.verdict === 'refuse') {
    const place = decision.reasons.some(({ code }) => code === 'wip_limit_reached')
      ? nextPlace(observation.state)
      : undefined;
    return place === undefined ? [] : [placeText(place)];
  }
  if (id === WHOLE_TENANT) return [];
  const compiled = catalog.catalog.actions.get(observation.intent.action.id);
  if (compiled === undefined || !isOfResource(compiled.action) || isKnown(resources, tenant, id)) return [];
  const near = audienceOf(catalog.catalog, observation).namesResources
    ? nearestNames(id, resources.names(tenant), 3)
    : [];
  const meant = near.length === 0 ? '' : `; did you mean ${near.map((name) => `\`${name}\``).join(' or ')}?`;
  return [`the deployment knows no resource \`${id}\`: this holds for that name alone${meant}`];
};

/**
 * Which place it would be, and from when on it is free; by the state that the refusal was decided in, as the ledger has it. What
 * nobody heard of again ends a grace after its deadline.
 */
const placeText = ({ open, limit, ahead, by }: NextPlace): string => {
  const first = ahead === 1 ? 'one of them has' : `${ahead} of them have`;
  const when = by === undefined ? '' : `, at the latest at ${formatInstant(by + GRACE_MS)}, when their time is up`;
  const all = open === 1 ? '1 action is' : `${open} actions are`;
  return `${all} open, and ${limit} may be: ${first} to end first${when}; a refusal queues nothing, so ask again then`;
};

/** Whether what the action writes is kept by its resource. A stop that is in force already writes nothing, and is one all the same. */
const isOfResource = ({ writes }: Pick<Action, 'writes'>): boolean =>
  writes.some(({ key }) =>
    key.some((term) => typeof term === 'object' && owns(term, 'fact') && term.fact === 'resource_ref'),
  );

/** Where every name is a resource, those that something is registered for are known. */
const isKnown = (resources: ResourceDirectory, tenant: TenantId, resource: string): boolean => {
  const known = resources.find({ tenant, resource });
  if (known === undefined) return false;
  const names = known.kind === 'any' ? resources.names(tenant) : [];
  return names.length === 0 || names.includes(resource);
};
