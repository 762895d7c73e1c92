/** iam_drift_guard through the governor, over real files: every event and every code of the pack (P-33 to P-38, C-23 to C-25). */

import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import type { Caller } from '@tai-autonomics/governor';
import { iamDrift, iamDriftGuard } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { people, reasonsOf, TENANT } from '../governor/kit.ts';
import { expectVerified } from '../governor/verified.ts';
import { bearing, type Guarded, grant, later, startGuarded, unproduced } from './guarded.ts';
import { readField } from './read-document.ts';

const HOUR_MS = 3_600_000;
const { owner } = people();
const agent = bearing('agent', 'bot', 'read_iam', 'write_iam', 'write_policy');
const approver = bearing('user', 'arthur', 'read_iam', 'write_policy');

const declared = {
  version: 3,
  bindings: [{ role: 'roles/run.invoker', members: ['group:support@acme.example', 'user:dana@acme.example'] }],
};
const extra = { role: 'roles/editor', members: ['user:contractor@elsewhere.example'] };
const inForce = (etag: string, ...more: readonly unknown[]) => ({
  ...declared,
  auditConfigs: [{ service: 'allServices' }],
  bindings: [{ ...declared.bindings[0], members: declared.bindings[0]?.members.toReversed() }, ...more],
  etag,
});

/** A tenant whose agent and approver have their roles, and whose policy is what is declared. */
const start = async (context: Parameters<typeof startGuarded>[0]): Promise<Guarded> => {
  const guarded = await startGuarded(context);
  await grant(guarded, agent);
  await grant(guarded, approver);
  guarded.declare(declared);
  guarded.enforce(inForce('one'));
  await guarded.events();
  return guarded;
};

/** What the approval of the refused remediation has to name. */
const approvalOf = async (guarded: Guarded, by: Caller = agent): Promise<Readonly<Record<string, unknown>>> => {
  const refused = await guarded.submit(by, 'remediate_drift');
  const next = reasonsOf(refused).map((reason) => reason.next);
  const step = next.find((n) => n.kind === 'authority' && n.submit.action === 'approve_remediation');
  if (step?.kind !== 'authority') throw new Error('no approval would help');
  return { ...step.submit.arguments, expires_at: later(guarded, HOUR_MS) };
};

test('a drift from its detection to its end: approved by somebody else, undone exactly, and all of it verifies', async (context) => {
  const guarded = await start(context);
  const { ask, submit, events, enforce, setting } = guarded;
  expect(await ask(agent, 'detect_drift')).toEqual(['drift_not_detected']);
  expect(await ask(agent, 'remediate_drift')).toEqual(['drift_not_detected', 'remediation_not_approved']);
  expect(await events()).toEqual(['drift_refused', 'drift_refused']);

  enforce(inForce('two', extra));
  const seen = await submit(agent, 'detect_drift');
  const plan = ['01 remove roles/editor user:contractor@elsewhere.example'];
  expect(seen.outcome?.result).toEqual({ drift: expect.any(String), changes: 1, plan });
  expect(await events()).toEqual(['drift_detected']);

  expect(await ask(agent, 'remediate_drift')).toEqual(['remediation_not_approved']);
  const approval = await approvalOf(guarded);
  const own = await approvalOf(guarded, approver);
  expect(await ask(approver, 'approve_remediation', own)).toEqual(['approver_is_requester']);
  expect(await ask(approver, 'approve_remediation', { ...approval, leaf: own['leaf'] })).toEqual(['refusal_unknown']);
  const tooLong = { ...approval, expires_at: later(guarded, 24 * HOUR_MS + 1) };
  expect(await ask(approver, 'approve_remediation', tooLong)).toEqual(['approval_period_invalid']);
  expect(new Set(await ask(agent, 'approve_remediation', approval))).toEqual(
    new Set(['insufficient_privilege', 'approver_is_requester']),
  );
  expect(new Set(await ask(owner, 'approve_remediation', approval))).toEqual(new Set(['insufficient_privilege']));
  expect(await ask(approver, 'approve_remediation', approval)).toBe('approve');
  await events();

  const { outcome } = await submit(agent, 'remediate_drift');
  expect(outcome).toMatchObject({ status: 'success', result: { from: 'two' } });
  expect(await events()).toEqual(['action_approved', 'action_begun', 'drift_remediated']);
  const { etag, ...restored } = guarded.inForce();
  expect(restored).toEqual({ ...declared, auditConfigs: [{ service: 'allServices' }] });
  expect(etag).not.toBe('two');
  expect(await ask(agent, 'remediate_drift')).toEqual(['drift_not_detected', 'remediation_not_approved']);
  await expectVerified(setting, TENANT, new Set(guarded.raw.keys()));
});

test('an approval is of exactly these changes to exactly this version, for a while, and once', async (context) => {
  const guarded = await start(context);
  const { ask, enforce, declare, setting } = guarded;
  enforce(inForce('two', extra));
  expect(await ask(approver, 'approve_remediation', await approvalOf(guarded))).toBe('approve');
  enforce(inForce('three', extra));
  expect(await ask(agent, 'remediate_drift')).toEqual(['remediation_not_approved']);
  enforce(inForce('two', extra, { role: 'roles/viewer', members: ['allUsers'] }));
  expect(await ask(agent, 'remediate_drift')).toEqual(['remediation_not_approved']);
  enforce(inForce('two', extra));
  declare({ ...declared, version: 1 });
  expect(await ask(agent, 'remediate_drift')).toEqual(['remediation_not_approved']);
  declare(declared);
  setting.clock.now += HOUR_MS;
  expect(await ask(agent, 'remediate_drift')).toEqual(['approval_expired']);
});

test.for([
  {
    note: 'the only owner is nobody who is declared',
    more: { role: 'roles/owner', members: ['user:ann@acme.example'] },
  },
  {
    note: 'what a custom role contains nobody can see',
    more: { role: 'projects/p/roles/x', members: ['user:a@b.example'] },
  },
])('$note: to remove them all takes the owner’s approval as well', async ({ more }, context) => {
  const guarded = await start(context);
  const { ask, enforce, submit } = guarded;
  enforce(inForce('two', more));
  expect(await ask(agent, 'remediate_drift')).toEqual(['remediation_not_approved', 'remediation_locks_out']);
  const approval = await approvalOf(guarded);
  expect(await ask(approver, 'approve_remediation', approval)).toBe('approve');
  expect(await ask(agent, 'remediate_drift')).toEqual(['remediation_locks_out']);
  expect(new Set(await ask(approver, 'approve_lockout', approval))).toEqual(new Set(['insufficient_privilege']));
  expect(await ask(owner, 'approve_lockout', approval)).toBe('approve');
  expect((await submit(agent, 'remediate_drift')).outcome).toMatchObject({ status: 'success' });
  enforce(inForce('three', more));
  expect(await ask(agent, 'remediate_drift')).toEqual(['remediation_not_approved', 'remediation_locks_out']);
});

test.for(['declared-empty', 'declared-typo', 'declared-wrapped'])(
  '%s declares nothing: there is no drift to undo',
  async (name, context) => {
    const guarded = await start(context);
    const { etag: _, ...observed } = readField('iam-declared-is-no-policy/observed') as Readonly<
      Record<string, unknown>
    >;
    guarded.enforce({ ...observed, etag: 'two' });
    guarded.declare(readField(`iam-declared-is-no-policy/${name}`));
    for (const action of ['detect_drift', 'remediate_drift'])
      expect(new Set(await guarded.ask(agent, action))).toContain('evidence_missing');
    expect(guarded.inForce()).toEqual({ ...observed, etag: 'two' });
  },
);

test('a condition is written as version 3, whatever the declaration says', async (context) => {
  const guarded = await start(context);
  const { ask, submit } = guarded;
  const declaration = readField('iam-condition-version/declared') as { readonly bindings: unknown };
  guarded.declare(declaration);
  guarded.enforce(readField('iam-condition-version/observed'));
  expect(await ask(agent, 'remediate_drift')).toEqual(['remediation_not_approved']);
  expect(await ask(approver, 'approve_remediation', await approvalOf(guarded))).toBe('approve');
  expect((await submit(agent, 'remediate_drift')).outcome).toMatchObject({ status: 'success' });
  expect(guarded.inForce()).toMatchObject({ version: 3, bindings: declaration.bindings });
});

test('a service that cannot be read is evidence, and nothing is done about what is not seen', async (context) => {
  const guarded = await start(context);
  rmSync(guarded.place.policy);
  for (const action of ['detect_drift', 'remediate_drift'])
    expect(new Set(await guarded.ask(agent, action))).toContain('iam_service_unreachable');
  guarded.enforce({ bindings: 'everything', etag: 'x' });
  expect(new Set(await guarded.ask(agent, 'detect_drift'))).toEqual(new Set(['evidence_missing']));
});

test('a policy without an etag can be looked at, and not be replaced', async (context) => {
  const guarded = await start(context);
  const { etag: _, ...nameless } = inForce('two', extra);
  guarded.enforce(nameless);
  expect(await guarded.ask(agent, 'detect_drift')).toBe('approve');
  expect(await guarded.ask(agent, 'remediate_drift')).toContain('evidence_missing');
});

test('a drift of thousands of changes is recorded by its digest, its number and its first changes', async (context) => {
  const guarded = await start(context);
  const members = Array.from({ length: 4_000 }, (_, i) => `user:member-${i}@elsewhere.example`);
  guarded.enforce(inForce('two', { role: 'roles/viewer', members }));
  const { outcome } = await guarded.submit(agent, 'detect_drift');
  expect(outcome?.result).toMatchObject({ changes: 4_000, plan: expect.any(Array) });
  const raw = [...guarded.raw].at(-1);
  const [digest = '', text = ''] = raw ?? [];
  expect(createHash('sha256').update(text).digest('base64url')).toBe(digest);
  const facts = iamDrift.detect(JSON.parse(text));
  expect(outcome?.result).toMatchObject({ drift: E.isRight(facts) ? facts.right['drift_digest'] : 'none' });
  expect(readFileSync(guarded.place.policy).length).toBeGreaterThan(65_536);
});

test('what the pack says of itself is what was asked for', () => {
  const { tools, signals, receipt_events, compute_limits, required_iam_roles, requires, version } = iamDriftGuard;
  expect({ version, requires, signals, receipt_events, compute_limits, required_iam_roles }).toEqual({
    version: '1.0.0',
    requires: ['receipt_verifier'],
    signals: ['drift_detected', 'drift_remediated', 'drift_refused'],
    receipt_events: ['drift_detected', 'drift_remediated', 'drift_refused'],
    compute_limits: { timeoutMs: 180_000, memoryBytes: 536_870_912, cpuPercent: 40 },
    required_iam_roles: ['read_iam', 'write_iam', 'write_policy', 'read_audit_trail'],
  });
  const rolesOf = (action: string): unknown => iamDriftGuard.actions[action]?.roles;
  expect(tools.map(({ tool, actions }) => [tool, actions.map((action) => [action, rolesOf(action)])])).toEqual([
    ['drift_detector', [['detect_drift', ['read_iam']]]],
    ['drift_policy', [['approve_remediation', ['read_iam', 'write_policy']]]],
    ['drift_remediate', [['remediate_drift', ['read_iam', 'write_iam', 'write_policy']]]],
  ]);
});

test('every event and every code of the pack was produced here', () => expect(unproduced(iamDriftGuard)).toEqual([]));
