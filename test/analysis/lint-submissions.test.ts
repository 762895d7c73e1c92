/** `step_does_not_help` is exact: the submission that a step names is decided, over all observations. */
import { lint } from '@tai-autonomics/core';
import { describe, expect, test } from 'vitest';
import { changeControlled } from '../fixtures/change-control.ts';
import { catalogAround, internal, kept, requirement, seen } from '../fixtures/made-up.ts';
import { type Document, withPublishing } from '../fixtures/tenant.ts';
import { inTheLongRun } from '../runs.ts';

const WORD = { type: 'enum', values: ['a', 'b', 'c'] };
const COUNT = { type: 'integer', min: 0, max: 9 };
const NAMES = { type: 'set' };

/** What is wanted of `act`, how the step submits `mend`, and what `mend` is. */
interface Scene {
  readonly note: string;
  readonly when: Document;
  readonly submit?: Document;
  readonly times?: Document;
  readonly mend: Document;
  /** Another remedy than the submission, and what `act` is asked with. */
  readonly remedy?: Document;
  readonly asked?: Document;
}
const catalogOf = ({ when, submit = {}, times, mend, remedy, asked = {} }: Scene): unknown =>
  catalogAround({
    facts: {
      ring: kept('ring', WORD, 'b'),
      level: kept('level', COUNT, 0),
      by: kept('by', NAMES, []),
      mine: kept('owned', WORD, 'b', [{ fact: 'resource_ref' }]),
      wanted: seen(WORD),
      most: seen(COUNT),
      named: seen({ type: 'string' }),
      numbered: seen({ type: 'string', maxLength: 100, form: 'id' }),
      label: kept('label', { type: 'string' }, ''),
      picked: kept('owned', WORD, 'b', [{ fact: 'argument.pick' }]),
      rank: kept('ranks', WORD, 'b', [{ fact: 'subject' }]),
      opens: seen({ type: 'instant' }),
      closes: seen({ type: 'instant' }),
      kept_until: kept('until', { type: 'instant' }, '2026-01-01T00:00:00.000Z'),
    },
    cells: {
      ring: { means: 'ring', key: [], type: WORD },
      level: { means: 'level', key: [], type: COUNT },
      by: { means: 'by', key: [], type: NAMES },
      label: { means: 'label', key: [], type: { type: 'string' } },
      owned: { means: 'owned', key: ['resource'], type: WORD },
      ranks: { means: 'ranks', key: ['subject'], type: WORD },
      until: { means: 'until', key: [], type: { type: 'instant' } },
    },
    codes: { no: 'no', bad: 'bad' },
    actions: {
      mend: internal(mend),
      act: internal({
        arguments: asked,
        requires: [
          requirement(
            'no',
            when,
            remedy ?? {
              by: 'authority',
              who: { type: 'user' },
              submit: { action: 'mend', arguments: {}, ...submit },
              ...(times === undefined ? {} : { times }),
            },
          ),
        ],
      }),
    },
  });
const found = (source: unknown): readonly string[] =>
  lint(source)
    .filter(({ rule }) => rule === 'step_does_not_help' || rule === 'not_decided')
    .map(({ rule }) => rule);

const set = (cell: string, value: unknown, more: Document = {}): Document => ({
  cell,
  key: [],
  change: { set: value },
  ...more,
});
const ringIs = (word: unknown): Document => ({ fact: 'ring', is: word });
const to = (type: Document): Document => ({ to: { means: 'to', type } });
const wrong = (when: Document, argument = 'to'): Document => requirement('bad', when, { by: 'request', argument });

describe('a step that does not help is found', () => {
  test.for<Scene>([
    {
      note: 'the submission is refused by what it fills in, whatever else it is refused by',
      when: { fact: 'level', is: 3 },
      submit: { arguments: { to: 4 } },
      mend: {
        arguments: to(COUNT),
        requires: [
          requirement('bad', { fact: 'wanted', is: 'a' }, { by: 'world' }),
          wrong({ fact: 'argument.to', is: 3 }),
        ],
        writes: [set('level', 3)],
      },
    },
    {
      note: 'the submission breaks a requirement of its own action',
      when: ringIs('a'),
      submit: { arguments: { to: 'a' } },
      mend: {
        arguments: to(WORD),
        requires: [wrong({ not: { fact: 'argument.to', is: 'a' } })],
        writes: [set('ring', { fact: 'argument.to' })],
      },
    },
    {
      note: 'it helps in one observation, and in no other',
      when: ringIs({ fact: 'wanted' }),
      mend: { writes: [set('ring', 'a')] },
    },
    {
      note: 'nobody can make a precondition of the submission true',
      when: ringIs('a'),
      mend: {
        requires: [requirement('bad', { fact: 'level', is: 0 }, { by: 'nobody', why: 'w' })],
        writes: [set('ring', 'a')],
      },
    },
    {
      note: 'a value within the told bounds is refused',
      when: { fact: 'level', atLeast: 3 },
      submit: { choose: [{ argument: 'to', from: 3, to: 8 }] },
      mend: {
        arguments: to(COUNT),
        requires: [wrong({ fact: 'argument.to', atMost: 5 })],
        writes: [set('level', { fact: 'argument.to' })],
      },
    },
    {
      note: 'a value between the ends of the told bounds does not help',
      when: {
        any: [
          { fact: 'level', is: 3 },
          { fact: 'level', is: 8 },
        ],
      },
      submit: { choose: [{ argument: 'to', from: 3, to: 8 }] },
      mend: { arguments: to(COUNT), writes: [set('level', { fact: 'argument.to' })] },
    },
    {
      note: 'what is filled in can be out of the argument’s type',
      when: ringIs('a'),
      submit: { arguments: { to: { fact: 'level' } } },
      mend: { arguments: to({ type: 'integer', min: 0, max: 5 }), writes: [set('ring', 'a')] },
    },
    {
      note: 'what is seen can be a text that the argument’s form has no room for',
      when: ringIs('a'),
      submit: { arguments: { to: { fact: 'named' } } },
      mend: { arguments: to({ type: 'string', form: 'id' }), writes: [set('ring', 'a')] },
    },
    {
      note: 'what is seen can be longer than the argument may be',
      when: ringIs('a'),
      submit: { arguments: { to: { fact: 'named' } } },
      mend: { arguments: to({ type: 'string', maxLength: 100 }), writes: [set('ring', 'a')] },
    },
    {
      note: 'what is kept can be longer than the argument may be',
      when: ringIs('a'),
      submit: { arguments: { to: { fact: 'label' } } },
      mend: { arguments: to({ type: 'string', maxLength: 100 }), writes: [set('ring', 'a')] },
    },
    {
      note: 'it is written under another key',
      when: { fact: 'mine', is: 'a' },
      mend: { arguments: {}, writes: [{ cell: 'owned', key: [{ fact: 'subject' }], change: { set: 'a' } }] },
    },
    {
      note: 'a write has a condition that need not hold',
      when: ringIs('a'),
      mend: { writes: [set('ring', 'a', { when: { fact: 'level', is: 0 } })] },
    },
    {
      note: 'one more is not always enough',
      when: { fact: 'level', is: 2 },
      mend: { writes: [{ cell: 'level', key: [], change: { plus: 1 } }] },
    },
    {
      note: 'who has done it already does not count again, and the step does not say so',
      when: { fact: 'level', atLeast: 2 },
      times: { upTo: 2, counted: { fact: 'level' }, while: { all: [] } },
      mend: {
        writes: [
          { cell: 'level', key: [], change: { plus: 1 }, when: { not: { fact: 'by', contains: { fact: 'subject' } } } },
          { cell: 'by', key: [], change: { add: { fact: 'subject' } } },
        ],
      },
    },
  ])('$note', (scene) => {
    expect(found(catalogOf(scene))).toEqual(['step_does_not_help']);
  });
});

describe('a step that helps is not complained about', () => {
  test.for<Scene>([
    { note: 'the ring is set', when: ringIs('a'), mend: { writes: [set('ring', 'a')] } },
    {
      note: 'the ring is set to what is wanted',
      when: ringIs({ fact: 'wanted' }),
      submit: { arguments: { to: { fact: 'wanted' } } },
      mend: { arguments: to(WORD), writes: [set('ring', { fact: 'argument.to' })] },
    },
    {
      note: 'what is chosen within the bounds is enough',
      when: { fact: 'level', atLeast: { fact: 'most' } },
      submit: { choose: [{ argument: 'to', from: { fact: 'most' } }] },
      mend: { arguments: to(COUNT), writes: [set('level', { fact: 'argument.to' })] },
    },
    {
      note: 'somebody else can bring the submission about',
      when: ringIs('a'),
      mend: {
        requires: [requirement('bad', { fact: 'wanted', is: 'a' }, { by: 'world' })],
        writes: [set('ring', 'a')],
      },
    },
    {
      note: 'who has done it already is excepted',
      when: { fact: 'level', atLeast: 2 },
      times: { upTo: 2, counted: { fact: 'level' }, while: { all: [] }, except: { fact: 'by' } },
      mend: {
        writes: [
          { cell: 'level', key: [], change: { plus: 1 }, when: { not: { fact: 'by', contains: { fact: 'subject' } } } },
          { cell: 'by', key: [], change: { add: { fact: 'subject' } } },
        ],
      },
    },
    {
      note: 'what is seen is of the argument’s form, and no longer',
      when: { not: { fact: 'label', is: '' } },
      submit: { arguments: { to: { fact: 'numbered' } } },
      mend: {
        arguments: to({ type: 'string', maxLength: 100, form: 'id' }),
        writes: [set('label', { fact: 'argument.to' })],
      },
    },
    {
      note: 'the resource’s own entry is written',
      when: { fact: 'mine', is: 'a' },
      mend: { writes: [{ cell: 'owned', key: [{ fact: 'resource_ref' }], change: { set: 'a' } }] },
    },
  ])('$note', (scene) => {
    expect(found(catalogOf(scene))).toEqual([]);
  });
  test('in the shipped catalog, alone and with two approvals in change windows', (context) => {
    inTheLongRun(context);
    expect([found(withPublishing.source), found(changeControlled.source)]).toEqual([[], []]);
  });
});

describe('another argument, another world', () => {
  const arrange = (when: Document, remedy: Document, mend: Document = {}): Scene => ({
    note: '',
    when,
    remedy,
    mend,
    asked: to(COUNT),
  });
  const ask = { by: 'request', argument: 'to' };
  test.for<{ readonly note: string; readonly scene: Scene; readonly want: readonly string[] }>([
    {
      note: 'enough is left above what is kept',
      scene: arrange({ fact: 'argument.to', atLeast: { fact: 'level' } }, ask),
      want: [],
    },
    {
      note: 'nothing is left above the most',
      scene: arrange({ fact: 'argument.to', above: { fact: 'level' } }, ask),
      want: ['step_does_not_help'],
    },
    {
      note: 'another one than each of two',
      scene: arrange(
        { all: [{ not: { fact: 'argument.to', is: { fact: 'level' } } }, { not: { fact: 'argument.to', is: 3 } }] },
        ask,
      ),
      want: [],
    },
    {
      note: 'what is seen can be as it has to be',
      scene: arrange({ fact: 'most', atLeast: { fact: 'level' } }, { by: 'world' }),
      want: [],
    },
    {
      note: 'what is seen cannot be more than the most',
      scene: arrange({ fact: 'most', above: { fact: 'level' } }, { by: 'world' }),
      want: ['step_does_not_help'],
    },
    {
      note: 'it is written when it is wanted',
      scene: arrange({ fact: 'level', is: 3 }, { by: 'world' }, { writes: [set('level', 3)] }),
      want: [],
    },
    {
      note: 'the action that is named writes something else',
      scene: arrange({ fact: 'level', is: 3 }, { by: 'world', action: 'mend' }, { writes: [set('ring', 'a')] }),
      want: ['step_does_not_help'],
    },
    {
      note: 'the action that is named writes another value',
      scene: arrange({ fact: 'level', is: 3 }, { by: 'world', action: 'mend' }, { writes: [set('level', 4)] }),
      want: ['step_does_not_help'],
    },
    {
      note: 'the action that is named may be one of several that are needed',
      scene: arrange(
        {
          all: [
            { fact: 'level', is: 3 },
            { fact: 'most', is: 5 },
          ],
        },
        { by: 'world', action: 'mend' },
        { writes: [set('level', 3)] },
      ),
      want: [],
    },
    {
      note: 'the action that is named writes what it is asked for',
      scene: arrange(
        { fact: 'level', is: 3 },
        { by: 'world', action: 'mend' },
        { arguments: to(COUNT), writes: [set('level', { fact: 'argument.to' })] },
      ),
      want: [],
    },
    {
      note: 'what is observed may follow from any action',
      scene: arrange({ fact: 'most', is: 3 }, { by: 'world', action: 'mend' }, { writes: [set('ring', 'a')] }),
      want: [],
    },
  ])('$note', ({ scene, want }) => {
    expect(found(catalogOf(scene))).toEqual(want);
  });
});

describe('another entry of the ledger, another credential, waiting', () => {
  const pick = { by: 'request', argument: 'pick' };
  const credential = { by: 'request', argument: 'credential' };
  const wait = (notBefore: Document): Document => ({ by: 'time', notBefore });
  const arrange = (when: Document, remedy: Document, mend: Document = {}): Scene => ({
    note: '',
    when,
    remedy,
    mend,
    asked: { pick: { means: 'pick', type: { type: 'string' } } },
  });
  const ranked = (word: string): Document => ({
    writes: [{ cell: 'ranks', key: [{ fact: 'subject' }], change: { set: word } }],
  });
  const at = (op: string, to: Document): Document => ({ fact: 'at', [op]: to });
  test.for<{ readonly note: string; readonly scene: Scene; readonly want: readonly string[] }>([
    {
      note: 'an entry that nobody wrote reads as it has to',
      scene: arrange({ fact: 'picked', is: 'b' }, pick),
      want: [],
    },
    {
      note: 'there need be no entry that reads as it has to',
      scene: arrange({ fact: 'picked', is: 'a' }, pick),
      want: ['step_does_not_help'],
    },
    {
      note: 'an entry that nobody wrote, and the name is another one than is kept',
      scene: arrange(
        { all: [{ fact: 'picked', is: 'b' }, { not: { fact: 'argument.pick', is: { fact: 'label' } } }] },
        pick,
      ),
      want: [],
    },
    {
      note: 'the one name that would do may be an entry that reads otherwise',
      scene: arrange(
        {
          all: [
            { fact: 'picked', is: 'b' },
            { fact: 'argument.pick', is: { fact: 'label' } },
          ],
        },
        pick,
      ),
      want: ['step_does_not_help'],
    },
    {
      note: 'one name will do, whatever its entry reads',
      scene: arrange(
        {
          any: [
            { fact: 'picked', is: 'a' },
            { fact: 'argument.pick', is: 'x' },
          ],
        },
        pick,
      ),
      want: [],
    },
    {
      note: 'somebody else can have the rank',
      scene: arrange({ fact: 'rank', is: 'a' }, credential, ranked('a')),
      want: [],
    },
    {
      note: 'nobody can have the rank',
      scene: arrange({ fact: 'rank', is: 'a' }, credential, ranked('c')),
      want: ['step_does_not_help'],
    },
    {
      note: 'somebody else is not among those who did it',
      scene: arrange({ not: { fact: 'by', contains: { fact: 'subject' } } }, credential),
      want: [],
    },
    {
      note: 'it is not looked at who asks',
      scene: arrange({ fact: 'level', is: 3 }, credential),
      want: ['step_does_not_help'],
    },
    {
      note: 'waiting for the instant that is asked for',
      scene: arrange(at('notBefore', { fact: 'opens' }), wait({ fact: 'opens' })),
      want: [],
    },
    {
      note: 'at that instant it is too early by a millisecond',
      scene: arrange(at('after', { fact: 'opens' }), wait({ fact: 'opens' })),
      want: ['step_does_not_help'],
    },
    {
      note: 'waiting a millisecond longer',
      scene: arrange(at('after', { fact: 'kept_until' }), wait({ fact: 'kept_until', plus: 1 })),
      want: [],
    },
    {
      note: 'at that instant something else may be over',
      scene: arrange(
        { all: [at('notBefore', { fact: 'opens' }), at('before', { fact: 'closes' })] },
        wait({ fact: 'opens' }),
      ),
      want: ['step_does_not_help'],
    },
    {
      note: 'waiting for one instant and looking at another',
      scene: arrange(at('notBefore', { fact: 'opens' }), wait({ fact: 'closes' })),
      want: ['step_does_not_help'],
    },
  ])('$note', ({ scene, want }) => {
    expect(found(catalogOf(scene))).toEqual(want);
  });
});

test.for([
  { note: 'nine of them, whoever has done it is excepted', upTo: 9, except: { except: { fact: 'by' } }, want: [] },
  { note: 'nine of them, and the step does not say so', upTo: 9, except: {}, want: ['step_does_not_help'] },
  { note: 'thirteen of them are too many to follow', upTo: 13, except: {}, want: ['not_decided'] },
])('where several have to submit: $note', ({ upTo, except, want }) => {
  const mend = {
    writes: [
      { cell: 'level', key: [], change: { plus: 1 }, when: { not: { fact: 'by', contains: { fact: 'subject' } } } },
      { cell: 'by', key: [], change: { add: { fact: 'subject' } } },
    ],
  };
  const times = { upTo, counted: { fact: 'level' }, while: { all: [] }, ...except };
  expect(found(catalogOf({ note: '', when: { fact: 'level', atLeast: Math.min(upTo, 9) }, times, mend }))).toEqual(
    want,
  );
});

test('what would have to be followed too far is not decided', () => {
  const scene: Scene = {
    note: '',
    when: { fact: 'by', contains: 'a' },
    submit: { choose: [{ argument: 'to' }] },
    mend: {
      arguments: to({ type: 'set' }),
      writes: [{ cell: 'by', key: [], change: { add: { fact: 'argument.to' } } }],
    },
  };
  expect(found(catalogOf(scene))).toContain('not_decided');
});
