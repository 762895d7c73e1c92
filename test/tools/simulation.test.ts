/** A simulation stays good while nothing happens that it did not show: a busy tenant can activate a version all the same. */
import { expect, test } from 'vitest';
import { named, people, SERVICE } from '../governor/kit.ts';
import { bearing, grant } from '../packs/guarded.ts';
import { inTheLongRun } from '../runs.ts';
import { type Answer, type Office, openOffice } from './office.ts';

const { owner } = people();
const author = bearing('agent', 'pia', 'write_policy');
const approver = bearing('user', 'arthur', 'write_policy');
const robot = bearing('agent', 'bot', 'read_deployment', 'write_rollback');

const document = JSON.stringify({
  policy: { id: 'own_quiet', version: '1.0.0' },
  requirements: [
    {
      actions: ['check_rollback_status'],
      code: 'quiet',
      means: 'it is asked for in a trial',
      when: { fact: 'mode', is: 'eval' },
      remedy: { by: 'nobody', why: 'looks are for trials' },
    },
  ],
  codes: { quiet: 'it is not asked for in a trial' },
});

const codesOf = ({ reasons = [] }: Answer): readonly string[] => [...new Set(reasons.map(({ code }) => code))];

const look = ({ submit }: Office) => submit(robot, 'check_rollback_status');

const simulated = async (office: Office): Promise<string> => {
  const { call } = office;
  const drafted = await call(author, 'policy_linter', { document });
  const resource = String(drafted.found['candidate']);
  expect(await call(author, 'policy_proposal', { resource })).toMatchObject({ outcome: 'approved' });
  expect(await call(author, 'policy_simulator', { action: 'simulate_policy', resource })).toMatchObject({
    outcome: 'approved',
  });
  expect(await call(approver, 'policy_approval', { action: 'approve_policy', resource })).toMatchObject({
    outcome: 'approved',
  });
  return resource;
};

const peopled = async (office: Office): Promise<void> => {
  for (const caller of [author, approver, robot]) await grant(office, caller);
  const subject = named(approver);
  expect(await office.ask(owner, 'grant_relation', { subject, relation: 'approver' })).toBe('approve');
};

test('whatever is decided alike, or otherwise as the simulation showed, leaves it good', async (context) => {
  inTheLongRun(context);
  const office = await openOffice(context);
  await peopled(office);
  await look(office);
  const resource = await simulated(office);
  await look(office);
  await office.call(robot, 'health_check', { resource: SERVICE });
  await office.call(owner, 'andon', { action: 'raise_andon', resource: SERVICE });
  expect(await office.call(approver, 'policy_activation', { resource })).toMatchObject({ outcome: 'approved' });
});

test('what is decided otherwise in a way that it did not show outdates it, until it is simulated again', async (context) => {
  const office = await openOffice(context);
  await peopled(office);
  const resource = await simulated(office);
  await look(office);
  const { call } = office;
  expect(codesOf(await call(approver, 'policy_activation', { resource }))).toEqual(['policy_simulation_outdated']);
  await call(author, 'policy_simulator', { action: 'simulate_policy', resource });
  expect(codesOf(await call(approver, 'policy_activation', { resource }))).toEqual(['policy_approval_outdated']);
  await call(approver, 'policy_approval', { action: 'approve_policy', resource });
  expect(await call(approver, 'policy_activation', { resource })).toMatchObject({ outcome: 'approved' });
});

test('a fact that was never recorded is said once, and a busy tenant can activate all the same', async (context) => {
  inTheLongRun(context);
  const office = await openOffice(context);
  await peopled(office);
  await look(office);
  const { call } = office;
  const unrecorded = JSON.stringify({
    policy: { id: 'own_unrecorded', version: '1.0.0' },
    requirements: [
      {
        actions: ['check_rollback_status'],
        code: 'unsure',
        means: 'the newest release may be left',
        when: { fact: 'release_revertible', is: true },
        remedy: { by: 'nobody', why: 'there is no way back' },
      },
    ],
    codes: { unsure: 'the newest release may not be left' },
  });
  const drafted = await call(author, 'policy_linter', { document: unrecorded });
  const resource = String(drafted.found['candidate']);
  await call(author, 'policy_proposal', { resource });
  await call(author, 'policy_simulator', { action: 'simulate_policy', resource });
  expect((await call(author, 'policy_simulator', { action: 'list_policy_flips', resource })).found).toMatchObject({
    undecided: [{ action: 'check_rollback_status', unread: ['release_revertible'], decisions: 1 }],
  });
  const approval = { action: 'approve_policy', resource };
  expect(codesOf(await call(approver, 'policy_approval', approval))).toEqual(['policy_undecided']);
  const accepted = await call(approver, 'policy_approval', { ...approval, accept_undecided: true });
  expect(accepted).toMatchObject({ outcome: 'approved' });
  for (let n = 0; n < 3; n++) await look(office);
  expect(await call(approver, 'policy_activation', { resource })).toMatchObject({ outcome: 'approved' });
});
