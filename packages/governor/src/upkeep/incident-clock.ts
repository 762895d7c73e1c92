/**
 * Wakes when an incident's decision is overdue, and records that nobody decided (D-41). When it is due stands in the ledger, so
 * a process that was down looks at the same clock; the timer only wakes it, and the gate says whether it is time.
 */
import type { State } from '@tai-autonomics/core';
import type { Context } from '../context.ts';
import type { Ms } from '../ports.ts';
import type { Tenant } from '../tenant.ts';
import { type Asking, askAsSystem, NO_SUCH_ACTION } from './ask-as-system.ts';
import { INCIDENT_STATE, waitingIncidents } from './waiting-incidents.ts';

/** The clock of one governor's incidents. */
export interface IncidentClock {
  /** The ledger was opened, or something was written. */
  noticed(tenant: Tenant): void;
  stop(): void;
}

const TIMES = 'incident_occurrences';
const ESCALATE = 'escalate_incident';
const WAIT_MS_MIN = 1;
/** It looks this often, whatever was written: no incident is due as soon after its alert. */
const LOOK_MS = 60_000;
/** What could not be recorded is tried again after this. */
const RETRY_MS = 1_000;

/** A clock over the incidents of all tenants. */
export const createIncidentClock = (context: Pick<Context, 'clock'> & Asking): IncidentClock => {
  const { clock, catalogs, onFault } = context;
  const timers = new Map<Tenant, NodeJS.Timeout>();
  /** The incidents among which none waited. */
  const settled = new WeakMap<Tenant, unknown>();
  const unable = new WeakSet<Tenant>();
  let stopped = false;

  /** Says once that the catalog that decides now can't say it. */
  const isUnable = (tenant: Tenant): boolean => {
    if (catalogs.heldIn(tenant.ledger.state)?.catalog.actions.has(ESCALATE) !== false) return false;
    if (!unable.has(tenant)) onFault(`${tenant.ledger.origin}: ${ESCALATE} is not recorded: ${NO_SUCH_ACTION}`);
    unable.add(tenant);
    return true;
  };

  /** Asks once for each that is overdue; after how long it looks again. */
  const escalate = async (tenant: Tenant): Promise<Ms> => {
    let done = true;
    for (const [incident, dueAt] of waitingIncidents(tenant.ledger.state)) {
      if (stopped || clock() <= dueAt || isUnable(tenant)) continue;
      const times = String(tenant.ledger.state.cells.get(TIMES)?.get(incident) ?? 0);
      const asked = {
        // Of one occurrence each time at which it was due is escalated once.
        id: `${ESCALATE} ${incident} ${times} ${dueAt}`,
        action: ESCALATE,
        resource: '*',
        arguments: { incident },
        incident,
      };
      const isDue = (state: State, at: Ms): boolean =>
        waitingIncidents(state).some(([id, due]) => id === incident && at > due);
      done = (await askAsSystem(context, tenant, asked, (draft) => isDue(draft.state, draft.at))) && done;
    }
    if (!done) return RETRY_MS;
    // What was refused, or can't be written, waits as before: asking again at once would say the same.
    return waitingIncidents(tenant.ledger.state).some(([, dueAt]) => clock() > dueAt) ? LOOK_MS : WAIT_MS_MIN;
  };

  const plan = (tenant: Tenant, least: Ms): void => {
    clearTimeout(timers.get(tenant));
    timers.delete(tenant);
    if (stopped || tenant.retired.signal.aborted || tenant.ledger.annals.closed) return;
    const { state } = tenant.ledger;
    const next = waitingIncidents(state).reduce((soonest, [, dueAt]) => Math.min(soonest, dueAt), Infinity);
    if (next === Infinity) return void settled.set(tenant, state.cells.get(INCIDENT_STATE));
    const wait = Math.min(Math.max(next + 1 - clock(), least), LOOK_MS);
    const timer = setTimeout(() => {
      escalate(tenant)
        .then((least) => plan(tenant, least))
        .catch(() => plan(tenant, RETRY_MS));
    }, wait);
    timer.unref();
    timers.set(tenant, timer);
  };

  return {
    noticed: (tenant) => {
      const incidents = tenant.ledger.state.cells.get(INCIDENT_STATE);
      if (timers.has(tenant) || incidents === undefined || settled.get(tenant) === incidents) return;
      plan(tenant, WAIT_MS_MIN);
    },
    stop: () => {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
};
