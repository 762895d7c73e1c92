/** Cells stay in their types: what is proved of all typed observations holds of every ledger that approvals lead to. */
import { compileCatalog, decide, type Observation } from '@tai-autonomics/core';
import { createFold, outcomeOf } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { catalogAround, internal } from '../fixtures/made-up.ts';
import { compiled, type Document, observed } from '../fixtures/tenant.ts';
import { catalogOf } from '../generators/catalog.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { strayCells } from '../reference/cell-types.ts';

const STATUSES = ['success', 'failed', 'timeout', 'memory_exceeded', 'unknown'] as const;

/** Something asked, its outcome after other things, again and again, in one ledger. */
const run = (d: Dice): void => {
  const catalog = compiled(catalogOf(d));
  const first = observationOf(d, catalog);
  const fold = createFold(first.state);
  const open: [number, Observation][] = [];
  let approvals = 0;
  for (let seq = 0; seq < 30; seq++) {
    const due = open.length > 0 && d.chance(30) ? open.splice(d.below(open.length), 1)[0] : undefined;
    if (due !== undefined) {
      const status = d.pick(STATUSES);
      const writes = outcomeOf(catalog, due[1], status)?.writes ?? [];
      fold.apply({ kind: 'outcome', seq, of: due[0], status, writes });
    } else {
      const o = { ...altered(d, catalog, { ...observationOf(d, catalog), state: first.state }), state: fold.state };
      const decision = decide(catalog, o);
      if (decision.verdict === 'refuse') continue;
      approvals += 1;
      const kept = {
        ...o,
        state: { cells: new Map([...o.state.cells].map(([id, all]) => [id, new Map(all)])), open: new Map() },
      };
      if (outcomeOf(catalog, o, 'success') !== undefined) open.push([seq, kept]);
      fold.apply({ kind: 'decision', seq, verdict: 'approve', writes: decision.writes });
    }
    expect(strayCells(catalog, fold.state), JSON.stringify([seq, approvals])).toEqual([]);
  }
};

test('after any run of approved actions, and of their outcomes, every cell is of its type', () => {
  holds(60, run);
});

const few = { type: 'integer', min: 0, max: 3 };
const count = (otherwise = 0): object => ({
  means: 'count',
  type: few,
  origin: 'ledger',
  cell: 'count',
  key: [],
  otherwise,
});
const cellOf = (type: object): object => ({ cells: { count: { means: 'count', key: [], type } } });
const plus = (by: number, more: object = {}): object => ({ cell: 'count', key: [], change: { plus: by }, ...more });
const issuesOf = (members: object): readonly string[] => {
  const compiledOne = compileCatalog(catalogAround(members));
  return E.isRight(compiledOne)
    ? []
    : compiledOne.left.map(({ expected }) => expected).filter((text) => text !== 'an action of this catalog');
};

describe('what could leave its type without being decided does not load', () => {
  const after = (write: object): object => ({
    requires: [{ code: 'no', means: 'm', when: { fact: 'count', below: 3 }, remedy: { by: 'world' } }],
    does: {
      effect: 'external',
      step: 's',
      with: {},
      verify: { all: [] },
      idempotent: true,
      begins: 'done',
      after: Object.fromEntries(STATUSES.map((status) => [status, { emits: 'done', writes: [write] }])),
    },
  });
  test.for([
    { note: 'a counter that no fact reads', facts: {}, act: { writes: [plus(1)] } },
    {
      note: 'a counter that reads 1 where nothing was written',
      facts: { count: count(1) },
      act: { writes: [plus(1)] },
    },
    { note: 'a count after the approval', facts: { count: count() }, act: after(plus(1)) },
    {
      note: 'more given back than was counted',
      facts: { count: count() },
      act: { ...after(plus(-2)), writes: [plus(1)] },
    },
    {
      note: 'a text that may be longer',
      facts: {},
      act: {
        arguments: { to: { means: 't', type: { type: 'string' } } },
        writes: [{ cell: 'name', key: [], change: { set: { fact: 'argument.to' } } }],
      },
    },
  ])('$note', ({ facts, act }) => {
    const cells = {
      ...(cellOf(few) as { cells: object }).cells,
      name: { means: 'n', key: [], type: { type: 'string', maxLength: 4 } },
    };
    expect(issuesOf({ facts, cells, actions: { act: internal(act) } })).not.toEqual([]);
  });

  test('what is counted on approval is given back by the outcome', () => {
    const act = { ...after(plus(-1)), writes: [plus(1)] };
    expect(issuesOf({ facts: { count: count() }, ...cellOf(few), actions: { act: internal(act) } })).toEqual([]);
  });
});

describe('what is written stays in its type, at the very bound', () => {
  const asked = (state: object, given: object = {}): object => ({
    at: '2026-01-26T12:00:00Z',
    mode: 'eval',
    intent: {
      subject: { type: 'user', id: 'ann' },
      action: { id: 'act', arguments: given },
      resource: { id: 'svc' },
    },
    state,
  });
  const codesOf = (members: object, state: object, given?: object): readonly string[] => {
    const catalog = compiled(catalogAround(members));
    const decision = decide(catalog, observed(catalog, asked(state, given) as Document));
    return decision.verdict === 'approve' ? [] : decision.reasons.map(({ code }) => code);
  };
  const counter = (by: number, more?: object): object => ({
    facts: { count: count(), open: { ...count(), type: { type: 'boolean' }, cell: 'open', otherwise: false } },
    cells: {
      ...(cellOf(few) as { cells: object }).cells,
      open: { means: 'open', key: [], type: { type: 'boolean' } },
    },
    actions: { act: internal({ writes: [plus(by, more)] }) },
  });

  test('a counter reaches its bound and does not pass it', () => {
    expect(codesOf(counter(1), { count: 2 })).toEqual([]);
    expect(codesOf(counter(1), { count: 3 })).toEqual(['cell_out_of_range']);
    expect(codesOf(counter(2), { count: 2 })).toEqual(['cell_out_of_range']);
    expect(codesOf(counter(-1), { count: 1 })).toEqual([]);
    expect(codesOf(counter(-1), { count: 0 })).toEqual(['cell_out_of_range']);
  });

  test('a counter with one bound is held to that one, and one without bounds to none', () => {
    const counted = (by: number, bounds: object, at: number): readonly string[] => {
      const type = { type: 'integer', ...bounds };
      const facts = { count: { ...count(), type } };
      return codesOf({ facts, ...cellOf(type), actions: { act: internal({ writes: [plus(by)] }) } }, { count: at });
    };
    expect(counted(-1, { min: 0 }, 0)).toEqual(['cell_out_of_range']);
    expect(counted(-1, { min: 0 }, 1)).toEqual([]);
    expect(counted(1, { max: 3 }, 3)).toEqual(['cell_out_of_range']);
    expect(counted(1, { max: 3 }, 2)).toEqual([]);
    for (const at of [0, Number.MAX_SAFE_INTEGER]) expect(counted(1, {}, at), String(at)).toEqual([]);
  });

  test('one that counts under a condition is held to it where the condition holds, and there alone', () => {
    const whenOpen = { when: { fact: 'open', is: true } };
    expect(codesOf(counter(1, whenOpen), { count: 3, open: true })).toEqual(['cell_out_of_range']);
    expect(codesOf(counter(1, whenOpen), { count: 3, open: false })).toEqual([]);
  });

  test.for([
    { note: 'a word', change: { set: { fact: 'argument.to' } }, type: { type: 'enum', values: ['a', 'b'] } },
    { note: 'a member', change: { add: { fact: 'argument.to' } }, type: { type: 'set', of: ['a', 'b'] } },
  ])('$note that its cell does not know is not written', ({ change, type }) => {
    const members = {
      facts: {},
      cells: { held: { means: 'held', key: [], type } },
      actions: {
        act: internal({
          arguments: { to: { means: 'to', type: { type: 'string' } } },
          writes: [{ cell: 'held', key: [], change }],
        }),
      },
    };
    expect(codesOf(members, {}, { to: 'a' })).toEqual([]);
    expect(codesOf(members, {}, { to: 'c' })).toEqual(['cell_out_of_range']);
  });
});

test('a set of 256 members takes no other, and one that it has', () => {
  const who = { means: 'who', type: { type: 'set' }, origin: 'ledger', cell: 'who', key: [], otherwise: [] };
  const to = { means: 'to', type: { type: 'string' } };
  const act = internal({
    arguments: { to },
    writes: [{ cell: 'who', key: [], change: { add: { fact: 'argument.to' } } }],
  });
  const catalog = compiled(
    catalogAround({
      facts: { who },
      cells: { who: { means: 'who', key: [], type: { type: 'set' } } },
      actions: { act },
    }),
  );
  const members = Array.from({ length: 256 }, (_, i) => `m${i}`).sort();
  const asked = (text: string): Observation => ({
    id: 'i',
    at: 0,
    mode: 'eval',
    intent: {
      subject: { type: 'user', id: 'ann', ref: 'ann', scope: [] },
      action: { id: 'act', arguments: { to: text } },
      resource: { id: 'svc', ref: 'svc' },
      binding: 'b',
    },
    evidence: [],
    state: { cells: new Map([['who', new Map([['', members]])]]), open: new Map() },
  });
  const refused = decide(catalog, asked('more'));
  expect(refused.verdict === 'refuse' && refused.reasons.map(({ code, next }) => [code, next.kind])).toEqual([
    ['cell_out_of_range', 'none'],
  ]);
  expect(decide(catalog, asked('m7')).verdict).toBe('approve');
});
