/** receipt_verifier, used: look, list, show, prove, check, export, check again; and what somebody without the role is shown. */
import { gzipSync } from 'node:zlib';
import type { Caller } from '@tai-autonomics/governor';
import { expect } from 'vitest';
import { named, people, SERVICE } from '../governor/kit.ts';
import { bearing, grant } from '../packs/guarded.ts';
import type { Office } from './office.ts';

const { owner } = people();
const agent = bearing('agent', 'clerk', 'read_deployment');
const auditor = bearing('user', 'ada', 'read_audit_trail');
const stranger = bearing('agent', 'stranger');

type Line = { readonly seq: number; readonly subject: string; readonly action?: string; readonly event: string };
const linesOf = (found: Readonly<Record<string, unknown>>): readonly Line[] => found['receipts'] as readonly Line[];

/** Every page of a search, in order. */
const searched = async (office: Office, caller: Caller, args: object): Promise<readonly Line[]> => {
  const lines: Line[] = [];
  for (let cursor = 0; ; ) {
    const { found } = await office.call(caller, 'receipt_search', { ...args, cursor, limit: 3 });
    lines.push(...linesOf(found));
    const { next } = found;
    if (typeof next !== 'number') return lines;
    cursor = next;
  }
};

const looksAround = async ({ call }: Office): Promise<void> => {
  const health = await call(agent, 'health_check');
  expect(health.found).toMatchObject({ status: 'ok', mode: 'contractual', ledger: { size: health.receipt?.seq } });
  const preview = await call(agent, 'entitlement_gate', { action: 'trigger_rollback', resource: SERVICE });
  expect(preview.found).toMatchObject({ preview: true, decision: { verdict: 'refuse' } });
  const subject = named(agent);
  const grantArguments = JSON.stringify({ subject, roles: ['read_deployment'] });
  const allowed = await call(owner, 'entitlement_gate', { action: 'grant_role', argument_action: 'x' });
  expect(allowed.outcome).toBe('invalid');
  const asOwner = await call(owner, 'entitlement_gate', { action: 'grant_role', arguments: grantArguments });
  expect(asOwner.found).toMatchObject({ preview: true, decision: { verdict: 'approve' } });
  const unread = await call(owner, 'entitlement_gate', { action: 'grant_role', arguments: '{' });
  expect(unread).toMatchObject({ outcome: 'approved', status: 'failed' });
  expect((await call(agent, 'support_model')).found['not']).toHaveLength(2);
};

const seesItsOwn = async (office: Office): Promise<void> => {
  const { call } = office;
  const first = await call(stranger, 'health_check');
  const own = await searched(office, stranger, {});
  expect(new Set(own.map(({ subject }) => subject)).size).toBe(1);
  expect(own[0]).toMatchObject({ seq: first.receipt?.seq, action: 'check_health' });
  const all = await searched(office, auditor, {});
  expect(all.length).toBeGreaterThan(own.length);
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_line, i) => i));
  expect(await searched(office, auditor, { actions: ['grant_role'], events: ['role_granted'] })).toMatchObject([
    { action: 'grant_role' },
    { action: 'grant_role' },
  ]);
  const refusals = await searched(office, owner, { codes: ['arguments_invalid'] });
  expect(refusals).toMatchObject([{ action: 'preview_decision', event: 'action_refused' }]);
  expect(await searched(office, owner, { since: '2030-01-01T00:00:00Z' })).toEqual([]);
  expect(await searched(office, owner, { incident: 'inc-1' })).toEqual([]);
  // Somebody else's and none at all are one answer.
  const elsewhere = await call(stranger, 'receipt_display', { seq: 0 });
  const nowhere = await call(stranger, 'receipt_display', { seq: 9_999 });
  expect(elsewhere).toMatchObject({ outcome: 'approved', status: 'failed' });
  expect(elsewhere.result).toEqual(nowhere.result);
  expect((await call(stranger, 'receipt_proof', { seq: 0 })).status).toBe('failed');
  expect(await call(stranger, 'receipt_export')).toMatchObject({ outcome: 'refused', next: { kind: 'request' } });
};

/** A refusal that hides what could be bought hides it in the receipt, too. */
const learnsNothingByTheWay = async ({ call, setting, submit }: Office): Promise<void> => {
  const hidden = await submit(stranger, 'no_such_action');
  const seen = await call(stranger, 'receipt_display', { seq: hidden.receipt.seq });
  expect(Object.keys(seen.found['disclosed'] as object)).toEqual(['request/intent']);
  expect(seen.found['withheld']).toBe(2);
  const audited = await call(auditor, 'receipt_display', { seq: hidden.receipt.seq });
  expect(Object.keys(audited.found['disclosed'] as object)).toContain('decision/body');
  expect(setting.faults).toEqual([]);
};

const checksWhatItHolds = async ({ call }: Office): Promise<void> => {
  const { receipt: place } = await call(agent, 'health_check');
  const { found } = await call(agent, 'receipt_display', { seq: place?.seq });
  const [receipt, disclosures] = [String(found['receipt']), JSON.stringify(found['disclosures'])];
  const whole = await call(agent, 'receipt_check', { receipt, disclosures });
  expect(whole.found).toMatchObject({ holds: true, inLedger: 'yes', rederived: { status: 'ok', level: 1 } });
  const bare = await call(agent, 'receipt_check', { receipt });
  expect(bare.found).toMatchObject({ holds: true, rederived: { status: 'withheld' } });
  const forged = await call(agent, 'receipt_check', { receipt: receipt.replace('action_executed', 'action_refused') });
  expect(forged.found).toMatchObject({ holds: false, inLedger: 'no' });
  expect((await call(agent, 'receipt_check', { receipt: '{"v":1}' })).found).toMatchObject({ holds: false });

  const proof = await call(agent, 'receipt_proof', { seq: place?.seq });
  const checked = await call(agent, 'proof_check', { proof: proof.found['proof'], about: receipt });
  expect(checked.found).toMatchObject({ kind: 'inclusion', holds: true, signedBy: 'this_deployment' });
  const keys = proof.found['keys'];
  const trusted = await call(agent, 'proof_check', { proof: proof.found['proof'], about: receipt, keys });
  expect(trusted.found).toMatchObject({ holds: true, signedBy: 'your_key' });
  const other = await call(agent, 'proof_check', { proof: proof.found['proof'], about: `${receipt} ` });
  expect(other.found).toMatchObject({ holds: false, why: expect.stringContaining('does not lead') });
  expect((await call(agent, 'proof_check', { proof: 'nothing', about: receipt })).status).toBe('failed');
};

const exportsAndVerifies = async ({ call }: Office): Promise<void> => {
  const bundle = await call(auditor, 'receipt_export', { withhold: ['request/intent'] });
  expect(bundle.found).toMatchObject({ coverage: 'partial', missingCatalogs: [], missingEvidence: 0 });
  expect(bundle.found['withheld']).toBeGreaterThan(0);
  const checked = await call(agent, 'bundle_check', { bundle: bundle.found['bundle'] });
  expect(checked.found).toMatchObject({ labels: { linked: 'yes', signed: 'yes', trusted: 'yes' }, findings: [] });
  const trusted = await call(agent, 'bundle_check', { bundle: bundle.found['bundle'], keys: [bundle.found['vkey']] });
  expect(trusted.found).toMatchObject({ labels: { trusted: 'yes' } });
  // Neither what is no bundle nor what would unpack to more than fits is looked at.
  const bomb = gzipSync(new Uint8Array(40_000_000)).toString('base64');
  for (const text of ['AAAA', '=', bomb])
    expect((await call(agent, 'bundle_check', { bundle: text })).status).toBe('failed');
  expect((await call(auditor, 'receipt_export', { incident: 'none-such' })).status).toBe('failed');

  const whole = await call(agent, 'receipt_verification');
  expect(whole.found).toMatchObject({ findings: [], labels: { linked: 'yes' } });
  const part = await call(agent, 'chain_check', { from: 2, to: 9 });
  expect(part.found).toMatchObject({ from: 2, to: 9, receipts: 7, linkedToBefore: true, findings: [] });
  expect((await call(agent, 'chain_check', { from: 5, to: 5 })).status).toBe('failed');
};

/** The whole tour. */
export const tourReceipts = async (office: Office): Promise<void> => {
  await grant(office, agent);
  await grant(office, auditor);
  await looksAround(office);
  await seesItsOwn(office);
  await learnsNothingByTheWay(office);
  await checksWhatItHolds(office);
  await exportsAndVerifies(office);
};
