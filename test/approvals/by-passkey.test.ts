/** Approvals by passkey, from the registration of one to the auditor, without a browser: the authenticator is played. */
import {
  approvalBytes,
  approverKeyBytes,
  createRederiver,
  formatInstant,
  nobleP256,
  type ShownRefusal,
  shownRefusal,
} from '@tai-autonomics/core/engine';
import { type Json, startVerifier, type VerifyReport } from '@tai-autonomics/core/receipt';
import type { Asked, Caller } from '@tai-autonomics/governor';
import { nodeEd25519, nodeSha256 } from '@tai-autonomics/governor/node';
import { expect, test } from 'vitest';
import {
  approved,
  codes,
  decided,
  ledgerOf,
  makeReady,
  people,
  rollback,
  type Setting,
  shipped,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { sealedLedger, verify } from '../governor/verified.ts';
import { type Authenticator, createAuthenticator, type Otherwise } from './authenticator.ts';

const { agent, approver, owner } = people();
const auditor = { ...owner, scope: ['read_audit_trail'] } satisfies Caller;
const ORIGIN = 'https://approvals.example.com';
const NO_BYTES = new Uint8Array(0);

interface Page {
  readonly ledger: string;
  readonly approver: string;
  readonly pending: readonly (ShownRefusal & { readonly submit: readonly Asked[] })[];
}

const page = async ({ governor }: Setting, who: Caller = approver): Promise<Page> =>
  approved(await governor.submit(who, { action: 'pending_approvals', resource: '*' })).outcome?.result as Page;

const registration = async (setting: Setting, passkey: Authenticator, who = approver): Promise<Asked> => {
  const { ledger, approver: ref } = await page(setting, who);
  const signature = passkey.sign(approverKeyBytes(ledger, ref, passkey.key) ?? NO_BYTES);
  return { action: 'register_approver_key', resource: '*', arguments: { key: passkey.key, signature } };
};

/** The approval of the newest refusal, signed as an authenticator does, or otherwise. */
const approval = async (
  setting: Setting,
  passkey: Authenticator,
  { nonce = 'n1', otherwise = {}, who = approver }: { nonce?: string; otherwise?: Otherwise; who?: Caller } = {},
): Promise<Asked> => {
  const { ledger, approver: ref, pending } = await page(setting, who);
  const [first] = pending;
  const [submit] = first?.submit ?? [];
  if (first === undefined || submit === undefined) throw new Error('nothing waits for an approval');
  const { receipt, leaf, requester, action, arguments: args, resource, plan, catalog } = first;
  const shown = { receipt, leaf, requester, action, arguments: args, resource, plan, catalog };
  const expiresAt = formatInstant(setting.clock.now + 3_600_000);
  const statement = approvalBytes({ ledger, approver: ref, by: submit.action, shown, nonce, expiresAt }) ?? NO_BYTES;
  const signature = passkey.sign(statement, otherwise);
  return {
    action: submit.action,
    resource: submit.resource,
    arguments: { ...submit.arguments, expires_at: expiresAt, nonce, signature },
  };
};

const ready = async (passkey: Authenticator): Promise<Setting> => {
  const setting = await startGovernor();
  await makeReady(setting);
  approved(await setting.governor.submit(approver, await registration(setting, passkey)));
  decided(await setting.governor.submit(agent, rollback));
  return setting;
};

const audited = async (setting: Setting, key: string): Promise<VerifyReport> => {
  const sealed = await sealedLedger(setting);
  const ref = setting.governor.refOf(TENANT, approver.subject);
  return verify({ ...sealed, trust: `approver ${ref} ${key}\n${sealed.trust}` });
};

test.for(['es256', 'eddsa'] as const)(
  'an approval by a passkey (%s) releases what was shown, and an auditor needs no word of the issuer for it',
  async (alg) => {
    const passkey = createAuthenticator(ORIGIN, alg);
    const setting = await ready(passkey);
    approved(await setting.governor.submit(approver, await approval(setting, passkey)));
    expect(codes(await setting.governor.submit(agent, rollback))).not.toContain('rollback_policy_not_approved');
    const own = await setting.governor.submit(auditor, { action: 'verify_receipts', resource: '*' });
    expect(approved(own).outcome?.result).toMatchObject({ findings: [], rederived: { level1: 0, notAvailable: 0 } });
    const report = await audited(setting, passkey.key);
    expect(report).toMatchObject({ overall: 'verified', approvals: { trusted: 1, introduced: 0, unsigned: 0 } });
    const other = await audited(setting, createAuthenticator(ORIGIN, alg).key);
    expect(other.findings.map(({ step }) => step)).toEqual(['rederivation']);
  },
);

test('what an authenticator signs otherwise is no approval, and leaves the refusal as it is', async () => {
  const passkey = createAuthenticator(ORIGIN);
  const setting = await ready(passkey);
  const submit = async (asked: Asked): Promise<readonly string[]> =>
    codes(await setting.governor.submit(approver, asked));
  const good = await approval(setting, passkey);
  const of = (signature: unknown): Asked => ({ ...good, arguments: { ...good.arguments, signature } });
  const wrong: readonly Otherwise[] = [
    { rpId: 'example.com' },
    { origin: 'https://example.com' },
    { after: ',"crossOrigin":true}' },
    { flags: 0x01 },
    { flags: 0x04 },
    { type: 'webauthn.create' },
    { high: true },
    { extra: Uint8Array.of(1) },
  ];
  for (const otherwise of wrong)
    expect(await submit(await approval(setting, passkey, { otherwise }))).toEqual(['approval_unsigned']);
  expect(await submit(await approval(setting, createAuthenticator(ORIGIN)))).toEqual(['approval_unsigned']);
  // The proof of the registration is a signature of the same key, over another statement.
  const { arguments: registered } = await registration(setting, passkey);
  expect(await submit(of(registered?.['signature']))).toEqual(['approval_unsigned']);
  approved(await setting.governor.submit(approver, good));
  expect(await submit({ ...good, id: 'once more' })).toEqual(['approval_unsigned']);
});

test('nobody approves by the passkey of somebody else, and nobody registers one that it cannot prove', async () => {
  const passkey = createAuthenticator(ORIGIN);
  const setting = await ready(passkey);
  const { governor } = setting;
  const ofApprover = await registration(setting, passkey);
  expect(codes(await governor.submit(owner, ofApprover))).toEqual(['approver_key_unproved']);
  const grant = { subject: `user:${owner.subject.id}`, relation: 'approver' };
  approved(await governor.submit(owner, { action: 'grant_relation', resource: '*', arguments: grant }));
  const own = createAuthenticator(ORIGIN);
  approved(await governor.submit(owner, await registration(setting, own, owner)));
  expect(codes(await governor.submit(owner, await approval(setting, passkey, { who: owner })))).toEqual([
    'approval_unsigned',
  ]);
  // The owner's own signature, but what the approver was shown.
  const { arguments: byOther } = await approval(setting, own);
  const asked = await approval(setting, own, { who: owner });
  expect(
    codes(
      await governor.submit(owner, { ...asked, arguments: { ...asked.arguments, signature: byOther?.['signature'] } }),
    ),
  ).toEqual(['approval_unsigned']);
  approved(await governor.submit(owner, asked));
});

test('a verifier without the curve leaves the approval open, and says neither that it is signed nor that it is not', async () => {
  const passkey = createAuthenticator(ORIGIN);
  const setting = await ready(passkey);
  approved(await setting.governor.submit(approver, await approval(setting, passkey)));
  const sealed = await sealedLedger(setting);
  const verifier = startVerifier({
    sha256: nodeSha256,
    ed25519: nodeEd25519,
    coverage: 'whole',
    checkpoint: sealed.note,
    outside: sealed.note,
    trust: sealed.trust,
    attachments: { catalogs: new Set(sealed.catalogs.keys()), evidence: new Set() },
    rederiver: createRederiver({ catalogs: sealed.catalogs }),
  });
  for (const input of sealed.inputs) verifier.step(input);
  const report = verifier.finish();
  expect(report.findings).toEqual([]);
  expect(report.overall).toBe('incomplete');
  expect(report.approvals).toEqual({ trusted: 0, introduced: 0, unsigned: 0 });
});

test('an issuer who seals another approval than the passkey signed is found at its place', async () => {
  const passkey = createAuthenticator(ORIGIN);
  const setting = await ready(passkey);
  approved(await setting.governor.submit(approver, await approval(setting, passkey)));
  const entries = await ledgerOf(setting, TENANT);
  const at = entries.findIndex(({ receipt }) => receipt.event === 'approval_granted');
  type Intent = Readonly<Record<string, Json>>;
  const judged = (change: (intent: Intent) => Intent): string | undefined => {
    const catalogs = new Map([[shipped.digest, shipped.catalog]]);
    const rederiver = createRederiver({ catalogs, p256: nobleP256 });
    return entries.map(({ receipt, row, disclosed }) => {
      const seen = new Map(disclosed);
      if (receipt.event === 'approval_granted')
        seen.set('request/intent', change(disclosed.get('request/intent') as Intent));
      return rederiver.step(receipt, row.leaf, seen, true).status;
    })[at];
  };
  const withArguments =
    (over: Intent) =>
    (intent: Intent): Intent => {
      const action = intent['action'] as { readonly arguments: Intent };
      return { ...intent, action: { ...action, arguments: { ...action.arguments, ...over } } };
    };
  expect(judged((intent) => intent)).toBe('ok');
  expect(judged(withArguments({ nonce: 'n9' }))).toBe('falsified');
  expect(judged(withArguments({ signature: createAuthenticator(ORIGIN).sign(NO_BYTES) }))).toBe('falsified');
  const moved = passkey.key.replace('approvals.', 'other.');
  expect(judged((intent) => ({ ...intent, signedBy: moved }))).toBe('falsified');
});

test('of an action that is not in the catalog nothing is shown to approve', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  decided(await setting.governor.submit(agent, rollback));
  const entry = (await ledgerOf(setting)).findLast(
    ({ receipt }) => receipt.kind === 'decision' && receipt.verdict === 'refuse',
  );
  if (entry === undefined) throw new Error('nothing was refused');
  const shown = (catalog: typeof shipped.catalog): unknown =>
    shownRefusal(catalog, entry.receipt, 'leaf', entry.disclosed);
  expect(shown(shipped.catalog)).toMatchObject({ action: 'trigger_rollback', leaf: 'leaf' });
  expect(shown({ ...shipped.catalog, actions: new Map() })).toBeUndefined();
});
