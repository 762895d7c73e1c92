/** The key of an approver, in a private file of its own: it never leaves the machine of who approves. */
import { approvalBytes, approverKeyBytes, type ShownRefusal } from '@tai-autonomics/core/engine';
import { decodeBase64url, encodeBase64url, publicKeyOf, signEd25519 } from '@tai-autonomics/core/receipt';
import { createPrivate, readPrivate, systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

const FORMAT = 'tai-autonomics/approver-key@1';
const SEED_BYTES = 32;
const NONCE_BYTES = 16;

/** A key that signs approvals. */
export interface ApproverKey {
  /** base64url of the public half. */
  readonly key: string;
  /** The signature (base64url) by which a ledger takes the key for the subject's. */
  readonly proof: (ledger: string, subject: string) => string;
  /** What an approval carries beside the receipt and its expiry. */
  readonly sign: (
    of: { readonly ledger: string; readonly approver: string; readonly by: string; readonly expiresAt: string },
    shown: ShownRefusal,
  ) => { readonly nonce: string; readonly signature: string };
}

/** Makes a key in a file that is not there yet, readable for its owner alone. */
export const createApproverKey = async (path: string): Promise<E.Either<string, ApproverKey>> => {
  const seed = encodeBase64url(systemRandom(SEED_BYTES));
  const made = await createPrivate(path, `${JSON.stringify({ format: FORMAT, seed })}\n`);
  if (E.isLeft(made)) return made;
  return made.right ? keyOf(path, seed) : E.left(`${path}: is there already, and stays as it is`);
};

/** Reads a key; Left says in one line what is wrong with the file. */
export const readApproverKey = async (path: string): Promise<E.Either<string, ApproverKey>> => {
  const text = await readPrivate(path);
  if (E.isLeft(text)) return text;
  if (text.right === undefined) return E.left(`${path}: is not there; tai approvals key makes one`);
  try {
    const { format, seed } = JSON.parse(text.right) as { readonly format?: unknown; readonly seed?: unknown };
    if (format === FORMAT && typeof seed === 'string') return keyOf(path, seed);
  } catch {
    // Told below: what can't be read is no key.
  }
  return E.left(`${path}: expected the key of an approver, as tai approvals key makes one`);
};

const keyOf = (path: string, seedText: string): E.Either<string, ApproverKey> => {
  const seed = decodeBase64url(seedText);
  const publicKey = seed === undefined ? undefined : publicKeyOf(seed);
  if (seed === undefined || publicKey === undefined) return E.left(`${path}: expected a seed of ${SEED_BYTES} bytes`);
  const key = encodeBase64url(publicKey);
  const signed = (bytes: Uint8Array | undefined): string =>
    encodeBase64url((bytes === undefined ? undefined : signEd25519(seed, bytes)) ?? new Uint8Array(0));
  return E.right({
    key,
    proof: (ledger, subject) => signed(approverKeyBytes(ledger, subject, key)),
    sign: (of, shown) => {
      const nonce = encodeBase64url(systemRandom(NONCE_BYTES));
      return { nonce: `n${nonce}`, signature: signed(approvalBytes({ ...of, shown, nonce: `n${nonce}` })) };
    },
  });
};
