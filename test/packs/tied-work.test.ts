/** Standard work is tied to what is seen: no argument is anybody's own, and nothing is taken back that was not carried out. */
import { decide, type Observation, type State } from '@tai-autonomics/core';
import type { Status, Value } from '@tai-autonomics/core/author';
import { cellKey, evolve } from '@tai-autonomics/core/engine';
import { library, standardWorkRecipes, withStandardWork } from '@tai-autonomics/packs';
import { describe, expect, test } from 'vitest';
import { compiled, type Document, lawful, merged, observed } from '../fixtures/tenant.ts';

const catalog = compiled(withStandardWork(library, ['enterprise']));
const RESOURCE = 'res_svc';
const DEFINITION = 'create index old_idx on orders (id)';
const SEEN = { pg_index_name: 'old_idx', pg_index_definition: DEFINITION, container_memory_mb: 512 };
const STATE: Document = {
  entitlement_packs: ['receipt_verifier', 'standard_work'],
  standard_work_allowed: { [RESOURCE]: true },
  incident_state: { 'inc-1': 'checked' },
  incident_resource: { 'inc-1': RESOURCE },
  incident_remedy: { 'inc-1': 'drop_index' },
};

/** What an agent asks for in an incident whose recipe drops an index. */
const asking = (action: string, args: Document, more: Document = {}, seen: Document = SEEN): Observation =>
  observed(catalog, {
    ...(merged(lawful['activate_throttle'], {
      intent: { action: { id: action, arguments: args } },
      state: merged(STATE, more),
    }) as Document),
    evidence: Object.entries(seen).map(([fact, value]) => {
      const known = catalog.facts.get(fact);
      return { fact, value, source: known?.origin === 'observed' ? known.sources[0] : '' };
    }),
  });
const codesOf = (o: Observation): readonly string[] => {
  const decision = decide(catalog, o);
  return decision.verdict === 'refuse' ? decision.reasons.map(({ code }) => code) : [];
};
type Writes = Extract<ReturnType<typeof decide>, { readonly verdict: 'approve' }>['writes'];
const next = (state: State, writes: Writes): State =>
  evolve(state, { kind: 'decision', seq: 0, verdict: 'approve', writes });
/** The ledger once it is approved: it is open. */
const approvedIn = (o: Observation): State => {
  const decision = decide(catalog, o);
  if (decision.verdict === 'refuse') throw new Error(JSON.stringify(decision.reasons));
  return next(o.state, decision.writes);
};
/** The ledger after an approved action ended so. */
const ended = (o: Observation, status: Status): State =>
  next(approvedIn(o), catalog.actions.get(o.intent.action.id)?.after[status](o) ?? []);
const later = (o: Observation, state: State): Observation => ({ ...o, state });
/** What else may have happened meanwhile. */
const put = (state: State, cell: string, key: readonly string[], value: Value): State => ({
  ...state,
  cells: new Map(state.cells).set(cell, new Map(state.cells.get(cell)).set(cellKey(key), value)),
});

const drop = asking('drop_index', { incident: 'inc-1', index: 'old_idx' });
const create = asking('create_index', { incident: 'inc-1', definition: DEFINITION });
const other = asking('create_index', { incident: 'inc-1', definition: 'create index evil on orders (id)' });

test('a step is asked for with what is seen, and with nothing else', () => {
  expect(codesOf(drop)).toEqual([]);
  const orders = asking('drop_index', { incident: 'inc-1', index: 'orders_pkey' });
  expect(codesOf(orders)).toEqual(['standard_work_argument_other']);
});

describe('a way back', () => {
  test('is not gone before the way there', () => {
    expect(codesOf(create)).toContain('standard_work_not_carried_out');
    expect(codesOf(later(create, ended(drop, 'failed')))).toContain('standard_work_not_carried_out');
  });
  test.for(['success', 'timeout', 'memory_exceeded', 'unknown'] as const)(
    'leads to what was there, after %s',
    (status) => {
      const dropped = ended(drop, status);
      expect(codesOf(later(create, dropped))).toEqual([]);
      expect(codesOf(later(other, dropped))).toEqual(['standard_work_argument_other']);
      const elsewhere = asking(
        'create_index',
        { incident: 'inc-2', definition: DEFINITION },
        {
          incident_state: { 'inc-2': 'executed' },
          incident_resource: { 'inc-2': RESOURCE },
          incident_remedy: { 'inc-2': 'drop_index' },
        },
      );
      const { cells } = dropped;
      const both = { ...elsewhere.state, cells: new Map([...cells, ...elsewhere.state.cells]) };
      expect(codesOf(later(elsewhere, both))).toContain('standard_work_not_carried_out');
    },
  );
  test('is gone once', () => {
    const again = later(create, ended(drop, 'success'));
    expect(codesOf(later(create, ended(again, 'failed')))).toEqual([]);
    expect(codesOf(later(create, ended(again, 'success')))).toEqual(['standard_work_not_carried_out']);
  });
});

test('a way back stays while another recipe was checked', () => {
  const quota = {
    incident_kind: { 'inc-1': 'api_quota_reached' },
    incident_recipe_id: { 'inc-1': 'raise_api_quota' },
    incident_remedy: { 'inc-1': 'ask_for_quota' },
  };
  const about = (action: string, args: Document, seen: Document) =>
    asking(action, { incident: 'inc-1', ...args }, quota, seen);
  const reached = { api_quota_limit: 72, api_quota_used: 72, api_quota_overridden: false };
  const asked = ended(about('ask_for_quota', { before: 72 }, reached), 'success');
  const back = about('set_api_quota', { limit: 72 }, { api_quota_limit: 108 });
  expect(codesOf(later(back, asked))).toEqual([]);
  const lowered = { api_quota_limit: 108, api_quota_used: 108, api_quota_overridden: true };
  const other = approvedIn(later(about('check_incident', { recipe: 'lift_quota_override' }, lowered), asked));
  expect(codesOf(later(back, other))).toEqual([]);
});

describe('a step before the last', () => {
  const recipe =
    standardWorkRecipes.find(({ steps }) => steps[0].action === 'double_container_memory')?.recipe_id ?? '';
  const found = { incident_recipe_id: { 'inc-1': recipe }, incident_remedy: { 'inc-1': 'start_killed_container' } };
  const inIncident = (action: string, args: Document, more: Document = {}, seen: Document = SEEN): Observation =>
    asking(action, { incident: 'inc-1', ...args }, merged(found, more) as Document, seen);
  const double = { before: 512 };
  const set = inIncident('set_container_memory', { megabytes: 512 });
  test('is asked for with what is seen, and taken back to what was there', () => {
    const doubled = ended(inIncident('double_container_memory', double), 'success');
    expect(codesOf(inIncident('double_container_memory', { before: 64 }))).toEqual(['standard_work_argument_other']);
    expect(codesOf(set)).toContain('standard_work_not_carried_out');
    expect(codesOf(later(set, doubled))).toEqual([]);
    expect(codesOf(later(inIncident('set_container_memory', { megabytes: 16 }), doubled))).toEqual([
      'standard_work_argument_other',
    ]);
  });
  test.for(['success', 'timeout', 'memory_exceeded', 'unknown'] as const)(
    'is not done again after %s, so what was there before is not lost',
    (status) => {
      const doubled = ended(inIncident('double_container_memory', double), status);
      const again = inIncident('double_container_memory', { before: 1024 }, {}, { container_memory_mb: 1024 });
      expect(codesOf(later(again, doubled))).toEqual(['standard_work_carried_out']);
      const back = later(set, doubled);
      expect(codesOf(back)).toEqual([]);
      expect(codesOf(later(again, ended(back, 'failed')))).toEqual(['standard_work_carried_out']);
      expect(codesOf(later(inIncident('double_container_memory', double), ended(back, 'success')))).toEqual([]);
    },
  );
  test('is open once, and is not taken back meanwhile', () => {
    const o = inIncident('double_container_memory', double);
    const begun = approvedIn(o);
    expect(codesOf(later(o, begun))).toEqual(['standard_work_carried_out']);
    expect(codesOf(later(set, begun))).toContain('standard_work_not_carried_out');
    expect(codesOf(later(o, ended(o, 'failed')))).toEqual([]);
    const back = later(set, ended(o, 'success'));
    expect(codesOf(later(set, approvedIn(back)))).toEqual(['standard_work_not_carried_out']);
  });
  test('is done anew once its incident was closed, and came back', () => {
    const once = { incident_occurrences: { 'inc-1': 1 } };
    const o = inIncident('double_container_memory', double, once);
    const doubled = ended(o, 'success');
    const again = later(o, put(doubled, 'incident_occurrences', ['inc-1'], 2));
    const start = inIncident('start_killed_container', {});
    expect(codesOf(later(start, doubled))).toEqual([]);
    expect(codesOf(later(start, again.state))).toEqual(['standard_work_not_carried_out']);
    // What was there stays known until then.
    expect(codesOf(later(set, again.state))).toEqual([]);
    const twice = ended(again, 'success');
    expect(codesOf(later(start, twice))).toEqual([]);
    expect(codesOf(later(o, twice))).toEqual(['standard_work_carried_out']);
  });
  test('comes before the last', () => {
    const start = inIncident('start_killed_container', {});
    const o = inIncident('double_container_memory', double);
    expect(codesOf(start)).toEqual(['standard_work_not_carried_out']);
    expect(codesOf(later(start, approvedIn(o)))).toEqual(['standard_work_not_carried_out']);
    expect(codesOf(later(start, ended(o, 'failed')))).toEqual(['standard_work_not_carried_out']);
    const doubled = ended(o, 'success');
    expect(codesOf(later(start, doubled))).toEqual([]);
    const takenBack = later(set, doubled);
    expect(codesOf(later(start, approvedIn(takenBack)))).toEqual(['standard_work_not_carried_out']);
    expect(codesOf(later(start, ended(takenBack, 'success')))).toEqual(['standard_work_not_carried_out']);
  });
  test.for([
    ['of none', { incident: 'none' }, {}],
    ['of one that is not checked', {}, { incident_state: { 'inc-1': 'alerted' } }],
    ['of one with another recipe', {}, { incident_recipe_id: { 'inc-1': 'drop_unused_index' } }],
    ['of one about something else', {}, { incident_resource: { 'inc-1': 'res_other' } }],
  ] as const)('belongs to an incident, and not to one %s', ([, args, state]) => {
    const [code] = codesOf(inIncident('double_container_memory', { ...double, ...args }, state));
    expect(code).toMatch(/^incident_(not_checked|elsewhere)$/);
  });
  test('moves its incident nowhere, and is taken back in that incident alone', () => {
    const o = inIncident('double_container_memory', double);
    const doubled = ended(o, 'success');
    expect(doubled.cells.get('incident_state')).toEqual(o.state.cells.get('incident_state'));
    const second = {
      incident_state: { 'inc-2': 'checked' },
      incident_resource: { 'inc-2': RESOURCE },
      incident_recipe_id: { 'inc-2': recipe },
    };
    const elsewhere = inIncident('set_container_memory', { incident: 'inc-2', megabytes: 512 }, second);
    const { cells } = doubled;
    expect(
      codesOf(later(elsewhere, { ...elsewhere.state, cells: new Map([...cells, ...elsewhere.state.cells]) })),
    ).toContain('standard_work_not_carried_out');
  });
  test.for([
    ['recipe_stopped', { scope_andon: { recipe: { [recipe]: 'low' } } }],
    ['recipe_stopped', { scope_andon: { failing_recipe: { [recipe]: 'high' } } }],
    ['recipe_quarantined', { scope_quarantine: { recipe: { [recipe]: true } } }],
  ] as const)('changes nothing where its recipe is stopped: %s', ([code, state]) => {
    expect(codesOf(inIncident('double_container_memory', double, state))).toEqual([code]);
    // What was done already may be taken back all the same.
    const doubled = ended(inIncident('double_container_memory', double), 'success');
    const stopped = inIncident('set_container_memory', { megabytes: 512 }, state).state;
    expect(codesOf(later(set, { ...stopped, cells: new Map([...doubled.cells, ...stopped.cells]) }))).toEqual([]);
  });
});
