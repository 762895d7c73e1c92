/** Snapshots: whoever opens from one decides as whoever folded the whole ledger, and a wrong one is found. */
import { memorySnapshots, memoryStore } from '@tai-autonomics/adapter-storage';
import {
  appendLeaf,
  consistencyProof,
  emptyFrontier,
  encodeBase64url,
  type Frontier,
  inclusionProof,
  nodesOf,
} from '@tai-autonomics/core/receipt';
import type { Asked, Caller, LedgerStore, Row, Signer, SnapshotStore } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { createTreeCache, treeStart } from '@tai-autonomics/governor/testing';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import {
  approved,
  assurance,
  clockAt,
  decided,
  entitlement,
  ledgerOf,
  makeReady,
  named,
  people,
  restart,
  right,
  rollback,
  type Setting,
  START,
  startGovernor,
  TENANT,
} from './kit.ts';
import { expectVerified } from './verified.ts';

const { agent, owner, approver, shop, operator } = people();

const frontierOf = (leaves: readonly Uint8Array[]): Frontier =>
  leaves.reduce((tree, leaf) => appendLeaf(nodeSha256, tree, leaf), emptyFrontier);

/** A random number generator that begins anew for each governor: the same run gives the same receipts. */
const counting = (): ((count: number) => Uint8Array) => {
  let n = 0;
  return (count) => {
    n += 1;
    return new Uint8Array(count).fill(n % 251);
  };
};

/** A store that counts which rows are read. */
const watched = (inner: LedgerStore) => {
  const read: number[] = [];
  const store: LedgerStore = {
    ...inner,
    read: async function* (ledger, from, to) {
      for await (const row of inner.read(ledger, from, to)) {
        if (E.isRight(row)) read.push(row.right.seq);
        yield row;
      }
    },
    close: async () => {},
  };
  return { store, read };
};

const PLANS = ['base', 'professional', 'enterprise'] as const;

/** What happens to a tenant, one step each. */
const steps: readonly ((n: number) => readonly [Caller, Asked])[] = [
  (n) => [agent, { id: `health ${n}`, action: 'check_health', resource: 'here' }],
  (n) => [agent, { ...rollback, id: `rollback ${n}` }],
  (n) => [
    agent,
    { id: `andon ${n}`, action: 'raise_andon', resource: `s-${n % 3}`, arguments: { severity: 'low', finding: 'x' } },
  ],
  (n) => [shop, entitlement(START + n, PLANS[n % 3])],
  (n) => [
    owner,
    {
      id: `role ${n}`,
      action: 'grant_role',
      resource: 'people',
      arguments: { subject: named(agent), roles: ['read_metrics'] },
    },
  ],
  (n) => [
    owner,
    {
      id: `rel ${n}`,
      action: 'revoke_relation',
      resource: 'people',
      arguments: { subject: named(approver), relation: 'approver' },
    },
  ],
  (n) => [operator, { ...assurance(START + n).insurance, id: `insured ${n}` }],
];

const quiet = { every: 1_000_000, withinMs: 1_000_000 };

/** Runs the steps; between them restarts where told, from snapshots or without any. The answers, and the ledger at the end. */
const run = async (
  chosen: readonly (number | 'restart')[],
  snapshots: SnapshotStore | undefined,
  moment: { readonly isSnapshot: (size: number) => boolean },
) => {
  const { store, read } = watched(memoryStore());
  const random = counting();
  const clock = clockAt(START);
  const given = {
    store,
    clock,
    random,
    checkpoints: quiet,
    ...(snapshots === undefined ? {} : { snapshots, snapshotEvery: 1 }),
  };
  let setting: Setting = await startGovernor(given);
  const { faults } = setting;
  await makeReady(setting);
  const answers: unknown[] = [];
  for (const [n, step] of chosen.entries()) {
    clock.now += 1_000;
    if (step === 'restart') {
      await setting.governor.close();
      setting = await restart(setting, given);
      continue;
    }
    const [caller, asked] = steps[step % steps.length]!(n);
    const answer = decided(await setting.governor.submit(caller, asked));
    answers.push([answer.decision, answer.receipt, answer.consequences]);
    if (moment.isSnapshot(n)) right(await setting.governor.seal(TENANT));
    answers.push(right(await setting.governor.tools(agent)));
  }
  return { answers, ledger: (await ledgerOf(setting)).map(({ row }) => row), faults, read };
};

describe('law', () => {
  test('whoever opens from a snapshot answers and records as whoever folded the whole ledger', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.nat(6) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 2, maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (chosen, every) => {
          const moment = { isSnapshot: (n: number) => n % every === 0 };
          const whole = await run(chosen, undefined, moment);
          const short = await run(chosen, memorySnapshots(), moment);
          expect(short.answers).toEqual(whole.answers);
          expect(short.ledger).toEqual(whole.ledger);
          expect(short.faults).toEqual([]);
        },
      ),
      { numRuns: runs(40) },
    );
  });
});

const health = (n: number): Asked => ({ id: `health ${n}`, action: 'check_health', resource: 'here' });

/** A tenant with a hundred receipts, closed; and what was read since. */
const closedAt = async (count = 100) => {
  const { store, read } = watched(memoryStore());
  const snapshots = memorySnapshots();
  const given = { store, snapshots, snapshotEvery: 1 };
  const setting = await startGovernor({ ...given, checkpoints: quiet });
  await makeReady(setting);
  for (let n = 0; n < count; n += 20)
    await Promise.all(Array.from({ length: 20 }, (_, k) => setting.governor.submit(agent, health(n + k))));
  await setting.governor.close();
  read.length = 0;
  const ledger = setting.identity.ledger(TENANT);
  const size = right(await store.head(ledger))?.size ?? 0;
  return { setting, given, read, ledger, size, kept: right(await snapshots.read(ledger, 'state'))! };
};

/** What was said of snapshots that are not used, since this was asked last. */
const told = ({ faults }: Pick<Setting, 'faults'>): readonly string[] =>
  (faults as string[]).splice(0).filter((fault) => /is not used/.test(fault));

describe('opening from a snapshot', () => {
  test('reads the tail alone', async () => {
    const { setting, given, read, size } = await closedAt();
    const next = await restart(setting, given);
    expect(right(await next.governor.head(TENANT))?.size).toBe(size);
    expect(read).toEqual([]);
    expect(decided(await next.governor.submit(agent, health(1_000))).receipt.seq).toBe(size);
    expect(setting.faults).toEqual([]);
    await next.governor.close();
  });

  test('an answer that was recorded before it is given again, and proofs of what it covers are made', async () => {
    const { setting, given } = await closedAt();
    const next = await restart(setting, given);
    expect(approved(await next.governor.submit(agent, health(3))).repeated).toBe(true);
    const audit: Caller = { ...owner, scope: ['read_audit_trail'] };
    const grant = { subject: named(owner), roles: ['read_audit_trail'] };
    approved(await next.governor.submit(owner, { action: 'grant_role', resource: 'people', arguments: grant }));
    const proved = approved(
      await next.governor.submit(audit, { action: 'prove_receipt', resource: 'ledger', arguments: { seq: 5 } }),
    );
    expect(proved.outcome).toMatchObject({ status: 'success', result: { seq: 5 } });
    await expectVerified(next);
    await next.governor.close();
  });

  test.for([
    {
      note: 'a bit that was flipped',
      change: (kept: Uint8Array) => kept.map((b, i) => (i === kept.length - 9 ? b ^ 1 : b)),
    },
    { note: 'a bit of its MAC', change: (kept: Uint8Array) => kept.map((b, i) => (i === 30 ? b ^ 1 : b)) },
    { note: 'a byte less', change: (kept: Uint8Array) => kept.slice(0, -1) },
    { note: 'a byte more', change: (kept: Uint8Array) => Uint8Array.from([...kept, 32]) },
    { note: 'nothing in it', change: () => new Uint8Array(0) },
    { note: 'zeroes', change: (kept: Uint8Array) => new Uint8Array(kept.length) },
    {
      note: 'another format',
      change: (kept: Uint8Array) => Buffer.from(Buffer.from(kept).toString().replace('@1', '@2')),
    },
  ])('one with $note is said once, and made again', async ({ change }) => {
    const { setting, given, read, ledger, kept, size } = await closedAt();
    right(await given.snapshots.write(ledger, 'state', change(kept)));
    const next = await restart(setting, given);
    expect(right(await next.governor.head(TENANT))?.size).toBe(size);
    expect(read.length).toBe(size);
    expect(told(setting)).toHaveLength(1);
    await next.governor.close();
    expect(right(await given.snapshots.read(ledger, 'state'))).toEqual(kept);
    const again = await restart(setting, given);
    approved(await again.governor.submit(agent, health(2_000)));
    await again.governor.close();
    expect(setting.faults).toEqual([]);
  });

  test('one of another tenant, of another secret, or of another fork of the ledger is said, and made again', async () => {
    const { setting, given, ledger, size } = await closedAt();
    const other = await closedAt(40);
    // Same secret, same origin, other receipts: the checkpoint of its size has another root, or there is none.
    right(await given.snapshots.write(ledger, 'state', other.kept));
    const fork = await restart(setting, given);
    expect(right(await fork.governor.head(TENANT))?.size).toBe(size);
    expect(told(setting)).toEqual([expect.stringMatching(/root|no checkpoint/)]);
    const operators = right(await given.snapshots.read(setting.identity.ledger('(operator)'), 'state'))!;
    right(await given.snapshots.write(ledger, 'state', operators));
    const tenant = await restart(setting, given);
    expect(right(await tenant.governor.head(TENANT))?.size).toBe(size);
    expect(told(setting)).toEqual([expect.stringContaining('another ledger')]);
    const elsewhere = await startGovernor({
      secret: new Uint8Array(32).fill(8),
      snapshots: memorySnapshots(),
      snapshotEvery: 1,
    });
    await makeReady(elsewhere);
    const { snapshots } = elsewhere.options;
    await elsewhere.governor.close();
    const theirs = right(await snapshots!.read(elsewhere.identity.ledger(TENANT), 'state'))!;
    right(await given.snapshots.write(ledger, 'state', theirs));
    const secret = await restart(setting, given);
    expect(right(await secret.governor.head(TENANT))?.size).toBe(size);
    expect(told(setting)).toEqual([expect.stringContaining('another secret')]);
  });

  test('whose signer is away for a moment is refused, and the snapshot is as good afterwards', async () => {
    const { setting, given, read, ledger, kept, size } = await closedAt();
    let isAway = false;
    const { highWaterMark } = setting.signer;
    const signer: Signer = {
      ...setting.signer,
      highWaterMark: async (origin) => (isAway ? E.left('the key is away') : highWaterMark(origin)),
    };
    const next = await restart(setting, { ...given, signer });
    isAway = true;
    expect(E.isLeft(await next.governor.head(TENANT))).toBe(true);
    expect(right(await given.snapshots.read(ledger, 'state'))).toEqual(kept);
    isAway = false;
    read.length = 0;
    expect(right(await next.governor.head(TENANT))?.size).toBe(size);
    expect(read).toEqual([]);
    expect(told(setting)).toEqual([]);
    await next.governor.close();
  });

  test('an older one is as good, with a longer tail', async () => {
    const { setting, given, read, ledger, kept, size } = await closedAt();
    const later = await restart(setting, given);
    for (let n = 0; n < 10; n += 1) approved(await later.governor.submit(agent, health(500 + n)));
    await later.governor.close();
    right(await given.snapshots.write(ledger, 'state', kept));
    read.length = 0;
    const next = await restart(setting, given);
    expect(right(await next.governor.head(TENANT))?.size).toBe(size + 10);
    expect(read).toEqual(Array.from({ length: 10 }, (_, n) => size + n));
    expect(setting.faults).toEqual([]);
    await next.governor.close();
  });

  test('a store that was cut is refused with one as without', async () => {
    const { setting, given, ledger } = await closedAt();
    const cut = memoryStore();
    const rows: Row[] = [];
    for await (const row of setting.store.read(ledger, 0, 50)) rows.push(right(row));
    right(await cut.append(ledger, { size: 0, leaf: new Uint8Array(32) }, rows));
    // Of an evaluation only what is there counts at the start; the tenant itself is refused when it is asked for.
    const started = await restart(setting, { ...given, store: cut }).catch((error: Error) => error);
    expect(String(started)).toContain('it was cut or restored from an older copy');
  });

  test('a receipt below it that was changed in the store is not believed', async () => {
    const { setting, given } = await closedAt(200);
    const rows = (await ledgerOf(setting)).map(({ row }) => row);
    const forged = rows[20]!;
    const lying: LedgerStore = {
      ...given.store,
      // What stands at 30 is given for 20, under a hash of its own: only the ledger's tree says that it is another one.
      find: async (id, intent) =>
        intent === forged.intent?.id
          ? E.right({ ...rows[30]!, seq: 20, intent: forged.intent })
          : given.store.find(id, intent),
    };
    const next = await restart(setting, { ...given, store: lying });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => next.governor.submit(agent, health(n))));
    const wrong = answers.filter((answer) => !answer.decided);
    expect(wrong).toMatchObject([{ decided: false, detail: expect.stringContaining('was changed in the store') }]);
    await next.governor.close();
  });
});

test('of a large state no more is written than about what the receipts take', async () => {
  const kept = memorySnapshots();
  const written: number[] = [];
  const snapshots: SnapshotStore = {
    ...kept,
    write: (id, part, bytes) => {
      if (part === 'state') written.push(bytes.length);
      return kept.write(id, part, bytes);
    },
  };
  const given = { snapshots, snapshotEvery: 1, checkpoints: { every: 1, withinMs: 1_000_000 } };
  const setting = await startGovernor(given);
  await makeReady(setting);
  const finding = 'x'.repeat(190);
  const raise = async (n: number) => {
    setting.clock.now += 20_000;
    approved(
      await setting.governor.submit(agent, {
        action: 'raise_andon',
        resource: `place-${n}`,
        arguments: { severity: 'low', finding },
      }),
    );
  };
  for (let n = 0; n < 240; n += 1) await raise(n);
  const { size } = right(await setting.governor.head(TENANT))!;
  await setting.governor.close();
  expect(written.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(1.5 * 4_096 * size);
});

describe('the tree of a ledger', () => {
  const leafOf = (n: number): Uint8Array => nodeSha256(Buffer.from(`leaf ${n}`));

  test('law: from wherever it begins, and whatever it forgot, its proofs are those of the whole tree', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(400),
        fc.nat(400),
        fc.nat(1_000),
        fc.nat(1_000),
        fc.boolean(),
        async (begun, more, a, b, kept) => {
          const size = begun + more + 1;
          const leaves = Array.from({ length: size }, (_, n) => leafOf(n));
          const source = { leaves: async (from: number, to: number) => E.right(leaves.slice(from, to)) };
          const first = createTreeCache(nodeSha256, source);
          for (const leaf of leaves.slice(0, begun)) first.append(leaf);
          const tiles = first.tiles();
          const start = treeStart(frontierOf(leaves.slice(0, begun)), first.rest());
          const tree = createTreeCache(nodeSha256, kept ? { ...source, tiles: async () => tiles } : source, start);
          for (const leaf of leaves.slice(begun)) tree.append(leaf);
          const whole = nodesOf(nodeSha256, leaves);
          const [seq, old] = [a % size, 1 + (b % size)];
          right(await tree.loadProof(seq, old - 1, size - 1));
          expect(inclusionProof(nodeSha256, tree.read, seq, size)).toEqual(
            inclusionProof(nodeSha256, whole, seq, size),
          );
          expect(consistencyProof(nodeSha256, tree.read, old, size)).toEqual(
            consistencyProof(nodeSha256, whole, old, size),
          );
          expect(tree.read(0, seq)).toEqual(leaves[seq]);
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test('tiles that are not the ledger’s are read again from the store, and a store that lies is found', async () => {
    const leaves = Array.from({ length: 300 }, (_, n) => leafOf(n));
    const first = createTreeCache(nodeSha256, { leaves: async () => E.right([]) });
    for (const leaf of leaves) first.append(leaf);
    const start = treeStart(frontierOf(leaves), first.rest());
    const honest = { leaves: async (from: number, to: number) => E.right(leaves.slice(from, to)) };
    const tiles = async () => first.tiles()!.map((byte, n) => (n === 40 ? byte ^ 1 : byte));
    const tree = createTreeCache(nodeSha256, { ...honest, tiles }, start);
    right(await tree.loadProof(70));
    expect(encodeBase64url(tree.read(0, 70)!)).toBe(encodeBase64url(leaves[70]!));
    const lying = {
      leaves: async (from: number, to: number) =>
        E.right(leaves.slice(from, to).map((l, n) => (from + n === 70 ? leafOf(1) : l))),
    };
    expect(await createTreeCache(nodeSha256, lying, start).loadProof(70)).toMatchObject({
      left: expect.stringContaining('changed in the store'),
    });
    const later = createTreeCache(nodeSha256, { ...lying, tiles: async () => first.tiles() }, start);
    expect(await later.load(70, 71)).toMatchObject({ left: expect.stringContaining('receipts 64 to 127') });
  });
});
