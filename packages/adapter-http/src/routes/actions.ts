/**
 * `POST /v1/actions`: an intent in, its decision out. A refusal is an answer (200), not a problem; one that a token with more scopes
 * would lift is the same answer as 403, with the scopes in `WWW-Authenticate`.
 */

import { nameFault, noticeOf } from '@tai-autonomics/core/engine';
import type { Asked } from '@tai-autonomics/governor';
import { callerOf, challengeOf, INCIDENT_ID, scopesWanted } from '@tai-autonomics/governor/door';
import { answerWith, decidedAnswer, decisionAnswer, jsonResponse } from '../answer/answer.ts';
import { notDecidedProblem } from '../answer/not-decided.ts';
import { isProblem, type Problem, problemResponse } from '../answer/problem.ts';
import { BODIED, KEYED, type Route, type Taken, TRANSIENT, tenantRoute } from '../interface/route.ts';
import type { Door } from '../options.ts';
import { IDEMPOTENCY_KEY, idOf } from '../request/idempotency.ts';
import type { Members } from '../request/members.ts';
import { TRACEPARENT, traceOf } from '../request/trace-parent.ts';
import { flagShape, listShape, nameShape, objectShape, optional, type Shapes, textShape } from '../schema/shape.ts';

const INCIDENT = 'a string of 1 to 128 letters, digits and _.:-';

const ACTION_REQUEST: Shapes = {
  id: optional(nameShape('makes it safe to ask twice; the header Idempotency-Key says the same')),
  action: nameShape('an action of GET /v1/tools, or an alias of one'),
  resource: nameShape('what it is about, in its one spelling; * for the whole tenant'),
  arguments: optional(objectShape('what the action wants to know')),
  // So that a next step's `submit` can be posted as it stands. What is not filled in is refused, with what to choose.
  choose: optional(listShape('of a next step that is posted as it stands; arguments are filled in, this is not read')),
  preview: optional(flagShape('decide only: nothing is recorded and nothing is done')),
  incident: optional(textShape(INCIDENT, INCIDENT_ID, 'the incident that it belongs to')),
};

/** Decides, records and runs an intent of the key's subject; with `preview` decides it only. */
export const postAction: Route = tenantRoute(
  {
    operationId: 'postAction',
    means: 'decides, records and runs an action',
    summary: 'Decides, records and runs an action; a refusal names every reason and the next lawful step of each',
    body: { name: 'ActionRequest', most: 'bodyBytes', holds: { members: ACTION_REQUEST } },
    headers: [IDEMPOTENCY_KEY, TRACEPARENT],
    success: { status: 200, means: 'decided: approved or refused', body: { json: ['Decided', 'Preview'] } },
    stepUp: 'Decided',
    problems: [...KEYED, ...TRANSIENT, ...BODIED, 'intent_conflict', 'purged', 'unknown_tenant', 'moved'],
  },
  async ({ governor, resource }, credential, taken) => {
    const asked = askedOf(taken);
    if (isProblem(asked)) return problemResponse(asked);
    if (taken.members['preview'] === true) {
      const preview = await governor.preview(callerOf(credential), asked);
      return preview._tag === 'Left'
        ? problemResponse(notDecidedProblem(preview.left))
        : jsonResponse({ preview: true, ...noticeOf(governor.mode), ...decisionAnswer(preview.right) });
    }
    const submitted = await governor.submit(callerOf(credential), asked, taken.signal);
    if (!submitted.decided) return problemResponse(notDecidedProblem(submitted));
    const answer = { ...noticeOf(governor.mode), ...decidedAnswer(submitted) };
    const { decision } = submitted;
    const scopes = decision.verdict === 'approve' ? undefined : scopesWanted(decision.reasons, credential);
    return scopes === undefined ? jsonResponse(answer) : stepUp(answer, scopes, resource);
  },
);

/** The decision all the same: a client that can't ask for another token has all that it needs (RFC 6750 section 3.1). */
const stepUp = (answer: object, scopes: readonly string[], resource: Door['resource']): Response =>
  answerWith('json', 403, JSON.stringify(answer), {
    'www-authenticate': challengeOf({ error: 'insufficient_scope', scopes }, resource),
  });

const askedOf = ({ headers, members }: Taken): Asked | Problem => {
  const id = idOf(headers, members);
  if (isProblem(id)) return id;
  const { action, resource, arguments: args, incident } = members;
  const misnamed = nameFault(resource);
  if (misnamed !== undefined) return { problem: 'malformed', detail: `the resource: ${misnamed}` };
  return {
    ...id,
    action: action as string,
    resource: resource as string,
    ...(args === undefined ? {} : { arguments: args as Members }),
    ...(incident === undefined ? {} : { incident: incident as string }),
    ...traceOf(headers),
  };
};
