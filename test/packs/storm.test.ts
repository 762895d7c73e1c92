/** The storm detector: what it says of Prometheus' answers, and the laws of its method. */
import { type Detector, storm, stormVersion1 } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { readDocument } from './read-document.ts';

type Sample = readonly [seconds: number, rate: string];

const matrix = (...series: readonly (readonly Sample[])[]): unknown => ({
  status: 'success',
  data: { resultType: 'matrix', result: series.map((values) => ({ metric: {}, values })) },
});
/** One series, a sample every 15 seconds. */
const sampled = (rates: readonly number[]): readonly Sample[] => rates.map((rate, i) => [1_000 + 15 * i, String(rate)]);
const seriesOf = (rates: readonly number[]): unknown => matrix(sampled(rates));

type Facts = Extract<ReturnType<Detector['detect']>, { readonly _tag: 'Right' }>['right'];
const factsOf = (raw: unknown, by: Detector = storm): Facts => {
  const facts = by.detect(raw);
  if (E.isLeft(facts)) throw new Error(facts.left);
  return facts.right;
};
const isStorm = (rates: readonly number[]): unknown => factsOf(seriesOf(rates))['storm_detected'];
const repeat = (n: number, rate: number): readonly number[] => Array.from({ length: n }, () => rate);

/** Ten requests a second: a storm begins at 40 and ends at 20. */
const CALM = repeat(20, 10);
const STORM = [...CALM, ...repeat(3, 40)];

describe('the documents of Prometheus', () => {
  test('a time finer than a millisecond is cut off there; of two samples within one the later one counts', () => {
    const at = (fraction: number) =>
      sampled(STORM).map(([seconds, rate]): Sample => [1_795_859_000 + seconds + fraction, rate]);
    const plain = matrix(at(0.123));
    for (const more of [0.000_1, 0.000_4, 0.000_8]) {
      expect(storm.seenAt?.(matrix(at(0.123 + more)))).toBe(storm.seenAt?.(plain));
      expect(factsOf(matrix(at(0.123 + more)))).toEqual(factsOf(plain));
    }
    const twice = at(0.123).flatMap(([seconds, rate]): Sample[] => [
      [seconds, '9999'],
      [seconds + 0.000_5, rate],
    ]);
    expect(factsOf(matrix(twice))).toEqual(factsOf(plain));
  });
  test('a calm service', () => {
    expect(factsOf(readDocument('prometheus-calm'))).toEqual({
      storm_detected: false,
      request_rate: 60,
      request_peak: 62,
      request_baseline: 61,
      throttle_proposal: 121,
    });
  });
  test('a storm, seen over the sum of both instances', () => {
    expect(factsOf(readDocument('prometheus-storm'))).toEqual({
      storm_detected: true,
      request_rate: 384,
      request_peak: 392,
      request_baseline: 61,
      throttle_proposal: 121,
    });
  });
  test('are as old as their last sample', () => {
    expect(storm.seenAt?.(readDocument('prometheus-storm'))).toBe(Math.round((1_795_424_400.781 + 13 * 15) * 1_000));
    expect(storm.seenAt?.(matrix())).toBeUndefined();
  });
});

test.for([
  { note: 'two samples above are a spike', rates: [...CALM, 400, 400], storm: false },
  { note: 'three samples above are a storm', rates: [...CALM, 400, 400, 400], storm: true },
  { note: 'a storm begins at the upper threshold itself', rates: [...CALM, 40, 40, 40], storm: true },
  { note: 'below it there is none', rates: [...CALM, ...repeat(30, 39.9)].slice(0, 23), storm: false },
  { note: 'a pause between spikes starts the count again', rates: [...CALM, 40, 40, 10, 40, 40], storm: false },
  { note: 'four calm samples do not end it', rates: [...STORM, ...repeat(4, 20)], storm: true },
  { note: 'five do, at the lower threshold itself', rates: [...STORM, ...repeat(5, 20)], storm: false },
  { note: 'just above it they do not', rates: [...STORM, ...repeat(50, 20.1)], storm: true },
  {
    note: 'a burst starts the count to the end again',
    rates: [...STORM, 10, 10, 10, 10, 30, 10, 10, 10, 10],
    storm: true,
  },
  { note: 'a handful of requests to an idle service is no storm', rates: [...repeat(20, 0), 9, 9, 9, 9], storm: false },
  { note: 'ten a second to an idle service are one', rates: [...repeat(20, 0), 10, 10, 10], storm: true },
  {
    note: 'a slow rise is followed as the new normal',
    rates: Array.from({ length: 200 }, (_, i) => 10 + i),
    storm: false,
  },
])('$note', ({ rates, storm: expected }) => expect(isStorm(rates)).toBe(expected));

test('nine samples settle nothing, ten do', () => {
  expect(factsOf(seriesOf(repeat(9, 10)))).toEqual({});
  expect(factsOf(seriesOf(repeat(10, 10)))).toMatchObject({ storm_detected: false, request_baseline: 10 });
  expect(factsOf(matrix(sampled(repeat(9, 10)), [[9_999, 'NaN']]))).toEqual({});
});

test.for([
  { note: 'no answer', raw: undefined },
  { note: 'an error of Prometheus', raw: { status: 'error', errorType: 'bad_data', error: 'parse error' } },
  { note: 'a vector', raw: { status: 'success', data: { resultType: 'vector', result: [] } } },
  { note: 'a series without values', raw: { status: 'success', data: { resultType: 'matrix', result: [{}] } } },
  { note: 'a rate as a number', raw: matrix([[1, 7 as unknown as string]]) },
  { note: 'a negative rate', raw: matrix([[1, '-7']]) },
  { note: 'an infinite rate', raw: matrix([[1, '+Inf']]) },
  { note: 'a hexadecimal rate', raw: matrix([[1, '0x10']]) },
  { note: 'a rate beyond all service', raw: matrix([[1, '1e300']]) },
  { note: 'an empty rate', raw: matrix([[1, '']]) },
  {
    note: 'samples out of order',
    raw: matrix([
      [2, '1'],
      [1, '1'],
    ]),
  },
  {
    note: 'two samples of one instant',
    raw: matrix([
      [1, '1'],
      [1, '1'],
    ]),
  },
  { note: 'an instant as text', raw: matrix([['1' as unknown as number, '1']]) },
  { note: 'a sample of three', raw: matrix([[1, '1', '2'] as unknown as Sample]) },
])('$note is no evidence, and is said so in one line', ({ raw }) => {
  const answer = storm.detect(raw);
  expect(E.isLeft(answer) && answer.left).toMatch(/^expected [^\n]+$/);
  expect(storm.seenAt?.(raw)).toBeUndefined();
});

test.for([
  { note: 'warnings', part: { warnings: ['receive series from store-b: deadline exceeded'] } },
  { note: 'isPartial', part: { isPartial: true } },
  { note: 'an error beside the data', part: { error: 'too many samples' } },
  { note: 'a warning that is no list', part: { warnings: 'deadline exceeded' } },
])('an answer with $note is not whole, and no evidence', ({ part }) => {
  const whole = seriesOf(STORM) as Readonly<Record<string, unknown>>;
  expect(E.isLeft(storm.detect({ ...whole, ...part }))).toBe(true);
  expect(E.isLeft(storm.detect({ ...whole, data: { ...(whole['data'] as object), ...part } }))).toBe(true);
  expect(storm.seenAt?.({ ...whole, ...part })).toBeUndefined();
  expect(factsOf({ ...whole, ...part }, stormVersion1)).toMatchObject({ storm_detected: true });
});

test('infos, and parts that say nothing, leave an answer whole', () => {
  const whole = seriesOf(STORM) as Readonly<Record<string, unknown>>;
  for (const said of [
    { infos: ['metric might not be a counter'] },
    { warnings: [] },
    { isPartial: false },
    { warnings: null },
  ])
    expect(factsOf({ ...whole, ...said })).toEqual(factsOf(whole));
});

test('histograms among the samples leave some out', () => {
  const series = { metric: {}, values: sampled(STORM), histograms: [[9_999, { count: '1', sum: '1' }]] };
  expect(E.isLeft(storm.detect({ status: 'success', data: { resultType: 'matrix', result: [series] } }))).toBe(true);
});

test('an instant at which one series says NaN has no sample', () => {
  const other = sampled(repeat(STORM.length, 10)).map(([at], i): Sample => [at, i === 15 ? 'NaN' : '10']);
  expect(factsOf(matrix(sampled(STORM), other))).toEqual(
    factsOf(matrix(sampled(STORM).toSpliced(15, 1), other.toSpliced(15, 1))),
  );
});

test('an instant at which one series has no sample between two of its own has none', () => {
  const steady = sampled(repeat(STORM.length + 6, 10));
  const other = sampled([...CALM, ...repeat(9, 100)]);
  for (const [from, holes] of [
    [STORM.length, 5],
    [18, 1],
    [STORM.length - 1, 2],
  ] as const) {
    const hole = other.toSpliced(from, holes);
    expect(factsOf(matrix(steady, hole))).toEqual(factsOf(matrix(steady.toSpliced(from, holes), hole)));
  }
  // The calm of one series alone ends no storm of both.
  expect(factsOf(matrix(steady, other.toSpliced(STORM.length, 5)))).toMatchObject({ storm_detected: true });
  expect(factsOf(matrix(steady, other.toSpliced(STORM.length, 5)), stormVersion1)).toMatchObject({
    storm_detected: false,
  });
});

test('a series that was there in a storm and is not seen any more ends none', () => {
  const loud = [...CALM, ...repeat(3, 100)];
  const all = loud.length + 8;
  const steady = sampled(repeat(all, 10));
  const other = sampled(loud);
  // The one that stormed is gone, and the others are calm.
  expect(factsOf(matrix(steady, other))).toMatchObject({ storm_detected: true });
  expect(factsOf(matrix(steady, other))).not.toHaveProperty('request_peak');
  expect(factsOf(matrix(steady, sampled([...loud, ...repeat(8, 10)])))).toMatchObject({ storm_detected: false });
  // One that was taken away before it began says nothing of it.
  const early = sampled(repeat(5, 10));
  expect(factsOf(matrix(sampled([...loud, ...repeat(8, 10)]), early))).toMatchObject({ storm_detected: false });
  expect(factsOf(matrix(steady, other), stormVersion1)).toMatchObject({ storm_detected: false });
});

test('an answer with a member that no product is known to give is no evidence', () => {
  const whole = seriesOf(STORM) as { readonly data: object };
  for (const part of ['partialResponse', 'truncated', 'Warnings', 'warning', 'nextPageToken']) {
    expect(storm.detect({ ...whole, [part]: false })).toMatchObject(E.left(expect.stringContaining(part)));
    expect(E.isLeft(storm.detect({ ...whole, data: { ...whole.data, [part]: false } }))).toBe(true);
  }
  for (const part of ['stats', 'trace', 'analysis'])
    expect(factsOf({ ...whole, [part]: { seriesFetched: '2' } })).toEqual(factsOf(whole));
});

test('samples in a row end no storm across a gap, and leave no peak', () => {
  const over = sampled([...STORM, ...repeat(6, 10)]);
  expect(factsOf(matrix(over))).toMatchObject({ storm_detected: false, request_peak: 10 });
  const gap = over.toSpliced(-3, 1);
  expect(factsOf(matrix(gap))).toMatchObject({ storm_detected: true });
  expect(factsOf(matrix(gap))).not.toHaveProperty('request_peak');
  expect(factsOf(matrix(gap), stormVersion1)).toMatchObject({ storm_detected: false });
  // Later the gap is behind.
  const later = over.toSpliced(-6, 1);
  expect(factsOf(matrix(later))).toMatchObject({ storm_detected: false, request_peak: 10 });
});

describe('laws', () => {
  const rate = fc.oneof(
    fc.double({ min: 0, max: 500, noNaN: true }),
    fc.constantFrom(0, 5, 10, 19.999, 20, 39.999, 40, 41),
  );
  const rates = fc.array(rate, { minLength: 10, maxLength: 80 });
  const options = { numRuns: runs(300), seed: 20_261_121 };

  /** The method once more, slowly: looks back at the last samples since the verdict changed. */
  const reference = (given: readonly number[]): { readonly isStorm: boolean; readonly baseline: number } => {
    const thousandths = given.map((one) => Math.round(one * 1_000));
    let baseline = thousandths.slice(0, 10).toSorted((a, b) => a - b)[4] ?? 0;
    let isStorm = false;
    let since: number[] = [];
    for (const now of thousandths) {
      const upper = Math.max(10_000, 4 * baseline);
      const lower = Math.max(5_000, 2 * baseline);
      since.push(now);
      const last = since.slice(isStorm ? -5 : -3);
      const speaks = (one: number): boolean => (isStorm ? one <= lower : one >= upper);
      if (!isStorm && now < upper) baseline += Math.trunc((now - baseline) / 16);
      if (last.length < (isStorm ? 5 : 3) || !last.every(speaks)) continue;
      isStorm = !isStorm;
      since = [];
    }
    return { isStorm, baseline };
  };

  test('the detector and its slow description agree', () => {
    fc.assert(
      fc.property(rates, (given) => {
        const { isStorm: expected, baseline } = reference(given);
        expect(factsOf(seriesOf(given))).toEqual({
          storm_detected: expected,
          request_rate: Math.ceil(Math.round((given.at(-1) as number) * 1_000) / 1_000),
          request_peak: Math.max(...given.slice(-5).map((one) => Math.ceil(Math.round(one * 1_000) / 1_000))),
          request_baseline: Math.ceil(baseline / 1_000),
          throttle_proposal: Math.ceil(Math.max(5_000, 2 * baseline) / 1_000),
        });
      }),
      options,
    );
  });
  test('neither the order of series nor how a sum is split among them matters', () => {
    const parts = fc.array(fc.tuple(fc.nat(400_000), fc.nat(400_000), fc.nat(400_000)), {
      minLength: 10,
      maxLength: 40,
    });
    fc.assert(
      fc.property(parts, (split) => {
        const part = (n: 0 | 1 | 2) => sampled(split.map((row) => row[n] / 1_000));
        const whole = factsOf(seriesOf(split.map(([a, b, c]) => (a + b + c) / 1_000)));
        expect(factsOf(matrix(part(0), part(1), part(2)))).toEqual(whole);
        expect(factsOf(matrix(part(2), part(0), part(1)))).toEqual(whole);
      }),
      { ...options, numRuns: runs(100) },
    );
  });
  test('between the thresholds nothing changes: a storm stays one, and a calm stays one', () => {
    const between = fc.array(fc.double({ min: 20.001, max: 39.9, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(between, (more) => {
        expect(isStorm([...STORM, ...more])).toBe(true);
        expect(isStorm([...CALM, ...more])).toBe(false);
      }),
      options,
    );
  });
  test('a storm never becomes the new normal: its length changes neither baseline nor proposal', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.double({ min: 40, max: 1e6, noNaN: true }), (longer, high) => {
        const { storm_detected, throttle_proposal, request_baseline } = factsOf(
          seriesOf([...STORM, ...repeat(longer, high)]),
        );
        expect({ storm_detected, throttle_proposal, request_baseline }).toEqual({
          storm_detected: true,
          throttle_proposal: 20,
          request_baseline: 10,
        });
      }),
      options,
    );
  });
  test('any JSON is read or refused, and never throws', () => {
    const hostile = fc.oneof(
      fc.jsonValue(),
      fc.record({
        status: fc.constant('success'),
        data: fc.record({ resultType: fc.constant('matrix'), result: fc.jsonValue() }),
      }),
      fc.array(fc.tuple(fc.jsonValue(), fc.jsonValue())).map((values) => matrix(values as unknown as Sample[])),
    );
    fc.assert(
      fc.property(hostile, (raw) => {
        const answer = storm.detect(raw);
        expect(E.isLeft(answer) || Object.keys(answer.right).every((fact) => storm.facts.includes(fact))).toBe(true);
      }),
      options,
    );
  });
});
