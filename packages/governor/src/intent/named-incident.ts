/**
 * The incident that an intent belongs to, said once. An action that declares an argument `incident` is about one: what the
 * argument says is the label of its receipts, and a label is the argument where the caller left that out. A read that is asked
 * for what belongs to an incident is no part of it.
 *
 * What opens an incident says its kind, too. The governor names such an incident by kind and resource (`incidentOf`), and names of
 * that form are given to nobody else: so nobody can open another incident under the name that alerts will have (D-45).
 */
import type { Catalog } from '@tai-autonomics/core';
import { incidentOf } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Asked, NotDecided } from '../api.ts';
import { nodeSha256 } from '../node/crypto.ts';
import { INCIDENT_ID } from './correlation.ts';

/** The argument by which an action names the incident that it is about. */
const INCIDENT = 'incident';
/** What the argument reads where an action may be asked for outside of any incident. */
const NO_INCIDENT = 'none';
/** What goes wrong: an action that declares it, and writes it of an incident, opens incidents. */
const KIND = 'kind';
const KIND_CELL = 'incident_kind';
/** The form of the names that `incidentOf` gives. */
const GIVEN_NAME = /^inc-[A-Za-z0-9_-]{22}$/;

/**
 * The intent with one incident, as its argument and as its label; one that opens an incident and names none gets the name by kind
 * and resource. Left where argument and label differ, where the argument can be no label, or where it is another incident's name.
 */
export const withIncident = <A extends Asked>(catalog: Catalog, asked: A): E.Either<NotDecided, A> => {
  const action = catalog.actions.get(asked.action)?.action;
  if (action === undefined || action.does.effect === 'read' || !Object.hasOwn(action.arguments, INCIDENT))
    return E.right(asked);
  const given = asked.arguments ?? {};
  const { incident: label } = asked;
  const argument = own(given, INCIDENT);
  if (label !== undefined && argument !== undefined && argument !== label)
    return malformed('the argument `incident` and the label of the intent name two incidents');
  const opens = Object.hasOwn(action.arguments, KIND) && action.writes.some(({ cell }) => cell === KIND_CELL);
  const kind = opens ? own(given, KIND) : undefined;
  const byKind = typeof kind === 'string' ? incidentOf(nodeSha256, kind, asked.resource) : undefined;
  const named = argument ?? label ?? byKind;
  if (named === undefined) return E.right(asked);
  // Anything that is no text is the decision's to refuse.
  if (typeof named !== 'string' || named === NO_INCIDENT) return E.right(asked);
  if (!INCIDENT_ID.test(named)) return malformed('an incident id has letters, digits and _.:- only');
  if (byKind !== undefined && named !== byKind && GIVEN_NAME.test(named))
    return malformed(
      `an incident of this kind with this resource is named ${byKind}; leave \`incident\` out, or choose a name of another form`,
    );
  return E.right({ ...asked, incident: named, arguments: { ...given, [INCIDENT]: named } });
};

const own = (given: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(given, name) ? given[name] : undefined;

const malformed = (detail: string): E.Either<NotDecided, never> => E.left({ decided: false, why: 'malformed', detail });
