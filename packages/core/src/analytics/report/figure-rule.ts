/** A rule over a figure of the weekly review (D-52), as data: what it is, and how one is read. */
import type { either as E } from 'fp-ts';
import { type Codec, closed, custom, id, list, parseWith, prose } from '../../data/codec.ts';
import type { Issue } from '../../data/issue.ts';
import { isPlainObject } from '../../receipt/encoding/json.ts';

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
