/**
 * What a subject signs with a key of its own: an approval of exactly what it was shown, or that the key is its own. The bytes are
 * the statement's type and a newline, then its canonical JSON: nothing else that is signed here begins so.
 */
import { either as E } from 'fp-ts';
import type { Action } from '../policy/action.ts';
import { own } from '../receipt/encoding/own.ts';
import { canonicalize, decodeBase64url, encodeUtf8, type Json } from '../receipt/index.ts';
import { parseApproverKey } from '../receipt/signing/approver-key.ts';
import { namesRefusal } from '../refusal.ts';
import { type SignatureChecks, verifyPasskey } from './passkey.ts';
import type { ShownRefusal } from './shown-refusal.ts';

/** The cell in which a ledger keeps the key of each subject that registered one. */
export const APPROVER_KEYS_CELL = 'approver_keys';

/** The type of an approval's statement. */
const APPROVAL_TYPE = 'tai-autonomics/approval@1';
/** The type of the statement by which a subject shows that a key is its own. */
const APPROVER_KEY_TYPE = 'tai-autonomics/approver-key@1';

/** An approval as its approver signs it. */
export interface ApprovalStatement {
  /** The origin of the ledger. */
  readonly ledger: string;
  /** The pseudonym of who approves. */
  readonly approver: string;
  /** The action that approves. */
  readonly by: string;
  readonly shown: ShownRefusal;
  /** Chosen by the approver: an approval with the nonce of an earlier one of the same approver is refused. */
  readonly nonce: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

/** The bytes of an approval; `undefined` if a member of it can't be written as canonical JSON. */
export const approvalBytes = ({ ledger, approver, by, shown, nonce, expiresAt }: ApprovalStatement): Bytes =>
  statementBytes(APPROVAL_TYPE, {
    approver,
    by,
    expires_at: expiresAt,
    ledger,
    nonce,
    shown: shown as unknown as Json,
  });

/** The bytes by which `subject` shows, for one ledger, that it has the private half of `key` (as ledgers write it). */
export const approverKeyBytes = (ledger: string, subject: string, key: string): Bytes =>
  statementBytes(APPROVER_KEY_TYPE, { key, ledger, subject });

/** What of an intent is signed, or says by whom. */
export interface SignedIntent {
  readonly subject: { readonly ref: string };
  readonly action: { readonly id: string; readonly arguments: Readonly<Record<string, unknown>> };
}

/** What the signature of an intent is checked against. */
export interface SignedContext {
  readonly ledger: string;
  /** The refusal that the intent names, as it was shown; absent where it names none. */
  readonly shown?: ShownRefusal;
  /** The subject's own key, as the ledger has it; empty where it has none. */
  readonly key: string;
}

/** What was found of the signature of an intent: the key that made it; `not_checked` where its curve is not at hand. */
export type Signer = { readonly key: string } | 'not_checked' | undefined;

/** By which key an intent is signed, after its signature was checked; `undefined` where it isn't, or not rightly. */
export const signerOf = (
  checks: SignatureChecks,
  action: Pick<Action, 'arguments'>,
  { subject, action: asked }: SignedIntent,
  { ledger, shown, key: registered }: SignedContext,
): Signer => {
  if (!takesSignature(action)) return undefined;
  const given = asked.arguments;
  const text = (name: string): string => {
    const value = own(given, name);
    return typeof value === 'string' ? value : '';
  };
  const isOfKey = namesAKey(action.arguments);
  const key = isOfKey ? text('key') : registered;
  const bytes = isOfKey
    ? approverKeyBytes(ledger, subject.ref, key)
    : shown === undefined
      ? undefined
      : approvalBytes({
          ledger,
          approver: subject.ref,
          by: asked.id,
          shown,
          nonce: text('nonce'),
          expiresAt: text('expires_at'),
        });
  const verified = bytes !== undefined && verifyStatement(checks, key, bytes, text('signature'));
  return verified === undefined ? 'not_checked' : verified ? { key } : undefined;
};

/** Whether a key, as ledgers write it, signed a statement. `undefined`: a passkey on P-256, and no `p256` to check it with. */
export const verifyStatement = (
  checks: SignatureChecks,
  keyText: string,
  statement: Uint8Array,
  signatureText: string,
): boolean | undefined => {
  const key = parseApproverKey(keyText);
  if (key === undefined) return false;
  if (key.kind === 'webauthn') return verifyPasskey(checks, key, statement, signatureText);
  const signature = decodeBase64url(signatureText);
  return signature?.length === 64 && checks.ed25519.verify(key.publicKey, statement, signature);
};

/** Whether an action takes a signature of who asks. */
const takesSignature = ({ arguments: declared }: Pick<Action, 'arguments'>): boolean =>
  own(declared, 'signature')?.type.type === 'string' && (namesAKey(declared) || namesRefusal({ arguments: declared }));

type Bytes = Uint8Array | undefined;

const namesAKey = (declared: Action['arguments']): boolean => own(declared, 'key')?.type.type === 'string';

const statementBytes = (type: string, statement: Json): Bytes => {
  const text = canonicalize(statement);
  return E.isLeft(text) ? undefined : encodeUtf8(`${type}\n${text.right}`);
};
