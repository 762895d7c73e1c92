/** The matchers of `@tai-autonomics/core/testing`: what passes, what does not, and that what fails says why. */
import { trials } from '@tai-autonomics/core/testing';
import { matchers } from '@tai-autonomics/core/testing/vitest';
import { library } from '@tai-autonomics/packs';
import { beforeAll, describe, expect, test } from 'vitest';
import { lawful } from '../fixtures/tenant.ts';

beforeAll(() => expect.extend(matchers));

const ask = trials(library, lawful['trigger_rollback']);
const unapproved = { state: { approval_requester: null, approval_expires_at: null } };
const blind = { evidence: [] };
const unstable = {
  evidence: [],
  facts: {
    deployment_stable: false,
    deployed_version: 'v2',
    rollback_target_known: true,
    rollback_target_version: 'v1',
  },
};
const supply = {
  deployed_version: 'v1.3.0',
  deployment_stable: true,
  rollback_target_known: true,
  rollback_target_version: 'v1.2.3',
};

test('toApprove and toRefuse, on trials and on decisions', () => {
  expect(ask()).toApprove();
  expect(ask(unapproved)).not.toApprove();
  expect(ask(unapproved)).toRefuse();
  expect(ask(unapproved)).toRefuse({ code: 'rollback_policy_not_approved', gate: 'precondition', next: ['authority'] });
  expect(ask(unapproved)).toRefuse({ codes: ['rollback_policy_not_approved'] });
  expect(ask()).not.toRefuse();
  expect(ask(unapproved)).not.toRefuse({ code: 'suspended' });
  expect(ask(unapproved)).not.toRefuse({ codes: ['rollback_policy_not_approved', 'suspended'] });
  expect(ask(unapproved)).not.toRefuse({ gate: 'role' });
  expect(ask(unapproved)).not.toRefuse({ next: ['world'] });
  expect({ verdict: 'approve', writes: [], actionPlan: [], trace: [] }).toApprove();
});

describe('toBecomeLawfulAfter', () => {
  test('a step that was told, whatever its kind', () => {
    expect(ask(unapproved)).toBecomeLawfulAfter({ submit: 'approve_action' });
    expect(ask(blind)).toBecomeLawfulAfter({ supply });
    expect(ask(unstable)).toBecomeLawfulAfter({ supply: { deployment_stable: true } });
    const soon = { msa_from: '2026-01-26T12:00:01.000Z', insurance_verified_at: '2026-01-26T12:00:00.000Z' };
    expect(ask({ state: soon })).toBecomeLawfulAfter('wait');
    const event = trials(library, lawful['apply_entitlement']);
    const misspelt = { intent: { action: { arguments: { plan_id: 'bsae' } } } };
    expect(event(misspelt)).toBecomeLawfulAfter({ ask: { plan_id: 'base' } });
    expect(ask({ state: { entitlement_status: 'suspended' } })).toBecomeLawfulAfter({
      submit: 'apply_entitlement',
      choose: { event_id: 'e', entitlement_id: 'ent-1', rank: 9, expiry: '2027-01-01T00:00:00Z' },
    });
  });

  test('several, in their order, none too many and none too few', () => {
    const both = { ...unstable, ...unapproved };
    const world = { supply: { deployment_stable: true } };
    expect(ask(both)).toBecomeLawfulAfter(world, { submit: 'approve_action' });
    expect(ask(both)).toBecomeLawfulAfter({ submit: 'approve_action' }, world);
    expect(ask(both)).not.toBecomeLawfulAfter(world);
    expect(ask(unapproved)).not.toBecomeLawfulAfter({ submit: 'approve_action' }, { submit: 'approve_action' });
  });

  test.for([
    { note: 'what is lawful already', differs: {}, step: 'wait', says: /a refusal that becomes/ },
    {
      note: 'an intent that nobody was told to submit',
      differs: unapproved,
      step: { submit: 'grant_role' },
      says: /no next step is to submit grant_role/,
    },
    {
      note: 'a fact that nobody asked for',
      differs: unapproved,
      step: { supply: { deployment_stable: true } },
      says: /no next step speaks of `deployment_stable`/,
    },
    {
      note: 'an argument that nobody asked for',
      differs: unapproved,
      step: { ask: { severity: 'low' } },
      says: /no next step asks for another `severity`/,
    },
    { note: 'waiting where time does not help', differs: unapproved, step: 'wait', says: /no next step says to wait/ },
    {
      note: 'a value that does not help',
      differs: unstable,
      step: { supply: { deployment_stable: false } },
      says: /deployment_not_stable/,
    },
    {
      note: 'an approval that is itself unlawful',
      differs: unapproved,
      step: { submit: 'approve_action', choose: { expires_at: '2026-01-26T11:00:00.000Z' } },
      says: /the step itself is refused: refuse: approval_period_invalid/,
    },
    {
      note: 'an observation that is none',
      differs: { at: 'noon' },
      step: 'wait',
      says: /there is nothing to decide:\nat \$\.at: expected an RFC 3339 instant/,
    },
  ] as const)('$note does not pass, and says why', ({ differs, step, says }) => {
    const matched = matchers.toBecomeLawfulAfter(ask(differs), step);
    expect(matched.pass).toBe(false);
    expect(matched.message()).toMatch(says);
  });
});

test('what fails says what was decided, with reasons and next steps; a catalog that does not compile says where', () => {
  expect(matchers.toApprove(ask(unapproved)).message()).toMatch(
    /^expected an approval, found\nrefuse: rollback_policy_not_approved[\s\S]*next: let the approver/,
  );
  expect(matchers.toRefuse(ask()).message()).toMatch(/^expected a refusal \{\}, found\napprove: rollback/);
  const broken = trials({ ...library, packs: [] });
  expect(matchers.toApprove(broken()).message()).toMatch(/there is nothing to decide:\nat \$\.packs: /);
  expect(matchers.toRefuse(broken()).pass).toBe(false);
});

describe('what cannot be read fails every matcher, with .not and without', () => {
  const unread: readonly { readonly note: string; readonly received: unknown }[] = [
    { note: 'an instant that is none', received: ask({ at: 'yesterday' }) },
    { note: 'a misspelt cell', received: ask({ state: { aproval_requester: { bind: 'x' } } }) },
    { note: 'a misspelt cell that is taken away', received: ask({ state: { aproval_requester: null } }) },
    { note: 'a misspelt fact', received: ask({ facts: { deployment_stabel: false } }) },
    { note: 'a misspelt fact that is taken away', received: ask({ facts: { deployment_stabel: null } }) },
    { note: 'a misspelt member', received: ask({ stat: {} }) },
    { note: 'a misspelt member that is taken away', received: ask({ intent: { subject: { scop: null } } }) },
    { note: 'a catalog that does not compile', received: trials({ ...library, packs: [] })() },
    { note: 'the function that makes trials', received: ask },
    { note: 'nothing', received: undefined },
    { note: 'a promise', received: Promise.resolve(ask()) },
    { note: 'a verdict that there is not', received: { verdict: 'allow' } },
    { note: 'a text', received: 'approve' },
  ];
  const FAILS = /there is nothing to decide/;
  test.for(unread)('$note', ({ received }) => {
    expect(() => expect(received).toApprove()).toThrow(FAILS);
    expect(() => expect(received).not.toApprove()).toThrow(FAILS);
    expect(() => expect(received).toRefuse()).toThrow(FAILS);
    expect(() => expect(received).not.toRefuse()).toThrow(FAILS);
    expect(() => expect(received).toBecomeLawfulAfter('wait')).toThrow(FAILS);
    expect(() => expect(received).not.toBecomeLawfulAfter('wait')).toThrow(FAILS);
  });

  test('a misspelt name is told with the one that was meant', () => {
    expect(() => expect(ask({ state: { aproval_requester: null } })).not.toApprove()).toThrow(/approval_requester/);
    expect(() => expect(ask(unapproved)).not.toRefuse({ code: 'suspendet' })).toThrow(/no code `suspendet`.*suspended/);
  });

  test('expectations that no refusal can meet', () => {
    const refused = ask(unapproved);
    const strange = [{ cod: 'x' }, { codes: ['nobody_knows'] }, { gate: 'gait' }, { next: ['wold'] }];
    for (const wanted of strange) expect(() => expect(refused).not.toRefuse(wanted as object)).toThrow(FAILS);
    const steps = [{ submit: 'aprove_action' }, { supply: { deployment_stabel: true } }, {}, undefined, 'wiat'];
    for (const step of steps) expect(() => expect(refused).not.toBecomeLawfulAfter(step as 'wait')).toThrow(FAILS);
  });

  test('a decision alone cannot be followed', () => {
    const decision = { verdict: 'approve', writes: [], actionPlan: [], trace: [] };
    expect(() => expect(decision).not.toBecomeLawfulAfter('wait')).toThrow(FAILS);
  });
});
