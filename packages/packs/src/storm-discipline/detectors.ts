/**
 * Storm detection on a series of request rates, as Prometheus answers it from `/api/v1/query_range`.
 *
 * The series has to count the requests that are *offered*, before any throttle: else a throttle would look like the end
 * of its own storm. The method, version 2:
 *
 * 1. The samples of all series at one instant are added up. Rates are counted in thousandths of a request a second, as
 *    integers, so that no order of addition changes a sum. An instant at which a series says `NaN`, or has no sample
 *    between two of its own, has none; a negative or infinite rate is an error. An answer that says of itself that it is not whole is no evidence.
 * 2. The baseline starts at the median of the first 10 samples. Each later calm sample below the upper threshold moves
 *    it by a sixteenth of the distance. In a storm it stands still.
 * 3. Upper threshold: 4 × baseline, at least 10 requests a second. 3 samples in a row at or above it begin a storm.
 * 4. Lower threshold: 2 × baseline, at least 5 requests a second. 5 samples in a row at or below it end the storm, if
 *    none is missing between them, and no series that was there in the storm ended before them. Between the thresholds
 *    nothing changes: that is the hysteresis.
 * 5. The proposed throttle is the lower threshold: the rate at which the storm counts as over.
 * 6. `request_peak` is the highest of the last 5 samples, if none is missing between them and no series ended before the last
 *    one. A series that begins inside a
 *    storm takes the storm for its baseline, and nothing in it says so: so the ledger keeps the proposal with which a
 *    storm was throttled first, and the pack lifts no throttle while the peak is above it.
 *
 * A rise slower than a sixteenth a sample is followed as the new normal. Ten samples are needed to say anything.
 *
 * Version 1 adds up the other series at an instant at which one says `NaN`, reads answers that are not whole, counts
 * samples in a row and sums across a gap, and has no peak.
 */
import type { FactId, Value } from '@tai-autonomics/core/author';
import { either as E } from 'fp-ts';
import type { Detector } from '../detector.ts';
import { added, addedWhole, isPartial, known, leftIn, parseMatrix, type Samples, strangeMember } from './prometheus.ts';

/** The constants of both versions. Rates are thousandths of a request a second. */
const WARM_UP_SAMPLES = 10;
const UPPER_FACTOR = 4;
const UPPER_LEAST = 10_000;
const BEGIN_SAMPLES = 3;
const LOWER_FACTOR = 2;
const LOWER_LEAST = 5_000;
const END_SAMPLES = 5;
const LEARNING_SHIFT = 16;

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
const follow = ({ rates, times, left = [] }: Samples, isAfterGap: (i: number) => boolean): Verdict => {
  let baseline = medianOf(rates.slice(0, WARM_UP_SAMPLES));
  let storm = false;
  // Of those that ended, the first one that was there when the storm began.
  let gone = 0;
  let inARow = 0;
  for (const [i, rate] of rates.entries()) {
    if (storm && isAfterGap(i)) inARow = 0;
    // Who was there in the storm and is not seen any more may be in it still.
    const isSeen = gone >= left.length || (left[gone] as number) >= (times[i] as number);
    const speaks = storm ? isSeen && rate <= lowerOf(baseline) : rate >= upperOf(baseline);
    if (!speaks) {
      inARow = 0;
      if (!storm) baseline += Math.trunc((rate - baseline) / LEARNING_SHIFT);
      continue;
    }
    inARow += 1;
    if (inARow < (storm ? END_SAMPLES : BEGIN_SAMPLES)) continue;
    storm = !storm;
    while ((left[gone] ?? Number.POSITIVE_INFINITY) < (times[i - inARow + 1] as number)) gone += 1;
    inARow = 0;
  }
  return { storm, baseline };
};

const aSecond = (thousandths: number): number => Math.ceil(thousandths / 1_000);

type Facts = Readonly<Record<FactId, Value>>;

const factsOf = (samples: Samples, isAfterGap: (i: number) => boolean): Facts => {
  const { rates } = samples;
  const last = rates.at(-1);
  if (last === undefined || rates.length < WARM_UP_SAMPLES) return {};
  const { storm, baseline } = follow(samples, isAfterGap);
  return {
    storm_detected: storm,
    request_rate: aSecond(last),
    request_baseline: aSecond(baseline),
    throttle_proposal: aSecond(lowerOf(baseline)),
  };
};

/** Whether samples are missing before the one at a place: half a step more than the shortest step of the series. */
const gapsOf = (times: readonly number[]): ((i: number) => boolean) => {
  const steps = times.map((time, i) => time - (times[i - 1] ?? Number.NEGATIVE_INFINITY));
  const step = steps.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  return (i) => i > 0 && (steps[i] as number) > 1.5 * step;
};

/** The samples of a whole answer; one line says why it is none. */
const wholeSamples = (raw: unknown): E.Either<string, Samples> => {
  const series = parseMatrix(raw);
  if (E.isLeft(series)) return series;
  if (isPartial(raw)) return E.left('expected a whole answer, without warnings and not partial');
  const strange = strangeMember(raw);
  return strange === undefined
    ? E.right({ ...known(addedWhole(series.right)), left: leftIn(series.right) })
    : E.left(`expected an answer of query_range, found one with ${JSON.stringify(strange.slice(0, 80))}`);
};

const factsWithPeak = (samples: Samples): Facts => {
  const isAfterGap = gapsOf(samples.times);
  const facts = factsOf(samples, isAfterGap);
  const { length } = samples.rates;
  const isWhole = Array.from({ length: END_SAMPLES - 1 }, (_, i) => length - 1 - i).every((i) => !isAfterGap(i));
  return facts['request_rate'] === undefined || !isWhole || (samples.left ?? []).length > 0
    ? facts
    : { ...facts, request_peak: aSecond(Math.max(...samples.rates.slice(-END_SAMPLES))) };
};

const FACTS = ['storm_detected', 'request_rate', 'request_baseline', 'throttle_proposal'] as const;

/**
 * A `query_range` answer → `storm_detected` (the verdict after the last sample), `request_rate` (the last sample),
 * `request_peak` (the highest of the last five; absent if one is missing, or a series ended before) and `request_baseline`, all rounded up to whole
 * requests a second, and `throttle_proposal` (the limit that would end the storm, requests a second). Fewer than 10
 * samples settle nothing, an answer that is not whole is refused. It is as old as its last sample, whenever it was read.
 */
export const storm: Detector = {
  id: 'storm',
  version: 2,
  facts: [...FACTS, 'request_peak'],
  seenAt: (raw) => {
    const samples = wholeSamples(raw);
    return E.isRight(samples) ? samples.right.times.at(-1) : undefined;
  },
  detect: (raw) => E.map(factsWithPeak)(wholeSamples(raw)),
};

const firstSamples = (raw: unknown): E.Either<string, Samples> =>
  E.map((series: readonly Samples[]) => added(series.map(known)))(parseMatrix(raw));

/** Version 1, for receipts that name it. */
export const stormVersion1: Detector = {
  id: 'storm',
  version: 1,
  facts: FACTS,
  seenAt: (raw) => {
    const samples = firstSamples(raw);
    return E.isRight(samples) ? samples.right.times.at(-1) : undefined;
  },
  detect: (raw) => E.map((samples: Samples) => factsOf(samples, () => false))(firstSamples(raw)),
};
