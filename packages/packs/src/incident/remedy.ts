/**
 * How an action that exists becomes a remedy: asked with the id of an incident that was checked, and whose recipe is carried
 * out by it, its approval is the decision on that incident, and its outcome the execution. Asked otherwise it is what it was.
 */
import type { Action, Condition, RunsStep, Status, Write } from '@tai-autonomics/core/author';
import { dueWithin, incidentOrNone, remedyEnded, setIncident, stepTo } from './machine.ts';
import { recipeFailed, recipeRuns } from './scopes.ts';

/** The incident waits for exactly this, about this resource. */
const isItsRemedy: Condition = {
  all: [
    { fact: 'incident_state', is: 'checked' },
    { fact: 'incident_remedy', is: { fact: 'action' } },
    { fact: 'incident_resource', is: { fact: 'resource_ref' } },
  ],
};

/** What a remedy takes at most where its action says nothing else. */
const REMEDY_WITHIN_MS = 300_000;

/**
 * The action as it is, and as a remedy where it is asked in an incident. Its approval is the decision, and stops the clock; should
 * it not succeed, what is done next has to be decided as fast again, counted from when it has to be over.
 */
export const asRemedy = (action: Action & { readonly does: RunsStep }): Action & { readonly does: RunsStep } => ({
  ...action,
  arguments: { incident: incidentOrNone, ...action.arguments },
  requires: [...action.requires, ...recipeRuns(isItsRemedy)],
  writes: [
    ...action.writes,
    ...stepTo('remedying', isItsRemedy),
    setIncident('incident_remedied_at', { fact: 'at' }, isItsRemedy),
    ...dueWithin(action.does.limits?.timeoutMs ?? REMEDY_WITHIN_MS, isItsRemedy),
  ],
  does: { ...action.does, after: withIncident(action.does.after) },
});

const withIncident = (ends: RunsStep['after']): RunsStep['after'] => {
  const ended = (status: Status): RunsStep['after'][Status] => ({
    ...ends[status],
    writes: [...ends[status].writes, ...after(status)],
  });
  return {
    success: ended('success'),
    failed: ended('failed'),
    timeout: ended('timeout'),
    memory_exceeded: ended('memory_exceeded'),
    unknown: ended('unknown'),
  };
};

/**
 * Of what did not succeed nothing is known to be done: it may be asked for again, or declined. A recipe whose remedy failed twice in
 * a row in one incident is stopped, even if that was closed and came back meanwhile, wherever it is carried out for this tenant.
 */
const after = (status: Status): readonly Write[] =>
  status === 'success'
    ? [setIncident('incident_state', 'executed', isItsRemedy), remedyEnded({ set: 0 }, isItsRemedy)]
    : [
        setIncident('incident_state', 'checked', isItsRemedy),
        remedyEnded({ plus: 1 }, isItsRemedy),
        ...recipeFailed({ all: [isItsRemedy, { fact: 'remedy_failures', atLeast: 1 }] }),
      ];
