/** Checkpoints: when they are signed, what may be signed, what a signer can do to a ledger (nothing). */

import { join } from 'node:path';
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { parseCheckpoint } from '@tai-autonomics/core/receipt';
import { type Asked, createGovernor, type LedgerStore } from '@tai-autonomics/governor';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { scratchFolder } from '../governor-parts/scratch.ts';
import { until } from './deployment.ts';
import {
  approved,
  arrange,
  clockAt,
  ledgerOf,
  makeReady,
  people,
  restart,
  right,
  type Setting,
  START,
  standing,
  startGovernor,
  TENANT,
} from './kit.ts';
import { memorySigner } from './signer.ts';
import { allRows } from './stores.ts';
import { expectVerified } from './verified.ts';

const { agent } = people();
const health: Asked = { action: 'check_health', resource: 'here' };
const NEVER = { every: 1_000_000, withinMs: 1_000_000 };

const sizeOf = (note: string): number => right(parseCheckpoint(note)).size;
const storedSize = async ({ store, identity }: Omit<Setting, 'governor'>): Promise<number> => {
  const stored = right(await store.checkpoint(identity.ledger(TENANT)));
  return stored === undefined ? 0 : sizeOf(stored.note);
};

/** All that a store holds of a ledger, in a store of its own: a backup. */
const copyOf = async (store: LedgerStore, ledger: string): Promise<LedgerStore> => {
  const copy = memoryStore();
  right(await copy.append(ledger, { size: 0, leaf: new Uint8Array(32) }, await allRows(store, ledger)));
  return copy;
};

describe('a checkpoint is signed', () => {
  test('after so many receipts', async () => {
    const setting = await startGovernor({ checkpoints: { ...NEVER, every: 5 } });
    await makeReady(setting);
    expect(await until(async () => (await storedSize(setting)) >= 5)).toBe(true);
  });

  test('so long after a receipt that none covers', async () => {
    const setting = await startGovernor({ checkpoints: { ...NEVER, withinMs: 50 } });
    await makeReady(setting);
    const { length } = await ledgerOf(setting);
    expect(await until(async () => (await storedSize(setting)) === length)).toBe(true);
  });

  test('on demand: of all that is durable, and once', async () => {
    const signer = memorySigner();
    const setting = await startGovernor({ checkpoints: NEVER, signer });
    await makeReady(setting);
    const { length } = await ledgerOf(setting);
    const notes = await Promise.all([1, 2, 3].map(async () => right(await setting.governor.seal(TENANT))));
    expect(notes.map(sizeOf)).toEqual([length, length, length]);
    expect([new Set(notes).size, signer.asked]).toEqual([1, 1]);
  });

  test('when the governor closes, after everybody who was taken in is answered', async () => {
    const setting = await startGovernor({ checkpoints: NEVER });
    await makeReady(setting);
    const asked = Array.from({ length: 20 }, () => setting.governor.submit(agent, health));
    const { store } = setting;
    const { close } = store;
    Object.assign(store, { close: async () => {} });
    await setting.governor.close();
    for (const answer of await Promise.all(asked)) approved(answer);
    expect(await storedSize(setting)).toBe((await ledgerOf(setting)).length);
    expect(await setting.governor.submit(agent, health)).toMatchObject({ decided: false, why: 'not_ready' });
    await close();
  });

  test('by every process that serves the tenant, of what all of them wrote', async () => {
    const one = await startGovernor({ checkpoints: NEVER });
    await makeReady(one);
    const two = await restart(one);
    approved(await two.governor.submit(agent, health));
    right(await two.governor.seal(TENANT));
    expect(sizeOf(right(await one.governor.seal(TENANT)))).toBe((await ledgerOf(one)).length);
    for (const { governor } of [one, two]) approved(await governor.submit(agent, health));
    right(await two.governor.seal(TENANT));
    // The first one knows less than was signed, and has nothing to complain of.
    await one.governor.close();
    expect(one.faults).toEqual([]);
  });

  test('never for a tenant that nobody opened', async () => {
    const signer = memorySigner();
    const setting = await startGovernor({ signer });
    expect(await setting.governor.seal('nobody')).toMatchObject({ left: { why: 'unknown_tenant' } });
    expect(signer.asked).toBe(0);
  });
});

describe('a signer', () => {
  test('that is slow holds nobody up, and signs no more often than it can', async () => {
    const signer = memorySigner();
    signer.delayMs = 150;
    const setting = await startGovernor({ signer, checkpoints: { every: 1, withinMs: 1_000 } });
    await makeReady(setting);
    for (let n = 0; n < 30; n++) approved(await setting.governor.submit(agent, health));
    expect(signer.asked).toBeLessThan(15);
    const { length } = await ledgerOf(setting);
    expect(await until(async () => (await storedSize(setting)) === length)).toBe(true);
    await expectVerified(setting);
  });

  test('that fails loses no receipt, is complained of, and is asked again until it signs', async () => {
    const signer = memorySigner();
    signer.broken = 'the key service is away';
    const setting = await startGovernor({ signer, checkpoints: { every: 1, withinMs: 20 } });
    await makeReady(setting);
    expect(await setting.governor.seal(TENANT)).toMatchObject({ left: { why: 'not_ready' } });
    expect(setting.faults[0]).toContain('the key service is away');
    expect(await storedSize(setting)).toBe(0);
    signer.broken = undefined;
    const { length } = await ledgerOf(setting);
    expect(await until(async () => (await storedSize(setting)) === length)).toBe(true);
    await expectVerified(setting);
  });

  test('that throws is a signer that fails', async () => {
    const signer = memorySigner();
    const { sign } = signer;
    const throwing = Object.assign(signer, {
      sign: () => {
        throw new Error('a bug of the signer');
      },
    });
    const setting = await startGovernor({ signer: throwing, checkpoints: NEVER });
    await makeReady(setting);
    expect(await setting.governor.seal(TENANT)).toMatchObject({ left: { detail: 'a bug of the signer' } });
    Object.assign(signer, { sign });
    await expectVerified(setting);
  });

  test('that crashed between its mark and the note signs the same again', async () => {
    const setting = await startGovernor({ checkpoints: NEVER });
    await makeReady(setting);
    const { store } = setting;
    const { putCheckpoint } = store;
    Object.assign(store, {
      putCheckpoint: async () => E.left({ fault: 'unavailable', detail: 'gone', outcome: 'not_written' }),
    });
    expect(await setting.governor.seal(TENANT)).toMatchObject({ left: { detail: 'gone' } });
    Object.assign(store, { putCheckpoint });
    await expectVerified(await restart(setting));
  });
});

describe('the signing rule', () => {
  const signedTwice = async () => {
    const signer = memorySigner();
    const setting = await startGovernor({ signer, checkpoints: NEVER });
    await makeReady(setting);
    const backup = await copyOf(setting.store, setting.identity.ledger(TENANT));
    for (let n = 0; n < 3; n++) approved(await setting.governor.submit(agent, health));
    right(await setting.governor.seal(TENANT));
    return { setting, signer, backup, origin: setting.identity.origin(TENANT) };
  };

  test('a store that was restored from an older copy: nobody starts over it, and one line says why', async () => {
    const { setting, backup, origin } = await signedTwice();
    const started = await createGovernor({ ...setting.options, store: backup });
    expect(started).toEqual(
      E.left([`the ledger ${origin} has 7 receipts, but 10 were signed: it was cut or restored from an older copy`]),
    );
  });

  test('a store that lost the ledger altogether: nobody starts over it', async () => {
    const { setting, origin } = await signedTwice();
    const started = await createGovernor({ ...setting.options, store: memoryStore() });
    expect(started).toMatchObject({ left: [expect.stringContaining(`${origin} has 0 receipts, but 10 were signed`)] });
  });

  test('a store that is restored while it runs: what was signed is not signed otherwise', async () => {
    const { setting, backup, signer } = await signedTwice();
    // From here on everything is read from and written to the older copy, as if the file had been replaced.
    const { append, read, head, checkpoint, putCheckpoint, find } = backup;
    Object.assign(setting.store, { append, read, head, checkpoint, putCheckpoint, find });
    const refused = { why: 'not_ready', detail: expect.stringContaining('has 7 receipts of') };
    expect(await setting.governor.submit(agent, health)).toMatchObject({ decided: false, ...refused });
    const signed = signer.asked;
    expect(await setting.governor.seal(TENANT)).toMatchObject({ left: refused });
    expect([signer.asked, right(await backup.head(setting.identity.ledger(TENANT)))?.size]).toEqual([signed, 7]);
  });

  test('a mark with another root: the tenant is not opened, and one line says why', async () => {
    const { setting, signer, origin } = await signedTwice();
    signer.kept.set(origin, { origin, size: 8, root: new Uint8Array(32).fill(1) });
    const next = await restart(setting);
    expect(await next.governor.submit(agent, health)).toMatchObject({
      decided: false,
      why: 'not_ready',
      detail: `the ledger ${origin} is not the one that was signed (inconsistent)`,
    });
  });

  test('a rewritten ledger of the same length: the tenant is not opened', async () => {
    const { setting, signer } = await signedTwice();
    // The same story at another instant is another ledger; its store claims the place of the first.
    const forged = await startGovernor({ clock: clockAt(START + 1), checkpoints: NEVER });
    await makeReady(forged);
    for (let n = 0; n < 3; n++) approved(await forged.governor.submit(agent, health));
    const next = await startGovernor({ ...setting.options, signer, store: forged.store, clock: setting.clock });
    expect(await next.governor.submit(agent, health)).toMatchObject({
      detail: expect.stringContaining('is not the one that was signed (another_root)'),
    });
  });

  test('a stored checkpoint of another tree is not handed out', async () => {
    const { setting } = await signedTwice();
    const { store, identity } = setting;
    approved(await setting.governor.submit(agent, health));
    const forged = right(await store.checkpoint(identity.ledger(TENANT)))?.note.replace('\n10\n', '\n11\n') ?? '';
    right(await store.putCheckpoint(identity.ledger(TENANT), { size: 11, note: forged }));
    expect(await setting.governor.seal(TENANT)).toMatchObject({
      left: { detail: 'another checkpoint of size 11 is stored' },
    });
  });

  test('another mode and another pilot have ledgers of their own in one store; another domain is refused those of the first', async () => {
    const store = memoryStore();
    const keys = { contractual: memorySigner(), eval: memorySigner('eval key') };
    const start = (differs: Pick<Setting['options'], 'domain' | 'standing'>): Promise<Setting> =>
      startGovernor({ ...differs, store, signer: keys[differs.standing.mode], checkpoints: NEVER });
    const pilot = (session: string): Setting['options']['standing'] => ({ mode: 'eval', session });
    const receipts: { readonly seq: number; readonly origin: string }[] = [];
    for (const one of [standing, pilot('pilot-1'), pilot('pilot-2')]) {
      const setting = await start({ domain: 'ledger.test', standing: one });
      await makeReady(setting);
      const { receipt } = approved(await setting.governor.submit(agent, health));
      // Its ledger holds what it decided itself, and no receipt of another.
      expect(sizeOf(right(await setting.governor.seal(TENANT)))).toBe(receipt.seq + 1);
      receipts.push(receipt);
    }
    expect(new Set(receipts.map(({ seq }) => seq)).size).toBe(1);
    expect(new Set(receipts.map(({ origin }) => origin)).size).toBe(3);
    const elsewhere = await start({ domain: 'elsewhere.test', standing });
    expect(await elsewhere.governor.submit(agent, health)).toMatchObject({ decided: false, why: 'not_ready' });
  });

  test('an evaluation with a store of its own starts beside an earlier one under the same key', async () => {
    const first = await startGovernor({ standing: { mode: 'eval', session: 'pilot-1' }, checkpoints: NEVER });
    await makeReady(first);
    right(await first.governor.seal(TENANT));
    const { options } = arrange({ signer: first.signer, standing: { mode: 'eval', session: 'pilot-2' } });
    right(await createGovernor(options));
  });
});

test('with the key file as signer a closed ledger verifies, and a shorter one is refused at the next start', async (context) => {
  const folder = scratchFolder(context);
  const opened = async () => right(await openKeyFile(join(folder, 'key.json'), systemRandom));
  const key = await opened();
  const setting = await startGovernor({ signer: key.signer, secret: key.secret });
  await makeReady(setting);
  const backup = await copyOf(setting.store, setting.identity.ledger(TENANT));
  approved(await setting.governor.submit(agent, health));
  await expectVerified(setting);
  const again = await opened();
  const started = await createGovernor({
    ...setting.options,
    signer: again.signer,
    secret: again.secret,
    store: backup,
  });
  expect(started).toMatchObject({ left: [expect.stringContaining('it was cut or restored from an older copy')] });
});
