/**
 * Storm detection on a series of request rates, as Prometheus answers it from `/api/v1/query_range`.
 *
 * The series has to count the requests that are *offered*, before any throttle: else a throttle would look like the end
 * of its own storm. The method, version 1:
 *
 * 1. The samples of all series at one instant are added up. Rates are counted in thousandths of a request a second, as
 *    integers, so that no order of addition changes a sum. `NaN` is no sample; a negative or infinite rate is an error.
 * 2. The baseline starts at the median of the first 10 samples. Each later calm sample below the upper threshold moves
 *    it by a sixteenth of the distance. In a storm it stands still, so a storm never becomes the new normal.
 * 3. Upper threshold: 4 × baseline, at least 10 requests a second. 3 samples in a row at or above it begin a storm.
 * 4. Lower threshold: 2 × baseline, at least 5 requests a second. 5 samples in a row at or below it end the storm.
 *    Between the thresholds nothing changes: that is the hysteresis.
 * 5. The proposed throttle is the lower threshold: the rate at which the storm counts as over.
 *
 * A rise slower than a sixteenth a sample is followed as the new normal. Ten samples are needed to say anything.
 */
import type { FactId, Value } from '@tai-autonomics/core/author';
import { either as E } from 'fp-ts';
import type { Detector } from '../detector.ts';
import { isMembers, listMember, member } from '../members.ts';

/** The constants of version 1. Rates are thousandths of a request a second. */
const WARM_UP_SAMPLES = 10;
const UPPER_FACTOR = 4;
const UPPER_LEAST = 10_000;
const BEGIN_SAMPLES = 3;
const LOWER_FACTOR = 2;
const LOWER_LEAST = 5_000;
const END_SAMPLES = 5;
const LEARNING_SHIFT = 16;
const RATE_MOST = 1e15;

/** Samples in the order of their time: milliseconds since the Unix epoch, thousandths of a request a second. */
interface Samples {
  readonly times: number[];
  readonly rates: number[];
}

const NUMBER = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Thousandths of a request a second; `NaN` where there is no sample, `undefined` where it is no rate. */
const rateOf = (text: unknown): number | undefined => {
  if (typeof text !== 'string') return undefined;
  if (text === 'NaN') return Number.NaN;
  const rate = NUMBER.test(text) ? Math.round(Number(text) * 1_000) : Number.NaN;
  return rate <= RATE_MOST ? rate : undefined;
};

const timeOf = (seconds: unknown): number | undefined =>
  typeof seconds === 'number' && seconds >= 0 && seconds <= 253_402_300_799 ? Math.round(seconds * 1_000) : undefined;

const parseSeries = (series: unknown): E.Either<string, Samples> => {
  const values = isMembers(series) ? member(series, 'values') : undefined;
  if (!Array.isArray(values)) return E.left('expected each series to have a list of values');
  const times: number[] = [];
  const rates: number[] = [];
  let last = -1;
  for (const pair of values as readonly unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) return E.left('expected a sample [seconds, "rate"]');
    const time = timeOf(pair[0]);
    const rate = rateOf(pair[1]);
    if (time === undefined || rate === undefined) return E.left('expected a sample [seconds, "rate"], not negative');
    if (time <= last) return E.left('expected the samples of a series in the order of their time');
    last = time;
    if (Number.isNaN(rate)) continue;
    times.push(time);
    rates.push(rate);
  }
  return E.right({ times, rates });
};

/** Adds up what several series say of one instant, as Prometheus’ own `sum` does. */
const added = (series: readonly Samples[]): Samples => {
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

const parseMatrix = (raw: unknown): E.Either<string, Samples> => {
  if (!isMembers(raw) || member(raw, 'status') !== 'success') return E.left('expected a successful answer');
  const data = member(raw, 'data');
  if (!isMembers(data) || member(data, 'resultType') !== 'matrix') return E.left('expected a matrix');
  const result = listMember(data, 'result');
  if (result === undefined) return E.left('expected a list of series');
  const series: Samples[] = [];
  for (const one of result) {
    const parsed = parseSeries(one);
    if (E.isLeft(parsed)) return parsed;
    series.push(parsed.right);
  }
  return E.right(added(series));
};

const lowerOf = (baseline: number): number => Math.max(LOWER_LEAST, LOWER_FACTOR * baseline);
const upperOf = (baseline: number): number => Math.max(UPPER_LEAST, UPPER_FACTOR * baseline);

const medianOf = (rates: readonly number[]): number => {
  const sorted = [...rates].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
};

interface Verdict {
  readonly storm: boolean;
  readonly baseline: number;
}

/** Follows the series sample by sample. `inARow` counts samples that speak for a change of the verdict. */
const follow = (rates: readonly number[]): Verdict => {
  let baseline = medianOf(rates.slice(0, WARM_UP_SAMPLES));
  let storm = false;
  let inARow = 0;
  for (const rate of rates) {
    const speaks = storm ? rate <= lowerOf(baseline) : rate >= upperOf(baseline);
    if (!speaks) {
      inARow = 0;
      if (!storm) baseline += Math.trunc((rate - baseline) / LEARNING_SHIFT);
      continue;
    }
    inARow += 1;
    if (inARow < (storm ? END_SAMPLES : BEGIN_SAMPLES)) continue;
    storm = !storm;
    inARow = 0;
  }
  return { storm, baseline };
};

const aSecond = (thousandths: number): number => Math.ceil(thousandths / 1_000);

const factsOf = ({ rates }: Samples): Readonly<Record<FactId, Value>> => {
  const last = rates.at(-1);
  if (last === undefined || rates.length < WARM_UP_SAMPLES) return {};
  const { storm, baseline } = follow(rates);
  return {
    storm_detected: storm,
    request_rate: aSecond(last),
    request_baseline: aSecond(baseline),
    throttle_proposal: aSecond(lowerOf(baseline)),
  };
};

/**
 * A `query_range` answer → `storm_detected` (the verdict after the last sample), `request_rate` (the last sample) and
 * `request_baseline`, both rounded up to whole requests a second, and `throttle_proposal` (the limit that would end the
 * storm, requests a second). Fewer than 10 samples settle nothing. It is as old as its last sample, whenever it was read.
 */
export const storm: Detector = {
  id: 'storm',
  version: 1,
  facts: ['storm_detected', 'request_rate', 'request_baseline', 'throttle_proposal'],
  seenAt: (raw) => {
    const samples = parseMatrix(raw);
    return E.isRight(samples) ? samples.right.times.at(-1) : undefined;
  },
  detect: (raw) => E.map(factsOf)(parseMatrix(raw)),
};
