/**
 * The interface as OpenAPI 3.1, kept by hand: what it says is tested against what the routes do. Schemas are JSON Schema
 * 2020-12; answers may gain members, requests may not have others.
 */

import { ROLES, SUBJECT_TYPES } from '@tai-autonomics/core/author';
import { ENTITLEMENT_EVENTS } from '@tai-autonomics/core/engine';
import { INCIDENT_ID } from '@tai-autonomics/governor';
import { PROBLEMS, type ProblemCode } from './answer/problem.ts';

type Schema = Readonly<Record<string, unknown>>;

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const text = (description: string): Schema => ({ type: 'string', description });
const name: Schema = { type: 'string', minLength: 1, maxLength: 200 };
const members = (required: readonly string[], properties: Schema, more: Schema = {}): Schema => ({
  type: 'object',
  required,
  properties,
  ...more,
});

const json = (schema: Schema, description: string): Schema => ({
  description,
  content: { 'application/json': { schema } },
});
/** The problems that a route may answer with, by status. */
const problems = (...codes: readonly ProblemCode[]): Schema => {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))].toSorted((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: codes.filter((code) => PROBLEMS[code].status === status).join(', '),
        content: { 'application/problem+json': { schema: ref('Problem') } },
      },
    ]),
  );
};

const keyed: readonly ProblemCode[] = ['unauthenticated', 'forbidden', 'store_unavailable', 'internal'];
const transient: readonly ProblemCode[] = ['clock_skew', 'not_ready', 'overloaded'];
const bodied: readonly ProblemCode[] = ['malformed', 'length_required', 'too_large', 'unsupported_media_type'];

const place = members(['origin', 'seq', 'leaf', 'event'], {
  origin: text('the ledger'),
  seq: { type: 'integer', minimum: 0 },
  leaf: text('base64url of the leaf hash'),
  event: text('what the receipt records'),
});

const step = (kind: string, required: readonly string[], properties: Schema): Schema =>
  members(['kind', ...required], { kind: { const: kind }, ...properties });

const submit = members(['action', 'resource', 'arguments', 'choose'], {
  action: name,
  resource: name,
  arguments: { type: 'object' },
  choose: listOf(members(['argument', 'type', 'means'], { argument: name, type: { type: 'object' }, means: text('') })),
});

const nextStep: Schema = {
  description: 'The next lawful step: what a program can carry out so that this reason goes away.',
  oneOf: [
    step('authority', ['who', 'submit'], {
      who: members(['type'], { type: { enum: SUBJECT_TYPES }, relation: { enum: ['owner', 'approver'] } }),
      submit: ref('Submit'),
      times: {
        type: 'integer',
        minimum: 2,
        description: 'How many different subjects must each submit it; one where absent.',
      },
      except: { ...listOf(name), description: 'Pseudonyms of those whose submission counts already.' },
      notBefore: {
        type: 'string',
        format: 'date-time',
        description: 'The first instant at which it can be submitted.',
      },
    }),
    step('request', ['argument', 'means'], {
      argument: name,
      means: text('what it must be'),
      leaveOut: { const: true, description: 'The action has no such argument: ask again without it.' },
      nearest: { ...name, description: 'The argument that is spelt most like it.' },
      candidates: { ...listOf(name), description: 'For `resource`: known names, the nearest first.' },
    }),
    step('information', ['fact', 'why', 'means', 'sources', 'maxAgeMs'], {
      fact: name,
      why: { enum: ['missing', 'stale', 'untrusted', 'conflicting'] },
      means: text('what the fact says'),
      sources: listOf(name),
      maxAgeMs: { type: 'integer', minimum: 0 },
    }),
    step('world', ['until', 'means', 'observe'], {
      until: { type: 'object' },
      means: text('the condition in words'),
      observe: listOf(name),
      action: name,
    }),
    step('time', ['notBefore'], {
      notBefore: { type: 'string', format: 'date-time' },
      before: { type: 'string', format: 'date-time' },
      lapses: listOf(name),
    }),
    step('none', ['why'], { why: text('why nothing helps') }),
  ],
};

const decisionMembers = {
  verdict: { enum: ['approve', 'refuse'] },
  actionPlan: listOf(
    members(['step', 'with', 'limits'], { step: name, with: { type: 'object' }, limits: { type: 'object' } }),
  ),
  reasons: { ...listOf(ref('Reason')), minItems: 1 },
  trace: listOf(members(['gate', 'result'], { gate: name, result: { enum: ['passed', 'failed', 'not_evaluated'] } })),
};
/** Exactly one of the two: a plan or reasons. */
const eitherVerdict = {
  oneOf: [
    { required: ['actionPlan'], properties: { verdict: { const: 'approve' } } },
    { required: ['reasons'], properties: { verdict: { const: 'refuse' } } },
  ],
};

const schemas: Schema = {
  Problem: members(['type', 'title', 'status', 'code', 'detail'], {
    type: { type: 'string', description: 'a relative reference, /problems/<code>' },
    title: text(''),
    status: { type: 'integer' },
    code: { enum: Object.keys(PROBLEMS) },
    detail: text('for people; holds nothing of the request but names and places'),
    line: { type: 'integer', minimum: 1 },
    column: { type: 'integer', minimum: 1 },
    path: text('where in the body: $.a.b[0]'),
    expected: text('what should stand there'),
    maxBytes: { type: 'integer' },
    reasons: listOf(text('why it is not ready')),
    why: { enum: ['malformed', 'unknown_event', 'unknown_tenant', 'refused'] },
    receipt: ref('ReceiptPlace'),
  }),
  ReceiptPlace: place,
  Submit: submit,
  NextStep: nextStep,
  Reason: members(['gate', 'code', 'means', 'facts', 'next'], {
    roles: {
      ...members(['required', 'held', 'missing'], {
        required: listOf(name),
        held: listOf(name),
        missing: listOf(name),
      }),
      description: 'Which roles are wanting, in the place that the reason names.',
    },
    gate: name,
    code: name,
    means: text('what was required'),
    facts: listOf(name),
    next: ref('NextStep'),
  }),
  ActionRequest: members(
    ['action', 'resource'],
    {
      id: { ...name, description: 'makes it safe to ask twice; the header Idempotency-Key says the same' },
      action: { ...name, description: 'an action of GET /v1/tools, or an alias of one' },
      resource: { ...name, description: 'what it is about; * for the whole tenant' },
      arguments: { type: 'object' },
      choose: {
        type: 'array',
        description: 'of a next step that is posted as it stands; arguments are filled in, this is not read',
      },
      preview: { type: 'boolean', description: 'decide only: nothing is recorded and nothing is done' },
      incident: { type: 'string', pattern: INCIDENT_ID.source },
    },
    { additionalProperties: false },
  ),
  Decided: members(
    ['verdict', 'trace', 'receipt', 'consequences', 'repeated'],
    {
      ...decisionMembers,
      receipt: ref('ReceiptPlace'),
      consequences: listOf(ref('ReceiptPlace')),
      outcome: members(['status', 'result', 'receipt'], {
        status: { enum: ['success', 'failed', 'timeout', 'memory_exceeded', 'unknown', 'withdrawn'] },
        result: {},
        receipt: ref('ReceiptPlace'),
      }),
      repeated: { type: 'boolean', description: 'recorded earlier under the same id' },
    },
    eitherVerdict,
  ),
  Preview: members(['preview', 'verdict', 'trace'], { preview: { const: true }, ...decisionMembers }, eitherVerdict),
  Tools: members(['tools'], {
    tools: listOf(
      members(['tool', 'title', 'description', 'pack', 'actions'], {
        tool: name,
        title: text(''),
        description: text(''),
        pack: name,
        actions: listOf(
          members(['action', 'means', 'arguments', 'effect', 'idempotent'], {
            action: name,
            means: text(''),
            arguments: { type: 'object' },
            effect: { enum: ['internal', 'read', 'external', 'contractual'] },
            idempotent: { type: 'boolean' },
            returns: { type: 'object', description: 'what a success answers with, as JSON Schema' },
          }),
        ),
      }),
    ),
  }),
  Whoami: members(['subject', 'scope', 'mode'], {
    tenant: name,
    subject: members(['type', 'id'], { type: { enum: SUBJECT_TYPES }, id: name }),
    ref: text('the pseudonym that a grant names'),
    scope: listOf({ enum: ROLES }),
    mode: { enum: ['eval', 'contractual'] },
  }),
  Ledger: members(['origin', 'size', 'leaf'], {
    origin: text(''),
    size: { type: 'integer', minimum: 1 },
    leaf: text('base64url of the last leaf'),
  }),
  Event: members(['event', 'event_id', 'entitlement_id', 'occurred_at', 'record'], {
    event: { enum: Object.keys(ENTITLEMENT_EVENTS) },
    event_id: name,
    entitlement_id: name,
    occurred_at: { type: 'string', format: 'date-time' },
    record: members(['tenant_id', 'sku_id', 'plan_id', 'enabled_packs', 'iam_roles', 'expiry'], {
      tenant_id: name,
      sku_id: name,
      plan_id: name,
      enabled_packs: listOf(name),
      iam_roles: listOf(name),
      expiry: { type: ['string', 'integer'], description: 'RFC 3339, or seconds since 1970' },
    }),
  }),
  Push: members(['message'], {
    message: members(['data'], { data: { type: 'string', description: 'base64 of an Event' } }),
    subscription: text(''),
  }),
  Live: members(['status'], { status: { const: 'ok' } }),
  Ready: members(['status', 'mode'], { status: { const: 'ready' }, mode: { enum: ['eval', 'contractual'] } }),
};

const body = (schema: Schema): Schema => ({ required: true, content: { 'application/json': { schema } } });
const header = (key: string, description: string): Schema => ({
  name: key,
  in: 'header',
  required: false,
  schema: { type: 'string' },
  description,
});
const traced = header('traceparent', 'W3C Trace Context; the trace id is recorded');
const route = (operationId: string, summary: string, responses: Schema, more: Schema = {}): Schema => ({
  operationId,
  summary,
  responses,
  ...more,
});

/** The document that `GET /openapi.json` serves. */
export const OPENAPI: Readonly<Record<string, unknown>> = {
  openapi: '3.1.1',
  info: {
    title: 'TAI Autonomics',
    version: '0.1.0',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    description:
      'Decides whether an operational action may happen, says why, and leaves a receipt. A refusal is an answer (200).',
  },
  servers: [{ url: '/' }],
  security: [{ key: [] }],
  paths: {
    '/health': {
      get: route('readHealth', 'The process lives', { 200: json(ref('Live'), 'it does') }, { security: [] }),
    },
    '/health/ready': {
      get: route(
        'readReady',
        'Intents can be decided now',
        { 200: json(ref('Ready'), 'they can'), ...problems('not_ready', 'internal') },
        { security: [] },
      ),
    },
    '/openapi.json': {
      get: route('readOpenapi', 'This document', { 200: json({ type: 'object' }, 'OpenAPI 3.1') }, { security: [] }),
    },
    '/marketplace': {
      post: route(
        'postEvent',
        'Takes an entitlement event; 200 once it has a receipt, whatever was decided',
        {
          200: json(ref('Decided'), 'recorded in the tenant’s ledger'),
          ...problems(...keyed, ...bodied, 'event_rejected', 'intent_conflict', 'purged', 'clock_skew', 'not_ready'),
        },
        { requestBody: body(ref('Event')), parameters: [traced] },
      ),
    },
    '/pubsub': {
      post: route(
        'postPush',
        'Takes an entitlement event in a Pub/Sub push; acknowledged once it has a receipt',
        {
          204: { description: 'recorded: in the tenant’s ledger, or rejected in the operator’s' },
          ...problems(
            ...keyed,
            'malformed',
            'length_required',
            'too_large',
            'unsupported_media_type',
            'event_rejected',
          ),
          ...problems('store_unavailable', 'clock_skew', 'not_ready'),
        },
        { requestBody: body(ref('Push')), parameters: [traced], security: [{ key: [] }, { keyInUrl: [] }] },
      ),
    },
    '/v1/actions': {
      post: route(
        'postAction',
        'Decides, records and runs an action; a refusal names every reason and the next lawful step of each',
        {
          200: json({ oneOf: [ref('Decided'), ref('Preview')] }, 'decided: approved or refused'),
          ...problems(...keyed, ...transient, ...bodied, 'intent_conflict', 'purged', 'unknown_tenant'),
        },
        {
          requestBody: body(ref('ActionRequest')),
          parameters: [header('Idempotency-Key', 'the intent’s id'), traced],
        },
      ),
    },
    '/v1/tools': {
      get: route('readTools', 'The tools that the caller has now', {
        200: json(ref('Tools'), 'sorted by name'),
        ...problems(...keyed, ...transient),
      }),
    },
    '/v1/whoami': {
      get: route('readWhoami', 'Whose key it is', {
        200: json(ref('Whoami'), 'a marketplace has no tenant and no ref'),
        ...problems('unauthenticated', 'store_unavailable', 'internal'),
      }),
    },
    '/v1/ledger': {
      get: route('readLedger', 'The end of the tenant’s ledger', {
        200: json(ref('Ledger'), 'its size and its last leaf'),
        ...problems(...keyed, ...transient, 'unknown_tenant'),
      }),
    },
    '/v1/ledger/checkpoint': {
      post: route('postCheckpoint', 'Signs a checkpoint of everything durable', {
        200: { description: 'a signed note', content: { 'text/plain': { schema: { type: 'string' } } } },
        ...problems(...keyed, ...transient, 'unknown_tenant'),
      }),
    },
  },
  components: {
    securitySchemes: {
      key: { type: 'http', scheme: 'bearer', bearerFormat: 'tai_<keyid>_<secret>' },
      keyInUrl: { type: 'apiKey', in: 'query', name: 'key' },
    },
    schemas,
  },
};
