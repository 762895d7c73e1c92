/** A ledger moves to another key by a receipt; validity is a range of sizes; nobody has to believe a clock. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { assembleNote, buildNoteKey, noteMessage, parseNote, type VerifyReport } from '@tai-autonomics/core/receipt';
import { type Asked, createGovernor } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import {
  approved,
  eventsOf,
  makeReady,
  people,
  restart,
  right,
  type Setting,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { memorySigner, type TestSigner } from '../governor/signer.ts';
import { allRows } from '../governor/stores.ts';
import { type Sealed, sealedLedger, verify } from '../governor/verified.ts';
import { idOf, linesOf, NEVER, successor, system, trusting, vkeyOf } from './two-keys.ts';

const { agent } = people();
const health: Asked = { action: 'check_health', resource: 'here' };

interface Moved {
  readonly setting: Setting;
  readonly old: TestSigner;
  readonly fresh: TestSigner;
  readonly oldVkey: string;
  readonly newVkey: string;
}

/** A ledger that was sealed with one key, in a process that starts with the next one. */
const moved = async (): Promise<Moved> => {
  const old = memorySigner('old key');
  const first = await startGovernor({ signer: old, checkpoints: NEVER });
  await makeReady(first);
  right(await first.governor.seal(TENANT));
  const fresh = successor(old);
  const setting = await restart(first, { signer: fresh });
  return { setting, old, fresh, oldVkey: vkeyOf(setting, old), newVkey: vkeyOf(setting, fresh) };
};

const grow = async ({ setting }: Pick<Moved, 'setting'>): Promise<Sealed> => {
  approved(await setting.governor.submit(agent, health));
  return sealedLedger(setting);
};

const failures = (report: VerifyReport): readonly string[] =>
  report.steps.filter(({ status }) => status === 'failed').map(({ sentence }) => sentence);

/** The checkpoint of a sealed ledger, signed by other keys than its own. */
const signedBy = async (sealed: Sealed, ...signers: readonly TestSigner[]): Promise<Sealed> => {
  const { text } = right(parseNote(sealed.note));
  const lines = await Promise.all(
    signers.map(async (signer) => {
      const { name, keyId } = right(buildNoteKey(nodeSha256, sealed.origin, 1, signer.publicKey));
      return { name, keyId, signature: right(await signer.sign(noteMessage(text))) };
    }),
  );
  return { ...sealed, note: right(assembleNote(text, lines)) };
};

describe('a rotation', () => {
  test('is a receipt, then a checkpoint that both keys signed, then the new key alone', async () => {
    const m = await moved();
    const handing = await grow(m);
    expect(linesOf(handing.note)).toEqual([idOf(m.oldVkey), idOf(m.newVkey)]);
    const after = await grow(m);
    expect(linesOf(after.note)).toEqual([idOf(m.newVkey)]);
    expect((await eventsOf(m.setting)).filter((event) => event === 'key_rotated')).toHaveLength(1);
  });

  test('whoever trusts either key can check the checkpoint that hands over, and later ones with the new key only', async () => {
    const m = await moved();
    const handing = await grow(m);
    for (const vkey of [m.oldVkey, m.newVkey])
      expect(verify({ ...handing, trust: trusting(vkey) }).overall).toBe('verified');
    const after = await grow(m);
    expect(verify({ ...after, trust: trusting(m.newVkey) }).overall).toBe('verified');
    expect(failures(verify({ ...after, trust: trusting(m.oldVkey) }))).toEqual([
      'No key of the trust file signed this checkpoint as its ledger.',
    ]);
  });

  test('the old key alone vouches for nothing behind the receipt, even for those who trust it', async () => {
    const m = await moved();
    const forged = await signedBy(await grow(m), m.old);
    const report = verify({ ...forged, trust: trusting(m.oldVkey, m.newVkey) });
    expect(failures(report)).toContain(
      'The ledger names another key before this size, and that one did not sign the checkpoint.',
    );
    expect(report.labels).toMatchObject({ signed: 'no', trusted: 'no' });
  });

  test('is recorded once, however often and in however many processes the ledger is opened', async () => {
    const m = await moved();
    const other = await restart(m.setting);
    await Promise.all([m.setting, other].map(async ({ governor }) => approved(await governor.submit(agent, health))));
    await grow({ setting: await restart(m.setting) });
    expect((await eventsOf(m.setting)).filter((event) => event === 'key_rotated')).toHaveLength(1);
  });

  test('a process that dies before the checkpoint leaves the hand-over to the next', async () => {
    const m = await moved();
    m.fresh.broken = 'the key service is away';
    approved(await m.setting.governor.submit(agent, health));
    expect(E.isLeft(await m.setting.governor.seal(TENANT))).toBe(true);
    m.fresh.broken = undefined;
    const handing = await grow({ setting: await restart(m.setting) });
    expect(linesOf(handing.note)).toEqual([idOf(m.oldVkey), idOf(m.newVkey)]);
  });

  test('while the old key does not sign there is no hand-over, and nothing is published in its place', async () => {
    const m = await moved();
    m.old.broken = 'no';
    approved(await m.setting.governor.submit(agent, health));
    expect(E.isLeft(await m.setting.governor.seal(TENANT))).toBe(true);
    m.old.broken = undefined;
    expect(linesOf((await grow(m)).note)).toHaveLength(2);
  });

  test('what another process has rotated it seals; whoever still has the old key is silent, and says so when it writes on', async () => {
    const old = memorySigner('old key');
    const first = await startGovernor({ signer: old, checkpoints: { every: 1_000_000, withinMs: 20 } });
    await makeReady(first);
    right(await first.governor.seal(TENANT));
    approved(await first.governor.submit(agent, health));
    const next = await restart(first, { signer: successor(old), checkpoints: NEVER });
    approved(await next.governor.submit(agent, health));
    // Its own checkpoint is due, and cannot be signed by the key that it has.
    expect(E.isLeft(await first.governor.seal(TENANT))).toBe(true);
    expect(first.faults).toEqual([]);
    expect(linesOf(right(await next.governor.seal(TENANT)))).toHaveLength(2);
    approved(await first.governor.submit(agent, health));
    await first.governor.close();
    expect(first.faults).toEqual([
      expect.stringMatching(/^no checkpoint of .*: the key that receipt \d+ names is not held by this signer$/),
    ]);
  });

  test('twice: each key has its range of sizes', async () => {
    const m = await moved();
    await grow(m);
    const third = successor(m.fresh, 'third key');
    const setting = await restart(m.setting, { signer: third });
    const vkey = vkeyOf(setting, third);
    expect(linesOf((await grow({ setting })).note)).toEqual([idOf(m.newVkey), idOf(vkey)]);
    const last = await grow({ setting });
    expect(verify({ ...last, trust: trusting(vkey) }).overall).toBe('verified');
  });

  test('the mark stays with the origin: a store from before the rotation is refused', async () => {
    const m = await moved();
    const backup = memoryStore();
    const ledger = m.setting.identity.ledger(TENANT);
    right(await backup.append(ledger, { size: 0, leaf: new Uint8Array(32) }, await allRows(m.setting.store, ledger)));
    await grow(m);
    const again = await createGovernor({ ...m.setting.options, store: backup });
    expect(E.isLeft(again) && again.left.join()).toContain('it was cut or restored from an older copy');
  });

  test('a key that nobody changed is not rotated to', async () => {
    const setting = await startGovernor({ checkpoints: NEVER });
    await makeReady(setting);
    right(await setting.governor.seal(TENANT));
    const again = await restart(setting);
    approved(await again.governor.submit(agent, health));
    expect(await eventsOf(setting)).not.toContain('key_rotated');
  });
});

describe('a revocation', () => {
  const revoke = (vkey: string, size: number): Asked => ({
    action: 'revoke_key',
    resource: '*',
    arguments: { key_id: idOf(vkey), last_good_size: size },
  });

  test('says in the ledger up to which size the old key vouches; the ledger’s own history verifies on', async () => {
    const m = await moved();
    const handing = await grow(m);
    approved(await m.setting.governor.submit(system, revoke(m.oldVkey, handing.inputs.length)));
    const after = await grow(m);
    expect(verify({ ...after, trust: trusting(m.newVkey) }).overall).toBe('verified');
    expect(await eventsOf(m.setting)).toContain('key_revoked');
  });

  test('behind it the old key’s signature does not count, beside the new one’s or alone', async () => {
    const m = await moved();
    const handing = await grow(m);
    approved(await m.setting.governor.submit(system, revoke(m.oldVkey, handing.inputs.length)));
    const both = await signedBy(await grow(m), m.old, m.fresh);
    expect(verify({ ...both, trust: trusting(m.newVkey) }).overall).toBe('verified');
    expect(failures(verify({ ...both, trust: trusting(m.oldVkey) }))).toEqual([
      'The key that signed this checkpoint was revoked at a smaller size.',
    ]);
  });

  test('nobody but the system may rotate or revoke', async () => {
    const setting = await startGovernor();
    await makeReady(setting);
    for (const who of [people().owner, people().agent, people().approver]) {
      const answers = [
        await setting.governor.submit(who, revoke('a+00000000+b', 0)),
        await setting.governor.submit(who, { action: 'rotate_key', resource: '*', arguments: { key: 'a+b+c' } }),
      ];
      expect(answers).toMatchObject([{ decision: { verdict: 'refuse' } }, { decision: { verdict: 'refuse' } }]);
    }
  });
});

test('roles never share a key: one that sealed a contract’s ledgers seals no evaluation, and the other way round', async () => {
  const setting = await startGovernor({ checkpoints: NEVER });
  await makeReady(setting);
  right(await setting.governor.seal(TENANT));
  const store = memoryStore();
  const evaluation = { ...setting.options, store, standing: { mode: 'eval', session: 'pilot-1' } } as const;
  expect(await createGovernor(evaluation)).toMatchObject(
    E.left(['the signer’s key sealed contractual ledgers of ledger.test; eval ledgers need a key of their own']),
  );
  right(await createGovernor({ ...evaluation, signer: memorySigner('another') }));
});
