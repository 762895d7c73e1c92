/** Reasons that lie in what the operator asks for, in who owns a tenant, and in what was broken in an emergency. */

import { approverKeyBytes } from '@tai-autonomics/core/engine';
import { encodeBase64url, publicKeyOf, signEd25519 } from '@tai-autonomics/core/receipt';
import { createIdentity } from '@tai-autonomics/governor/keys';
import type { Proposal } from './carry-out.ts';
import { successor } from './catalogs.ts';
import { approvalOf, DAY_MS, SERVICE, START, shipped, TENANT } from './kit.ts';
import { asks, at, given, HOUR_MS, later, type Row, refOf, rollback } from './reason-row.ts';
import { HERE, PLAYGROUND, type Stage } from './reason-stage.ts';

const keep = ({ texts }: Stage): void => void texts.set(successor.digest, successor.text);
const activation = { action: 'activate_catalog', resource: successor.digest, arguments: {} };
const byOperator = { by: 'operator' } as const;

const glass =
  (more: Readonly<Record<string, unknown>> = {}) =>
  (stage: Stage): Proposal => ({
    action: 'break_glass',
    resource: SERVICE,
    arguments: {
      action: 'trigger_rollback',
      subject: refOf(stage, 'agent'),
      until: at(HOUR_MS),
      review_by: at(DAY_MS),
      reason: 'checkout is down',
      ...more,
    },
  });
const review: Proposal = {
  action: 'review_break_glass',
  resource: '*',
  arguments: { verdict: 'justified', finding: 'the release was broken' },
};
const relation = (stage: Stage, person: 'responder' | 'approver', to: string): Promise<void> =>
  given(stage, 'owner', {
    action: 'grant_relation',
    resource: 'people',
    arguments: { subject: refOf(stage, person), relation: to },
  });
const respond = (stage: Stage): Promise<void> => relation(stage, 'responder', 'responder');
const broken = async (stage: Stage): Promise<void> => {
  await respond(stage);
  await given(stage, 'responder', glass()(stage));
};
const ownership =
  (action: string, args: (stage: Stage) => Proposal['arguments']) =>
  (stage: Stage): Proposal => ({
    action,
    resource: 'people',
    arguments: args(stage),
  });

const SEED = new Uint8Array(32).fill(3);
const KEY = encodeBase64url(publicKeyOf(SEED) ?? SEED);
const identity = createIdentity({ secret: new Uint8Array(32).fill(7), domain: 'ledger.test', mode: 'contractual' });
const proof = approverKeyBytes(identity.origin(TENANT), identity.subject(TENANT, 'user', 'arthur'), KEY);
/** The approver's key, and the signature that shows it to be its own. */
const registration: Proposal = {
  action: 'register_approver_key',
  resource: '*',
  arguments: { key: KEY, signature: encodeBase64url(signEd25519(SEED, proof ?? SEED) ?? SEED) },
};
const unsignedApproval = async ({ governor, as }: Stage): Promise<Proposal> => {
  const { id: _, ...asked } = approvalOf(await governor.submit(as('agent'), rollback), START + HOUR_MS);
  return { arguments: {}, ...asked };
};
const extension = (untilMs: number): Proposal => ({
  action: 'extend_pilot',
  resource: '*',
  arguments: { until: at(untilMs) },
});

const conversion: Proposal = {
  action: 'convert_pilot',
  resource: '*',
  arguments: {
    ledger: 'ledger.test/r1/c/0',
    receipt: 7,
    leaf: 'A'.repeat(43),
    insurance: 'valid',
    agreement: 'signed',
  },
};

export const OPERATED_ROWS: readonly Row[] = [
  {
    code: 'eval_only_refusal',
    note: 'a pilot asks about production',
    mode: 'eval',
    ...asks,
    next: 'request',
    better: { resource: PLAYGROUND },
  },
  {
    code: 'pilot_ended',
    note: 'after 14 days',
    mode: 'eval',
    first: later(14 * DAY_MS),
    ...asks,
    next: 'authority',
  },
  {
    code: 'opened_already',
    note: 'the ledger is open',
    ...byOperator,
    asks: (stage) => ({ action: 'open_tenant', resource: 'tenant', arguments: { owner: refOf(stage, 'approver') } }),
    next: 'none',
  },
  {
    code: 'pilot_extended_already',
    note: 'it was extended',
    mode: 'eval',
    first: (stage) => given(stage, 'operator', extension(20 * DAY_MS)),
    ...byOperator,
    asks: extension(30 * DAY_MS),
    next: 'none',
  },
  {
    code: 'restore_not_older',
    note: 'nothing that was sealed is missing',
    ...byOperator,
    asks: {
      action: 'accept_restore',
      resource: '*',
      arguments: { size: 9, lost_size: 9, lost_root: 'HHrUTsk5CxOvo5maYtfHB12xvY5r2UJlrDl_UW9f1mY', finding: 'none' },
    },
    next: 'none',
  },
  {
    code: 'clock_not_behind',
    note: 'another instant is named than the last one',
    ...byOperator,
    asks: { action: 'accept_clock', resource: '*', arguments: { until: at(1), clock: at(-1), finding: 'NTP runs' } },
    next: 'request',
    better: { until: at(0) },
  },
  {
    code: 'not_moved_here',
    note: 'the ledger goes on where it is',
    ...byOperator,
    asks: {
      action: 'take_over_ledger',
      resource: '*',
      arguments: { place: HERE, size: 9, root: 'HHrUTsk5CxOvo5maYtfHB12xvY5r2UJlrDl_UW9f1mY' },
    },
    next: 'authority',
  },
  {
    code: 'pilot_period_invalid',
    note: 'a millisecond beyond 90 days',
    mode: 'eval',
    ...byOperator,
    asks: extension(90 * DAY_MS + 1),
    next: 'request',
    better: { until: at(90 * DAY_MS) },
  },
  {
    code: 'pilot_converted_already',
    note: 'it went live',
    mode: 'eval',
    first: (stage) => given(stage, 'operator', conversion),
    ...byOperator,
    asks: conversion,
    next: 'none',
  },
  { code: 'not_an_evaluation', note: 'a contract is ended as one', ...byOperator, asks: conversion, next: 'none' },
  {
    code: 'quarantine_too_wide',
    note: 'everything at once',
    by: 'owner',
    asks: { action: 'quarantine_resource', resource: '*', arguments: { finding: 'it lost data' } },
    next: 'none',
  },
  {
    code: 'quarantined',
    note: 'it lost data',
    first: (stage) =>
      given(stage, 'owner', {
        action: 'quarantine_resource',
        resource: SERVICE,
        arguments: { finding: 'it lost data' },
      }),
    ...asks,
    next: 'authority',
  },
  {
    code: 'tenant_suspended',
    note: 'two invoices are open',
    first: (stage) =>
      given(stage, 'operator', {
        action: 'suspend_tenant',
        resource: '*',
        arguments: { why: 'payment', finding: 'two invoices are open' },
      }),
    ...asks,
    next: 'authority',
  },
  {
    code: 'last_owner',
    note: 'an owner removes itself',
    first: (stage) =>
      given(stage, 'owner', {
        action: 'grant_relation',
        resource: 'people',
        arguments: { subject: refOf(stage, 'newcomer'), relation: 'owner' },
      }),
    by: 'owner',
    asks: ownership('revoke_relation', (stage) => ({ subject: refOf(stage, 'owner'), relation: 'owner' })),
    next: 'request',
    as: 'newcomer',
  },
  {
    code: 'approval_unsigned',
    note: 'the owner requires signatures',
    first: async (stage) => {
      const required = { action: 'require_signatures', resource: '*', arguments: { required: true } };
      await given(stage, 'owner', required);
    },
    by: 'approver',
    asks: unsignedApproval,
    next: 'world',
    mend: (stage) =>
      given(stage, 'owner', { action: 'require_signatures', resource: '*', arguments: { required: false } }),
  },
  {
    code: 'approver_key_registered',
    note: 'a key is there',
    first: (stage) => given(stage, 'approver', registration),
    by: 'approver',
    asks: registration,
    next: 'authority',
  },
  {
    code: 'approver_key_unproved',
    note: 'somebody else signed',
    by: 'approver',
    asks: { ...registration, arguments: { ...registration.arguments, signature: 'A'.repeat(86) } },
    next: 'request',
    better: { signature: registration.arguments['signature'] },
  },
  {
    code: 'subject_unknown',
    note: 'a typing error',
    by: 'owner',
    asks: {
      action: 'grant_role',
      resource: 'people',
      arguments: { subject: 'sub_AAAAAAAAAAAAAAAAAAAAAA', roles: ['write_rollback'] },
    },
    next: 'request',
    better: { subject: 'agent:bot' },
  },
  {
    code: 'subject_is_otherwise',
    note: 'an agent is no user',
    by: 'owner',
    asks: { action: 'register_subject', resource: 'people', arguments: { subject: 'agent:bot', kind: 'user' } },
    next: 'request',
    better: { subject: 'user:ulla' },
  },
  {
    code: 'person_is_otherwise',
    note: 'nobody stands behind itself',
    by: 'owner',
    asks: {
      action: 'register_subject',
      resource: 'people',
      arguments: { subject: 'agent:bot', kind: 'agent', person: 'agent:bot' },
    },
    next: 'request',
    better: { person: 'user:ulla' },
  },
  {
    code: 'ownership_not_offered',
    note: 'nobody did',
    by: 'newcomer',
    asks: ownership('accept_ownership', (stage) => ({ from: refOf(stage, 'owner') })),
    next: 'world',
    mend: (stage) =>
      given(stage, 'owner', ownership('transfer_ownership', () => ({ to: refOf(stage, 'newcomer') }))(stage)),
  },
  {
    code: 'review_overdue',
    note: 'a day has passed',
    first: async (stage) => {
      await broken(stage);
      later(DAY_MS)(stage);
    },
    by: 'responder',
    asks: glass({ until: at(DAY_MS + HOUR_MS), review_by: at(DAY_MS + HOUR_MS) }),
    next: 'authority',
  },
  {
    code: 'glass_period_invalid',
    note: 'two hours',
    first: respond,
    by: 'responder',
    asks: glass({ until: at(2 * HOUR_MS) }),
    next: 'request',
    better: { until: at(HOUR_MS) },
  },
  {
    code: 'review_period_invalid',
    note: 'later than one that is due already',
    first: async (stage) => {
      await broken(stage);
      later(1_000)(stage);
    },
    by: 'responder',
    asks: glass({ review_by: at(DAY_MS + 1_000) }),
    next: 'request',
    better: { review_by: at(DAY_MS) },
  },
  {
    code: 'reviewer_broke_it',
    note: 'an approver who broke it',
    first: async (stage) => {
      await relation(stage, 'approver', 'responder');
      await given(stage, 'approver', glass()(stage));
    },
    by: 'approver',
    asks: review,
    next: 'request',
    as: 'owner',
  },
  {
    code: 'nothing_to_review',
    note: 'nothing was broken',
    by: 'approver',
    asks: review,
    next: 'world',
    mend: broken,
  },
  {
    code: 'catalog_unknown',
    note: 'nobody wrote it to the store',
    ...byOperator,
    asks: activation,
    next: 'world',
    mend: keep,
  },
  {
    code: 'catalog_unsound',
    note: 'something else stands under its digest',
    first: ({ texts }) => void texts.set(successor.digest, '{}'),
    ...byOperator,
    asks: activation,
    next: 'world',
    mend: keep,
  },
  {
    code: 'catalog_pinned',
    note: 'the owner keeps the present one',
    first: async (stage) => {
      keep(stage);
      await given(stage, 'owner', { action: 'pin_catalog', resource: '*', arguments: {} });
    },
    ...byOperator,
    asks: activation,
    next: 'authority',
  },
  {
    code: 'catalog_active',
    note: 'it decides already',
    ...byOperator,
    asks: { ...activation, resource: shipped.digest },
    next: 'none',
  },
  {
    code: 'no_previous_catalog',
    note: 'none was activated yet',
    first: keep,
    ...byOperator,
    asks: { ...activation, action: 'roll_back_catalog' },
    next: 'world',
  },
];
