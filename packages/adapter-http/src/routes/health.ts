/** Whether the process lives, and whether it can decide. Neither needs a key. */
import { jsonResponse } from '../answer/answer.ts';
import { retryAfter } from '../answer/not-decided.ts';
import { problemResponse } from '../answer/problem.ts';
import { openRoute, type Route } from '../interface/route.ts';

/** `GET /health`: the process answers. The store is not asked, so that a slow one does not get it restarted. */
export const readHealth: Route = openRoute(
  {
    operationId: 'readHealth',
    means: 'the process lives',
    summary: 'The process lives',
    success: { status: 200, means: 'it does', body: { json: ['Live'] } },
    problems: [],
  },
  () => jsonResponse({ status: 'ok' }),
);

/** `GET /health/ready`: 200 if intents can be decided now, else 503 with the reasons. */
export const readReady: Route = openRoute(
  {
    operationId: 'readReady',
    means: 'intents can be decided now',
    summary: 'Intents can be decided now',
    success: { status: 200, means: 'they can', body: { json: ['Ready'] } },
    problems: ['not_ready', 'internal'],
  },
  async ({ governor }) => {
    const reasons = await governor.ready();
    return reasons.length === 0
      ? jsonResponse({ status: 'ready', mode: governor.mode })
      : problemResponse({
          problem: 'not_ready',
          detail: 'nothing is decided now',
          more: { reasons },
          headers: retryAfter(),
        });
  },
);
