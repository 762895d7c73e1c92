/** What was disclosed can be erased by order of a receipt; the tree, the fold and every other receipt stay as they are. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryStore, openSqliteStore } from '@tai-autonomics/adapter-storage';
import type { Asked, LedgerStore } from '@tai-autonomics/governor';
import { expect, test } from 'vitest';
import {
  approved,
  codes,
  decided,
  type Entry,
  ledgerOf,
  makeReady,
  people,
  restart,
  right,
  rollback,
  type Setting,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { fault } from '../governor/stores.ts';
import { sealedLedger, verify } from '../governor/verified.ts';
import { scratchFolder } from '../governor-parts/scratch.ts';

const { owner, agent, approver } = people();
const health: Asked = { action: 'check_health', resource: 'here' };
const purge = (seq: number, names: readonly string[]): Asked => ({
  action: 'purge_disclosures',
  resource: '*',
  arguments: { seq, names },
});

/** A ledger with a refusal for which observers had looked; its place. */
const refused = async (store: LedgerStore): Promise<{ readonly setting: Setting; readonly seq: number }> => {
  const setting = await startGovernor({ store });
  await makeReady(setting);
  const { receipt } = decided(await setting.governor.submit(agent, rollback));
  approved(await setting.governor.submit(agent, health));
  return { setting, seq: receipt.seq };
};

const entryAt = async (setting: Setting, seq: number): Promise<Entry> => {
  const entry = (await ledgerOf(setting))[seq];
  if (entry === undefined) throw new Error(`no receipt ${seq}`);
  return entry;
};

test('the receipt stays and stays proved; what it disclosed is gone; only it can no longer be decided again', async () => {
  const { setting, seq } = await refused(memoryStore());
  const before = await sealedLedger(setting);
  const { receipt, disclosed } = await entryAt(setting, seq);
  const gone = [...disclosed.keys()];
  expect(gone).toEqual(expect.arrayContaining(['request/intent', 'state/readings', 'decision/body']));
  approved(await setting.governor.submit(owner, purge(seq, gone)));

  const after = await entryAt(setting, seq);
  expect(after.disclosed.size).toBe(0);
  // In clear, for ever: the verdict, its codes, what it changed, the catalog that decided, the terms.
  expect(after.receipt).toEqual(receipt);
  expect(after.receipt).toMatchObject({ verdict: 'refuse', codes: receipt.kind === 'decision' ? receipt.codes : [] });
  expect([after.receipt.catalog, after.receipt.writes]).toEqual([receipt.catalog, []]);

  const sealed = await sealedLedger(setting);
  const report = verify(sealed);
  expect(report.findings).toEqual([]);
  expect(report.labels).toEqual({ linked: 'yes', signed: 'yes', trusted: 'yes' });
  expect(report.rederived).toMatchObject({ level2: sealed.inputs.length - 1, withheld: 1, falsified: 0 });
  // It is said to be erased, by the receipt that ordered it, and not merely kept back.
  expect(report.erased).toEqual([{ seq, order: sealed.inputs.length - 1 }]);
  expect(report.unchecked.find(({ what }) => what === 'withheld')?.sentence).toContain(
    `Erased by order: of receipt ${seq} by receipt ${sealed.inputs.length - 1}.`,
  );
  // The tree is the old one, continued.
  expect(sealed.inputs.slice(0, before.inputs.length).map(({ bytes }) => bytes)).toEqual(
    before.inputs.map(({ bytes }) => bytes),
  );
});

test('the fold of a ledger with erased disclosures is the fold of the whole one', async () => {
  const { setting } = await refused(memoryStore());
  // The step names the refusal's own receipt, which is another one each time.
  const isOwn = (name: string): boolean => name === 'receipt' || name === 'leaf';
  const shown = async (from: Setting): Promise<unknown> => {
    const { decision } = decided(await from.governor.submit(agent, rollback));
    return JSON.parse(JSON.stringify(decision, (name, value: unknown) => (isOwn(name) ? undefined : value)));
  };
  const decision = await shown(setting);
  for (const { receipt, disclosed } of await ledgerOf(setting))
    approved(await setting.governor.submit(owner, purge(receipt.seq, [...disclosed.keys()])));
  expect(await shown(await restart(setting))).toEqual(decision);
});

test('an order of which the process died before carrying it out is carried out by the next', async () => {
  const store = memoryStore();
  const { purge: purgeFor } = store;
  const { setting, seq } = await refused(store);
  Object.assign(store, { purge: async () => fault('unavailable') });
  approved(await setting.governor.submit(owner, purge(seq, ['request/intent'])));
  expect((await entryAt(setting, seq)).disclosed.has('request/intent')).toBe(true);
  expect(setting.faults.join()).toContain('is not erased yet');

  Object.assign(store, { purge: purgeFor });
  const again = await restart(setting);
  approved(await again.governor.submit(agent, health));
  const { disclosed } = await entryAt(again, seq);
  expect([disclosed.has('request/intent'), disclosed.has('decision/body')]).toEqual([false, true]);
});

test('the bytes are gone from the SQLite file and its log', async (context) => {
  const folder = scratchFolder(context);
  const store = right(await openSqliteStore(join(folder, 'ledger.db')));
  const { setting, seq } = await refused(store);
  const texts = (await entryAt(setting, seq)).row.disclosures.map(({ text }) => text);
  const held = (): readonly string[] => {
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    return texts.filter((text) => files.some((bytes) => bytes.includes(text.slice(8, 60))));
  };
  expect(held()).toEqual(texts);
  const names = (await entryAt(setting, seq)).row.disclosures.map(({ name }) => name);
  approved(await setting.governor.submit(owner, purge(seq, names)));
  expect(held()).toEqual([]);
  await store.close();
});

test('only an owner can order it', async () => {
  const { setting, seq } = await refused(memoryStore());
  for (const who of [agent, approver])
    expect(codes(await setting.governor.submit(who, purge(seq, ['request/intent'])))).toContain(
      'insufficient_privilege',
    );
  expect((await entryAt(setting, seq)).disclosed.has('request/intent')).toBe(true);
});

test('a receipt that does not exist yet is not erased in advance', async () => {
  const { setting } = await refused(memoryStore());
  const next = (await ledgerOf(setting)).length + 1;
  approved(await setting.governor.submit(owner, purge(next, ['request/intent', 'decision/body'])));
  approved(await setting.governor.submit(agent, health));
  const again = await restart(setting);
  approved(await again.governor.submit(agent, health));
  expect((await entryAt(again, next)).disclosed.has('request/intent')).toBe(true);
});

test('what was erased is not answered again to whoever repeats the intent: told that it was, and where it stands', async () => {
  const { setting } = await refused(memoryStore());
  const asked = { ...health, id: 'once' };
  const { receipt } = approved(await setting.governor.submit(agent, asked));
  approved(await setting.governor.submit(owner, purge(receipt.seq, ['decision/body'])));
  const size = (await ledgerOf(setting)).length;
  for (const from of [setting, await restart(setting)])
    expect(await from.governor.submit(agent, asked)).toEqual({
      decided: false,
      why: 'purged',
      detail: `it was decided in receipt ${receipt.seq}, and what was decided has been erased; use a new id to ask anew`,
      receipt,
    });
  expect(await ledgerOf(setting)).toHaveLength(size);
  expect(await setting.governor.submit(agent, { ...asked, resource: 'there' })).toMatchObject({
    why: 'intent_conflict',
  });
  approved(await setting.governor.submit(agent, { ...asked, id: 'anew' }));
});

test('what only the store has lost was not erased: it is asked for again', async () => {
  const store = memoryStore();
  const { setting } = await refused(store);
  const asked = { ...health, id: 'once' };
  const { receipt } = approved(await setting.governor.submit(agent, asked));
  right(await store.purge(setting.identity.ledger(TENANT), receipt.seq, ['decision/body']));
  expect(await setting.governor.submit(agent, asked)).toMatchObject({
    decided: false,
    why: 'store_unavailable',
    detail: 'what the recorded receipt discloses is not in the store',
  });
});
