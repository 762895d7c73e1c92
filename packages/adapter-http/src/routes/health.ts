/** Whether the process lives, and whether it can decide. Neither needs a key. */

import type { Governor } from '@tai-autonomics/governor';
import { jsonResponse } from '../answer/answer.ts';
import { retryAfter } from '../answer/not-decided.ts';
import { problemResponse } from '../answer/problem.ts';
import { withoutFolders } from '../answer/without-folders.ts';
import { type Route, routeFor } from '../interface/route.ts';
import type { HttpLimits } from '../options.ts';

/** What a door has to have so that it can say how it is. */
interface Door {
  readonly governor: Pick<Governor, 'mode' | 'ready'>;
  readonly limits: HttpLimits;
}

const openRoute = routeFor<undefined, Door>('none', async () => undefined);

/** `GET /health`: the process answers. The store is not asked, so that a slow one does not get it restarted. */
export const readHealth: Route<Door> = openRoute(
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
export const readReady: Route<Door> = openRoute(
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
          more: { reasons: reasons.map(withoutFolders) },
          headers: retryAfter(),
        });
  },
);
