/**
 * Predictions are rules (D-52): a measure of the weekly review over a bound, or one that gets worse week after week. Rules are data;
 * nothing is learnt, and each alert says which numbers of which weeks it is from.
 */
import type { either as E } from 'fp-ts';
import { type Codec, closed, custom, id, list, parseWith, prose } from '../../data/codec.ts';
import type { Issue } from '../../data/issue.ts';
import { isPlainObject } from '../../receipt/encoding/json.ts';
import { owns } from '../../receipt/encoding/own.ts';
import type { Measure, Section, Statement } from './report.ts';

/** One rule over one measure of the weekly review. */
export interface FigureRule {
  readonly rule_id: string;
  /** What it is a sign of, and what helps: shown with its alert. */
  readonly means: string;
  /** The name of a measure of a week. */
  readonly measure: string;
  /** In the last week over or under a bound, in the measure's own unit; or more, or less, in each of so many weeks than in the one before. */
  readonly when:
    | { readonly above: number }
    | { readonly below: number }
    | { readonly rises: number }
    | { readonly falls: number };
}

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

/** Parses rules of one's own: a list. All that is wrong is listed, with its path. */
export const parseFigureRules = (json: unknown): E.Either<readonly [Issue, ...Issue[]], readonly FigureRule[]> =>
  parseWith(RULES, json);

/** In how many weeks one after the other, at most. */
const WEEKS_MOST = 52;
const MOST = { above: Number.MAX_SAFE_INTEGER, below: Number.MAX_SAFE_INTEGER, rises: WEEKS_MOST, falls: WEEKS_MOST };
const WHEN: Codec<FigureRule['when']> = custom(
  'exactly one of `above`, `below` (a whole number), `rises` and `falls` (1 to 52 weeks)',
  { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: { type: 'integer', minimum: 0 } },
  (x) => {
    const [[name, value] = [], ...more] = isPlainObject(x) ? Object.entries(x) : [];
    if (more.length > 0 || name === undefined || !Object.hasOwn(MOST, name) || typeof value !== 'number')
      return undefined;
    const least = name === 'rises' || name === 'falls' ? 1 : 0;
    const isIn = Number.isSafeInteger(value) && value >= least && value <= MOST[name as keyof typeof MOST];
    return isIn ? (x as unknown as FigureRule['when']) : undefined;
  },
);
const RULES: Codec<readonly FigureRule[]> = list(
  closed<FigureRule>('a rule over a figure', { rule_id: id, means: prose, measure: prose, when: WHEN }),
);

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
