/** Reports are made from receipts alone: whoever counts slowly finds the same, and no sentence is without its receipt. */
import {
  FIGURE_RULES,
  type FigureRule,
  parseFigureRules,
  predictionsOf,
  type Report,
  type ReviewedWeek,
  reportCsv,
  reportMarkdown,
  startFigure,
  startReport,
} from '@tai-autonomics/core/analytics';
import { formatInstant } from '@tai-autonomics/core/engine';
import type { Json, Receipt, WireWrite } from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';

const ALL_TIME = { since: 0, until: Date.UTC(9999, 0) };
const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;
/** A Monday. */
const START = Date.UTC(2026, 10, 23);

interface Step {
  readonly incident: string;
  readonly state: 'alerted' | 'checked' | 'remedying' | 'executed' | 'verified' | 'closed' | 'refused';
  readonly afterMs: number;
}

const of = (json: unknown): Receipt => json as Receipt;
const intent = (action: string, args: Json = {}, resource = 'svc'): ReadonlyMap<string, Json> =>
  new Map<string, Json>([
    [
      'request/intent',
      {
        action: { id: action, arguments: args },
        resource: { id: resource, ref: `res_${resource}` },
        subject: { type: 'agent', id: 'bot' },
        binding: 'b',
      },
    ],
  ]);

/** Receipts that say of incidents what the steps say, one a step. */
const receiptsOf = (steps: readonly Step[]): readonly Receipt[] => {
  let at = START;
  return steps.map(({ incident, state, afterMs }, seq) => {
    at += afterMs;
    const key = [incident];
    const writes: WireWrite[] =
      state === 'refused'
        ? []
        : [
            { cell: 'incident_state', key, set: state },
            ...(state === 'alerted'
              ? ([
                  { cell: 'incident_kind', key, set: 'drift' },
                  { cell: 'incident_severity', key, set: 'medium' },
                  { cell: 'incident_due_at', key, at: formatInstant(at + 15 * MINUTE_MS) },
                ] as const)
              : []),
          ];
    return of({
      kind: 'decision',
      seq,
      at: formatInstant(at),
      id: `id${seq}`,
      event: 'made_up',
      subject: 'sub_1',
      incident,
      verdict: state === 'refused' ? 'refuse' : 'approve',
      codes: state === 'refused' ? ['andon_open'] : [],
      writes,
    });
  });
};

const report = (question: Parameters<typeof startReport>[0], receipts: readonly Receipt[]): Report => {
  const run = startReport(question);
  for (const receipt of receipts) run.step(receipt, intent('made_up'));
  return run.finish();
};

const measure = ({ sections }: Report, heading: string, name: string): number | undefined =>
  sections.find((section) => section.heading === heading)?.measures.find((one) => one.name === name)?.value;

const steps = fc.array(
  fc.record({
    incident: fc.constantFrom('a', 'b', 'c'),
    state: fc.constantFrom('alerted', 'checked', 'remedying', 'executed', 'verified', 'closed', 'refused'),
    afterMs: fc.integer({ min: 0, max: WEEK_MS }),
  } satisfies Record<keyof Step, fc.Arbitrary<unknown>>),
  { maxLength: 40 },
) as fc.Arbitrary<readonly Step[]>;

test('the weeks of a review add up to its whole, and to what a slow count finds', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const receipts = receiptsOf(list);
      const weekly = report({ report: 'weekly', ...ALL_TIME }, receipts);
      const weeks = weekly.sections.filter(({ heading }) => heading.startsWith('Week of '));
      const refused = list.filter(({ state }) => state === 'refused').length;
      expect(measure(weekly, 'The whole period', 'refusals')).toBe(refused);
      expect(measure(weekly, 'The whole period', 'decisions')).toBe(list.length);
      expect(measure(weekly, 'The whole period', 'incidents opened')).toBe(
        list.filter(({ state }) => state === 'alerted').length,
      );
      for (const name of ['refusals', 'decisions', 'incidents opened', 'incidents decided', 'incidents closed']) {
        const sum = weeks.reduce((n, { heading }) => n + (measure(weekly, heading, name) ?? 0), 0);
        expect(sum, name).toBe(measure(weekly, 'The whole period', name));
      }
    }),
    { numRuns: runs(200) },
  );
});

test('an incident that was escalated from one severity to the next was decided too late once', () => {
  const [alerted, checked] = receiptsOf([
    { incident: 'a', state: 'alerted', afterMs: 0 },
    { incident: 'a', state: 'checked', afterMs: 60 * MINUTE_MS },
  ]);
  const escalation = (seq: number, severity: string, writes: readonly WireWrite[]): Receipt =>
    of({
      ...alerted,
      seq,
      event: 'incident_escalated',
      writes: [{ cell: 'incident_severity', key: ['a'], set: severity }, ...writes],
    });
  const last = { cell: 'incident_escalated', key: ['a'], set: true } as const;
  const receipts = [
    alerted,
    escalation(2, 'high', []),
    escalation(3, 'critical', []),
    escalation(4, 'critical', [last]),
  ];
  const whole = (upTo: number): Report =>
    report({ report: 'weekly', ...ALL_TIME }, [...receipts.slice(0, upTo), checked] as readonly Receipt[]);
  expect([1, 2, 3, 4].map((upTo) => measure(whole(upTo), 'The whole period', 'decided too late'))).toEqual([
    0, 1, 1, 1,
  ]);
});

/** Receipts of an account that bought a plan, and then of what the steps say. */
const accountOf = (plan: string, expires: number, list: readonly Step[]): readonly Receipt[] => [
  of({
    kind: 'decision',
    mode: 'contractual',
    seq: 0,
    at: formatInstant(START),
    id: 'bought',
    event: 'made_up',
    subject: 'sub_1',
    verdict: 'approve',
    codes: [],
    writes: [
      { cell: 'entitlement_plan', key: [], set: plan },
      { cell: 'entitlement_status', key: [], set: 'active' },
      { cell: 'entitlement_expires_at', key: [], at: formatInstant(expires) },
    ],
  }),
  ...receiptsOf(list).map((receipt) => of({ ...receipt, mode: 'contractual', seq: receipt.seq + 1 })),
];
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;

test('every incident is decided in time, late, or not due yet, and late exactly when its time is over', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const receipts = accountOf('team', START + YEAR_MS, list);
      const kept = report({ report: 'sla', responseMinutes: { team: 60 }, ...ALL_TIME }, receipts);
      // Slowly: of each time that one was opened, the first decision on it, and the first one after each check that follows one.
      const end = Date.parse(receipts.at(-1)?.at ?? '');
      let [inTime, late, waiting] = [0, 0, 0];
      const open = new Map<string, { readonly due: number; waits: boolean }>();
      const settle = (incident: string, at: number): void => {
        const one = open.get(incident);
        if (one?.waits !== true) return;
        if (at > one.due) late += 1;
        else inTime += 1;
        one.waits = false;
      };
      for (const [i, { incident, state }] of list.entries()) {
        const at = Date.parse(receipts[i + 1]?.at ?? '');
        if (state === 'alerted') {
          // Opened again without an end: what was open is not followed any more.
          open.set(incident, { due: at + 15 * MINUTE_MS, waits: true });
        } else if (state === 'remedying') settle(incident, at);
        else if (state === 'checked' && open.has(incident))
          open.set(incident, { due: open.get(incident)?.due ?? 0, waits: true });
        else if (state === 'closed') open.delete(incident);
      }
      for (const { due, waits } of open.values()) {
        if (!waits) continue;
        if (end > due) late += 1;
        else waiting += 1;
      }
      const said = (name: string) => measure(kept, 'Decisions on incidents', name);
      expect([said('in time'), said('too late'), said('not due yet at the end')]).toEqual([inTime, late, waiting]);
      expect(kept.sections.at(-1)?.statements.filter(({ text }) => text.includes('not decided'))).toHaveLength(late);
    }),
    { numRuns: runs(200) },
  );
});

test.for([
  { note: 'decided at the very last instant is in time', decided: 15 * MINUTE_MS, want: [1, 0, 0] },
  { note: 'decided a millisecond later is late', decided: 15 * MINUTE_MS + 1, want: [0, 1, 0] },
  { note: 'open at the very last instant is not due yet', seen: 15 * MINUTE_MS, want: [0, 0, 1] },
  { note: 'open a millisecond later is late', seen: 15 * MINUTE_MS + 1, want: [0, 1, 0] },
])('an incident that is $note', ({ decided, seen = 0, want }) => {
  const kept = report(
    { report: 'sla', ...ALL_TIME },
    accountOf('team', START + YEAR_MS, [
      { incident: 'a', state: 'alerted', afterMs: 0 },
      decided === undefined
        ? { incident: 'b', state: 'refused', afterMs: seen }
        : { incident: 'a', state: 'remedying', afterMs: decided },
    ]),
  );
  expect(
    ['in time', 'too late', 'not due yet at the end'].map((name) => measure(kept, 'Decisions on incidents', name)),
  ).toEqual(want);
});

test('after a remedy that failed the next decision has a time of its own, and counts as one more', () => {
  const minutes = (n: number, writes: readonly WireWrite[]): Receipt =>
    of({
      kind: 'decision',
      seq: n,
      at: formatInstant(START + n * MINUTE_MS),
      id: `id${n}`,
      event: 'made_up',
      subject: 'sub_1',
      incident: 'a',
      verdict: 'approve',
      codes: [],
      writes,
    });
  const is = (state: string): WireWrite => ({ cell: 'incident_state', key: ['a'], set: state });
  const due = (n: number): WireWrite => ({
    cell: 'incident_due_at',
    key: ['a'],
    at: formatInstant(START + n * MINUTE_MS),
  });
  const escalates: WireWrite = { cell: 'incident_escalated', key: ['a'], set: true };
  const failsOnce = [
    minutes(0, [
      is('alerted'),
      { cell: 'incident_kind', key: ['a'], set: 'drift' },
      { cell: 'incident_severity', key: ['a'], set: 'critical' },
      due(3),
    ]),
    minutes(1, [is('checked')]),
    minutes(2, [is('remedying'), due(10)]),
    minutes(3, [is('checked')]),
  ];
  const decidesAt = (n: number): readonly Receipt[] => [...failsOnce, minutes(n, [is('remedying'), due(n + 8)])];
  const said = (receipts: readonly Receipt[]) => {
    const [sla, weekly] = [
      report({ report: 'sla', ...ALL_TIME }, receipts),
      report({ report: 'weekly', ...ALL_TIME }, receipts),
    ];
    const run = startFigure('incidents', ALL_TIME, { packOf: () => undefined });
    for (const receipt of receipts) run?.step(receipt, new Map());
    const figure = run?.finish().figure as { readonly breached: number; readonly decided: number };
    const decisions = ['in time', 'too late', 'not due yet at the end'];
    return [
      ...decisions.map((name) => measure(sla, 'Decisions on incidents', name)),
      ...['incidents decided', 'decided too late'].map((name) => measure(weekly, 'The whole period', name)),
      figure.decided,
      figure.breached,
    ];
  };
  expect(said(decidesAt(10))).toEqual([2, 0, 0, 1, 0, 1, 0]);
  expect(said(decidesAt(60))).toEqual([1, 1, 0, 1, 1, 1, 1]);
  expect(said(failsOnce)).toEqual([1, 0, 1, 1, 0, 1, 0]);
  // An escalation and the late decision that it is about are one breach; each clock has its own.
  const escalated = [...failsOnce, minutes(11, [escalates]), minutes(60, [is('remedying'), due(68)])];
  expect(said(escalated)).toEqual([1, 1, 0, 1, 1, 1, 1]);
  const twice = [...escalated, minutes(61, [is('checked')]), minutes(69, [escalates])];
  expect(said(twice)).toEqual([1, 2, 0, 1, 2, 1, 2]);
  // What was carried out and is still seen is due anew from its check on.
  const still = [...failsOnce.slice(0, 3), minutes(4, [is('executed')]), minutes(5, [is('checked'), due(8)])];
  expect(said([...still, minutes(9, [is('declined')])])).toEqual([1, 1, 0, 1, 1, 1, 1]);
});

const answered = (plan: string, expires: number, afterMs: number, since = 0): readonly (number | undefined)[] => {
  const list: readonly Step[] = [
    { incident: 'a', state: 'alerted', afterMs: MINUTE_MS },
    { incident: 'a', state: 'checked', afterMs },
  ];
  const kept = report(
    { report: 'sla', responseMinutes: { team: 60 }, ...ALL_TIME, since },
    accountOf(plan, expires, list),
  );
  return ['in time', 'too late', 'without a promise'].map((name) => measure(kept, 'Responses to the account', name));
};

test.for([
  { note: 'within what the plan promises', plan: 'team', expires: START + YEAR_MS, after: 0, want: [1, 0, 0] },
  { note: 'at the very last instant', plan: 'team', expires: START + YEAR_MS, after: 60 * MINUTE_MS, want: [1, 0, 0] },
  { note: 'a millisecond later', plan: 'team', expires: START + YEAR_MS, after: 60 * MINUTE_MS + 1, want: [0, 1, 0] },
  { note: 'on a plan that promises nothing', plan: 'odd', expires: START + YEAR_MS, after: YEAR_MS, want: [0, 0, 1] },
  {
    note: 'on a plan by the name of a member of every object',
    plan: 'constructor',
    expires: START + YEAR_MS,
    after: 1,
    want: [0, 0, 1],
  },
  {
    note: 'to an alert at the instant of the expiry',
    plan: 'team',
    expires: START + MINUTE_MS,
    after: YEAR_MS,
    want: [0, 0, 1],
  },
])('a response $note', ({ plan, expires, after, want }) => expect(answered(plan, expires, after)).toEqual(want));

test('a week begins on Monday at 00:00 UTC', () => {
  const at = (afterMs: number) =>
    report({ report: 'weekly', ...ALL_TIME }, receiptsOf([{ incident: 'a', state: 'alerted', afterMs }])).sections.find(
      ({ heading }) => heading.startsWith('Week of '),
    )?.heading;
  expect([at(0), at(WEEK_MS - 1), at(WEEK_MS)]).toEqual([
    'Week of 2026-11-23',
    'Week of 2026-11-23',
    'Week of 2026-11-30',
  ]);
});

test('every sentence of an incident cites receipts that name it, and each of these is told once', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const receipts = receiptsOf(list);
      const story = report({ report: 'incident', incident: 'a', ...ALL_TIME }, receipts).sections[0]?.statements ?? [];
      const own = receipts.filter(({ incident }) => incident === 'a').map(({ seq }) => seq);
      expect(story.map(({ cites: [first] }) => first)).toEqual(own);
      for (const { cites } of story) for (const seq of cites) expect(own).toContain(seq);
    }),
    { numRuns: runs(200) },
  );
});

test('how many are open at once is the same by looking and by Little’s law, where the period begins and ends empty', () => {
  const list: Step[] = [0, 1, 2, 3].flatMap((n): Step[] => [
    { incident: `i${n}`, state: 'alerted', afterMs: 2 * MINUTE_MS },
    { incident: `i${n}`, state: 'closed', afterMs: (n + 1) * MINUTE_MS },
  ]);
  const weekly = report({ report: 'weekly', ...ALL_TIME }, receiptsOf(list));
  const looked = measure(weekly, 'Capacity: incidents', 'open on average, looked at');
  // Open for 1 + 2 + 3 + 4 of the 16 minutes from the first alert to the last end.
  expect(looked).toBe(Math.floor((10 * 1_000) / 16));
  expect(measure(weekly, 'Capacity: incidents', 'open on average, by Little’s law')).toBe(looked);
});

test('what came before the period is open in it, and is no count of it', () => {
  const receipts = receiptsOf([
    { incident: 'a', state: 'alerted', afterMs: 0 },
    { incident: 'b', state: 'alerted', afterMs: 1 },
    { incident: 'a', state: 'closed', afterMs: MINUTE_MS },
    { incident: 'a', state: 'alerted', afterMs: MINUTE_MS },
  ]).map(
    (receipt): Receipt =>
      of({
        ...receipt,
        writes: [
          ...receipt.writes,
          { cell: 'incident_signal', key: [receipt.incident], set: 'firing' },
          { cell: 'budget_spent', key: ['x'], plus: 7 },
        ],
      }),
  );
  const since = START + MINUTE_MS;
  const story = (from: number): readonly unknown[] =>
    ['times opened', 'alerts', 'cost'].map((name) =>
      measure(report({ report: 'incident', incident: 'a', ...ALL_TIME, since: from }, receipts), 'Counts', name),
    );
  expect([story(0), story(since)]).toEqual([
    [2, 3, 21],
    [1, 2, 14],
  ]);
  const weekly = report({ report: 'weekly', ...ALL_TIME, since }, receipts.slice(0, 3));
  expect(measure(weekly, 'Capacity: incidents', 'most at once')).toBe(2);
});

test('what rises over a week without receipts does not rise week after week', () => {
  const failing = (weeks: readonly number[]): readonly Step[] =>
    weeks.flatMap((afterWeeks, i): Step[] => [
      { incident: `i${i}`, state: 'alerted', afterMs: afterWeeks * WEEK_MS },
      { incident: `i${i}`, state: 'verified', afterMs: (i + 1) * MINUTE_MS },
    ]);
  const predicted = (weeks: readonly number[]): readonly string[] =>
    report({ report: 'weekly', ...ALL_TIME }, receiptsOf(failing(weeks)))
      .sections.find(({ heading }) => heading === 'Predictions')
      ?.statements.map(({ text }) => text)
      .filter((text) => text.includes('recovery takes longer')) ?? [];
  expect([predicted([0, 1, 1, 1]).length, predicted([0, 1, 2, 1]).length]).toEqual([1, 0]);
});

test('what is measured from a half of the receipts differs from the whole: figures can be wrong', () => {
  const receipts = receiptsOf([
    { incident: 'a', state: 'alerted', afterMs: 0 },
    { incident: 'a', state: 'remedying', afterMs: 15 * MINUTE_MS + 1 },
    { incident: 'a', state: 'executed', afterMs: 1 },
    { incident: 'a', state: 'verified', afterMs: 1 },
  ]);
  const weekly = report({ report: 'weekly', ...ALL_TIME }, receipts);
  expect(measure(weekly, 'The whole period', 'decided too late')).toBe(1);
  expect(measure(weekly, 'The whole period', 'mean time to recovery (alert to verification)')).toBe(15 * MINUTE_MS + 3);
  expect(report({ report: 'weekly', ...ALL_TIME }, receipts.slice(0, 2)).sections).not.toEqual(weekly.sections);
});

const stop = (seq: number, write: WireWrite, verdict = 'approve', codes: readonly string[] = []): Receipt =>
  of({
    kind: 'decision',
    seq,
    at: formatInstant(START + seq),
    id: `${seq}`,
    event: 'e',
    subject: 's',
    verdict,
    codes,
    writes: [write],
  });

test('an Andon is told with its finding, what it stopped, and how long it lasted; one that is open is open at the end', () => {
  const run = startReport({ report: 'andon', ...ALL_TIME });
  const hostile = '=HYPERLINK("http://x")<b>*_|`\n';
  run.step(stop(0, { cell: 'andon', key: ['res_svc'], set: 'high' }), intent('raise_andon', { finding: hostile }));
  run.step(
    of({
      ...stop(1, { cell: 'andon', key: ['x'], clear: true }),
      verdict: 'refuse',
      codes: ['andon_open'],
      writes: [],
    }),
    intent('trigger_rollback'),
  );
  run.step(stop(5, { cell: 'andon', key: ['res_svc'], clear: true }), intent('clear_andon', { finding: 'mended' }));
  run.step(
    stop(6, { cell: 'quarantine', key: ['res_svc'], set: true }),
    intent('quarantine_resource', { finding: 'odd' }),
  );
  const made = run.finish();
  const [timeline, refused, open] = made.sections;
  expect(timeline?.statements.map(({ cites }) => cites)).toEqual([[0], [0, 5], [6]]);
  expect(timeline?.measures.find(({ name }) => name === 'mean time stopped')?.value).toBe(5);
  expect(refused?.statements.map(({ text, cites }) => [text.includes('trigger_rollback'), cites])).toEqual([
    [true, [1]],
  ]);
  expect(open?.statements).toEqual([{ text: 'svc is in quarantine.', cites: [6] }]);
  const markdown = reportMarkdown(made);
  expect(markdown).not.toContain('<b>');
  expect(markdown).toContain(String.raw`\<b\>`);
  for (const row of reportCsv(made).split('\r\n')) expect(row).not.toMatch(/(^|,)"?[=+@-]/);
});

test('what callers wrote is no link, no formula and nothing unseen', () => {
  const shown = (finding: string) => {
    const run = startReport({ report: 'andon', ...ALL_TIME });
    run.step(stop(0, { cell: 'andon', key: ['res_svc'], set: 'high' }), intent('raise_andon', { finding }));
    return reportMarkdown(run.finish());
  };
  expect(shown('see https://x.test or HTTP://y.test')).toMatch(/https\\:\/\/x\.test or HTTP\\:\/\/y/);
  expect(shown('www.x.test and eve@x.test')).toContain(String.raw`www\.x.test and eve\@x.test`);
  for (const sign of ['\u202E', '\u2066', '\u200B', '\u2028', '\u2029']) expect(shown(`a${sign}b`)).toContain('a b');
  const rows = (name: string) =>
    reportCsv({
      sections: [{ heading: name, statements: [], measures: [{ name, unit: 'count' }], left: 0 }],
    } as unknown as Report);
  for (const name of [
    '=1',
    ' =1',
    '\n=1',
    '\t=1',
    '\u00A0=1',
    '\u200B=1',
    '\uFF1D1',
    '+1',
    '\uFF0B1',
    '-1',
    '@x',
    '\r1',
  ])
    expect(rows(name), JSON.stringify(name)).toMatch(/\r\n"?'/);
  for (const name of ['1', 'a=1', ' a']) expect(rows(name)).not.toContain("'");
});

test('kinds that alerts invent keep no submission out', () => {
  const run = startReport({ report: 'kaizen', ...ALL_TIME });
  const step = (seq: number, event: string, writes: readonly WireWrite[], args: Json = {}): void =>
    run.step(of({ ...stop(seq, { cell: 'x', key: [], set: 1 }), event, writes }), intent('x', args));
  for (let n = 0; n < 1_200; n++)
    step(n, 'made_up', [
      { cell: 'incident_state', key: [`i${n}`], set: 'alerted' },
      { cell: 'incident_kind', key: [`i${n}`], set: `invented ${n}` },
    ]);
  step(1_200, 'improvement_submitted', [], { kind: 'real', proposal: 'mend it' });
  const [open, , counts] = run.finish().sections;
  expect(open?.statements.map(({ text }) => text.split(',')[0])).toEqual(['1. real: "mend it"']);
  expect(counts?.measures.map(({ value }) => value)).toEqual([1, 200]);
});

test('a report over very many receipts keeps no more than its bounds', () => {
  const run = startReport({ report: 'incident', incident: 'a', ...ALL_TIME });
  for (let seq = 0; seq < 6_000; seq++)
    run.step({ ...receiptsOf([{ incident: 'a', state: 'refused', afterMs: 0 }])[0], seq } as Receipt, new Map());
  const [story] = run.finish().sections;
  expect([story?.statements.length, story?.left]).toEqual([5_000, 1_000]);
});

const weeksOf = (values: readonly (number | undefined)[]): readonly ReviewedWeek[] =>
  values.map((value, i) => ({
    heading: `Week ${i}`,
    measures: [{ name: 'm', unit: 'count', ...(value === undefined ? {} : { value }) }],
    first: 10 * i,
    last: 10 * i + 9,
  }));
test.for<{
  note: string;
  when: FigureRule['when'];
  values: readonly (number | undefined)[];
  cites: readonly number[] | undefined;
}>([
  { note: 'at its bound says nothing', when: { above: 5 }, values: [9, 5], cites: undefined },
  { note: 'over its bound cites its week', when: { above: 5 }, values: [9, 6], cites: [10, 19] },
  { note: 'under its bound cites its week', when: { below: 5 }, values: [4], cites: [0, 9] },
  {
    note: 'that rose twice cites three weeks',
    when: { rises: 2 },
    values: [9, 1, 2, 3],
    cites: [10, 19, 20, 29, 30, 39],
  },
  { note: 'that rose once and stood says nothing', when: { rises: 2 }, values: [1, 2, 2], cites: undefined },
  { note: 'that fell cites its weeks', when: { falls: 1 }, values: [2, 1], cites: [0, 9, 10, 19] },
  {
    note: 'that was not there in a week says nothing',
    when: { rises: 2 },
    values: [1, undefined, 3],
    cites: undefined,
  },
  { note: 'of too few weeks says nothing', when: { rises: 2 }, values: [1, 2], cites: undefined },
  { note: 'with a bound that is none says nothing', when: { rises: -1 }, values: [1, 2], cites: undefined },
])('a measure $note', ({ when, values, cites }) => {
  const { statements } = predictionsOf(weeksOf(values), [{ rule_id: 'r', means: 'it matters', measure: 'm', when }]);
  expect(statements.map((one) => one.cites)).toEqual(cites === undefined ? [] : [cites]);
});

test('every rule that ships is about a measure that the review has', () => {
  const weekly = report(
    { report: 'weekly', ...ALL_TIME },
    receiptsOf([{ incident: 'a', state: 'alerted', afterMs: 0 }]),
  );
  const names = weekly.sections.find(({ heading }) => heading.startsWith('Week of '))?.measures.map(({ name }) => name);
  for (const { measure: name } of FIGURE_RULES) expect(names).toContain(name);
});

test('rules of one’s own are read strictly, decide what is predicted, and stand in the report', () => {
  const rule = { rule_id: 'any_refusal', means: 'something is refused', measure: 'refusals', when: { above: 0 } };
  const told = (json: unknown): string => {
    const read = parseFigureRules(json);
    return E.isRight(read)
      ? 'read'
      : read.left.map(({ path, expected }) => `${path.join('.')}: ${expected}`).join('; ');
  };
  expect(told([rule])).toBe('read');
  for (const when of [
    {},
    { above: 1, below: 2 },
    { above: -1 },
    { rises: 0 },
    { falls: 53 },
    { twice: 1 },
    { above: '1' },
  ])
    expect(told([{ ...rule, when }])).toMatch(/^0\.when: exactly one of/);
  expect(told([{ ...rule, colour: 'red' }])).not.toBe('read');
  expect(told({})).not.toBe('read');
  const receipts = receiptsOf([{ incident: 'a', state: 'refused', afterMs: 0 }]);
  const predicted = (rules?: readonly FigureRule[]) => {
    const made = report({ report: 'weekly', ...ALL_TIME, ...(rules === undefined ? {} : { rules }) }, receipts);
    const texts = made.sections.find(({ heading }) => heading === 'Predictions')?.statements.map(({ text }) => text);
    return [made.rules, texts];
  };
  expect(predicted()).toEqual([undefined, []]);
  expect(predicted([rule])).toEqual([[rule], [expect.stringContaining('any_refusal: something is refused')]]);
});

test('an occurrence of which nothing is in the period is not told, and the others keep their number', () => {
  const once = (...states: readonly Step['state'][]) =>
    states.map((state) => ({ incident: 'a', state, afterMs: MINUTE_MS }));
  const receipts = receiptsOf([...once('alerted', 'checked', 'closed'), ...once('alerted', 'checked', 'closed')]);
  const told = (since: number) =>
    report({ report: 'incident', incident: 'a', ...ALL_TIME, since }, receipts)
      .sections.map(({ heading }) => heading)
      .filter((heading) => heading.startsWith('How long'));
  const [first, second] = ['How long it took, occurrence 1', 'How long it took, occurrence 2'];
  expect([0, START + 3 * MINUTE_MS, START + 4 * MINUTE_MS, START + 7 * MINUTE_MS].map(told)).toEqual([
    [first, second],
    [first, second],
    [second],
    [],
  ]);
});

test('submissions are ranked by what receipts say of their kind, and are done once an analysis was closed after them', () => {
  let seq = 0;
  const line = (event: string, writes: readonly WireWrite[], args: Json = {}, who = 'sub_1') => {
    const receipt = of({
      kind: 'decision',
      seq,
      at: formatInstant(START + seq * MINUTE_MS),
      id: `id${seq}`,
      event,
      subject: who,
      verdict: 'approve',
      codes: [],
      writes,
    });
    seq += 1;
    return [receipt, intent('submit_improvement', args)] as const;
  };
  const comes = (incident: string, kind: string, recurred = false) =>
    line('made_up', [
      { cell: 'incident_state', key: [incident], set: 'alerted' },
      { cell: 'incident_kind', key: [incident], set: kind },
      { cell: 'incident_recurred', key: [incident], set: recurred },
    ]);
  const submits = (kind: string) => line('improvement_submitted', [], { kind, proposal: `mend ${kind}` });
  const closes = (incident: string) =>
    line('analysis_closed', [{ cell: 'analysis_state', key: [incident], set: 'closed' }]);
  const lines = [
    comes('a', 'often'),
    comes('b', 'often'),
    comes('c', 'again', true),
    comes('d', 'mended', true),
    submits('often'),
    submits('never_seen'),
    submits('again'),
    submits('mended'),
    submits('again'),
    closes('d'),
  ];
  const kaizen = (all: readonly (readonly [Receipt, ReadonlyMap<string, Json>])[]) => {
    const run = startReport({ report: 'kaizen', ...ALL_TIME });
    for (const [receipt, disclosed] of all) run.step(receipt, disclosed);
    const [open, done, counts] = run.finish().sections;
    const told = [open, done].map((section) =>
      section?.statements.map(({ text, cites }) => [text.split(',')[0], cites]),
    );
    return [...told, counts?.measures.map(({ value }) => value)];
  };
  expect(kaizen(lines)).toEqual([
    [
      ['1. again: "mend again"', [6, 8]],
      ['2. often: "mend often"', [4]],
      ['3. never_seen: "mend never_seen"', [5]],
    ],
    [['mended: "mend mended"', [7, 9]]],
    [5, 0],
  ]);
  // Submitted again after the analysis was closed, it is open again, and came back too; the earlier submission breaks the tie.
  const [open] = kaizen([...lines, submits('mended')]);
  expect(open?.map((told) => (Array.isArray(told) ? told[0] : told))).toEqual([
    '1. again: "mend again"',
    '2. mended: "mend mended"',
    '3. often: "mend often"',
    '4. never_seen: "mend never_seen"',
  ]);
});

test('what is refused three times is proposed once, with its receipts; what was approved since is stale', () => {
  const grant = {
    action: 'grant_role',
    arguments: { role: 'read_iam' },
    resource: '*',
    choose: [{ argument: 'finding' }],
  };
  const body = {
    reasons: [{ code: 'insufficient_privilege', next: { kind: 'authority', who: { type: 'user' }, submit: grant } }],
  };
  const once = {
    reasons: [
      { code: 'approval_missing', next: { kind: 'authority', who: { type: 'user' }, submit: { refusal: true } } },
    ],
  };
  const refused = (seq: number, what: Json): readonly [Receipt, ReadonlyMap<string, Json>] => [
    of({
      ...stop(seq, { cell: 'x', key: [], clear: true }),
      verdict: 'refuse',
      codes: ['insufficient_privilege'],
      writes: [],
    }),
    new Map<string, Json>([...intent('detect_drift'), ['decision/body', what]]),
  ];
  const of4 = [
    refused(0, body),
    refused(1, body),
    refused(2, once),
    refused(3, once),
    refused(4, once),
    refused(5, body),
  ];
  const sectionsOf = (list: readonly (readonly [Receipt, ReadonlyMap<string, Json>])[]) => {
    const run = startReport({ report: 'proposals', ...ALL_TIME });
    for (const [receipt, disclosed] of list) run.step(receipt, disclosed);
    return run.finish().sections.map(({ statements }) => statements.map(({ cites }) => cites));
  };
  expect(sectionsOf(of4.slice(0, 5))).toEqual([[], []]);
  expect(sectionsOf(of4)).toEqual([[[0, 1, 5]], []]);
  const approved = [stop(6, { cell: 'x', key: [], clear: true }), intent('detect_drift')] as const;
  expect(sectionsOf([...of4, approved])).toEqual([[], [[0, 1, 5, 6]]]);
  // What is proposed was done, with whatever was chosen: stale. Done with another argument: not.
  const granted = (role: string) =>
    [
      stop(6, { cell: 'x', key: [], clear: true }),
      intent('grant_role', { role, finding: 'as proposed' }, '*'),
    ] as const;
  expect(sectionsOf([...of4, granted('read_iam')])).toEqual([[], [[0, 1, 5, 6]]]);
  expect(sectionsOf([...of4, granted('write_iam')])).toEqual([[[0, 1, 5]], []]);
  const run = startReport({ report: 'proposals', ...ALL_TIME });
  for (const [receipt, disclosed] of [...of4, granted('read_iam'), refused(7, body)]) run.step(receipt, disclosed);
  expect(run.finish().proposals).toEqual([
    {
      refused: { action: 'detect_drift', resource: 'svc', code: 'insufficient_privilege', times: 4 },
      receipts: [0, 1, 5, 7],
      who: { type: 'user' },
      submit: { action: 'grant_role', resource: '*', arguments: { role: 'read_iam' }, choose: ['finding'] },
    },
  ]);
});
