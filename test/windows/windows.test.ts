/** Windows of the week: when they are open, and when a step says that they open next. */
import { compileCatalog, decide, type NextStep, printIssue, whatWouldApprove } from '@tai-autonomics/core';
import type { Window } from '@tai-autonomics/core/author';
import { parseInstant } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { windowsFor } from '../generators/catalog.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { isOpen } from '../reference/decide-condition.ts';
import { sightings } from '../runs.ts';
import { asked, catalogWith, timed } from './scene.ts';

const during = (...windows: readonly Window[]) => ({ when: { fact: 'at', during: windows } });
const outside = (...windows: readonly Window[]) => ({ when: { not: { fact: 'at', during: windows } } });
const ms = (text: string): number => parseInstant(text) as number;

/** `open`, or the next step of the first reason. */
const found = (requirement: object, at: string | number): 'open' | NextStep => {
  const decision = decide(timed(requirement as never), asked(typeof at === 'string' ? ms(at) : at));
  return decision.verdict === 'approve' ? 'open' : decision.reasons[0].next;
};
const waits = (notBefore: string, before?: string): NextStep => ({
  kind: 'time',
  notBefore,
  ...(before === undefined ? {} : { before }),
});

const NIGHTS: Window = { days: ['mon', 'tue'], from: '22:00', to: '06:00' };
const SUNDAY_NIGHT: Window = { days: ['sun'], from: '22:00', to: '06:00' };
const ALL_DAY: Window = { from: '00:00', to: '24:00' };

// 2026-11-23 is a Monday.
describe('when a window is open', () => {
  test.for<{
    readonly note: string;
    readonly windows: readonly Window[];
    readonly at: string;
    readonly want: 'open' | NextStep;
  }>([
    {
      note: 'a millisecond before it opens',
      windows: [NIGHTS],
      at: '2026-11-23T21:59:59.999Z',
      want: waits('2026-11-23T22:00:00.000Z', '2026-11-24T06:00:00.000Z'),
    },
    { note: 'at the instant at which it opens', windows: [NIGHTS], at: '2026-11-23T22:00:00.000Z', want: 'open' },
    {
      note: 'after midnight it is still the window of the day before',
      windows: [NIGHTS],
      at: '2026-11-25T05:59:59.999Z',
      want: 'open',
    },
    {
      note: 'at the instant at which it closes',
      windows: [NIGHTS],
      at: '2026-11-25T06:00:00.000Z',
      want: waits('2026-11-30T22:00:00.000Z', '2026-12-01T06:00:00.000Z'),
    },
    {
      note: 'not after the midnight of a day that is not named',
      windows: [NIGHTS],
      at: '2026-11-23T01:00:00.000Z',
      want: waits('2026-11-23T22:00:00.000Z', '2026-11-24T06:00:00.000Z'),
    },
    { note: 'over the end of the week', windows: [SUNDAY_NIGHT], at: '2026-11-23T05:59:59.999Z', want: 'open' },
    {
      note: 'over the end of the week, from before it',
      windows: [SUNDAY_NIGHT],
      at: '2026-11-22T20:00:00.000Z',
      want: waits('2026-11-22T22:00:00.000Z', '2026-11-23T06:00:00.000Z'),
    },
    {
      note: 'over the end of the year',
      windows: [{ days: ['thu'], from: '23:00', to: '01:00' }],
      at: '2027-01-01T00:59:59.999Z',
      want: 'open',
    },
    {
      note: 'on the leap day, a Thursday',
      windows: [{ days: ['thu'], from: '00:00', to: '24:00' }],
      at: '2024-02-29T23:59:59.999Z',
      want: 'open',
    },
    {
      note: 'a whole day ends with it',
      windows: [{ days: ['thu'], from: '00:00', to: '24:00' }],
      at: '2024-03-01T00:00:00.000Z',
      want: waits('2024-03-07T00:00:00.000Z', '2024-03-08T00:00:00.000Z'),
    },
    { note: 'every day, all day: always', windows: [ALL_DAY], at: '2026-11-23T00:00:00.000Z', want: 'open' },
    {
      note: 'two that only together are always open',
      windows: [
        { from: '06:00', to: '18:00' },
        { from: '18:00', to: '06:00' },
      ],
      at: '2026-11-23T18:00:00.000Z',
      want: 'open',
    },
    {
      note: 'of two that overlap, the later end counts',
      windows: [
        { from: '08:00', to: '10:00' },
        { from: '09:00', to: '12:00' },
      ],
      at: '2026-11-23T07:00:00.000Z',
      want: waits('2026-11-23T08:00:00.000Z', '2026-11-23T12:00:00.000Z'),
    },
    {
      note: 'of two that touch there is no closing between them',
      windows: [
        { from: '08:00', to: '10:00' },
        { from: '10:00', to: '12:00' },
      ],
      at: '2026-11-23T07:00:00.000Z',
      want: waits('2026-11-23T08:00:00.000Z', '2026-11-23T12:00:00.000Z'),
    },
    {
      note: 'the very first day, a Thursday',
      windows: [{ days: ['thu'], from: '00:00', to: '00:01' }],
      at: '1970-01-01T00:00:00.000Z',
      want: 'open',
    },
    {
      note: 'the very last instant, a Friday',
      windows: [{ days: ['fri'], from: '23:59', to: '24:00' }],
      at: '9999-12-31T23:59:59.999Z',
      want: 'open',
    },
    {
      note: 'no opening comes before the year 9999 ends',
      windows: [{ days: ['sat'], from: '00:00', to: '24:00' }],
      at: '9999-12-31T00:00:00.000Z',
      want: { kind: 'none', why: 'no later instant will do, as long as all else stays' },
    },
    {
      note: 'the last opening has no end',
      windows: [{ days: ['fri'], from: '12:00', to: '24:00' }],
      at: '9999-12-31T00:00:00.000Z',
      want: waits('9999-12-31T12:00:00.000Z'),
    },
  ])('$note', ({ windows, at, want }) => {
    expect(found(during(...windows), at)).toEqual(want);
  });
});

describe('a freeze is what is not a window', () => {
  const yearEnd = {
    any: [
      { fact: 'at', before: '2026-12-18T00:00:00Z' },
      { fact: 'at', notBefore: '2027-01-04T00:00:00Z' },
    ],
  };
  test.for<{
    readonly note: string;
    readonly requirement: object;
    readonly at: string;
    readonly want: 'open' | NextStep;
  }>([
    {
      note: 'a weekend',
      requirement: outside({ days: ['sat', 'sun'], from: '00:00', to: '24:00' }),
      at: '2026-11-21T08:00:00.000Z',
      want: waits('2026-11-23T00:00:00.000Z', '2026-11-28T00:00:00.000Z'),
    },
    {
      note: 'always: nothing will do',
      requirement: outside(ALL_DAY),
      at: '2026-11-21T08:00:00.000Z',
      want: { kind: 'none', why: 'no later instant will do, as long as all else stays' },
    },
    {
      note: 'a range of dates',
      requirement: { when: yearEnd },
      at: '2026-12-24T18:00:00.000Z',
      want: waits('2027-01-04T00:00:00.000Z'),
    },
    {
      note: 'a range of dates and a window: the first opening after the range',
      requirement: { when: { all: [yearEnd, { fact: 'at', during: [NIGHTS] }] } },
      at: '2026-12-24T18:00:00.000Z',
      want: waits('2027-01-04T22:00:00.000Z', '2027-01-05T06:00:00.000Z'),
    },
    {
      note: 'the range cuts a window short',
      requirement: {
        when: { all: [yearEnd, { fact: 'at', during: [{ days: ['thu'], from: '22:00', to: '06:00' }] }] },
      },
      at: '2026-12-17T20:00:00.000Z',
      want: waits('2026-12-17T22:00:00.000Z', '2026-12-18T00:00:00.000Z'),
    },
  ])('$note', ({ requirement, at, want }) => {
    expect(found(requirement, at)).toEqual(want);
  });

  test('what the ledger keeps is compared as well: the first opening after it', () => {
    const catalog = timed({
      when: {
        all: [
          { fact: 'at', after: { fact: 'until', plus: 3_600_000 } },
          { fact: 'at', during: [NIGHTS] },
        ],
      },
    });
    const decision = decide(catalog, asked(ms('2026-11-21T08:00:00Z'), ms('2026-11-24T05:00:00Z')));
    expect(decision.verdict === 'refuse' && decision.reasons[0].next).toEqual(
      waits('2026-11-24T22:00:00.000Z', '2026-11-25T06:00:00.000Z'),
    );
  });
});

describe('what is waited for together, and what runs out meanwhile', () => {
  const MORNINGS: Window = { from: '08:00', to: '12:00' };
  const TUESDAYS: Window = { days: ['tue'], from: '00:00', to: '24:00' };
  const FROZEN = {
    any: [
      { fact: 'at', before: '2026-11-24T00:00:00Z' },
      { fact: 'at', notBefore: '2026-12-01T10:00:00Z' },
    ],
  };
  const nextOf = (at: string, until: string, ...requirements: readonly object[]): readonly NextStep[] => {
    const decision = decide(timed(...(requirements as never[])), asked(ms(at), ms(until)));
    return decision.verdict === 'refuse' ? decision.reasons.map(({ next }) => next) : [];
  };
  const unexpired = {
    code: 'expired',
    when: { fact: 'until', after: { fact: 'at' } },
    remedy: { by: 'nobody', why: 'because' },
  };

  test('every wait is for the same instant, also for what is open now and would be shut then', () => {
    const all = [during(MORNINGS), during(TUESDAYS), { when: FROZEN }];
    expect(nextOf('2026-11-23T13:00:00Z', '2026-11-23T13:00:00Z', ...all)).toEqual([
      waits('2026-12-01T10:00:00.000Z', '2026-12-01T12:00:00.000Z'),
      waits('2026-12-01T10:00:00.000Z', '2026-12-01T12:00:00.000Z'),
    ]);
  });

  test('where no instant is for all of them, each is told its own', () => {
    const never = [
      during({ days: ['tue'], from: '08:00', to: '09:00' }),
      during({ days: ['wed'], from: '08:00', to: '09:00' }),
    ];
    expect(nextOf('2026-11-23T13:00:00Z', '2026-11-23T13:00:00Z', ...never)).toEqual([
      waits('2026-11-24T08:00:00.000Z', '2026-11-24T09:00:00.000Z'),
      waits('2026-11-25T08:00:00.000Z', '2026-11-25T09:00:00.000Z'),
    ]);
  });

  test('what holds now and expires before the opening is told with the wait; what outlasts it is not', () => {
    const told = waits('2026-11-24T00:00:00.000Z', '2026-11-25T00:00:00.000Z');
    expect(nextOf('2026-11-23T13:00:00Z', '2026-11-24T00:00:00Z', during(TUESDAYS), unexpired)).toEqual([
      { ...told, lapses: ['expired'] },
    ]);
    expect(nextOf('2026-11-23T13:00:00Z', '2026-11-24T00:00:00.001Z', during(TUESDAYS), unexpired)).toEqual([told]);
  });

  test('what would approve never claims an instant at which something else has run out', () => {
    const catalog = timed(during(TUESDAYS) as never, unexpired as never);
    for (const [until, facts] of [
      ['2026-11-24T00:00:00Z', ['at,until']],
      ['2026-11-24T00:00:00.001Z', ['at']],
    ] as const) {
      const answer = whatWouldApprove(catalog, asked(ms('2026-11-23T13:00:00Z'), ms(until)));
      const sets = answer.answer === 'sets' ? answer.sets : [];
      expect(
        sets.map(({ changes }) =>
          changes
            .map(({ fact }) => fact)
            .sort()
            .join(),
        ),
      ).toEqual(facts);
      for (const { after } of sets) expect(decide(catalog, after).verdict).toBe('approve');
    }
  });
});

const MINUTE = 60_000;
const some = (d: Dice): number => {
  const near = d.pick(
    ['1970-01-02T00:00:00Z', '2026-11-23T12:00:00Z', '2028-02-29T00:00:00Z', '9999-12-20T00:00:00Z'].map(ms),
  );
  return near + d.below(7 * 1_440) * MINUTE + d.pick([0, 0, 1, 59_999]);
};

describe('laws', () => {
  test('a condition is true exactly while one of its windows is open', () => {
    const seen = { open: 0, shut: 0 };
    holds(150, (d) => {
      const windows = windowsFor(d);
      const catalog = timed(during(...windows));
      for (let i = 0; i < 10; i++) {
        const at = some(d);
        const open = windows.some((window) => isOpen(window, at));
        expect(decide(catalog, asked(at)).verdict, JSON.stringify({ windows, at })).toBe(open ? 'approve' : 'refuse');
        seen[open ? 'open' : 'shut'] += 1;
      }
    });
    expect(Math.min(seen.open, seen.shut)).toBeGreaterThan(sightings(100));
  });

  test('a wait is exact: every minute before it is shut, every minute of it is open, and at its end it is shut', () => {
    let waited = 0;
    holds(60, (d) => {
      const windows = windowsFor(d);
      const at = some(d);
      const next = found(during(...windows), at);
      if (next === 'open') return;
      if (next.kind !== 'time') throw new Error(JSON.stringify(next));
      waited += 1;
      const isOpenAt = (instant: number): boolean => windows.some((window) => isOpen(window, instant));
      const [opens, closes] = [ms(next.notBefore), ms(next.before ?? '9999-12-31T23:59:59.999Z')];
      for (let instant = at; instant < opens; instant += MINUTE) expect(isOpenAt(instant)).toBe(false);
      expect(isOpenAt(opens - 1)).toBe(false);
      for (let instant = opens; instant < closes; instant += MINUTE) expect(isOpenAt(instant)).toBe(true);
      if (next.before !== undefined) expect([isOpenAt(closes - 1), isOpenAt(closes)]).toEqual([true, false]);
    });
    expect(waited).toBeGreaterThan(sightings(20));
  });
});

describe('what is no window does not load', () => {
  const at = '$.packs[0].actions.act.requires[0].when.during';
  test.for<{ readonly note: string; readonly windows: unknown; readonly says: string }>([
    { note: 'no window', windows: [], says: `at ${at}: expected a list of at least 1 (a window), found a list of 0` },
    {
      note: 'one that is not in a list',
      windows: ALL_DAY,
      says: `at ${at}: expected a list of at least 1 (a window), found an object`,
    },
    {
      note: 'no days',
      windows: [{ ...NIGHTS, days: [] }],
      says: `at ${at}[0].days: expected a list of at least 1 (a day), found a list of 0`,
    },
    {
      note: 'a day twice',
      windows: [{ ...NIGHTS, days: ['mon', 'mon'] }],
      says: `at ${at}[0].days: expected each day once, found a list of 2`,
    },
    {
      note: 'a day that there is not',
      windows: [{ ...NIGHTS, days: ['mo'] }],
      says: `at ${at}[0].days[0]: expected one of mon, tue, wed, thu, fri, sat, sun (did you mean \`mon\`?), found "mo"`,
    },
    {
      note: 'no beginning',
      windows: [{ to: '06:00' }],
      says: `at ${at}[0].from: expected a time of the day, HH:MM, found nothing`,
    },
    {
      note: 'an end that is no time',
      windows: [{ from: '06:00', to: '25:00' }],
      says: `at ${at}[0].to: expected a time of the day, HH:MM or 24:00, found "25:00"`,
    },
    {
      note: 'a beginning at 24:00',
      windows: [{ from: '24:00', to: '06:00' }],
      says: `at ${at}[0].from: expected a time of the day, HH:MM, found "24:00"`,
    },
    {
      note: 'seconds',
      windows: [{ from: '06:00:00', to: '07:00' }],
      says: `at ${at}[0].from: expected a time of the day, HH:MM, found "06:00:00"`,
    },
    {
      note: 'one that ends when it begins',
      windows: [{ from: '06:00', to: '06:00' }],
      says: `at ${at}[0].to: expected another time than \`from\` (a whole day is 00:00 to 24:00), found "06:00"`,
    },
    {
      note: 'a time zone',
      windows: [{ ...NIGHTS, zone: 'Europe/Paris' }],
      says: `at ${at}[0].zone: expected no member \`zone\` in a window, found "zone"`,
    },
  ])('$note', ({ windows, says }) => {
    const catalog = compileCatalog(catalogWith({ when: { fact: 'at', during: windows } }));
    expect(E.isLeft(catalog) && catalog.left.map(printIssue)).toEqual([says]);
  });

  test.for([
    {
      note: 'a window of what is no instant',
      requirement: { when: { fact: 'mode', during: [NIGHTS] }, remedy: { by: 'nobody', why: 'because' } },
      says: 'expected one of is, oneOf, startsWith for one of eval, contractual, found `during`',
    },
    {
      note: 'a wait for what time does not bring',
      requirement: { when: { fact: 'mode', is: 'eval' } },
      says: 'expected an instant in `notBefore`, or a condition that looks at `at`, found neither',
    },
  ])('$note', ({ requirement, says }) => {
    const catalog = compileCatalog(catalogWith(requirement));
    expect(
      E.isLeft(catalog) && catalog.left.map(({ expected, found: is }) => `expected ${expected}, found ${is}`),
    ).toEqual([says]);
  });
});
