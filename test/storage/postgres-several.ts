/** What several processes over one store acknowledged, and whether the ledgers agree. */
import type { LedgerStore } from '@tai-autonomics/governor';
import { checkLedger } from '@tai-autonomics/governor/operator';
import { expect } from 'vitest';
import { openedOr } from './folder.ts';

/** An intent to ask. */
export interface AskedOne {
  readonly tenant: string;
  readonly id: string;
}

/** An intent that was answered with a receipt, by whichever process. */
export interface Acknowledged extends AskedOne {
  readonly receipt: { readonly origin: string; readonly seq: number; readonly leaf: string };
}

/** Every receipt that was acknowledged stands at its place, every intent has one place, and every chain is whole. */
export const expectAgreement = async (store: LedgerStore, acknowledged: readonly Acknowledged[]): Promise<void> => {
  const leaves = new Map<string, string>();
  for (const ledger of openedOr(await store.ledgers())) {
    const checked = openedOr(await checkLedger(store, ledger));
    expect(checked).toMatchObject({ faults: [] });
    const intents = new Set<string>();
    for await (const row of store.read(ledger, 0, Number.MAX_SAFE_INTEGER)) {
      const { seq, leaf, intent } = openedOr(row);
      leaves.set(`${checked.origin} ${seq}`, Buffer.from(leaf).toString('base64url'));
      if (intent === undefined) continue;
      expect(intents.has(intent.id)).toBe(false);
      intents.add(intent.id);
    }
  }
  const placeOf = new Map<string, string>();
  for (const { tenant, id, receipt } of acknowledged) {
    const place = `${receipt.origin} ${receipt.seq}`;
    expect(leaves.get(place)).toBe(receipt.leaf);
    expect(placeOf.get(`${tenant} ${id}`) ?? place).toBe(place);
    placeOf.set(`${tenant} ${id}`, place);
  }
  expect(new Set(placeOf.values()).size).toBe(placeOf.size);
};
