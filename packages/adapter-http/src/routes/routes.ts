/** Every route, and whose key it takes. */

import { jsonResponse } from '../answer/answer.ts';
import { OPENAPI } from '../openapi.ts';
import type { Door } from '../options.ts';
import { postAction } from './actions.ts';
import { readHealth, readReady } from './health.ts';
import { postEvent } from './marketplace.ts';
import { postPush } from './pubsub.ts';
import { postCheckpoint, readLedger, readTools, readWhoami } from './tenant-routes.ts';

/** What a route is for. */
export interface HttpRoute {
  /** `push`: a marketplace's key, in the URL too, or what `verifyPush` accepts. */
  readonly key: 'none' | 'any' | 'tenant' | 'marketplace' | 'push';
  readonly means: string;
}

/** Method and path. */
export type HttpRouteName =
  | 'GET /health'
  | 'GET /health/ready'
  | 'GET /openapi.json'
  | 'POST /marketplace'
  | 'POST /pubsub'
  | 'POST /v1/actions'
  | 'GET /v1/tools'
  | 'GET /v1/whoami'
  | 'GET /v1/ledger'
  | 'POST /v1/ledger/checkpoint';

/** All routes of the door, as its users see them. */
export const HTTP_ROUTES: Readonly<Record<HttpRouteName, HttpRoute>> = {
  'GET /health': { key: 'none', means: 'the process lives' },
  'GET /health/ready': { key: 'none', means: 'intents can be decided now' },
  'GET /openapi.json': { key: 'none', means: 'this interface, as OpenAPI 3.1' },
  'POST /marketplace': { key: 'marketplace', means: 'takes an entitlement event' },
  'POST /pubsub': { key: 'push', means: 'takes an entitlement event in a Pub/Sub push' },
  'POST /v1/actions': { key: 'tenant', means: 'decides, records and runs an action' },
  'GET /v1/tools': { key: 'tenant', means: 'the tools that the caller has now' },
  'GET /v1/whoami': { key: 'any', means: 'whose key it is' },
  'GET /v1/ledger': { key: 'tenant', means: 'the end of the tenant’s ledger' },
  'POST /v1/ledger/checkpoint': { key: 'tenant', means: 'signs a checkpoint of the tenant’s ledger' },
};

/** What answers a route. */
export type Answer = (door: Door, request: Request) => Response | Promise<Response>;

/** The code behind each route. */
export const ANSWERS: Readonly<Record<HttpRouteName, Answer>> = {
  'GET /health': readHealth,
  'GET /health/ready': readReady,
  'GET /openapi.json': () => jsonResponse(OPENAPI),
  'POST /marketplace': postEvent,
  'POST /pubsub': postPush,
  'POST /v1/actions': postAction,
  'GET /v1/tools': readTools,
  'GET /v1/whoami': readWhoami,
  'GET /v1/ledger': readLedger,
  'POST /v1/ledger/checkpoint': postCheckpoint,
};
