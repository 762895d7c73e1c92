/** policy_engine, used: a freeze of rollbacks from its draft to its end, refused at every step that is taken too early. */
import { expect } from 'vitest';
import { named, people, rollback, SERVICE } from '../governor/kit.ts';
import { bearing, grant } from '../packs/guarded.ts';
import { type Answer, approveFor, type Office } from './office.ts';

const { owner } = people();
const author = bearing('agent', 'pia', 'write_policy');
const approver = bearing('user', 'arthur', 'write_policy');
const boss = bearing('user', 'olivia', 'write_policy');
const robot = bearing('agent', 'bot', 'read_deployment', 'write_rollback');

/** Nothing goes back to a release of the first line. */
const freeze = (more: object = {}): string =>
  JSON.stringify({
    policy: { id: 'own_freeze', version: '1.0.0' },
    requirements: [
      {
        actions: ['trigger_rollback'],
        code: 'frozen',
        means: 'nothing goes back to a release of the first line',
        when: { not: { fact: 'rollback_target_version', startsWith: 'v1.' } },
        remedy: { by: 'world' },
      },
    ],
    codes: { frozen: 'the release to go back to is frozen' },
    invariants: [
      { action: 'trigger_rollback', verdict: 'never_approve', when: { fact: 'rollback_target_version', is: 'v1.1.0' } },
    ],
    ...more,
  });

const codesOf = ({ reasons = [] }: Answer): readonly string[] => [...new Set(reasons.map(({ code }) => code))];

/** What is no document, or none that fits, is said where it is wrong; nothing is kept of it. */
const drafts = async ({ call }: Office): Promise<string> => {
  for (const [document, at] of [
    ['{', 'document:1:2'],
    ['{"policy":{}}', 'id'],
    [freeze({ policy: { id: 'freeze', version: '1.0.0' } }), 'own_'],
    [freeze({ codes: {} }), 'frozen'],
  ] as const) {
    const { found } = await call(author, 'policy_linter', { document });
    expect(found).toMatchObject({ loads: false, kept: false });
    expect(JSON.stringify(found['findings'])).toContain(at);
  }
  const drafted = await call(author, 'policy_linter', { document: freeze() });
  expect(drafted.found).toMatchObject({ loads: true, kept: true, findings: [] });
  return String(drafted.found['candidate']);
};

/** No step can be taken before the one that it rests on. */
const inOrder = async ({ call }: Office, resource: string): Promise<void> => {
  expect(codesOf(await call(author, 'policy_proposal', { resource: 'no such digest' }))).toContain('catalog_unknown');
  expect(codesOf(await call(author, 'policy_simulator', { action: 'simulate_policy', resource }))).toEqual([
    'policy_not_proposed',
  ]);
  const early = codesOf(await call(approver, 'policy_activation', { resource }));
  expect(early).toEqual([
    'policy_not_proposed',
    'policy_not_simulated',
    'policy_simulation_outdated',
    'policy_not_approved',
  ]);
  expect(await call(author, 'policy_proposal', { resource })).toMatchObject({ outcome: 'approved' });
  const unsimulated = await call(approver, 'policy_approval', { action: 'approve_policy', resource });
  expect(codesOf(unsimulated)).toEqual(['policy_not_simulated']);
};

const questions = async ({ call }: Office, resource: string): Promise<void> => {
  const explained = await call(author, 'policy_explainer', { action: 'trigger_rollback', resource: SERVICE });
  expect(explained.found).toMatchObject({ action: 'trigger_rollback', now: { verdict: 'refuse' } });
  expect(JSON.stringify(explained.found['requires'])).toContain('deployment_stable is true');
  expect((await call(author, 'policy_explainer', { action: 'no_such_action' })).status).toBe('failed');
  const compared = await call(author, 'policy_diff', { resource });
  expect(compared.found).toMatchObject({
    answer: 'different',
    differences: expect.arrayContaining([
      { action: 'trigger_rollback', verdict: ['approve', 'refuse'], gained: ['own_freeze__frozen'], lost: [] },
    ]),
  });
  const invariant = JSON.stringify({ action: 'trigger_rollback', verdict: 'never_approve' });
  const broken = await call(author, 'policy_prover', { invariant });
  expect(broken.found).toMatchObject({ proofs: [{ answer: 'broken', counterexample: { intent: {} } }] });
  const held = await call(author, 'policy_prover', { resource });
  expect(held.found).toMatchObject({ proofs: [{ action: 'trigger_rollback', answer: 'holds' }] });
  expect((await call(author, 'policy_prover', { invariant: '{"verdict":7}' })).status).toBe('failed');
  const { found } = await call(robot, 'permitted_actions', { resource: SERVICE });
  const actions = found['actions'] as readonly { readonly action: string; readonly verdict: string }[];
  const verdicts = new Map(actions.map(({ action, verdict }) => [action, verdict]));
  expect([verdicts.get('check_health'), verdicts.get('show_receipt'), verdicts.get('propose_policy')]).toEqual([
    'approve',
    'depends_on_arguments',
    // Its key carries no role for it, so it is not told of it at all.
    undefined,
  ]);
};

/** Simulated, approved by another, withdrawn and approved again, and then in force. */
const activates = async ({ call, submit }: Office, resource: string): Promise<void> => {
  const simulate = () => call(author, 'policy_simulator', { action: 'simulate_policy', resource });
  const flips = await call(author, 'policy_simulator', { action: 'list_policy_flips', resource });
  expect(flips.found).toMatchObject({
    counts: { approved: 0, refused: 1 },
    flips: [{ action: 'trigger_rollback', verdict: ['approve', 'refuse'], gained: ['own_freeze__frozen'] }],
  });
  expect(await simulate()).toMatchObject({ outcome: 'approved' });
  expect(codesOf(await call(approver, 'policy_activation', { resource }))).toEqual(['policy_not_approved']);
  expect((await call(approver, 'policy_approval', { action: 'approve_policy', resource })).outcome).toBe('approved');
  expect((await call(approver, 'policy_status', { resource })).found).toMatchObject({ simulated_flips: 1 });
  // What flips as the simulation showed is no news, nor are its own steps and looks.
  await submit(robot, 'trigger_rollback');
  await call(author, 'policy_simulator', { action: 'list_policy_flips', resource });
  await call(approver, 'policy_approval', { action: 'withdraw_policy_approval', resource });
  expect(codesOf(await call(approver, 'policy_activation', { resource }))).toEqual(['policy_not_approved']);
  await call(approver, 'policy_approval', { action: 'approve_policy', resource });
  expect(await call(approver, 'policy_activation', { resource })).toMatchObject({ outcome: 'approved' });
  expect(codesOf(await call(approver, 'policy_activation', { resource }))).toContain('catalog_active');
};

/** The whole tour. */
export const tourPolicy = async (office: Office): Promise<void> => {
  const { call, ask, submit } = office;
  for (const caller of [author, approver, boss, robot]) await grant(office, caller);
  const subject = named(approver);
  expect(await ask(owner, 'grant_relation', { subject, relation: 'approver' })).toBe('approve');
  await approveFor(office, robot, approver, 'trigger_rollback');
  expect(await ask(robot, 'trigger_rollback')).toBe('approve');

  const resource = await drafts(office);
  await inOrder(office, resource);
  await questions(office, resource);
  await activates(office, resource);

  const frozen = await submit(robot, rollback.action);
  expect(frozen.decision).toMatchObject({
    verdict: 'refuse',
    reasons: expect.arrayContaining([expect.objectContaining({ code: 'own_freeze__frozen' })]),
  });
  const second = await call(author, 'policy_linter', { document: freeze({ requirements: [], invariants: [] }) });
  expect(second.found).toMatchObject({ loads: true, kept: true });

  expect(codesOf(await call(approver, 'policy_rollback'))).toEqual(['insufficient_privilege']);
  expect(await call(boss, 'policy_rollback')).toMatchObject({ outcome: 'approved' });
  expect(codesOf(await call(boss, 'policy_rollback'))).toEqual(['policy_not_active']);
  const thawed = await submit(robot, rollback.action);
  expect(JSON.stringify(thawed.decision)).not.toContain('own_freeze');
  // Under three catalogs by now: each receipt is decided again by the one that decided it.
  const { found } = await call(boss, 'receipt_verification');
  expect(found).toMatchObject({
    findings: [],
    rederived: { level2: found['receipts'], falsified: 0, notAvailable: 0 },
  });
};
