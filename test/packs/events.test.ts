/** Every event that a pack names is emitted by something that was decided here; what nothing emits is listed by its name. */
import { decide } from '@tai-autonomics/core';
import { STATUSES } from '@tai-autonomics/core/author';
import { eventOf, outcomeOf } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { lawful, merged, observed, shipped } from '../fixtures/tenant.ts';

/** The events of an action: approved, refused for want of its very arguments, begun, and ended in each way. */
const eventsOf = (id: string): readonly string[] => {
  const action = shipped.actions.get(id);
  const approved = observed(shipped, lawful[id]);
  const refused = observed(shipped, merged(lawful[id], { intent: { action: { arguments: { no_such: 'argument' } } } }));
  const decisions = [approved, refused].map((o) => decide(shipped, o));
  expect([id, ...decisions.map(({ verdict }) => verdict)]).toEqual([id, 'approve', 'refuse']);
  const does = action?.action.does;
  return [
    ...decisions.map((decision) => eventOf(action, decision)),
    ...(does !== undefined && 'begins' in does ? [does.begins] : []),
    ...STATUSES.flatMap((status) => outcomeOf(shipped, approved, status)?.event ?? []),
  ];
};

test.for(library.packs.map((pack) => ({ pack: pack.pack_id, ...pack })))(
  '$pack: every signal and every receipt event is emitted',
  ({ actions, signals, receipt_events }) => {
    const emitted = new Set(Object.keys(actions).flatMap(eventsOf));
    expect([...signals, ...receipt_events].filter((event) => !emitted.has(event))).toEqual([]);
  },
);

test('every signal is a receipt event too, so it can be looked up in a ledger', () => {
  for (const { signals, receipt_events } of library.packs)
    expect(receipt_events).toEqual(expect.arrayContaining([...signals]));
});
