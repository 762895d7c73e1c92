/** Andons, one after another: the severity only rises until somebody clears it, and each stops what depends on its scope alone. */
import { decide, type Observation, type State } from '@tai-autonomics/core';
import { cellKey, evolve } from '@tai-autonomics/core/engine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lawful, merged, observed, shipped } from '../fixtures/tenant.ts';
import { runs } from '../runs.ts';

const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
const base = observed(shipped, lawful['raise_andon']);

const raised = (state: State, severity: string): State => {
  const { intent } = base;
  const action = {
    id: 'raise_andon',
    arguments: merged(intent.action.arguments, { severity }) as Readonly<Record<string, unknown>>,
  };
  const decision = decide(shipped, { ...base, state, intent: { ...intent, action } });
  expect(decision.verdict).toBe('approve');
  return decision.verdict === 'approve'
    ? evolve(state, { kind: 'decision', seq: 0, verdict: 'approve', writes: decision.writes })
    : state;
};

test('after any Andons the worst of them is open', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...SEVERITIES), { minLength: 1, maxLength: 5 }), (severities) => {
      const state = severities.reduce(raised, base.state);
      const worst = SEVERITIES.filter((severity) => severities.includes(severity)).at(-1);
      expect(state.cells.get('andon')?.get(cellKey([base.intent.resource.ref]))).toBe(worst);
    }),
    { numRuns: runs(100) },
  );
});

/** What changes the world, with nothing wanting to it. */
const external = Object.entries(lawful)
  .map(([action, document]) => [action, observed(shipped, document)] as const)
  .filter(([action]) => ['external', 'contractual'].includes(shipped.actions.get(action)?.action.does.effect ?? ''));

const codesOf = (o: Observation): readonly string[] => {
  const decision = decide(shipped, o);
  return decision.verdict === 'refuse' ? decision.reasons.map(({ code }) => code) : [];
};

const withCell = (o: Observation, cell: string, key: readonly string[], value: string | boolean): Observation => ({
  ...o,
  state: { ...o.state, cells: new Map(o.state.cells).set(cell, new Map([[cellKey(key), value]])) },
});

test('an Andon or a quarantine of a scope stops exactly what depends on it', () => {
  expect(external.length).toBeGreaterThan(5);
  for (const [action, o] of external)
    for (const [kind, own, others] of [
      ['environment', 'production', ['sandbox', 'unknown']],
      ['sku', String(o.state.cells.get('entitlement_sku')?.get('')), ['another-sku', 'production']],
    ] as const)
      for (const [cell, value, code] of [
        ['scope_andon', 'low', 'andon_open'],
        ['scope_quarantine', true, 'quarantined'],
      ] as const) {
        expect([action, ...codesOf(withCell(o, cell, [kind, own], value))]).toEqual([action, code]);
        for (const other of others)
          expect([action, ...codesOf(withCell(o, cell, [kind, other], value))]).toEqual([action]);
      }
});

test('an Andon or a quarantine of a recipe stops its remedies alone', () => {
  // No incident of these has said a recipe: nothing that depends on one is asked for.
  for (const [action, o] of external)
    for (const [cell, value] of [
      ['scope_andon', 'critical'],
      ['scope_quarantine', true],
    ] as const)
      expect([action, ...codesOf(withCell(o, cell, ['recipe', 'roll_back_failing_release'], value))]).toEqual([action]);
});
