/** A ledger that moves to another place: it ends here, nothing is decided in it on the way, and one place alone goes on with it. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { encodeBase64url, followRules, noLedgerRules, type Receipt } from '@tai-autonomics/core/receipt';
import type { Asked, LedgerStore } from '@tai-autonomics/governor';
import { copyLedger, MOVE_LEDGER, TAKE_OVER_LEDGER } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { makeDeployment } from './deployment.ts';
import {
  approve,
  approved,
  clockAt,
  codes,
  entitlement,
  ledgerOf,
  makeReady,
  people,
  restart,
  right,
  rollback,
  START,
  startGovernor,
  TENANT,
} from './kit.ts';
import { memorySigner } from './signer.ts';
import { expectVerified } from './verified.ts';

const { agent, shop, operator, owner } = people();
const health: Asked = { action: 'check_health', resource: '*' };
const moving: Asked = { action: MOVE_LEDGER, resource: '*', arguments: { to: 'eu' } };
const ROOT = encodeBase64url(new Uint8Array(32));
const taking = (place = 'eu', size = 1): Asked => ({
  action: TAKE_OVER_LEDGER,
  resource: '*',
  arguments: { place, size, root: ROOT },
});
const MOVED = { decided: false, why: 'moved', detail: expect.stringContaining('goes on at eu') };

const lasting = (): LedgerStore => ({ ...memoryStore(), close: async () => undefined });

/** A tenant that moved, and a store with what arrived. */
const moved = async () => {
  const here = await startGovernor({ store: lasting(), signer: memorySigner() });
  await makeReady(here);
  approved(await here.governor.submit(agent, { ...health, id: 'before' }));
  const end = approved(await here.governor.submit(operator, moving)).receipt.seq;
  right(await here.governor.seal(TENANT));
  const store = lasting();
  right(await copyLedger(here.store, store, here.identity.ledger(TENANT)));
  return { here, store, end };
};

test('from the receipt of its move on nobody is answered here, and nothing is written', async () => {
  const { here, end } = await moved();
  const submits: readonly (readonly [typeof agent | typeof shop | typeof operator | typeof owner, Asked])[] = [
    [agent, health],
    [agent, { ...health, id: 'before' }],
    [shop, entitlement(START + 1, 'enterprise')],
    [owner, { action: 'close_ledger', resource: '*', arguments: { why: 'moved' } }],
    [operator, moving],
    [operator, taking()],
    [operator, { action: 'heartbeat', resource: '*' }],
  ];
  for (const next of [here, await restart(here)]) {
    for (const [who, asked] of submits) expect(await next.governor.submit(who, asked)).toMatchObject(MOVED);
    expect(await next.governor.preview(agent, health)).toMatchObject({ left: MOVED });
    expect(right(await next.governor.status(TENANT))).toMatchObject({ movedTo: 'eu', size: end + 1 });
    expect(right(await here.store.head(here.identity.ledger(TENANT)))?.size).toBe(end + 1);
  }
  expect(here.faults).toEqual([]);
  await expectVerified(here);
});

test('what waits in one group with the move is told so, and what came before it is decided', async () => {
  const here = await startGovernor();
  await makeReady(here);
  const asked = Array.from({ length: 40 }, (_, n) => here.governor.submit(agent, { ...health, id: `health ${n}` }));
  const ended = approved(await here.governor.submit(operator, moving));
  const answers = await Promise.all(asked);
  const { size } = right(await here.governor.head(TENANT))!;
  expect(ended.receipt).toMatchObject({ seq: size - 1, event: 'ledger_moved' });
  for (const answer of answers) {
    if (answer.decided) expect(answer.receipt.seq).toBeLessThan(size - 1);
    else expect(answer).toMatchObject(MOVED);
  }
  await expectVerified(here);
});

test('while an action runs the ledger does not leave: what is not decided is decided when that has ended', async (context) => {
  const deployment = makeDeployment(context);
  const clock = clockAt(START);
  const handlers = [deployment.handler('deploysLate', { delayMs: 300 })];
  const here = await startGovernor({ clock, observers: [deployment.observer(clock)], handlers });
  await makeReady(here);
  await approve(here);
  const running = here.governor.submit(agent, { ...rollback, id: 'runs' });
  await expect.poll(async () => (await ledgerOf(here)).at(-1)?.receipt.event).toBe('rollback_initiated');
  expect(await here.governor.submit(operator, { ...moving, id: 'move' })).toMatchObject({
    decided: false,
    why: 'overloaded',
    detail: expect.stringContaining('1 of its actions have no outcome yet'),
  });
  expect(approved(await running).outcome?.status).toBe('success');
  approved(await here.governor.submit(operator, { ...moving, id: 'move' }));
  await expectVerified(here);
});

test('the place that was named goes on with the same chain, and with what was recorded', async () => {
  const { here, store, end } = await moved();
  // The same keys; marks of its own.
  const there = await restart(here, { store, signer: memorySigner(), place: 'eu' });
  expect(await there.governor.submit(agent, health)).toMatchObject(MOVED);
  const taken = approved(await there.governor.submit(operator, taking('eu', end + 1)));
  expect(taken.receipt).toMatchObject({
    seq: end + 1,
    event: 'ledger_taken_over',
    origin: here.identity.origin(TENANT),
  });
  expect(await there.governor.submit(agent, { ...health, id: 'before' })).toMatchObject({
    decided: true,
    repeated: true,
  });
  approved(await there.governor.submit(agent, health));
  expect(right(await there.governor.status(TENANT))).not.toHaveProperty('movedTo');
  await expectVerified(there);
  // Opened again there it goes on; and the old place stays at its end, whatever it is called.
  approved(await (await restart(there, { place: 'eu' })).governor.submit(agent, health));
  for (const place of ['eu', 'us']) {
    const again = await restart(here, { place });
    expect(await again.governor.submit(agent, health)).toMatchObject(MOVED);
  }
  // A copy of what went on is nobody else's: not even the old place's.
  right(await copyLedger(store, here.store, here.identity.ledger(TENANT)));
  for (const given of [{}, { place: 'us' }])
    expect(await (await restart(here, given)).governor.submit(agent, health)).toMatchObject(MOVED);
});

test('no place takes over what was not sent to it', async () => {
  const { here, store } = await moved();
  const other = await restart(here, { store, signer: memorySigner(), place: 'us' });
  for (const asked of [taking('us'), taking('eu')])
    expect(await other.governor.submit(operator, asked)).toMatchObject(MOVED);
  const never = await startGovernor({ place: 'eu' });
  await makeReady(never);
  expect(codes(await never.governor.submit(operator, taking()))).toEqual(['not_moved_here']);
});

test('a copy of before the move is refused where it was sealed: its mark is larger', async () => {
  const here = await startGovernor({ store: lasting(), signer: memorySigner() });
  await makeReady(here);
  right(await here.governor.seal(TENANT));
  const older = lasting();
  right(await copyLedger(here.store, older, here.identity.ledger(TENANT)));
  approved(await here.governor.submit(operator, moving));
  right(await here.governor.seal(TENANT));
  await here.governor.close();
  await expect(restart(here, { store: older })).rejects.toThrow(/it was cut or restored from an older copy/);
});

test('a ledger moves on, and back, each time by two receipts', async () => {
  const { here, store } = await moved();
  const there = await restart(here, { store, signer: memorySigner(), place: 'eu' });
  approved(await there.governor.submit(operator, taking()));
  approved(await there.governor.submit(operator, { ...moving, arguments: { to: 'home' } }));
  right(await there.governor.seal(TENANT));
  right(await copyLedger(store, here.store, here.identity.ledger(TENANT)));
  const home = await restart(here, { place: 'home' });
  approved(await home.governor.submit(operator, taking('home')));
  approved(await home.governor.submit(agent, health));
  expect(await there.governor.submit(agent, health)).toMatchObject({
    why: 'moved',
    detail: expect.stringContaining('home'),
  });
  await expectVerified(home);
});

test('a verifier finds what was written behind a move by anybody but the place that took it over', async () => {
  const { here, store } = await moved();
  const there = await restart(here, { store, signer: memorySigner(), place: 'eu' });
  approved(await there.governor.submit(operator, taking()));
  approved(await there.governor.submit(agent, health));
  const receipts = (await ledgerOf(there)).map(({ receipt }) => receipt);
  const brokenIn = (ledger: readonly Receipt[]): readonly (readonly [string, string])[] => {
    let rules = noLedgerRules;
    return ledger.flatMap((receipt) => {
      const followed = followRules(rules, receipt);
      rules = followed.rules;
      return followed.broken === undefined ? [] : [[receipt.event, followed.broken] as const];
    });
  };
  expect(brokenIn(receipts)).toEqual([]);
  const wentOn = receipts.filter(({ event }) => event !== 'ledger_taken_over');
  expect(brokenIn(wentOn)).toEqual([
    ['action_executed', expect.stringContaining('moved the ledger, and this is not the receipt that takes it over')],
  ]);
  const written = { cell: 'andon', key: ['*'], set: 'low' } as const;
  const busy = receipts.map((one) =>
    one.event === 'ledger_taken_over' ? ({ ...one, writes: [...one.writes, written] } as Receipt) : one,
  );
  expect(brokenIn(busy).map(([event]) => event)).toEqual(['ledger_taken_over', 'action_executed']);
});

test('two processes of one store: what the other one moved is written by none', async () => {
  const store: LedgerStore = { ...lasting(), capabilities: { durable: true, shared: true } };
  const signer = memorySigner();
  const one = await startGovernor({ store, signer });
  await makeReady(one);
  const other = await restart(one);
  approved(await other.governor.submit(agent, health));
  approved(await one.governor.submit(operator, moving));
  expect(await other.governor.submit(agent, health)).toMatchObject(MOVED);
  expect(E.isRight(await other.governor.seal(TENANT))).toBe(true);
});
