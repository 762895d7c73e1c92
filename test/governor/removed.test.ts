/** A ledger that ended and was removed: the deployment starts, because the operator's ledger says so, and nothing begins under its name. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import type { Caller, LedgerStore } from '@tai-autonomics/governor';
import { OPERATOR, REMOVE_LEDGER } from '@tai-autonomics/governor/operator';
import { expect, test } from 'vitest';
import { approved, entitlement, makeReady, people, restart, right, START, startGovernor, TENANT } from './kit.ts';
import { memorySigner } from './signer.ts';

const { shop, owner } = people();
const operator: Caller = { tenant: OPERATOR, subject: { type: 'system', id: 'operator' }, scope: [] };

/** A contractual deployment whose tenant's ledger was closed, sealed and forgotten. */
const removing = async (isSaid: boolean) => {
  const store: LedgerStore = { ...memoryStore(), close: async () => undefined };
  const setting = await startGovernor({ store, signer: memorySigner() });
  await makeReady(setting);
  approved(
    await setting.governor.submit(owner, {
      action: 'close_ledger',
      resource: '*',
      arguments: { why: 'contract_ended' },
    }),
  );
  right(await setting.governor.seal(TENANT));
  const ledger = setting.identity.ledger(TENANT);
  const head = right(await store.head(ledger))!;
  const root = encodeBase64url(head.leaf);
  const said = { ledger, size: head.size, root, archive: 'bundles/acme', digest: root };
  if (isSaid) {
    approved(await setting.governor.submit(operator, { action: REMOVE_LEDGER, resource: '*', arguments: said }));
    right(await setting.governor.seal(OPERATOR));
  }
  await setting.governor.close();
  expect(right((await store.forget?.(ledger, head))!)).toBe(true);
  return setting;
};

test('said in the operator’s ledger, it keeps nobody from starting, and its tenant begins nothing anew', async () => {
  const next = await restart(await removing(true));
  expect(await next.governor.ready()).toEqual([]);
  expect(await next.governor.submit(shop, entitlement(START + 1))).toMatchObject({
    decided: false,
    why: 'not_ready',
    detail: expect.stringContaining('it was removed, and then the operator’s ledger says so'),
  });
  expect(right(await next.store.head(next.identity.ledger(TENANT)))).toBeUndefined();
  // Other tenants are opened as ever.
  const other = people('other');
  approved(await next.governor.submit(other.shop, entitlement(START + 1)));
});

test('gone without a word, it keeps a contractual deployment from starting', async () => {
  await expect(restart(await removing(false))).rejects.toThrow(/has 0 receipts, but \d+ were signed/);
});
