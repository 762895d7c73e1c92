/** A ledger that was restored from an older copy says what it lost, and goes on; nothing else lowers a mark. */

import { memoryStore } from '@tai-autonomics/adapter-storage';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import { createGovernor, type Decided, type Governor, type LedgerStore, type Row } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import {
  approved,
  ledgerOf,
  makeReady,
  people,
  restart,
  right,
  SERVICE,
  type Setting,
  startGovernor,
  TENANT,
} from './kit.ts';
import { memorySigner } from './signer.ts';

const { agent } = people();
const look = { action: 'check_health', resource: SERVICE };
const NEVER = { every: 1_000_000, withinMs: 1_000_000_000 };
const FINDING = 'a disk was lost; this is the copy of Monday';

/** A deployment whose tenant was sealed at some size, and the store of an earlier copy of all its ledgers. */
const restored = async (lost = 3) => {
  const signer = memorySigner();
  const setting = await startGovernor({ signer, checkpoints: NEVER });
  await makeReady(setting);
  const copy = await copyOf(setting.store);
  for (let n = 0; n < lost; n++) approved(await setting.governor.submit(agent, look));
  right(await setting.governor.seal(TENANT));
  const ledger = setting.identity.ledger(TENANT);
  const had = right(await copy.head(ledger))?.size ?? 0;
  const origin = setting.identity.origin(TENANT);
  return { setting: { ...setting, store: copy }, signer, had, origin, mark: signer.kept.get(origin) };
};

const copyOf = async (store: LedgerStore): Promise<LedgerStore> => {
  const copy = memoryStore();
  for (const ledger of right(await store.ledgers())) {
    const rows: Row[] = [];
    for await (const row of store.read(ledger, 0, 1_000_000)) rows.push(right(row));
    right(await copy.append(ledger, { size: 0, leaf: new Uint8Array(32) }, rows));
  }
  return copy;
};

const accepting = (setting: Setting) => restart(setting, { acceptsRestores: true, checkpoints: NEVER });

const accept = async ({ acceptRestore }: Governor): Promise<Decided | 'declared' | undefined> =>
  acceptRestore === undefined ? undefined : right(await acceptRestore(TENANT, FINDING));

test('the receipt says how many receipts the copy had, and what had been sealed; then the ledger goes on', async () => {
  const { setting, signer, had, origin, mark } = await restored();
  const one = await accepting(setting);
  const said = await accept(one.governor);
  expect(said).toMatchObject({ receipt: { seq: had, event: 'restore_accepted' }, decision: { verdict: 'approve' } });
  const { receipt } = (await ledgerOf(one))[had] ?? {};
  const key = [String(mark?.size), encodeBase64url(mark?.root ?? new Uint8Array(0))];
  expect(receipt?.writes).toEqual([{ cell: 'accepted_restores', key, set: had }]);
  expect(signer.kept.get(origin)?.size).toBe(had + 1);
  const again = await restart(setting, { checkpoints: NEVER });
  approved(await again.governor.submit(agent, look));
  expect(right(await again.governor.seal(TENANT)).split('\n')[1]).toBe(String(had + 2));
});

test('nothing is accepted where nothing is missing, nor by a governor that was not made for it', async () => {
  const { setting } = await restored(0);
  expect(await accept((await accepting(setting)).governor)).toBeUndefined();
  expect((await restart(setting)).governor.acceptRestore).toBeUndefined();
});

test.for([3, 1])(
  'a crash between the receipt and the mark, %i receipts being lost: asked again, there is no second receipt',
  async (lost) => {
    const { setting, signer, had, origin, mark } = await restored(lost);
    const one = await accepting(setting);
    signer.broken = 'the disk is full';
    expect(await one.governor.acceptRestore?.(TENANT, FINDING)).toMatchObject({ left: { detail: 'the disk is full' } });
    expect(signer.kept.get(origin)).toBe(mark);
    signer.broken = undefined;
    // Nobody goes on with it meanwhile: the mark stands.
    const meanwhile = await createGovernor({ ...setting.options, store: setting.store });
    if (E.isRight(meanwhile))
      expect(await meanwhile.right.submit(agent, look)).toMatchObject({ decided: false, why: 'not_ready' });
    expect((await ledgerOf(setting)).length).toBe(had + 1);
    const two = await accepting(setting);
    expect(await accept(two.governor)).toBe('declared');
    expect((await ledgerOf(two)).length).toBe(had + 1);
    approved(await two.governor.submit(agent, look));
    right(await two.governor.seal(TENANT));
  },
);

test('a ledger that is another one than was signed, and not shorter, is no restore', async () => {
  const { setting, had } = await restored(1);
  const { setting: other } = await restored(1);
  // As long as what was signed, by other receipts: somebody went on with a copy elsewhere.
  const elsewhere = await restart(other, { signer: memorySigner('another key'), checkpoints: NEVER });
  approved(await elsewhere.governor.submit(agent, look));
  expect((await ledgerOf(elsewhere)).length).toBeGreaterThan(had);
  const one = await accepting({ ...setting, store: elsewhere.store });
  expect(await one.governor.acceptRestore?.(TENANT, FINDING)).toMatchObject({
    left: { why: 'not_ready', detail: expect.stringContaining('is not the one that was signed') },
  });
});

test('a signer that can lower no mark accepts nothing, and no receipt is written', async () => {
  const { setting, signer, had } = await restored();
  const { lower: _, ...raising } = signer;
  const one = await restart(setting, { acceptsRestores: true, signer: raising, checkpoints: NEVER });
  expect(await one.governor.acceptRestore?.(TENANT, FINDING)).toMatchObject({ left: { why: 'not_ready' } });
  expect((await ledgerOf(one)).length).toBe(had);
});
