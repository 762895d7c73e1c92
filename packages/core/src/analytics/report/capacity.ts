/**
 * How much is open at once: by looking at every instant, and by Little's law (L = λ·W: arrivals a time, times how long one stays).
 * Both are over the time between the first and the last receipt of the period; where they differ much, the period began or ended full.
 */
import { count, lengthen, type Measure, mean, newSpan, type Span } from './report.ts';

/** What comes and goes. */
export interface Capacity {
  open: number;
  most: number;
  arrived: number;
  readonly stayed: Span;
  /** Open ones times milliseconds. */
  area: number;
  /** When the period began, and when it was looked at last; absent before its first receipt. */
  since: number | undefined;
  lookedAt: number;
}

export const newCapacity = (): Capacity => ({
  open: 0,
  most: 0,
  arrived: 0,
  stayed: newSpan(),
  area: 0,
  since: undefined,
  lookedAt: 0,
});

/** Time passed until a receipt of the period; told of each, before anything comes or goes. */
export const passed = (capacity: Capacity, at: number, isIn: boolean): void => {
  if (!isIn) return;
  if (capacity.since === undefined) capacity.most = capacity.open;
  capacity.since ??= at;
  if (capacity.lookedAt > 0) capacity.area += capacity.open * (at - Math.max(capacity.lookedAt, capacity.since));
  capacity.lookedAt = at;
};

/** One more is open. */
export const came = (capacity: Capacity, isIn: boolean): void => {
  capacity.open += 1;
  if (!isIn) return;
  capacity.arrived += 1;
  capacity.most = Math.max(capacity.most, capacity.open);
};

/** One that was open for so long is not any more. */
export const went = (capacity: Capacity, isIn: boolean, stayedMs: number): void => {
  capacity.open -= 1;
  if (isIn) lengthen(capacity.stayed, stayedMs);
};

const DAY_MS = 86_400_000;

/** Arrivals, how long one stays, and how many are open at once, both ways. */
export const capacityMeasures = (capacity: Capacity): readonly Measure[] => {
  const { arrived, stayed, area, open, most, since, lookedAt } = capacity;
  const time = since === undefined ? 0 : lookedAt - since;
  const thousandths = (name: string, value: number): Measure => ({
    name,
    unit: 'thousandths',
    ...(time === 0 ? {} : { value: Math.floor(value) }),
  });
  const stay = stayed.count === 0 ? 0 : stayed.total / stayed.count;
  return [
    count('arrived', arrived),
    count('done', stayed.count),
    count('open at the end', open),
    count('most at once', most),
    mean('mean time open', stayed),
    thousandths('arrivals a day', (arrived * 1_000 * DAY_MS) / time),
    thousandths('open on average, looked at', (area * 1_000) / time),
    thousandths('open on average, by Little’s law', ((arrived * stay) / time) * 1_000),
  ];
};
