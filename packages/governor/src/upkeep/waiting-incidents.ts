/** Which incidents wait for a decision: by what the ledger keeps of them; a catalog without incidents writes none of it. */
import type { State } from '@tai-autonomics/core';
import type { Ms } from '../ports.ts';

/** The cell of their states. */
export const INCIDENT_STATE = 'incident_state';
const [DUE, ESCALATED] = ['incident_due_at', 'incident_escalated'] as const;

/** Incidents that wait for a decision and were not escalated, with the last instant at which one is in time. */
export const waitingIncidents = ({ cells }: State): readonly (readonly [incident: string, dueAt: Ms])[] =>
  [...(cells.get(INCIDENT_STATE) ?? [])].flatMap(([incident, state]): readonly (readonly [string, Ms])[] => {
    const due = cells.get(DUE)?.get(incident);
    const isOpen = state === 'alerted' || state === 'checked';
    return isOpen && typeof due === 'number' && cells.get(ESCALATED)?.get(incident) !== true ? [[incident, due]] : [];
  });
