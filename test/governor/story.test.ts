/** A long random story: whatever was asked by whomever, the ledger re-derives at both levels, and no byte of it can change. */
import { formatInstant } from '@tai-autonomics/core/engine';
import type { Asked, Caller } from '@tai-autonomics/governor';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';
import {
  assurance,
  DAY_MS,
  entitlement,
  makeReady,
  named,
  type PLANS,
  people,
  reasonsOf,
  restart,
  rollback,
  SERVICE,
  type Setting,
  showOver,
  startGovernor,
} from './kit.ts';
import { type Sealed, sealedLedger, verify } from './verified.ts';

const { agent, approver, owner, operator, service, shop } = people();

interface Moment {
  readonly passes: number;
  readonly who: keyof typeof WHO;
  readonly what: keyof typeof DEEDS;
  readonly where: string;
  readonly dice: number;
}

const WHO = {
  agent,
  approver,
  owner,
  service,
  operator,
  shop,
  narrow: { ...agent, scope: [] },
  stranger: { ...agent, subject: { type: 'agent', id: 'nobody' } },
} as const satisfies Readonly<Record<string, Caller>>;

const pick = <A>(dice: number, ...from: readonly A[]): A => from[dice % from.length] as A;
const roles = (dice: number) =>
  pick(dice, ['write_rollback'], ['read_deployment', 'write_rollback'], ['write_iam'], []);

/** What somebody may think of asking, lawful or not. */
const DEEDS = {
  rollback: () => rollback,
  status: () => ({ action: 'check_rollback_status', resource: SERVICE }),
  preview: () => ({ action: 'preview_decision', resource: SERVICE, arguments: { action: 'trigger_rollback' } }),
  health: () => ({ action: 'check_health', resource: 'here' }),
  unknown: () => ({ action: 'make_coffee', resource: 'kitchen', arguments: { sugar: 2 } }),
  raise: ({ dice, where }) => ({
    action: 'raise_andon',
    resource: where,
    arguments: { severity: pick(dice, 'low', 'critical', 'huge'), finding: `n ${dice}` },
  }),
  clear: ({ where }) => ({ action: 'clear_andon', resource: where, arguments: { finding: 'ok' } }),
  grant: ({ dice }) => ({
    action: 'grant_role',
    resource: 'people',
    arguments: { subject: named(agent), roles: roles(dice) },
  }),
  revoke: ({ dice }) => ({
    action: 'revoke_role',
    resource: 'people',
    arguments: { subject: named(agent), roles: roles(dice) },
  }),
  insure: ({ dice }, { clock }) => ({
    ...assurance(clock.now - pick(dice, 0, 2 * DAY_MS)).insurance,
  }),
  sign: ({ dice }, { clock }) => ({ ...assurance(clock.now + pick(dice, 0, 3_600_000)).msa }),
  event: ({ dice }, { clock }) =>
    entitlement(
      clock.now - pick(dice, 0, 0, DAY_MS),
      pick<keyof typeof PLANS>(dice, 'professional', 'base', 'professional', 'enterprise'),
      {
        status: pick(dice >> 2, 'active', 'active', 'active', 'suspended', 'cancelled'),
      },
    ),
} as const satisfies Readonly<Record<string, (moment: Moment, setting: Setting) => Asked>>;

const oftener = <K extends string>(names: readonly K[], often: Readonly<Partial<Record<K, number>>>): fc.Arbitrary<K> =>
  fc.oneof(...names.map((name) => ({ arbitrary: fc.constant(name), weight: often[name] ?? 1 })));

const moment: fc.Arbitrary<Moment> = fc.record({
  passes: fc.constantFrom(0, 0, 1, 1_000, 60_001, 3_600_000),
  who: oftener(Object.keys(WHO) as (keyof typeof WHO)[], { agent: 12, owner: 8, operator: 3, shop: 3 }),
  what: oftener(Object.keys(DEEDS) as (keyof typeof DEEDS)[], { rollback: 12, clear: 4, grant: 3, event: 3 }),
  where: fc.constantFrom(SERVICE, '*'),
  dice: fc.nat(1_000),
});

/** Whoever is refused for want of an approval gets one every second time, so that something happens in the story. */
const live = async (setting: Setting, moments: readonly Moment[]): Promise<void> => {
  const { governor, clock, world } = setting;
  for (const m of moments) {
    clock.now += m.passes;
    world.set('deployment_stable', m.dice % 5 !== 0);
    if (m.dice % 7 === 0) world.delete('deployed_version');
    else world.set('deployed_version', pick(m.dice, 'v1.2.0', 'v1.1.0'));
    const asked = DEEDS[m.what](m, setting);
    const answer = await governor.submit(WHO[m.who], asked);
    if (!answer.decided || m.dice % 2 === 0) continue;
    for (const { next } of reasonsOf(answer)) {
      if (next.kind !== 'authority') continue;
      // What was stopped is let go once somebody said why, and that it is over.
      if (next.submit.action === 'record_stop_cause')
        await showOver(governor, owner, m.where).then(() => governor.submit(WHO[m.who], asked));
      if (next.submit.action !== 'approve_action') continue;
      const { action, resource, arguments: args } = next.submit;
      const expires_at = formatInstant(clock.now + 3_600_000);
      await governor.submit(approver, { action, resource, arguments: { ...args, expires_at } });
      await governor.submit(WHO[m.who], rollback);
    }
  }
};

test('the ledger of any story re-derives at both levels, from its first receipt to its last', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { minLength: 20, maxLength: 60 }), fc.boolean(), async (moments, restarts) => {
      const setting = await startGovernor();
      await makeReady(setting);
      const half = moments.length >> 1;
      await live(setting, moments.slice(0, half));
      const next = restarts ? await restart(setting) : setting;
      await live(next, moments.slice(half));
      const sealed = await sealedLedger(next);
      const report = verify(sealed);
      expect(report.findings).toEqual([]);
      expect(report).toMatchObject({ overall: 'verified', rederived: { level2: sealed.inputs.length } });
    }),
    { numRuns: runs(25) },
  );
});

const TOLD = [
  'rollback_approved',
  'rollback_refused',
  'rollback_initiated',
  'action_executed',
  'tool_surface_changed',
  'tool_not_found',
  'andon_raised',
  'andon_cleared',
  'entitlement_updated',
];

const flipped = (bytes: Uint8Array, at: number, mask: number): Uint8Array => {
  const copy = new Uint8Array(bytes);
  copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ mask;
  return copy;
};

/** One story, always the same. */
const storied = async (seed = 5): Promise<Sealed> => {
  const setting = await startGovernor();
  await makeReady(setting);
  const [moments] = fc.sample(fc.array(moment, { minLength: 60, maxLength: 60 }), { numRuns: 1, seed });
  await live(setting, moments ?? []);
  return sealedLedger(setting);
};

test('a story is about something: rollbacks are approved, refused and ended, tools come and go', async () => {
  const { inputs } = await storied();
  const events = inputs.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString('utf8')).event);
  for (const event of TOLD) expect(events).toContain(event);
});

test('any changed byte of a sealed receipt is found, and its receipt named', async () => {
  const sealed = await storied();
  expect(verify(sealed).overall).toBe('verified');
  const place = fc.record({
    seq: fc.nat(sealed.inputs.length - 1),
    at: fc.nat(5_000),
    mask: fc.integer({ min: 1, max: 255 }),
  });
  fc.assert(
    fc.property(place, ({ seq, at, mask }) => {
      const inputs = sealed.inputs.map((input, n) =>
        n === seq ? { ...input, bytes: flipped(input.bytes, at, mask) } : input,
      );
      const report = verify(sealed, inputs);
      expect([report.overall, report.firstBad?.seq]).toEqual(['falsified', seq]);
    }),
    { numRuns: runs(30) },
  );
});

test('any changed character of a disclosure is found, and its receipt named', async () => {
  const sealed = await storied();
  const place = fc.record({
    seq: fc.nat(sealed.inputs.length - 1),
    which: fc.nat(10),
    at: fc.nat(5_000),
    mask: fc.integer({ min: 1, max: 127 }),
  });
  fc.assert(
    fc.property(place, ({ seq, which, at, mask }) => {
      const { disclosures } = sealed.inputs[seq]!;
      const target = which % Math.max(1, disclosures.length);
      if (disclosures.length === 0) return;
      const changed = disclosures.map((text, n) =>
        n === target ? Buffer.from(flipped(Buffer.from(text), at, mask)).toString('latin1') : text,
      );
      const inputs = sealed.inputs.map((input, n) => (n === seq ? { ...input, disclosures: changed } : input));
      const report = verify(sealed, inputs);
      expect([report.overall, report.firstBad?.seq]).toEqual(['falsified', seq]);
    }),
    { numRuns: runs(30) },
  );
});

test.for([
  { note: 'a receipt left out', change: (list: readonly unknown[]) => list.toSpliced(9, 1) },
  {
    note: 'two receipts swapped',
    change: (list: readonly unknown[]) => [...list.slice(0, 9), list[10], list[9], ...list.slice(11)],
  },
  { note: 'a receipt twice', change: (list: readonly unknown[]) => list.toSpliced(9, 0, list[9]) },
  { note: 'the last receipt left out', change: (list: readonly unknown[]) => list.slice(0, -1) },
])('$note is found', async ({ change }) => {
  const sealed = await storied();
  expect(verify(sealed, change(sealed.inputs) as Sealed['inputs']).overall).toBe('falsified');
});
