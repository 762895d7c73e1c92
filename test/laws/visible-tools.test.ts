/** What a subject sees among its tools is what could be approved for its credential, whatever else changes. */
import { prove } from '@tai-autonomics/core';
import { type Condition, ROLES, type Role } from '@tai-autonomics/core/author';
import { emptyState, visibleTools } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { compiled, shipped } from '../fixtures/tenant.ts';
import { right } from '../receipt/fixture.ts';
import { hasItsTurn } from '../runs.ts';

/** The shipped catalog with every pack always on: what was bought hides nothing. */
const all = compiled({ ...library, packs: library.packs.map((pack) => ({ ...pack, always: true })) });
const TYPES = ['agent', 'user', 'service'] as const;

/** Whether some observation of this credential is approved. */
const isEverApproved = (action: string, type: string, scope: readonly Role[]): boolean => {
  const without = ROLES.filter((role) => !scope.includes(role));
  const when: Condition = {
    all: [
      { fact: 'subject_type', is: type },
      ...without.map((role): Condition => ({ not: { fact: 'scope', contains: role } })),
    ],
  };
  const proof = right(prove(shipped, { action, verdict: 'never_approve', when }));
  expect(proof.answer, action).not.toBe('not_decided');
  return proof.answer === 'broken';
};

const inTools = library.packs.flatMap(({ tools }) => tools.flatMap(({ actions }) => actions));

test.for(TYPES)('an action is visible to %s exactly if some state approves it for the credential', (type) => {
  const asked = inTools.flatMap((id) => {
    const roles = shipped.actions.get(id)?.action.roles ?? [];
    return (roles.length === 0 ? [roles] : [roles, roles.slice(1)]).map((scope) => [id, scope] as const);
  });
  for (const [id, scope] of asked.filter((_, n) => hasItsTurn(n))) {
    const visible = visibleTools(all, emptyState, { type, scope }).some(({ actions }) => actions.includes(id));
    expect([id, scope, visible]).toEqual([id, scope, isEverApproved(id, type, scope)]);
  }
});

/** What no tool offers over MCP: acts of people about people, papers, limits and the ledger itself, by HTTP and `tai submit`. */
const NO_TOOL = [
  'accept_ownership',
  'allow_restoration',
  'approve_lockout',
  'break_glass',
  'clear_andon',
  'clear_scope_andon',
  'close_ledger',
  'confirm_recovery',
  'confirm_scope_recovery',
  'grant_relation',
  'grant_role',
  'pin_catalog',
  'propose_prevention',
  'purge_disclosures',
  'quarantine_resource',
  'quarantine_scope',
  'raise_scope_andon',
  'record_msa',
  'record_prevention_test',
  'record_scope_cause',
  'record_stop_cause',
  'register_approver_key',
  'register_subject',
  'reject_alert',
  'release_quarantine',
  'release_scope',
  'require_signatures',
  'restore_release',
  'retire_approver_key',
  'review_break_glass',
  'revoke_relation',
  'revoke_role',
  'set_disclosure',
  'set_limits',
  'set_throttle_policy',
  'share_counts',
  'submit_improvement',
  'transfer_ownership',
  'unpin_catalog',
  'withhold_counts',
];

test('every action that somebody of a tenant may take is a tool over MCP, or is named, and none of these is an agent’s', () => {
  const offered = new Set(inTools);
  const ofTenants = [...shipped.actions].filter(([, { action }]) => TYPES.some((type) => action.who.includes(type)));
  const without = ofTenants.filter(([id]) => !offered.has(id));
  expect(without.map(([id]) => id).sort()).toEqual(NO_TOOL);
  expect(without.filter(([, { action }]) => action.who.includes('agent'))).toEqual([]);
});
