/** Approvals that their approver signs: exactly what was shown counts, once, and nobody without the key can make one. */
import { createRederiver, formatInstant, type ShownRefusal } from '@tai-autonomics/core/engine';
import { encodeBase64url, type Json, publicKeyOf, type VerifyReport } from '@tai-autonomics/core/receipt';
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
} from './kit.ts';
import { approval, KEY, ready } from './signed.ts';
import { sealedLedger, verify } from './verified.ts';

const { agent, approver, owner } = people();

test('an approval that is signed over exactly what was shown counts', async () => {
  const setting = await ready();
  approved(await setting.governor.submit(approver, await approval(setting)));
  expect(codes(await setting.governor.submit(agent, rollback))).not.toContain('rollback_policy_not_approved');
});

test.for<{ readonly note: string; readonly over: Partial<ShownRefusal> }>([
  { note: 'action', over: { action: 'check_health' } },
  { note: 'arguments', over: { arguments: { target: 'v0' } } },
  { note: 'resource', over: { resource: 'service/harmless' } },
  { note: 'plan', over: { plan: [] } },
  { note: 'requester', over: { requester: { type: 'user', id: 'olivia', ref: 'sub_x' } } },
  { note: 'catalog', over: { catalog: 'another' } },
  { note: 'receipt', over: { receipt: 0 } },
  { note: 'leaf', over: { leaf: 'another' } },
])('one that was signed over another $note releases nothing', async ({ over }) => {
  const setting = await ready();
  expect(codes(await setting.governor.submit(approver, await approval(setting, over)))).toEqual(['approval_unsigned']);
});

test('another key, another expiry, another nonce and no signature release nothing', async () => {
  const setting = await ready();
  const { governor } = setting;
  const good = await approval(setting);
  const { nonce: _, signature: __, ...bare } = good.arguments ?? {};
  const later = formatInstant(setting.clock.now + 7_200_000);
  for (const asked of [
    await approval(setting, {}, new Uint8Array(32).fill(4)),
    { ...good, arguments: { ...good.arguments, expires_at: later } },
    { ...good, arguments: { ...good.arguments, nonce: 'n2' } },
    { ...good, arguments: bare },
  ])
    expect(codes(await governor.submit(approver, asked))).toEqual(['approval_unsigned']);
  approved(await governor.submit(approver, good));
  // The same approval does not count again.
  expect(codes(await governor.submit(approver, { ...good, id: 'again' }))).toEqual(['approval_unsigned']);
});

test('where the owner requires signatures, nobody approves without a key', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  const { governor } = setting;
  approved(
    await governor.submit(owner, { action: 'require_signatures', resource: '*', arguments: { required: true } }),
  );
  decided(await governor.submit(agent, rollback));
  const { nonce: _, signature: __, ...bare } = (await approval(setting)).arguments ?? {};
  const asked = { ...(await approval(setting)), arguments: bare };
  expect(codes(await governor.submit(approver, asked))).toEqual(['approval_unsigned']);
});

test('an auditor finds a signature falsified that the key did not make, whoever sealed the ledger', async () => {
  const setting = await ready();
  approved(await setting.governor.submit(approver, await approval(setting)));
  const entries = await ledgerOf(setting, TENANT);
  const judged = (change: (intent: Readonly<Record<string, Json>>) => Json): readonly string[] => {
    const rederiver = createRederiver({ catalogs: new Map([[shipped.digest, shipped.catalog]]) });
    return entries.map(({ receipt, row, disclosed }) => {
      const isIt = receipt.event === 'approval_granted';
      const seen = new Map(disclosed);
      if (isIt) seen.set('request/intent', change(disclosed.get('request/intent') as Readonly<Record<string, Json>>));
      return rederiver.step(receipt, row.leaf, seen, true).status;
    });
  };
  const at = entries.findIndex(({ receipt }) => receipt.event === 'approval_granted');
  expect(judged((intent) => intent)[at]).toBe('ok');
  // Whoever holds the ledger's key can seal another signature; it is not the approver's.
  const forged = judged((intent) => {
    const action = intent['action'] as { readonly id: string; readonly arguments: Readonly<Record<string, Json>> };
    return { ...intent, action: { ...action, arguments: { ...action.arguments, nonce: 'n9' } } };
  });
  expect(forged[at]).toBe('falsified');
});

const OTHER_KEY = encodeBase64url(publicKeyOf(new Uint8Array(32).fill(4)) ?? new Uint8Array(0));

/** What an auditor says of a ledger with one approval, whose trust file names this key, if any, for the approver. */
const audited = async (setting: Setting, key: string | undefined): Promise<VerifyReport> => {
  const sealed = await sealedLedger(setting);
  const ref = setting.governor.refOf(TENANT, approver.subject);
  return verify({ ...sealed, trust: key === undefined ? sealed.trust : `approver ${ref} ${key}\n${sealed.trust}` });
};

const openOf = ({ unchecked }: VerifyReport): readonly string[] =>
  unchecked.flatMap(({ what, open }) => (open ? [what] : []));

test('an auditor finds a key registered by whoever has not its private half, and a signer of what takes no signature', async () => {
  const entries = await ledgerOf(await ready(), TENANT);
  const judged = (event: string, change: (text: string) => string): string | undefined => {
    const rederiver = createRederiver({ catalogs: new Map([[shipped.digest, shipped.catalog]]) });
    const said = entries.map(({ receipt, row, disclosed }) => {
      const isIt = receipt.event === event;
      const retold = <A>(value: A): A => (isIt ? (JSON.parse(change(JSON.stringify(value))) as A) : value);
      const shown = new Map([...disclosed].map(([name, value]) => [name, retold(value)]));
      return { event: receipt.event, ...rederiver.step(retold(receipt), row.leaf, shown, true) };
    });
    return said.find((one) => one.event === event)?.status;
  };
  expect(judged('approver_key_registered', (text) => text)).toBe('ok');
  expect(judged('approver_key_registered', (text) => text.replaceAll(KEY, OTHER_KEY))).toBe('falsified');
  const signedBy = `"signedBy":"${OTHER_KEY}","subject":`;
  for (const event of ['role_granted', 'rollback_refused'])
    expect(
      judged(event, (text) => text.replace('"subject":{', `${signedBy}{`)),
      event,
    ).toBe('falsified');
});

test('an approval that is signed by the key that the trust file names rests on no word of the issuer', async () => {
  const setting = await ready();
  approved(await setting.governor.submit(approver, await approval(setting)));
  const report = await audited(setting, KEY);
  expect(report).toMatchObject({ overall: 'verified', approvals: { trusted: 1, introduced: 0, unsigned: 0 } });
  expect(report.unchecked.map(({ what }) => what)).not.toContain('approvals');
});

test('one that is signed by another key than the trust file names is a finding at its place', async () => {
  const setting = await ready();
  approved(await setting.governor.submit(approver, await approval(setting)));
  const at = (await ledgerOf(setting, TENANT)).findIndex(({ receipt }) => receipt.event === 'approval_granted');
  const report = await audited(setting, OTHER_KEY);
  expect(report.findings.map(({ step, seq }) => [step, seq])).toEqual([['rederivation', at]]);
  expect(report.overall).toBe('falsified');
});

test('without a line for its approver, whose key it is stays the issuer’s word', async () => {
  const setting = await ready();
  approved(await setting.governor.submit(approver, await approval(setting)));
  const report = await audited(setting, undefined);
  expect(report).toMatchObject({ overall: 'verified', approvals: { trusted: 0, introduced: 1, unsigned: 0 } });
  expect(report.unchecked.filter(({ what }) => what === 'approvals')).toMatchObject([{ open: false }]);
});

test('an approver whom the trust file names and who did not sign keeps the ledger from being verified', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  decided(await setting.governor.submit(agent, rollback));
  const { nonce: _, signature: __, ...bare } = (await approval(setting)).arguments ?? {};
  approved(await setting.governor.submit(approver, { ...(await approval(setting)), arguments: bare }));
  expect(await audited(setting, undefined)).toMatchObject({ overall: 'verified', approvals: { unsigned: 1 } });
  const report = await audited(setting, KEY);
  expect(report.overall).not.toBe('verified');
  expect(openOf(report)).toEqual(['approvals']);
});
