/**
 * What tenants learn from one another: counts of a month over those who share them, and nothing of anybody. A tenant shares by
 * a receipt of its owner, and counts in a month if it shared during all of it. What fewer than five have is not there, and between two
 * months the tenants behind one number are the same, or differ by five at least: so no difference is one tenant's.
 */
import type { Receipt } from '../receipt/index.ts';
import { followOccurrences, newOccurrences, type Occurrence, type Turn } from './report/occurrence.ts';
import { addTo, newTally } from './tally.ts';

/** The least number of tenants behind a number, and between two numbers. */
export const TENANTS_LEAST = 5;

/** The least count that is told; 0 is told for everything below. */
export const COUNT_LEAST = 16;

/** What one tenant counts in a month, and whether it shares that. */
export interface MonthCounts {
  readonly shared: boolean;
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * One number of a month: of how many tenants at least, a multiple of five; and how much at least: 0, 16, 32, 64 and so on, each for
 * everything below the next one.
 */
export interface LearnedRow {
  readonly item: string;
  readonly tenants: number;
  readonly count: number;
}

/** What is told of a month. */
export interface Learned {
  readonly month: string;
  readonly rows: readonly LearnedRow[];
}

/** What is told, and who is behind each number: the second part is kept by whoever tells it, and told to nobody. */
export interface LearnedMonth extends Learned {
  readonly panels: Readonly<Record<string, readonly string[]>>;
}

/** Counts one tenant's month: every receipt of its ledger in order, then the counts. */
export interface MonthRun {
  readonly step: (receipt: Receipt, at: number) => void;
  readonly finish: () => MonthCounts;
}

const SHARES = 'counts_shared';
const WITHHOLDS = 'counts_withheld';
const COUNTED: Partial<Readonly<Record<Turn, (one: Occurrence) => string>>> = {
  opened: ({ kind }) => `incident ${kind}: opened`,
  breached: ({ kind }) => `incident ${kind}: decided too late`,
  succeeded: ({ recipe = 'none' }) => `recipe ${recipe}: succeeded`,
  failed: ({ recipe = 'none' }) => `recipe ${recipe}: failed`,
  verified: ({ recipe = 'none' }) => `recipe ${recipe}: verified`,
};

/** Starts counting a month of one tenant. Nothing that is written after the month changes what it finds. */
export const startMonth = (since: number, until: number): MonthRun => {
  const occurrences = newOccurrences();
  const tally = newTally();
  let shared = false;
  return {
    step: (receipt, at) => {
      if (at >= until) return;
      const isIn = at >= since;
      if (receipt.kind === 'decision' && receipt.verdict === 'approve') {
        // Who begins to share in the middle of a month shares from the next one on.
        if (receipt.event === SHARES && !isIn) shared = true;
        if (receipt.event === WITHHOLDS) shared = false;
      }
      followOccurrences(occurrences, receipt, at, (turn, one) => {
        const item = COUNTED[turn]?.(one);
        if (isIn && item !== undefined) addTo(tally, item);
      });
    },
    finish: () => ({ shared, counts: tally.counts }),
  };
};

/**
 * What is told of a month. `before` is what was told of other months: a number whose tenants differ from theirs by one to four is told
 * over the tenants of one of them, where all of these still count; else not at all.
 */
export const learnMonth = (
  month: string,
  tenants: ReadonlyMap<string, MonthCounts>,
  before: readonly LearnedMonth[],
): LearnedMonth => {
  const rows: LearnedRow[] = [];
  const panels: Record<string, readonly string[]> = {};
  const sharing = new Set([...tenants].flatMap(([tenant, { shared }]) => (shared ? [tenant] : [])));
  for (const [item, counts] of byItem(tenants)) {
    const told = before.map((one) => panelIn(one.panels, item));
    const panel = panelFor([...counts.keys()].sort(), sharing, told);
    if (panel === undefined || panel.filter((tenant) => counts.has(tenant)).length < TENANTS_LEAST) continue;
    panels[item] = panel;
    rows.push({
      item,
      tenants: inFives(panel.length),
      count: inDoubles(levelled(panel.map((tenant) => counts.get(tenant) ?? 0))),
    });
  }
  return { month, rows, panels };
};

/** What of it may be told: not who. */
export const toldOf = ({ month, rows }: LearnedMonth): Learned => ({ month, rows });

const panelIn = (panels: LearnedMonth['panels'], item: string): readonly string[] =>
  Object.hasOwn(panels, item) ? (panels[item] ?? []) : [];

/** The counts of those who share, by what is counted, in the order of its name. */
const byItem = (
  tenants: ReadonlyMap<string, MonthCounts>,
): readonly (readonly [string, ReadonlyMap<string, number>])[] => {
  const items = new Map<string, Map<string, number>>();
  for (const [tenant, { shared, counts }] of tenants) {
    if (!shared) continue;
    for (const [item, n] of counts) {
      const row = items.get(item) ?? new Map<string, number>();
      items.set(item, row.set(tenant, n));
    }
  }
  return [...items].sort(([a], [b]) => (a < b ? -1 : 1));
};

/** Over whom a number is told: all who have it, or else those of the latest earlier number of whom everybody still shares. */
const panelFor = (
  all: readonly string[],
  sharing: ReadonlySet<string>,
  told: readonly (readonly string[])[],
): readonly string[] | undefined => {
  if (all.length < TENANTS_LEAST) return undefined;
  const earlier = told.filter(({ length }) => length > 0);
  if (earlier.every((panel) => isFarFrom(all, panel))) return all;
  return earlier.findLast((panel) => panel.every((tenant) => sharing.has(tenant)));
};

/** The same tenants, or five others at least. */
const isFarFrom = (some: readonly string[], others: readonly string[]): boolean => {
  const known = new Set(others);
  const common = some.filter((tenant) => known.has(tenant)).length;
  const apart = some.length + others.length - 2 * common;
  return apart === 0 || apart >= TENANTS_LEAST;
};

/** The sum, in which nobody counts more than the fifth largest does: so no large tenant shows. */
const levelled = (counts: readonly number[]): number => {
  const most = counts.toSorted((a, b) => b - a)[TENANTS_LEAST - 1] ?? 0;
  return counts.reduce((sum, n) => sum + Math.min(n, most), 0);
};

const inFives = (n: number): number => n - (n % TENANTS_LEAST);

/**
 * The largest of `COUNT_LEAST`, twice that, and so on that is not more; else 0. Of exactly five tenants the levelled sum is five times what the smallest
 * has: so the steps are wide enough that each is the answer for three counts of the smallest one at least.
 */
const inDoubles = (n: number): number => {
  if (n < COUNT_LEAST) return 0;
  let step = COUNT_LEAST;
  while (step * 2 <= n) step *= 2;
  return step;
};
