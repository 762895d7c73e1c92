/** An Andon withdraws what was approved and has not begun: exactly what it stops, whoever raised it, and until it is cleared. */
import { decide, type Observation } from '@tai-autonomics/core';
import { createWithdrawalCheck, ENGINES, type Entry, evolve, SEMANTICS } from '@tai-autonomics/core/engine';
import { expect, test } from 'vitest';
import { lawful, observed, shipped } from '../fixtures/tenant.ts';
import { type Dice, holds } from '../generators/dice.ts';

const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;

/** What changes the world, or would, each approved: an Andon stops it. */
const external = Object.values(lawful)
  .map((document) => observed(shipped, document))
  .filter((o) => {
    const effect = shipped.actions.get(o.intent.action.id)?.action.does.effect;
    return (effect === 'external' || effect === 'contractual') && decide(shipped, o).verdict === 'approve';
  });

const finding = { finding: 'f' };
/** What an owner does to start the line again. */
const STARTS = [
  { id: 'record_stop_cause', arguments: finding },
  { id: 'confirm_recovery', arguments: { evidence: 'd' } },
  { id: 'clear_andon', arguments: finding },
] as const;

/** Somebody stops the line, or an owner starts it again, about a resource. */
const stopOrStart = (
  base: Observation,
  d: Dice,
  ref: string,
  action: (typeof STARTS)[number] | undefined,
): Observation => {
  const who = (type: 'agent' | 'user', id: string) => ({ type, id, ref: `sub_${id}`, scope: [] });
  return {
    ...base,
    intent: {
      ...base.intent,
      subject:
        action === undefined ? who(d.pick(['agent', 'user']), d.pick(['bot', 'ann', 'eve'])) : who('user', 'ann'),
      action: action ?? { id: 'raise_andon', arguments: { ...finding, severity: d.pick(SEVERITIES) } },
      resource: { ...base.intent.resource, id: ref, ref },
    },
  };
};

test('what may be stopped is there', () => expect(external.length).toBeGreaterThan(3));

test('after any Andons and their clearing, what has not begun is withdrawn exactly if one is open for its resource or for the tenant', () => {
  const engine = ENGINES.get(SEMANTICS);
  if (engine === undefined) throw new Error('the newest engine is there');
  const seen = new Set<boolean>();
  holds(300, (d) => {
    const o = d.pick(external);
    const { ref } = o.intent.resource;
    const approval = decide(shipped, o);
    if (approval.verdict !== 'approve') throw new Error('it was approved');
    let state = evolve(o.state, { kind: 'decision', seq: 0, verdict: 'approve', writes: approval.writes });
    const check = createWithdrawalCheck(engine, shipped, o);
    const open = new Set<string>();
    let seq = 0;
    const steps = 1 + d.below(6);
    for (let i = 0; i < steps; i++) {
      const about = d.pick([ref, '*', 'res_other']);
      for (const action of d.chance(60) ? [undefined] : STARTS) {
        const decision = decide(shipped, { ...stopOrStart(o, d, about, action), state });
        if (decision.verdict !== 'approve') continue;
        seq += 1;
        const entry: Entry = { kind: 'decision', seq, verdict: 'approve', writes: decision.writes };
        state = evolve(state, entry);
        check.apply(entry);
        if (action === undefined) open.add(about);
        else if (action.id === 'clear_andon') open.delete(about);
      }
    }
    const isStopped = open.has(ref) || open.has('*');
    seen.add(isStopped);
    expect(check.withdrawnBy(), `${o.intent.action.id}: ${[...open].join()}`).toEqual(isStopped ? ['andon_open'] : []);
  });
  expect(seen.size).toBe(2);
});
