/**
 * Stories of purchases at two marketplaces, told in every spelling of an instant, with mistakes among them, and delivered in any
 * order. A plain model of docs/entitlements.md says what is so in the end: it is made from the set of the events alone.
 */
import type { State } from '@tai-autonomics/core';
import { emptyState, eventRank, formatInstant } from '@tai-autonomics/core/engine';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { expect, test } from 'vitest';
import { type Dice, holds } from '../generators/dice.ts';
import { after, decided, digestOf } from './apply.ts';
import { six } from './six.ts';

const START = Date.parse('2026-11-30T23:59:50.000Z');
/** After everything that the stories tell of. */
const END = START + 1_000_000;

interface Told {
  readonly verb: string;
  readonly id: string;
  readonly entitlement: string;
  readonly at: number;
  readonly plan: string;
  readonly packs: readonly string[];
  readonly roles: readonly string[];
  readonly expiry: number;
  readonly isLawful: boolean;
  /** As it is posted. */
  readonly event: object;
}

/** An instant in one of the spellings that are published: RFC 3339 in each zone, Python's, protobuf's, a database's. */
const spelt = (dice: Dice, ms: number): string => {
  const plain = formatInstant(ms);
  const zoned = (hours: number, sign: string): string =>
    formatInstant(ms + hours * 3_600_000).replace('Z', `${sign}${String(Math.abs(hours)).padStart(2, '0')}:00`);
  const short = ms % 1000 === 0 ? plain.replace('.000Z', 'Z') : plain;
  return dice.pick([
    plain,
    short,
    plain.replace('Z', '999Z'),
    plain.replace('Z', '000001+00:00'),
    plain.replace('T', ' ').replace('Z', '+00:00'),
    plain.toLowerCase(),
    zoned(5, '+'),
    zoned(-11, '-'),
    plain.replace('Z', '-00:00'),
  ]);
};

const STEPS = ['upgraded', 'downgraded', 'renewed', 'suspended', 'renewed', 'cancelled', 'activated', 'expired'];
const FAULTS = ['sku', 'plan', 'pack', 'role', 'past', 'early', 'member', 'instant'] as const;

/** One thing that a marketplace says of a purchase. */
const tell = (dice: Dice, entitlement: string, verb: string, at: number, id: string): Told => {
  const fault = dice.chance(15) ? dice.pick(FAULTS) : undefined;
  const plan = dice.pick(['base', 'professional', 'enterprise', 'everything']);
  const row = six.source.plans[plan];
  const packs = dice.some((row?.packs ?? []).filter((pack) => pack !== 'receipt_verifier'));
  const roles = dice.some(row?.iam_roles ?? []);
  const lasts = dice.pick([1, 2_000, 40_000, 31_536_000_000]);
  const isPast = verb === 'expired' ? fault !== 'early' : fault === 'past' && ACTIVE.has(verb);
  const expiry = isPast ? at - dice.pick([0, 1, 86_400_000]) : at + lasts;
  const isHurt = { past: ACTIVE.has(verb), early: verb === 'expired' } as Readonly<Record<string, boolean>>;
  const record = {
    tenant_id: 'acme',
    plan_id: fault === 'plan' ? 'platinum' : plan,
    sku_id: fault === 'sku' ? 'another' : row?.sku_id,
    enabled_packs: fault === 'pack' ? [...packs, 'no_pack'] : packs,
    iam_roles: fault === 'role' ? [...roles, 'root'] : roles.map((role) => role.replace('_', dice.pick(['_', ':']))),
    expiry: expiry % 1000 === 0 && dice.chance(30) ? expiry / 1000 : spelt(dice, expiry),
    ...(fault === 'member' ? { discount: 1 } : {}),
  };
  const occurred = fault === 'instant' ? formatInstant(at).replace('Z', '') : spelt(dice, at);
  return {
    verb,
    id,
    entitlement,
    at,
    plan,
    packs: [...new Set([...packs, 'receipt_verifier'])].sort(),
    roles: [...roles].sort(),
    expiry,
    isLawful: fault === undefined || isHurt[fault] === false,
    event: { event: `entitlement.${verb}`, event_id: id, entitlement_id: entitlement, occurred_at: occurred, record },
  };
};
const ACTIVE: ReadonlySet<string> = new Set(['activated', 'upgraded', 'downgraded', 'renewed']);

/** Purchases of one tenant, each with its story: most begin with an activation, which may have happened before what is known. */
const stories = (dice: Dice): readonly Told[] => {
  const all: Told[] = [];
  for (const entitlement of ['google:E1', 'google:E2', 'aws:1234/prod', 'ent.4'].slice(0, 1 + dice.below(4))) {
    let at = START + dice.pick([0, 1, 1_000, 10_000, 60_000]);
    const verbs = [...(dice.chance(75) ? ['activated'] : []), ...dice.times(dice.below(5), () => dice.pick(STEPS))];
    for (const verb of verbs) {
      all.push(tell(dice, entitlement, verb, at, `${verb} ${all.length} of ${entitlement}`));
      at += dice.pick([0, 0, 1, 1_000, 30_000]);
    }
  }
  return all;
};

const rankOf = ({ id }: Told): number => eventRank(nodeSha256, id);
const inOrder = (all: readonly Told[]): readonly Told[] =>
  [...all].sort((a, b) => a.at - b.at || rankOf(a) - rankOf(b));
const STATUS: Readonly<Record<string, string>> = { suspended: 'suspended', cancelled: 'cancelled' };

/** What docs/entitlements.md says of a set of events: whose entitlement is in force, and what is so of it. */
const modelOf = (told: readonly Told[]): object | undefined => {
  const all = inOrder(told.filter(({ isLawful }) => isLawful));
  const bought = all.filter(({ verb }) => verb === 'activated').at(-1) ?? all[0];
  const newest = all.filter(({ entitlement }) => entitlement === bought?.entitlement).at(-1);
  if (newest === undefined) return undefined;
  const { entitlement, verb, plan, packs, roles, expiry } = newest;
  return { entitlement, status: STATUS[verb] ?? 'active', plan, packs, roles, expiry };
};

const seenIn = ({ cells }: State): object | undefined => {
  const of = (part: string) => cells.get(`entitlement_${part}`)?.get('');
  if (of('id') === undefined) return undefined;
  const [entitlement, status, plan, packs] = [of('id'), of('status'), of('plan'), of('packs')];
  return { entitlement, status, plan, packs, roles: of('roles'), expiry: of('expires_at') };
};

const KEPT = ['status', 'plan', 'sku', 'packs', 'roles', 'expires_at', 'occurred_at', 'rank'];
/** What is kept of each purchase but one. */
const others = ({ cells }: State, entitlement: string): unknown =>
  KEPT.map((part) => [...(cells.get(`purchase_${part}`) ?? [])].filter(([key]) => key !== entitlement));

const shuffled = <A>(dice: Dice, all: readonly A[]): readonly A[] =>
  [...all]
    .map((one) => ({ one, place: dice.below(1_000) }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);

test('any order, repetition and delay ends as the set of the events says, and as delivery on time', () => {
  let seen = 0;
  holds(1_000, (dice) => {
    const told = stories(dice);
    const onTime = inOrder(told).reduce<State>(
      (now, { event, at }) => after(now, decided(six, now, event, formatInstant(at))),
      emptyState,
    );
    const arrivals = shuffled(dice, [...told, ...dice.some(told)]);
    // No sooner than it happened, and as late as may be; the clock of a ledger never goes back.
    let clock = Math.max(START, ...told.map(({ at }) => at));
    let now: State = emptyState;
    for (const { event, entitlement } of arrivals) {
      clock += dice.pick([0, 1, 5_000, 50_000]);
      const next = after(now, decided(six, now, event, formatInstant(Math.min(clock, END))));
      expect(others(next, entitlement)).toEqual(others(now, entitlement));
      now = next;
    }
    expect(seenIn(now)).toEqual(modelOf(told));
    expect(digestOf(now)).toBe(digestOf(onTime));
    seen += told.filter(({ isLawful }) => isLawful).length;
  });
  expect(seen).toBeGreaterThan(0);
});
