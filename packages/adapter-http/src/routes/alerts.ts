/** `POST /v1/alerts/…`: a monitor's own message in, the receipts of its alerts out. */

import { type AlertFormat, noticeOf, readAlerts } from '@tai-autonomics/core/engine';
import type { Submitted } from '@tai-autonomics/governor';
import { type AlertTaken, callerOf, takeAlerts } from '@tai-autonomics/governor/door';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { jsonResponse } from '../answer/answer.ts';
import { isTransient, notDecidedProblem } from '../answer/not-decided.ts';
import { problemResponse } from '../answer/problem.ts';
import { modeOf, readMessage } from '../events/event-http.ts';
import { writeEvent } from '../events/event-json.ts';
import { BODIED, KEYED, type Route, TRANSIENT, tenantRoute } from '../interface/route.ts';
import type { HttpLimits } from '../options.ts';
import { utf8 } from '../request/bytes.ts';

/**
 * 200 once every alert has its receipt, also where one was refused; 400 with a receipt of its digest for a message that can't be
 * read; 503 while one has no receipt: sent again, the others get their recorded answers.
 */
const alertRoute = (format: AlertFormat, operationId: string, what: string): Route =>
  tenantRoute(
    {
      operationId,
      means: `takes ${what}`,
      summary: `Takes ${what}; 200 once every alert has a receipt, whatever was decided`,
      body: {
        name: `${operationId}Message`,
        most: 'bodyBytes',
        holds: { schema: MESSAGE },
        ...(format === 'cloudevents' ? { events: true } : {}),
      },
      success: { status: 200, means: 'what became of each alert, in their order', body: { json: ['Alerts'] } },
      problems: [...KEYED, ...TRANSIENT, ...BODIED, 'intent_conflict', 'purged', 'unknown_tenant', 'moved'],
    },
    async ({ governor, limits, spend }, credential, { bytes: came, request, headers }) => {
      const { bodyBytes, depth } = limits;
      const bytes = format === 'cloudevents' ? asJson(headers, came, limits) : came;
      const tooMuch = await spend(request, countIn(format, bytes, limits) - 1);
      if (tooMuch !== undefined) return tooMuch;
      const taken = await takeAlerts(governor, callerOf(credential), format, bytes, {
        maxBytes: bodyBytes,
        maxDepth: depth,
      });
      if (!taken.read) return unreadable(taken.detail, taken.submitted);
      const late = taken.alerts.map(({ submitted }) => submitted).find((one) => !one.decided && isTransient(one));
      if (late !== undefined && !late.decided) return problemResponse(notDecidedProblem(late));
      return jsonResponse({ ...noticeOf(governor.mode), alerts: taken.alerts.map(alertAnswer) });
    },
  );

/** An event in binary mode as its JSON; anything else as it came, so that what is wrong with it is recorded. */
const asJson = (headers: Headers, body: Uint8Array, { bodyBytes, depth }: HttpLimits): Uint8Array => {
  if (!headers.has('ce-specversion') || modeOf(headers.get('content-type')) !== 'binary') return body;
  const message = { headers: Object.fromEntries(headers), body };
  const events = readMessage(message, { maxBytes: bodyBytes, maxDepth: depth });
  if (events._tag === 'Left') return body;
  return utf8(JSON.stringify(events.right.map(writeEvent)));
};

/** How many alerts a message has; one where it can't be read, since its digest has a receipt then. */
const countIn = (format: AlertFormat, bytes: Uint8Array, { bodyBytes, depth }: HttpLimits): number => {
  const json = parseStrictJson(bytes, { maxBytes: bodyBytes, maxDepth: depth, comments: false });
  const alerts = json._tag === 'Left' ? json : readAlerts(format, json.right.value);
  return alerts._tag === 'Left' ? 1 : alerts.right.length;
};

const MESSAGE = { description: 'as the monitor sends it', anyOf: [{ type: 'object' }, { type: 'array' }] };

const unreadable = (detail: string, kept: Submitted): Response =>
  kept.decided
    ? problemResponse({ problem: 'malformed', detail, more: { receipt: kept.receipt } })
    : problemResponse(notDecidedProblem(kept));

const alertAnswer = ({ incident, resource, status, submitted }: AlertTaken): Readonly<Record<string, unknown>> => ({
  incident,
  resource,
  status,
  ...(submitted.decided
    ? {
        verdict: submitted.decision.verdict,
        ...(submitted.decision.verdict === 'refuse' ? { reasons: submitted.decision.reasons } : {}),
        receipt: submitted.receipt,
        repeated: submitted.repeated,
      }
    : { why: submitted.why }),
});

export const postAlertmanager: Route = alertRoute('alertmanager', 'postAlertmanager', 'a webhook of Alertmanager');
export const postCloudEvents: Route = alertRoute('cloudevents', 'postCloudEvents', 'CloudEvents that are alerts');
export const postPagerDuty: Route = alertRoute('pagerduty', 'postPagerDuty', 'an event of PagerDuty’s form');
