/** What stands in clear in a receipt can never be erased: so nothing that is anybody's own words, name or address gets there. */
import { lint } from '@tai-autonomics/core';
import type { Asked, Caller } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { describe, expect, test } from 'vitest';
import {
  approved,
  codes,
  decided,
  ledgerOf,
  makeReady,
  people,
  reasonsOf,
  START,
  startGovernor,
} from '../governor/kit.ts';

const { owner, approver, service, shop } = people();
const HOUR_MS = 3_600_000;
const instant = (ms: number): string => new Date(ms).toISOString();

const asked = (action: string, args: Readonly<Record<string, unknown>>, resource = '*'): Asked => ({
  action,
  resource,
  arguments: args,
});

/** Every argument of the shipped catalog that an approval writes in clear, with what people write there. */
const words: readonly { note: string; by: Caller; asks: Asked; names: string; code?: string }[] = [
  {
    note: 'an address where a pseudonym belongs',
    by: owner,
    asks: asked('grant_role', { subject: 'alice.smith@example.com', roles: ['read_deployment'] }),
    names: 'subject',
  },
  {
    note: 'a name and a birthday where a pseudonym belongs',
    by: owner,
    asks: asked('grant_relation', { subject: 'Alice Smith 1970-01-01', relation: 'responder' }),
    names: 'subject',
  },
  {
    note: 'a plain name, which has the form of an id, where a pseudonym belongs',
    by: owner,
    asks: asked('revoke_role', { subject: 'alice', roles: ['read_deployment'] }),
    names: 'subject',
  },
  {
    note: 'a name as the new owner',
    by: owner,
    asks: asked('transfer_ownership', { to: 'alice.smith' }),
    names: 'to',
  },
  {
    note: 'an accusation as the name of a disclosure',
    by: owner,
    asks: asked('purge_disclosures', { seq: 1, names: ['alice.smith@example.com is a thief'] }),
    names: 'names',
  },
  {
    note: 'a name and an address as a certificate',
    by: service,
    asks: asked('record_insurance', {
      status: 'valid',
      certificate: 'Alice Smith, 12 Main Street',
      verified_at: instant(START),
      expires_at: instant(START + HOUR_MS),
    }),
    names: 'certificate',
  },
  {
    note: 'a name as an agreement',
    by: owner,
    asks: asked('record_msa', {
      status: 'signed',
      agreement: 'with Alice Smith',
      in_force_from: instant(START),
      in_force_until: instant(START + HOUR_MS),
    }),
    names: 'agreement',
  },
  {
    note: 'an address as the id of an entitlement',
    by: shop,
    asks: asked(
      'apply_entitlement',
      {
        event_id: 'e-9',
        entitlement_id: 'alice.smith@example.com',
        occurred_at: instant(START),
        rank: 9,
        status: 'suspended',
        plan_id: 'professional',
        sku_id: 'rollback-guard-professional',
        enabled_packs: ['receipt_verifier'],
        iam_roles: [],
        expiry: instant(START + HOUR_MS),
      },
      'entitlement',
    ),
    names: 'entitlement_id',
    code: 'invalid_entitlement_structure',
  },
];

describe('what people write where an opaque id belongs', () => {
  test.for(words)('$note is refused, with a step, and stands in no receipt', async ({ by, asks, names, code }) => {
    const setting = await startGovernor();
    await makeReady(setting);
    const answer = await setting.governor.submit(by, asks);
    expect(codes(answer)).toContain(code ?? 'arguments_invalid');
    expect(reasonsOf(answer).map(({ next }) => next)).toContainEqual(
      expect.objectContaining({ kind: 'request', argument: names }),
    );
    for (const { row } of await ledgerOf(setting))
      expect(new TextDecoder().decode(row.bytes)).not.toMatch(/alice|smith|thief/i);
  });

  test('a name as the resource of a policy step is refused, and stands in no receipt', async () => {
    const setting = await startGovernor();
    await makeReady(setting);
    const answer = await setting.governor.submit(approver, asked('withdraw_policy_approval', {}, 'alice'));
    expect(decided(answer).decision.verdict).toBe('refuse');
    for (const { row } of await ledgerOf(setting)) expect(new TextDecoder().decode(row.bytes)).not.toContain('alice');
  });
});

test('who is named by type and id gets the pseudonym filled in, and the same answer to the same intent', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  const address = 'agent:alice.smith@example.com';
  const asks = { ...asked('grant_role', { subject: address, roles: ['read_deployment'] }), id: 'grant-1' };
  const first = approved(await setting.governor.submit(owner, asks));
  const again = decided(await setting.governor.submit(owner, asks));
  expect(again.receipt.seq).toBe(first.receipt.seq);
  const ref = setting.governor.refOf('acme', { type: 'agent', id: 'alice.smith@example.com' });
  const entry = (await ledgerOf(setting))[first.receipt.seq];
  expect(entry?.receipt.writes).toEqual([{ cell: 'granted_roles', key: [ref], add: ['read_deployment'] }]);
  expect(new TextDecoder().decode(entry?.row.bytes)).not.toContain('alice');
});

test('no action of the shipped catalog writes free text in clear', () => {
  expect(lint(library, { only: new Set() }).filter(({ rule }) => rule === 'free_text_in_clear')).toEqual([]);
});
