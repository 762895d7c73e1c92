/** Faults of one word, each of which a person tried and no test saw: one test for each. */
import { compileCatalog, decide, diff, lint, prove } from '@tai-autonomics/core';
import { takeStep } from '@tai-autonomics/core/analysis';
import {
  audienceOf,
  bindingRecord,
  type CellWrite,
  createFold,
  createWithdrawalCheck,
  emptyState,
  formatInstant,
  movesCatalog,
  outward,
  readingsRecord,
  stateOfReadings,
} from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { catalogAround, internal, kept, requirement, seen } from '../fixtures/made-up.ts';
import { compiled, type Document, observed, shipped, spoilt } from '../fixtures/tenant.ts';

test('an approval is bound to the digest of the catalog under which it was asked', () => {
  const o = spoilt(shipped, 'trigger_rollback');
  expect(bindingRecord(shipped, 'one', o)).not.toEqual(bindingRecord(shipped, 'another', o));
});

test('what only a next step needs is observed too', () => {
  const fact = {
    means: 'the version',
    type: { type: 'string' },
    origin: 'observed',
    sources: ['git'],
    maxAgeMs: 60_000,
  };
  const closed = {
    means: 'open',
    type: { type: 'boolean' },
    origin: 'ledger',
    cell: 'open',
    key: [],
    otherwise: false,
  };
  const submit = { action: 'mend', arguments: { to: { fact: 'version' } } };
  const catalog = compiled(
    catalogAround({
      facts: { version: fact, is_open: closed },
      cells: { open: { means: 'open', key: [], type: { type: 'boolean' } } },
      actions: {
        act: internal({
          requires: [
            {
              code: 'no',
              means: 'open',
              when: { fact: 'is_open', is: true },
              remedy: { by: 'authority', who: { type: 'user' }, submit },
            },
          ],
        }),
        mend: internal({ arguments: { to: { means: 'to', type: { type: 'string' } } } }),
      },
    }),
  );
  expect(catalog.actions.get('act')?.observes).toEqual(['version']);
});

test('what was seen a minute ago counts to the very millisecond, and a step that waits says until when', () => {
  const AT = Date.UTC(2026, 0, 26, 12);
  const fact = {
    means: 'since',
    type: { type: 'instant' },
    origin: 'ledger',
    cell: 'since',
    key: [],
    otherwise: '1970-01-01T00:00:00Z',
  };
  const catalog = compiled(
    catalogAround({
      facts: { since: fact },
      cells: { since: { means: 'since', key: [], type: { type: 'instant' } } },
      actions: {
        act: internal({
          requires: [
            { code: 'no', means: 'it is so', when: { fact: 'since', within: 60_000 }, remedy: { by: 'time' } },
          ],
        }),
      },
    }),
  );
  const next = (since: number) => {
    const decision = decide(
      catalog,
      observed(catalog, {
        at: formatInstant(AT),
        mode: 'eval',
        intent: { subject: { type: 'user', id: 'ann' }, action: { id: 'act' }, resource: { id: 'svc' } },
        state: { since: formatInstant(since) },
      }),
    );
    return decision.verdict === 'approve' ? 'approve' : decision.reasons[0].next;
  };
  expect(next(AT - 60_000)).toBe('approve');
  expect(next(AT + 1_000)).toMatchObject({
    kind: 'time',
    notBefore: formatInstant(AT + 1_000),
    before: formatInstant(AT + 61_001),
  });
});

test('the catalog is disclosed to whoever may read the audit trail by ceiling, grant and scope at once', () => {
  const roles = ['read_audit_trail'];
  const discloses = (ceiling: readonly string[], granted: readonly string[], scope: readonly string[]): boolean =>
    audienceOf(
      shipped,
      spoilt(shipped, 'trigger_rollback', {
        intent: { subject: { scope } },
        state: { entitlement_roles: ceiling, granted_roles: { sub_bot: granted } },
      }),
    ).disclosesCatalog;
  expect(discloses(roles, roles, roles)).toBe(true);
  expect(discloses([], roles, roles)).toBe(false);
  expect(discloses(roles, [], roles)).toBe(false);
  expect(discloses(roles, roles, [])).toBe(false);
});

test('what a fact is kept by is restored before it, whatever their names', () => {
  const text = { type: 'string' };
  const kept = (id: string, key: readonly unknown[]): object => ({
    means: id,
    type: text,
    origin: 'ledger',
    cell: id,
    key,
    otherwise: '',
  });
  const catalog = compiled(
    catalogAround({
      facts: { a: kept('a', [{ fact: 'm' }]), m: kept('m', [{ fact: 'z' }]), z: kept('z', []) },
      cells: Object.fromEntries(
        ['a', 'm', 'z'].map((id) => [id, { means: id, key: id === 'z' ? [] : ['of'], type: text }]),
      ),
      actions: {
        act: internal({
          requires: [
            { code: 'no', means: 'so', when: { fact: 'a', is: 'end' }, remedy: { by: 'nobody', why: 'it is not' } },
          ],
        }),
      },
    }),
  );
  const o = observed(catalog, {
    at: '2026-01-26T12:00:00Z',
    mode: 'eval',
    intent: { subject: { type: 'user', id: 'ann' }, action: { id: 'act' }, resource: { id: 'svc' } },
    state: { z: 'first', m: { first: 'second' }, a: { second: 'end' } },
  });
  const readings = readingsRecord(catalog, o);
  const again = { ...o, state: stateOfReadings(catalog, readings, { ...o, state: emptyState }) };
  expect(readings).toMatchObject({ a: 'end', m: 'second', z: 'first' });
  expect(readingsRecord(catalog, again)).toEqual(readings);
});

test('nothing was seen before 1970: evidence that would have to be so old is not stale', () => {
  const until = (instant: string, maxAgeMs: number): unknown =>
    catalogAround({
      facts: {
        stable: { means: 'stable', type: { type: 'boolean' }, origin: 'observed', sources: ['git'], maxAgeMs },
      },
      actions: {
        act: internal({
          requires: [
            {
              code: 'no',
              means: 'early',
              when: { fact: 'at', before: instant },
              remedy: { by: 'nobody', why: 'late' },
            },
            { code: 'no', means: 'stable', when: { fact: 'stable', is: true }, remedy: { by: 'world' } },
          ],
        }),
      },
    });
  const approvals = (instant: string): unknown => {
    const { differences, undecided } = diff(compiled(until(instant, 1_000)), compiled(until(instant, 2_000)));
    return [undecided.length, differences.filter(({ verdict: [, after] }) => after === 'approve').length];
  };
  // At the last instant that is allowed what was seen at the very first one is a second old, or a millisecond more.
  expect(approvals('1970-01-01T00:00:01.001Z')).toEqual([0, 0]);
  expect(approvals('1970-01-01T00:00:01.002Z')).toEqual([0, 1]);
});

const ledgerFact = (id: string, type: object, otherwise: unknown, key: readonly unknown[] = []): object => ({
  means: id,
  type,
  origin: 'ledger',
  cell: id,
  key,
  otherwise,
});
/** A catalog of these ledger facts, each with a cell of its own, and of one action that requires this. */
const keeping = (
  kept: Readonly<Record<string, readonly [type: object, otherwise: unknown, key?: readonly unknown[]]>>,
  when: object,
  remedy: object = { by: 'nobody', why: 'it is not' },
  actions: object = {},
) =>
  compiled(
    catalogAround({
      facts: Object.fromEntries(
        Object.entries(kept).map(([id, [type, otherwise, key]]) => [id, ledgerFact(id, type, otherwise, key)]),
      ),
      cells: Object.fromEntries(
        Object.entries(kept).map(([id, [type, , key = []]]) => [
          id,
          { means: id, key: key.map((_, i) => `k${i}`), type },
        ]),
      ),
      actions: { act: internal({ requires: [{ code: 'no', means: 'it is so', when, remedy }] }), ...actions },
    }),
  );
const decidedIn = (catalog: ReturnType<typeof compiled>, state: object, at = '2026-01-26T12:00:00Z') =>
  decide(
    catalog,
    observed(catalog, {
      at,
      mode: 'eval',
      intent: { subject: { type: 'user', id: 'ann' }, action: { id: 'act' }, resource: { id: 'svc' } },
      state,
    } as Document),
  );

test('a fact that another one keeps is read anew in every observation', () => {
  const catalog = keeping(
    { which: [{ type: 'string' }, ''], open: [{ type: 'boolean' }, false, [{ fact: 'which' }]] },
    { fact: 'open', is: true },
  );
  expect(decidedIn(catalog, { which: 'a', open: { a: true } }).verdict).toBe('approve');
  expect(decidedIn(catalog, { which: 'b', open: { a: true } }).verdict).toBe('refuse');
  expect(decidedIn(catalog, { which: 'a', open: { a: false } }).verdict).toBe('refuse');
});

test('a set is no other set, though it begins like it', () => {
  const catalog = keeping({ who: [{ type: 'set' }, []] }, { fact: 'who', is: ['a', 'b'] });
  expect(decidedIn(catalog, { who: ['a', 'b'] }).verdict).toBe('approve');
  for (const who of [[], ['a'], ['a', 'b', 'c'], ['a', 'c']])
    expect(decidedIn(catalog, { who }).verdict, who.join()).toBe('refuse');
});

test('what was counted and counts no more is not there: all are missing, and nobody is left out', () => {
  const vote = internal({ arguments: {}, writes: [{ cell: 'votes', key: [], change: { plus: 1 } }] });
  const catalog = keeping(
    { votes: [{ type: 'integer', min: 0 }, 0], voters: [{ type: 'set' }, []], open: [{ type: 'boolean' }, false] },
    {
      all: [
        { fact: 'votes', atLeast: 3 },
        { fact: 'open', is: true },
      ],
    },
    {
      by: 'authority',
      who: { type: 'user' },
      submit: { action: 'vote', arguments: {} },
      times: { upTo: 3, counted: { fact: 'votes' }, while: { fact: 'open', is: true }, except: { fact: 'voters' } },
    },
    { vote },
  );
  const next = (state: object): unknown => {
    const decision = decidedIn(catalog, state);
    return decision.verdict === 'approve' ? decision.verdict : decision.reasons[0].next;
  };
  const some = { votes: 1, voters: ['bob'] };
  expect(next({ ...some, open: true })).toMatchObject({ times: 2, except: ['bob'] });
  expect(next({ ...some, open: false })).toMatchObject({ times: 3 });
  expect(next({ ...some, open: false })).not.toHaveProperty('except');
});

test('what has to lie behind an instant of the ledger opens a millisecond after it', () => {
  const catalog = keeping(
    { since: [{ type: 'instant' }, '1970-01-01T00:00:00Z'] },
    { fact: 'at', after: { fact: 'since', plus: 1_000 } },
    { by: 'time' },
  );
  const decision = decidedIn(catalog, { since: '2026-01-26T12:00:00Z' });
  expect(decision.verdict === 'refuse' && decision.reasons[0].next).toMatchObject({
    kind: 'time',
    notBefore: '2026-01-26T12:00:01.001Z',
  });
});

test('names of resources are told to people of the tenant and to whoever may read deployments, and to nobody else', () => {
  const asked = spoilt(shipped, 'trigger_rollback', { intent: { resource: { id: 'svc-checkuot' } } });
  const o = {
    ...asked,
    intent: { ...asked.intent, resource: { ...asked.intent.resource, environment: 'unknown' as const } },
  };
  const near = {
    ...o,
    intent: { ...o.intent, resource: { ...o.intent.resource, nearest: ['svc-checkout'] } },
  } as const;
  const told = (to?: Parameters<typeof outward>[1]): readonly unknown[] => {
    const decision = outward(decide(shipped, near), to);
    return decision.verdict === 'approve'
      ? []
      : decision.reasons.flatMap(({ next }) => (next.kind === 'request' ? (next.candidates ?? []) : []));
  };
  expect(told({ disclosesCatalog: false, namesResources: true })).toEqual(['svc-checkout']);
  for (const nobody of [undefined, { disclosesCatalog: true }, { disclosesCatalog: false, namesResources: false }])
    expect(told(nobody)).toEqual([]);
});

test('what an approval itself and others after it took up takes no approval back', () => {
  const o = spoilt(shipped, 'trigger_rollback');
  const engine = { decide, createFold } as unknown as Parameters<typeof createWithdrawalCheck>[0];
  const check = createWithdrawalCheck(engine, shipped, o);
  const entry = (seq: number, writes: readonly CellWrite[]) =>
    ({ kind: 'decision', seq, verdict: 'approve', writes }) as const;
  expect(check.withdrawnBy()).toEqual([]);
  const used = { set: Number.MAX_SAFE_INTEGER };
  check.apply(entry(1, [{ cell: 'quota_used', key: ['trigger_rollback'], change: used }]));
  const later = { at: o.at + 60_000 };
  check.apply(entry(2, [{ cell: 'quota_resets_at', key: ['trigger_rollback'], change: later }]));
  expect(check.withdrawnBy()).toEqual([]);
  check.apply(entry(3, [{ cell: 'andon', key: [o.intent.resource.ref], change: { set: 'high' } }]));
  expect(check.withdrawnBy()).toEqual(['andon_open']);
});

test('a catalog is changed exactly by writes of which one is of the active catalog', () => {
  const other: CellWrite = { cell: 'level', key: [], change: { set: 1 } };
  const active: CellWrite = { cell: 'active_catalog', key: [], change: { set: 'x' } };
  expect([[], [other], [active], [other, active], [active, other]].map((writes) => movesCatalog(writes))).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});

test('whatever stands where a list of values should, a catalog is refused and nothing is thrown', () => {
  const around = (oneOf: unknown): unknown =>
    catalogAround({
      facts: { word: seen({ type: 'string' }) },
      actions: {
        act: internal({ requires: [requirement('no', { fact: 'word', oneOf } as Document, { by: 'world' })] }),
      },
    });
  for (const strange of [null, undefined, true, 7, 'x', [], {}, [null], { fact: 'word' }, { catalog: null }])
    expect(E.isLeft(compileCatalog(around(strange))), JSON.stringify(strange)).toBe(true);
  expect(E.isRight(compileCatalog(around(['x'])))).toBe(true);
});

test('a role that is nearly one is told what it nearly is, as far away as may be', () => {
  const said = compileCatalog(catalogAround({ actions: { act: internal({ roles: ['REad_iam'] }) } }));
  expect(E.isLeft(said) ? said.left.map(({ expected }) => expected).join('\n') : '').toContain(
    'did you mean `read_iam`?',
  );
  for (const strange of [null, 7, {}, []])
    expect(E.isLeft(compileCatalog(catalogAround({ actions: { act: internal({ roles: [strange] }) } })))).toBe(true);
});

test('as many different subjects submit as a step asks for', () => {
  for (const times of [2, 3, 4]) {
    const catalog = compiled(
      catalogAround({
        facts: { by: kept('by', { type: 'set' }, []), votes: kept('votes', { type: 'integer' }, 0) },
        cells: {
          by: { means: 'by', key: [], type: { type: 'set' } },
          votes: { means: 'votes', key: [], type: { type: 'integer' } },
        },
        actions: {
          mend: internal({
            requires: [
              requirement(
                'no',
                { not: { fact: 'by', contains: { fact: 'subject' } } },
                {
                  by: 'request',
                  argument: 'credential',
                },
              ),
            ],
            writes: [
              { cell: 'by', key: [], change: { add: { fact: 'subject' } } },
              { cell: 'votes', key: [], change: { plus: 1 } },
            ],
          }),
          act: internal({
            requires: [
              requirement(
                'no',
                { fact: 'votes', atLeast: times },
                {
                  by: 'authority',
                  who: { type: 'user' },
                  submit: { action: 'mend', arguments: {} },
                  times: { upTo: times, counted: { fact: 'votes' }, while: { all: [] }, except: { fact: 'by' } },
                },
              ),
            ],
          }),
        },
      }),
    );
    const o = observed(catalog, {
      id: 'i',
      at: '2026-11-21T08:00:00Z',
      mode: 'contractual',
      intent: { subject: { type: 'user', id: 'u', ref: 'u' }, action: { id: 'act' }, resource: { id: 'r' } },
    });
    const decision = decide(catalog, o);
    const reason = decision.verdict === 'refuse' ? decision.reasons[0] : undefined;
    const after = reason === undefined ? undefined : takeStep(catalog, o, reason, 'least');
    expect(after === undefined ? undefined : decide(catalog, after).verdict).toBe('approve');
    expect(after?.state.cells.get('by')?.get('')).toHaveLength(times);
  }
});

test('a set that one catalog types more narrowly is decided otherwise where it holds something else', () => {
  const typed = (type: Document): Document =>
    catalogAround({
      facts: { tags: seen(type) },
      actions: {
        act: internal({ requires: [requirement('no', { fact: 'tags', subsetOf: ['a', 'b'] }, { by: 'world' })] }),
      },
    });
  const [wide, narrow] = [
    ['a', 'b', 'c'],
    ['a', 'b'],
  ].map((of) => compiled(typed({ type: 'set', of })));
  for (const [x, y] of [
    [wide, narrow],
    [narrow, wide],
  ] as const) {
    const { answer, differences } = diff(x ?? shipped, y ?? shipped);
    expect(answer).toBe('different');
    expect(JSON.stringify(differences[0]?.example.json)).toContain('"c"');
  }
  expect(diff(wide ?? shipped, wide ?? shipped).answer).toBe('alike');
});

test('an example of a list that is too long for one catalog is a list of records of their types', () => {
  const typed = (max: number): Document =>
    catalogAround({
      facts: { rows: seen({ type: 'records', max, fields: { name: { type: 'string' } } }) },
      actions: {
        act: internal({
          requires: [requirement('no', { fact: 'rows', every: { fact: 'field.name', is: 'a' } }, { by: 'world' })],
        }),
      },
    });
  const { answer, differences } = diff(compiled(typed(3)), compiled(typed(5)));
  expect(answer).toBe('different');
  const lists = differences.flatMap(({ example }) =>
    example.observation.evidence.map(({ value }) => value as { readonly items: readonly { readonly name: unknown }[] }),
  );
  const long = lists.filter(({ items }) => items.length > 3);
  expect(long.length).toBeGreaterThan(0);
  for (const { items } of long) for (const { name } of items) expect(typeof name).toBe('string');
});

test('what was found in place of something else is pictured shortly, and never whole where it is long', () => {
  const found = (source: unknown): string => {
    const said = compileCatalog(source);
    return E.isLeft(said) ? (said.left[0]?.found ?? '') : 'it loads';
  };
  expect(['x', 'x'.repeat(60), 'x'.repeat(61), 7, true, null, undefined, [1, 2]].map(found)).toEqual([
    '"x"',
    `"${'x'.repeat(60)}"`,
    'a string of 61 characters',
    '7',
    'true',
    'null',
    'nothing',
    'a list of 2',
  ]);
});

test('errors come before warnings, whatever their rules', () => {
  const source = catalogAround({
    facts: { unused: seen({ type: 'boolean' }), is_set: kept('is_set', { type: 'boolean' }, false) },
    cells: { is_set: { means: 'set', key: [], type: { type: 'boolean' } } },
    actions: { act: internal({ requires: [requirement('no', { fact: 'is_set', is: true }, { by: 'world' })] }) },
  });
  const found = lint(source);
  const severities = found.map(({ severity }) => severity);
  expect(new Set(severities)).toEqual(new Set(['error', 'warning']));
  expect([...severities].sort()).toEqual(severities);
  expect(found.map(({ rule }) => rule)).toContain('cell_never_written');
});

test('two facts that may read one place agree there, whatever is read of other cells before', () => {
  const cell = (means: string): Document => ({ means, key: ['of'], type: { type: 'boolean' } });
  const flag = (name: string, fact: string): Document => kept(name, { type: 'boolean' }, false, [{ fact }]);
  const all = [
    { fact: 'other', is: true },
    { fact: 'of_subject', is: true },
    { fact: 'of_resource', is: false },
    { fact: 'subject', is: { fact: 'resource_ref' } },
  ];
  const catalog = compiled(
    catalogAround({
      facts: {
        other: flag('other', 'subject'),
        of_subject: flag('flag', 'subject'),
        of_resource: flag('flag', 'resource_ref'),
      },
      cells: { other: cell('other'), flag: cell('flag') },
      actions: { act: internal({ requires: [requirement('no', { all }, { by: 'world' })] }) },
    }),
  );
  const proof = prove(catalog, { verdict: 'never_approve', action: 'act' });
  expect(E.isRight(proof) ? proof.right.answer : proof.left).toBe('holds');
});

test('a reason that stands several times in a list is compared as often as it is given', () => {
  const least = (...bounds: readonly number[]) =>
    compiled(
      catalogAround({
        facts: { n: seen({ type: 'integer' }) },
        actions: {
          act: internal({
            requires: bounds.map((atLeast) => requirement('no', { fact: 'n', atLeast }, { by: 'nobody', why: 'no' })),
          }),
        },
      }),
    );
  expect(diff(least(1, 5), least(5, 1)).answer).toBe('alike');
  const { answer, differences, undecided } = diff(least(1, 5), least(1, 7));
  expect([answer, undecided]).toEqual(['different', []]);
  expect(differences.map(({ verdict, gained, lost, changed }) => [verdict, gained, lost, changed])).toEqual([
    [['approve', 'refuse'], ['no'], [], []],
    [['refuse', 'refuse'], ['no'], [], []],
  ]);
  const fewer = diff(least(1, 5), least(5)).differences;
  expect(fewer.map(({ verdict, changed }) => [verdict, changed])).toEqual([[['refuse', 'refuse'], ['no']]]);
});
