/** Every route of the operator's door, and the document that is made of them. */
import { noticeOf } from '@tai-autonomics/core/engine';
import { OPERATOR_RIGHTS, operatorMay } from '@tai-autonomics/governor/keys';
import { jsonResponse } from '../answer/answer.ts';
import { documentRoutes } from '../interface/document-routes.ts';
import { openapiOf } from '../interface/openapi.ts';
import { KEYED, type Route } from '../interface/route.ts';
import { readHealth, readReady } from '../routes/health.ts';
import { OPERATOR_SCHEMAS } from './operator-answers.ts';
import type { OperatorDoor } from './operator-options.ts';
import { operatorRoute } from './operator-route.ts';
import { activateCatalog, showCatalog } from './routes/catalogs.ts';
import { disableCredential, listCredentials, makeCredential, rotateCredential } from './routes/credentials.ts';
import { bindBuyer, dismissMessage, listMessages } from './routes/marketplaces.ts';
import { listSealingKeys, makeSealingKey, revokeSealingKey, rotateSealingKeys } from './routes/sealing-keys.ts';
import { listTenants, operateTenant, showTenant } from './routes/tenants.ts';

/** Method and path. */
export type OperatorRouteName =
  | 'GET /health'
  | 'GET /health/ready'
  | 'GET /openapi.json'
  | 'GET /docs'
  | 'GET /operator/v1/whoami'
  | 'GET /operator/v1/tenants'
  | 'GET /operator/v1/tenants/{tenant}'
  | 'POST /operator/v1/tenants/{tenant}/actions'
  | 'POST /operator/v1/tenants/{tenant}/catalog'
  | 'GET /operator/v1/catalogs/{digest}'
  | 'GET /operator/v1/credentials'
  | 'POST /operator/v1/credentials'
  | 'POST /operator/v1/credentials/{key}/disable'
  | 'POST /operator/v1/credentials/{key}/rotate'
  | 'GET /operator/v1/keys'
  | 'POST /operator/v1/keys/next'
  | 'POST /operator/v1/keys/rotate'
  | 'POST /operator/v1/keys/{key}/revoke'
  | 'POST /operator/v1/marketplaces/{marketplace}/buyers'
  | 'GET /operator/v1/messages'
  | 'POST /operator/v1/messages/{digest}/dismiss';

const readWhoami: Route<OperatorDoor> = operatorRoute(
  'read',
  {
    operationId: 'readOperator',
    means: 'whose key it is',
    summary: 'Whose key it is, and what it may do',
    success: { status: 200, means: 'an operator', body: { json: ['OperatorWhoami'] } },
    problems: KEYED,
  },
  ({ governor: { mode } }, key) =>
    jsonResponse({
      ...noticeOf(mode),
      operator: key.operator,
      may: OPERATOR_RIGHTS.filter((right) => operatorMay(key, right)),
      mode,
    }),
);

const { readOpenapi, readDocs } = documentRoutes<OperatorDoor>(() => OPERATOR_OPENAPI);

/** Each route: what it takes and answers, and its code. */
export const OPERATOR_ROUTES: Readonly<Record<OperatorRouteName, Route<OperatorDoor>>> = {
  'GET /health': readHealth,
  'GET /health/ready': readReady,
  'GET /openapi.json': readOpenapi,
  'GET /docs': readDocs,
  'GET /operator/v1/whoami': readWhoami,
  'GET /operator/v1/tenants': listTenants,
  'GET /operator/v1/tenants/{tenant}': showTenant,
  'POST /operator/v1/tenants/{tenant}/actions': operateTenant,
  'POST /operator/v1/tenants/{tenant}/catalog': activateCatalog,
  'GET /operator/v1/catalogs/{digest}': showCatalog,
  'GET /operator/v1/credentials': listCredentials,
  'POST /operator/v1/credentials': makeCredential,
  'POST /operator/v1/credentials/{key}/disable': disableCredential,
  'POST /operator/v1/credentials/{key}/rotate': rotateCredential,
  'GET /operator/v1/keys': listSealingKeys,
  'POST /operator/v1/keys/next': makeSealingKey,
  'POST /operator/v1/keys/rotate': rotateSealingKeys,
  'POST /operator/v1/keys/{key}/revoke': revokeSealingKey,
  'POST /operator/v1/marketplaces/{marketplace}/buyers': bindBuyer,
  'GET /operator/v1/messages': listMessages,
  'POST /operator/v1/messages/{digest}/dismiss': dismissMessage,
};

/** The document that `GET /openapi.json` of the operator's door serves. */
export const OPERATOR_OPENAPI: Readonly<Record<string, unknown>> = openapiOf(OPERATOR_ROUTES, {
  description: 'What the operator of a deployment does about its tenants, catalogs, credentials and keys.',
  schemas: OPERATOR_SCHEMAS,
});
