/** Faults of one word, each of which a person tried and no test saw: one test for each. */
import { decide } from '@tai-autonomics/core';
import { audienceOf, bindingRecord, formatInstant } from '@tai-autonomics/core/engine';
import { expect, test } from 'vitest';
import { compiled, observed, shipped, spoilt } from '../fixtures/tenant.ts';
import { catalogAround, internal } from '../generators/kept-catalog.ts';

test('an approval is bound to the digest of the catalog under which it was asked', () => {
  const o = spoilt(shipped, 'trigger_rollback');
  expect(bindingRecord(shipped, 'one', o)).not.toEqual(bindingRecord(shipped, 'another', o));
});

test('what only a next step needs is observed too', () => {
  const fact = {
    means: 'the version',
    type: { type: 'string' },
    origin: 'observed',
    sources: ['git'],
    maxAgeMs: 60_000,
  };
  const closed = {
    means: 'open',
    type: { type: 'boolean' },
    origin: 'ledger',
    cell: 'open',
    key: [],
    otherwise: false,
  };
  const submit = { action: 'mend', arguments: { to: { fact: 'version' } } };
  const catalog = compiled(
    catalogAround({
      facts: { version: fact, is_open: closed },
      cells: { open: { means: 'open', key: [], type: { type: 'boolean' } } },
      actions: {
        act: internal({
          requires: [
            {
              code: 'no',
              means: 'open',
              when: { fact: 'is_open', is: true },
              remedy: { by: 'authority', who: { type: 'user' }, submit },
            },
          ],
        }),
        mend: internal({ arguments: { to: { means: 'to', type: { type: 'string' } } } }),
      },
    }),
  );
  expect(catalog.actions.get('act')?.observes).toEqual(['version']);
});

test('what was seen a minute ago counts to the very millisecond, and a step that waits says until when', () => {
  const AT = Date.UTC(2026, 0, 26, 12);
  const fact = {
    means: 'since',
    type: { type: 'instant' },
    origin: 'ledger',
    cell: 'since',
    key: [],
    otherwise: '1970-01-01T00:00:00Z',
  };
  const catalog = compiled(
    catalogAround({
      facts: { since: fact },
      cells: { since: { means: 'since', key: [], type: { type: 'instant' } } },
      actions: {
        act: internal({
          requires: [
            { code: 'no', means: 'it is so', when: { fact: 'since', within: 60_000 }, remedy: { by: 'time' } },
          ],
        }),
      },
    }),
  );
  const next = (since: number) => {
    const decision = decide(
      catalog,
      observed(catalog, {
        at: formatInstant(AT),
        mode: 'eval',
        intent: { subject: { type: 'user', id: 'ann' }, action: { id: 'act' }, resource: { id: 'svc' } },
        state: { since: formatInstant(since) },
      }),
    );
    return decision.verdict === 'approve' ? 'approve' : decision.reasons[0].next;
  };
  expect(next(AT - 60_000)).toBe('approve');
  expect(next(AT + 1_000)).toMatchObject({
    kind: 'time',
    notBefore: formatInstant(AT + 1_000),
    before: formatInstant(AT + 61_001),
  });
});

test('the catalog is disclosed to whoever may read the audit trail by ceiling, grant and scope at once', () => {
  const roles = ['read_audit_trail'];
  const discloses = (ceiling: readonly string[], granted: readonly string[], scope: readonly string[]): boolean =>
    audienceOf(
      shipped,
      spoilt(shipped, 'trigger_rollback', {
        intent: { subject: { scope } },
        state: { entitlement_roles: ceiling, granted_roles: { sub_bot: granted } },
      }),
    ).disclosesCatalog;
  expect(discloses(roles, roles, roles)).toBe(true);
  expect(discloses([], roles, roles)).toBe(false);
  expect(discloses(roles, [], roles)).toBe(false);
  expect(discloses(roles, roles, [])).toBe(false);
});
