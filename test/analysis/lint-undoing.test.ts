/** `steps_undo_each_other` is exact: two steps are followed there and back, over all observations. */
import { lint } from '@tai-autonomics/core';
import { describe, expect, test } from 'vitest';
import { changeControlled } from '../fixtures/change-control.ts';
import { catalogAround, internal, kept, requirement } from '../fixtures/made-up.ts';
import { type Document, withPublishing } from '../fixtures/tenant.ts';
import { inTheLongRun } from '../runs.ts';

const WORD = { type: 'enum', values: ['red', 'green', 'blue'] };
const COUNT = { type: 'integer', min: 0, max: 9 };
const by = (action: string, more: Document = {}): Document => ({
  by: 'authority',
  who: { type: 'user' },
  submit: { action, arguments: {}, ...more },
});
const set = (cell: string, value: unknown, more: Document = {}): Document => ({
  cell,
  key: [],
  change: { set: value },
  ...more,
});

interface Scene {
  readonly note: string;
  readonly requires: readonly Document[];
  readonly actions: Readonly<Record<string, Document>>;
}
const catalogOf = ({ requires, actions }: Scene): unknown =>
  catalogAround({
    facts: {
      light: kept('light', WORD, 'red'),
      level: kept('level', COUNT, 0),
      names: kept('names', { type: 'set' }, []),
      mine: kept('owned', WORD, 'red', [{ fact: 'resource_ref' }]),
    },
    cells: {
      light: { means: 'light', key: [], type: WORD },
      level: { means: 'level', key: [], type: COUNT },
      names: { means: 'names', key: [], type: { type: 'set' } },
      owned: { means: 'owned', key: ['resource'], type: WORD },
    },
    codes: { one: 'one', other: 'other', bad: 'bad' },
    actions: {
      ...Object.fromEntries(Object.entries(actions).map(([id, action]) => [id, internal(action)])),
      act: internal({ requires }),
    },
  });
const found = (source: unknown, only?: ReadonlySet<string>): readonly string[] => [
  ...new Set(
    lint(source, only === undefined ? {} : { only })
      .filter(({ rule, message }) => rule === 'steps_undo_each_other' || / undo each other$/.test(message))
      .map(({ rule }) => rule),
  ),
];
const light = (colour: string): Document => ({ fact: 'light', is: colour });
const atLeast = (n: number): Document => ({ fact: 'level', atLeast: n });
const chosen = (from: number, to: number): Document => ({ choose: [{ argument: 'to', from, to }] });
const setsLevel: Document = {
  arguments: { to: { means: 'to', type: COUNT } },
  writes: [set('level', { fact: 'argument.to' })],
};

describe('two steps that undo each other are found', () => {
  test.for<Scene>([
    {
      note: 'one switch that two requirements want in two positions',
      requires: [
        requirement('one', { any: [light('green'), atLeast(5)] }, by('go')),
        requirement('other', { any: [light('red'), atLeast(5)] }, by('stop')),
      ],
      actions: { go: { writes: [set('light', 'green')] }, stop: { writes: [set('light', 'red')] } },
    },
    {
      note: 'a step that writes on the side what the other one wants otherwise',
      requires: [requirement('one', light('green'), by('go')), requirement('other', atLeast(1), by('fill'))],
      actions: {
        go: { writes: [set('light', 'green'), set('level', 0)] },
        fill: { writes: [set('level', 1), set('light', 'red')] },
      },
    },
    {
      note: 'by what may be chosen within the bounds',
      requires: [
        requirement('one', atLeast(3), by('fill', chosen(3, 9))),
        requirement('other', { fact: 'level', atMost: 5 }, by('drain', chosen(0, 5))),
      ],
      actions: { fill: setsLevel, drain: setsLevel },
    },
    {
      note: 'only where something else holds',
      requires: [
        requirement('one', light('green'), by('go')),
        requirement('other', { fact: 'mine', is: 'red' }, by('mend')),
      ],
      actions: {
        go: {
          writes: [
            set('light', 'green'),
            { cell: 'owned', key: [{ fact: 'resource_ref' }], change: { set: 'blue' }, when: atLeast(7) },
          ],
        },
        mend: {
          writes: [
            { cell: 'owned', key: [{ fact: 'resource_ref' }], change: { set: 'red' } },
            set('light', 'blue', { when: atLeast(7) }),
          ],
        },
      },
    },
  ])('$note', (scene) => expect(found(catalogOf(scene))).toEqual(['steps_undo_each_other']));
});

describe('two steps that do not are not complained about', () => {
  test.for<Scene>([
    {
      note: 'each writes what the other does not read',
      requires: [requirement('one', light('green'), by('go')), requirement('other', atLeast(1), by('fill'))],
      actions: { go: { writes: [set('light', 'green')] }, fill: { writes: [set('level', 1)] } },
    },
    {
      note: 'one spoils the other, and is not spoilt by it',
      requires: [requirement('one', light('green'), by('go')), requirement('other', atLeast(1), by('fill'))],
      actions: { go: { writes: [set('light', 'green'), set('level', 0)] }, fill: { writes: [set('level', 1)] } },
    },
    {
      note: 'what may be chosen is right for both',
      requires: [
        requirement('one', atLeast(3), by('fill', chosen(3, 5))),
        requirement('other', { fact: 'level', atMost: 5 }, by('drain', chosen(3, 5))),
      ],
      actions: { fill: setsLevel, drain: setsLevel },
    },
    {
      note: 'the way back is refused where the way there led',
      requires: [requirement('one', light('green'), by('go')), requirement('other', atLeast(1), by('fill'))],
      actions: {
        go: { writes: [set('light', 'green'), set('level', 0)] },
        fill: {
          requires: [requirement('bad', light('red'), { by: 'nobody', why: 'w' })],
          writes: [set('level', 1), set('light', 'red')],
        },
      },
    },
  ])('$note', (scene) => expect(found(catalogOf(scene))).toEqual([]));

  test('in the shipped catalog, alone and with two approvals in change windows', (context) => {
    inTheLongRun(context);
    const only = new Set(['trigger_rollback', 'remediate_drift', 'activate_throttle']);
    expect([found(withPublishing.source, only), found(changeControlled.source, only)]).toEqual([[], []]);
  });
});

test('what would have to be followed too far is not decided', () => {
  const adds = (more: readonly Document[]): Document => ({
    arguments: { to: { means: 'to', type: { type: 'set', form: 'id' } } },
    writes: [{ cell: 'names', key: [], change: { add: { fact: 'argument.to' } } }, ...more],
  });
  const scene: Scene = {
    note: '',
    requires: [
      requirement('one', { fact: 'names', contains: 'a' }, by('name', { choose: [{ argument: 'to' }] })),
      requirement('other', light('green'), by('go')),
    ],
    actions: {
      name: adds([set('light', 'red')]),
      go: { writes: [set('light', 'green'), { cell: 'names', key: [], change: { clear: true } }] },
    },
  };
  expect(found(catalogOf(scene))).toEqual(['not_decided']);
});
