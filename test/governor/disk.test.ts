/** A disk that fails, a store that does not say whether it wrote, a process that is killed. */
import { join } from 'node:path';
import {
  memoryStore,
  type OpenSqliteDriver,
  openSqliteDriver,
  openSqliteStore,
  SqliteError,
} from '@tai-autonomics/adapter-storage';
import type { Asked, Submitted } from '@tai-autonomics/governor';
import { describe, expect, test } from 'vitest';
import { scratchFolder } from '../governor-parts/scratch.ts';
import { approved, decided, ledgerOf, makeReady, people, restart, right, type Setting, startGovernor } from './kit.ts';
import { type Append, fault, gatedStore } from './stores.ts';
import { expectVerified } from './verified.ts';

const { agent } = people();
const health: Asked = { action: 'check_health', resource: 'here' };
const burst = (setting: Setting, count = 8): Promise<readonly Submitted[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => setting.governor.submit(agent, { ...health, id: `burst ${n}` })));

describe('a disk', () => {
  const full = (): Error => new SqliteError('database or disk is full', 13);
  const ioError = (): Error => new SqliteError('disk I/O error', 10);
  test.for([
    { note: 'that is full at the first row of a group', statement: /INTO receipts/, nth: 1, error: full },
    { note: 'that is full in the middle of a group', statement: /INTO receipts/, nth: 5, error: full },
    { note: 'that breaks between a row and its disclosures', statement: /INTO disclosures/, nth: 5, error: ioError },
    { note: 'that is full at the commit', statement: /^COMMIT/, nth: 1, error: full },
    { note: 'that breaks at the commit', statement: /^COMMIT/, nth: 1, error: ioError },
  ])('$note: nobody of the group is decided, the ledger verifies, the next append works', async (row, context) => {
    let isArmed = false;
    let seen = 0;
    const check = (sql: string): void => {
      if (!isArmed || !row.statement.test(sql)) return;
      seen += 1;
      if (seen === row.nth) throw row.error();
    };
    const driver: OpenSqliteDriver = async (path) => {
      const real = await openSqliteDriver(path);
      return {
        ...real,
        exec: (sql) => {
          check(sql);
          real.exec(sql);
        },
        run: (sql, values) => {
          check(sql);
          return real.run(sql, values);
        },
      };
    };
    const store = right(await openSqliteStore(join(scratchFolder(context), 'ledger.db'), { driver }));
    const setting = await startGovernor({ store });
    await makeReady(setting);
    const before = (await ledgerOf(setting)).length;
    isArmed = true;
    const answers = await burst(setting);
    isArmed = false;
    expect(seen).toBeGreaterThanOrEqual(row.nth);
    expect(new Set(answers.map((answer) => answer.decided || answer.why))).toEqual(new Set(['store_unavailable']));
    expect((await ledgerOf(setting)).length).toBe(before);
    const again = await burst(setting);
    expect(again.map((answer) => decided(answer).repeated)).toEqual(again.map(() => false));
    expect(await expectVerified(setting)).toBe(before + again.length);
    await setting.governor.close();
  });
});

describe('a store that does not say whether it wrote', () => {
  const stage = async () => {
    const store = gatedStore(memoryStore());
    const setting = await startGovernor({ store });
    await makeReady(setting);
    return { store, setting, size: (await ledgerOf(setting)).length };
  };

  test('and did: everybody is answered, from what the store holds', async () => {
    const { store, setting, size } = await stage();
    store.gate = async (_append, next) => {
      store.gate = undefined;
      await next();
      return fault('unavailable', 'unknown');
    };
    const answers = await burst(setting);
    expect(answers.map((answer) => approved(answer).receipt.seq)).toEqual(answers.map((_, n) => size + n));
    expect(await expectVerified(setting)).toBe(size + answers.length);
  });

  test('and did not: nobody is decided, and asking again is safe', async () => {
    const { store, setting, size } = await stage();
    store.gate = async () => {
      store.gate = undefined;
      return fault('unavailable', 'unknown');
    };
    expect((await burst(setting)).some((answer) => answer.decided)).toBe(false);
    for (const answer of await burst(setting)) expect(approved(answer).repeated).toBe(false);
    expect(await expectVerified(setting)).toBe(size + 8);
  });

  test('and did, and another wrote after it: everybody is answered all the same', async () => {
    const { store, setting, size } = await stage();
    const other = await restart(setting, { store: { ...store } });
    store.gate = async (_append, next) => {
      store.gate = undefined;
      await next();
      approved(await other.governor.submit(agent, health));
      return fault('unavailable', 'unknown');
    };
    expect((await burst(setting)).map((answer) => approved(answer).receipt.seq)).toContain(size + 7);
    expect(await expectVerified(setting)).toBe(size + 9);
  });

  test('and did, and cannot be read for a while: it is looked at again until it says', async () => {
    const { store, setting, size } = await stage();
    store.gate = async (_append, next) => {
      store.gate = undefined;
      await next();
      store.blind = true;
      setTimeout(() => {
        store.blind = false;
      }, 100);
      return fault('unavailable', 'unknown');
    };
    for (const answer of await burst(setting)) expect(approved(answer).repeated).toBe(false);
    expect(await expectVerified(setting)).toBe(size + 8);
  });

  test('and did, and stays away: the doubt is said, and asking again gets the recorded answer', async () => {
    const { store, setting, size } = await stage();
    store.gate = async (_append, next) => {
      store.gate = undefined;
      await next();
      store.blind = true;
      return fault('unavailable', 'unknown');
    };
    for (const answer of await burst(setting))
      expect(answer).toMatchObject({ decided: false, detail: expect.stringContaining('not known whether') });
    store.blind = false;
    for (const answer of await burst(setting)) expect(approved(answer).repeated).toBe(true);
    expect(await expectVerified(setting)).toBe(size + 8);
  });

  test('and is shared, and wrote late: the doubt is said, and asking again gets the recorded answer', async () => {
    const { store, setting, size } = await stage();
    const other = await restart(setting, { store: { ...store, capabilities: { durable: true, shared: true } } });
    const late: (() => Promise<unknown>)[] = [];
    store.gate = async (_append, next) => {
      store.gate = undefined;
      late.push(next);
      return fault('unavailable', 'unknown');
    };
    const ask = () => other.governor.submit(agent, { ...health, id: 'late' });
    expect(await ask()).toMatchObject({ decided: false, detail: expect.stringContaining('not known whether') });
    // What was on its way arrives after all.
    for (const next of late) await next();
    expect(approved(await ask()).repeated).toBe(true);
    expect(await expectVerified(setting)).toBe(size + 1);
  });

  test('because it throws: the queue goes on', async () => {
    const { store, setting, size } = await stage();
    store.gate = () => {
      store.gate = undefined;
      throw new Error('a bug of the store');
    };
    expect((await burst(setting)).some((answer) => answer.decided)).toBe(false);
    for (const answer of await burst(setting)) expect(approved(answer).repeated).toBe(false);
    expect(await expectVerified(setting)).toBe(size + 8);
  });
});

test('whatever fails in between, every answered receipt is in the ledger and the ledger verifies', async () => {
  const store = gatedStore(memoryStore());
  const setting = await startGovernor({ store });
  await makeReady(setting);
  const failing = (n: number) => async (_append: Append, next: () => ReturnType<typeof store.append>) => {
    if (n % 3 === 0) return fault('full');
    if (n % 3 === 1) return next();
    await next();
    return fault('unavailable', 'unknown');
  };
  const kept: Submitted[] = [];
  for (let n = 0; n < 12; n++) {
    store.gate = failing(n);
    const asked = Array.from({ length: 3 }, (_, k) => setting.governor.submit(agent, { ...health, id: `${n} ${k}` }));
    kept.push(...(await Promise.all(asked)));
  }
  store.gate = undefined;
  const ledger = await ledgerOf(setting);
  expect(kept.filter((answer) => answer.decided).length).toBe(24);
  for (const answer of kept.filter((a) => a.decided))
    expect(Buffer.from(ledger[decided(answer).receipt.seq]!.row.leaf).toString('base64url')).toBe(
      decided(answer).receipt.leaf,
    );
  await expectVerified(setting);
});
