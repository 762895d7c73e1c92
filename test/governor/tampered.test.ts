/** A store that was tampered with: nothing is decided on it, told from it, or done because of it. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { buildDisclosure, type Json } from '@tai-autonomics/core/receipt';
import type { LedgerStore, Row } from '@tai-autonomics/governor';
import { nodeSha256, systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { makeDeployment, until } from './deployment.ts';
import {
  approve,
  approved,
  clockAt,
  eventsOf,
  makeReady,
  people,
  restart,
  right,
  rollback,
  START,
  startGovernor,
  TENANT,
} from './kit.ts';
import { fault, gatedStore } from './stores.ts';

const { agent } = people();

/** The store as somebody left it who can write to its file. */
const tampered = (store: LedgerStore, change: (row: Row) => Row): LedgerStore => ({
  ...store,
  read: async function* (ledger, from, to) {
    for await (const row of store.read(ledger, from, to)) yield E.map(change)(row);
  },
  find: async (ledger, id) => E.map((row: Row | undefined) => row && change(row))(await store.find(ledger, id)),
});

const inBytes =
  (event: string, from: string, to: string) =>
  (row: Row): Row => {
    const text = Buffer.from(row.bytes).toString('utf8');
    if (!text.includes(`"event":"${event}"`)) return row;
    return { ...row, bytes: new Uint8Array(Buffer.from(text.replace(from, to))) };
  };

/** Puts another value in the place of a disclosure: well formed, but not what the receipt lists. */
const inDisclosure =
  (name: string, change: (text: string) => string) =>
  (row: Row): Row => ({
    ...row,
    disclosures: row.disclosures.map((disclosure) => {
      if (disclosure.name !== name) return disclosure;
      const [, , value] = JSON.parse(Buffer.from(disclosure.text, 'base64url').toString('utf8'));
      const other = JSON.parse(change(JSON.stringify(value))) as Json;
      return { name, text: right(buildDisclosure(nodeSha256, systemRandom(16), name, other)).text };
    }),
  });

test('a receipt whose bytes were changed: the tenant is not opened, and the line names the receipt', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  const store = tampered(setting.store, inBytes('role_granted', 'write_rollback', 'write_iam'));
  const next = await restart(setting, { store });
  expect(await next.governor.submit(agent, rollback)).toMatchObject({
    decided: false,
    why: 'not_ready',
    detail: 'receipt 4 was changed in the store: its bytes have another hash',
  });
});

test('a disclosed decision that was changed is not told to whoever asks again', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  const asked = { ...rollback, id: 'once' };
  await setting.governor.submit(agent, asked);
  const lie = (text: string): string => text.replaceAll('rollback_policy_not_approved', 'nothing_at_all');
  const next = await restart(setting, { store: tampered(setting.store, inDisclosure('decision/body', lie)) });
  expect(await next.governor.submit(agent, asked)).toMatchObject({
    decided: false,
    detail: 'what is disclosed of the recorded receipt was changed in the store',
  });
});

test('an open action whose disclosed evidence was changed is not carried out: it is unknown, and the line stops', async (context) => {
  const deployment = makeDeployment(context);
  const clock = clockAt(START);
  const inner = memoryStore();
  const dying = gatedStore(inner);
  const observers = [deployment.observer(clock)];
  const setting = await startGovernor({ store: dying, clock, observers, handlers: [deployment.handler('deploys')] });
  await makeReady(setting);
  await approve(setting);
  dying.gate = async ({ receipts }, next) => {
    const isBeginning = receipts[0]?.event === 'rollback_initiated';
    return isBeginning ? fault('unavailable') : next();
  };
  approved(await setting.governor.submit(agent, rollback));
  clock.now += 310_000;
  const lie = inDisclosure('evidence/rollback_target_version/git', (text) => text.replace('v1.1.0', 'v0.0.1'));
  const next = await restart(setting, { store: tampered(inner, lie) });
  await next.governor.head(TENANT);
  expect(await until(async () => (await eventsOf(next)).at(-1) === 'andon_raised')).toBe(true);
  expect(deployment.runs()).toBe(0);
});
