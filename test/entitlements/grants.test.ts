/** Every argument of every action of the platform, wrong in each way: refused by its name, with a reason, and nothing changes. */
import { decide } from '@tai-autonomics/core';
import type { Type } from '@tai-autonomics/core/author';
import { describe, expect, test } from 'vitest';
import { type Document, lawful, shipped, spoilt } from '../fixtures/tenant.ts';
import { approved, decided, entitlement, eventsOf, people, right, START, startGovernor } from '../governor/kit.ts';
import { expectVerified } from '../governor/verified.ts';

const platform = shipped.packs.get('platform');
const given = (action: string): Document => {
  const { intent } = lawful[action] as { readonly intent: { readonly action: { readonly arguments: Document } } };
  return intent.action.arguments;
};

/** Values of another type, of none, out of bounds, and twice. */
const wrongOf = (type: Type): readonly unknown[] => {
  const never = [null, {}, [[]], 1.5, Number.MAX_SAFE_INTEGER * 4];
  switch (type.type) {
    case 'boolean':
      return [...never, 'true', 1];
    case 'integer':
      return [...never.slice(0, 3), 1.5, '1', -1];
    case 'instant':
      return [...never, 'tomorrow', 0, '2026-01-26'];
    case 'enum':
      return [...never, '', 'no such word', 0];
    case 'string':
      return [...never, '', 7, 'x'.repeat((type.maxLength ?? 1_024) + 1), '\ud800'];
    case 'set':
      return [...never, 'x', [7], ['x', 'x'], type.of === undefined ? [null] : ['no such word']];
    default:
      return never;
  }
};

describe.for(Object.entries(platform?.actions ?? {}))('%s', ([id, action]) => {
  const refusal = (args: Document): readonly string[] => {
    const decision = decide(shipped, spoilt(shipped, id, { intent: { action: { arguments: args } } }));
    if (decision.verdict === 'approve') return [];
    return decision.reasons.map(({ code, next }) => `${code}: ${next.kind === 'request' ? next.argument : next.kind}`);
  };
  const code = action.invalid ?? 'arguments_invalid';

  test('is refused for an argument that is wrong, by its name', () => {
    const wrong: string[] = [];
    for (const [name, { type, otherwise }] of Object.entries(action.arguments)) {
      const spoils = [...wrongOf(type).map((value) => (value === null ? undefined : value)), undefined];
      for (const value of new Set(spoils)) {
        if (value === undefined && otherwise !== undefined) continue;
        // `null` in a document takes the member away.
        const found = refusal({ [name]: value === undefined ? null : value });
        if (!found.includes(`${code}: ${name}`)) wrong.push(`${name}: ${JSON.stringify(value)}: ${found.join(', ')}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('is refused for an argument that nobody knows', () => {
    expect(Object.keys(given(id)).every((name) => name in action.arguments)).toBe(true);
    expect(refusal({ no_such_argument: 1 })).toContain(`${code}: no_such_argument`);
  });
});

test('an event that is wrong in any field leaves a receipt that says so, and the state as it was', async () => {
  const setting = await startGovernor();
  const { governor, clock } = setting;
  const { shop, agent } = people();
  approved(await governor.submit(shop, entitlement(START)));
  const tools = right(await governor.tools(agent));
  const before = (await eventsOf(setting)).length;
  const { arguments: whole = {} } = entitlement(START + 1);
  const fields = Object.keys(whole);
  for (const [n, field] of fields.entries()) {
    for (const [i, value] of [undefined, null, {}, [['x']]].entries()) {
      clock.now += 1_000;
      const { [field]: _, ...rest } = whole;
      const args = value === undefined ? rest : { ...rest, [field]: value };
      const asked = { id: `${n}.${i}`, action: 'apply_entitlement', resource: 'entitlement', arguments: args };
      const { decision, receipt } = decided(await governor.submit(shop, asked));
      expect([field, value, decision.verdict, receipt.event]).toEqual([
        field,
        value,
        'refuse',
        'entitlement_update_refused',
      ]);
    }
  }
  expect((await eventsOf(setting)).slice(before)).toEqual(
    fields.flatMap(() => new Array(4).fill('entitlement_update_refused')),
  );
  expect(right(await governor.tools(agent))).toEqual(tools);
  await expectVerified(setting);
});
