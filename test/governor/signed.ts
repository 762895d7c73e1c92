/** A tenant whose approver has a key of its own, and approvals as it signs them. */
import { approvalBytes, approverKeyBytes, formatInstant, type ShownRefusal } from '@tai-autonomics/core/engine';
import { encodeBase64url, publicKeyOf, signEd25519 } from '@tai-autonomics/core/receipt';
import type { Asked } from '@tai-autonomics/governor';
import { approved, decided, makeReady, people, rollback, type Setting, startGovernor } from './kit.ts';

const { agent, approver } = people();
const SEED = new Uint8Array(32).fill(3);
export const KEY = encodeBase64url(publicKeyOf(SEED) ?? new Uint8Array(0));
const signed = (bytes: Uint8Array | undefined, seed = SEED): string =>
  encodeBase64url(signEd25519(seed, bytes ?? new Uint8Array(0)) ?? new Uint8Array(0));

interface Page {
  readonly ledger: string;
  readonly approver: string;
  readonly pending: readonly (ShownRefusal & { readonly submit: readonly Asked[] })[];
}

const page = async ({ governor }: Setting): Promise<Page> => {
  const answer = approved(await governor.submit(approver, { action: 'pending_approvals', resource: '*' }));
  return answer.outcome?.result as Page;
};

const register = async (setting: Setting): Promise<void> => {
  const { ledger, approver: ref } = await page(setting);
  const proof = signed(approverKeyBytes(ledger, ref, KEY));
  const asked = { action: 'register_approver_key', resource: '*', arguments: { key: KEY, signature: proof } };
  approved(await setting.governor.submit(approver, asked));
};

/** The approval of the newest refusal, with what its approver signs changed by `over`. */
export const approval = async (setting: Setting, over: Partial<ShownRefusal> = {}, seed = SEED): Promise<Asked> => {
  const { ledger, approver: ref, pending } = await page(setting);
  const [first] = pending;
  const [submit] = first?.submit ?? [];
  if (first === undefined || submit === undefined) throw new Error('nothing waits for an approval');
  const { receipt, leaf, requester, action, arguments: args, resource, plan, catalog } = first;
  const shown = { receipt, leaf, requester, action, arguments: args, resource, plan, catalog, ...over };
  const expiresAt = formatInstant(setting.clock.now + 3_600_000);
  const by = submit.action;
  const signature = signed(approvalBytes({ ledger, approver: ref, by, shown, nonce: 'n1', expiresAt }), seed);
  const given = { ...submit.arguments, expires_at: expiresAt, nonce: 'n1', signature };
  return { action: by, resource: submit.resource, arguments: given };
};

export const ready = async (): Promise<Setting> => {
  const setting = await startGovernor();
  await makeReady(setting);
  await register(setting);
  decided(await setting.governor.submit(agent, rollback));
  return setting;
};
