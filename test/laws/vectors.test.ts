/** Fail-closed vectors: one situation a file. See `test/vectors/decide/README.md`. */
import { readdirSync, readFileSync } from 'node:fs';
import { decide, parseObservation } from '@tai-autonomics/core';
import { eventRank, formatInstant, printPath, readEntitlementEvent } from '@tai-autonomics/core/engine';
import { nobleSha256 } from '@tai-autonomics/core/receipt';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled, type Document, lawful, merged, observed, shipped, withPublishing } from '../fixtures/tenant.ts';
import { referenceDecide } from '../reference/decide.ts';

const example = new URL('../../examples/policy/release.jsonc', import.meta.url);
const written = parseStrictJson(readFileSync(example), { comments: true, maxBytes: 65_536, maxDepth: 32 });
const catalogs = {
  shipped,
  publishing: withPublishing,
  releasing: compiled(E.isRight(written) ? written.right.value : {}),
} as const;

interface Vector {
  readonly note: string;
  readonly catalog: keyof typeof catalogs;
  readonly observation: unknown;
  readonly expect: Document;
}

const folder = new URL('../vectors/decide/', import.meta.url);
const vectors = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name: name.replace('.json', ''),
    ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector),
  }));

describe('what is unknown, ill-typed, stale, contradicted or wrongly sourced is refused with a code', () => {
  test('there are as many vectors as were written', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(155);
  });

  test.for(vectors)('$name: $note', ({ catalog: name, observation, expect: wanted }) => {
    const catalog = catalogs[name];
    const parsed = parseObservation(catalog, observation);
    if (E.isLeft(parsed)) {
      expect({ verdict: 'unreadable', at: printPath(parsed.left[0].path) }).toEqual(wanted);
      return;
    }
    const decision = decide(catalog, parsed.right);
    const codes = decision.verdict === 'refuse' ? { codes: decision.reasons.map(({ code }) => code) } : {};
    expect({ verdict: decision.verdict, ...codes }).toEqual(wanted);
    expect(referenceDecide(catalog.source, parsed.right)).toEqual(decision);
  });
});

describe('the founding documents’ own event (X-32)', () => {
  const event = (expiry: unknown): Document => ({
    event: 'entitlement.activated',
    event_id: 'evt-1',
    entitlement_id: 'ent-1',
    occurred_at: '2026-01-26T12:00:00Z',
    record: {
      tenant_id: 'acme',
      sku_id: 'rollback-guard-professional',
      plan_id: 'professional',
      enabled_packs: ['receipt_verifier', 'rollback_guard'],
      iam_roles: ['read:deployment', 'write:rollback', 'read:audit_trail'],
      expiry,
    },
  });
  const decided = (expiry: unknown) => {
    const intent = readEntitlementEvent(nobleSha256, event(expiry), library.aliases);
    const document = merged(lawful['apply_entitlement'], {
      at: '2026-01-26T12:00:00Z',
      state: null,
      intent: { action: { arguments: null } },
    });
    return decide(
      shipped,
      observed(shipped, merged(document, { intent: { action: { arguments: intent?.arguments } } })),
    );
  };

  test('1740534000 is an instant of 2025, whatever the comment beside it says', () => {
    expect(formatInstant(1_740_534_000_000)).toBe('2025-02-26T01:40:00.000Z');
  });
  test('an expiry of 1740534000 is refused as expired on 2026-01-26', () => {
    expect(decided(1_740_534_000)).toMatchObject({
      verdict: 'refuse',
      reasons: [{ code: 'expired', next: { kind: 'request', argument: 'expiry' } }],
    });
  });
  test('the same event with an expiry in the future is approved', () => {
    expect(decided('2026-02-26T01:40:00Z').verdict).toBe('approve');
    expect(decided(1_772_070_000).verdict).toBe('approve');
  });
  test('events of one instant have an order that everybody computes alike', () => {
    expect(eventRank(nobleSha256, 'evt-1')).not.toBe(eventRank(nobleSha256, 'evt-2'));
    expect(Number.isSafeInteger(eventRank(nobleSha256, 'evt-1'))).toBe(true);
  });
});
