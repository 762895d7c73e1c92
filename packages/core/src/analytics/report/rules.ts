/**
 * Predictions are rules (D-52): a measure of the weekly review over a bound, or one that gets worse week after week. Rules are data;
 * nothing is learnt, and each alert says which numbers of which weeks it is from.
 */
import { owns } from '../../receipt/encoding/own.ts';
import type { FigureRule } from './figure-rule.ts';
import type { Measure, Section, Statement } from './report.ts';

/** The rules that ship. */
export const FIGURE_RULES: readonly FigureRule[] = [
  {
    rule_id: 'decided_too_late',
    means: 'more than 2 % of the incidents were decided too late: see who waits for what',
    measure: 'decided too late, of those opened',
    when: { above: 200 },
  },
  {
    rule_id: 'recovery_slows',
    means: 'recovery takes longer week after week: a recipe may not fit any more',
    measure: 'mean time to recovery (alert to verification)',
    when: { rises: 3 },
  },
  {
    rule_id: 'recurrence_rises',
    means: 'more of the incidents come back: look for the cause, not for the symptom',
    measure: 'recurrence rate',
    when: { rises: 2 },
  },
  {
    rule_id: 'refusals_rise',
    means: 'a larger share is refused week after week: see which codes, and what would make it lawful',
    measure: 'refusal rate',
    when: { rises: 3 },
  },
  {
    rule_id: 'remedies_fail',
    means: 'remedies failed in each of the last weeks, and more each time',
    measure: 'remedies that failed',
    when: { rises: 2 },
  },
  {
    rule_id: 'cost_rises',
    means: 'incidents cost more week after week',
    measure: 'cost of incidents',
    when: { rises: 3 },
  },
];

/** A week of the review, with the receipts that it is from. */
export interface ReviewedWeek {
  readonly heading: string;
  readonly measures: readonly Measure[];
  readonly first: number;
  readonly last: number;
}

/** The rules that hold at the end of the review, a sentence each; it cites the first and the last receipt of each week. */
export const predictionsOf = (
  weeks: readonly ReviewedWeek[],
  rules: readonly FigureRule[] = FIGURE_RULES,
): Section => ({
  heading: 'Predictions',
  statements: rules.flatMap((rule) => alertOf(weeks, rule)),
  measures: [{ name: 'rules looked at', value: rules.length, unit: 'count' }],
  left: 0,
});

interface WeekValue {
  readonly week: ReviewedWeek;
  readonly value: number;
}

const alertOf = (weeks: readonly ReviewedWeek[], rule: FigureRule): readonly Statement[] => {
  const evidence = evidenceFor(weeks, rule);
  const [first, ...others] = evidence.flatMap(({ week }) => [week.first, week.last]);
  if (first === undefined) return [];
  const unit = evidence[0]?.week.measures.find(({ name }) => name === rule.measure)?.unit.replaceAll('_', ' ') ?? '';
  const numbers = evidence.map(({ week, value }) => `${value} ${unit} (${week.heading})`).join(', ');
  return [{ text: `${rule.rule_id}: ${rule.means}. ${rule.measure}: ${numbers}.`, cites: [first, ...others] }];
};

/** The weeks that make a rule hold; none where it does not. A week without the measure is no evidence of anything. */
const evidenceFor = (weeks: readonly ReviewedWeek[], { measure, when }: FigureRule): readonly WeekValue[] => {
  const length = owns(when, 'rises') ? when.rises + 1 : owns(when, 'falls') ? when.falls + 1 : 1;
  if (!Number.isSafeInteger(length) || length < 1 || weeks.length < length) return [];
  const seen = weeks.slice(-length).flatMap((week): readonly WeekValue[] => {
    const value = week.measures.find(({ name }) => name === measure)?.value;
    return value === undefined ? [] : [{ week, value }];
  });
  return seen.length === length &&
    holds(
      when,
      seen.map(({ value }) => value),
    )
    ? seen
    : [];
};

const holds = (when: FigureRule['when'], values: readonly number[]): boolean => {
  const last = values.at(-1) ?? 0;
  if (owns(when, 'above')) return last > when.above;
  if (owns(when, 'below')) return last < when.below;
  const sign = owns(when, 'rises') ? 1 : -1;
  return values.every((value, i) => i === 0 || sign * (value - (values[i - 1] ?? value)) > 0);
};
