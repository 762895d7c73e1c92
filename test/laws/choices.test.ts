/** What an authority step leaves open can be filled in: there is something to choose, and somebody to choose it. */
import { decide, type NextStep, type Observation } from '@tai-autonomics/core';
import { evolve } from '@tai-autonomics/core/engine';
import { describe, expect, test } from 'vitest';
import { shippedControlled } from '../fixtures/change-control.ts';
import { catalogAround, internal, kept, requirement } from '../fixtures/made-up.ts';
import { compiled, type Document, lawful, merged, observed, shipped } from '../fixtures/tenant.ts';

type Authority = Extract<NextStep, { kind: 'authority' }>;

const AT = '2026-01-26T12:00:00.000Z';

/** The authority step of the first reason that has one, of those whose code ends like this. */
const told = (catalog: typeof shipped, o: Observation, code = ''): Authority => {
  const decision = decide(catalog, o);
  const steps =
    decision.verdict === 'refuse' ? decision.reasons.filter((r) => r.code.endsWith(code)).map(({ next }) => next) : [];
  return steps.find((next): next is Authority => next.kind === 'authority') as Authority;
};

describe('renewing after an event of a clock that is ahead', () => {
  const expiredSince = (occurred: string): Observation =>
    observed(
      shipped,
      merged(lawful['check_rollback_status'], {
        state: { entitlement_status: 'cancelled', entitlement_occurred_at: occurred },
      }),
    );
  const renewed = (o: Observation, { submit }: Authority, occurred_at: string) =>
    decide(
      shipped,
      observed(
        shipped,
        merged(lawful['apply_entitlement'], {
          at: new Date(o.at).toISOString(),
          state: { entitlement_status: 'cancelled', entitlement_occurred_at: submitState(o) },
          intent: {
            action: {
              arguments: {
                ...submit.arguments,
                event_id: 'f',
                entitlement_id: 'x',
                occurred_at,
                rank: 0,
                expiry: '2027-01-01T00:00:00Z',
              },
            },
          },
        }),
      ),
    ).verdict;
  const submitState = (o: Observation): string =>
    new Date(o.state.cells.get('entitlement_occurred_at')?.get('') as number).toISOString();

  test.for([
    {
      note: 'a minute ago',
      occurred: '2026-01-26T11:59:00.000Z',
      notBefore: undefined,
      from: '2026-01-26T11:59:00.001Z',
      to: AT,
    },
    { note: 'a millisecond ago', occurred: '2026-01-26T11:59:59.999Z', notBefore: undefined, from: AT, to: AT },
    {
      note: 'at the very millisecond',
      occurred: AT,
      notBefore: '2026-01-26T12:00:00.001Z',
      from: '2026-01-26T12:00:00.001Z',
      to: '2026-01-26T12:00:00.001Z',
    },
    {
      note: 'three seconds ahead',
      occurred: '2026-01-26T12:00:03.000Z',
      notBefore: '2026-01-26T12:00:03.001Z',
      from: '2026-01-26T12:00:03.001Z',
      to: '2026-01-26T12:00:03.001Z',
    },
    {
      note: 'five seconds ahead',
      occurred: '2026-01-26T12:00:05.000Z',
      notBefore: '2026-01-26T12:00:05.001Z',
      from: '2026-01-26T12:00:05.001Z',
      to: '2026-01-26T12:00:05.001Z',
    },
  ])('$note: there is an instant to choose, at once or from a told one on', ({ occurred, notBefore, from, to }) => {
    const o = expiredSince(occurred);
    const step = told(shipped, o);
    expect(step.notBefore).toBe(notBefore);
    expect(step.submit.choose.find(({ argument }) => argument === 'occurred_at')).toMatchObject({ from, to });
    const then = notBefore === undefined ? o : { ...o, at: Date.parse(notBefore) };
    expect([renewed(then, step, from), renewed(then, step, to)]).toEqual(['approve', 'approve']);
  });
});

describe('bounds of a choice', () => {
  const source = (choice: Document, level: Document): unknown =>
    catalogAround({
      facts: { level: kept('level', { type: 'integer', min: 0, max: 9 }, 0) },
      cells: { level: { means: 'the level', key: [], type: { type: 'integer', min: 0, max: 9 } } },
      codes: { low: 'low' },
      actions: {
        raise: internal({ arguments: { to: { means: 'to', type: level } } }),
        act: internal({
          requires: [
            requirement(
              'low',
              {
                all: [
                  { fact: 'level', is: 9 },
                  { fact: 'level', is: 0 },
                ],
              },
              {
                by: 'authority',
                who: { type: 'user' },
                submit: { action: 'raise', arguments: {}, choose: [{ argument: 'to', ...choice }] },
              },
            ),
          ],
        }),
      },
    });
  const next = (choice: Document, level: number): NextStep | undefined => {
    const catalog = compiled(source(choice, { type: 'integer', min: 0, max: 9 }));
    const o = observed(catalog, {
      at: AT,
      mode: 'eval',
      intent: { subject: { type: 'user', id: 'ann' }, action: { id: 'act' }, resource: { id: 'r' } },
      state: { level },
    });
    const decision = decide(catalog, o);
    return decision.verdict === 'refuse' ? decision.reasons[0].next : undefined;
  };

  test('where nothing can ever be chosen, nothing helps, and the step says so', () => {
    expect(next({ from: { fact: 'level', plus: 1 } }, 8)).toMatchObject({ kind: 'authority' });
    expect(next({ from: { fact: 'level', plus: 1 } }, 9)).toEqual({
      kind: 'none',
      why: 'no value of `to` would do: it is not before 10',
    });
    expect(next({ from: 5, to: { fact: 'level' } }, 4)).toEqual({
      kind: 'none',
      why: 'no value of `to` would do: it is not before 5, not after 4',
    });
  });
  test.for([
    {
      note: 'a word that is not of the type',
      choice: { oneOf: ['a', 'd'] },
      type: { type: 'enum', values: ['a', 'b'] },
      at: 'oneOf',
    },
    {
      note: 'a bound of what has no order',
      choice: { from: 'a' },
      type: { type: 'enum', values: ['a', 'b'] },
      at: 'from',
    },
  ])('$note does not load', ({ choice, type, at }) => {
    expect(() => compiled(source(choice, type))).toThrow(`choose[0].${at}`);
  });
});

test('after the first of two approvals the step names who gave it, and every approver that it leaves is counted', () => {
  const relations = { sub_ann: ['owner'], sub_bob: ['approver'], sub_carol: ['approver'] };
  let o = observed(
    shippedControlled,
    merged(lawful['trigger_rollback'], { state: { relations, approval_requester: null, approval_expires_at: null } }),
  );
  const asked: unknown[] = [];
  for (const _ of [1, 2]) {
    const { submit, times, except = [] } = told(shippedControlled, o, 'two_approvals');
    asked.push([times, except]);
    const ref = ['sub_bob', 'sub_carol'].find((name) => !except.includes(name)) ?? '';
    const choices = Object.fromEntries(submit.choose.map(({ argument, to }) => [argument, to]));
    const approval = decide(shippedControlled, {
      ...o,
      intent: {
        ...o.intent,
        subject: { type: 'user', id: ref, ref, scope: [] },
        action: { id: submit.action, arguments: { receipt: 7, leaf: 'leaf-7', ...submit.arguments, ...choices } },
        refusal: { requester: o.intent.subject.ref, binding: o.intent.binding, asks: [submit.action] },
      },
    });
    const writes = approval.verdict === 'approve' ? approval.writes : [];
    o = { ...o, state: evolve(o.state, { kind: 'decision', seq: 0, verdict: 'approve', writes }) };
  }
  expect(asked).toEqual([
    [2, []],
    [undefined, ['sub_bob']],
  ]);
  expect(decide(shippedControlled, o).verdict).toBe('approve');
});
