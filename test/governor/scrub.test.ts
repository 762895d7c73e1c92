/** Ledgers are read again in the background: what an opening let pass is found, said once, and stays in the status. */
import { memorySnapshots, memoryStore } from '@tai-autonomics/adapter-storage';
import type { Asked, LedgerStore, Row, SnapshotStore } from '@tai-autonomics/governor';
import { nodeHmacSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { until } from './deployment.ts';
import { approved, decided, makeReady, people, restart, right, type Setting, startGovernor, TENANT } from './kit.ts';

const { agent } = people();
const health = (n: number): Asked => ({ id: `health ${n}`, action: 'check_health', resource: 'here' });
const AT_ONCE = { afterMs: 0, atOnce: 64, pauseMs: 0 };

/** A tenant of some receipts that was closed, with a snapshot. */
const closed = async (): Promise<{ readonly setting: Setting; readonly snapshots: SnapshotStore }> => {
  const snapshots = memorySnapshots();
  const store = { ...memoryStore(), close: async () => {} };
  const setting = await startGovernor({ store, snapshots, snapshotEvery: 1 });
  await makeReady(setting);
  for (let n = 0; n < 20; n += 1) approved(await setting.governor.submit(agent, health(n)));
  await setting.governor.close();
  return { setting, snapshots };
};

/** The store as it is after somebody changed a row of the tenant's ledger. */
const changed = ({ store, identity }: Setting, seq: number, change: (row: Row) => Row): LedgerStore => ({
  ...store,
  read: async function* (ledger, from, to) {
    const isTheirs = ledger === identity.ledger(TENANT);
    for await (const row of store.read(ledger, from, to))
      yield E.map((one: Row) => (isTheirs && one.seq === seq ? change(one) : one))(row);
  },
});

const checkedIn = async ({ governor }: Setting) => right(await governor.status(TENANT))?.checked;

test('a ledger that is as it was has nothing to say', async () => {
  const { setting, snapshots } = await closed();
  const next = await restart(setting, { snapshots, scrub: AT_ONCE });
  expect(await checkedIn(next)).toBeUndefined();
  expect(await until(async () => (await checkedIn(next)) !== undefined)).toBe(true);
  expect(await checkedIn(next)).toEqual({
    at: next.clock.now,
    receipts: right(await next.governor.head(TENANT))?.size,
    faults: [],
  });
  expect(setting.faults).toEqual([]);
  await next.governor.close();
});

test('a byte of a disclosure that was changed at rest is found, said once, and shown in the status', async () => {
  const { setting, snapshots } = await closed();
  const store = changed(setting, 9, (row) => ({
    ...row,
    disclosures: row.disclosures.map((one, n) => (n === 0 ? { ...one, text: `A${one.text.slice(1)}` } : one)),
  }));
  for (const given of [{ snapshots }, {}]) {
    const next = await restart(setting, { ...given, store, scrub: AT_ONCE });
    expect(await until(async () => ((await checkedIn(next))?.faults.length ?? 0) > 0)).toBe(true);
    expect((await checkedIn(next))?.faults).toEqual([expect.stringContaining('stored beside receipt 9 was changed')]);
    // The receipt itself is as it was, and so is every decision.
    approved(await next.governor.submit(agent, health(100)));
    expect((setting.faults as string[]).splice(0)).toEqual([expect.stringContaining('receipt 9')]);
    await next.governor.close();
  }
});

test('a receipt below the snapshot that was changed is found, and the tenant is refused from then on; others go on', async () => {
  const { setting, snapshots } = await closed();
  const store = changed(setting, 5, (row) => ({
    ...row,
    bytes: row.bytes.map((byte, n) => (n === 40 ? byte ^ 1 : byte)),
  }));
  const next = await restart(setting, { snapshots, store, scrub: AT_ONCE });
  decided(await next.governor.submit(agent, health(200)));
  const isRefused = async () => !(await next.governor.submit(agent, health(201))).decided;
  expect(await until(isRefused)).toBe(true);
  expect(await next.governor.submit(agent, health(202))).toMatchObject({
    decided: false,
    why: 'not_ready',
    detail: expect.stringContaining('receipt 5 was changed in the store'),
  });
  await makeReady(next, 'other');
  await next.governor.close();
});

test('a reading that broke off is no check: what it found is told once, and it is tried again', async () => {
  const { setting, snapshots } = await closed();
  const { store, identity, faults } = setting;
  let isAway: 'fails' | 'ends' | undefined;
  const spoilt = changed(setting, 9, (row) => ({
    ...row,
    disclosures: row.disclosures.map((one, n) => (n === 0 ? { ...one, text: `A${one.text.slice(1)}` } : one)),
  }));
  const flaky: LedgerStore = {
    ...store,
    read: async function* (ledger, from, to) {
      for await (const row of spoilt.read(ledger, from, to)) {
        const isThere = ledger !== identity.ledger(TENANT) || E.isLeft(row) || row.right.seq < 12;
        if (isThere || isAway === undefined) yield row;
        else if (isAway === 'fails')
          yield E.left({ fault: 'unavailable', outcome: 'not_written', detail: 'the disk is away' } as const);
        else return;
      }
    },
  };
  const next = await restart(setting, { snapshots, store: flaky, scrub: { ...AT_ONCE, againMs: 5 } });
  const brokeOff = (why: string) => () => faults.some((one) => one.endsWith(`could not be read again: ${why}`));
  isAway = 'fails';
  const size = right(await next.governor.head(TENANT))?.size;
  expect(await until(brokeOff('the disk is away'))).toBe(true);
  expect(await checkedIn(next)).toMatchObject({ receipts: 12, faults: [expect.stringContaining('receipt 9')] });
  isAway = 'ends';
  expect(await until(brokeOff(`the store gave 12 of ${size} receipts`))).toBe(true);
  expect((await checkedIn(next))?.receipts).toBe(12);
  isAway = undefined;
  expect(await until(async () => (await checkedIn(next))?.receipts === size)).toBe(true);
  expect(faults.filter((one) => one.includes('receipt 9'))).toHaveLength(1);
  await next.governor.close();
});

test('a snapshot that whoever has the secret made wrong is found, said, and the tenant is folded anew', async () => {
  const { setting, snapshots } = await closed();
  const ledger = setting.identity.ledger(TENANT);
  const kept = Buffer.from(right(await snapshots.read(ledger, 'state'))!).toString('utf8');
  const body = kept.slice(kept.indexOf('\n') + 1);
  // The role is taken out of the state, and the MAC is made again.
  const wrong = body.replaceAll('"write_rollback"', '"read_metrics"');
  expect(wrong).not.toBe(body);
  const key = nodeHmacSha256(setting.options.secret, Buffer.from('tai-autonomics/snapshot@1'));
  const mac = Buffer.from(nodeHmacSha256(key, Buffer.from(wrong))).toString('base64url');
  right(await snapshots.write(ledger, 'state', Buffer.from(`tai-autonomics/snapshot@1 ${mac}\n${wrong}`)));
  // Whoever seals it in the moment of its removal keeps nothing of the wrong state.
  let removals = 0;
  const raced: SnapshotStore = {
    ...snapshots,
    remove: async (id, part) => {
      const removed = await snapshots.remove(id, part);
      removals += 1;
      await next.governor.submit(agent, health(300));
      right(await next.governor.seal(TENANT));
      return removed;
    },
  };
  const next = await restart(setting, { snapshots: raced, scrub: { ...AT_ONCE, afterMs: 20 } });
  const size = right(await next.governor.head(TENANT))?.size;
  expect(await until(() => setting.faults.some((fault) => /is not the fold of the ledger/.test(fault)))).toBe(true);
  expect(await until(async () => right(await snapshots.read(ledger, 'state')) === undefined)).toBe(true);
  // It is opened anew by itself, read to its end, and what was found stays, said once.
  expect(await until(async () => ((await checkedIn(next))?.receipts ?? 0) > (size ?? 0))).toBe(true);
  const said = setting.faults.filter(
    (fault) => /is not the fold of the ledger/.test(fault) && !/is not used/.test(fault),
  );
  expect([said.length, removals]).toEqual([1, 1]);
  const answer = decided(await next.governor.submit(agent, { action: 'trigger_rollback', resource: 'service/a' }));
  expect(JSON.stringify(answer.decision)).not.toContain('insufficient_privilege');
  expect((await checkedIn(next))?.faults).toEqual([expect.stringContaining('rests on another state')]);
  await next.governor.close();
});
