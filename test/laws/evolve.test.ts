/** The laws of the fold: a ledger's state is what its receipts say in clear, whoever folds it and however. */

import { type Catalog, decide, type Observation, type State } from '@tai-autonomics/core';
import {
  type CellChange,
  type CellWrite,
  codesOf,
  createFold,
  type Entry,
  emptyState,
  entryOf,
  eventOf,
  evolve,
  intentRecord,
  outcomeOf,
  readingsRecord,
  verifyOutcome,
  wireWrite,
} from '@tai-autonomics/core/engine';
import {
  appendReceipt,
  buildDisclosure,
  emptyHead,
  type LedgerEntry,
  parseReceipt,
} from '@tai-autonomics/core/receipt';
import { describe, expect, test } from 'vitest';
import { publishing, publishingLibrary } from '../fixtures/publishing-pack.ts';
import { compiled, type Document, lawful, merged, observed, shipped, spoilt } from '../fixtures/tenant.ts';
import { catalogOf } from '../generators/catalog.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { WORDS } from '../generators/values.ts';
import { BINDING, digestOf, ORIGIN, right, saltOf, sha256 } from '../receipt/fixture.ts';
import { sightings } from '../runs.ts';

const CELLS = ['a', 'b', 'c'] as const;
const changeOf = (d: Dice): CellChange =>
  d.pick<CellChange>([
    { set: d.pick([true, 7, 'x']) },
    { at: d.below(1_000) },
    { replace: d.some(WORDS) },
    { add: d.some(WORDS) },
    { remove: d.some(WORDS) },
    { plus: d.below(9) - 4 },
    { clear: true },
  ]);
const writesOf = (d: Dice): readonly CellWrite[] =>
  d.times(d.below(5), () => ({ cell: d.pick(CELLS), key: d.pick([[], ['k'], ['k', 'l']]), change: changeOf(d) }));

const entriesOf = (d: Dice, n: number): readonly Entry[] =>
  d.times(n, (seq): Entry => {
    const writes = writesOf(d);
    const of = d.below(seq + 1);
    switch (d.below(4)) {
      case 1:
        return { kind: 'outcome', seq, of, status: 'success', writes };
      case 2:
        return { kind: 'consequence', seq, of, writes };
      default:
        return {
          kind: 'decision',
          seq,
          verdict: d.pick(['approve', 'refuse']),
          writes,
          ...(d.chance(50) ? { deadline: 1_000 + seq } : {}),
        };
    }
  });

const fold = (state: State, entries: readonly Entry[]): State => entries.reduce(evolve, state);
const shown = ({ cells, open }: State): unknown => ({
  cells: [...cells].map(([id, cell]) => [id, [...cell].sort()]).sort(),
  open: [...open].sort(),
});

describe('the fold', () => {
  test('the fold of a prefix, then of the rest, is the fold of all', () => {
    holds(300, (d) => {
      const entries = entriesOf(d, d.below(12));
      const cut = d.below(entries.length + 1);
      const all = shown(fold(emptyState, entries));
      expect(shown(fold(fold(emptyState, entries.slice(0, cut)), entries.slice(cut)))).toEqual(all);
      const inPlace = createFold();
      for (const entry of entries) inPlace.apply(entry);
      expect(shown(inPlace.state)).toEqual(all);
    });
  });

  test('a refusal changes nothing, and no earlier state is ever changed', () => {
    holds(300, (d) => {
      const entries = entriesOf(d, 6);
      const before = fold(emptyState, entries);
      const text = JSON.stringify(shown(before));
      const after = evolve(before, { kind: 'decision', seq: 6, verdict: 'refuse', writes: writesOf(d) });
      expect(shown(after)).toEqual(shown(before));
      fold(before, entriesOf(d, 6));
      expect(JSON.stringify(shown(before))).toBe(text);
    });
  });

  test('an approved action is open until its outcome, and begun from its first consequence on', () => {
    const approve: Entry = { kind: 'decision', seq: 3, verdict: 'approve', writes: [], deadline: 9 };
    const opened = evolve(emptyState, approve);
    expect([...opened.open]).toEqual([[3, { deadline: 9, begun: false }]]);
    const begun = evolve(opened, { kind: 'consequence', seq: 4, of: 3, writes: [] });
    expect([...begun.open]).toEqual([[3, { deadline: 9, begun: true }]]);
    const ended = evolve(begun, { kind: 'outcome', seq: 5, of: 3, status: 'failed', writes: [] });
    expect([...ended.open]).toEqual([]);
    expect([...evolve(emptyState, { ...approve, verdict: 'refuse' }).open]).toEqual([]);
  });
});

// --- redaction

const catalogDigest = digestOf('catalog');

test('the fold of a fully redacted ledger is the fold of the full one', () => {
  const asked = Object.keys(lawful);
  let written = 0;
  holds(40, (d) => {
    let head = right(emptyHead(sha256, ORIGIN));
    let full: State = emptyState;
    const redacted: Uint8Array[] = [];
    for (let seq = 0; seq < 12; seq++) {
      const o: Observation = { ...spoilt(shipped, d.pick(asked)), ...(d.chance(50) ? {} : { evidence: [] }) };
      const decision = decide(shipped, o);
      const writes = decision.verdict === 'approve' ? decision.writes : [];
      const { action } = shipped.actions.get(o.intent.action.id) ?? {};
      const deadline = decision.verdict === 'approve' && action?.does.effect === 'external' ? o.at + 1_000 : undefined;
      // What the full ledger holds of it beside the receipt: intent and readings. They are withheld below.
      const disclosures = [
        ['request/intent', intentRecord(o.id, o.intent)] as const,
        ['state/readings', readingsRecord(shipped, o)] as const,
      ].map(([name, value]) => right(buildDisclosure(sha256, saltOf(`${seq} ${name}`), name, value as never)));
      const entry: LedgerEntry = {
        ...BINDING,
        kind: 'decision',
        at: new Date(o.at).toISOString(),
        id: digestOf(`intent ${seq}`),
        subject: o.intent.subject.ref,
        catalog: { id: 'shipped', version: '0.0.1', digest: catalogDigest },
        engine: { name: '@tai-autonomics/core', version: '0.1.0', semantics: 1 },
        event: eventOf(shipped.actions.get(o.intent.action.id), decision),
        verdict: decision.verdict,
        codes: codesOf(decision),
        writes: writes.map(wireWrite),
        _sd: disclosures.map(({ digest }) => digest).sort(),
        ...(deadline === undefined ? {} : { deadline: new Date(deadline).toISOString() }),
      } as LedgerEntry;
      const appended = right(appendReceipt(sha256, head, entry));
      head = appended.head;
      redacted.push(appended.bytes);
      full = evolve(full, {
        kind: 'decision',
        seq,
        verdict: decision.verdict,
        writes,
        ...(deadline === undefined ? {} : { deadline }),
      });
    }
    const folded = redacted.map((bytes) => entryOf(right(parseReceipt(bytes)))).reduce(evolve, emptyState);
    expect(shown(folded)).toEqual(shown(full));
    written += full.cells.size;
  });
  expect(written).toBeGreaterThan(sightings(40));
});

// --- evolve names no action

describe('evolve names no action', () => {
  const set = (to: unknown): Document => ({ cell: 'valve', key: [{ fact: 'resource_ref' }], change: { set: to } });
  const is = (position: string): Document => ({ fact: 'valve_position', is: position });
  const requirement = (code: string, when: Document, remedy: Document): Document => ({
    code,
    means: code,
    when,
    remedy,
  });
  const submit = (action: string): Document => ({
    by: 'authority',
    who: { type: 'agent' },
    submit: { action, arguments: {} },
  });
  const act = (requires: readonly Document[], writes: readonly Document[]): Document => ({
    means: 'moves a valve',
    who: ['agent'],
    entitlement: 'none',
    roles: [],
    arguments: {},
    requires,
    emits: { approve: 'valve_moved', refuse: 'action_refused' },
    writes,
    does: { effect: 'internal' },
  });
  /** Plain JSON: a pack that this repository has never heard of, with a state and reasons of its own. */
  const valves = JSON.stringify({
    pack_id: 'valves',
    version: '1.0.0',
    description: 'Opens valves, trims open ones, counts how often.',
    always: true,
    tools: [
      {
        tool: 'valve',
        title: 'Move a valve',
        description: 'Moves a valve.',
        actions: ['open_valve', 'trim_valve', 'close_valve'],
      },
    ],
    signals: ['valve_moved'],
    facts: {
      valve_position: {
        means: 'how the valve stands',
        type: { type: 'enum', values: ['closed', 'open', 'trimmed'] },
        origin: 'ledger',
        cell: 'valve',
        key: [{ fact: 'resource_ref' }],
        otherwise: 'closed',
      },
      valve_moves: {
        means: 'how often it was opened',
        type: { type: 'integer' },
        origin: 'ledger',
        cell: 'valve_moves',
        key: [{ fact: 'resource_ref' }],
        otherwise: 0,
      },
    },
    cells: {
      valve: {
        means: 'how a valve stands',
        key: ['valve'],
        type: { type: 'enum', values: ['closed', 'open', 'trimmed'] },
      },
      valve_moves: { means: 'how often it was opened', key: ['valve'], type: { type: 'integer' } },
    },
    actions: {
      open_valve: act(
        [requirement('valve_worn', { fact: 'valve_moves', below: 2 }, { by: 'nobody', why: 'a valve opens twice' })],
        [set('open'), { cell: 'valve_moves', key: [{ fact: 'resource_ref' }], change: { plus: 1 } }],
      ),
      trim_valve: act([requirement('valve_closed', is('open'), submit('open_valve'))], [set('trimmed')]),
      close_valve: act([], [{ cell: 'valve', key: [{ fact: 'resource_ref' }], change: { clear: true } }]),
    },
    codes: { valve_closed: 'the valve is closed', valve_worn: 'the valve was opened too often' },
    required_iam_roles: [],
    incompatible_with: [],
    requires: [],
    receipt_events: ['valve_moved'],
    storage: 'none',
    compute_limits: { timeoutMs: 1_000, memoryBytes: 1_048_576, cpuPercent: 1 },
  });

  test('a made-up pack with cells of its own works and changes no TypeScript file', () => {
    const catalog: Catalog = compiled({ ...shipped.source, packs: [...shipped.source.packs, JSON.parse(valves)] });
    const ask = (action: string, state: State): Observation => ({
      ...observed(catalog, merged(lawful['check_health'], { intent: { action: { id: action } } })),
      state,
    });
    let state: State = emptyState;
    const tried = (action: string): string => {
      const decision = decide(catalog, ask(action, state));
      if (decision.verdict === 'refuse') {
        const { code, next } = decision.reasons[0];
        return `${code}: ${next.kind === 'authority' ? next.submit.action : next.kind}`;
      }
      state = evolve(state, { kind: 'decision', seq: 0, verdict: 'approve', writes: decision.writes });
      return String(state.cells.get('valve')?.get('res_svc'));
    };
    const story = ['trim_valve', 'open_valve', 'trim_valve', 'close_valve', 'open_valve', 'close_valve', 'open_valve'];
    expect(story.map(tried)).toEqual([
      'valve_closed: open_valve',
      'open',
      'trimmed',
      'undefined',
      'open',
      'undefined',
      'valve_worn: none',
    ]);
    expect(state.cells.get('valve_moves')?.get('res_svc')).toBe(2);
  });

  test('what an approval writes and what an outcome writes are resolved: the fold needs no catalog', () => {
    holds(80, (d) => {
      const catalog = compiled(catalogOf(d));
      const o = altered(d, catalog, observationOf(d, catalog));
      const decision = decide(catalog, o);
      if (decision.verdict === 'refuse') return;
      const status = d.pick(['success', 'failed', 'timeout', 'memory_exceeded', 'unknown'] as const);
      const writes = [...decision.writes, ...(outcomeOf(catalog, o, status)?.writes ?? [])];
      for (const { cell, key, change } of writes) {
        expect(catalog.cells.get(cell)?.key.length).toBe(key.length);
        expect(key.every((part) => typeof part === 'string')).toBe(true);
        expect(JSON.stringify(change)).not.toContain('fact');
      }
    });
  });
});

describe('an outcome is judged by what is seen afterwards', () => {
  const decided = spoilt(shipped, 'trigger_rollback');
  const after = (facts: Document): Observation =>
    spoilt(shipped, 'trigger_rollback', {
      at: '2026-01-26T12:01:00.000Z',
      evidence: Object.entries(facts).map(([fact, value]) => ({ fact, value, source: 'git' })),
    });
  test.for([
    { note: 'the target runs', facts: { deployed_version: 'v1.2.3', deployment_stable: true }, want: 'held' },
    { note: 'something else runs', facts: { deployed_version: 'v1.2.4', deployment_stable: true }, want: 'not_held' },
    { note: 'it is not stable', facts: { deployed_version: 'v1.2.3', deployment_stable: false }, want: 'not_held' },
    { note: 'nobody looked', facts: {}, want: 'unknown' },
    {
      note: 'the next rollback would have another target',
      facts: { deployed_version: 'v1.2.3', deployment_stable: true, rollback_target_version: 'v1.2.2' },
      want: 'held',
    },
  ])('$note', ({ facts, want }) => {
    expect(verifyOutcome(shipped, decided, after(facts))).toBe(want);
  });

  test('a fact whose name ends like an argument of the step is not that argument', () => {
    const { publish } = publishing.actions;
    const act = {
      ...publish,
      does: { ...publish?.does, verify: { fact: 'some_version', is: { fact: 'step.version' } } },
    };
    const some = { ...publishing.facts['released_version'] };
    const pack = {
      ...publishing,
      facts: { ...publishing.facts, some_version: some },
      actions: { ...publishing.actions, publish: act },
    };
    const packs = publishingLibrary.packs.map((other) => (other === publishing ? pack : other));
    const catalog = compiled({ ...publishingLibrary, packs });
    const seen = (version: string): Observation =>
      spoilt(catalog, 'publish', { evidence: [{ fact: 'some_version', value: version, source: 'probe' }] });
    expect(verifyOutcome(catalog, seen('v1.0.0'), seen('v1.0.0'))).toBe('not_held');
    expect(verifyOutcome(catalog, seen('v1.0.0'), seen('v2.0.0'))).toBe('held');
    expect(catalog.actions.get('publish')?.verifies).toEqual(['some_version']);
  });
});
