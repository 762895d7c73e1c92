/** What an explanation says is so: each requirement holds as the reference finds it, and a sentence counts what it leaves out. */
import { compileCatalog, type Decision, decide, type Reason } from '@tai-autonomics/core';
import { explainGates, explainSentence } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { catalogOf } from '../generators/catalog.ts';
import { holds } from '../generators/dice.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { placeOf, worldOf } from '../reference/decide.ts';
import { truthOf, unfold } from '../reference/decide-condition.ts';
import { sightings } from '../runs.ts';

test('each gate is explained as it was decided, each requirement with the truth that the reference finds', () => {
  const truths = new Map<string, number>();
  holds(60, (d) => {
    const compiled = compileCatalog(catalogOf(d));
    if (E.isLeft(compiled)) return;
    const catalog = compiled.right;
    for (let i = 0; i < 6; i++) {
      const o = altered(d, catalog, observationOf(d, catalog));
      const decision = decide(catalog, o);
      const at = placeOf(catalog.source, o.intent.action.id);
      const gates = explainGates(catalog, o);
      expect(gates.length > 0).toBe(at !== undefined);
      if (at === undefined) continue;
      const reasons = decision.verdict === 'approve' ? [] : decision.reasons;
      expect(gates.flatMap((gate) => gate.reasons)).toEqual(reasons);
      expect(gates.map(({ gate, result }) => ({ gate, result }))).toEqual(decision.trace);
      for (const { requirements, gate } of gates)
        for (const { truth, needed, code, means } of requirements) {
          // What the packs require; what the gates themselves do, the reference decides in another way.
          const isOwn = at.action.requires.some((r) => r.code === code && r.means === means);
          if (gate !== 'precondition' || !isOwn) continue;
          expect(truth, JSON.stringify(needed)).toBe(truthOf(unfold(catalog.source, needed), worldOf(at, o)));
          truths.set(truth, (truths.get(truth) ?? 0) + 1);
        }
    }
  });
  for (const truth of ['true', 'false', 'unknown'])
    expect(truths.get(truth) ?? 0, truth).toBeGreaterThan(sightings(10));
});

test('a sentence names the first reason, and counts the others', () => {
  const reason: Reason = {
    gate: 'precondition',
    code: 'no',
    means: 'it is ready',
    facts: [],
    next: { kind: 'none', why: 'nothing helps' },
  } as unknown as Reason;
  const sentence = (reasons: readonly Reason[]): string =>
    explainSentence({ verdict: 'refuse', reasons, trace: [] } as unknown as Decision);
  expect(sentence([reason])).not.toMatch(/more reason/);
  expect(sentence([reason, reason])).toMatch(/, and for 1 more reason\. /);
  expect(sentence([reason, reason, reason])).toMatch(/, and for 2 more reasons\. /);
});
