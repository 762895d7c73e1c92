/** What the routes answer with, as JSON Schema 2020-12: answers may gain members. */
import { PACK_ROLE_FORM, ROLES, SUBJECT_TYPES } from '@tai-autonomics/core/author';
import { NOTICE } from '@tai-autonomics/core/engine';
import { PROBLEMS } from '../answer/problem.ts';
import { listOf, withMembers as members, name, ref, type Schema, text } from '../schema/schema.ts';

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
      or: { ...name, description: 'Another argument that helps as well, by itself.' },
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

const notice: Schema = { const: NOTICE, description: 'in every answer of an evaluation, and in the header tai-notice' };

const accessContext = {
  preview: { const: true, description: 'nothing was recorded, and it cannot be executed' },
  notice,
  ledger: { ...ref('Ledger'), description: 'the end of the tenant’s ledger when this was asked' },
};
const accessDecision = members(['decision', 'context'], {
  decision: { type: 'boolean' },
  context: members(['preview'], {
    ...accessContext,
    ...decisionMembers,
    receipt: { ...ref('ReceiptPlace'), description: 'of this answer, where one was asked for' },
    error: {
      ...members(['status', 'message'], { status: { type: 'integer' }, message: text('') }),
      description: 'why there is no decision of the engine: then `decision` is false',
    },
  }),
});

/** The schemas of answers, by the names under which the routes refer to them. */
export const ANSWER_SCHEMAS: Readonly<Record<string, Schema>> = {
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
      notes: { ...listOf(text('one sentence')), description: 'what the answer should not be read without' },
      repeated: { type: 'boolean', description: 'recorded earlier under the same id' },
      notice,
    },
    eitherVerdict,
  ),
  Alerts: members(['alerts'], {
    notice,
    alerts: listOf(
      members(['incident', 'resource', 'status'], {
        incident: text('the incident that the alert opens, or is folded into'),
        resource: name,
        status: { enum: ['firing', 'resolved'] },
        verdict: { enum: ['approve', 'refuse'] },
        reasons: { ...listOf(ref('Reason')), minItems: 1 },
        receipt: ref('ReceiptPlace'),
        repeated: { type: 'boolean', description: 'sent before: this is the answer of then' },
        why: text('why it was not decided, where it was not'),
      }),
    ),
  }),
  Preview: members(
    ['preview', 'verdict', 'trace'],
    { preview: { const: true }, notice, ...decisionMembers },
    eitherVerdict,
  ),
  Tools: members(['tools'], {
    notice,
    tools: listOf(
      members(['tool', 'title', 'description', 'pack', 'actions'], {
        tool: name,
        title: text(''),
        description: text(''),
        pack: name,
        aliases: listOf(name),
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
    notice,
    tenant: name,
    subject: members(['type', 'id'], { type: { enum: SUBJECT_TYPES }, id: name }),
    ref: text('the pseudonym that a grant names'),
    scope: listOf({ anyOf: [{ enum: ROLES }, { type: 'string', pattern: PACK_ROLE_FORM.source }] }),
    mode: { enum: ['eval', 'contractual'] },
  }),
  Ledger: members(['origin', 'size', 'leaf'], {
    notice,
    origin: text(''),
    size: { type: 'integer', minimum: 1 },
    leaf: text('base64url of the last leaf'),
  }),
  State: members(['origin', 'size', 'sealed', 'catalog', 'semantics', 'closed', 'open'], {
    notice,
    origin: text('the ledger'),
    size: { type: 'integer', minimum: 0, description: 'receipts' },
    sealed: { type: 'integer', minimum: 0, description: 'receipts under the newest checkpoint' },
    catalog: text('the digest of the catalog that decides'),
    semantics: { type: 'integer', description: 'the meaning of deciding, by its number' },
    closed: { type: 'boolean', description: 'nothing is decided in it any more' },
    open: { type: 'integer', minimum: 0, description: 'approved actions whose outcome is not recorded yet' },
    waitsUntil: { type: 'string', format: 'date-time', description: 'the clock is behind: nothing is decided before' },
  }),
  Receipts: members(['receipts', 'shown', 'size', 'receipt'], {
    notice,
    receipts: listOf(
      members(['seq', 'leaf', 'at', 'kind', 'event'], {
        seq: { type: 'integer', minimum: 0 },
        leaf: text('its leaf hash'),
        at: { type: 'string', format: 'date-time' },
        kind: { enum: ['decision', 'outcome', 'consequence'] },
        event: name,
        subject: text('pseudonym of who asked'),
        verdict: { enum: ['approve', 'refuse'] },
        codes: listOf(name),
        of: { type: 'integer', description: 'the decision that it follows' },
        status: name,
        action: { ...name, description: 'unless erased' },
        resource: { ...name, description: 'unless erased' },
        incident: name,
      }),
    ),
    shown: { enum: ['own', 'all'], description: 'whose receipts the caller is shown' },
    size: { type: 'integer', minimum: 0, description: 'receipts before this read' },
    next: { type: 'integer', description: '`cursor` for what comes after; absent at the end' },
    receipt: ref('ReceiptPlace'),
  }),
  ShownReceipt: members(['seq', 'leaf', 'disclosed', 'disclosures', 'withheld'], {
    notice,
    seq: { type: 'integer', minimum: 0 },
    leaf: text('its leaf hash'),
    disclosed: { type: 'object', description: 'what it discloses to the caller, by name' },
    disclosures: listOf(text('a disclosure, for a verifier')),
    withheld: { type: 'integer', description: 'disclosures that were erased or are not the caller’s to see' },
    receipt: text('byte for byte'),
    read: { ...ref('ReceiptPlace'), description: 'the receipt of this read' },
  }),
  Incidents: members(['incidents', 'count', 'receipt'], {
    notice,
    incidents: listOf(
      members(['incident', 'state', 'severity', 'kind', 'resource', 'opened_at', 'due_at', 'alerts', 'escalated'], {
        incident: name,
        state: name,
        severity: name,
        kind: { type: 'string' },
        resource: text('the pseudonym of what it is about'),
        opened_at: { type: 'string', format: 'date-time' },
        due_at: { type: 'string', format: 'date-time', description: 'until when it has to be decided' },
        alerts: { type: 'integer', minimum: 0, description: 'alerts that were folded into it' },
        escalated: { type: 'boolean' },
      }),
    ),
    count: { type: 'integer', minimum: 0, description: 'how many there are, on all pages' },
    next: { ...name, description: '`after` of the next page; absent at the end' },
    receipt: ref('ReceiptPlace'),
  }),
  Approvals: members(['pending', 'signed', 'size', 'receipt'], {
    notice,
    pending: listOf(
      members(['receipt', 'leaf', 'at', 'action', 'resource', 'codes', 'submit'], {
        receipt: { type: 'integer', description: 'the place of the refusal' },
        leaf: text('its leaf hash'),
        at: { type: 'string', format: 'date-time' },
        action: name,
        resource: name,
        arguments: { type: 'object' },
        codes: listOf(name),
        submit: { ...listOf({ type: 'object' }), description: 'what an approver posts to /v1/actions' },
      }),
    ),
    ledger: text('the origin of the ledger'),
    signed: { type: 'boolean', description: 'whether only signed approvals count' },
    size: { type: 'integer', minimum: 0, description: 'receipts before this read' },
    next: { type: 'integer', description: '`before` for what is older; absent at the beginning' },
    receipt: ref('ReceiptPlace'),
  }),
  AccessDecision: accessDecision,
  AccessDecisions: members(['evaluations'], { evaluations: listOf(ref('AccessDecision')) }),
  AccessFound: members(['context', 'results'], {
    page: members(['next_token', 'count'], {
      next_token: text('empty where there is no more'),
      count: { type: 'integer', minimum: 0 },
    }),
    context: members(['preview'], accessContext),
    results: listOf({
      oneOf: [members(['type', 'id'], { type: name, id: name }), members(['name'], { name })],
    }),
  }),
  AccessConfiguration: members(['policy_decision_point', 'access_evaluation_endpoint'], {
    policy_decision_point: text('the identifier: an https origin'),
    access_evaluation_endpoint: text(''),
    access_evaluations_endpoint: text(''),
    search_subject_endpoint: text(''),
    search_resource_endpoint: text('absent where resources are not listed'),
    search_action_endpoint: text(''),
  }),
  Live: members(['status'], { status: { const: 'ok' } }),
  Ready: members(['status', 'mode'], { status: { const: 'ready' }, mode: { enum: ['eval', 'contractual'] } }),
};
