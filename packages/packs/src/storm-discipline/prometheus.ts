/** An answer of Prometheus’ `/api/v1/query_range`, or of a product that answers in its format, as samples. */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { listMember, type Members, member } from '../members.ts';

/** The largest rate that is read, in thousandths of a request a second. */
const RATE_MOST = 1e15;

/** Samples in the order of their time: milliseconds since the Unix epoch, thousandths of a request a second. */
export interface Samples {
  readonly times: readonly number[];
  readonly rates: readonly number[];
  /** When series ended that others went on after: who stopped, or is not seen any more, nothing says. */
  readonly left?: readonly number[];
}

/** The series of an answer; a rate may be `NaN`, which is no sample. */
export type Series = readonly Samples[];

const NUMBER = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Without the instants that have no rate. */
export const known = ({ times, rates }: Samples): Samples => {
  const isKnown = (_: number, i: number): boolean => !Number.isNaN(rates[i]);
  return { times: times.filter(isKnown), rates: rates.filter((rate) => !Number.isNaN(rate)) };
};

/** Adds up what several series say of one instant, as Prometheus’ own `sum` does: with a `NaN` among them there is no sum. */
export const added = (series: Series): Samples => {
  const [only] = series;
  if (only !== undefined && series.length === 1) return only;
  const sums = new Map<number, number>();
  for (const { times, rates } of series) {
    for (let i = 0; i < times.length; i++) {
      const time = times[i] as number;
      sums.set(time, Math.min(RATE_MOST, (sums.get(time) ?? 0) + (rates[i] as number)));
    }
  }
  const times = [...sums.keys()].sort((a, b) => a - b);
  return { times, rates: times.map((time) => sums.get(time) as number) };
};

/**
 * The same, without an instant at which a series has no sample though it has one before and one behind: there the sum
 * would be of some of the series only. All series of an answer have their samples at the same instants.
 */
export const addedWhole = (series: Series): Samples => {
  const sums = added(series);
  if (series.length < 2) return sums;
  // How many series begin at an instant, less those that ended before it; and how many have a sample there.
  const [opened, closed, present] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()];
  const one = (counts: Map<number, number>, time: number | undefined): void => {
    if (time !== undefined) counts.set(time, (counts.get(time) ?? 0) + 1);
  };
  for (const { times } of series) {
    one(opened, times[0]);
    one(closed, times.at(-1));
    for (const time of times) one(present, time);
  }
  let open = 0;
  const rates = sums.times.map((time, i) => {
    open += opened.get(time) ?? 0;
    const isWhole = present.get(time) === open;
    open -= closed.get(time) ?? 0;
    return isWhole ? (sums.rates[i] as number) : Number.NaN;
  });
  return { times: sums.times, rates };
};

/** When series ended before the last sample of the answer, in the order of time. */
export const leftIn = (series: Series): readonly number[] => {
  const ends = series.flatMap(({ times }) => times.at(-1) ?? []);
  const last = ends.reduce((latest, end) => Math.max(latest, end), 0);
  return ends.filter((end) => end < last).sort((a, b) => a - b);
};

/** Reads an answer of `query_range`: a matrix, series by series. */
export const parseMatrix = (raw: unknown): E.Either<string, Series> => {
  if (!isPlainObject(raw) || member(raw, 'status') !== 'success') return E.left('expected a successful answer');
  const data = member(raw, 'data');
  if (!isPlainObject(data) || member(data, 'resultType') !== 'matrix') return E.left('expected a matrix');
  const result = listMember(data, 'result');
  if (result === undefined) return E.left('expected a list of series');
  const series: Samples[] = [];
  for (const one of result) {
    const parsed = parseSeries(one);
    if (E.isLeft(parsed)) return parsed;
    series.push(parsed.right);
  }
  return E.right(series);
};

const ANSWER: readonly string[] = [
  'status',
  'data',
  'infos',
  'warnings',
  'isPartial',
  'partial',
  'error',
  'errorType',
  'stats',
  'trace',
  'analysis',
];
const DATA: readonly string[] = [...ANSWER, 'resultType', 'result', 'explanation'];

/** A member that no product is known to answer: what it says of the data nobody here can tell. */
export const strangeMember = (raw: unknown): string | undefined => {
  const strangeIn = (json: unknown, known: readonly string[]): string | undefined =>
    isPlainObject(json) ? Object.keys(json).find((name) => !known.includes(name)) : undefined;
  return strangeIn(raw, ANSWER) ?? (isPlainObject(raw) ? strangeIn(member(raw, 'data'), DATA) : undefined);
};

/**
 * Whether an answer says of itself that it is not the whole: `warnings` (Prometheus, Thanos, Mimir), `isPartial`
 * (VictoriaMetrics), an error beside the data, or histograms among the samples. `infos` say nothing of the kind.
 */
export const isPartial = (raw: unknown): boolean => {
  if (!isPlainObject(raw)) return true;
  const data = member(raw, 'data');
  if (isPart(raw) || !isPlainObject(data) || isPart(data)) return true;
  return (listMember(data, 'result') ?? []).some(
    (series) => isPlainObject(series) && (isPart(series) || !isNothing(member(series, 'histograms'))),
  );
};

/** Thousandths of a request a second; `NaN` where there is no sample, `undefined` where it is no rate. */
const rateOf = (text: unknown): number | undefined => {
  if (typeof text !== 'string') return undefined;
  if (text === 'NaN') return Number.NaN;
  const rate = NUMBER.test(text) ? Math.round(Number(text) * 1_000) : Number.NaN;
  return rate <= RATE_MOST ? rate : undefined;
};

/** Milliseconds; what is finer is cut off. A double holds today's seconds to a quarter of a microsecond, so a little is added first. */
const timeOf = (seconds: unknown): number | undefined =>
  typeof seconds === 'number' && seconds >= 0 && seconds <= 253_402_300_799
    ? Math.floor(seconds * 1_000 + 0.001)
    : undefined;

const parseSeries = (series: unknown): E.Either<string, Samples> => {
  const values = isPlainObject(series) ? member(series, 'values') : undefined;
  if (!Array.isArray(values)) return E.left('expected each series to have a list of values');
  const times: number[] = [];
  const rates: number[] = [];
  let last = -1;
  for (const pair of values as readonly unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) return E.left('expected a sample [seconds, "rate"]');
    const time = timeOf(pair[0]);
    const rate = rateOf(pair[1]);
    if (time === undefined || rate === undefined) return E.left('expected a sample [seconds, "rate"], not negative');
    if ((pair[0] as number) <= last) return E.left('expected the samples of a series in the order of their time');
    last = pair[0] as number;
    // Of two samples within one millisecond the later one counts.
    if (time === times.at(-1)) times.pop();
    if (times.length < rates.length) rates.pop();
    times.push(time);
    rates.push(rate);
  }
  return E.right({ times, rates });
};

const PARTS = ['warnings', 'isPartial', 'partial', 'error', 'errorType'] as const;
const isNothing = (said: unknown): boolean =>
  said === undefined || said === null || said === false || said === '' || (Array.isArray(said) && said.length === 0);
const isPart = (json: Members): boolean => PARTS.some((name) => !isNothing(member(json, name)));
