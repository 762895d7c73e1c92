/** Andons of one resource, one after another: the severity only rises until somebody clears it. */
import { decide, type State } from '@tai-autonomics/core';
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
