/** What follows an approved action: its outcome's writes and event, and whether what it promised is seen. */

import type { Catalog } from '../catalog.ts';
import { FALSE, TRUE } from '../compile/evaluator.ts';
import { formatInstant, parseInstant } from '../data/instant.ts';
import type { Observation } from '../observation.ts';
import type { OutcomeStatus } from '../policy/action.ts';
import { owns } from '../receipt/encoding/own.ts';
import type { CellWrite } from '../state.ts';

/** The event of an approval that was taken back before its action began. */
const ACTION_WITHDRAWN = 'action_withdrawn';

/** The event and the resolved writes of an outcome. Terms read the observation that was decided. `undefined` if the action runs nothing. */
export const outcomeOf = (
  catalog: Catalog,
  decided: Observation,
  status: OutcomeStatus,
): { readonly event: string; readonly writes: readonly CellWrite[] } | undefined => {
  const action = catalog.actions.get(decided.intent.action.id);
  if (action === undefined || !owns(action.action.does, 'after')) return undefined;
  // Nothing was done: the state is that of a failure, the event says why.
  if (status === 'withdrawn') return { event: ACTION_WITHDRAWN, writes: action.after.failed(decided) };
  return { event: action.action.does.after[status].emits, writes: action.after[status](decided) };
};

/** When the outcome of an approval is due; `undefined` where nothing runs. */
export const deadlineOf = (catalog: Catalog, o: Observation): string | undefined => {
  const action = catalog.actions.get(o.intent.action.id);
  if (action === undefined || !owns(action.action.does, 'after')) return undefined;
  return formatInstant(o.at + action.limits.timeoutMs);
};

/** Whether the world is as the action promised: the observation that was decided, then one made afterwards. */
export const verifyOutcome = (
  catalog: Catalog,
  decided: Observation,
  seen: Observation,
): 'held' | 'not_held' | 'unknown' => {
  const truth = catalog.actions.get(decided.intent.action.id)?.verify(decided, seen);
  return truth === TRUE ? 'held' : truth === FALSE ? 'not_held' : 'unknown';
};

/** Whether a success is shown by something that was seen before the action began, and not again. */
export const isSeenBefore = (
  catalog: Catalog,
  decided: Observation,
  evidence: Observation['evidence'],
  begunAt: string | undefined,
): boolean => {
  const began = begunAt === undefined ? undefined : parseInstant(begunAt);
  if (began === undefined) return false;
  const facts = catalog.actions.get(decided.intent.action.id)?.verifies ?? [];
  return facts.some((id) => {
    const seen = evidence.filter(({ fact, about }) => fact === id && about === decided.intent.resource.id);
    return seen.length > 0 && seen.every(({ observedAt }) => observedAt < began);
  });
};
