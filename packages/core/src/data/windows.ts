/**
 * Recurring windows of the week, in UTC, to the minute. The week begins on Monday at 00:00; 1970-01-01 was a Thursday.
 * A window opens at `from` of each of its days and closes just before `to`: at the very instant of `to` it is closed.
 * `to` before `from` is of the day after. Leap seconds don't exist: a day has 86 400 seconds, here as on every wire.
 */
import { either as E } from 'fp-ts';
import { type Codec, closed, type Describe, decoder, list, oneOf, optional, text } from './codec.ts';
import { LAST_INSTANT, type Ms } from './instant.ts';

/** A day of the week. */
export type Day = (typeof DAYS)[number];

/** A stretch of time that comes back every week. Without `days` it is open on each of them. */
export interface Window {
  readonly days?: readonly Day[];
  /** `HH:MM`, inclusive. */
  readonly from: string;
  /** `HH:MM` or `24:00`, exclusive; never the same as `from`. */
  readonly to: string;
}

/** A part of the week: milliseconds from its beginning; `from` is in it, `to` is not. */
export interface Span {
  readonly from: Ms;
  readonly to: Ms;
}

/** The days of a week, from its first. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How long a week is. */
export const WEEK_MS: Ms = 604_800_000;
/** 1970-01-01 minus the Monday before it. */
const EPOCH_MS = 3 * DAY_MS;

const clock: Codec<string> = text('a time of the day, HH:MM', /^([01]\d|2[0-3]):[0-5]\d$/);
const closing: Codec<string> = text('a time of the day, HH:MM or 24:00', /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/);
const dayList: Codec<readonly Day[]> = list(oneOf('a day', DAYS), 1);

/** Spans of which some may reach beyond the end of the week, or lie before its beginning, inside of it. */
export const inWeek = (spans: readonly Span[]): readonly Span[] =>
  united(
    spans.flatMap(({ from, to }): readonly Span[] => {
      if (to - from >= WEEK_MS) return [{ from: 0, to: WEEK_MS }];
      const start = ((from % WEEK_MS) + WEEK_MS) % WEEK_MS;
      const end = start + to - from;
      if (end <= WEEK_MS) return [{ from: start, to: end }];
      return [
        { from: start, to: WEEK_MS },
        { from: 0, to: end - WEEK_MS },
      ];
    }),
  );

/** When in the week any of these windows is open. The whole week is one span. */
export const spansOf = (windows: readonly Window[]): readonly Span[] =>
  inWeek(
    windows.flatMap(({ days: on = DAYS, from, to }) =>
      on.map((day): Span => {
        const start = DAYS.indexOf(day) * DAY_MS;
        const [opens, closes] = [clockMs(from), clockMs(to)];
        return { from: start + opens, to: start + closes + (closes < opens ? DAY_MS : 0) };
      }),
    ),
  );

/** How long the week of an instant has lasted. */
export const phaseOf = (at: Ms): Ms => (((at + EPOCH_MS) % WEEK_MS) + WEEK_MS) % WEEK_MS;

/** Whether an instant is in one of the spans of its week. */
export const isDuring = (at: Ms, spans: readonly Span[]): boolean => {
  const phase = phaseOf(at);
  for (const { from, to } of spans) if (phase < to) return phase >= from;
  return false;
};

/** The first instant not before another that is in one of the spans; `undefined` where the year 9999 ends before. */
export const nextDuring = (at: Ms, spans: readonly Span[]): Ms | undefined => {
  if (isDuring(at, spans)) return at;
  const phase = phaseOf(at);
  const [first] = spans;
  if (first === undefined) return undefined;
  const next = spans.find(({ from }) => from > phase)?.from ?? first.from + WEEK_MS;
  const opens = at + next - phase;
  return opens > LAST_INSTANT ? undefined : opens;
};

/** The last instant not after another that is in one of the spans; `undefined` where that is before 1970. */
export const lastDuring = (at: Ms, spans: readonly Span[]): Ms | undefined => {
  if (isDuring(at, spans)) return at;
  const phase = phaseOf(at);
  const final = spans[spans.length - 1];
  if (final === undefined) return undefined;
  const before = spans.filter(({ to }) => to <= phase);
  const last = before[before.length - 1]?.to ?? final.to - WEEK_MS;
  const closes = at + last - 1 - phase;
  return closes < 0 ? undefined : closes;
};

/** Spans that begin and end with a minute, as windows that a person can read. */
export const windowsOf = (spans: readonly Span[]): readonly Window[] => {
  const byTimes = new Map<string, { readonly window: Window; readonly on: Set<Day> }>();
  for (const { from, to } of overTheEnd(spans).flatMap(stretchesOf)) {
    const day = Math.floor(from / DAY_MS);
    const ends = to - day * DAY_MS;
    const window = { from: timeOf(from - day * DAY_MS), to: timeOf(ends > DAY_MS ? ends - DAY_MS : ends) };
    const times = `${window.from} ${window.to}`;
    const known = byTimes.get(times) ?? { window, on: new Set<Day>() };
    known.on.add(DAYS[day % DAYS.length] as Day);
    byTimes.set(times, known);
  }
  return [...byTimes.values()].map(
    ({ window, on }): Window =>
      on.size === DAYS.length ? window : { days: DAYS.filter((day) => on.has(day)), ...window },
  );
};

/** Windows in words: `mon, tue 22:00–06:00 UTC or every day 12:00–13:00 UTC`. */
export const describeWindows = (windows: readonly Window[]): string =>
  windows
    .map(({ days: on, from, to }) => `${on === undefined ? 'every day' : on.join(', ')} ${from}–${to} UTC`)
    .join(' or ');
const uniqueDays: Describe = (definitions) => ({ ...dayList.describe(definitions), uniqueItems: true });
const days: Codec<readonly Day[]> = decoder<readonly Day[]>('a list of days', uniqueDays, (x, context) => {
  const read = dayList.validate(x, context);
  if (E.isLeft(read) || new Set(read.right).size === read.right.length) return read;
  return E.left([{ value: x, context, message: 'each day once' }]);
});

const shape: Codec<Window> = closed<Window>('a window', { days: optional(days), from: clock, to: closing });
const WindowCodec: Codec<Window> = decoder<Window>('a window', shape.describe, (x, context) => {
  const read = shape.validate(x, context);
  if (E.isLeft(read) || read.right.from !== read.right.to) return read;
  // A whole day or nothing: nobody knows which was meant.
  const here = { key: 'to', type: closing, actual: read.right.to };
  return E.left([
    {
      value: read.right.to,
      context: [...context, here],
      message: 'another time than `from` (a whole day is 00:00 to 24:00)',
    },
  ]);
});

/** At least one window. */
export const WindowsCodec: Codec<readonly Window[]> = list(WindowCodec, 1);

/** Spans in the order of the week, without overlaps and without gaps of nothing between them. */
const united = (spans: readonly Span[]): readonly Span[] => {
  const all: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = all[all.length - 1];
    if (last !== undefined && span.from <= last.to)
      all[all.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else all.push(span);
  }
  return all;
};

const clockMs = (time: string): Ms => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * MINUTE_MS;

/** Spans whose last runs on into the next week, as one. */
const overTheEnd = (spans: readonly Span[]): readonly Span[] => {
  const [first, last] = [spans[0], spans[spans.length - 1]];
  if (first === undefined || last === undefined || first === last || first.from > 0 || last.to < WEEK_MS) return spans;
  return [...spans.slice(1, -1), { from: last.from, to: WEEK_MS + first.to }];
};

/** A span in stretches that one window can say: over at most one midnight, or a day at a time. */
const stretchesOf = ({ from, to }: Span): readonly Span[] => {
  if (to - from < DAY_MS) return [{ from, to }];
  const midnight = Math.min((Math.floor(from / DAY_MS) + 1) * DAY_MS, to);
  return [{ from, to: midnight }, ...(midnight < to ? stretchesOf({ from: midnight, to }) : [])];
};

const timeOf = (ms: Ms): string => {
  const minutes = Math.floor(ms / MINUTE_MS);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
};
