/** A tool call as it came: which action it asks for, about what, and with which arguments. */
import { nameFault } from '@tai-autonomics/core/engine';
import { type Asked, INCIDENT_ID, traceIdOf, type VisibleAction, type VisibleTool } from '@tai-autonomics/governor';

/** Where a client puts the id that makes a call safe to repeat. It is no argument: models should not invent it. */
export const INTENT_ID = 'tai-autonomics/intent-id';
/** Where a client puts the incident that the call belongs to. */
export const INCIDENT = 'tai-autonomics/incident';
/** What a call is about when it does not say: the whole tenant. */
export const WHOLE_TENANT = '*';

/** Arguments that mark what must not be approved, whatever else holds. No action can declare them: their names have dashes. */
export const MALFORMED = 'malformed-call';
const UNLISTED = 'unlisted-tool';

/** A mistake of the call's own form: which member, and what was expected there. */
export interface CallIssue {
  readonly member: string;
  readonly expected: string;
}

/** What is submitted for a call. With issues it is submitted all the same, in a form that can only be refused. */
export interface Call {
  readonly asked: Asked;
  readonly issues: readonly CallIssue[];
}

/** What came with a call, off the wire. */
export interface RawCall {
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
}

type Actions = VisibleTool['actions'];

/** Whether a call has to say which action it wants. */
export const choosesAction = ({ actions }: Pick<VisibleTool, 'actions'>): boolean => actions.length > 1;

/** Whether a call has to say what it is about: it does where the world outside of the ledger may change. */
export const needsResource = ({ actions }: Pick<VisibleTool, 'actions'>): boolean =>
  actions.some(({ effect }) => effect === 'external' || effect === 'contractual');

/** The member of a call that carries an argument; `argument_<name>` where the plain name says something else. */
export const memberOf = (actions: Actions, argument: string): string =>
  isTaken(actions, argument) ? `argument_${argument}` : argument;

/**
 * Reads a call of a tool that the caller has. What is wrong with the arguments themselves is the decision's to say; a
 * call whose own form is wrong is submitted with an argument that no action takes, so that it is refused and recorded.
 */
export const readCall = (tool: VisibleTool, raw: RawCall): Call => {
  const issues: CallIssue[] = [];
  const action = chosen(tool, raw.arguments['action'], issues);
  const resource = about(tool, raw.arguments['resource'], issues);
  const ids = idsOf(raw.meta, issues);
  const given = action === undefined ? {} : argumentsOf(tool, action, raw.arguments);
  const marked = issues.length === 0 ? given : { ...given, [MALFORMED]: issues.map(({ member }) => member).join(', ') };
  return { asked: { ...ids, action: action?.action ?? tool.tool, resource, arguments: marked }, issues };
};

/**
 * What is submitted for a name that is not on the caller's list, so that the refusal is recorded with its true cause.
 * It can only be refused: the name may be that of an action, or become a tool of the caller's before it is decided.
 */
export const readUnlisted = (name: string, raw: RawCall): Asked => ({
  ...idsOf(raw.meta, []),
  action: isName(name) ? name : UNLISTED,
  resource: nameFault(raw.arguments['resource']) === undefined ? String(raw.arguments['resource']) : WHOLE_TENANT,
  // JSON text has no lone surrogate, whatever the name has.
  arguments: { [UNLISTED]: JSON.stringify(name.slice(0, 200)) },
});

const isTaken = (actions: Actions, name: string): boolean =>
  name === 'resource' || (name === 'action' && actions.length > 1);

const isName = (x: unknown): x is string => typeof x === 'string' && /^[^\p{Cc}]{1,200}$/u.test(x);

const NAME = 'a string of 1 to 200 characters without control characters';

const chosen = (tool: VisibleTool, given: unknown, issues: CallIssue[]): VisibleAction | undefined => {
  if (!choosesAction(tool)) return tool.actions[0];
  const found = tool.actions.find(({ action }) => action === given);
  if (found === undefined) {
    issues.push({ member: 'action', expected: `one of ${tool.actions.map(({ action }) => action).join(', ')}` });
  }
  return found ?? tool.actions[0];
};

const about = (tool: VisibleTool, given: unknown, issues: CallIssue[]): string => {
  if (given === undefined && !needsResource(tool)) return WHOLE_TENANT;
  const fault = nameFault(given);
  if (fault === undefined) return String(given);
  issues.push({ member: 'resource', expected: `the name of what the call is about: ${fault}` });
  return WHOLE_TENANT;
};

const argumentsOf = (
  tool: VisibleTool,
  action: VisibleAction,
  given: RawCall['arguments'],
): Record<string, unknown> => {
  const names = new Map(Object.keys(action.arguments).map((name) => [memberOf(tool.actions, name), name]));
  const rest = Object.entries(given).filter(([member]) => !isTaken(tool.actions, member));
  return Object.fromEntries(rest.map(([member, value]) => [names.get(member) ?? member, value]));
};

/** The ids that came beside a call. A trace context that can't be read is left out, as W3C Trace Context asks for. */
const idsOf = (
  meta: RawCall['meta'],
  issues: CallIssue[],
): { readonly id?: string; readonly incident?: string; readonly trace?: string } => {
  const [id, incident, traceparent] = [meta[INTENT_ID], meta[INCIDENT], meta['traceparent']];
  if (id !== undefined && !isName(id)) issues.push({ member: `_meta["${INTENT_ID}"]`, expected: NAME });
  const isIncident = typeof incident === 'string' && INCIDENT_ID.test(incident);
  if (incident !== undefined && !isIncident) {
    issues.push({ member: `_meta["${INCIDENT}"]`, expected: '1 to 128 letters, digits and _.:-' });
  }
  const trace = traceIdOf(traceparent);
  return {
    ...(isName(id) ? { id } : {}),
    ...(isIncident ? { incident } : {}),
    ...(trace === undefined ? {} : { trace }),
  };
};
