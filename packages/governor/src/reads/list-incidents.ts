/** The read step `list_incidents`: incidents by their ids, as the ledger keeps them. */
import type { State } from '@tai-autonomics/core';
import { formatInstant } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { ReadStep } from '../api.ts';
import { INCIDENT_STATE } from '../upkeep/waiting-incidents.ts';
import { integerOf, textOf } from './step-arguments.ts';

/** Any kind, any place. */
const ANY = '*';

/** A page of them, and how many there are on all pages. A page begins behind an id, so what is opened meanwhile moves nothing. */
export const listIncidents: ReadStep = async (step, { state, resource }) => {
  const [status, kind, after] = [textOf(step, 'status'), textOf(step, 'kind'), textOf(step, 'after')];
  const [limit, about] = [integerOf(step, 'limit'), textOf(step, 'about')];
  const read = reader(state);
  const chosen = [...(state.cells.get(INCIDENT_STATE) ?? [])]
    .filter(
      ([incident, where]) =>
        where !== 'none' &&
        (status === 'all' || (where === 'closed') === (status === 'closed')) &&
        (kind === ANY || read('kind', incident) === kind) &&
        (resource === ANY || read('resource', incident) === about),
    )
    .map(([incident]) => incident)
    .toSorted();
  const rest = after === ANY ? chosen : chosen.filter((incident) => incident > after);
  const page = rest.slice(0, limit);
  const next = rest.length > page.length ? page.at(-1) : undefined;
  const incidents = page.map((incident) => ({
    incident,
    state: read('state', incident),
    severity: read('severity', incident) ?? 'none',
    kind: read('kind', incident) ?? '',
    resource: read('resource', incident) ?? '',
    opened_at: instant(read('opened_at', incident)),
    due_at: instant(read('due_at', incident)),
    alerts: read('alerts', incident) ?? 0,
    escalated: read('escalated', incident) === true || Number(read('escalations', incident) ?? 0) > 0,
  }));
  return E.right({ incidents, count: chosen.length, ...(next === undefined ? {} : { next }) });
};

const reader =
  ({ cells }: State) =>
  (part: string, incident: string): unknown =>
    cells.get(`incident_${part}`)?.get(incident);

const instant = (value: unknown): string => formatInstant(typeof value === 'number' ? value : 0);
