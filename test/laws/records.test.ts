/** Lists of records: `every` and `some` are an `all` and an `any` over them, in receipts and in words too. */
import { readFileSync } from 'node:fs';
import { decide, lint, type Observation, whatWouldApprove } from '@tai-autonomics/core';
import {
  admit,
  type Condition,
  describeCondition,
  express,
  type RecordsType,
  type Value,
} from '@tai-autonomics/core/author';
import { describeWire } from '@tai-autonomics/core/engine';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled } from '../fixtures/tenant.ts';

type Truth = 'true' | 'false' | 'unknown';
const TRUTHS: readonly Truth[] = ['true', 'false', 'unknown'];

const text = readFileSync(new URL('../../examples/policy/release.jsonc', import.meta.url));
const parsed = parseStrictJson(text, { comments: true, maxBytes: 65_536, maxDepth: 32 });
const source = (E.isRight(parsed) ? parsed.right.value : {}) as { readonly packs: readonly [object] };

const FLAGS = { type: 'records', fields: { no: { type: 'integer' }, is: { type: 'boolean' } } } as const;
const observed = (type: object): object => ({
  means: 'seen',
  type,
  origin: 'observed',
  sources: ['probe'],
  maxAgeMs: 1_000,
});

/** One pack, one action, which asks for exactly this. */
const asking = (when: unknown): object => ({
  ...source,
  packs: [
    {
      ...source.packs[0],
      facts: { list: observed(FLAGS), outside: observed({ type: 'boolean' }) },
      cells: {},
      actions: {
        release: {
          means: 'asks',
          who: ['agent'],
          entitlement: 'none',
          roles: [],
          arguments: {},
          requires: [{ code: 'check_not_passed', means: 'it holds', when, remedy: { by: 'world' } }],
          emits: { approve: 'commit_released', refuse: 'action_refused' },
          writes: [],
          does: { effect: 'internal' },
        },
      },
      codes: { check_not_passed: 'it is false' },
    },
  ],
});

const AT = Date.UTC(2026, 11, 1, 8);
const observation = (list: readonly boolean[] | undefined, outside: Truth): Observation => ({
  id: 'o',
  at: AT,
  mode: 'eval',
  intent: {
    subject: { type: 'agent', id: 'bot', ref: 'bot', scope: [] },
    action: { id: 'release', arguments: {} },
    resource: { id: 'svc', ref: 'svc' },
    binding: 'b',
  },
  evidence: [
    ...(list === undefined
      ? []
      : [{ fact: 'list', value: { complete: true, items: list.map((is, no) => ({ no, is })) } }]),
    ...(outside === 'unknown' ? [] : [{ fact: 'outside', value: outside === 'true' }]),
  ].map((e) => ({ ...e, about: 'svc', source: 'probe', observedAt: AT })),
  state: { cells: new Map(), open: new Map() },
});

const truthOf = (when: unknown, o: Observation): Truth => {
  const decision = decide(compiled(asking(when)), o);
  if (decision.verdict === 'approve') return 'true';
  return decision.reasons[0].code === 'check_not_passed' ? 'false' : 'unknown';
};

const and = (all: readonly Truth[]): Truth =>
  all.includes('false') ? 'false' : all.includes('unknown') ? 'unknown' : 'true';
const or = (any: readonly Truth[]): Truth =>
  any.includes('true') ? 'true' : any.includes('unknown') ? 'unknown' : 'false';
const not = (x: Truth): Truth => (x === 'unknown' ? x : x === 'true' ? 'false' : 'true');
const truth = (b: boolean): Truth => (b ? 'true' : 'false');

const IS = { fact: 'field.is', is: true };
const OUTSIDE = { fact: 'outside', is: true };
const LISTS: readonly (readonly boolean[])[] = [
  [],
  [true],
  [false],
  [true, false],
  [false, true],
  [true, true],
  [false, false],
];

describe('Kleene over records, exhaustively', () => {
  const rows: readonly {
    readonly note: string;
    readonly when: unknown;
    readonly want: (list: readonly boolean[], outside: Truth) => Truth;
  }[] = [
    { note: 'every', when: { fact: 'list', every: IS }, want: (list) => and(list.map(truth)) },
    { note: 'some', when: { fact: 'list', some: IS }, want: (list) => or(list.map(truth)) },
    {
      note: 'not every is some not',
      when: { not: { fact: 'list', every: IS } },
      want: (list) => or(list.map((x) => truth(!x))),
    },
    {
      note: 'every or what is outside',
      when: { fact: 'list', every: { any: [IS, OUTSIDE] } },
      want: (list, x) => and(list.map((is) => or([truth(is), x]))),
    },
    {
      note: 'every with what is outside',
      when: { fact: 'list', every: { all: [IS, OUTSIDE] } },
      want: (list, x) => and(list.map((is) => and([truth(is), x]))),
    },
    {
      note: 'some or what is outside',
      when: { fact: 'list', some: { any: [IS, OUTSIDE] } },
      want: (list, x) => or(list.map((is) => or([truth(is), x]))),
    },
    {
      note: 'some with what is outside',
      when: { fact: 'list', some: { all: [IS, OUTSIDE] } },
      want: (list, x) => or(list.map((is) => and([truth(is), x]))),
    },
    {
      note: 'some beside what is outside',
      when: { fact: 'list', some: { fact: 'field.is', is: { fact: 'outside' } } },
      want: (list, x) => or(list.map((is) => (x === 'unknown' ? x : truth((x === 'true') === is)))),
    },
    { note: 'every of nothing said', when: { fact: 'list', every: { all: [] } }, want: () => 'true' },
    { note: 'some at all', when: { fact: 'list', some: { all: [] } }, want: (list) => truth(list.length > 0) },
    {
      note: 'every without a field',
      when: { fact: 'list', every: { not: OUTSIDE } },
      want: (list, x) => (list.length === 0 ? 'true' : not(x)),
    },
  ];
  test.for(rows)('$note', ({ when, want }) => {
    for (const outside of TRUTHS) {
      for (const list of LISTS)
        expect(truthOf(when, observation(list, outside)), `${list} ${outside}`).toBe(want(list, outside));
      expect(truthOf(when, observation(undefined, outside)), `no list, ${outside}`).toBe('unknown');
    }
  });
});

describe('a list of records', () => {
  const type: RecordsType = {
    type: 'records',
    fields: { name: { type: 'string' }, at: { type: 'instant' }, no: { type: 'integer' } },
  };
  const record = fc.record({
    name: fc.string({ minLength: 1, maxLength: 8 }),
    at: fc.integer({ min: 0, max: 253_402_300_799_999 }).map((ms) => new Date(ms).toISOString()),
    no: fc.maxSafeInteger(),
  });
  test('is read alike in any order of its records and of their fields, and comes back from its wire form', () => {
    fc.assert(
      fc.property(fc.uniqueArray(record, { selector: (r) => JSON.stringify(r), maxLength: 5 }), fc.gen(), (list, g) => {
        const read = admit(type)(list) as Value;
        if (read === undefined) return;
        const turned = list.map((r) => Object.fromEntries(Object.entries(r).reverse()));
        const shuffled = g(fc.shuffledSubarray, turned, { minLength: turned.length });
        expect(admit(type)(shuffled)).toEqual(read);
        expect(admit(type)(express(type, read))).toEqual(read);
        // Written to a file and read again, without what is remembered of the first reading.
        expect(express(type, JSON.parse(JSON.stringify(read)) as Value)).toEqual(express(type, read));
      }),
    );
  });
  test('is described by its fields', () => {
    const list = express(type, admit(type)([{ name: 'build', at: '2026-12-01T08:00:00Z', no: 1 }]) as Value);
    expect(describeWire(list)).toBe('{ name: build, at: 2026-12-01T08:00:00.000Z, no: 1 }');
    const every: Condition = { fact: 'list', every: { any: [IS, { fact: 'outside', is: false }] } };
    expect(describeCondition(every)).toBe('every record of list has (field.is is true or outside is false)');
    expect(describeCondition({ not: { fact: 'list', some: IS } })).toBe(
      'not some record of list has (field.is is true)',
    );
  });
});

describe('what is asked about policies with records', () => {
  test('whatWouldApprove names the one change, a list that does, and what any other has to satisfy', () => {
    const when = {
      all: [
        { fact: 'list', every: IS },
        { fact: 'list', some: { fact: 'field.no', above: 6 } },
      ],
    };
    const catalog = compiled(asking(when));
    const answer = whatWouldApprove(catalog, observation([true, false], 'true'));
    expect(answer).toMatchObject({
      answer: 'sets',
      sets: [
        {
          changes: [
            {
              fact: 'list',
              by: 'world',
              from: {
                known: [
                  { no: 1, is: false },
                  { no: 0, is: true },
                ],
              },
              to: [
                { no: 0, is: true },
                { no: 7, is: true },
              ],
              where: when.all,
            },
          ],
        },
      ],
    });
  });
  test('and keeps what the list has, as far as it may', () => {
    const when = {
      all: [
        { fact: 'list', every: { any: [IS, { fact: 'field.no', above: 1 }] } },
        { fact: 'list', some: IS },
      ],
    };
    const answer = whatWouldApprove(compiled(asking(when)), observation([true, false, false, true], 'true'));
    const [set] = answer.answer === 'sets' ? answer.sets : [];
    expect(set?.changes[0].to).toEqual([
      { no: 2, is: false },
      { no: 0, is: true },
      { no: 3, is: true },
    ]);
  });
  test('and knows that a list may stay, while what is outside changes', () => {
    const catalog = compiled(asking({ fact: 'list', every: { any: [IS, OUTSIDE] } }));
    const answer = whatWouldApprove(catalog, observation([true, false], 'false'));
    const changed = answer.answer === 'sets' ? answer.sets.map(({ changes }) => changes.map(({ fact }) => fact)) : [];
    expect(changed.sort()).toEqual([['list'], ['outside']]);
  });
  test.for([
    {
      note: 'what no record is',
      when: { fact: 'list', every: { all: [IS, { fact: 'field.is', is: false }] } },
      rule: 'condition_never_true',
      where: 'when.every',
    },
    {
      note: 'what every record is anyway',
      when: { fact: 'list', every: { any: [IS, { fact: 'field.is', is: false }] } },
      rule: 'condition_always_true',
      where: 'when.every',
    },
    {
      note: 'some record that every record is not',
      when: {
        all: [
          { fact: 'list', every: IS },
          { fact: 'list', some: { fact: 'field.is', is: false } },
        ],
      },
      rule: 'condition_never_true',
      where: 'when',
    },
  ])('lint notes $note', ({ when, rule, where }) => {
    const found = lint(asking(when)).filter((finding) => finding.rule === rule);
    expect(found.map(({ path }) => path.join('.'))).toEqual([`packs.0.actions.release.requires.0.${where}`]);
  });
});
