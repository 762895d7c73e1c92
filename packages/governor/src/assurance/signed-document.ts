/** A JSON document that somebody else signed: Ed25519 over a line that says what it is, and the canonical JSON. */
import { canonicalize, decodeBase64url, type Ed25519, encodeUtf8, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Members } from '../json/members.ts';

/** The bytes that are signed of a document, which says itself of what format it is; `undefined` for what has no canonical form. */
export const signedMessage = (document: { readonly format: string }): Uint8Array | undefined => {
  const text = canonicalize(document as unknown as Json);
  return E.isLeft(text) ? undefined : encodeUtf8(`${document.format}\n${text.right}`);
};

/** The signed bytes, if the signature (base64url of 64 bytes) is of this key (32 bytes). */
export const verifiedMessage = (
  document: Members,
  format: string,
  signature: unknown,
  key: Uint8Array,
  ed25519: Ed25519,
): Uint8Array | undefined => {
  const message = signedMessage({ ...document, format });
  const signed = typeof signature === 'string' ? decodeBase64url(signature) : undefined;
  return message !== undefined && signed !== undefined && ed25519.verify(key, message, signed) ? message : undefined;
};
