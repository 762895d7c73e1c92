/**
 * The incident that an intent belongs to, said once. An action that declares an argument `incident`, and is no read, is about one: what the
 * argument says is the label of its receipts, and a label is the argument where the caller left that out.
 */
import type { Catalog } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Asked, NotDecided } from '../api.ts';
import { INCIDENT_ID } from './correlation.ts';

/** The argument by which an action names the incident that it is about. */
const INCIDENT = 'incident';
/** What the argument reads where an action may be asked for outside of any incident. */
const NO_INCIDENT = 'none';

/** The intent with one incident, as its argument and as its label. Left where the two differ, or the argument can be no label. */
export const withIncident = <A extends Asked>(catalog: Catalog, asked: A): E.Either<NotDecided, A> => {
  const action = catalog.actions.get(asked.action)?.action;
  // A read asks for what others did in an incident: it is no part of it.
  if (action === undefined || action.does.effect === 'read' || !Object.hasOwn(action.arguments, INCIDENT))
    return E.right(asked);
  const given = asked.arguments ?? {};
  const named = Object.hasOwn(given, INCIDENT) ? given[INCIDENT] : undefined;
  const { incident: label } = asked;
  if (named === undefined)
    return E.right(label === undefined ? asked : { ...asked, arguments: { ...given, [INCIDENT]: label } });
  if (label !== undefined && named !== label)
    return malformed(`the argument \`incident\` and the label of the intent name two incidents`);
  // Anything that is no text is the decision's to refuse.
  if (typeof named !== 'string' || named === NO_INCIDENT) return E.right(asked);
  if (!INCIDENT_ID.test(named)) return malformed('an incident id has letters, digits and _.:- only');
  return E.right({ ...asked, incident: named });
};

const malformed = (detail: string): E.Either<NotDecided, never> => E.left({ decided: false, why: 'malformed', detail });
