/** The operator's insurance is a fact that its monitor finds, not a claim: it is recorded by the governor alone, and a lapse stops the line. */
import {
  type CredentialParts,
  createGovernor,
  type InsuranceMonitor,
  type InsuranceSeen,
  memoryCredentials,
  mintCredential,
  verifyKey,
} from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { afterEach, describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import {
  approve,
  approved,
  arrange,
  codes,
  DAY_MS,
  decided,
  entitlement,
  eventsOf,
  ledgerOf,
  people,
  rollback,
  type Setting,
  START,
  showOver,
  startGovernor,
  TENANT,
} from './kit.ts';
import { expectVerified } from './verified.ts';

const certificate = { id: 'POL-77', digest: 'A'.repeat(43), validUntil: START + 3_650 * DAY_MS };
const renewed = { ...certificate, id: 'POL-78', digest: `${'B'.repeat(42)}E` };
const rule = { id: 'data-handling.md', digest: `${'C'.repeat(42)}A` };
const { agent, approver, owner, shop, operator } = people();
const roles = agent.scope;

/** A monitor that sees what it is told to see. */
const watched = (seen: InsuranceSeen = { seen: 'insured', certificate }) => {
  const monitor: InsuranceMonitor & { seen: InsuranceSeen } = { seen, look: async () => monitor.seen };
  return monitor;
};

const contractual = (insurance: InsuranceMonitor) =>
  ({ mode: 'contractual', insurance, terms: { policy: rule } }) as const;

/** A tenant to whom only the approval of a rollback is wanting; nobody recorded insurance. */
const ready = async (monitor: InsuranceMonitor): Promise<Setting> => {
  const setting = await startGovernor({ standing: contractual(monitor) });
  const { governor } = setting;
  approved(await governor.submit(shop, entitlement(START)));
  const subject = ({ subject: { type, id } }: typeof agent | typeof approver) => `${type}:${id}`;
  const args = { subject: subject(approver), relation: 'approver' };
  approved(await governor.submit(owner, { action: 'grant_relation', resource: 'people', arguments: args }));
  const grant = { subject: subject(agent), roles };
  approved(await governor.submit(owner, { action: 'grant_role', resource: 'people', arguments: grant }));
  const agreement = {
    status: 'signed',
    agreement: `${'D'.repeat(42)}I`,
    section: '4.2',
    in_force_from: '2026-11-21T09:00:00Z',
    in_force_until: '2036-11-21T09:00:00Z',
  };
  approved(await governor.submit(owner, { action: 'record_msa', resource: 'agreement', arguments: agreement }));
  return setting;
};

const open: Setting[] = [];
const running = async (monitor: InsuranceMonitor): Promise<Setting> => {
  const setting = await ready(monitor);
  open.push(setting);
  return setting;
};
afterEach(async () => {
  for (const { governor } of open.splice(0)) await governor.close();
});

const health = async ({ governor }: Setting) =>
  decided(await governor.submit(agent, { action: 'check_health', resource: '*' })).outcome?.result;

describe('while the monitor finds it', () => {
  test('a tenant is approved that never recorded any, and after a month in which nothing happened too', async () => {
    const setting = await running(watched());
    await approve(setting);
    approved(await setting.governor.submit(agent, rollback));
    setting.clock.now += 30 * DAY_MS;
    expect(codes(await setting.governor.submit(agent, rollback))).not.toContainEqual(
      expect.stringContaining('insurance'),
    );
    await expectVerified(setting);
  });

  test('it is recorded twice a day at most, and at once when another certificate is there', async () => {
    const monitor = watched();
    const setting = await running(monitor);
    const look = { action: 'check_health', resource: '*' };
    const recorded = async () => (await eventsOf(setting)).filter((event) => event === 'insurance_recorded').length;
    const first = await recorded();
    for (let hour = 0; hour < 24; hour++) {
      setting.clock.now += DAY_MS / 24;
      await setting.governor.submit(agent, look);
    }
    expect(await recorded()).toBe(first + 2);
    monitor.seen = { seen: 'insured', certificate: renewed };
    setting.clock.now += 60_000;
    await setting.governor.submit(agent, look);
    expect(await recorded()).toBe(first + 3);
    await expectVerified(setting);
  });

  test('every receipt cites it, the section of the agreement once that is recorded, and the data rule', async () => {
    const monitor = watched();
    const setting = await running(monitor);
    monitor.seen = { seen: 'insured', certificate: renewed };
    setting.clock.now += 60_000;
    await setting.governor.submit(agent, rollback);
    const receipts = (await ledgerOf(setting)).map(({ receipt }) => receipt);
    for (const receipt of receipts) expect(receipt).toMatchObject({ terms: { policy: rule } });
    expect(receipts[0]).toMatchObject({ terms: { insurance: { id: 'POL-77', digest: certificate.digest } } });
    expect(receipts.at(-1)).toMatchObject({
      terms: {
        insurance: { id: 'POL-78', digest: renewed.digest },
        msa: { id: 'msa#4.2', digest: `${'D'.repeat(42)}I` },
      },
    });
    await expectVerified(setting);
  });
});

describe('when it lapses in the middle of work', () => {
  test('the next decision is refused, an Andon is open, and both have receipts; an owner starts the line again', async () => {
    const monitor = watched();
    const setting = await running(monitor);
    const { governor, clock } = setting;
    await approve(setting);
    monitor.seen = { seen: 'uninsured', why: 'the insurer revoked the certificate' };
    clock.now += 60_000;
    expect(codes(await governor.submit(agent, rollback))).toEqual(
      expect.arrayContaining(['insurance_missing', 'andon_open']),
    );
    expect((await eventsOf(setting)).slice(-3)).toEqual(['insurance_recorded', 'andon_raised', 'rollback_refused']);
    expect(await health(setting)).toMatchObject({ status: 'degraded', insurance: 'lapsed' });
    monitor.seen = { seen: 'insured', certificate: renewed };
    clock.now += 60_000;
    expect(codes(await governor.submit(agent, rollback))).toEqual(['andon_open']);
    const clear = { action: 'clear_andon', resource: '*', arguments: { finding: 'insured again' } };
    await showOver(governor, owner, '*');
    approved(await governor.submit(owner, clear));
    approved(await governor.submit(agent, rollback));
    expect(await health(setting)).toMatchObject({ status: 'ok', insurance: 'valid' });
    await expectVerified(setting);
  });

  test('a certificate that ends is a lapse at its very instant, though nobody can look any more', async () => {
    const monitor = watched({ seen: 'insured', certificate: { ...certificate, validUntil: START + DAY_MS } });
    const setting = await running(monitor);
    await approve(setting);
    monitor.seen = { seen: 'unseen', why: 'the address does not answer' };
    setting.clock.now = START + DAY_MS - 1;
    expect(codes(await setting.governor.submit(agent, rollback))).not.toContain('andon_open');
    setting.clock.now = START + DAY_MS;
    expect(codes(await setting.governor.submit(agent, rollback))).toEqual(
      expect.arrayContaining(['insurance_missing', 'andon_open']),
    );
    await expectVerified(setting);
  });
});

test('what cannot be looked at changes nothing for a day and is said once; then it is too old', async () => {
  const monitor = watched();
  const setting = await running(monitor);
  monitor.seen = { seen: 'unseen', why: 'the file is cut' };
  const ask = async (later: number) => {
    setting.clock.now = START + later;
    return codes(await setting.governor.submit(agent, rollback));
  };
  expect(await ask(60_000)).not.toContainEqual(expect.stringContaining('insurance'));
  expect(await ask(DAY_MS)).not.toContainEqual(expect.stringContaining('insurance'));
  expect(await ask(DAY_MS + 1)).toContain('insurance_stale');
  expect(await health(setting)).toMatchObject({ status: 'degraded', insurance: 'stale' });
  expect(setting.faults.filter((fault) => fault.includes('the file is cut'))).toHaveLength(1);
});

test('a monitor that never answers holds no decision up for longer than it may take', async () => {
  const monitor = { ...watched(), lookWithinMs: 20 };
  const setting = await running(monitor);
  setting.clock.now += 60_000;
  monitor.look = () => new Promise(() => {});
  expect(codes(await setting.governor.submit(agent, rollback))).not.toContain('insurance_missing');
  expect(setting.faults.join()).toContain('no answer within 20 ms');
});

test('a monitor that breaks is one that cannot look', async () => {
  const monitor = watched();
  const setting = await running(monitor);
  setting.clock.now += 60_000;
  monitor.look = async () => {
    throw new Error('no such host');
  };
  expect(codes(await setting.governor.submit(agent, rollback))).not.toContain('insurance_missing');
  expect(setting.faults.join()).toContain('no such host');
});

test.for([
  { note: 'revoked', seen: { seen: 'uninsured', why: 'the insurer revoked the certificate' } },
  { note: 'not there', seen: { seen: 'unseen', why: 'there is no such file' } },
] as const)(
  'with a certificate that is $note no governor starts, and the operator’s ledger says so',
  async ({ seen }) => {
    const setting = arrange({ standing: contractual(watched(seen)) });
    const started = await createGovernor(setting.options);
    expect(E.isLeft(started) && started.left).toEqual([expect.stringContaining(seen.why)]);
    const [entry] = await ledgerOf(setting, '(operator)');
    expect(entry?.receipt).toMatchObject({ event: 'insurance_recorded', mode: 'contractual', verdict: 'approve' });
    expect(entry?.receipt.writes).toContainEqual({ cell: 'insurance_status', key: [], set: 'lapsed' });
    expect(await createGovernor({ ...setting.options, standing: contractual(watched()) })).toMatchObject({
      _tag: 'Right',
    });
    expect(await eventsOf(setting, '(operator)')).toEqual(['insurance_recorded', 'insurance_recorded']);
  },
);

describe('no credential of a tenant vouches for the operator', () => {
  const who = fc.record({
    type: fc.constantFrom('agent' as const, 'user' as const, 'service' as const, 'marketplace' as const),
    id: fc.constantFrom('olivia', 'arthur', 'insurance-check', 'governor', 'operator', 'bot'),
    scope: fc.subarray([...roles, 'write_policy', 'write_iam', 'write_config'] as const),
  });
  const what = fc.record({
    status: fc.constantFrom('valid', 'lapsed'),
    certificate: fc.constantFrom('A'.repeat(43), 'invented'),
    verified_at: fc.constant('2026-11-21T09:00:00Z'),
    expires_at: fc.constant('2999-01-01T00:00:00Z'),
  });
  test('whoever of a tenant records insurance is refused, and nothing of it changes', async () => {
    const setting = await running(watched());
    const insurance = async () =>
      (await ledgerOf(setting)).flatMap(({ receipt }) =>
        receipt.kind === 'decision' && receipt.verdict === 'approve'
          ? receipt.writes.filter(({ cell }) => cell.startsWith('insurance_'))
          : [],
      );
    const before = await insurance();
    await fc.assert(
      fc.asyncProperty(who, what, async ({ type, id, scope }, args) => {
        const caller = { tenant: TENANT, subject: { type, id }, scope };
        const asked = { action: 'record_insurance', resource: '*', arguments: args };
        expect(codes(await setting.governor.submit(caller, asked))).toContain('insufficient_privilege');
      }),
      { numRuns: runs(100) },
    );
    expect(await insurance()).toEqual(before);
  });

  test.for(['service', 'system'] as const)('a stored key of a %s is believed: only a service’s', async (type) => {
    const parts = { tenant: TENANT, subject: { type, id: 'governor' }, scope: [] } as unknown as CredentialParts;
    const { credential, secretText } = mintCredential(systemRandom, parts);
    expect(E.isRight(await verifyKey(memoryCredentials([credential]), secretText))).toBe(type === 'service');
  });
});

test('a host that looks at its insurance itself records it as the system, and the governor does not', async () => {
  const setting = await startGovernor();
  open.push(setting);
  approved(await setting.governor.submit(shop, entitlement(START)));
  await setting.governor.submit(agent, rollback);
  expect(await eventsOf(setting)).not.toContain('insurance_recorded');
  const asked = {
    action: 'record_insurance',
    resource: '*',
    arguments: {
      status: 'valid',
      policy: 'POL-77',
      certificate: 'A'.repeat(43),
      verified_at: '2026-11-21T09:00:00Z',
      expires_at: '2027-11-21T09:00:00Z',
    },
  };
  approved(await setting.governor.submit(operator, asked));
});
