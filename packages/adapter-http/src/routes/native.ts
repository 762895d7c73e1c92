/** `POST /marketplaces/…`: the own messages of AWS and Microsoft. Google’s come to `/pubsub`. */
import { emptyResponse, jsonResponse } from '../answer/answer.ts';
import { retryAfter } from '../answer/not-decided.ts';
import { type Problem, problemResponse } from '../answer/problem.ts';
import {
  BODIED,
  type Body,
  KEYED,
  marketplaceRoute,
  type Route,
  signedRoute,
  webhookRoute,
} from '../interface/route.ts';
import type { Schema } from '../schema/schema.ts';
import { deskResponse } from './desk-response.ts';

const bodyOf = (name: string, description: string): Body => {
  const schema: Schema = { type: 'object', description };
  return { name, most: 'bodyBytes', holds: { schema } };
};

/**
 * 204 once a message is kept, or a subscription is confirmed; 401 for what SNS did not sign, or signed for another topic; 503
 * while there is no receipt, or SNS’s certificate cannot be had.
 */
export const postSns: Route = signedRoute(
  {
    operationId: 'postSns',
    means: 'takes a message of AWS Marketplace from SNS, known by its signature',
    summary: 'Takes a message of AWS Marketplace from SNS, known by its signature; acknowledged once it is kept',
    body: { ...bodyOf('SnsMessage', 'a message of SNS, as it posts it'), types: 'any' },
    success: { status: 204, means: 'kept, or a subscription that is confirmed' },
    problems: ['malformed', 'unauthenticated', ...BODIED, 'event_rejected', 'not_ready', 'internal'],
  },
  async ({ sns, desks: { aws } }, _, { bytes }) => {
    // Where AWS isn’t connected, no topic counts.
    if (sns === undefined || aws === undefined) return problemResponse(forged);
    const read = await sns.read(bytes);
    if (read._tag === 'Left') return problemResponse(read.left === 'forged' ? forged : unavailable);
    const message = read.right;
    if (message.kind === 'notification') return deskResponse(await aws.take(message.body));
    if (message.kind === 'unsubscribed') return emptyResponse();
    const confirmed = await sns.confirm(message.url);
    return confirmed._tag === 'Left' ? problemResponse(unavailable) : emptyResponse();
  },
);

/** 204 once an event is kept; 422 where its digest alone has a receipt; 503 while it has none. */
export const postAwsEvent: Route = marketplaceRoute(
  {
    operationId: 'postAwsEvent',
    means: 'takes an event of AWS Marketplace from EventBridge',
    summary: 'Takes an event of AWS Marketplace from EventBridge; acknowledged once it is kept',
    body: bodyOf('AwsEvent', 'an event of EventBridge, as an API destination sends it'),
    success: { status: 204, means: 'kept' },
    problems: [...KEYED, 'not_found', ...BODIED, 'event_rejected', 'not_ready'],
  },
  async ({ desks: { aws } }, _, { bytes }) =>
    aws === undefined ? problemResponse(notConnected('AWS Marketplace')) : deskResponse(await aws.take(bytes)),
);

/** 200 once a call is kept, since Microsoft knows no other success; 422 where its digest alone has a receipt; 503 while it has none. */
export const postAzure: Route = webhookRoute(
  {
    operationId: 'postAzure',
    means: 'takes a call of Microsoft’s marketplace',
    summary: 'Takes a call of Microsoft’s marketplace; acknowledged once it is kept',
    body: bodyOf('AzureCall', 'a call of SaaS fulfilment, version 2'),
    success: { status: 200, means: 'kept', body: { schema: { type: 'object' } } },
    problems: [...KEYED, 'not_found', ...BODIED, 'event_rejected', 'not_ready'],
  },
  async ({ desks: { azure } }, _, { bytes }) => {
    if (azure === undefined) return problemResponse(notConnected('Microsoft’s marketplace'));
    const answer = deskResponse(await azure.take(bytes));
    return answer.ok ? jsonResponse({}) : answer;
  },
);

const notConnected = (name: string): Problem => ({ problem: 'not_found', detail: `${name} is not connected here` });
const forged: Problem = {
  problem: 'unauthenticated',
  detail: 'it is not signed by SNS, or not of a topic that counts here',
};
const unavailable: Problem = {
  problem: 'not_ready',
  detail: 'SNS cannot be asked now; send it again',
  headers: retryAfter(),
};
