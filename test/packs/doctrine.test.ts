/** The support doctrine, played: what stops, what lets go again, what is cited, and what was prevented. */

import { decide, type State } from '@tai-autonomics/core';
import { STATUSES, type Value } from '@tai-autonomics/core/author';
import { cellKey, evolve } from '@tai-autonomics/core/engine';
import { library, withStandardWork } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compiled, type Document, lawful, observed, shipped } from '../fixtures/tenant.ts';
import { runs } from '../runs.ts';
import { PEOPLE, type Played, played } from './played.ts';

const RECIPE = 'restore_drifted_configuration';
const INCIDENT = { incident: 'inc-1' };
const seen = (drifted: boolean): Document => ({
  evidence: Object.entries({
    configuration_drifted: drifted,
    configuration_commit: 'c1',
    configuration_drift: 'd1',
  }).map(([fact, value]) => ({ fact, value, source: 'configuration' })),
});
const cellOf = (state: State, cell: string, ...key: readonly string[]): Value | undefined =>
  state.cells.get(cell)?.get(cellKey(key));

const alert = { ...INCIDENT, kind: 'configuration_drift', severity: 'medium' };
const opened = (ledger: Played): Played => {
  expect(ledger.ask('ann', 'allow_restoration', { allowed: true })).toBe('approved');
  expect(ledger.ask('bot', 'report_alert', alert)).toBe('approved');
  return ledger;
};
const checked = (ledger: Played): void =>
  expect(ledger.ask('bot', 'check_incident', { ...INCIDENT, recipe: RECIPE }, seen(true))).toBe('approved');
const remedied = (ledger: Played) => ledger.begin('bot', 'restore_configuration', INCIDENT, seen(true));
const verified = (ledger: Played) => ledger.ask('bot', 'verify_incident', INCIDENT, seen(false));

describe('an Andon', () => {
  const SEVERITIES = ['none', 'low', 'medium', 'high', 'critical'];
  const catalog = compiled(withStandardWork(library, ['enterprise']));
  const CLEARING = ['clear_andon', 'clear_scope_andon'];
  const actions = Object.entries(lawful).filter(([id]) => catalog.actions.has(id) && !CLEARING.includes(id));
  const failures = { incident_failures: { 'inc-1': 1 }, incident_recipe_id: { 'inc-1': RECIPE } };

  /** What the fixture of an action has in its ledger, over what is there: its Andons are those that are there. */
  const with_ = (state: State, own: State): State => {
    const cells = new Map([...state.cells, ...own.cells]);
    for (const cell of ['andon', 'scope_andon']) {
      const there = state.cells.get(cell);
      if (there !== undefined) cells.set(cell, there);
    }
    return { ...state, cells };
  };
  const severities = (state: State): ReadonlyMap<string, number> =>
    new Map(
      ['andon', 'scope_andon'].flatMap((cell) =>
        [...(state.cells.get(cell) ?? [])].map(([key, value]) => [`${cell} ${key}`, SEVERITIES.indexOf(String(value))]),
      ),
    );

  test('is lowered and cleared by nothing but its clearing, whatever is in flight', () => {
    let flown = 0;
    const step = fc.record({
      action: fc.constantFrom(...actions),
      status: fc.constantFrom(...STATUSES),
      severity: fc.constantFrom('low', 'medium', 'high', 'critical'),
      where: fc.constantFrom(['res_svc'], ['recipe', RECIPE], ['environment', 'sandbox']),
      lands: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        let state: State = { cells: new Map(), open: new Map() };
        const flying: ((state: State) => State)[] = [];
        const next = (to: State): void => {
          const after = severities(to);
          for (const [key, before] of severities(state))
            expect([key, after.get(key) ?? 0]).toEqual([key, Math.max(before, after.get(key) ?? 0)]);
          state = to;
        };
        for (const {
          action: [id, document],
          status,
          severity,
          where,
          lands,
        } of steps) {
          const own = observed(catalog, document);
          const o = {
            ...own,
            state: with_(
              state,
              observed(catalog, { ...document, state: { ...(document['state'] as Document), ...failures } }).state,
            ),
          };
          const decision = decide(catalog, o);
          if (decision.verdict === 'approve') {
            next(evolve(state, { kind: 'decision', seq: 0, verdict: 'approve', writes: decision.writes }));
            const writes = catalog.actions.get(id)?.after[status]?.(o) ?? [];
            flying.push((now) => evolve(now, { kind: 'outcome', seq: 1, of: 0, status, writes }));
            flown += writes.length;
          }
          // Somebody raises one meanwhile, or makes it worse.
          const cell = where.length === 1 ? 'andon' : 'scope_andon';
          const open = SEVERITIES.indexOf(String(cellOf(state, cell, ...where) ?? 'none'));
          if (SEVERITIES.indexOf(severity) > open)
            next(
              evolve(state, {
                kind: 'decision',
                seq: 0,
                verdict: 'approve',
                writes: [{ cell, key: where, change: { set: severity } }],
              }),
            );
          if (lands) for (const land of flying.splice(0)) next(land(state));
        }
        for (const land of flying) next(land(state));
      }),
      { numRuns: runs(4_000, 400) },
    );
    expect(flown).toBeGreaterThan(50);
  });

  test('of a recipe that is critical stays so when its remedy fails, and its raiser cannot clear it', () => {
    const ledger = opened(played());
    checked(ledger);
    remedied(ledger)('failed');
    const ends = remedied(ledger);
    const scope = { scope: 'recipe', name: RECIPE };
    expect(ledger.ask('ann', 'raise_scope_andon', { ...scope, severity: 'critical', finding: 'it loses data' })).toBe(
      'approved',
    );
    ends('failed');
    expect(ledger.ask('ann', 'record_scope_cause', { ...scope, finding: 'a fault' })).toBe('approved');
    expect(ledger.ask('ci', 'confirm_scope_recovery', { ...scope, evidence: 'd' })).toBe('approved');
    expect(ledger.ask('ann', 'clear_scope_andon', { ...scope, finding: 'mended' })).toEqual(['andon_raiser_clears']);
    expect(ledger.ask('otto', 'clear_scope_andon', { ...scope, finding: 'mended' })).toBe('approved');
    // That it failed twice is a stop of its own, which is let go for itself.
    const check = { ...INCIDENT, recipe: RECIPE };
    expect(ledger.ask('bot', 'check_incident', check, seen(true))).toEqual(['recipe_stopped']);
    const failing = { scope: 'failing_recipe', name: RECIPE };
    expect(ledger.ask('ann', 'clear_scope_andon', { ...failing, finding: 'mended' })).toEqual([
      'stop_cause_missing',
      'recovery_not_confirmed',
    ]);
    expect(ledger.ask('ann', 'record_scope_cause', { ...failing, finding: 'a fault' })).toBe('approved');
    expect(ledger.ask('ci', 'confirm_scope_recovery', { ...failing, evidence: 'd' })).toBe('approved');
    expect(ledger.ask('ann', 'clear_scope_andon', { ...failing, finding: 'mended' })).toBe('approved');
    expect(ledger.ask('bot', 'check_incident', check, seen(true))).toBe('approved');
  });
});

describe('five whys', () => {
  const why = (ledger: Played, receipt: string) =>
    ledger.ask('bot', 'record_why', { ...INCIDENT, receipt, because: 'so' });
  test('each cites a receipt that no why before cited', () => {
    const ledger = opened(played());
    const first = ledger.latest();
    expect(ledger.ask('bot', 'open_analysis', INCIDENT)).toBe('approved');
    expect(why(ledger, ledger.latest())).toEqual(['receipt_not_of_incident']);
    expect(why(ledger, first)).toBe('approved');
    const second = ledger.latest();
    expect(why(ledger, first)).toEqual(['receipt_cited_before']);
    // A why is a receipt of the incident too: so five can always be answered.
    let latest = second;
    for (let i = 0; i < 4; i++) {
      expect(why(ledger, latest)).toBe('approved');
      latest = ledger.latest();
    }
    expect(cellOf(ledger.state(), 'analysis_whys', 'inc-1')).toBe(5);
  });
});

describe('a prevention', () => {
  const test_ = (ledger: Played, result: string, catalog: string, name = 't1') =>
    ledger.ask('ci', 'record_prevention_test', { ...INCIDENT, test: name, result }, { catalog });
  const close = (ledger: Played, catalog: string) =>
    ledger.ask('bot', 'close_analysis', { ...INCIDENT, finding: 'nobody locked it' }, { catalog });
  const explained = (ledger: Played): Played => {
    const receipts = [ledger.latest()];
    expect(ledger.ask('bot', 'open_analysis', INCIDENT)).toBe('approved');
    for (let i = 0; i < 5; i++) {
      expect(ledger.ask('bot', 'record_why', { ...INCIDENT, receipt: receipts.at(-1), because: 'so' })).toBe(
        'approved',
      );
      receipts.push(ledger.latest());
    }
    return ledger;
  };
  const propose = (ledger: Played, candidate: string, catalog: string) =>
    ledger.ask('ann', 'propose_prevention', { ...INCIDENT, candidate }, { catalog });
  const prevented = (): Played => {
    const ledger = explained(opened(played()));
    expect(propose(ledger, 'cat1', 'cat0')).toBe('approved');
    return ledger;
  };

  test('whose test fails again is not tested any more, until it passes again', () => {
    const ledger = prevented();
    expect(test_(ledger, 'failed', 'cat0')).toBe('approved');
    expect(test_(ledger, 'passed', 'cat1')).toBe('approved');
    expect(test_(ledger, 'failed', 'cat1')).toBe('approved');
    expect(close(ledger, 'cat1')).toEqual(['prevention_not_tested']);
    expect(test_(ledger, 'passed', 'cat1')).toBe('approved');
    expect(close(ledger, 'cat1')).toBe('approved');
  });
  test('is tested when every one of its tests passes', () => {
    const ledger = prevented();
    for (const name of ['t1', 't2']) expect(test_(ledger, 'failed', 'cat0', name)).toBe('approved');
    expect(test_(ledger, 'passed', 'cat1', 't1')).toBe('approved');
    expect(test_(ledger, 'failed', 'cat1', 't2')).toBe('approved');
    expect(test_(ledger, 'passed', 'cat1', 't1')).toBe('approved');
    expect(close(ledger, 'cat1')).toEqual(['prevention_not_tested']);
    expect(test_(ledger, 'passed', 'cat1', 't2')).toBe('approved');
    expect(close(ledger, 'cat1')).toBe('approved');
  });
  test('holds while another catalog decides only once its test passed under that one', () => {
    const ledger = prevented();
    expect(test_(ledger, 'failed', 'cat0')).toBe('approved');
    expect(test_(ledger, 'passed', 'cat1')).toBe('approved');
    expect(close(ledger, 'cat2')).toEqual(['prevention_not_tested']);
    expect(test_(ledger, 'failed', 'cat2')).toBe('approved');
    expect(close(ledger, 'cat1')).toEqual(['prevention_not_tested']);
    expect(test_(ledger, 'passed', 'cat2')).toBe('approved');
    expect(close(ledger, 'cat2')).toBe('approved');
  });
  test('is not shown by a pass under the catalog that permits the harm', () => {
    const ledger = prevented();
    expect(test_(ledger, 'failed', 'cat0', 't1')).toBe('approved');
    expect(test_(ledger, 'passed', 'cat1', 't1')).toBe('approved');
    // The old catalog decides again: its own tests pass for nobody.
    expect(test_(ledger, 'failed', 'cat0', 't2')).toBe('approved');
    for (const name of ['t1', 't2']) expect(test_(ledger, 'passed', 'cat0', name)).toEqual(['prevention_not_active']);
    expect(close(ledger, 'cat0')).toEqual(['prevention_not_tested']);
    // Nor does a test pass first under a later one, because another test passed under the candidate.
    expect(test_(ledger, 'passed', 'cat2', 't2')).toEqual(['prevention_not_active']);
    expect(test_(ledger, 'passed', 'cat1', 't2')).toBe('approved');
    expect(test_(ledger, 'failed', 'cat2', 't2')).toBe('approved');
    expect(test_(ledger, 'passed', 'cat2', 't2')).toBe('approved');
  });
  test('is tested anew in the next analysis, and for the next proposal', () => {
    const ledger = prevented();
    expect(test_(ledger, 'failed', 'cat0')).toBe('approved');
    expect(propose(ledger, 'cat1', 'cat0')).toBe('approved');
    expect(test_(ledger, 'passed', 'cat1')).toEqual(['prevention_test_not_failed']);
    expect(test_(ledger, 'failed', 'cat0')).toBe('approved');
    expect(test_(ledger, 'passed', 'cat1')).toBe('approved');
    expect(close(ledger, 'cat1')).toBe('approved');
    explained(ledger);
    expect(propose(ledger, 'cat1', 'cat2')).toBe('approved');
    expect(test_(ledger, 'passed', 'cat1')).toEqual(['prevention_test_not_failed']);
  });
});

test.for([
  ['clear_andon', { severity: 'critical', finding: 'odd' }, 'raise_andon', 'andon_raiser_clears'],
  ['release_quarantine', { finding: 'odd' }, 'quarantine_resource', 'recovery_by_releaser'],
] as const)('an owner who is alone is told what to do before %s: make another owner', ([ends, args, begins, code]) => {
  const ledger = played(shipped, ['ann']);
  expect(ledger.ask('ann', begins, args)).toBe('approved');
  expect(ledger.ask('ann', 'record_stop_cause', { finding: 'a fault' })).toBe('approved');
  expect(ledger.ask('ann', 'confirm_recovery', { evidence: 'd' })).toBe('approved');
  expect(ledger.ask('ann', ends, { finding: 'mended' })).toEqual([code]);
  expect(library.packs.flatMap(({ codes }) => (Object.hasOwn(codes, code) ? [codes[code]] : []))).toEqual([
    expect.stringContaining('another owner does, whom an owner makes with `grant_relation`'),
  ]);
  const otto = { subject: PEOPLE.otto.ref, kind: 'user' };
  expect(ledger.ask('ann', 'register_subject', otto)).toBe('approved');
  expect(ledger.ask('ann', 'grant_relation', { subject: PEOPLE.otto.ref, relation: 'owner' })).toBe('approved');
  expect(ledger.ask('otto', ends, { finding: 'mended' })).toBe('approved');
});

describe('a verified incident', () => {
  const raise = (ledger: Played) => ledger.ask('ann', 'raise_andon', { severity: 'low', finding: 'odd' });
  const isolate = (ledger: Played) => ledger.ask('ann', 'quarantine_resource', { finding: 'odd' });
  const recovered = (ledger: Played) => cellOf(ledger.state(), 'stop_recovery', 'res_svc');

  test.for([
    ['an Andon', raise],
    ['a quarantine', isolate],
  ] as const)('is not the recovery of %s that was made after its remedy', ([, stop]) => {
    const ledger = opened(played());
    checked(ledger);
    remedied(ledger)('success');
    expect(stop(ledger)).toBe('approved');
    expect(verified(ledger)).toBe('approved');
    expect(recovered(ledger)).toBe(false);
  });
  test('is not the recovery of what was stopped before it was opened', () => {
    const ledger = played();
    expect(ledger.ask('ann', 'allow_restoration', { allowed: true })).toBe('approved');
    expect(raise(ledger)).toBe('approved');
    expect(ledger.ask('bot', 'report_alert', alert)).toBe('approved');
    checked(ledger);
    brokenGlass(ledger);
    remedied(ledger)('success');
    expect(verified(ledger)).toBe('approved');
    expect(recovered(ledger)).toBe(false);
  });
  test('is the recovery of what was stopped for it and mended since, and whoever confirmed it before stays', () => {
    const ledger = opened(played());
    checked(ledger);
    expect(raise(ledger)).toBe('approved');
    expect(ledger.ask('ann', 'confirm_recovery', { evidence: 'd' })).toBe('approved');
    brokenGlass(ledger);
    remedied(ledger)('success');
    expect(verified(ledger)).toBe('approved');
    expect(recovered(ledger)).toBe(true);
    expect(cellOf(ledger.state(), 'stop_confirmer', 'res_svc')).toBe('sub_ann');
  });
});

/** An agent may pass the Andon of the resource for an hour. */
const brokenGlass = (ledger: Played): void =>
  ledger.put('glass_until', ['sub_bot', 'restore_configuration', 'res_svc'], Date.parse('2026-01-26T14:00:00Z'));

describe('open incidents of a resource', () => {
  const open = (ledger: Played) => cellOf(ledger.state(), 'counted_incidents', 'res_svc') ?? 0;
  const decline = (ledger: Played, incident = 'inc-1') => {
    expect(ledger.ask('bot', 'decline_incident', { incident, why: 'false_alarm' })).toBe('approved');
    return ledger.ask('bot', 'close_incident', { incident, finding: 'nothing' });
  };
  test('are counted once, and what was never counted is not taken from others', () => {
    const ledger = opened(played());
    expect(ledger.ask('bot', 'report_alert', { ...alert, incident: 'inc-2' })).toBe('approved');
    expect(open(ledger)).toBe(2);
    // One that a catalog opened that counts none.
    ledger.put('incident_state', ['inc-3'], 'declined');
    ledger.put('incident_resource', ['inc-3'], 'res_svc');
    expect(ledger.ask('bot', 'close_incident', { incident: 'inc-3', finding: 'nothing' })).toBe('approved');
    expect(open(ledger)).toBe(2);
    expect(decline(ledger)).toBe('approved');
    expect(decline(ledger, 'inc-2')).toBe('approved');
    expect(open(ledger)).toBe(0);
  });
  test('which another catalog opened are counted from their first step on', () => {
    const ledger = played();
    ledger.put('incident_state', ['inc-1'], 'alerted');
    ledger.put('incident_resource', ['inc-1'], 'res_svc');
    ledger.put('incident_kind', ['inc-1'], 'configuration_drift');
    checked(ledger);
    expect(open(ledger)).toBe(1);
    checked(ledger);
    expect(open(ledger)).toBe(1);
    expect(decline(ledger)).toBe('approved');
    expect(open(ledger)).toBe(0);
  });
  test('which another catalog closed are counted until they are opened and closed again', () => {
    const ledger = opened(played());
    ledger.put('incident_state', ['inc-1'], 'closed');
    expect(ledger.ask('bot', 'report_alert', alert)).toBe('approved');
    expect(open(ledger)).toBe(1);
    expect(decline(ledger)).toBe('approved');
    expect(open(ledger)).toBe(0);
  });
});

describe('an incident that was decided, and not closed', () => {
  const RECURRING = { incident_state: 'alerted', incident_escalated: false, incident_recurred: true };
  const HALF_PAST = Date.parse('2026-01-30T12:00:00.000Z');
  const stands = (ledger: Played): Document =>
    Object.fromEntries(Object.keys(RECURRING).map((cell) => [cell, cellOf(ledger.state(), cell, 'inc-1') ?? null]));
  const refires = (ledger: Played, status: string) =>
    ledger.ask(
      'ci',
      'report_alert',
      { ...alert, severity: 'critical', status },
      { at: new Date(HALF_PAST).toISOString() },
    );
  const declined = (): Played => {
    const ledger = opened(played());
    expect(ledger.ask('bot', 'decline_incident', { ...INCIDENT, why: 'false_alarm' })).toBe('approved');
    return ledger;
  };
  const seenOver = (): Played => {
    const ledger = opened(played());
    checked(ledger);
    remedied(ledger)('success');
    expect(verified(ledger)).toBe('approved');
    return ledger;
  };
  test.for([
    ['declined', declined],
    ['verified', seenOver],
  ] as const)('and fires again after it was %s waits for a decision anew', ([, decided]) => {
    const ledger = decided();
    expect(refires(ledger, 'firing')).toBe('approved');
    const fired = ledger.latest();
    expect(stands(ledger)).toEqual(RECURRING);
    expect(cellOf(ledger.state(), 'incident_due_at', 'inc-1')).toBe(HALF_PAST + 180_000);
    expect(cellOf(ledger.state(), 'incident_severity', 'inc-1')).toBe('critical');
    expect(cellOf(ledger.state(), 'incident_latest', 'inc-1')).toBe(fired);
    expect(cellOf(ledger.state(), 'analysis_state', 'inc-1')).toBe('open');
    expect(cellOf(ledger.state(), 'counted_incidents', 'res_svc')).toBe(1);
    expect(ledger.ask('bot', 'close_incident', { ...INCIDENT, finding: 'over' })).toEqual(['incident_not_verified']);
    const late = { at: new Date(HALF_PAST + 180_001).toISOString() };
    expect(ledger.ask('governor', 'escalate_incident', INCIDENT, late)).toBe('approved');
    expect(ledger.ask('bot', 'check_incident', { ...INCIDENT, recipe: RECIPE }, seen(true))).toBe('approved');
  });
  test('and is said to be over stays decided', () => {
    const ledger = declined();
    expect(refires(ledger, 'resolved')).toBe('approved');
    expect(cellOf(ledger.state(), 'incident_state', 'inc-1')).toBe('declined');
    expect(cellOf(ledger.state(), 'incident_alerts', 'inc-1')).toBe(2);
    expect(ledger.ask('bot', 'close_incident', { ...INCIDENT, finding: 'over' })).toBe('approved');
  });
});

test('an incident whose recipe left the catalog after its remedy can be declined, and closed', () => {
  const ledger = opened(played());
  checked(ledger);
  remedied(ledger)('success');
  ledger.put('incident_recipe', ['inc-1'], `${RECIPE}@0.9.0`);
  expect(verified(ledger)).toEqual(['recipe_unknown']);
  expect(ledger.ask('bot', 'decline_incident', { ...INCIDENT, why: 'no_recipe' })).toBe('approved');
  expect(ledger.ask('bot', 'close_incident', { ...INCIDENT, finding: 'over' })).toBe('approved');
});

test('an alert that is worse while the remedy runs makes the next decision due sooner', () => {
  const ledger = played();
  expect(ledger.ask('ann', 'allow_restoration', { allowed: true })).toBe('approved');
  expect(ledger.ask('bot', 'report_alert', { ...alert, severity: 'low' })).toBe('approved');
  checked(ledger);
  const ends = remedied(ledger);
  const clock = Date.parse('2026-01-26T12:09:00.000Z');
  expect(cellOf(ledger.state(), 'incident_clock_at', 'inc-1')).toBe(clock);
  expect(ledger.ask('ci', 'report_alert', { ...alert, severity: 'critical' })).toBe('approved');
  ends('failed');
  expect(cellOf(ledger.state(), 'incident_due_at', 'inc-1')).toBe(clock + 180_000);
});

describe('an alert of another kind under the same id', () => {
  const storm = { ...alert, kind: 'request_storm' };
  test('is refused while the incident is open, however far it is', () => {
    const ledger = opened(played());
    expect(ledger.ask('ci', 'report_alert', storm)).toEqual(['incident_of_other_kind']);
    expect(ledger.ask('bot', 'decline_incident', { ...INCIDENT, why: 'false_alarm' })).toBe('approved');
    expect(ledger.ask('ci', 'report_alert', storm)).toEqual(['incident_of_other_kind']);
    expect(ledger.ask('ci', 'report_alert', { ...storm, incident: 'inc-2' })).toBe('approved');
  });
  test('is no recurrence of what was closed under it', () => {
    const ledger = opened(played());
    expect(ledger.ask('bot', 'decline_incident', { ...INCIDENT, why: 'false_alarm' })).toBe('approved');
    expect(ledger.ask('bot', 'close_incident', { ...INCIDENT, finding: 'nothing' })).toBe('approved');
    expect(ledger.ask('ci', 'report_alert', storm)).toBe('approved');
    expect(cellOf(ledger.state(), 'incident_kind', 'inc-1')).toBe('request_storm');
    expect(cellOf(ledger.state(), 'incident_recurred', 'inc-1')).toBe(false);
    expect(cellOf(ledger.state(), 'analysis_state', 'inc-1')).toBeUndefined();
  });
});
