/** What stands in clear in a receipt can never be erased: so nothing that is anybody's own words, name or address gets there. */
import { readFileSync } from 'node:fs';
import { lint } from '@tai-autonomics/core';
import type { Asked } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { describe, expect, test } from 'vitest';
import { approved, codes, decided, ledgerOf, makeReady, people, reasonsOf, startGovernor } from '../governor/kit.ts';

const callers = people();
const { owner, approver } = callers;

const asked = (action: string, args: Readonly<Record<string, unknown>>, resource = '*'): Asked => ({
  action,
  resource,
  arguments: args,
});

/** Every argument of the shipped catalog that an approval writes in clear, with what people write there. */
const words = JSON.parse(
  readFileSync('test/vectors/field/plain-name-in-clear-for-ever/asked.json', 'utf8'),
) as readonly {
  readonly note: string;
  readonly by: 'owner' | 'service' | 'shop';
  readonly asks: Asked;
  /** The argument that the step names. */
  readonly names: string;
  readonly code: string;
}[];

describe('what people write where an opaque id belongs', () => {
  test.for(words)('$note is refused, with a step, and stands in no receipt', async ({ by, asks, names, code }) => {
    const setting = await startGovernor();
    await makeReady(setting);
    const answer = await setting.governor.submit(callers[by], asks);
    expect(codes(answer)).toContain(code);
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
