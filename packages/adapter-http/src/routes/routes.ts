/** Every route of the door, and the document that is made of them. */

import { postEvaluation, postEvaluations } from '../authzen/evaluation.ts';
import { readPdp } from '../authzen/metadata.ts';
import { searchAction, searchResource, searchSubject } from '../authzen/search.ts';
import { ANSWER_SCHEMAS } from '../interface/answers.ts';
import { documentRoutes } from '../interface/document-routes.ts';
import { openapiOf } from '../interface/openapi.ts';
import type { Route, RouteKey } from '../interface/route.ts';
import type { Door } from '../options.ts';
import { postAction } from './actions.ts';
import { postAlertmanager, postCloudEvents, postPagerDuty } from './alerts.ts';
import { readHealth, readReady } from './health.ts';
import { postEvent } from './marketplace.ts';
import { postAwsEvent, postAzure, postSns } from './native.ts';
import { postPush } from './pubsub.ts';
import { streamReceipts } from './receipt-stream.ts';
import {
  exportReceipts,
  listApprovals,
  listIncidents,
  listReceipts,
  proveReceipt,
  showIncident,
  showReceipt,
} from './receipts.ts';
import { postCheckpoint, readLedger, readState, readTools, readWhoami } from './tenant-routes.ts';

/** What a route is for. */
export interface HttpRoute {
  /** `push`: a marketplace's key, in the URL too, or what `verifyPush` accepts. */
  readonly key: RouteKey;
  readonly means: string;
}

/** Method and path. */
export type HttpRouteName =
  | 'GET /health'
  | 'GET /health/ready'
  | 'GET /openapi.json'
  | 'POST /marketplace'
  | 'POST /pubsub'
  | 'POST /marketplaces/aws/sns'
  | 'POST /marketplaces/aws/events'
  | 'POST /marketplaces/azure'
  | 'POST /v1/actions'
  | 'POST /v1/alerts/alertmanager'
  | 'POST /v1/alerts/cloudevents'
  | 'POST /v1/alerts/pagerduty'
  | 'GET /v1/tools'
  | 'GET /v1/whoami'
  | 'GET /v1/ledger'
  | 'POST /v1/ledger/checkpoint'
  | 'GET /v1/state'
  | 'GET /v1/receipts'
  | 'GET /v1/receipts/{seq}'
  | 'GET /v1/receipts/{seq}/proof'
  | 'GET /v1/export'
  | 'GET /v1/incidents'
  | 'GET /v1/incidents/{incident}'
  | 'GET /v1/approvals'
  | 'GET /v1/events'
  | 'GET /docs'
  | 'POST /access/v1/evaluation'
  | 'POST /access/v1/evaluations'
  | 'POST /access/v1/search/subject'
  | 'POST /access/v1/search/resource'
  | 'POST /access/v1/search/action'
  | 'GET /.well-known/authzen-configuration';

const { readOpenapi, readDocs } = documentRoutes<Door>(() => OPENAPI);

/** Each route: what it takes and answers, and its code. */
export const ROUTES: Readonly<Record<HttpRouteName, Route>> = {
  'GET /health': readHealth,
  'GET /health/ready': readReady,
  'GET /openapi.json': readOpenapi,
  'POST /marketplace': postEvent,
  'POST /pubsub': postPush,
  'POST /marketplaces/aws/sns': postSns,
  'POST /marketplaces/aws/events': postAwsEvent,
  'POST /marketplaces/azure': postAzure,
  'POST /v1/actions': postAction,
  'POST /v1/alerts/alertmanager': postAlertmanager,
  'POST /v1/alerts/cloudevents': postCloudEvents,
  'POST /v1/alerts/pagerduty': postPagerDuty,
  'GET /v1/tools': readTools,
  'GET /v1/whoami': readWhoami,
  'GET /v1/ledger': readLedger,
  'POST /v1/ledger/checkpoint': postCheckpoint,
  'GET /v1/state': readState,
  'GET /v1/receipts': listReceipts,
  'GET /v1/receipts/{seq}': showReceipt,
  'GET /v1/receipts/{seq}/proof': proveReceipt,
  'GET /v1/export': exportReceipts,
  'GET /v1/incidents': listIncidents,
  'GET /v1/incidents/{incident}': showIncident,
  'GET /v1/approvals': listApprovals,
  'GET /v1/events': streamReceipts,
  'GET /docs': readDocs,
  'POST /access/v1/evaluation': postEvaluation,
  'POST /access/v1/evaluations': postEvaluations,
  'POST /access/v1/search/subject': searchSubject,
  'POST /access/v1/search/resource': searchResource,
  'POST /access/v1/search/action': searchAction,
  'GET /.well-known/authzen-configuration': readPdp,
};

/** All routes of the door, as its users see them. */
export const HTTP_ROUTES: Readonly<Record<HttpRouteName, HttpRoute>> = Object.fromEntries(
  Object.entries(ROUTES).map(
    ([
      name,
      {
        declared: { key, means },
      },
    ]) => [name, { key, means }],
  ),
) as Record<HttpRouteName, HttpRoute>;

/** The document that `GET /openapi.json` serves. */
export const OPENAPI: Readonly<Record<string, unknown>> = openapiOf(ROUTES, {
  description:
    'Decides whether an operational action may happen, says why, and leaves a receipt. A refusal is an answer (200).',
  schemas: ANSWER_SCHEMAS,
});
