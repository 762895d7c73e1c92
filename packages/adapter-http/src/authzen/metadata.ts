/** `GET /.well-known/authzen-configuration`: where the AuthZEN routes are. */
import { jsonResponse } from '../answer/answer.ts';
import { problemResponse } from '../answer/problem.ts';
import { openRoute, type Route } from '../interface/route.ts';
import type { AuthzenOptions } from '../options.ts';

/** The metadata of the policy decision point; 404 where the door was not told by which origin it is reached. */
export const readPdp: Route = openRoute(
  {
    operationId: 'readPdp',
    means: 'where the AuthZEN routes are',
    summary: 'Where the AuthZEN routes are',
    success: { status: 200, means: 'metadata of a policy decision point', body: { json: ['AccessConfiguration'] } },
    problems: ['not_found'],
  },
  ({ authzen }) => {
    const pdp = originOf(authzen);
    return pdp === undefined
      ? problemResponse({ problem: 'not_found', detail: 'the operator named no https origin for this door' })
      : jsonResponse({
          policy_decision_point: pdp,
          access_evaluation_endpoint: `${pdp}/access/v1/evaluation`,
          access_evaluations_endpoint: `${pdp}/access/v1/evaluations`,
          search_subject_endpoint: `${pdp}/access/v1/search/subject`,
          ...(authzen.resources === undefined ? {} : { search_resource_endpoint: `${pdp}/access/v1/search/resource` }),
          search_action_endpoint: `${pdp}/access/v1/search/action`,
        });
  },
);

/** Anything but an https origin is none: an enforcement point compares the name with where it asked. */
const originOf = ({ pdp }: AuthzenOptions): string | undefined =>
  pdp !== undefined && URL.canParse(pdp) && pdp === new URL(pdp).origin && pdp.startsWith('https://') ? pdp : undefined;
