/**
 * The weekly review (D-55): for each week, which begins on Monday at 00:00 UTC, what came, what was decided, what was refused and how
 * long it took; then the same by kind and by recipe, and how much is open at once (Little's law, D-21).
 */
import { formatInstant } from '../../data/instant.ts';
import { askedOf } from '../asked.ts';
import type { Counted } from '../reducer.ts';
import { newTable, rowAt, rowsOf, type Table } from '../tally.ts';
import { type Capacity, came, capacityMeasures, newCapacity, passed, went } from './capacity.ts';
import type { FigureRule } from './figure-rule.ts';
import {
  costIn,
  followOccurrences,
  newOccurrences,
  type Occurrence,
  type Occurrences,
  type Turn,
} from './occurrence.ts';
import {
  count,
  lengthen,
  type Measure,
  mean,
  newSpan,
  type Reporter,
  type Section,
  type Span,
  sectionOf,
  share,
} from './report.ts';
import { predictionsOf } from './rules.ts';

/** What is counted of a week, and of the whole. */
interface Week {
  /** The places of its first and its last receipt. */
  first: number;
  last: number;
  readonly turns: Record<Turn, number>;
  recurred: number;
  readonly toDecision: Span;
  readonly toRecovery: Span;
  decisions: number;
  refused: number;
  andons: number;
  quarantines: number;
  exports: number;
  surfaces: number;
  prevented: number;
  cost: number;
}

interface Kind {
  opened: number;
  recurred: number;
  breached: number;
  readonly weeks: Set<number>;
}

interface Recipe {
  succeeded: number;
  failed: number;
  verified: number;
}

interface Memory {
  readonly all: Week;
  readonly weeks: Map<number, Week>;
  readonly kinds: Table<Kind>;
  readonly recipes: Table<Recipe>;
  readonly occurrences: Occurrences;
  readonly incidents: Capacity;
  readonly actions: Capacity;
  readonly begun: Map<number, number>;
  notRemembered: number;
}

const WEEK_MS = 604_800_000;
/** Monday, 5 January 1970, 00:00 UTC. */
const FIRST_MONDAY = 345_600_000;
/** Weeks that are told apart: ten years. */
const WEEKS_MAX = 520;
/** Approved actions that are followed at once. */
const BEGUN_MAX = 10_000;
/** A kind that did not come for so many weeks is told as eliminated (D-17: a target, and no promise). */
const ELIMINATED_AFTER = 4;

/** The weekly review. */
export const weeklyReporter = (rules?: readonly FigureRule[]): Reporter => {
  const memory: Memory = {
    all: newWeek(),
    weeks: new Map(),
    kinds: newTable(200),
    recipes: newTable(),
    occurrences: newOccurrences(),
    incidents: newCapacity(),
    actions: newCapacity(),
    begun: new Map(),
    notRemembered: 0,
  };
  return { step: (counted) => follow(memory, counted), finish: () => finish(memory, rules) };
};

const newWeek = (): Week => ({
  first: -1,
  last: -1,
  turns: {
    opened: 0,
    responded: 0,
    decided: 0,
    decided_again: 0,
    breached: 0,
    succeeded: 0,
    failed: 0,
    verified: 0,
    closed: 0,
  },
  recurred: 0,
  toDecision: newSpan(),
  toRecovery: newSpan(),
  decisions: 0,
  refused: 0,
  andons: 0,
  quarantines: 0,
  exports: 0,
  surfaces: 0,
  prevented: 0,
  cost: 0,
});

const weekOf = (at: number): number => Math.floor((at - FIRST_MONDAY) / WEEK_MS);

const follow = (memory: Memory, counted: Counted): void => {
  const { receipt, at, isIn } = counted;
  const weeks = isIn ? [memory.all, weekAt(memory, weekOf(at))] : [];
  for (const capacity of [memory.incidents, memory.actions]) passed(capacity, at, isIn);
  followOccurrences(memory.occurrences, receipt, at, (turn, one) => {
    for (const week of weeks) takeTurn(week, turn, one, at);
    if (isIn) byKindAndRecipe(memory, turn, one, at);
    if (turn === 'opened') came(memory.incidents, isIn);
    if (turn === 'closed') went(memory.incidents, isIn, at - one.openedAt);
  });
  followActions(memory, counted);
  for (const week of weeks) countReceipt(week, counted);
};

/** Beyond the bound only the whole is counted: such a week is kept nowhere. */
const weekAt = ({ weeks }: Memory, n: number): Week => {
  const week = weeks.get(n) ?? newWeek();
  if (weeks.size < WEEKS_MAX) weeks.set(n, week);
  return week;
};

const takeTurn = (week: Week, turn: Turn, one: Occurrence, at: number): void => {
  week.turns[turn] += 1;
  if (turn === 'opened' && one.recurred) week.recurred += 1;
  if (turn === 'decided') lengthen(week.toDecision, at - one.openedAt);
  if (turn === 'verified') lengthen(week.toRecovery, at - one.openedAt);
};

const byKindAndRecipe = ({ kinds, recipes }: Memory, turn: Turn, one: Occurrence, at: number): void => {
  if (turn === 'opened' || turn === 'breached') {
    const kind = rowAt(kinds, one.kind, (): Kind => ({ opened: 0, recurred: 0, breached: 0, weeks: new Set() }));
    kind[turn] += 1;
    if (turn === 'opened') {
      kind.recurred += one.recurred ? 1 : 0;
      if (kind.weeks.size < WEEKS_MAX) kind.weeks.add(weekOf(at));
    }
  }
  if (turn === 'succeeded' || turn === 'failed' || turn === 'verified')
    rowAt(recipes, one.recipe ?? '(none)', (): Recipe => ({ succeeded: 0, failed: 0, verified: 0 }))[turn] += 1;
};

const followActions = (memory: Memory, { receipt, at, isIn }: Counted): void => {
  const { actions, begun } = memory;
  if (receipt.kind === 'decision' && receipt.deadline !== undefined) {
    if (begun.size >= BEGUN_MAX) {
      memory.notRemembered += 1;
      return;
    }
    begun.set(receipt.seq, at);
    came(actions, isIn);
  } else if (receipt.kind === 'outcome') {
    const since = begun.get(receipt.of.seq);
    if (since === undefined) return;
    begun.delete(receipt.of.seq);
    went(actions, isIn, at - since);
  }
};

const EVENTS: Readonly<Record<string, 'andons' | 'quarantines' | 'surfaces' | 'prevented'>> = {
  andon_raised: 'andons',
  scope_andon_raised: 'andons',
  resource_quarantined: 'quarantines',
  scope_quarantined: 'quarantines',
  tool_surface_changed: 'surfaces',
  analysis_closed: 'prevented',
};
/** Reads that hand evidence out. */
const EXPORTS: readonly string[] = ['export_receipts'];

const countReceipt = (week: Week, { receipt, disclosed }: Counted): void => {
  if (week.first < 0) week.first = receipt.seq;
  week.last = receipt.seq;
  const counted = Object.hasOwn(EVENTS, receipt.event) ? EVENTS[receipt.event] : undefined;
  if (counted !== undefined) week[counted] += 1;
  if (receipt.kind !== 'decision') return;
  week.decisions += 1;
  if (receipt.verdict === 'refuse') week.refused += 1;
  else if (EXPORTS.includes(askedOf(disclosed)?.action ?? '')) week.exports += 1;
  if (receipt.incident !== undefined) week.cost += costIn(receipt);
};

const finish = (memory: Memory, rules?: readonly FigureRule[]): readonly Section[] => {
  const weeks = [...memory.weeks].sort(([a], [b]) => a - b);
  const last = weeks.at(-1)?.[0] ?? 0;
  return [
    sectionOf('The whole period', [
      ...measuresOf(memory.all),
      count('kinds of incident eliminated', eliminated(memory.kinds, last)),
      count('incidents open at the end', memory.occurrences.open.size),
      count('not remembered', memory.occurrences.notRemembered + memory.notRemembered),
    ]),
    ...weeks.map(([n, week]) =>
      sectionOf(headingOf(n), [
        ...measuresOf(week),
        count('kinds of incident eliminated', eliminated(memory.kinds, n)),
      ]),
    ),
    sectionOf(
      'By kind of incident',
      rowsOf(memory.kinds).flatMap(([name, { opened, recurred, breached, weeks: seen }]) => [
        count(`${name}: opened`, opened),
        count(`${name}: came back within 30 days`, recurred),
        share(`${name}: recurrence rate`, recurred, opened),
        count(`${name}: decided too late`, breached),
        count(`${name}: weeks with one`, seen.size),
      ]),
    ),
    sectionOf(
      'By recipe',
      rowsOf(memory.recipes).flatMap(([name, { succeeded, failed, verified }]) => [
        count(`${name}: succeeded`, succeeded),
        count(`${name}: failed`, failed),
        count(`${name}: verified`, verified),
        share(`${name}: success rate`, succeeded, succeeded + failed),
      ]),
    ),
    predictionsOf(
      inARow(weeks).map(([n, week]) => ({
        heading: headingOf(n),
        measures: measuresOf(week),
        first: week.first,
        last: week.last,
      })),
      rules,
    ),
    sectionOf('Capacity: incidents', capacityMeasures(memory.incidents)),
    sectionOf('Capacity: approved actions', capacityMeasures(memory.actions)),
  ];
};

/** The last weeks between which none is missing: what rises over a hole does not rise week after week. */
const inARow = (weeks: readonly (readonly [number, Week])[]): readonly (readonly [number, Week])[] =>
  weeks.slice(weeks.findLastIndex(([n], i) => i === 0 || weeks[i - 1]?.[0] !== n - 1));

const headingOf = (week: number): string => `Week of ${formatInstant(FIRST_MONDAY + week * WEEK_MS).slice(0, 10)}`;

/** Kinds that came before a week, and neither in it nor in the weeks right before it. */
const eliminated = (kinds: Table<Kind>, week: number): number =>
  rowsOf(kinds).filter(([, { weeks }]) => {
    const before = [...weeks].filter((n) => n <= week);
    return before.length > 0 && before.every((n) => n <= week - ELIMINATED_AFTER);
  }).length;

const measuresOf = (week: Week): readonly Measure[] => [
  count('incidents opened', week.turns.opened),
  count('incidents decided', week.turns.decided),
  count('decided too late', week.turns.breached),
  share('decided too late, of those opened', week.turns.breached, week.turns.opened),
  count('came back within 30 days', week.recurred),
  share('recurrence rate', week.recurred, week.turns.opened),
  count('incidents closed', week.turns.closed),
  mean('mean time to decision', week.toDecision),
  mean('mean time to recovery (alert to verification)', week.toRecovery),
  count('decisions', week.decisions),
  count('refusals', week.refused),
  share('refusal rate', week.refused, week.decisions),
  count('remedies that succeeded', week.turns.succeeded),
  count('remedies that failed', week.turns.failed),
  { name: 'cost of incidents', value: week.cost, unit: 'minor_units' },
  {
    name: 'cost an incident',
    unit: 'minor_units',
    ...(week.turns.opened === 0 ? {} : { value: Math.floor(week.cost / week.turns.opened) }),
  },
  count('Andons raised', week.andons),
  count('quarantines', week.quarantines),
  count('analyses closed, with a prevention that was tested', week.prevented),
  count('exports', week.exports),
  count('registry updates', week.surfaces),
];
