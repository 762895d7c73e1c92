/**
 * Gate 6: stop the line. An open Andon or a quarantine refuses what would change the world in its scope (D-06 to D-08); a
 * closed ledger refuses everything but what must stay possible for ever, and a suspended tenant everything but reads.
 */

import type { Type } from '../data/value.ts';
import type { Requirement } from '../policy/action.ts';
import type { Condition } from '../policy/condition.ts';
import type { Term } from '../policy/fact.ts';
import { isAble } from './abilities.ts';
import { cellFact, changesTheWorld, EPOCH, type Gate, type Placed } from './gate.ts';
import { SCOPE_KEY, scopeFacts, scopeStops } from './stop-scopes.ts';

/** `none`, or the severity of the Andon that is open. */
const SEVERITY: Type = { type: 'enum', values: ['none', 'low', 'medium', 'high', 'critical'] };
/** The resource `*` stands for the whole tenant; it is the one resource that keeps its name as a pseudonym. */
const WHOLE_TENANT = '*';

/** Whoever a responder let pass, passes an Andon; nothing else in this file or in another gate. */
const passes: Condition = { fact: 'at', before: { fact: 'glass_until' } };

const isClear = (fact: string, { source }: Placed): Condition =>
  isAble(source, 'break_glass') ? { any: [{ fact, is: 'none' }, passes] } : { fact, is: 'none' };

const noAndon = (fact: string, means: string, resource: Term, placed: Placed): Requirement => ({
  code: 'andon_open',
  means,
  when: isClear(fact, placed),
  remedy: {
    by: 'authority',
    who: { type: 'user', relation: 'owner' },
    submit: { action: 'clear_andon', resource, arguments: {}, choose: [{ argument: 'finding' }] },
  },
});

const LEDGER_STATUS: Type = { type: 'enum', values: ['open', 'closed'] };

const openLedger: Requirement = {
  code: 'ledger_closed',
  means: 'the ledger is open',
  when: { fact: 'ledger_status', is: 'open' },
  remedy: { by: 'nobody', why: 'a ledger that is closed stays closed; what follows belongs in another one' },
};

const notSuspended: Requirement = {
  code: 'tenant_suspended',
  means: 'the operator does not suspend the tenant',
  when: { fact: 'tenant_suspended', is: false },
  remedy: {
    by: 'authority',
    who: { type: 'system' },
    submit: { action: 'resume_tenant', resource: WHOLE_TENANT, arguments: {} },
  },
};

/** A read changes nothing, whoever the tenant is to the operator. */
const isHeldBack = ({ action, source }: Placed): boolean =>
  isAble(source, 'suspend_tenants') &&
  action.does.effect !== 'read' &&
  action.evenWhenClosed !== true &&
  action.evenWhenSuspended !== true;

const stops = (placed: Placed): readonly Requirement[] => [
  noAndon('andon', 'no Andon is open for the resource', { fact: 'resource' }, placed),
  noAndon('andon_of_tenant', 'no Andon is open for the whole tenant', WHOLE_TENANT, placed),
  {
    code: 'quarantined',
    means: 'the resource is not in quarantine',
    when: { fact: 'quarantined', is: false },
    remedy: isAble(placed.source, 'release_quarantine')
      ? {
          by: 'authority',
          who: { type: 'user', relation: 'owner' },
          submit: {
            action: 'release_quarantine',
            resource: { fact: 'resource' },
            arguments: {},
            choose: [{ argument: 'finding' }],
          },
        }
      : { by: 'nobody', why: 'no action of this catalog releases a quarantine' },
  },
  ...(isAble(placed.source, 'stop_scopes') ? scopeStops((fact) => isClear(fact, placed)) : []),
];

export const stop: Gate = {
  gate: 'stop',
  codes: {
    ledger_closed: 'the ledger is closed, and nothing more is approved in it',
    tenant_suspended: 'the operator suspends the tenant: nothing but reads is approved until it is resumed',
    andon_open: 'the line is stopped for what the action touches',
    quarantined: 'what the action touches is in quarantine',
  },
  facts: {
    ledger_status: cellFact('whether the ledger is open', LEDGER_STATUS, 'ledger_status', 'open'),
    tenant_suspended: cellFact(
      'whether the operator suspends the tenant',
      { type: 'boolean' },
      'tenant_suspended',
      false,
    ),
    glass_until: cellFact('until when who asks may pass an Andon for this', { type: 'instant' }, 'glass_until', EPOCH, [
      { fact: 'subject' },
      { fact: 'action' },
      { fact: 'resource_ref' },
    ]),
    andon: cellFact('the open Andon of the resource', SEVERITY, 'andon', 'none', [{ fact: 'resource_ref' }]),
    andon_of_tenant: cellFact('the open Andon of the whole tenant', SEVERITY, 'andon', 'none', [WHOLE_TENANT]),
    quarantined: cellFact('whether the resource is in quarantine', { type: 'boolean' }, 'quarantine', false, [
      { fact: 'resource_ref' },
    ]),
    ...scopeFacts(SEVERITY),
  },
  cells: {
    ledger_status: { means: 'whether the ledger is open', key: [], type: LEDGER_STATUS },
    tenant_suspended: { means: 'whether the operator suspends the tenant', key: [], type: { type: 'boolean' } },
    glass_until: {
      means: 'until when an Andon may be passed',
      key: ['subject', 'action', 'scope'],
      type: { type: 'instant' },
    },
    andon: { means: 'the severity of an open Andon', key: ['scope'], type: SEVERITY },
    quarantine: { means: 'whether a scope is in quarantine', key: ['scope'], type: { type: 'boolean' } },
    scope_andon: {
      means: 'the severity of an open Andon of an SKU, an environment or a recipe',
      key: SCOPE_KEY,
      type: SEVERITY,
    },
    scope_quarantine: {
      means: 'whether an SKU, an environment or a recipe is in quarantine',
      key: SCOPE_KEY,
      type: { type: 'boolean' },
    },
  },
  requires: (placed) => [
    ...(placed.action.evenWhenClosed === true ? [] : [openLedger]),
    ...(isHeldBack(placed) ? [notSuspended] : []),
    ...(changesTheWorld(placed) ? stops(placed) : []),
  ],
};
